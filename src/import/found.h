/* SPDX-License-Identifier: ISC */
#ifndef FOUND_H
#define FOUND_H

/*
 * The recordings in a directory and below: listed once for all calls, for a
 * day's directory is large. Links are not followed, mounts not crossed.
 * import_find_legs(), import_leg_path() and import_found() ask it.
 */

struct found;
void found_free(struct found *f); /* NULL is fine */

#endif
