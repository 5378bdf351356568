/* SPDX-License-Identifier: ISC */
#ifndef CDR_CALL_H
#define CDR_CALL_H

/*
 * Makes calls of Asterisk's call detail records. A record has a channel and its
 * peer. The records of one uniqueid are a call, unless the channel was called by
 * another call or is one end of a Local channel.
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
	bool unnamed; /* it has no uniqueid: a call of its own */
};

struct cdr {
	struct cdr_record *record;
	size_t records;
};

/* Owns the texts of the record from then on. */
void cdr_add_record(struct cdr *all, const struct cdr_record *r);
/* The calls go to import_pass(); q may be NULL. */
void cdr_calls(struct cdr *all, struct import *im, struct queue_log *q);
void cdr_free(struct cdr *all);

#endif
