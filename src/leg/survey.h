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

struct survey {
	unsigned rate;
	int64_t samples; /* per channel, with the silence in place of losses */
	struct leg_damage damage;
	bool timed; /* see leg_is_timed() */
	/* Of a capture. */
	struct capture_counts packets;
	struct capture_hole *hole;
	size_t holes;
	bool silent;          /* digital silence from end to end */
	bool noise;           /* it cannot be a voice from end to end */
	int64_t first_window; /* of the print, in windows of 20 ms */
	float *print;         /* one number for each 20 ms of the call's time */
	size_t prints;
};

/* first: the place of its sample 0, in samples after the call's start. 0, or
 * -1 with why. */
int survey_leg(
    struct leg *leg, int64_t first, struct survey *s, struct why *why);
void survey_free(struct survey *s);

/* True if both have the same sound at the same time. */
bool survey_same(const struct survey *a, const struct survey *b);

#endif
