/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

/*
 * A file of a call that enters: a leg, a call file, or a file beside it. It is
 * opened once and stays open, so that the file that is copied, hashed and
 * finally unlinked is the same one, even if somebody replaces it meanwhile.
 *
 *	struct source s = SOURCE_NONE;
 *	if (source_open(&s, "/rec/in.wav", GUARD_LEG_MAX, &why) == 0)
 *		... s.fd, s.st ...
 *	source_remove(&s, -1, &why);
 *	source_close(&s);
 */

#include <stdbool.h>
#include <sys/stat.h>

#include "hash.h"

#include "text.h"

/* An open directory, shared by the sources that are in it. */
struct source_dir {
	int fd;
	unsigned users;
	char *path; /* relative to top_fd of source_open_beneath(), or NULL */
};

struct source_dir *source_dir_hold(struct source_dir *dir);
void source_dir_release(struct source_dir *dir); /* NULL is fine */

struct source {
	char *shown; /* for messages */
	char *name;  /* within its directory */
	struct source_dir *dir;
	int fd;
	struct stat st;
	char digest[HASH_HEX_SIZE]; /* if it was hashed */
	bool unreadable; /* reading failed: not the fault of the spool */
};
#define SOURCE_NONE      \
	{                \
		.fd = -1 \
	}

/*
 * Opens a path that a person gave. 0, or -1 with why. `shown` is also set if
 * there is no such file (why->errnum is ENOENT).
 */
int source_open(
    struct source *s, const char *path, int64_t max_bytes, struct why *why);
/*
 * Opens a path beneath top_fd, whose name in messages is top. `near` (may be
 * NULL) is a file that may be in the same directory. 0, or -1 as above.
 */
int source_open_beneath(struct source *s, int top_fd, const char *top,
    const char *path, int64_t max_bytes, const struct source *near,
    struct why *why);
void source_close(struct source *s);

/* Fills the digest. 0, or -1 with why. */
int source_hash(struct source *s, struct why *why);
/*
 * Copies what the file had when it was opened, and fills the digest. 0, or -1
 * with why; why_later() if the file was written to meanwhile.
 */
int source_copy(
    struct source *s, int out, const char *out_name, struct why *why);

/*
 * Unlinks the file if its name still is this file, unchanged. 0: unlinked, or
 * gone; 1: the name is another file, which stays; -1: why. The file is first
 * moved into hold_fd, a directory of the same file system that nobody else can
 * write; -1: it is renamed in its own directory instead.
 */
int source_remove(const struct source *s, int hold_fd, struct why *why);
/*
 * Finishes what a run that was killed within source_remove() left in fd: its
 * file is deleted, another file goes back to to_fd. name: only that file.
 */
void source_settle(int fd, int to_fd, const char *name);

#endif
