/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_CALL_H
#define FREESWITCH_CALL_H

/*
 * Makes a call of the CDRs of its channels: that of the channel that began it,
 * and those of the others if they are found.
 */

#include "freeswitch_record.h"
#include "import.h"

/* Finds the CDR of another channel of the call. */
struct switch_book {
	/* 0, or -1 if there is none. Call release() after use. */
	int (*find)(
	    struct switch_book *b, const char *uuid, struct switch_record *r);
	void (*release)(struct switch_book *b, struct switch_record *r);
};

/* 0, or -1 if it is not a CDR. A record that is not a call is dropped. */
int switch_call_take(
    struct import *im, const struct switch_record *r, struct switch_book *b);

#endif
