/* SPDX-License-Identifier: ISC */
#ifndef TRIAL_H
#define TRIAL_H

/*
 * recupload --test: what a destination lets us do. Where the type can take
 * something back, a probe is written, read back and deleted; besides come the
 * facts that the destination tells: limits, its clock, retention.
 */

#include "dest.h"

/*
 * True: recordings can go there. The report gets lines "fact: value"; where
 * false, why tells what is wrong.
 */
bool trial_make(
    struct dest *d, int64_t now_us, struct buf *report, struct why *why);

#endif
