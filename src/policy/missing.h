/* SPDX-License-Identifier: ISC */
#ifndef MISSING_H
#define MISSING_H

/*
 * recpolicy --audit: does every call that should have a recording have one, of
 * both sides and as long as the call? What there is to see are the recorder's
 * own files (the call's legs), by the same account by which recmix judges them,
 * or finished recordings.
 *
 *	finished_read(&finished, dir, &why);	or none
 *	if (missing_check(&call, plan, &finished, 300000, &m))
 *		... m.problem, m.detail ...
 *	missing_free(&m);
 */

#include "call.h"
#include "finished.h"
#include "plan.h"

#include "text.h"

enum missing_problem {
	MISSING_RECORDING, /* there is none */
	MISSING_SOUND,     /* a header and no sound, as of 44 bytes */
	MISSING_SIDE,
	MISSING_LENGTH,
	MISSING_SENSE, /* it cannot be read */
	MISSING_TRUST  /* damaged, the same on both sides, noise, elsewhere */
};

struct missing {
	enum missing_problem problem;
	bool later;   /* the machine's fault: nothing was found out */
	char *detail; /* for a person */
	int64_t expected_us, found_us; /* of sound; found -1: none */
};
void missing_free(struct missing *m);

/*
 * True with what is missing. Without a plan every call that was answered should
 * be recorded from its answer to its end; with one what the plan keeps. finished
 * NULL: the legs are looked at. Lengths may differ by tolerance_us.
 */
bool missing_check(const struct call *call, const struct plan *plan,
    const struct finished *finished, int64_t tolerance_us, struct missing *m);

/* One line, or one JSON object in a line. */
void missing_print(const struct call *call, const struct missing *m, bool json,
    struct buf *out);

#endif
