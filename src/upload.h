/* SPDX-License-Identifier: ISC */
#ifndef UPLOAD_H
#define UPLOAD_H

/* The upload settings: rec-upload(5). */

#include "dest.h"

struct upload {
	struct dest *dest; /* those that `to` names, in its order */
	size_t dests;
};

/* 0, or -1 with why = "file:line: ...". Connects to nothing. */
int upload_from_doc(struct upload *u, const struct doc *doc, struct why *why);
void upload_free(struct upload *u);

#endif
