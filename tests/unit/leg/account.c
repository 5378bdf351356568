/* SPDX-License-Identifier: ISC */
#include "account.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

#define S    INT64_C(1000000)
#define RATE 1000

/* The sound of a leg: 0 nothing, 1 and 2 two voices, 3 noise. */
static int16_t
sound(int kind, int64_t i)
{
	static uint32_t dice;
	double t = (double)i / RATE;
	double loud = 0.5 + 0.5 * sin(t * (kind == 1 ? 9 : 13));

	dice = dice * 1664525 + 1013904223;
	if (kind == 3)
		return (int16_t)((int32_t)(dice >> 18) - 8192);
	if (kind == 0)
		return 0;
	return (int16_t)(8000 * loud * sin(t * (kind == 1 ? 700 : 1100)));
}

/* A leg of so many seconds; its file has no name and is open as *fd. */
static struct leg *
make_leg(double seconds, int kind, int *fd)
{
	struct leg_how how = {.follow = true, .format = "sln", .rate = RATE};
	int64_t n = (int64_t)(seconds * RATE + 0.5);
	int16_t *pcm = mem_alloc((size_t)n * sizeof *pcm);
	enum leg_fault fault;
	struct why why = {0};
	char path[40];
	struct leg *leg;

	for (int64_t i = 0; i < n; i++)
		pcm[i] = sound(kind, i);
	*fd = memfd_create("leg", MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(io_write(*fd, pcm, (size_t)n * sizeof *pcm), 0);
	free(pcm);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", *fd);
	leg = leg_open(-1, path, &how, &fault, &why);
	if (!leg)
		fail_msg("%s", why.text);
	return leg;
}

/* A call of two legs, that of the agent whole and exact, and one recording. */
struct scene {
	struct call call;
	struct call_leg leg[2];
	struct plan plan;
	struct account account;
};

static void
begin(struct scene *s, double end_s)
{
	*s = (struct scene){.plan = {.record = true}};
	s->leg[0] = (struct call_leg){
	    .role = "customer", .label = "", .file = "in.sln", .end_us = -1};
	s->leg[1] = (struct call_leg){
	    .role = "agent", .label = "", .file = "out.sln", .end_us = -1};
	s->call = (struct call){.leg = s->leg, .legs = 2};
	(void)plan_add_recording(&s->plan, 0, llround(end_s * (double)S));
	account_begin(&s->account, &s->call);
}

static void
add(struct scene *s, size_t i, double seconds, int kind)
{
	struct why why = {0};
	int fd;
	struct leg *leg = make_leg(seconds, kind, &fd);

	assert_int_equal(account_add(&s->account, i, leg, &why), 0);
	leg_close(leg);
	assert_int_equal(close(fd), 0);
}

static void
finish(struct scene *s)
{
	account_free(&s->account);
	plan_free(&s->plan);
}

static const char *
said(const struct scene *s)
{
	return s->account.findings > 0 ? s->account.finding[0].text : "";
}

/* Found seconds compared with told ones, with a cut at 10 s. */
static const struct {
	const char *label;
	double found, told; /* told < 0: nothing */
	enum call_fits fits;
	double within, stretch, end;
	bool holds;
	const char *text;
} lengths[] = {
    {"exact", 20, 20, CALL_FITS_UNTOLD, 0, 1, 20, false, ""},
    {"5 ms are rounding", 20, 20.005, CALL_FITS_UNTOLD, 0, 1, 20, false, ""},
    {"a clock of 1 %", 20, 20.2, CALL_FITS_UNTOLD, 0, 1.01, 20.2, false, ""},
    {"one that is fast", 20, 19.8, CALL_FITS_UNTOLD, 0, 0.99, 19.8, false, ""},
    {"no clock is 4 % off", 6, 6.24, CALL_FITS_UNTOLD, 0, 1, 6, false, ""},
    {"0.31 s are no drift", 20, 20.31, CALL_FITS_UNTOLD, 0, 1, 20, true,
	"is missing 0.310 s"},
    {"but are within 1 s", 20, 20.31, CALL_FITS_UNTOLD, 1, 1, 20, false, ""},
    {"0.39 s of 400 are", 400, 400.39, CALL_FITS_UNTOLD, 0, 1.000975, 400.39,
	false, ""},
    {"0.45 s of 400 are not", 400, 400.45, CALL_FITS_UNTOLD, 0, 1, 400, true,
	"is missing 0.450 s"},
    {"too long", 20, 19, CALL_FITS_UNTOLD, 0, 1, 20, true,
	"is 1.000 s longer than the call file says"},
    {"its end is missing", 20, 22, CALL_FITS_START, 0, 1, 20, false,
	"is missing 2.000 s at its end"},
    {"its beginning is not there", 18, 20, CALL_FITS_END, 0, 1, 20, false, ""},
    {"neither end is certain", 20, 20, CALL_FITS_NONE, 0, 1, 20, true,
	"has neither a certain start nor end"},
    {"the recording's end counts", 18, -1, CALL_FITS_UNTOLD, 0, 1, 18, true,
	"is missing 2.000 s"},
    {"with a certain start", 18, -1, CALL_FITS_START, 0, 1, 18, false,
	"is missing 2.000 s at its end"},
};

static void
told_and_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		double end = lengths[i].told < 0 ? 20 : lengths[i].told;
		struct scene s;

		print_message("%s\n", lengths[i].label);
		begin(&s, end);
		if (end > 12)
			plan_add_cut(s.plan.recording, 10 * S, 12 * S, "pause");
		s.leg[0].end_us =
		    lengths[i].told < 0 ? -1 : llround(end * (double)S);
		s.leg[0].fits = lengths[i].fits;
		s.leg[0].within_us = llround(lengths[i].within * (double)S);
		add(&s, 0, lengths[i].found, 1);
		add(&s, 1, end, 2);
		account_close(&s.account, &s.plan, true);
		assert_float_equal(account_stretch(&s.account.leg[0]),
		    lengths[i].stretch, 1e-9);
		assert_true(fabs((double)account_end_us(&s.account.leg[0]) -
				 lengths[i].end * (double)S) < 10);
		assert_int_equal(account_holds(&s.account), lengths[i].holds);
		if (!strstr(said(&s), lengths[i].text) ||
		    (!*lengths[i].text && *said(&s)))
			fail_msg("%s: %s", lengths[i].label, said(&s));
		finish(&s);
	}
}

static void
cuts_grow(void **state)
{
	static const struct {
		const char *label;
		double told, within, late, early;
		bool timed;
		double before, after;
		int64_t from, to; /* the cut */
	} table[] = {
	    {"exact", 20, 0, 0, 0, false, 0, 0, 10, 12},
	    {"within", 20, 0.5, 0, 0, false, 0.5, 0.5, 10, 12},
	    {"a capture", 20, 0, 0, 0, true, 0.02, 0.02, 10, 12},
	    {"an encoder's delay", 20, 0, 0.2, 0, false, 0, 0.2, 10, 12},
	    {"a block that is filled", 20, 0, 0, 0.25, false, 0.25, 0, 10, 12},
	    {"0.2 s short: half of it by its middle", 20.2, 0, 0, 0, false,
		0.11, 0.13, 10, 12},
	    {"more of it by the end of a long cut", 20.2, 0, 0, 0, false, 0.2,
		0.2, 1, 19},
	    {"0.2 s too long", 19.8, 0, 0, 0, false, 0.02, 0.02, 1, 19},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		int64_t before, after;
		struct scene s;

		print_message("%s\n", table[i].label);
		begin(&s, table[i].told);
		plan_add_cut(s.plan.recording, table[i].from * S,
		    table[i].to * S, "pause");
		s.leg[0].end_us = llround(table[i].told * (double)S);
		s.leg[0].within_us = llround(table[i].within * (double)S);
		add(&s, 0, 20, 1);
		s.account.leg[0].found.damage.late =
		    llround(table[i].late * RATE);
		s.account.leg[0].found.damage.early =
		    llround(table[i].early * RATE);
		s.account.leg[0].found.timed = table[i].timed;
		add(&s, 1, table[i].told, 2);
		account_close(&s.account, &s.plan, true);
		account_widen(
		    &s.account, s.plan.recording[0].cut, &before, &after);
		assert_true(fabs((double)before / 1e6 - table[i].before) < .01);
		assert_true(fabs((double)after / 1e6 - table[i].after) < .01);
		finish(&s);
	}
}

/* What counts as cut from a leg that is missing 2 s. */
static void
what_is_cut(void **state)
{
	static const struct {
		const char *label;
		double cut[2], next; /* next: a second recording begins */
		double end;          /* of the last one */
		bool holds;
	} table[] = {
	    {"nothing", {0, 0}, 0, 20, false},
	    {"a pause", {3, 4}, 0, 20, true},
	    {"a pause where the leg is not", {25, 27}, 0, 30, false},
	    {"between two recordings", {0, 0}, 15, 20, true},
	    {"after the last", {0, 0}, 0, 12, true},
	    {"half a second after it", {0, 0}, 0, 19.6, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene s;

		print_message("%s\n", table[i].label);
		begin(&s, table[i].next > 0 ? 10 : table[i].end);
		if (table[i].cut[1] > 0)
			plan_add_cut(s.plan.recording,
			    (int64_t)table[i].cut[0] * S,
			    (int64_t)table[i].cut[1] * S, "pause");
		if (table[i].next > 0)
			(void)plan_add_recording(&s.plan,
			    (int64_t)table[i].next * S,
			    (int64_t)table[i].end * S);
		s.leg[0].end_us = 20 * S;
		add(&s, 0, 18, 1);
		add(&s, 1, 30, 2);
		account_close(&s.account, &s.plan, true);
		assert_int_equal(account_holds(&s.account), table[i].holds);
		assert_int_equal(s.account.missing_us, 2 * S);
		finish(&s);
	}
}

static void
whose_sound(void **state)
{
	static const struct {
		const char *label;
		int customer, agent;
		double start;
		const char *text; /* "": it is balanced */
	} table[] = {
	    {"two voices", 1, 2, 0, ""},
	    {"silence", 0, 2, 0, "is silent from end to end"},
	    {"one voice twice", 1, 1, 0, "carries the same sound"},
	    {"noise", 3, 2, 0, "is noise without a voice"},
	    {"an hour away", 1, 2, 3600, "at another time than the recording"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene s;

		print_message("%s\n", table[i].label);
		begin(&s, 20);
		s.leg[0].start_us = (int64_t)table[i].start * S;
		add(&s, 0, 20, table[i].customer);
		add(&s, 1, 20, table[i].agent);
		account_close(&s.account, &s.plan, true);
		assert_int_equal(
		    account_holds(&s.account), *table[i].text != '\0');
		if (!strstr(said(&s), table[i].text))
			fail_msg("%s: %s", table[i].label, said(&s));
		finish(&s);
	}
}

static void
damage_is_told(void **state)
{
	static const struct {
		const char *label;
		double lost, late;
		bool unsure, holds;
		const char *text;
	} table[] = {
	    {"a known hole", 1, 0, false, false,
		"has lost 1.000 s, from 3.000"},
	    {"a small one", 0.2, 0, false, false, ""},
	    {"an unknown one", 0, 0, true, true, "it is unknown how much"},
	    {"one by bytes", 0.4, 0.4, false, true, "it is unknown how much"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct scene s;
		struct leg_damage *d;

		print_message("%s\n", table[i].label);
		begin(&s, 20);
		plan_add_cut(s.plan.recording, 10 * S, 12 * S, "pause");
		add(&s, 0, 20, 1);
		d = &s.account.leg[0].found.damage;
		d->lost = llround(table[i].lost * RATE);
		d->first_lost = 3 * RATE;
		d->late = llround(table[i].late * RATE);
		d->unsure = table[i].unsure;
		add(&s, 1, 20, 2);
		account_close(&s.account, &s.plan, true);
		assert_int_equal(account_holds(&s.account), table[i].holds);
		if (!strstr(said(&s), table[i].text))
			fail_msg("%s: %s", table[i].label, said(&s));
		finish(&s);
	}
}

/* A call that ends at 20 s. Its customer's leg has no end, and a cut at 5 s. */
static void
compared_with_the_call(void **state)
{
	static const struct {
		const char *label;
		double found;
		bool start_told, talk_after;
		double recorded_to, call_end;
		bool holds;
		double after; /* by so much the cut grows */
		const char *text;
	} table[] = {
	    {"as long", 20, false, false, 20, 20, false, 0, ""},
	    {"0.2 s longer", 20.2, false, false, 20, 20, false, 0.21, ""},
	    {"3 s longer", 23, false, false, 20, 20, true, 0,
		"is 3.000 s longer than the call file says"},
	    {"its start is certain", 23, true, false, 20, 20, false, 0, ""},
	    {"nobody knows the end", 23, false, false, 20, -1, false, 0, ""},
	    {"talk after it", 20, false, true, 10, 20, false, 0, ""},
	    {"it lacks some", 18, false, true, 10, 20, true, 0,
		"is missing 2.000 s"},
	    {"and nobody talks", 18, false, false, 10, 20, false, 0, ""},
	    {"it stopped", 10.2, false, true, 10, 20, false, 0, ""},
	    {"too early", 9, false, true, 10, 20, true, 0,
		"is missing 1.000 s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct call_event end = {.kind = CALL_END, .at_us = 20 * S};
		int64_t before, after;
		struct scene s;

		print_message("%s\n", table[i].label);
		begin(&s, table[i].recorded_to);
		s.call.event = &end;
		s.call.events = table[i].call_end > 0;
		plan_add_cut(s.plan.recording, 5 * S, 6 * S, "pause");
		s.plan.recording[0].talk_after = table[i].talk_after;
		s.leg[0].start_told = table[i].start_told;
		add(&s, 0, table[i].found, 1);
		add(&s, 1, 20, 2);
		account_close(&s.account, &s.plan, true);
		assert_int_equal(account_holds(&s.account), table[i].holds);
		if (!strstr(said(&s), table[i].text) ||
		    (!*table[i].text && *said(&s)))
			fail_msg("%s: %s", table[i].label, said(&s));
		account_widen(
		    &s.account, s.plan.recording[0].cut, &before, &after);
		if (!table[i].holds)
			assert_true(
			    fabs((double)after / 1e6 - table[i].after) < .011);
		finish(&s);
	}
}

/* A last frame that is torn by 15 ms does not hide 3 s too much. */
static void
torn_and_too_long(void **state)
{
	struct why why = {0};
	struct scene s;
	struct leg *leg;
	int fd;

	(void)state;
	begin(&s, 20);
	plan_add_cut(s.plan.recording, 5 * S, 6 * S, "pause");
	s.leg[0].end_us = 20 * S;
	leg = make_leg(23, 1, &fd);
	assert_int_equal(account_survey(&s.account, 0, leg, &why), 0);
	s.account.leg[0].found.damage.cut_off = RATE * 15 / 1000;
	assert_int_equal(account_take(&s.account, 0, leg, &why), 0);
	leg_close(leg);
	assert_int_equal(close(fd), 0);
	add(&s, 1, 20, 2);
	account_close(&s.account, &s.plan, true);
	assert_true(account_holds(&s.account));
	finish(&s);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(told_and_found),
	    cmocka_unit_test(cuts_grow),
	    cmocka_unit_test(what_is_cut),
	    cmocka_unit_test(whose_sound),
	    cmocka_unit_test(damage_is_told),
	    cmocka_unit_test(compared_with_the_call),
	    cmocka_unit_test(torn_and_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
