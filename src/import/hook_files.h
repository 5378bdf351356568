/* SPDX-License-Identifier: ISC */
#ifndef HOOK_FILES_H
#define HOOK_FILES_H

/*
 * What the examples' hooks write beside the legs of an Asterisk call:
 *
 *	1.2.facts	facts of [call], as "zendesk_ticket = 35436"
 *	1.2.events	"8 = pause": seconds of a clock without fractions
 *	1.2.ini		the old hook's call file, for the second 0 of these
 */

#include "import.h"

/*
 * Adds them to the call. A pause that the record tells by itself is not taken
 * from .events, which is coarser: there it begins early and ends late, unless a
 * key was pressed in that second (key_us), which is the moment.
 */
void hook_files_take(struct import *im, struct import_call *c,
    const int64_t *key_us, size_t keys);

#endif
