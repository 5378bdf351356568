/* SPDX-License-Identifier: ISC */
#ifndef APART_H
#define APART_H

/*
 * Moves some files of a call's folder into a folder of the same name in failed/,
 * for a person to look at. The rest of the call goes on.
 *
 * The folder in failed/ and its failed.ini are made before the first file is
 * moved. Each file is moved by one rename, in the order of the names, so that it
 * is always in one of the two folders, and the same call completes an
 * interrupted one. The stage in failed.ini is "kept": nothing is tried again.
 */

#include "spool.h"

#define APART_STAGE "kept"

/* 0, also if files were moved before, or -1 with why. */
int apart_keep(const struct spool_item *it, const char *const *names,
    size_t count, const char *program, const char *reason, int64_t now_us,
    struct why *why);

/* True for a folder in failed/ that apart_keep() made. */
bool apart_is_kept(int folder);

#endif
