/* SPDX-License-Identifier: ISC */
#ifndef SPACE_H
#define SPACE_H

/*
 * The part of the disk that a spool leaves free: min_free in SPOOL/spool.ini,
 * as bytes ("2GB") or as a share ("5%"). Programs that bring new work onto the
 * disk ask first; nothing is ever deleted for it.
 */

#include <stdint.h>

#include "spool.h"

#include "text.h"

/*
 * May `bytes` more be written? EXIT_DONE, or with why: EXIT_LATER where less
 * would be left than is set, EXIT_USAGE where the setting is wrong.
 */
int space_check(const struct spool *sp, uint64_t bytes, struct why *why);

#endif
