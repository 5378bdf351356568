/* SPDX-License-Identifier: ISC */
#ifndef SPACE_H
#define SPACE_H

/*
 * The disk space that a spool leaves free: min_free in SPOOL/spool.ini, in bytes
 * ("2GB") or as a share ("5%"). Programs check it before they write new files.
 * Nothing is deleted to free space.
 */

#include <stdint.h>

#include "spool.h"

#include "text.h"

/*
 * Checks whether `bytes` more may be written. EXIT_DONE, or with why: EXIT_LATER
 * if less than min_free would remain, EXIT_USAGE if the setting is wrong.
 */
int space_check(const struct spool *sp, uint64_t bytes, struct why *why);

#endif
