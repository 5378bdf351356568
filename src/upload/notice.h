/* SPDX-License-Identifier: ISC */
#ifndef NOTICE_H
#define NOTICE_H

/*
 * SPOOL/notice/: the notices that on_stored and on_failed are still to get; see
 * rec-spool(5). A folder with the name of the call's folder has a file for each
 * notice, EVENT-KEY.json, with the JSON that will be sent; upload.state has the
 * attempts.
 *
 * The key is a hash of the content, so that a run after an interruption writes
 * the same file. A notice is on disk before its call's folder leaves upload/, or
 * is marked in failed/ as notified.
 */

#include "hook.h"
#include "spool.h"
#include "state.h"
#include "ticket.h"
#include "upload.h"

#define NOTICE_KEY_SIZE 33

/* Adds the notice that a call is stored; to[k]: the destinations of file k. */
int notice_stored(const struct spool_item *it, const struct upload *up,
    const struct ticket *t, const uint64_t *to, const struct state *q,
    int64_t now_us, struct why *why);

/*
 * Adds the notice for a locked folder of failed/, once for each failed.ini. 0,
 * also if it was added before, or -1 with why.
 */
int notice_failed(const struct spool_item *it, struct why *why);

/* Gets the event and the key of a file; -1: it is not a notice. */
int notice_parse(
    const char *name, enum hook_event *event, char key[NOTICE_KEY_SIZE]);

/* Lists the notices in a folder of notice/, oldest first; free them by
   spool_list_free(). -1 with errno. */
int notice_files(int folder, char ***names, size_t *count);

/* A notice's text, to be freed; NULL with why. */
char *notice_read(int folder, const char *name, struct why *why);

/* In a folder of failed/: the file with the key of its last notice. */
#define NOTICE_TOLD "told"

#endif
