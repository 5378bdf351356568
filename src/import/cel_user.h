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
 * rule: its meaning by --event, or NULL. A button counts for every call that its
 * channel is in.
 */
void cel_user_take(struct cel_chan *chan, const char *name, const char *text,
    const char *rule, int64_t at_us);

#endif
