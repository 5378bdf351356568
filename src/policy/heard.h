/* SPDX-License-Identifier: ISC */
#ifndef HEARD_H
#define HEARD_H

/* Whether the parties that had to hear a message have heard it, by the log. */

#include <stdbool.h>

#include "call.h"
#include "decide.h"

/* Whether the caller has heard the messages. */
enum heard {
	HEARD_NOTHING_PLAYS,
	HEARD_YES,
	HEARD_NOT,
	HEARD_NOT_TOLD, /* the log does not record it */
	HEARD_EXTERNAL  /* the PBX plays a message of its own */
};
extern const char *const heard_names[];

enum heard heard_by_customer(const struct decision *d);
/* True if the log records when this party had heard the messages. */
bool heard_is_told(const struct call *call, enum call_party party);
/* True if a third party joined that had to hear a message, and the log does not
 * record that it did. */
bool heard_not_by_third(const struct decision *d);

#endif
