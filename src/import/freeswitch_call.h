/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_CALL_H
#define FREESWITCH_CALL_H

/*
 * A call by the CDRs of its channels: that of the channel that began it, and
 * those of the others where they are at hand.
 */

#include "freeswitch_record.h"
#include "import.h"

/* Finds the CDR of another channel of the call. */
struct switch_book {
	/* 0, or -1 where there is none; release() once it is read. */
	int (*find)(
	    struct switch_book *b, const char *uuid, struct switch_record *r);
	void (*release)(struct switch_book *b, struct switch_record *r);
};

/* 0, or -1 where it is no CDR. A record that is no call is dropped. */
int switch_call_take(
    struct import *im, const struct switch_record *r, struct switch_book *b);

#endif
