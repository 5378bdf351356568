/* SPDX-License-Identifier: ISC */
#ifndef NOTICE_H
#define NOTICE_H

/*
 * SPOOL/notice/: what on_stored and on_failed are still to be told, see
 * rec-spool(5). A folder of the call's own name holds a file for each notice,
 * EVENT-KEY.json, with the JSON as it will be sent; upload.state has the tries.
 *
 * The key is made from what is told, so whoever is interrupted writes the same
 * file again. A notice is on disk before the folder that it tells of leaves
 * upload/, and before its folder in failed/ is marked as told.
 */

#include "hook.h"
#include "spool.h"
#include "state.h"
#include "ticket.h"
#include "upload.h"

#define NOTICE_KEY_SIZE 33

/* Everything of a call is everywhere: to[k] are the destinations of file k. */
int notice_stored(const struct spool_item *it, const struct upload *up,
    const struct ticket *t, const uint64_t *to, const struct state *q,
    int64_t now_us, struct why *why);

/*
 * A folder of failed/, held: it is told of once, by its failed.ini. 0, also
 * where it was told before, or -1 with why.
 */
int notice_failed(const struct spool_item *it, struct why *why);

/* The file's event and key; -1: it is no notice. */
int notice_parse(
    const char *name, enum hook_event *event, char key[NOTICE_KEY_SIZE]);

/* The notices in a folder of notice/, oldest first, to be freed as
   spool_list() has it; -1 with errno. */
int notice_files(int folder, char ***names, size_t *count);

/* A notice's text, to be freed; NULL with why. */
char *notice_read(int folder, const char *name, struct why *why);

/* In a folder of failed/: the key of what was told of it last. */
#define NOTICE_TOLD "told"

#endif
