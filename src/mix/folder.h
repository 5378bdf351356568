/* SPDX-License-Identifier: ISC */
#ifndef FOLDER_H
#define FOLDER_H

/*
 * Mixes a folder of the spool. Also the names of the MP3s and their tickets, which
 * by_hand.c uses as well.
 *
 * The MP3s are written first, then ticket.ini, which commits the mix. Then the
 * legs are deleted, and plan.ini last. After an interruption at any point, the
 * next run completes this.
 */

#include "render.h"

#include "text.h"

/* The files to delete after mixing: the legs, which contain what was cut, and
 * plan.ini as the last; none if they are gone. */
struct folder_sources {
	char **name;
	size_t count;
	bool held; /* held by the account; --accept overrides this */
};
void folder_sources_free(struct folder_sources *s);

/*
 * Makes the MP3s and their ticket; *s is set to the files to delete. EXIT_DONE,
 * or with why EXIT_GIVEN_UP (also if the account holds the call) or EXIT_LATER.
 */
int folder_mix(int fd, const struct session_options *o,
    struct folder_sources *s, struct why *why);
/* Deletes these files. EXIT_DONE or EXIT_LATER. */
int folder_drop(int fd, const struct folder_sources *s, struct why *why);
/* Gets the doubt that the ticket of a mixed folder has; to be freed; NULL: none.
 * Returns what folder_mix() does. */
int folder_doubt(int fd, char **doubt, struct why *why);
/* Notes in the plan that the account does not hold this call. */
int folder_accept(int fd, struct why *why);
/* True if the folder is mixed; legs may still be there. */
bool folder_is_mixed(int fd);
/* Adds the details for the audit log: size, digest and cuts of each recording. */
int folder_describe(int fd, struct buf *out, struct why *why);

/* "c1042.mp3", or "c1042-01.mp3" if there are several; recording from 0. */
char *folder_name(const char *id, size_t recording, size_t recordings);
/* Writes the ticket. Durable when it returns 0; -1 with why. */
int folder_put_ticket(
    const struct ticket *t, int dirfd, const char *name, struct why *why);
/*
 * True if a ticket may have that name: there is no such file, or it is an older
 * ticket. The ticket of a recording must not replace its call file.
 */
bool folder_is_ours(int dirfd, const char *name);
/* Prints the new warnings of a session, and its notes with -v; call may be "". */
void folder_tell(struct session *r, const char *call);

#endif
