/* SPDX-License-Identifier: ISC */
#include "csv.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"
#include "text.h"

/* The records of a text as "a|b" lines, or "!" and the error. */
static void
read_all(const char *text, struct buf *out)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	struct csv csv = {.file = file, .name = "t"};
	struct why why;
	int got;

	assert_non_null(file);
	while ((got = csv_next(&csv, &why)) != 0) {
		for (size_t i = 0; got > 0 && i < csv.fields; i++)
			buf_format(out, "%s%s", csv.field[i],
			    i + 1 < csv.fields ? "|" : "\n");
		if (got < 0)
			buf_format(
			    out, "!%s%s", why.text, csv.ended ? "\n" : "");
	}
	assert_string_equal(csv_field(&csv, CSV_FIELDS_MAX), "");
	csv_free(&csv);
	(void)fclose(file);
}

static void
records(void **state)
{
	static const struct {
		const char *text, *wanted;
	} table[] = {
	    {"a,b\nc\n", "a|b\nc\n"},
	    {"a,b", "a|b\n"},
	    {"a,b\r\nc,d\r\n", "a|b\nc|d\n"},
	    {"\n\na\n\r\nb\n", "a\nb\n"},
	    {",,\n", "||\n"},
	    {"\"a\",\"\"\n", "a|\n"},
	    {"\"a,b\",c\n", "a,b|c\n"},
	    {"\"a \"\"b\"\"\",c\n", "a \"b\"|c\n"},
	    {"\"two\nlines\",c\n", "two\nlines|c\n"},
	    {"\"\"\"\"\n", "\"\n"},
	    {"\"c:\\\",d\n", "c:\\|d\n"},
	    {"\"{\"\"a\"\":1}\",d\n", "{\"a\":1}|d\n"},
	    {"\"{\\\"a\\\":\\\"b\\\",\\\"c\\\":1}\",d\n",
		"{\"a\":\"b\",\"c\":1}|d\n"},
	    {"a\tb,c\n", "a\tb|c\n"},
	    {"a\tb\tc\nd\te,f\n", "a|b|c\nd|e,f\n"},
	    {"a b , c\n", "a b | c\n"},
	    {"ok\n\"a\"b\n", "ok\n!t:2: text after a closing quote\n"},
	    {"ok\na\"b\n", "ok\n!t:2: a quote inside an unquoted field\n"},
	    {"\"x\n\ny\"\n\"a\n",
		"x\n\ny\n!t:4: a quote that is never closed\n"},
	    /* A torn line affects only itself. */
	    {"\"a,b\nc,d\n\"e\",f\n",
		"!t:1: text after a closing quote\nc|d\ne|f\n"},
	    {"\"a\"\"\nb\nc\n", "!t:1: a quote that is never closed\nb\nc\n"},
	    {"a\n\"b\",\"c", "a\n!t:2: a quote that is never closed"},
	    {"x\"y\nz\"\n\"w\"\n",
		"!t:1: a quote inside an unquoted field\n"
		"!t:2: a quote inside an unquoted field\nw\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct buf out = {0};

		read_all(table[i].text, &out);
		print_message("%zu\n", i);
		assert_string_equal(out.s, table[i].wanted);
		buf_free(&out);
	}
}

/* A record that is too long is an error: it is not cut off and not read on. */
static void
limits(void **state)
{
	char *text = mem_alloc(CSV_BYTES_MAX + 10);
	struct buf out = {0};

	(void)state;
	memset(text, 'x', CSV_BYTES_MAX + 5);
	read_all(text, &out);
	assert_string_equal(out.s, "!t:1: a record of more than 64 KiB");
	buf_free(&out);
	memset(text, ',', CSV_FIELDS_MAX);
	text[CSV_FIELDS_MAX] = '\0';
	read_all(text, &out);
	assert_string_equal(out.s, "!t:1: more than 64 fields");
	buf_free(&out);
	/* A misplaced quote in a field. */
	memcpy(text + CSV_FIELDS_MAX, "\"{\"", 4);
	read_all(text, &out);
	assert_string_equal(out.s, "!t:1: more than 64 fields");
	buf_free(&out);
	text[CSV_FIELDS_MAX - 1] = '\0';
	read_all(text, &out);
	assert_int_equal(out.len, CSV_FIELDS_MAX);
	buf_free(&out);
	free(text);
}

/* The lines after a torn record of any length are read. */
static void
resumes(void **state)
{
	size_t lines = 3 * CSV_BYTES_MAX / 4, n = 0;
	struct buf text = {0}, out = {0};

	(void)state;
	buf_format(&text, "\"torn\n");
	for (size_t i = 0; i < lines; i++)
		buf_format(&text, "%zu,b\n", i);
	read_all(text.s, &out);
	assert_memory_equal(out.s, "!t:1: a record of more than 64 KiB\n0|b\n",
	    strlen("!t:1: a record of more than 64 KiB\n0|b\n"));
	for (size_t i = 0; i < out.len; i++)
		n += out.s[i] == '\n';
	assert_int_equal(n, lines + 1);
	buf_free(&text);
	buf_free(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(records),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(resumes),
	};

	return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
