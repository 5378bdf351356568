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

/*
 * Files are moved into it before they are deleted; only its owner can read it.
 */
#define INCOMING_HOLD ".rectools-door"

struct incoming_file {
	char *path;                         /* beneath the directory */
	int64_t bytes, changed_s, linked_s; /* its mtime and its ctime */
	uint64_t inode, device;
	bool regular;
	unsigned named; /* by how many calls that are not finished */
	bool known;     /* a call named it, or it is a call file */
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
 * 0; 1: the directory does not exist, which "-DIR" allows; -1 with why: it does
 * not exist, may not be read or written, contains the spool, or another run
 * uses it (the machine's fault). With spool NULL it is only read, and no file
 * can be deleted.
 */
int incoming_open(
    struct incoming *in, const char *dir, const char *spool, struct why *why);
/* EXIT_USAGE if rights or paths are wrong, else EXIT_LATER. */
int incoming_fault(const struct why *why);
/* Lists everything beneath it, except hidden files. 0, or -1 with why. */
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
 * The path, relative to the directory, of a file that a call file names: `name`
 * is relative to the call file (NULL: to the directory), or absolute within the
 * directory. NULL with why: it leads out of the directory. To be freed.
 */
char *incoming_path(const struct incoming *in, const char *call_file,
    const char *name, struct why *why);
/* The same of a path from the command line; NULL: it is not beneath. */
char *incoming_beneath(const struct incoming *in, const char *path);

/* As source_open_beneath(). */
int incoming_source(const struct incoming *in, struct source *s,
    const char *path, int64_t max_bytes, const struct source *near,
    struct why *why);

/*
 * Deletes the file of that name, of whatever type, if it is the one that was
 * listed. 0: deleted, or gone; 1: it is another file now, and stays; -1 with
 * why.
 */
int incoming_delete(const struct incoming *in, const struct incoming_file *file,
    struct why *why);

#endif
