/* SPDX-License-Identifier: ISC */
#ifndef KEEP_H
#define KEEP_H

/*
 * Retention at a destination: until when it must not delete a recording, by
 * `retain`, `retain_mode` and `legal_hold` of rec-upload(5). The time is counted
 * from the end of the call, so that it is the same at each attempt.
 */

#include "doc.h"
#include "ticket.h"

#include "text.h"

/* As it is set. {0}: nothing is asked for. */
struct keep_rule {
	int64_t count; /* 0: no time */
	char unit;     /* 'h', 'd', or 'y' for calendar years */
	bool compliance, hold;
};

/* What is asked for one recording. {0}: nothing. */
struct keep {
	int64_t until_us; /* 0: no time */
	bool compliance, hold;
};

/* "36h", "90d", "7y", "90" (days): an hour to 100 years. 0 or -1. */
int keep_parse(const char *s, struct keep_rule *r);
/* The three settings: 0, or -1 with why = "file:line: ...". */
int keep_from_doc(struct keep_rule *r, const struct doc *doc,
    const struct doc_section *s, struct why *why);
bool keep_is_set(const struct keep_rule *r);
/* "7 years, governance; legal hold"; to be freed. */
char *keep_text(const struct keep_rule *r);

/* So much later; 29 February becomes 1 March where a year has none. */
int64_t keep_until(const struct keep_rule *r, int64_t from_us);
/* The end of the last recording that the ticket has; -1: it tells no time. */
int64_t keep_call_end(const struct ticket *t);
/*
 * For a recording of this call; else_us is counted from where the ticket tells
 * no time. A time that is over, or almost, is not asked for.
 */
struct keep keep_for(const struct keep_rule *r, const struct ticket *t,
    int64_t else_us, int64_t now_us);

#endif
