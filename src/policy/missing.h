/* SPDX-License-Identifier: ISC */
#ifndef MISSING_H
#define MISSING_H

/*
 * recpolicy --audit: does every call that should have a recording have one, of
 * both sides and as long as the call? What there is to see are the recorder's
 * own files (the call's legs), or the tickets of finished recordings.
 *
 *	missing_tickets_read(&tickets, dir, &why);	or none
 *	if (missing_check(&call, plan, &tickets, 2000000, &f))
 *		... f.problem, f.detail ...
 *	missing_finding_free(&f);
 */

#include "call.h"
#include "plan.h"

#include "text.h"

enum missing_problem {
	MISSING_RECORDING, /* no recording */
	MISSING_EMPTY,     /* a header and no sound, as of 44 bytes */
	MISSING_ONE_SIDED,
	MISSING_LENGTH,
	MISSING_PROBLEMS
};
extern const char *const missing_problem_names[MISSING_PROBLEMS + 1];

struct missing {
	enum missing_problem problem;
	char *detail;                  /* for a person */
	int64_t expected_us, found_us; /* of sound; found -1: none */
};
void missing_finding_free(struct missing *f);

/* What is known of one MP3, by the call's id. */
struct missing_ticket {
	char *id, *path;
	int64_t us; /* as its ticket says */
};
struct missing_tickets {
	struct missing_ticket *ticket; /* by id */
	size_t tickets;
};
/*
 * Reads all tickets below a directory: NAME.ini beside NAME.mp3, and ticket.ini
 * of a spool's folders. Other INI files are passed over. 0, or -1 with why.
 */
int missing_tickets_read(
    struct missing_tickets *t, const char *dir, struct why *why);
void missing_tickets_free(struct missing_tickets *t);

/*
 * True with a finding. Without a plan every call that was answered should be
 * recorded from its answer to its end; with one what the plan keeps. tickets
 * NULL: the legs are looked at. Lengths may differ by tolerance_us.
 */
bool missing_check(const struct call *call, const struct plan *plan,
    const struct missing_tickets *tickets, int64_t tolerance_us,
    struct missing *f);

/* One line, or one JSON object in a line. */
void missing_print(const struct call *call, const struct missing *f, bool json,
    struct buf *out);

#endif
