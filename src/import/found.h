/* SPDX-License-Identifier: ISC */
#ifndef FOUND_H
#define FOUND_H

/*
 * The list of recordings in a directory and below. It is made once for all calls,
 * because the directory of a day is large. Links are not followed, and mounts are
 * not crossed. Used by import_find_legs(), import_leg_path() and import_found().
 */

struct found;
void found_free(struct found *f); /* NULL is fine */

#endif
