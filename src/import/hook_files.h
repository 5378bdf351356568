/* SPDX-License-Identifier: ISC */
#ifndef HOOK_FILES_H
#define HOOK_FILES_H

/*
 * Reads the files that the hooks in examples/ write beside the legs of an
 * Asterisk call:
 *
 *	1.2.facts	facts of [call], as "zendesk_ticket = 35436"
 *	1.2.events	"8 = pause": seconds of a clock without fractions
 *	1.2.ini		the old hook's call file, for second 0 of these
 */

#include "import.h"

/*
 * Adds them to the call. A pause that is in the log itself is not read from
 * .events, whose times are whole seconds. Such a pause begins early and ends
 * late, unless a key was pressed in that second (key_us): that is the exact time.
 */
void hook_files_take(struct import *im, struct import_call *c,
    const int64_t *key_us, size_t keys);

#endif
