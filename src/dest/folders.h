/* SPDX-License-Identifier: ISC */
#ifndef FOLDERS_H
#define FOLDERS_H

/*
 * Makes the folders above an object before it is sent. Otherwise a server may
 * report the missing folder before it has the whole recording, and with HTTP/2
 * and FTP that answer is lost. A limited number of existing folders is remembered,
 * so that the next recording costs nothing.
 *
 *	r = folders_make(f, "2026-11-22/Sales/c1.mp3", make, own, &fresh, a);
 *	... DEST_DONE or DEST_ABSENT: send the file
 *	if (the server says that a folder is missing && !fresh)
 *		folders_forget(f, object), and repeat it once
 *
 * May be called from several threads at once.
 */

#include "dest.h"

struct folders;
struct folders *folders_new(void);
void folders_free(struct folders *f); /* NULL is fine */

/*
 * make(own, folder, a) makes a folder whose parent exists. DEST_DONE: it exists
 * now. DEST_ABSENT: the server refused, perhaps because it exists; a has its
 * answer. Any other result is returned at once.
 *
 * Returns DEST_ABSENT if make() did so for the last folder. *fresh is set if the
 * server was asked at all.
 */
enum dest_result folders_make(struct folders *f, const char *object,
    enum dest_result (*make)(
	void *own, const char *folder, struct dest_answer *a),
    void *own, bool *fresh, struct dest_answer *a);
/* The object was stored, so its folders exist. */
void folders_keep(struct folders *f, const char *object);
/* A folder of the object is missing: it was removed. */
void folders_forget(struct folders *f, const char *object);

#endif
