/* SPDX-License-Identifier: ISC */
#ifndef SURVEY_H
#define SURVEY_H

/*
 * Reads a whole leg to find its number of samples, its losses, whether it is
 * silent or noise, and a fingerprint (print) of its sound, by which two legs can
 * be compared.
 *
 *	survey_leg(leg, first, &s, &why);
 *	survey_free(&s);
 */

#include "leg.h"

enum { SURVEY_PER_SECOND = 50 }; /* windows */
#define SURVEY_SOFT_DB (-40.0F)  /* what is softer counts as silence */
struct survey_print {
	float sum;    /* with a sign of its own for each sample */
	float power;  /* mean of the squares */
	float loud;   /* the same in dB, SURVEY_SOFT_DB at least */
	float memory; /* mean product with the sample before */
};

struct survey {
	unsigned rate;
	int64_t samples; /* per channel, with the silence in place of losses */
	struct leg_damage damage;
	bool timed; /* see leg_is_timed() */
	/* Of a capture. */
	struct capture_counts packets;
	struct capture_hole *hole;
	size_t holes;
	bool silent;                /* digital silence from end to end */
	bool noise;                 /* it cannot be a voice from end to end */
	int64_t first_window;       /* of the print, in windows of 20 ms */
	struct survey_print *print; /* for each 20 ms of the call's time */
	size_t prints;
};

/* first: the place of its sample 0, in samples after the call's start. 0, or
 * -1 with why. */
int survey_leg(
    struct leg *leg, int64_t first, struct survey *s, struct why *why);
void survey_free(struct survey *s);

/*
 * True if both have the same sound: to the sample, or by the loudness and the
 * colour of each window, if one was encoded again, is louder by less than 6 dB,
 * or is up to a second later. *later_us: by how much b is later, to 5 ms.
 */
bool survey_same(
    const struct survey *a, const struct survey *b, int64_t *later_us);

float survey_loud(double power);

#endif
