/* SPDX-License-Identifier: ISC */
#ifndef FILES_H
#define FILES_H

/*
 * What destinations have in common that are files on another machine: sftp
 * and ftps.
 *
 * A file is sent to a temporary name beside the final one, where a try that
 * broke off is taken up again if what is there is the beginning of this
 * recording; its size is checked, the final name looked at, and only then it
 * is renamed. The copy is read back and hashed, unless `verify = size`. With
 * `verify = answer` it is written to its final name, and nothing is looked at.
 */

#include <stdatomic.h>

#include "remote.h"

#include "text.h"

struct files {
	struct remote remote;
	struct folders *folders;
	bool by_size;     /* verify = size */
	bool drop_box;    /* verify = answer */
	atomic_bool anew; /* what broke off cannot be gone on with there */
};

/*
 * Takes url, user, password, verify and what is common; the first of the
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
