/* SPDX-License-Identifier: ISC */
#ifndef BY_HAND_H
#define BY_HAND_H

/*
 * recmix without a spool: reads plans or legs from the command line or standard
 * input, and writes MP3s and tickets to a directory, a file or standard output.
 * Prints messages through cli.h and returns the exit status.
 */

#include "session.h"

struct by_hand {
	struct session_options set;
	const char *out;     /* directory, FILE.mp3 or "-"; NULL: here */
	const char *picture; /* FILE.svg; NULL: none */
	const char *accept;  /* make this call even if it is held; or NULL */
	bool nul;
	const char *format;   /* of legs that are arguments without a header */
	unsigned rate;        /* of such legs; 0: that of the format */
	struct call_leg *leg; /* those of --leg, instead of arguments */
	char **told;          /* the argument of each --leg */
	size_t legs;
};

/*
 * Adds the argument of --leg, "agent=out.wav,start=1.5,channel=2", to o->leg. 0,
 * or -1 if it is invalid.
 */
int by_hand_leg(struct by_hand *o, const char *told);
void by_hand_free(struct by_hand *o);
int by_hand_mix(const struct by_hand *o, int argc, char **argv);

#endif
