/* SPDX-License-Identifier: ISC */
#ifndef ENDING_H
#define ENDING_H

/* Where a call ends whose log does not say so. */

#include "call.h"

#include "text.h"

struct ending {
	int64_t us;  /* 0 where the call has an end of its own */
	bool unsure; /* or later: why */
	struct why why;
};

void ending_find(const struct call *call, struct ending *end);

#endif
