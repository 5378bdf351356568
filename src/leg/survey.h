/* SPDX-License-Identifier: ISC */
#ifndef SURVEY_H
#define SURVEY_H

/*
 * What a leg holds, found by reading all of it: how many samples there are and
 * how many were lost, whether anybody can be heard, and a print of the sound
 * by which two legs can be compared.
 *
 *	survey_leg(leg, first, &s, &why);
 *	survey_free(&s);
 */

#include "leg.h"

struct survey {
	unsigned rate;
	int64_t samples; /* per channel, what was lost in between included */
	struct leg_damage damage;
	bool timed; /* each sample has a time of its own */
	/* Of a capture. */
	struct capture_counts packets;
	struct capture_hole *hole;
	size_t holes;
	bool silent;          /* digital silence from end to end */
	bool noise;           /* all of it such that no voice can be in it */
	int64_t first_window; /* of the print */
	float *print;         /* a number for each 20 ms of the call's clock */
	size_t prints;
};

/* first: where its sample 0 stands, in samples after the call's start. 0, or
 * -1 with why. */
int survey_leg(
    struct leg *leg, int64_t first, struct survey *s, struct why *why);
void survey_free(struct survey *s);

/* True where both carry one and the same sound, at the same time. */
bool survey_same(const struct survey *a, const struct survey *b);

#endif
