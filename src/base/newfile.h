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
 * Until the commit it stands as ".NAME.new" in the same directory, locked.
 * Whoever writes the same name later takes over what a crash left behind, so
 * nothing has to be cleaned up. All return 0, or -1 with errno; EBUSY: another
 * process has been writing that very name for half a second.
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
 * fsync, rename, fsync of the directory. Without replace a file that has the
 * name already is kept and the answer is EEXIST. After any failure the file
 * must not be committed again (a failed fsync cannot be repeated): abort it.
 */
int newfile_commit(struct newfile *nf, bool replace);
/*
 * The same for several files of one directory: an fsync of each, every rename,
 * one fsync of the directory. Where it fails some may have their names.
 */
int newfile_commit_all(struct newfile *nf, size_t n, bool replace);
/*
 * The same in steps that threads may share: every fsync before the first
 * rename, then newfile_end_all().
 */
int newfile_sync(const struct newfile *nf);
int newfile_rename(const struct newfile *nf, bool replace);
int newfile_end_all(struct newfile *nf, size_t n);
/* The kernel may begin to write what is there; nothing is waited for. */
void newfile_start_sync(const struct newfile *nf);
void newfile_abort(struct newfile *nf);

/* The whole of a small file in one go: create, write, commit. */
int newfile_put(
    int dirfd, const char *name, const void *p, size_t n, bool replace);

/*
 * A file without a name, for reading and writing, that vanishes with its
 * descriptor, in $TMPDIR or /var/tmp. The descriptor, or -1 with errno.
 */
int newfile_nameless(void);

#endif
