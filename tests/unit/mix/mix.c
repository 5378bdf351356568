/* SPDX-License-Identifier: ISC */
#include "mix.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "num.h"

#define S 1000000

static void
pieces_of_a_recording(void **state)
{
	static const struct {
		const char *label;
		enum plan_style style;
		int64_t pad_us, start, end;
		struct plan_cut cut[2];
		size_t cuts;
		struct mix_piece want[5];
		size_t pieces;
	} table[] = {
	    {"no cut", PLAN_CUT, 0, 1 * S, 3 * S, {{0, 0, NULL}}, 0,
		{{8000, 24000, MIX_KEEP}}, 1},
	    {"one cut", PLAN_CUT, 0, 0, 4 * S, {{1 * S, 2 * S, NULL}}, 1,
		{{0, 8000, MIX_KEEP}, {16000, 32000, MIX_KEEP}}, 2},
	    {"tone", PLAN_TONE, 0, 0, 4 * S, {{1 * S, 2 * S, NULL}}, 1,
		{{0, 8000, MIX_KEEP}, {8000, 16000, MIX_TONE},
		    {16000, 32000, MIX_KEEP}},
		3},
	    {"silence at both ends", PLAN_SILENCE, 0, 0, 4 * S,
		{{0, 1 * S, NULL}, {3 * S, 4 * S, NULL}}, 2,
		{{0, 8000, MIX_SILENCE}, {8000, 24000, MIX_KEEP},
		    {24000, 32000, MIX_SILENCE}},
		3},
	    {"all of it", PLAN_CUT, 0, 0, 4 * S, {{0, 4 * S, NULL}}, 1,
		{{0, 0, MIX_KEEP}}, 0},
	    {"padding", PLAN_CUT, S / 2, 0, 4 * S, {{1 * S, 2 * S, NULL}}, 1,
		{{0, 4000, MIX_KEEP}, {20000, 32000, MIX_KEEP}}, 2},
	    {"padding makes cuts meet", PLAN_SILENCE, S, 0, 4 * S,
		{{1 * S, 2 * S, NULL}, {3 * S, 4 * S, NULL}}, 2,
		{{0, 24000, MIX_SILENCE}, {24000, 32000, MIX_SILENCE}}, 2},
	    {"no length", PLAN_CUT, 0, S, S, {{0, 0, NULL}}, 0,
		{{0, 0, MIX_KEEP}}, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct plan_cut cut[2];
		struct plan_recording r = {.start_us = table[i].start,
		    .end_us = table[i].end,
		    .cut = cut,
		    .cuts = table[i].cuts};
		struct mix_pad pad[2] = {{table[i].pad_us, table[i].pad_us},
		    {table[i].pad_us, table[i].pad_us}};
		struct mix_piece *p;
		size_t n;

		print_message("%s\n", table[i].label);
		memcpy(cut, table[i].cut, sizeof cut);
		n = mix_pieces(&r, table[i].style, 8000, pad, &p);
		assert_int_equal(n, table[i].pieces);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(p[k].from, table[i].want[k].from);
			assert_int_equal(p[k].to, table[i].want[k].to);
			assert_int_equal(p[k].kind, table[i].want[k].kind);
		}
		free(p);
	}
}

/* Random cuts: pieces are in order, apart, and never contain a cut sample. */
static void
pieces_never_hold_a_cut(void **state)
{
	static const unsigned rates[] = {8000, 11025, 44100};
	static const struct mix_pad none[8];

	(void)state;
	srandom(4);
	for (int round = 0; round < 2000; round++) {
		struct plan_cut cut[8];
		unsigned rate = rates[round % 3];
		int64_t at = random() % S, sum = 0, removed = 0, last = 0;
		struct plan_recording r = {.start_us = at, .cut = cut};
		struct mix_piece *p;
		size_t n;

		for (r.cuts = 0; r.cuts < (size_t)round % 9; r.cuts++) {
			cut[r.cuts].start_us = at += random() % S;
			cut[r.cuts].end_us = at += random() % S + 1;
			removed += num_samples(at, rate) -
				   num_samples(cut[r.cuts].start_us, rate);
		}
		r.end_us = at + random() % S;
		n = mix_pieces(&r, PLAN_CUT, rate, none, &p);
		for (size_t k = 0; k < n; k++) {
			assert_true(p[k].from >= last && p[k].to > p[k].from);
			last = p[k].to;
			sum += p[k].to - p[k].from;
			for (size_t c = 0; c < r.cuts; c++)
				assert_true(
				    p[k].to <=
					num_samples(cut[c].start_us, rate) ||
				    p[k].from >=
					num_samples(cut[c].end_us, rate));
		}
		assert_int_equal(sum, mix_samples(p, n));
		assert_int_equal(
		    sum + removed, num_samples(r.end_us, rate) -
				       num_samples(r.start_us, rate));
		free(p);
	}
}

static void
roles_have_their_channel(void **state)
{
	static const struct {
		const char *first, *role;
		int channels, want;
	} table[] = {
	    {"customer", "customer", 2, 0},
	    {"customer", "agent", 2, 1},
	    {"customer", "third-party", 2, 1},
	    {"customer", "emergency", 2, 1},
	    {"customer", "agent", 1, 0},
	    {"agent", "agent", 2, 0},
	    {"agent", "customer", 2, 1},
	    {"customer,third-party", "third-party", 2, 0},
	    {"customer,third-party", "agent", 2, 1},
	};
	unsigned roles;

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		assert_int_equal(mix_roles(table[i].first, &roles), 0);
		assert_int_equal(
		    mix_channel(table[i].role, roles, table[i].channels),
		    table[i].want);
	}
	assert_int_equal(mix_roles("customer", &roles), 0);
	assert_int_equal(roles, MIX_CUSTOMER);
	assert_int_equal(mix_roles("", &roles), -1);
	assert_int_equal(mix_roles("customer,", &roles), -1);
	assert_int_equal(mix_roles("custom", &roles), -1);
	assert_int_equal(mix_roles("customer, agent", &roles), -1);
}

static void
tone_is_one_tone_in_blocks(void **state)
{
	float whole[2000], a[2000];

	(void)state;
	mix_tone(whole, 2000, 0, 8000);
	mix_tone(a, 700, 0, 8000);
	mix_tone(a + 700, 1300, 700, 8000);
	assert_memory_equal(whole, a, sizeof a);
}

/* Over several blocks, and counted from where the cut begins. */
static void
a_cut_holds_one_tone(void **state)
{
	enum { FROM = 123, N = 3 * MIX_BLOCK };
	static const struct mix_piece piece = {FROM, FROM + N, MIX_TONE};
	static float whole[N];
	const struct mix_what what = {
	    .piece = &piece, .pieces = 1, .rate = 8000, .channels = 2};
	struct mix *m = mix_new(&what);
	const float *channel[2];
	struct why why = {.text = ""};
	int64_t at = 0;
	ssize_t n;

	(void)state;
	mix_tone(whole, N, 0, 8000);
	while ((n = mix_next(m, channel, &why)) > 0) {
		for (int c = 0; c < 2; c++)
			assert_memory_equal(
			    channel[c], whole + at, (size_t)n * sizeof *whole);
		at += n;
	}
	assert_int_equal(n, 0);
	assert_int_equal(at, N);
	mix_free(m);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(pieces_of_a_recording),
	    cmocka_unit_test(pieces_never_hold_a_cut),
	    cmocka_unit_test(roles_have_their_channel),
	    cmocka_unit_test(tone_is_one_tone_in_blocks),
	    cmocka_unit_test(a_cut_holds_one_tone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
