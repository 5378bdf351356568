/* SPDX-License-Identifier: ISC */
#include "freeswitch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "freeswitch_call.h"
#include "freeswitch_record.h"
#include "json.h"
#include "map.h"
#include "mem.h"
#include "path.h"
#include "text.h"

enum { FILE_MAX = 64 << 20, RECORD_MAX = 4 << 20 };

/* A record of the file: a line, or an element of the array. */
struct record_place {
	char *uuid;
	const char *line; /* NULL: it is in the document */
	size_t length;
	size_t element;
};

/* The file, and the place of each channel's record in it. */
struct freeswitch_source {
	struct switch_book book; /* the first member */
	struct import *im;
	const char *path;
	const struct json *document; /* NULL: there is a record in each line */
	bool is_list;
	struct record_place *place;
	size_t places;
	struct map by_uuid;
	/* Called for each record; NULL: it becomes a call. */
	void (*each)(const struct switch_record *r, void *arg);
	void *arg;
};

static struct json *
read_json(const struct import *im, const char *path, size_t max_bytes,
    struct buf *text, struct why *why)
{
	FILE *file = import_open(im, path, (int64_t)max_bytes, why);
	char chunk[16384];
	size_t n;
	int bad;

	if (!file)
		return NULL;
	errno = 0;
	while (text->len < max_bytes &&
	       (n = fread(chunk, 1, sizeof chunk, file)) > 0)
		buf_add(text, chunk, n);
	bad = ferror(file);
	if (bad)
		why_errno(why, "%s", path);
	if (file != stdin)
		(void)fclose(file);
	if (bad)
		return NULL;
	if (!text->s || text->len >= max_bytes || strlen(text->s) != text->len)
		why_set(why, "%s: %s", path,
		    text->len >= max_bytes ? "more than 64 MiB"
		    : text->s              ? "a NUL byte: not a text file"
					   : "an empty file");
	else
		why_set(why, "%s: not JSON", path);
	return text->s && text->len < max_bytes && strlen(text->s) == text->len
		   ? import_json(text->s, text->len)
		   : NULL;
}

/* Reads a record beside the file of the call, by the modules' names. */
static struct json *
read_beside(struct freeswitch_source *s, const char *uuid)
{
	static const char *const prefixes[] = {"", "b_", "a_", NULL};
	struct json *j = NULL;

	/* The uuid is not trusted: it may only name a file beside this one. */
	if (text_id_fault(uuid) || strcmp(s->path, "-") == 0)
		return NULL;
	for (int i = 0; prefixes[i] && !j; i++) {
		char *name = text_format("%s%s.cdr.json", prefixes[i], uuid);
		char *path = path_beside(s->path, name);
		struct buf text = {0};
		struct why why = {0};

		j = read_json(s->im, path, RECORD_MAX, &text, &why);
		buf_free(&text);
		free(path);
		free(name);
	}
	return j;
}

static int
find_record(struct switch_book *b, const char *uuid, struct switch_record *r)
{
	struct freeswitch_source *s = (struct freeswitch_source *)(void *)b;
	const struct record_place *p = map_get(&s->by_uuid, uuid);
	struct json *j = NULL;
	char at[24] = "";

	if (p && !p->line) {
		if (s->is_list)
			(void)snprintf(at, sizeof at, "%zu.", p->element);
		switch_record_init(r, s->document, at);
		return 0;
	}
	j = p ? import_json(p->line, p->length) : read_beside(s, uuid);
	if (!j)
		return -1;
	switch_record_init(r, j, "");
	/* The file is not trusted: it must have this uuid. */
	if (switch_variable_is(r, "uuid", uuid))
		return 0;
	json_free(j);
	return -1;
}

static void
release(struct switch_book *b, struct switch_record *r)
{
	struct freeswitch_source *s = (struct freeswitch_source *)(void *)b;

	if (r->j != s->document)
		json_free((struct json *)(uintptr_t)r->j);
}

static void
add_record_place(struct freeswitch_source *s, const struct switch_record *r,
    const char *line, size_t length, size_t element)
{
	if ((s->places & (s->places - 1)) == 0)
		s->place = mem_resize(
		    s->place, s->places ? s->places * 2 : 1, sizeof *s->place);
	s->place[s->places++] = (struct record_place){
	    switch_variable(r, "uuid"), line, length, element};
}

/* Called when all places are known, because they do not move any more. */
static void
index_places(struct freeswitch_source *s)
{
	for (size_t i = 0; i < s->places; i++)
		if (*s->place[i].uuid)
			map_put(&s->by_uuid, s->place[i].uuid, &s->place[i]);
}

static void
source_free(struct freeswitch_source *s)
{
	map_free(&s->by_uuid);
	for (size_t i = 0; i < s->places; i++)
		free(s->place[i].uuid);
	free(s->place);
}

static int
take_record(
    struct freeswitch_source *s, const struct switch_record *r, struct why *why)
{
	if (s->each && switch_variable_is(r, "uuid", NULL))
		s->each(r, s->arg);
	else if (s->each || switch_call_take(s->im, r, &s->book) != 0)
		return why_set(why, "%s: no variables.uuid in it", s->path);
	return 0;
}

/* A whole document: one call, or an array of calls. */
static int
take_json_document(
    struct freeswitch_source *s, const struct json *j, struct why *why)
{
	size_t n = json_name(j, "", 0) ? 1 : json_count(j, "");
	struct switch_record r;
	int bad = 0;

	s->document = j;
	s->is_list = !json_name(j, "", 0);
	for (size_t i = 0; i < n; i++) {
		char at[24] = "";

		if (s->is_list)
			(void)snprintf(at, sizeof at, "%zu.", i);
		switch_record_init(&r, j, at);
		add_record_place(s, &r, NULL, 0, i);
	}
	index_places(s);
	for (size_t i = 0; i < n && bad == 0; i++) {
		char at[24] = "";

		if (s->is_list)
			(void)snprintf(at, sizeof at, "%zu.", i);
		switch_record_init(&r, j, at);
		bad = take_record(s, &r, why);
	}
	return bad;
}

/* A torn line is ignored, unless there is no other. */
struct line_state {
	size_t before;
	int number, bad;
	struct why first;
};

static void
line_fault(struct freeswitch_source *s, struct line_state *state,
    const struct why *why)
{
	if (s->im->calls > state->before)
		import_skip(s->im, why->text);
	else if (!state->bad)
		state->first = *why;
	state->bad = -1;
}

/* index: only finds the place of each channel's record; then the calls are
 * taken. */
static void
each_line(struct freeswitch_source *s, const char *text, bool index,
    struct line_state *state)
{
	while (text && *text) {
		const char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);
		struct json *j = NULL;
		struct switch_record r;
		struct why why = {0};

		state->number++;
		if (strspn(text, " \t\r") < n)
			j = import_json(text, n);
		if (j) {
			switch_record_init(&r, j, "");
			if (index)
				add_record_place(s, &r, text, n, 0);
			else if (take_record(s, &r, &why) != 0)
				line_fault(s, state, &why);
		} else if (!index && end && strspn(text, " \t\r") < n) {
			/* The last line may still be written. */
			why_set(
			    &why, "%s:%d: not JSON", s->path, state->number);
			line_fault(s, state, &why);
		}
		json_free(j);
		text = end ? end + 1 : NULL;
	}
}

static int
take_lines(struct freeswitch_source *s, const char *text, struct why *why)
{
	struct line_state none = {0}, state = {.before = s->im->calls};

	each_line(s, text, true, &none);
	index_places(s);
	each_line(s, text, false, &state);
	*why = state.first;
	if (s->im->calls == state.before)
		return state.bad;
	if (state.bad && *state.first.text)
		import_skip(s->im, state.first.text);
	return 0;
}

static int
read_source(struct freeswitch_source *s, struct why *why)
{
	struct buf text = {0};
	struct json *j = read_json(s->im, s->path, FILE_MAX, &text, why);
	int bad = -1;

	s->book = (struct switch_book){find_record, release};
	if (j)
		bad = take_json_document(s, j, why);
	else if (text.s && text.len < FILE_MAX && strlen(text.s) == text.len)
		bad = take_lines(s, text.s, why);
	json_free(j);
	source_free(s);
	buf_free(&text);
	return bad;
}

int
freeswitch_add(struct import *im, const char *path, struct why *why)
{
	struct freeswitch_source s = {.im = im, .path = path};

	return read_source(&s, why);
}

int
freeswitch_each(const struct import_options *o, const char *path,
    void (*each)(const struct switch_record *r, void *arg), void *arg)
{
	struct import im = {.o = o};
	struct freeswitch_source s = {
	    .im = &im, .path = path, .each = each, .arg = arg};
	struct why why = {0};

	return read_source(&s, &why);
}
