/* SPDX-License-Identifier: ISC */
#include "survey.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io.h"
#include "mem.h"
#include "text.h"

enum { RATE = 8000 };
enum kind {
	SILENCE,
	IDLE,
	VOICE,
	OTHER,
	WHITE,
	SOFT,
	CIPHER,
	HUM,
	BURSTS,
	TALK, /* syllables of their own loudness and pitch */
	TALK2,
	BEEPS
};

static int
mulaw(unsigned byte)
{
	int t = (int)((~byte & 15) << 3) + 132;

	t <<= (~byte & 0x70) >> 4;
	return byte & 0x80 ? t - 132 : 132 - t;
}

/* A number of 0 to 1 for each syllable of a voice. */
static double
chance(int voice, int syllable)
{
	uint32_t x = (uint32_t)(voice * 7919 + syllable) * 2654435761U;

	x ^= x >> 15;
	x *= 0x85EBCA6B;
	return (double)(x >> 8) / (1 << 24);
}

static int16_t
talk(int voice, int i)
{
	int syllable = i / (RATE / 6);
	double loud = chance(voice, 3 * syllable);
	double pitch = 200 + 1200 * chance(voice, 3 * syllable + 1);

	if (chance(voice, 3 * (syllable / 5) + 2) < 0.4)
		return 0;
	return (int16_t)(1000 +
			 9000 * loud * loud * sin(2 * M_PI * pitch * i / RATE));
}

static int16_t
sample(enum kind kind, int i)
{
	static uint32_t dice;
	double t = (double)i / RATE;

	dice = dice * 1664525 + 1013904223;
	switch (kind) {
	case SILENCE:
		return 0;
	case IDLE: /* A-law has no 0 */
		return i % 3 ? 8 : -8;
	case VOICE:
		return (int16_t)(8000 * (1 + sin(9 * t)) * sin(1500 * t));
	case OTHER:
		return (int16_t)(8000 * (1 + sin(7 * t)) * sin(1900 * t));
	case WHITE:
		return (int16_t)((int)(dice >> 18) - 8192);
	case SOFT: /* comfort noise */
		return (int16_t)((int)(dice >> 25) - 64);
	case CIPHER: /* its bytes taken for G.711 */
		return (int16_t)mulaw(dice >> 24);
	case TALK:
	case TALK2:
		return talk((int)kind, i);
	case BEEPS:
		return i / 1600 % 3 ? 0
				    : (int16_t)(6000 * sin(2 * M_PI * 440 * t));
	case HUM:
		return (int16_t)(6000 * sin(2 * M_PI * 50 * t));
	default: /* consonants: noise now and then */
		return i / 1600 % 3 == 0 ? (int16_t)((int)(dice >> 19) - 4096)
					 : 0;
	}
}

static int late_smp;
static double gain = 1;

static void
survey(enum kind kind, int seconds, int64_t first, struct survey *s)
{
	struct leg_how how = {.follow = true, .format = "sln", .rate = RATE};
	int n = seconds * RATE, fd = memfd_create("leg", MFD_CLOEXEC);
	int16_t *pcm = mem_alloc((size_t)n * sizeof *pcm);
	enum leg_fault fault;
	struct why why = {0};
	char path[40];
	struct leg *leg;

	for (int i = 0; i < n; i++)
		pcm[i] =
		    (int16_t)(gain * sample(kind, i + (int)first - late_smp));
	assert_int_equal(io_write(fd, pcm, (size_t)n * sizeof *pcm), 0);
	free(pcm);
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	leg = leg_open(-1, path, &how, &fault, &why);
	assert_non_null(leg);
	assert_int_equal(survey_leg(leg, first, s, &why), 0);
	assert_int_equal(s->samples, n);
	leg_close(leg);
	assert_int_equal(close(fd), 0);
}

static void
silence_and_noise(void **state)
{
	static const struct {
		const char *label;
		enum kind kind;
		int seconds;
		bool silent, noise;
	} table[] = {
	    {"silence", SILENCE, 5, true, false},
	    {"an idle line", IDLE, 5, true, false},
	    {"a voice", VOICE, 5, false, false},
	    {"white noise", WHITE, 5, false, true},
	    {"a second of it", WHITE, 1, false, false},
	    {"comfort noise", SOFT, 5, false, false},
	    {"encrypted G.711", CIPHER, 5, false, true},
	    {"hum", HUM, 5, false, false},
	    {"noise now and then", BURSTS, 5, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct survey s;

		print_message("%s\n", table[i].label);
		survey(table[i].kind, table[i].seconds, 0, &s);
		assert_int_equal(s.silent, table[i].silent);
		assert_int_equal(s.noise, table[i].noise);
		survey_free(&s);
	}
}

static void
one_sound_or_two(void **state)
{
	static const struct {
		const char *label;
		enum kind a, b;
		int seconds;
		int64_t first; /* of b: sound of the same time */
		bool same;
	} table[] = {
	    {"one voice", VOICE, VOICE, 5, 0, true},
	    {"one that begins later", VOICE, VOICE, 5, 7001, true},
	    {"two voices", VOICE, OTHER, 5, 0, false},
	    {"too short to compare", VOICE, VOICE, 1, 0, false},
	    {"not at the same time", VOICE, VOICE, 5, 10 * RATE, false},
	    {"silence", SILENCE, SILENCE, 5, 0, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct survey a, b;
		int64_t later;

		print_message("%s\n", table[i].label);
		survey(table[i].a, table[i].seconds, 0, &a);
		survey(table[i].b, table[i].seconds, table[i].first, &b);
		assert_int_equal(survey_same(&a, &b, &later), table[i].same);
		assert_int_equal(survey_same(&b, &a, &later), table[i].same);
		survey_free(&a);
		survey_free(&b);
	}
}

static void
one_that_is_late(void **state)
{
	static const struct {
		const char *label;
		enum kind a, b;
		int seconds, late_smp;
		double gain;
		bool same;
	} table[] = {
	    {"in time", TALK, TALK, 20, 0, 1, true},
	    {"3 ms", TALK, TALK, 20, 24, 1, true},
	    {"137 ms", TALK, TALK, 20, 1096, 1, true},
	    {"990 ms", TALK, TALK, 20, 7920, 1, true},
	    {"by more than is looked for", TALK, TALK, 20, 12000, 1, false},
	    {"and louder", TALK, TALK, 20, 1096, 1.6, true},
	    {"and as loud as an echo", TALK, TALK, 20, 1096, 0.2, false},
	    {"with another sign", TALK, TALK, 20, 1096, -1, true},
	    {"too short to compare", TALK, TALK, 5, 1096, 1, false},
	    {"two voices", TALK, TALK2, 20, 0, 1, false},
	    {"a tone for each", HUM, HUM, 20, 13, 1, false},
	    {"beeps for each", BEEPS, BEEPS, 20, 1096, 1, false},
	    {"silence", SILENCE, SILENCE, 20, 13, 1, false},
	    {"noise for each", WHITE, WHITE, 20, 13, 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct survey a, b;
		int64_t later, off, late;

		print_message("%s\n", table[i].label);
		survey(table[i].a, table[i].seconds, 0, &a);
		late_smp = table[i].late_smp;
		gain = table[i].gain;
		survey(table[i].b, table[i].seconds, 0, &b);
		late_smp = 0;
		gain = 1;
		late = table[i].late_smp * INT64_C(125);
		assert_int_equal(survey_same(&a, &b, &later), table[i].same);
		off = later - late;
		if (table[i].same)
			assert_true(off <= 5000 && off >= -5000);
		assert_int_equal(survey_same(&b, &a, &later), table[i].same);
		off = later + late;
		if (table[i].same)
			assert_true(off <= 5000 && off >= -5000);
		survey_free(&a);
		survey_free(&b);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
	    cmocka_unit_test(silence_and_noise),
	    cmocka_unit_test(one_sound_or_two),
	    cmocka_unit_test(one_that_is_late),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
