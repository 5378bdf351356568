/* SPDX-License-Identifier: ISC */
#ifndef ADMIT_H
#define ADMIT_H

/*
 * The door of the spool: a decided call goes in with its legs, or not at all.
 *
 * The legs are copied into a folder in tmp/, plan.ini after them; the audit
 * line "entered" carries one digest over all legs; then the folder moves to
 * mix/. A call id that is in the spool is not put in again.
 */

#include "decide.h"
#include "spool.h"

#include "text.h"

/*
 * EXIT_DONE with *path (the folder; the caller frees it), or EXIT_USAGE for a
 * leg that cannot be read and EXIT_LATER for a spool that takes nothing, with
 * why. With `move` the source legs are unlinked once the spool has them; *kept
 * is true where it has this call id but cannot show that it had these legs.
 */
int admit_call(const struct spool *sp, const struct decision *d, bool move,
    int64_t now_us, char **path, bool *kept, struct why *why);

#endif
