/* SPDX-License-Identifier: ISC */
#include "frames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* MPEG-2: 576 samples a frame; the decoder's own delay is 529. */
static void
what_is_kept_of_a_file(void **state)
{
	static const struct {
		const char *label;
		size_t frames;  /* in the file */
		unsigned count; /* in the header; 0: none */
		unsigned delay, padding;
		bool extension;
		int64_t from, to;
	} table[] = {
	    {"no header", 100, 0, 0, 0, false, 0, 57600},
	    {"delay and padding", 100, 100, 576, 1000, true, 1105, 57129},
	    {"no count", 100, 0, 576, 1000, true, 1105, 57129},
	    {"padding below the decoder's delay", 100, 100, 576, 500, true,
		1105, 57600},
	    {"all of the padding", 100, 100, 576, 4095, true, 1105, 54034},
	    /* 57600 - 93 x 576 = 4032 > 3566. */
	    {"a count too low", 100, 93, 576, 529, true, 1105, 57600},
	    {"a count too low, by less", 100, 94, 576, 529, true, 1105, 54144},
	    {"a count too high", 100, 110, 576, 1000, true, 1105, 57600},
	    {"less than the delay", 1, 1, 1000, 1105, true, 1529, 1529},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct mp3_stretch one = {.frame = 0};
		struct mp3 m = {.stretch = &one, .stretches = 1};
		int64_t from, to;

		one.format.samples = 576;
		m.frames = table[i].frames;
		m.info.frames = table[i].count;
		m.info.extension = table[i].extension ? 1 : 0;
		m.info.delay = table[i].delay;
		m.info.padding = table[i].padding;
		print_message("%s\n", table[i].label);
		mp3_kept(&m, &from, &to);
		assert_int_equal(from, table[i].from);
		assert_int_equal(to, table[i].to);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_kept_of_a_file),
	};

	return cmocka_run_group_tests_name("frames", tests, NULL, NULL);
}
