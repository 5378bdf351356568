/* SPDX-License-Identifier: ISC */
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

enum state { BEGIN, BARE, QUOTED, CLOSED };

struct reader {
	struct csv *csv;
	enum state state;
	size_t n;       /* bytes of the record so far */
	bool backslash; /* escapes quotes in this field */
	const char *fault;
};

static int
next_byte(struct csv *csv)
{
	int c = getc_unlocked(csv->file);

	if (c == '\n')
		csv->lines++;
	return c;
}

static int
peek(struct csv *csv)
{
	int c = getc_unlocked(csv->file);

	if (c != EOF)
		(void)ungetc(c, csv->file);
	return c;
}

static void
put(struct reader *r, int c)
{
	if (r->n + 1 >= CSV_BYTES_MAX)
		r->fault = "a record of more than 64 KiB";
	else
		r->csv->text[r->n++] = (char)c;
}

static void
end_field(struct reader *r)
{
	struct csv *csv = r->csv;

	put(r, '\0');
	r->state = BEGIN;
	r->backslash = false;
	csv->fields++;
}

static void
begin_field(struct reader *r)
{
	if (r->csv->fields == CSV_FIELDS_MAX)
		r->fault = "more than 64 fields";
	else
		r->csv->field[r->csv->fields] = r->csv->text + r->n;
}

/* A quote within a quoted field: doubled, escaped, or its end. */
static void
quote(struct reader *r)
{
	if (peek(r->csv) == '"') {
		put(r, next_byte(r->csv));
		return;
	}
	r->state = CLOSED;
}

static void
take_quoted(struct reader *r, int c)
{
	const char *field = r->csv->field[r->csv->fields];
	bool first = r->csv->text + r->n == field + 1 && *field == '{';

	if (c == '\\' && peek(r->csv) == '"' && (first || r->backslash)) {
		r->backslash = true;
		put(r, next_byte(r->csv));
	} else if (c == '"') {
		quote(r);
	} else {
		put(r, c);
	}
}

static void
take(struct reader *r, int c)
{
	if (r->state == QUOTED) {
		take_quoted(r, c);
	} else if (c == r->csv->separator) {
		end_field(r);
		begin_field(r);
	} else if (r->state == CLOSED) {
		if (c != '\r')
			r->fault = "text behind a closing quote";
	} else if (c == '"') {
		if (r->state == BARE)
			r->fault = "a quote within a bare field";
		r->state = QUOTED;
	} else if (c != '\r' || peek(r->csv) != '\n') {
		r->state = BARE;
		put(r, c);
	}
	if (c == '\0')
		r->fault = "a NUL byte: not a text file";
}

/* By the first line alone: a tab and no comma. */
static void
find_separator(struct csv *csv)
{
	long at = ftell(csv->file);
	int c;

	csv->separator = ',';
	if (at < 0)
		return;
	while ((c = getc_unlocked(csv->file)) != EOF && c != '\n' && c != ',')
		if (c == '\t')
			csv->separator = '\t';
	if (c == ',')
		csv->separator = ',';
	(void)fseek(csv->file, at, SEEK_SET);
}

int
csv_next(struct csv *csv, struct why *why)
{
	struct reader r = {.csv = csv};
	int c;

	if (!csv->text) {
		csv->text = mem_alloc(CSV_BYTES_MAX);
		find_separator(csv);
	}
	do { /* blank lines are no records */
		csv->line = csv->lines + 1;
		c = next_byte(csv);
	} while (c == '\n' || (c == '\r' && peek(csv) == '\n'));
	csv->fields = 0;
	begin_field(&r);
	if (c == EOF) {
		if (!ferror(csv->file))
			return 0;
		return why_set(
		    why, "%s: %s", csv->name, strerror(errno ? errno : EIO));
	}
	for (; c != EOF && (c != '\n' || r.state == QUOTED) && !r.fault;
	     c = next_byte(csv))
		take(&r, c);
	if (!r.fault && r.state == QUOTED)
		r.fault = "a quote that never closes";
	if (!r.fault)
		end_field(&r);
	if (r.fault)
		return why_set(why, "%s:%d: %s", csv->name, csv->line, r.fault);
	return 1;
}

const char *
csv_field(const struct csv *csv, size_t n)
{
	return n < csv->fields ? csv->field[n] : "";
}

void
csv_free(struct csv *csv)
{
	free(csv->text);
	csv->text = NULL;
}
