/* SPDX-License-Identifier: ISC */
#include "csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

enum csv_state { BEGIN, BARE, QUOTED, CLOSED };

struct csv_reader {
	struct csv *csv;
	enum csv_state state;
	size_t n;       /* bytes of the record so far */
	bool backslash; /* quotes in this field are escaped by it */
	const char *fault;
};

/* The input is kept, because after a torn record the next one begins in it. */
enum { RAW_BYTES = 2 * CSV_BYTES_MAX + 16 };

static int
next_byte(struct csv *csv)
{
	int c;

	if (csv->at < csv->ahead) {
		c = (unsigned char)csv->raw[csv->at++];
	} else {
		c = getc_unlocked(csv->file);
		if (c == EOF)
			return EOF;
		if (csv->ahead < RAW_BYTES)
			csv->raw[csv->ahead++] = (char)c;
		csv->at = csv->ahead;
	}
	if (c == '\n')
		csv->lines++;
	return c;
}

static int
peek(struct csv *csv)
{
	int c;

	if (csv->at < csv->ahead)
		return (unsigned char)csv->raw[csv->at];
	c = getc_unlocked(csv->file);
	if (c != EOF)
		(void)ungetc(c, csv->file);
	return c;
}

static void
begin_raw(struct csv *csv)
{
	if (csv->at == csv->ahead)
		csv->at = csv->ahead = 0;
	if (csv->ahead > CSV_BYTES_MAX) {
		csv->ahead -= csv->at;
		memmove(csv->raw, csv->raw + csv->at, csv->ahead);
		csv->at = 0;
	}
	csv->from = csv->at;
}

/* A longer line is skipped; the next record begins in it. */
enum { SKIP_BYTES = 1 << 20 };

/* The next record is searched after the first line of this one. */
static void
skip_line(struct csv *csv)
{
	const char *end =
	    memchr(csv->raw + csv->from, '\n', csv->ahead - csv->from);
	int c = 0;

	if (end) {
		csv->at = (size_t)(end - csv->raw) + 1;
	} else {
		csv->at = csv->ahead = 0;
		for (long n = 0; n < SKIP_BYTES && c != EOF && c != '\n'; n++)
			c = getc_unlocked(csv->file);
	}
	csv->ended = end || c == '\n';
	csv->lines = csv->line;
}

static void
put_character(struct csv_reader *r, int c)
{
	if (r->n + 1 >= CSV_BYTES_MAX)
		r->fault = "a record of more than 64 KiB";
	else
		r->csv->text[r->n++] = (char)c;
}

static void
end_field(struct csv_reader *r)
{
	struct csv *csv = r->csv;

	put_character(r, '\0');
	r->state = BEGIN;
	r->backslash = false;
	csv->fields++;
}

static void
begin_field(struct csv_reader *r)
{
	if (r->csv->fields == CSV_FIELDS_MAX)
		r->fault = "more than 64 fields";
	else
		r->csv->field[r->csv->fields] = r->csv->text + r->n;
}

/* A quote within a quoted field: doubled, escaped, or the end of the field. */
static void
quote(struct csv_reader *r)
{
	if (peek(r->csv) == '"') {
		put_character(r, next_byte(r->csv));
		return;
	}
	r->state = CLOSED;
}

static void
take_quoted(struct csv_reader *r, int c)
{
	const char *field = r->csv->field[r->csv->fields];
	bool first = r->csv->text + r->n == field + 1 && *field == '{';

	if (c == '\\' && peek(r->csv) == '"' && (first || r->backslash)) {
		r->backslash = true;
		put_character(r, next_byte(r->csv));
	} else if (c == '"') {
		quote(r);
	} else {
		put_character(r, c);
	}
}

static void
take_csv_character(struct csv_reader *r, int c)
{
	if (r->state == QUOTED) {
		take_quoted(r, c);
	} else if (c == r->csv->separator) {
		end_field(r);
		begin_field(r);
	} else if (r->state == CLOSED) {
		if (c != '\r')
			r->fault = "text after a closing quote";
	} else if (c == '"') {
		if (r->state == BARE)
			r->fault = "a quote inside an unquoted field";
		r->state = QUOTED;
	} else if (c != '\r' || peek(r->csv) != '\n') {
		r->state = BARE;
		put_character(r, c);
	}
	if (c == '\0')
		r->fault = "a NUL byte";
	if (r->csv->at - r->csv->from >= CSV_BYTES_MAX)
		r->fault = "a record of more than 64 KiB";
}

/* By the first line: it has a tab and no comma. */
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

static int
torn(struct csv *csv, const char *fault, struct why *why)
{
	if (ferror(csv->file)) {
		why_set(
		    why, "%s: %s", csv->name, strerror(errno ? errno : EIO));
		return CSV_UNREADABLE;
	}
	skip_line(csv);
	return why_set(why, "%s:%d: %s", csv->name, csv->line, fault);
}

/* The first byte of the next record, or EOF; blank lines are skipped. */
static int
begin_record(struct csv *csv)
{
	int c;

	if (!csv->text) {
		csv->text = mem_alloc(CSV_BYTES_MAX);
		csv->raw = mem_alloc(RAW_BYTES);
		find_separator(csv);
	}
	do {
		begin_raw(csv);
		csv->line = csv->lines + 1;
		c = next_byte(csv);
	} while (c == '\n' || (c == '\r' && peek(csv) == '\n'));
	csv->fields = 0;
	return c;
}

int
csv_next(struct csv *csv, struct why *why)
{
	struct csv_reader r = {.csv = csv};
	int c = begin_record(csv);

	begin_field(&r);
	if (c == EOF)
		return ferror(csv->file) ? torn(csv, NULL, why) : 0;
	for (; c != EOF && (c != '\n' || r.state == QUOTED) && !r.fault;
	     c = next_byte(csv))
		take_csv_character(&r, c);
	csv->ended = c == '\n';
	if (!r.fault && (r.state == QUOTED || ferror(csv->file)))
		r.fault = "a quote that is never closed";
	if (!r.fault)
		end_field(&r);
	return r.fault ? torn(csv, r.fault, why) : 1;
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
	free(csv->raw);
	csv->text = csv->raw = NULL;
}
