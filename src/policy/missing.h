/* SPDX-License-Identifier: ISC */
#ifndef MISSING_H
#define MISSING_H

/*
 * recpolicy --audit: checks that every call that should have a recording has one,
 * of both sides and as long as the call. It looks at the recorder's files (the
 * legs), by the same account as recmix, or at finished recordings.
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
	MISSING_SOUND,     /* only a header, such as 44 bytes */
	MISSING_SIDE,
	MISSING_LENGTH,
	MISSING_SENSE, /* it cannot be read */
	MISSING_TRUST  /* damaged, both sides the same, noise, another time */
};

struct missing {
	enum missing_problem problem;
	bool later;   /* the machine failed: nothing was found out */
	char *detail; /* for a person */
	int64_t expected_us, found_us; /* of sound; found_us -1: none */
};
void missing_free(struct missing *m);

/*
 * True with m if something is missing. With a plan, what it keeps should be
 * recorded; without, every call that was answered, from its answer to its end.
 * finished NULL: checks the legs. Lengths may differ by tolerance_us.
 */
bool missing_check(const struct call *call, const struct plan *plan,
    const struct finished *finished, int64_t tolerance_us, struct missing *m);

/* Adds one line, or one JSON object in a line. */
void missing_print(const struct call *call, const struct missing *m, bool json,
    struct buf *out);

#endif
