/* SPDX-License-Identifier: ISC */
#include "hook_files.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "guard.h"
#include "num.h"
#include "text.h"
#include "when.h"

static const int64_t second_us = 1000000;

static FILE *
open_beside(struct import *im, const char *key, const char *end)
{
	char *name = text_format("%s.%s", key, end);
	char *path = strchr(key, '/') ? NULL : import_found(im, name);
	FILE *file = path ? import_open(im, path, GUARD_CALL_MAX, NULL) : NULL;

	free(path);
	free(name);
	return file;
}

/* Splits "key = value" and removes blanks; false for any other line. */
static bool
split_line(char *line, char **key, char **value)
{
	char *equals = strchr(line, '=');
	size_t n;

	if (!equals || strchr("[;#", *line))
		return false;
	*equals = '\0';
	*key = line + strspn(line, " \t");
	*value = equals + 1 + strspn(equals + 1, " \t");
	for (n = strlen(*key); n > 0 && strchr(" \t", (*key)[n - 1]);)
		(*key)[--n] = '\0';
	for (n = strlen(*value); n > 0 && strchr(" \t\r\n", (*value)[n - 1]);)
		(*value)[--n] = '\0';
	return **key && **value;
}

/* True for keys that the log itself has. */
static bool
is_own_key(const char *key)
{
	static const char *const own[] = {"id", "started", "not_told", "sides",
	    "torn", "agent", "file", NULL};

	for (int i = 0; own[i]; i++)
		if (strcmp(own[i], key) == 0)
			return true;
	return false;
}

static void
take_hook_facts(struct import *im, struct import_call *c)
{
	FILE *file = open_beside(im, c->key, "facts");
	char line[1024], *key, *value;

	while (file && fgets(line, sizeof line, file)) {
		if (!split_line(line, &key, &value) || is_own_key(key))
			continue;
		if (strcmp(key, "type") == 0) {
			if (call_class_of(value) != CALL_CLASSES)
				import_set(&c->type, value);
		} else if (strcmp(key, "language") == 0) {
			import_set(&c->language, value);
		} else if (strcmp(key, "queue") != 0) {
			import_fact(c, key, value);
		}
	}
	if (file)
		(void)fclose(file);
}

/* Second 0 of .events: `started` of the old hook's file, else the call's. */
static int64_t
find_zero(struct import *im, const struct import_call *c)
{
	FILE *file = open_beside(im, c->key, "ini");
	char line[1024], *key, *value;
	int64_t us = c->started_us - c->started_us % second_us, told;

	while (file && fgets(line, sizeof line, file))
		if (split_line(line, &key, &value) &&
		    strcmp(key, "started") == 0 &&
		    when_parse(value, &told) == 0)
			us = told;
	if (file)
		(void)fclose(file);
	return us;
}

/* The last key press in the second that begins there, or 0. */
static int64_t
key_in(const int64_t *key_us, size_t keys, int64_t at_us)
{
	int64_t found = 0;

	for (size_t i = 0; i < keys; i++)
		if (key_us[i] >= at_us - 50000 && key_us[i] < at_us + second_us)
			found = key_us[i];
	return found;
}

/* Whole seconds: a pause begins at the beginning of its second and ends at the
 * end of its second. */
static int64_t
safe_time(int64_t at_us, bool whole, enum call_event_kind kind,
    const int64_t *key_us, size_t keys)
{
	int64_t pressed = whole ? key_in(key_us, keys, at_us) : at_us;

	if (pressed > 0)
		return pressed;
	return kind == CALL_RESUME || kind == CALL_PAYMENT_END
		   ? at_us + second_us
		   : at_us;
}

void
hook_files_take(struct import *im, struct import_call *c, const int64_t *key_us,
    size_t keys)
{
	bool paused = import_has_event(c, "pause");
	char line[1024], *key, *value;
	int64_t zero_us;
	FILE *file;

	if (!im->o->legs)
		return;
	take_hook_facts(im, c);
	file = open_beside(im, c->key, "events");
	if (!file)
		return;
	zero_us = find_zero(im, c);
	while (fgets(line, sizeof line, file)) {
		struct call_event e;
		bool taken;

		if (!split_line(line, &key, &value) ||
		    call_event_parse(&e, key, value, NULL) != 0)
			continue;
		taken = e.kind == CALL_CONSENT || e.kind == CALL_ANNOUNCED ||
			e.kind == CALL_PAYMENT_START ||
			e.kind == CALL_PAYMENT_END ||
			(!paused &&
			    (e.kind == CALL_PAUSE || e.kind == CALL_RESUME));
		if (taken)
			import_event(c,
			    safe_time(zero_us + e.at_us, !strchr(key, '.'),
				e.kind, key_us, keys),
			    "%s", value);
		call_event_free(&e);
	}
	(void)fclose(file);
}
