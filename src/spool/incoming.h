/* SPDX-License-Identifier: ISC */
#ifndef INCOMING_H
#define INCOMING_H

/*
 * A directory that a PBX writes into and that is not trusted: what is in it,
 * which of it calls name, and the way out of it.
 *
 *	struct incoming in;
 *	if (incoming_open(&in, dir, spool_path, &why) == 0 &&
 *	    incoming_scan(&in, &why) == 0)
 *		... in.file[i] ...
 *	incoming_close(&in);
 */

#include <stdint.h>

#include "source.h"

#include "text.h"

/* Through it files leave; nobody but its owner can look into it. */
#define INCOMING_HOLD ".rectools-door"

struct incoming_file {
	char *path;                         /* beneath the directory */
	int64_t bytes, changed_s, linked_s; /* its mtime and its ctime */
	uint64_t inode, device;
	bool regular;
	unsigned named; /* by so many calls that are not done for */
	bool known;     /* some call named it, or it is one's call file */
};

struct incoming {
	char *shown; /* as given */
	int fd, hold_fd;
	struct incoming_file *file; /* by path */
	size_t files;
	char *closed; /* a folder that may not be read and written, or NULL */
	/* private */
	char *real;
	size_t room;
};

/*
 * 0; 1: there is no such directory, and "-DIR" says that this is no fault; -1
 * with why: it is missing, may not be read and written, holds the spool, or (the machine's fault) another run is at it. Where
 * spool is NULL it is only looked at, and nothing can leave it.
 */
int incoming_open(
    struct incoming *in, const char *dir, const char *spool, struct why *why);
/* Of its why: EXIT_USAGE where rights or places are wrong, else EXIT_LATER. */
int incoming_fault(const struct why *why);
/* Lists all that is beneath it, hidden files excepted. 0, or -1 with why. */
int incoming_scan(struct incoming *in, struct why *why);
void incoming_close(struct incoming *in);

struct incoming_file *incoming_find(
    const struct incoming *in, const char *path);
/* The first whose path begins so, and the next ones; NULL: no more. */
struct incoming_file *incoming_first(
    const struct incoming *in, const char *head);
struct incoming_file *incoming_next(const struct incoming *in,
    const struct incoming_file *file, const char *head);

/*
 * The path beneath of what a call file names: relative to that file (NULL: to
 * the directory), or absolute within the directory. NULL with why: it leads out
 * of it. To be freed.
 */
char *incoming_path(const struct incoming *in, const char *call_file,
    const char *name, struct why *why);
/* The same of a path from the command line; NULL where it lies elsewhere. */
char *incoming_beneath(const struct incoming *in, const char *path);

/* As source_open_beneath(). */
int incoming_source(const struct incoming *in, struct source *s,
    const char *path, int64_t max_bytes, const struct source *near,
    struct why *why);

/*
 * Deletes what has that name, whatever it is, if it is what was listed: 0, also
 * where it is gone; 1: it is another by now, and stays; -1 with why.
 */
int incoming_delete(const struct incoming *in, const struct incoming_file *file,
    struct why *why);

#endif
