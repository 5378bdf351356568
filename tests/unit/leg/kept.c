/* SPDX-License-Identifier: ISC */
#include "kept.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "leg.h"
#include "mem.h"

enum { BLOCK = 1000, FRAME = 160, FRAME_BYTES = 33 };

static void
every_value(void **state)
{
	float in[BLOCK], out[BLOCK];
	struct kept *k = kept_new(65536);
	int value = -32768;

	(void)state;
	assert_non_null(k);
	while (value < 32768) {
		size_t n = 0;

		for (; n < BLOCK && value < 32768; value++)
			in[n++] = (float)value / 32768;
		assert_true(kept_add(k, in, n));
	}
	assert_false(kept_add(k, in, 1));
	for (int pass = 0; pass < 2; pass++) {
		size_t n;

		value = -32768;
		while ((n = kept_read(k, out, BLOCK)) > 0)
			for (size_t i = 0; i < n; i++)
				assert_true(out[i] * 32768 == (float)value++);
		assert_int_equal(value, 32768);
		kept_rewind(k);
	}
	kept_free(k);
}

/* Two legs of ten minutes, whoever else is there. */
static void
memory_is_limited(void **state)
{
	struct kept *k[3] = {kept_new(KEPT_LEG), kept_new(KEPT_LEG), NULL};

	(void)state;
	assert_non_null(k[0]);
	assert_non_null(k[1]);
	assert_null(kept_new(1));
	kept_free(k[0]);
	k[2] = kept_new(1);
	assert_non_null(k[2]);
	assert_null(kept_new(KEPT_LEG));
	kept_free(k[2]);
	kept_free(k[1]);
	assert_null(kept_new(0));
	assert_null(kept_new(KEPT_LEG + 1));
	kept_free(NULL);
}

/* A headerless GSM file of so many frames in an own directory. */
static int
write_frames(char *dir, int frames)
{
	char path[64];
	FILE *f;
	int fd;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/leg.gsm", dir);
	f = fopen(path, "wb");
	assert_non_null(f);
	for (int i = 0; i < frames; i++) {
		unsigned char frame[FRAME_BYTES] = {0xD0};

		for (int k = 1; k < FRAME_BYTES; k++)
			frame[k] = (unsigned char)(i * 7 + k * 31 + i / 9);
		assert_int_equal(fwrite(frame, sizeof frame, 1, f), 1);
	}
	assert_int_equal(fclose(f), 0);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

/* Reads at most so many samples, and returns how many it got. */
static size_t
read_some(struct leg *leg, float *to, size_t most)
{
	struct why why = {0};
	size_t done = 0;
	ssize_t n = 1;

	while (done < most && n > 0) {
		n = leg_read(leg, to + done, most - done, &why);
		assert_true(n >= 0);
		done += (size_t)n;
	}
	return done;
}

/* What is read after leg_rewind() is what an untouched leg gives. */
static void
look(int frames, const size_t *reads, size_t times)
{
	char dir[] = "/tmp/kept.XXXXXX";
	int fd = write_frames(dir, frames);
	size_t all = (size_t)frames * FRAME;
	struct leg_how how = {.format = "gsm"};
	enum leg_fault fault;
	struct why why = {0};
	struct leg *plain = leg_open(fd, "leg.gsm", &how, &fault, &why);
	struct leg *kept = leg_open(fd, "leg.gsm", &how, &fault, &why);
	float *want = mem_alloc((all + 1) * sizeof *want);
	float *got = mem_alloc((all + 1) * sizeof *got);

	assert_non_null(plain);
	assert_non_null(kept);
	assert_int_equal(read_some(plain, want, all + 1), all);
	leg_keep(kept);
	for (size_t i = 0; i < times; i++) {
		size_t n = reads[i] < all ? reads[i] : all;

		assert_int_equal(read_some(kept, got, reads[i]), n);
		assert_memory_equal(got, want, n * sizeof *got);
		assert_int_equal(leg_rewind(kept, &why), 0);
	}
	assert_int_equal(read_some(kept, got, all + 1), all);
	assert_memory_equal(got, want, all * sizeof *got);
	assert_int_equal(leg_samples(kept), all);
	leg_close(plain);
	leg_close(kept);
	free(want);
	free(got);
	assert_int_equal(unlinkat(fd, "leg.gsm", 0), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(rmdir(dir), 0);
}

static void
a_leg_is_the_same_again(void **state)
{
	static const size_t whole[] = {SIZE_MAX}, part[] = {777},
			    often[] = {5000, 40, SIZE_MAX, 3, 9000, SIZE_MAX},
			    nothing[] = {0};

	(void)state;
	look(60, whole, 1);
	look(60, part, 1);
	look(60, often, 6);
	look(60, nothing, 1);
	/* More than is kept. */
	look(KEPT_LEG / FRAME + 50, whole, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_value),
	    cmocka_unit_test(memory_is_limited),
	    cmocka_unit_test(a_leg_is_the_same_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
