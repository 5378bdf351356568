/* SPDX-License-Identifier: ISC */
#ifndef RIGHTS_H
#define RIGHTS_H

/*
 * Who else may read what recupload makes in a directory: `mode` and `group` of
 * rec-upload(5). Without a mode nothing is changed: files have 0600, folders
 * 0700.
 *
 * The entries of a default ACL of the folder above are inherited in any case; the
 * mode's bits for the group are their mask (acl(5)). A folder keeps a setgid bit
 * that it inherited.
 */

#include <sys/types.h>

#include "doc.h"

#include "text.h"

struct rights {
	mode_t mode; /* of files, 0: none; who may read a folder may enter it */
	gid_t group; /* (gid_t)-1: that of whoever makes them */
};

/* 0, or -1 with why = "file:line: ...". */
int rights_from_doc(struct rights *r, const struct doc *doc,
    const struct doc_section *s, struct why *why);
/* "0640": 0 or -1. For the owner to read and write, for others not to write. */
int rights_mode(const char *text, mode_t *mode);

/* Both return 0, or -1 with errno. To a file or a folder: */
int rights_give(int fd, const struct rights *r);
/*
 * Makes a folder that has its rights as soon as it has its name, so that a kill
 * leaves none that nobody else can enter. EEXIST, ENOENT: somebody else has just
 * made it.
 */
int rights_make_folder(int dir, const char *name, const struct rights *r);

#endif
