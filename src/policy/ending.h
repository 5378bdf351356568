/* SPDX-License-Identifier: ISC */
#ifndef ENDING_H
#define ENDING_H

/* Finds the end of a call whose log does not record it. */

#include "call.h"

#include "text.h"

struct ending {
	int64_t us;  /* 0: the call has an end */
	bool unsure; /* it may end later: why */
	struct why why;
};

void ending_find(const struct call *call, struct ending *end);

#endif
