/* SPDX-License-Identifier: ISC */
#include "encode.h"

#include <lame/lame.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mem.h"
#include "text.h"

/* Similar to speech: tones that come and go, pauses, noise. */
static void
make_sound(float *x, size_t n, unsigned rate, unsigned seed)
{
	uint32_t r = seed * 2654435761U + 1;
	double turn = 0, level = 0, want = 0.3, hz = 300;

	for (size_t i = 0; i < n; i++) {
		r = r * 1664525 + 1013904223;
		if (i % (rate / 12) == 0) {
			want = r >> 28 < 5 ? 0 : (double)(r >> 20 & 255) / 400;
			hz = 120 + (double)(r >> 9 & 2047);
		}
		level += (want - level) * 40 / rate;
		turn += 2 * M_PI * hz / rate;
		x[i] = (float)(level * (sin(turn) + 0.4 * sin(3.1 * turn)) +
			       0.002 * ((double)r / 2147483648.0 - 1));
	}
}

static int
collect(void *arg, const void *p, size_t n)
{
	buf_add(arg, p, n);
	return 0;
}

static void
in_chunks(const struct encode_settings *s, const float *const x[2], size_t n,
    struct buf *mp3, struct mpeg_info *facts)
{
	struct encode *e = encode_new(s, collect, mp3, NULL);

	assert_non_null(e);
	for (size_t at = 0, k; at < n; at += k) {
		const float *part[2] = {x[0] + at, x[1] + at};
		k = n - at < 4097 ? n - at : 4097;
		assert_int_equal(encode_add(e, part, k, NULL), 0);
	}
	assert_int_equal(encode_end(e, facts, NULL), 0);
	encode_free(e);
}

/* One LAME over the whole, with enough silence behind it. */
static void
in_one_run(const struct encode_settings *s, const float *const x[2], size_t n,
    struct buf *mp3)
{
	static unsigned char out[1 << 20];
	static float block[2][1152];
	lame_t lame = lame_init();

	lame_set_num_channels(lame, s->channels);
	lame_set_in_samplerate(lame, (int)s->rate);
	lame_set_out_samplerate(lame, (int)s->rate);
	lame_set_mode(lame, s->channels == 2 ? STEREO : MONO);
	lame_set_VBR(lame, s->vbr < 0 ? vbr_off : vbr_default);
	if (s->vbr < 0)
		lame_set_brate(lame, s->kbps);
	else
		lame_set_VBR_q(lame, s->vbr);
	lame_set_quality(lame, s->quality);
	lame_set_disable_reservoir(lame, 1);
	lame_set_bWriteVbrTag(lame, 0);
	assert_int_equal(lame_init_params(lame), 0);
	for (size_t at = 0; at < n + 6 * 1152; at += 1152) {
		int got;
		for (size_t i = 0; i < 1152; i++)
			for (int c = 0; c < s->channels; c++)
				block[c][i] =
				    at + i < n ? x[c][at + i] * 32768 : 0;
		got = lame_encode_buffer_float(lame, block[0],
		    block[s->channels - 1], 1152, out, sizeof out);
		assert_true(got >= 0);
		buf_add(mp3, out, (size_t)got);
	}
	lame_close(lame);
}

/* The property on which everything depends: chunks do not change the bytes, with
 * any number of threads, at all rates, of which three need padding. */
static void
chunks_are_as_one_run(void **state)
{
	static const struct {
		unsigned rate;
		int channels, kbps, vbr, quality, seconds;
	} table[] = {
	    {8000, 2, 32, -1, 7, 100},
	    {8000, 1, 16, -1, 7, 100},
	    {8000, 2, 64, -1, 9, 50},
	    {8000, 2, 32, -1, 3, 60},
	    {8000, 2, 32, -1, 0, 60},
	    {8000, 2, 0, 6, 7, 100},
	    {8000, 1, 0, 2, 7, 60},
	    {11025, 2, 32, -1, 7, 75},
	    {11025, 1, 24, -1, 7, 75},
	    {12000, 2, 32, -1, 7, 50},
	    {16000, 2, 48, -1, 7, 50},
	    {16000, 2, 48, -1, 5, 60},
	    {16000, 2, 0, 4, 7, 50},
	    {22050, 2, 64, -1, 7, 45},
	    {22050, 1, 32, -1, 2, 40},
	    {24000, 2, 64, -1, 7, 40},
	    {32000, 2, 96, -1, 7, 45},
	    {44100, 2, 128, -1, 7, 45},
	    {44100, 1, 64, -1, 3, 40},
	    {48000, 2, 128, -1, 7, 60},
	    {48000, 2, 0, 5, 7, 60},
	};
	int part = getenv("RECTOOLS_SANITIZED") ? 4 : 1;

	(void)state;
	encode_prepare();
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		size_t n = (size_t)(table[i].seconds / part) * table[i].rate;
		float *x[2] = {
		    mem_alloc(n * sizeof(float)), mem_alloc(n * sizeof(float))};
		const float *const both[2] = {x[0], x[1]};
		struct encode_settings s = {.rate = table[i].rate,
		    .channels = table[i].channels,
		    .kbps = table[i].kbps,
		    .vbr = table[i].vbr,
		    .quality = table[i].quality,
		    .samples = (int64_t)n};
		struct buf whole = {0};

		print_message("%u Hz, %d channels, %d kbit/s, V%d, q%d\n",
		    s.rate, s.channels, s.kbps, s.vbr, s.quality);
		make_sound(x[0], n, s.rate, (unsigned)i);
		make_sound(x[1], n, s.rate, (unsigned)i + 77);
		in_one_run(&s, both, n, &whole);
		for (int threads = 1; threads <= 3; threads += 2) {
			struct mpeg_info facts;
			struct buf mp3 = {0};

			s.pool = pool_new(threads);
			in_chunks(&s, both, n, &mp3, &facts);
			assert_int_equal(mp3.len, facts.bytes);
			assert_true(mp3.len <= whole.len);
			for (size_t k = 0; k < mp3.len; k++)
				if (mp3.s[k] != whole.s[k])
					fail_msg("byte %zu of %zu", k, mp3.len);
			assert_int_equal(
			    facts.crc, mpeg_crc(0, whole.s, mp3.len));
			buf_free(&mp3);
			pool_free(s.pool);
		}
		buf_free(&whole);
		free(x[0]);
		free(x[1]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(chunks_are_as_one_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
