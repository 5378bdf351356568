/* SPDX-License-Identifier: ISC */
#ifndef UPLOAD_H
#define UPLOAD_H

/* The upload settings: rec-upload(5). */

#include "dest.h"
#include "hook.h"
#include "retry.h"
#include "routes.h"

#include "text.h"

struct upload {
	struct dest *dest; /* in the order of routes.name */
	size_t dests;
	struct routes routes;
	struct retry backoff;
	struct hooks *hooks; /* never NULL after upload_from_doc() */
	int64_t grace_us;    /* for transfers under way, when asked to stop */
};

/* 0, or -1 with why = "file:line: ...". Connects to nothing. */
int upload_from_doc(struct upload *u, const struct doc *doc, struct why *why);
/* Computes `settings` of struct dest. */
void upload_settings_of(
    const struct doc *doc, const char *name, char settings[17]);
void upload_free(struct upload *u);

#endif
