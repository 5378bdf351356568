/* SPDX-License-Identifier: ISC */
#include "json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "num.h"
#include "text.h"

struct json {
	json_t *root;
};

/* A failure means no memory, or a path that contradicts an earlier one. */
static void
json_must(bool good)
{
	if (!good)
		mem_must(NULL);
}

struct json *
json_parse(const char *s, size_t n)
{
	json_t *root = s ? json_loadb(s, n, JSON_DECODE_ANY, NULL) : NULL;
	struct json *j;

	if (!root)
		return NULL;
	j = mem_alloc(sizeof *j);
	j->root = root;
	return j;
}

struct json *
json_new(void)
{
	struct json *j = mem_alloc(sizeof *j);

	j->root = json_object();
	json_must(j->root);
	return j;
}

void
json_free(struct json *j)
{
	if (j)
		json_decref(j->root);
	free(j);
}

/* Gets the next component and removes it from *path; NULL at the end, to be
 * freed. */
static char *
component(const char **path)
{
	size_t n = strcspn(*path, ".");
	char *name = n > 0 ? text_ndup(*path, n) : NULL;

	*path += n + ((*path)[n] == '.');
	return name;
}

/* -1: not a number. */
static int64_t
position(const char *name)
{
	int64_t n;

	return num_integer(name, 0, INT32_MAX, &n) == 0 ? n : -1;
}

static json_t *
child(json_t *v, const char *name)
{
	int64_t n = json_is_array(v) ? position(name) : -1;

	return n >= 0 ? json_array_get(v, (size_t)n) : json_object_get(v, name);
}

static json_t *
find_json_value(const struct json *j, const char *path)
{
	json_t *v = j ? j->root : NULL;
	char *name;

	while (v && (name = component(&path))) {
		v = child(v, name);
		free(name);
	}
	return v;
}

const char *
json_text(const struct json *j, const char *path)
{
	return json_string_value(find_json_value(j, path));
}

int64_t
json_number(const struct json *j, const char *path)
{
	const json_t *v = find_json_value(j, path);
	int64_t n;

	if (json_is_integer(v))
		return json_integer_value(v);
	if (json_is_string(v) &&
	    num_integer(json_string_value(v), INT64_MIN, INT64_MAX, &n) == 0)
		return n;
	return -1;
}

bool
json_yes(const struct json *j, const char *path)
{
	return json_is_true(find_json_value(j, path));
}

bool
json_no(const struct json *j, const char *path)
{
	return json_is_false(find_json_value(j, path));
}

bool
json_is_list(const struct json *j, const char *path)
{
	return json_is_array(find_json_value(j, path));
}

size_t
json_count(const struct json *j, const char *path)
{
	const json_t *v = find_json_value(j, path);

	return json_is_array(v) ? json_array_size(v) : json_object_size(v);
}

const char *
json_name(const struct json *j, const char *path, size_t n)
{
	json_t *v = find_json_value(j, path);
	void *at = json_object_iter(v);

	for (; at && n > 0; n--)
		at = json_object_iter_next(v, at);
	return at ? json_object_iter_key(at) : NULL;
}

const char *
json_spelling(const struct json *j, const char *path, const char *name)
{
	json_t *v = find_json_value(j, path);
	void *at = json_object_iter(v);

	while (at && strcasecmp(json_object_iter_key(at), name) != 0)
		at = json_object_iter_next(v, at);
	return at ? json_object_iter_key(at) : NULL;
}

const char *
json_member(const struct json *j, const char *path, const char *name)
{
	return json_string_value(
	    json_object_get(find_json_value(j, path), name));
}

static json_t *
add_json_value(json_t *v, const char *name, json_t *value)
{
	int64_t n = json_is_array(v) ? position(name) : -1;

	json_must(value);
	if (n >= 0 && (size_t)n < json_array_size(v))
		json_must(json_array_set_new(v, (size_t)n, value) == 0);
	else if (json_is_array(v))
		json_must(json_array_append_new(v, value) == 0);
	else
		json_must(json_object_set_new(v, name, value) == 0);
	return value;
}

/* Owns the value. */
static void
set_json_value(struct json *j, const char *path, json_t *value)
{
	json_t *v = j->root;
	char *name = component(&path), *next;

	json_must(name);
	for (; (next = component(&path)); name = next) {
		json_t *below = child(v, name);

		if (!below)
			below = add_json_value(v, name,
			    position(next) >= 0 ? json_array() : json_object());
		free(name);
		v = below;
	}
	(void)add_json_value(v, name, value);
	free(name);
}

static json_t *
text_value(const char *value)
{
	json_t *s = value ? json_string(value) : json_null();
	char *copy;

	if (!s) { /* not UTF-8 */
		copy = text_dup(value);
		for (unsigned char *c = (unsigned char *)copy; *c; c++)
			if (*c > 126)
				*c = '?';
		s = json_string(copy);
		free(copy);
	}
	return s;
}

void
json_set_text(struct json *j, const char *path, const char *value)
{
	set_json_value(j, path, text_value(value));
}

void
json_set_seconds(struct json *j, const char *path, int64_t us)
{
	set_json_value(j, path, json_real((double)us / 1e6));
}

void
json_set_member(
    struct json *j, const char *path, const char *name, const char *value)
{
	json_t *v = find_json_value(j, path);
	json_t *clean = text_value(name), *object = v ? v : json_object();

	if (!v)
		set_json_value(j, path, object);
	json_must(clean && json_object_set_new(object, json_string_value(clean),
			       text_value(value)) == 0);
	json_decref(clean);
}

void
json_set_number(struct json *j, const char *path, int64_t value)
{
	set_json_value(j, path, json_integer(value));
}

void
json_set_yes(struct json *j, const char *path, bool value)
{
	set_json_value(j, path, json_boolean(value));
}

void
json_put(struct json *j, const char *path, struct json *value)
{
	set_json_value(j, path, json_incref(value->root));
	json_free(value);
}

void
json_set_list(struct json *j, const char *path)
{
	set_json_value(j, path, json_array());
}

void
json_set_null(struct json *j, const char *path)
{
	set_json_value(j, path, json_null());
}

char *
json_write(const struct json *j)
{
	char *text = json_dumps(
	    j->root, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15));

	json_must(text);
	return text;
}
