/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_H
#define MESSAGE_H

/*
 * The audio of a message: is it fit to be heard, and can a PBX play it?
 *
 *	if (message_read(&m, path, &why) != 0) ...
 *	if (message_fault(&m, &why) || message_unplayable(&m, pbx, &why)) ...
 *	message_free(&m);
 */

#include "policy.h"

#include "text.h"

enum { MESSAGE_RUNS = 8 };
struct message {
	char *path;
	unsigned rate;
	int channels;
	bool pcm16_wav; /* the kind that every PBX plays */
	size_t samples; /* of one channel */
	float *sample;  /* all channels in one; at most MESSAGE_MOST_US */
	double peak;    /* 1 is full scale */
	double loud_db; /* of what is spoken, below full scale: -20 */
	double full;    /* the part of the samples that is at full scale */
	double clipped; /* the part of the samples that was cut off */
	unsigned run[MESSAGE_RUNS]; /* at full scale now, of each channel */
};

#define MESSAGE_LEAST_US INT64_C(500000)
#define MESSAGE_MOST_US  INT64_C(60000000)

/* 0, or -1 with why: it is not there, or no audio that we can read. */
int message_read(struct message *m, const char *path, struct why *why);
void message_free(struct message *m);
int64_t message_length_us(const struct message *m);

/* True with why: too short or long, silent, too quiet, clipped. */
bool message_is_unfit(const struct message *m, struct why *why);
/* True with why: this PBX (or neither, for POLICY_ANY_PBX) plays such a file. */
bool message_is_unplayable(
    const struct message *m, enum policy_pbx pbx, struct why *why);

/* To one channel of this rate, in place. 0, or -1 with why. */
int message_convert(struct message *m, unsigned rate, struct why *why);

#endif
