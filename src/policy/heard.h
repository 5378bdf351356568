/* SPDX-License-Identifier: ISC */
#ifndef HEARD_H
#define HEARD_H

/* Whether those who had to hear a message have heard it, as the log tells. */

#include <stdbool.h>

#include "call.h"
#include "decide.h"

/* Whether the caller has heard the messages. */
enum heard {
	HEARD_NOTHING_PLAYS,
	HEARD_YES,
	HEARD_NOT,
	HEARD_NOT_TOLD, /* the log does not say */
	HEARD_EXTERNAL  /* the PBX plays a message of its own */
};
extern const char *const heard_names[];

enum heard heard_by_customer(const struct decision *d);
/* Does the log tell when this party had heard the messages? */
bool heard_is_told(const struct call *call, enum call_party party);
/* A third party joined that had to hear a message: the log has nothing of it. */
bool heard_not_by_third(const struct decision *d);

#endif
