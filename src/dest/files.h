/* SPDX-License-Identifier: ISC */
#ifndef FILES_H
#define FILES_H

/*
 * Shared by sftp and ftps.
 *
 * A file is sent to a temporary name beside the final one. An interrupted attempt
 * is resumed if the temporary file is the beginning of this recording. Then its
 * size is checked, and it is renamed if the final name is free. The copy is read
 * back and hashed, unless `verify = size`. With `verify = answer` it is written
 * to its final name, and nothing is checked.
 */

#include <stdatomic.h>

#include "remote.h"

#include "text.h"

struct files {
	struct remote remote;
	struct folders *folders;
	bool by_size;     /* verify = size */
	bool drop_box;    /* verify = answer */
	atomic_bool anew; /* the server cannot resume: send the whole file */
};

/*
 * Reads url, user, password, verify and the common keys. The first of the
 * NULL-ended schemes ("sftp://") is the one to recommend. d->own is a struct
 * files afterwards.
 */
int files_open(struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *const *schemes, struct why *why);
void files_close(struct dest *d);

/* As in struct dest_kind. */
enum dest_result files_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
enum dest_result files_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
void files_tidy(struct dest *d, const struct dest_item *item);
enum dest_result files_drop(
    struct dest *d, const char *object, struct dest_answer *a);
char *files_where(const struct dest *d, const char *object);
enum dest_result files_test(
    struct dest *d, struct findings *f, struct dest_answer *a);
void files_examine(
    struct dest *d, const struct dest_item *probe, struct findings *f);

#endif
