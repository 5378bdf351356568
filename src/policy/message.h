/* SPDX-License-Identifier: ISC */
#ifndef MESSAGE_H
#define MESSAGE_H

/*
 * Checks the audio of a message: whether it is fit to be heard, and whether a PBX
 * can play it.
 *
 *	if (message_read(&m, path, &why) != 0) ...
 *	if (message_is_unfit(&m, &why) ||
 *	    message_is_unplayable(&m, pbx, &why)) ...
 *	message_free(&m);
 */

#include "policy.h"

#include "text.h"

enum { MESSAGE_RUNS = 8 };
struct message {
	char *path;
	unsigned rate;
	int channels;
	bool pcm16_wav; /* the format that every PBX plays */
	size_t samples; /* of one channel */
	float *sample;  /* all channels mixed; at most MESSAGE_MOST_US */
	double peak;    /* 1 is full scale */
	double loud_db; /* of the speech, relative to full scale: -20 */
	double full;    /* share of the samples at full scale */
	double clipped; /* share of the samples that are clipped */
	unsigned run[MESSAGE_RUNS]; /* samples in a row at full scale */
};

#define MESSAGE_LEAST_US INT64_C(500000)
#define MESSAGE_MOST_US  INT64_C(60000000)

/* 0, or -1 with why: it is missing, or not audio in a supported format. */
int message_read(struct message *m, const char *path, struct why *why);
void message_free(struct message *m);
int64_t message_length_us(const struct message *m);

/* True with why: too short or long, silent, too quiet, clipped. */
bool message_is_unfit(const struct message *m, struct why *why);
/* True with why: this PBX (POLICY_ANY_PBX: no PBX) plays such a file. */
bool message_is_unplayable(
    const struct message *m, enum policy_pbx pbx, struct why *why);

/* Converts it to one channel of this rate, in place. 0, or -1 with why. */
int message_convert(struct message *m, unsigned rate, struct why *why);

#endif
