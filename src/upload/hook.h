/* SPDX-License-Identifier: ISC */
#ifndef HOOK_H
#define HOOK_H

/*
 * Sends notices about calls that were stored or failed: on_stored and on_failed
 * of [upload], rec-upload(5). Each is a command with its arguments, or the URL
 * of a webhook. Several threads may use one struct hooks at once.
 */

#include "doc.h"
#include "http.h"

enum hook_event { HOOK_STORED, HOOK_FAILED, HOOK_EVENTS };
extern const char *const hook_event_names[HOOK_EVENTS];

struct hooks {
	char **word[HOOK_EVENTS]; /* NULL-ended; NULL: not set */
	char *secret, *ca_file;
	int timeout_s;
	struct http_settings settings;
	struct http *http;
};

/*
 * Fills a struct made by mem_alloc(). 0, or -1 with why; call hooks_free() in
 * both cases. Does not connect.
 */
int hooks_from_doc(struct hooks *h, const struct doc *doc, struct why *why);
void hooks_free(struct hooks *h); /* NULL is fine */
bool hooks_any(const struct hooks *h);

struct hook_notice {
	enum hook_event event;
	const char *id;  /* of the call */
	const char *key; /* the same at every attempt */
	const char *text;
};
/*
 * Sends a notice. 0 if the command exited with 0 or the server answered 2xx.
 * -1 with why and the server's Retry-After (-1: none).
 */
int hook_tell(const struct hooks *h, const struct hook_notice *n,
    int64_t *retry_after_s, struct why *why);

#endif
