/* SPDX-License-Identifier: ISC */
#ifndef NEWFILE_H
#define NEWFILE_H

/*
 * A file under construction.
 *
 *	struct newfile nf = NEWFILE_NONE;
 *	if (newfile_create(&nf, dirfd, "call.mp3") == 0 &&
 *	    io_write(nf.fd, p, n) == 0 && newfile_commit(&nf, true) == 0)
 *		... it is durable under its name ...
 *	newfile_abort(&nf);	always; does nothing after a commit
 *
 * Until the commit it is ".NAME.new" in the same directory, locked. A file that
 * a crash left there is reused by the next process that writes the same name, so
 * nothing has to be cleaned up. All return 0, or -1 with errno; EBUSY: another
 * process has been writing this name for half a second.
 */

#include <stdbool.h>
#include <stddef.h>

struct newfile {
	int dirfd; /* borrowed; must stay open until commit or abort */
	int fd;    /* write here */
	char *name, *temporary;
};
#define NEWFILE_NONE         \
	{                    \
		-1, -1, 0, 0 \
	}

int newfile_create(struct newfile *nf, int dirfd, const char *name);
/*
 * fsync, rename, fsync of the directory. Without replace, an existing file of
 * that name is kept and errno is EEXIST. After any failure call newfile_abort(),
 * because a failed fsync cannot be repeated.
 */
int newfile_commit(struct newfile *nf, bool replace);
/*
 * The same for several files of one directory, with one fsync of the directory.
 * If it fails, some of them may have their names.
 */
int newfile_commit_all(struct newfile *nf, size_t n, bool replace);
/*
 * The same in steps, for several threads: newfile_sync() of all files, then
 * newfile_rename() of all, then newfile_end_all().
 */
int newfile_sync(const struct newfile *nf);
int newfile_rename(const struct newfile *nf, bool replace);
int newfile_end_all(struct newfile *nf, size_t n);
/* Lets the kernel begin to write the data, without waiting. */
void newfile_start_sync(const struct newfile *nf);
void newfile_abort(struct newfile *nf);

/* Creates, writes and commits a small file. */
int newfile_put(
    int dirfd, const char *name, const void *p, size_t n, bool replace);

/*
 * Opens a temporary file without a name in $TMPDIR or /var/tmp. It is deleted
 * when it is closed. The descriptor, or -1 with errno.
 */
int newfile_nameless(void);

#endif
