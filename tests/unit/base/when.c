/* SPDX-License-Identifier: ISC */
#include "when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
times_read_and_print(void **state)
{
	static const struct {
		const char *text, *back; /* NULL: refused */
	} table[] = {
	    {"2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22 10:00:00Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22T10:00:00.999Z", "2026-11-22T10:00:00Z"},
	    {"2026-11-22T11:30:00+01:30", "2026-11-22T10:00:00Z"},
	    {"2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"},
	    {"2026-02-29T00:00:00Z", NULL},
	    {"2026-13-01T00:00:00Z", NULL},
	    {"2026-11-22T25:00:00Z", NULL},
	    {"2026-11-22T10:00:00", NULL},
	    {"2026-11-22", NULL},
	    {"", NULL},
	};
	char buf[WHEN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us;
		bool read = when_parse(table[i].text, &us) == 0;
		print_message("%s\n", table[i].text);
		assert_int_equal(read, table[i].back != NULL);
		if (read)
			assert_string_equal(when_text(us, buf), table[i].back);
	}
}

static void
dates_of_the_web(void **state)
{
	static const struct {
		const char *text, *back; /* NULL: refused */
	} table[] = {
	    {"Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"},
	    {"Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"},
	    {"Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"},
	    {"Nov  6 08:49:37 1994 GMT", "1994-11-06T08:49:37Z"},
	    {" Dec 31 23:59:59 2039 GMT", "2039-12-31T23:59:59Z"},
	    {"Friday, 01-Jan-69 00:00:00 GMT", "2069-01-01T00:00:00Z"},
	    {"Tue, 29 Feb 2028 00:00:00 GMT", "2028-02-29T00:00:00Z"},
	    {"Mon, 29 Feb 2027 00:00:00 GMT", NULL},
	    {"Mon, 06 Anf 2026 08:49:37 GMT", NULL},
	    {"Mon, 06 Ja 2026 08:49:37 GMT", NULL},
	    {"Mon, 06 Nov 2026 24:00:00 GMT", NULL},
	    {"Mon, 06 Nov 2026", NULL},
	    {"1994-11-06T08:49:37Z", NULL},
	    {"0", NULL},
	    {"", NULL},
	};
	char buf[WHEN_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t us;
		bool read = when_web(table[i].text, &us) == 0;
		print_message("%s\n", table[i].text);
		assert_int_equal(read, table[i].back != NULL);
		if (read)
			assert_string_equal(when_text(us, buf), table[i].back);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(times_read_and_print),
	    cmocka_unit_test(dates_of_the_web),
	};

	return cmocka_run_group_tests_name("when", tests, NULL, NULL);
}
