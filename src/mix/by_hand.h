/* SPDX-License-Identifier: ISC */
#ifndef BY_HAND_H
#define BY_HAND_H

/*
 * recmix by hand: plans or legs from the command line or standard input, MP3s
 * and their tickets to a directory, a file or standard output. Speaks, as the
 * program itself does, and returns its exit status.
 */

#include "session.h"

struct files {
	struct session_options set;
	const char *out;     /* directory, FILE.mp3 or "-"; NULL: here */
	const char *picture; /* FILE.svg; NULL: none */
	const char *accept;  /* this call goes on as it is; NULL: none */
	bool nul;
	const char *format;   /* of legs given as arguments, without a header */
	unsigned rate;        /* of such legs; 0: as the format says */
	struct call_leg *leg; /* those of --leg, instead of arguments */
	char **told;          /* as --leg told each */
	size_t legs;
};

/*
 * "agent=out.wav,start=1.5,channel=2" adds to o->leg. 0, or -1 where it is no
 * leg.
 */
int files_leg(struct files *o, const char *told);
void files_free(struct files *o);
int files_mix(const struct files *o, int argc, char **argv);

#endif
