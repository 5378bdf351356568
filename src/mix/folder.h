/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * What recmix makes of a folder of the spool, and what it shares with the way
 * by hand: the names of the MP3s and their tickets.
 *
 * In a folder the MP3s come first, then ticket.ini, from which instant the call
 * is mixed; then the legs go, and plan.ini last. So wherever it is interrupted,
 * the same again completes it.
 */

#include "render.h"

#include "text.h"

/* What mixing leaves over: the legs, which hold what was cut, and plan.ini as
 * the last; nothing where they are gone. */
struct folder_sources {
	char **name;
	size_t count;
	bool held; /* given up by the account, which --accept passes over */
};
void folder_sources_free(struct folder_sources *s);

/*
 * The MP3s and their ticket; what is left over is in *s. EXIT_DONE, or
 * EXIT_GIVEN_UP (the account holds it, too) or EXIT_LATER with why.
 */
int folder_mix(int fd, const struct session_options *o,
    struct folder_sources *s, struct why *why);
/* Removes what is left over. EXIT_DONE or EXIT_LATER. */
int folder_drop(int fd, const struct folder_sources *s, struct why *why);
/* What did not balance in a mixed folder, by its ticket: *doubt is to be freed,
 * NULL: nothing. EXIT_DONE, or as folder_mix(). */
int folder_doubt(int fd, char **doubt, struct why *why);
/* From now on its plan goes on whatever the account says. */
int folder_accept(int fd, struct why *why);
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
