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

/* Where each name stands in a list of columns. */
static void
place_column(struct table *t, const char *name, size_t n, int at)
{
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		if (strncasecmp(t->names[i], name, n) == 0 &&
		    t->names[i][n] == '\0')
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
place_columns(struct table *t)
{
	const char *list = t->lists ? t->lists[0] : NULL;

	for (int i = 0; i < TABLE_COLUMNS; i++)
		t->column[i] = -1;
	for (size_t i = 0; !list && i < t->csv.fields; i++)
		place_column(
		    t, t->csv.field[i], strlen(t->csv.field[i]), (int)i);
	for (size_t i = 0; t->lists && t->lists[i]; i++)
		if (count_columns(t->lists[i]) == t->csv.fields)
			list = t->lists[i];
	for (int at = 0; list; at++) {
		size_t n = strcspn(list, ",");
		place_column(t, list, n, at);
		list = list[n] ? list + n + 1 : NULL;
	}
	t->headed = true;
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
	t->json = n < LINE_MAX_BYTES ? import_json(t->text, (size_t)n) : NULL;
	if (!t->json)
		return why_set(
		    why, "%s:%d: not a JSON object", t->csv.name, t->line);
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		t->value[i] = "";
	for (size_t k = 0; k < json_count(t->json, ""); k++) {
		const char *name = json_name(t->json, "", k);
		const char *text = name ? json_member(t->json, "", name) : NULL;
		int64_t number =
		    name && !text ? json_number(t->json, name) : -1;

		if (number >= 0 && k < TABLE_COLUMNS) {
			(void)snprintf(t->number[k], sizeof t->number[k],
			    "%lld", (long long)number);
			text = t->number[k];
		}
		for (int i = 0; text && t->names[i] && i < TABLE_COLUMNS; i++)
			if (strcasecmp(t->names[i], name) == 0)
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
	if (got > 0 && !t->headed) {
		place_columns(t);
		if (!t->lists)
			got = csv_next(&t->csv, why);
	}
	t->line = t->csv.line;
	t->ended = t->csv.ended;
	if (got <= 0)
		return got;
	for (int i = 0; t->names[i] && i < TABLE_COLUMNS; i++)
		t->value[i] = t->column[i] < 0
				  ? ""
				  : csv_field(&t->csv, (size_t)t->column[i]);
	return 1;
}

/* So many records, and none could be taken: this is another file. */
enum { HOPELESS = 100 };

/* What was not taken, and whether anything was. */
struct rows {
	size_t taken, held, fields;
	struct why first;
};

/* Until a record was taken the fault may be that of all of them. */
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
		    "%s: %zu more records like that", t->csv.name, r->held - 1);
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
		/* Being written. */
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
