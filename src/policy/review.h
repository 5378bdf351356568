/* SPDX-License-Identifier: ISC */
#ifndef REVIEW_H
#define REVIEW_H

/*
 * recpolicy --audit: does every call that should have a recording have one, of
 * both sides and as long as the call? What there is to see are the recorder's
 * own files (the call's legs), or the tickets of finished recordings.
 *
 *	review_tickets_read(&tickets, dir, &why);	or none
 *	if (review_call(&call, plan, &tickets, 2000000, &f))
 *		... f.problem, f.detail ...
 *	review_finding_free(&f);
 */

#include "call.h"
#include "plan.h"

#include "text.h"

enum review_problem {
	REVIEW_MISSING, /* no recording */
	REVIEW_EMPTY,   /* a header and no sound, as of 44 bytes */
	REVIEW_ONE_SIDED,
	REVIEW_LENGTH,
	REVIEW_PROBLEMS
};
extern const char *const review_problem_names[REVIEW_PROBLEMS + 1];

struct review_finding {
	enum review_problem problem;
	char *detail;                  /* for a person */
	int64_t expected_us, found_us; /* of sound; found -1: none */
};
void review_finding_free(struct review_finding *f);

/* What is known of one MP3, by the call's id. */
struct review_ticket {
	char *id, *path;
	int64_t us; /* as its ticket says */
};
struct review_tickets {
	struct review_ticket *ticket; /* by id */
	size_t tickets;
};
/*
 * Reads all tickets below a directory: NAME.ini beside NAME.mp3, and ticket.ini
 * of a spool's folders. Other INI files are passed over. 0, or -1 with why.
 */
int review_tickets_read(
    struct review_tickets *t, const char *dir, struct why *why);
void review_tickets_free(struct review_tickets *t);

/*
 * True with a finding. Without a plan every call that was answered should be
 * recorded from its answer to its end; with one what the plan keeps. tickets
 * NULL: the legs are looked at. Lengths may differ by tolerance_us.
 */
bool review_call(const struct call *call, const struct plan *plan,
    const struct review_tickets *tickets, int64_t tolerance_us,
    struct review_finding *f);

/* One line, or one JSON object in a line. */
void review_print(const struct call *call, const struct review_finding *f,
    bool json, struct buf *out);

#endif
