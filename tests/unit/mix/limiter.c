/* SPDX-License-Identifier: ISC */
#include "limiter.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N    20000
#define RATE 8000

/* All of x through the limiter, in blocks of n. */
static void
limit(float *x, size_t n)
{
	static struct limiter l;
	size_t ahead;

	limiter_init(&l, RATE);
	ahead = limiter_ahead(&l);
	for (size_t at = 0; at < N; at += n) {
		size_t now = N - at < n ? N - at : n, rest = N - at - now;
		limiter_run(&l, x + at, now, rest < ahead ? rest : ahead);
	}
}

static float
tone(int i, double top)
{
	return (float)(top * sin(0.3 * i));
}

static void
what_fits_is_not_touched(void **state)
{
	static float x[N], was[N];

	(void)state;
	for (int i = 0; i < N; i++)
		x[i] = was[i] = i % 7 == 0 ? -1.0F : tone(i, 1);
	limit(x, 1000);
	assert_memory_equal(x, was, sizeof x);
}

static void
nothing_exceeds_full_scale(void **state)
{
	static float x[N];

	(void)state;
	srand(1);
	for (int i = 0; i < N; i++)
		x[i] = i % 3000 < 1500 ? 4 * (float)rand() / (float)RAND_MAX - 2
				       : tone(i, 0.5);
	x[N - 1] = 16;
	limit(x, 777);
	for (int i = 0; i < N; i++)
		assert_true(fabsf(x[i]) <= 1.0F);
}

/* Two speakers at once are louder than one, not half of each. */
static void
it_is_no_division(void **state)
{
	static float x[N];
	double sum = 0;

	(void)state;
	for (int i = 0; i < N; i++)
		x[i] = i < 4000 || i >= 16000 ? tone(i, 0.9) : tone(i, 1.8);
	limit(x, 512);
	for (int i = 0; i < 3900; i++)
		assert_float_equal(x[i], tone(i, 0.9), 1e-6F);
	for (int i = 18000; i < N; i++)
		assert_float_equal(x[i], tone(i, 0.9), 1e-6F);
	for (int i = 6000; i < 14000; i++)
		sum += (double)x[i] * (double)x[i];
	assert_true(sqrt(sum / 8000) > 0.67);
}

/* The gain glides: from sample to sample it never jumps, up or down. */
static void
nothing_clicks(void **state)
{
	static float x[N];
	float last = 1;

	(void)state;
	for (int i = 0; i < N; i++)
		x[i] = i == 9000 ? 8 : 0.5F;
	limit(x, 4096);
	for (int i = 0; i < N; i++) {
		float gain = x[i] / (i == 9000 ? 8 : 0.5F);
		assert_true(fabsf(gain - last) < 0.03F);
		last = gain;
	}
	assert_true(x[9000] > 0.95F);
}

static void
blocks_do_not_matter(void **state)
{
	static const size_t sizes[] = {1, 41, 1000, LIMITER_BLOCK};
	static float x[N], y[N];

	(void)state;
	for (int i = 0; i < N; i++)
		y[i] = tone(i, i % 2500 < 600 ? 3 : 0.8);
	limit(y, 640);
	for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
		for (int i = 0; i < N; i++)
			x[i] = tone(i, i % 2500 < 600 ? 3 : 0.8);
		limit(x, sizes[k]);
		for (int i = 0; i < N; i++)
			assert_float_equal(x[i], y[i], 1e-6F);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_fits_is_not_touched),
	    cmocka_unit_test(nothing_exceeds_full_scale),
	    cmocka_unit_test(it_is_no_division),
	    cmocka_unit_test(nothing_clicks),
	    cmocka_unit_test(blocks_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
