/* SPDX-License-Identifier: ISC */
#include "runs.h"

#include <math.h>
#include <setjmp.h>
#include <sndfile.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

enum { RATE = 8000, SECONDS = 10, SAMPLES = RATE * SECONDS };

enum damage { WHOLE, SMEARED, TORN, BEHEADED };

/* Ten seconds of something, encoded by libsndfile; -1: it cannot. */
static int
encode(int format)
{
	SF_INFO info = {.samplerate = RATE, .channels = 1, .format = format};
	int fd = memfd_create("leg", MFD_CLOEXEC);
	SNDFILE *file;
	float *pcm;

	assert_true(fd >= 0);
	if (!sf_format_check(&info) ||
	    !(file = sf_open_fd(fd, SFM_WRITE, &info, 0))) {
		assert_int_equal(close(fd), 0);
		return -1;
	}
	pcm = mem_alloc(SAMPLES * sizeof *pcm);
	for (int i = 0; i < SAMPLES; i++)
		pcm[i] = 0.4F * (float)(sin(0.2 * i) * sin(0.0007 * i));
	assert_int_equal(sf_writef_float(file, pcm, SAMPLES), SAMPLES);
	assert_int_equal(sf_close(file), 0);
	free(pcm);
	return fd;
}

static void
hurt(int fd, enum damage damage)
{
	off_t size = lseek(fd, 0, SEEK_END);
	unsigned char junk[300];
	struct runs r;
	struct why why = {0};

	for (size_t i = 0; i < sizeof junk; i++)
		junk[i] = (unsigned char)(i * 37);
	if (damage == BEHEADED) {
		assert_int_equal(runs_find(fd, &r, &why), 1);
		assert_int_equal(
		    pwrite(fd, junk, sizeof junk, r.run[0].from), sizeof junk);
		runs_free(&r);
	}
	if (damage == SMEARED)
		assert_int_equal(
		    pwrite(fd, junk, sizeof junk, size / 2), sizeof junk);
	if (damage == TORN)
		assert_int_equal(ftruncate(fd, size * 7 / 10), 0);
}

static void
what_is_left_keeps_its_place(void **state)
{
	static const struct {
		const char *label;
		int format;
		enum damage damage;
		bool damaged, lost, cut_off;
	} table[] = {
	    {"FLAC", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, WHOLE, false, false,
		false},
	    {"FLAC with a hole", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, SMEARED,
		true, true, false},
	    {"FLAC, torn", SF_FORMAT_FLAC | SF_FORMAT_PCM_16, TORN, false,
		false, true},
	    {"FLAC without its beginning", SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
		BEHEADED, true, true, false},
	    {"Vorbis", SF_FORMAT_OGG | SF_FORMAT_VORBIS, WHOLE, false, false,
		false},
	    {"Vorbis with a hole", SF_FORMAT_OGG | SF_FORMAT_VORBIS, SMEARED,
		true, true, false},
	    {"Opus", SF_FORMAT_OGG | SF_FORMAT_OPUS, WHOLE, false, false,
		false},
	    {"Opus with a hole", SF_FORMAT_OGG | SF_FORMAT_OPUS, SMEARED, true,
		true, false},
	    {"Opus without its beginning", SF_FORMAT_OGG | SF_FORMAT_OPUS,
		BEHEADED, true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int fd = encode(table[i].format), mended;
		struct runs r;
		struct why why = {0};

		print_message("%s\n", table[i].label);
		if (fd < 0)
			continue;
		hurt(fd, table[i].damage);
		assert_int_equal(runs_find(fd, &r, &why), 1);
		assert_int_equal(runs_damaged(&r), table[i].damaged);
		mended = runs_mend(fd, &r, &why);
		if (mended < 0)
			fail_msg("%s", why.text);
		assert_int_equal(
		    r.rate, table[i].format & SF_FORMAT_OPUS ? r.rate : RATE);
		assert_int_equal(r.lost > 0, table[i].lost);
		assert_int_equal(r.cut_off > 0, table[i].cut_off);
		assert_int_equal(lseek(mended, 0, SEEK_END),
		    r.samples * (int64_t)sizeof(float));
		/* All of it, within a block; of what is torn about 7 s. */
		assert_true(fabs((double)(r.samples + r.cut_off) / r.rate -
				 SECONDS) < 0.05);
		/* A page of libsndfile's Vorbis lasts some seconds. */
		assert_true(r.lost < r.rate * 9);
		assert_int_equal(r.first_lost >= 0, table[i].lost);
		runs_free(&r);
		assert_int_equal(close(mended), 0);
		assert_int_equal(close(fd), 0);
	}
}

/* An untrusted number must not make a file of years. */
static void
no_place_is_beyond_a_week(void **state)
{
	int fd = encode(SF_FORMAT_FLAC | SF_FORMAT_PCM_16);
	struct runs r;
	struct why why = {0};

	(void)state;
	assert_int_equal(runs_find(fd, &r, &why), 1);
	r.run[0].end = INT64_MAX / 2;
	assert_int_equal(runs_mend(fd, &r, &why), -1);
	assert_int_equal(why_status(&why), EXIT_GIVEN_UP);
	runs_free(&r);
	assert_int_equal(close(fd), 0);
}

/* Other files are left to other code; a disk error is reported. */
static void
other_files(void **state)
{
	static const char wav[] = "RIFF....WAVEfmt and nothing else here";
	int fd = memfd_create("leg", MFD_CLOEXEC);
	struct runs r;
	struct why why = {0};

	(void)state;
	assert_int_equal(io_write(fd, wav, sizeof wav), 0);
	assert_int_equal(runs_find(fd, &r, &why), 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(runs_find(fd, &r, &why), -1);
	assert_int_equal(why_status(&why), EXIT_LATER);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_left_keeps_its_place),
	    cmocka_unit_test(no_place_is_beyond_a_week),
	    cmocka_unit_test(other_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
