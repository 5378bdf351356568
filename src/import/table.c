/* SPDX-License-Identifier: ISC */
#include "table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "guard.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "text.h"

enum { LINE_MAX_BYTES = 65536 };

static int
first_byte(FILE *file, int *lines)
{
	int c;

	do {
		c = getc(file);
		*lines += c == '\n';
	} while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
	if (c != EOF)
		(void)ungetc(c, file);
	return c;
}

int
table_open(struct table *t, const struct import *im, const char *path,
    const char *const *names, const char *const *lists, struct why *why)
{
	*t = (struct table){.names = names, .lists = lists};
	t->file = import_open(im, path, GUARD_LOG_MAX, why);
	if (!t->file)
		return -1;
	t->csv = (struct csv){.file = t->file, .name = path};
	t->is_json = first_byte(t->file, &t->csv.lines) == '{';
	t->line = t->csv.lines;
	return 0;
}

/* True if a column's name is one of "eventextra|extra". */
static bool
is_named(const char *names, const char *name, size_t n)
{
	for (;;) {
		size_t len = strcspn(names, "|");

		if (len == n && strncasecmp(names, name, n) == 0)
			return true;
		if (!names[len])
			return false;
		names += len + 1;
	}
}

/* The column of each name in a list; if it is repeated, the first one. */
static void
place_column(struct table *t, const char *name, size_t n, int at)
{
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		if (t->column[i] < 0 && is_named(t->names[i], name, n))
			t->column[i] = at;
}

static size_t
count_columns(const char *list)
{
	size_t n = 1;

	for (; *list; list++)
		n += *list == ',';
	return n;
}

static void
clear_columns(struct table *t)
{
	for (int i = 0; i < TABLE_COLUMNS; i++)
		t->column[i] = -1;
	t->fields = t->csv.fields;
}

static void
place_list(struct table *t, const char *list)
{
	clear_columns(t);
	for (int at = 0; list; at++) {
		size_t n = strcspn(list, ",");
		place_column(t, list, n, at);
		list = list[n] ? list + n + 1 : NULL;
	}
}

static void
place_header(struct table *t)
{
	clear_columns(t);
	for (size_t i = 0; i < t->csv.fields; i++)
		place_column(
		    t, t->csv.field[i], strlen(t->csv.field[i]), (int)i);
}

/* True if the record has the names of the columns, including the necessary
 * ones. */
static bool
is_header(struct table *t)
{
	if (t->needed == 0)
		return !t->lists;
	place_header(t);
	for (int i = 0; i < t->needed; i++)
		if (t->column[i] < 0)
			return false;
	return true;
}

static void
load_values(struct table *t)
{
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		t->value[i] = t->column[i] < 0
				  ? ""
				  : csv_field(&t->csv, (size_t)t->column[i]);
}

/*
 * The list with as many columns for which this record is plausible. A recorder
 * whose configuration changed continues in the same file, so each change is
 * noticed.
 */
static int
place_columns(struct table *t, struct why *why)
{
	const char *only =
	    t->lists && t->lists[0] && !t->lists[1] ? t->lists[0] : NULL;

	if (only && !t->fits) {
		place_list(t, only);
		return 0;
	}
	for (size_t i = 0; t->lists && t->lists[i]; i++) {
		if (count_columns(t->lists[i]) != t->csv.fields)
			continue;
		place_list(t, t->lists[i]);
		load_values(t);
		if (!t->fits || t->fits(t))
			return 0;
	}
	t->fields = 0;
	return why_set(why,
	    "%s:%d: %zu columns, the first is '%.30s': this order is unknown; "
	    "--columns names it",
	    t->csv.name, t->csv.line, t->csv.fields, csv_field(&t->csv, 0));
}

/*
 * Asterisk writes numbers whose digits matter ("uniqueid": 1.10 is not 1.1), so
 * they become text. With `bad_quotes`, quotes within names are not escaped: a
 * quote only ends a string if JSON syntax follows.
 */
static void
repair_json(const char *s, size_t n, bool bad_quotes, struct buf *out)
{
	bool inside = false, number = false;

	for (size_t i = 0; i < n; i++) {
		bool digit = s[i] && strchr("0123456789.+-eE", s[i]) != NULL;

		if (!inside && number != (digit && (number || s[i] != 'e'))) {
			number = !number;
			buf_add(out, "\"", 1);
		}
		if (s[i] == '\\' && inside && i + 1 < n) {
			buf_add(out, s + i++, 1);
		} else if (s[i] == '"' && inside && bad_quotes &&
			   !strchr(":,}", s[i + 1 + strspn(s + i + 1, " ")])) {
			buf_add(out, "\\", 1);
		} else if (s[i] == '"') {
			inside = !inside;
		}
		buf_add(out, s + i, 1);
	}
}

/* Objects within the record are not parsed: their text is used. */
static struct json *
parse_json(const char *s, size_t n)
{
	struct json *j = NULL;

	for (int bad = 0; bad < 2 && !j; bad++) {
		struct buf text = {0};

		repair_json(s, n, bad == 1, &text);
		j = import_json(text.s ? text.s : "", text.len);
		buf_free(&text);
	}
	return j;
}

static int
next_json(struct table *t, struct why *why)
{
	ssize_t n;

	if (!t->text)
		t->text = mem_alloc(LINE_MAX_BYTES);
	do {
		n = io_line(t->file, t->text, LINE_MAX_BYTES);
		t->line++;
	} while (n == 0 || (n == 1 && *t->text == '\r'));
	if (n < 0 && ferror(t->file)) {
		why_set(why, "%s: %s", t->csv.name, strerror(errno));
		return CSV_UNREADABLE;
	}
	if (n < 0)
		return 0;
	t->ended = !feof(t->file);
	json_free(t->json);
	t->json = n < LINE_MAX_BYTES ? parse_json(t->text, (size_t)n) : NULL;
	if (!t->json)
		return why_set(
		    why, "%s:%d: not a JSON object", t->csv.name, t->line);
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		t->value[i] = "";
	for (size_t k = 0; k < json_count(t->json, ""); k++) {
		const char *name = json_name(t->json, "", k);
		const char *text = name ? json_member(t->json, "", name) : NULL;
		for (int i = 0; text && t->names[i] && i < TABLE_COLUMNS; i++)
			if (is_named(t->names[i], name, strlen(name)))
				t->value[i] = text;
	}
	return 1;
}

int
table_next(struct table *t, struct why *why)
{
	int got;

	if (t->is_json)
		return next_json(t, why);
	got = csv_next(&t->csv, why);
	if (got > 0 && !t->begun) {
		t->begun = true;
		t->headed = is_header(t);
		t->fields = 0;
		if (t->headed) {
			place_header(t);
			got = csv_next(&t->csv, why);
		}
	}
	t->line = t->csv.line;
	t->ended = t->csv.ended;
	if (got > 0 && !t->headed && t->csv.fields != t->fields)
		got = place_columns(t, why) == 0 ? 1 : -1;
	if (got > 0)
		load_values(t);
	return got;
}

/*
 * After so many records, none of which was taken, it is another kind of file.
 */
enum { HOPELESS = 100 };

/* Whether a record was taken, and the fault of the first that was not. */
struct rows {
	size_t taken, held, fields;
	struct why first;
};

/* Until a record was taken, the fault may apply to all of them. */
static void
skip_row(struct rows *r, struct import *im, const struct why *why)
{
	if (r->taken > 0)
		import_skip(im, why->text);
	else if (r->held++ == 0)
		r->first = *why;
}

static void
row_taken(struct rows *r, struct import *im, const struct table *t)
{
	if (r->taken++ == 0 && r->held > 0)
		import_skip(im, r->first.text);
	if (r->taken == 1 && r->held > 1) {
		char *more = text_format(
		    "%s: %zu more such records", t->csv.name, r->held - 1);
		import_skip(im, more);
		free(more);
	}
	r->fields = t->csv.fields;
}

int
table_each(struct table *t, struct import *im,
    int (*take)(
	struct import *im, const struct table *t, void *arg, struct why *why),
    void *arg, struct why *why)
{
	struct rows r = {0};
	int got;

	while ((got = table_next(t, why)) != 0 && got != CSV_UNREADABLE) {
		/* It is being written. */
		if (!t->ended && (got < 0 || t->csv.fields < r.fields))
			break;
		if (got > 0 && take(im, t, arg, why) == 0)
			row_taken(&r, im, t);
		else
			skip_row(&r, im, why);
		if (r.taken == 0 && r.held == HOPELESS)
			break;
	}
	if (got == CSV_UNREADABLE)
		return -1;
	if (r.taken == 0 && r.held > 0) {
		*why = r.first;
		return -1;
	}
	return 0;
}

void
table_close(struct table *t)
{
	csv_free(&t->csv);
	json_free(t->json);
	free(t->text);
	if (t->file && t->file != stdin)
		(void)fclose(t->file);
	t->file = NULL;
	t->json = NULL;
	t->text = NULL;
}
