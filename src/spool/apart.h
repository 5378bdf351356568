/* SPDX-License-Identifier: ISC */
#ifndef APART_H
#define APART_H

/*
 * Part of a call's folder is set apart: some of its files go into a folder of
 * the same name in failed/, for a person to look at, and the rest goes on.
 *
 * The folder in failed/ is there with its failed.ini before the first file
 * moves, by one rename each, in the order of the names; so wherever this is
 * interrupted, the same again completes it, and a file is always in one of the
 * two. The stage in failed.ini is "kept": nothing is to be tried again.
 */

#include "spool.h"

#define APART_STAGE "kept"

/* 0, also where files have moved already, or -1 with why. */
int apart_keep(const struct spool_item *it, const char *const *names,
    size_t count, const char *program, const char *reason, int64_t now_us,
    struct why *why);

#endif
