/* SPDX-License-Identifier: ISC */
#ifndef CEL_USER_H
#define CEL_USER_H

/*
 * User-defined events of the dialplan, such as CELGenUserEvent(RECTYPE,dialpad),
 * and those of --event, such as a pause.
 */

#include <stdint.h>

#include "cel_chan.h"

/*
 * rule: its meaning by --event, or NULL. A button is an event of
 * every call in which its channel takes part.
 */
void cel_user_take(struct cel_chan *chan, const char *name, const char *text,
    const char *rule, int64_t at_us);

#endif
