/* SPDX-License-Identifier: ISC */
#ifndef FOLDERS_H
#define FOLDERS_H

/*
 * The folders above an object, which are made before it is sent: a server may
 * answer to the missing folder before it has the recording, and that answer is
 * lost with HTTP/2 and FTP. Those that are there are remembered, up to a
 * bound, so that it costs nothing for the next recording.
 *
 *	r = folders_make(f, "2026-11-22/Sales/c1.mp3", make, own, &fresh, a);
 *	... DEST_DONE or DEST_ABSENT: send; what it says decides
 *	if (it says that a folder is missing && !fresh)
 *		folders_forget(f, object), and once more
 *
 * May be called from several threads at once.
 */

#include "dest.h"

struct folders;
struct folders *folders_new(void);
void folders_free(struct folders *f); /* NULL is fine */

/*
 * make(own, folder, a) makes one whose own folder is there. DEST_DONE: it is
 * there. DEST_ABSENT: refused, but that may mean that it is there; a has what
 * the server said. All else ends it, and is returned.
 *
 * DEST_ABSENT is returned where the last one was answered so. *fresh: the
 * server was asked at all.
 */
enum dest_result folders_make(struct folders *f, const char *object,
    enum dest_result (*make)(
	void *own, const char *folder, struct dest_answer *a),
    void *own, bool *fresh, struct dest_answer *a);
/* Something arrived there: they are there, whatever was said of making them. */
void folders_keep(struct folders *f, const char *object);
/* Somebody removed them. */
void folders_forget(struct folders *f, const char *object);

#endif
