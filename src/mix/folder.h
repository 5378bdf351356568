/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * What recmix makes of a folder of the spool, and what it shares with the way
 * by hand: the names of the MP3s and their tickets.
 *
 * In a folder the MP3s come first, then ticket.ini, from which instant the call
 * is mixed; then the legs go, which hold what was cut, and plan.ini last. So
 * wherever it is interrupted, the same again completes it.
 */

#include "render.h"

#include "text.h"

/* EXIT_DONE, or EXIT_GIVEN_UP or EXIT_LATER with why. */
int folder_mix(int fd, const struct session_options *o, struct why *why);
/* Mixed already, but for the legs. */
bool folder_is_mixed(int fd);
/* For the audit log: each recording with its size, digest and cuts. */
int folder_describe(int fd, struct buf *out, struct why *why);

/* "c1042.mp3", or of several "c1042-01.mp3"; recording from 0. */
char *folder_name(const char *id, size_t recording, size_t recordings);
/* Begins a ticket with the call's facts. */
void folder_copy_facts(const struct call *call, struct ticket *t);
/* Durable under its name: 0, or -1 with why. */
int folder_put_ticket(
    const struct ticket *t, int dirfd, const char *name, struct why *why);
/*
 * Whether a ticket may have that name: nothing has it, or an older ticket. A
 * call file must not be lost to the ticket of its recording.
 */
bool folder_is_ours(int dirfd, const char *name);
/* New warnings of a render on stderr, its notes with -v; call may be "". */
void folder_tell(struct session *r, const char *call);

#endif
