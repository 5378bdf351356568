/* SPDX-License-Identifier: ISC */
#ifndef HOOK_H
#define HOOK_H

/*
 * Who is told what came of a call: on_stored and on_failed of [upload],
 * rec-upload(5). Each is a command and its arguments, or the URL of a webhook.
 * One struct hooks may be used by several threads at once.
 */

#include "doc.h"
#include "http.h"

enum hook_event { HOOK_STORED, HOOK_FAILED, HOOK_EVENTS };
extern const char *const hook_event_names[HOOK_EVENTS];

struct hooks {
	char **word[HOOK_EVENTS]; /* NULL-ended; NULL: nobody is told */
	char *secret, *ca_file;
	int timeout_s;
	struct http_settings settings;
	struct http *http;
};

/*
 * Fills a zeroed one of mem_alloc(): 0, or -1 with why; hooks_free() either
 * way. Connects to nothing.
 */
int hooks_from_doc(struct hooks *h, const struct doc *doc, struct why *why);
void hooks_free(struct hooks *h); /* NULL is fine */
bool hooks_any(const struct hooks *h);

struct hook_notice {
	enum hook_event event;
	const char *id;  /* of the call */
	const char *key; /* the same each time that this is told */
	const char *text;
};
/*
 * 0: the command ended with 0, or the server answered 2xx; -1 with why, and
 * when the server wants to be asked again (-1: it did not say).
 */
int hook_tell(const struct hooks *h, const struct hook_notice *n,
    int64_t *retry_after_s, struct why *why);

#endif
