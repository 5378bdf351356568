/* SPDX-License-Identifier: ISC */
#ifndef SOURCE_H
#define SOURCE_H

/*
 * A file that a call brings: a leg, a call file, what stands beside it. It is
 * opened once and held, so that what is copied, hashed and in the end unlinked
 * is one and the same file, whatever is swapped meanwhile.
 *
 *	struct source s = SOURCE_NONE;
 *	if (source_open(&s, "/rec/in.wav", GUARD_LEG_MAX, &why) == 0)
 *		... s.fd, s.st ...
 *	source_remove(&s, -1, &why);
 *	source_close(&s);
 */

#include <sys/stat.h>

#include "hash.h"

#include "text.h"

/* A directory that several of them are in. */
struct source_dir {
	int fd;
	unsigned users;
	char *path; /* beneath the one they all are beneath; NULL: by itself */
};

struct source_dir *source_dir_hold(struct source_dir *dir);
void source_dir_release(struct source_dir *dir); /* NULL is fine */

struct source {
	char *shown; /* for messages */
	char *name;  /* within its directory */
	struct source_dir *dir;
	int fd;
	struct stat st;
	char digest[HASH_HEX_SIZE]; /* where it was hashed */
};
#define SOURCE_NONE      \
	{                \
		.fd = -1 \
	}

/*
 * By a path that a person gave. 0, or -1 with why; where there is no such file
 * (why->errnum is ENOENT) `shown` is set all the same.
 */
int source_open(
    struct source *s, const char *path, int64_t max_bytes, struct why *why);
/*
 * Beneath top_fd, which is called top in messages; `near` (may be NULL) is of a
 * file that may be in the same directory. 0, or -1 likewise.
 */
int source_open_beneath(struct source *s, int top_fd, const char *top,
    const char *path, int64_t max_bytes, const struct source *near,
    struct why *why);
void source_close(struct source *s);

/* Fills the digest. 0, or -1 with why. */
int source_hash(struct source *s, struct why *why);
/*
 * Copies what was there when it was opened, and fills the digest. 0, or -1 with
 * why; what has been written to meanwhile is for later.
 */
int source_copy(
    struct source *s, int out, const char *out_name, struct why *why);

/*
 * Unlinks it, if what has its name is that very file, unchanged: 0, 1: it is
 * not, and stays; -1: why. hold_fd is a directory of the same file system that
 * nobody else can write, through which it leaves; -1: by a name of its own.
 */
int source_remove(const struct source *s, int hold_fd, struct why *why);
/*
 * What a run that was killed within source_remove() left in fd: its file goes,
 * what had come into its place goes back to to_fd. name: of that file alone.
 */
void source_settle(int fd, int to_fd, const char *name);

#endif
