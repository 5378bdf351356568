/* SPDX-License-Identifier: ISC */
#ifndef CDR_CALL_H
#define CDR_CALL_H

/*
 * The calls that Asterisk's call detail records are parts of. A record is of a
 * channel and of who it was with; those of one uniqueid are a call, but channels
 * that another call reached, and the ends of Local channels, are none.
 */

#include "import.h"
#include "queue_log.h"

struct cdr_record {
	char *uniqueid, *linkedid;
	char *channel, *dst_channel, *app, *data, *src, *dst, *context;
	bool hidden; /* there is a column for src, and nothing in it */
	int64_t start_us, answer_us, end_us;
	int64_t sequence;
	bool answered;
	bool unnamed; /* without a uniqueid: a call of its own */
};

struct cdr {
	struct cdr_record *record;
	size_t records;
};

/* Takes what the record holds over. */
void cdr_add_record(struct cdr *all, const struct cdr_record *r);
/* The calls go to import_pass(); q may be NULL. */
void cdr_calls(struct cdr *all, struct import *im, struct queue_log *q);
void cdr_free(struct cdr *all);

#endif
