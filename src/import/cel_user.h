/* SPDX-License-Identifier: ISC */
#ifndef CEL_USER_H
#define CEL_USER_H

/*
 * Events of the dialplan's own: CELGenUserEvent(RECTYPE,dialpad) and its like,
 * and those that a rule of --event names, such as a pause.
 */

#include <stdint.h>

#include "cel_chan.h"

/*
 * rule: the event that stands for it, or NULL. A button counts for every call in
 * which its presser is.
 */
void cel_user_take(struct cel_chan *chan, const char *name, const char *text,
    const char *rule, int64_t at_us);

#endif
