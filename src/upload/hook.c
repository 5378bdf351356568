/* SPDX-License-Identifier: ISC */
#include "hook.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "dest.h"
#include "hash.h"
#include "mem.h"
#include "num.h"
#include "web.h"

enum { TIMEOUT_S = 30 };

const char *const hook_event_names[HOOK_EVENTS] = {"stored", "failed"};

static bool
is_web(const char *word)
{
	return strstr(word, "://") != NULL;
}

static char **
split_command(const char *value)
{
	char *copy = text_dup(value), *rest = NULL;
	char **word = NULL;
	size_t n = 0;

	for (char *w = strtok_r(copy, " \t", &rest); w;
	     w = strtok_r(NULL, " \t", &rest)) {
		word = mem_resize(word, n + 2, sizeof *word);
		word[n++] = text_dup(w);
		word[n] = NULL;
	}
	free(copy);
	return word;
}

/* Some servers need a token in the query. */
static const char *
url_fault(const char *url)
{
	char *shown = text_ndup(url, (size_t)web_shown(url));
	const char *fault = web_url_fault(shown);

	free(shown);
	return fault;
}

/* What is wrong with it, or NULL. */
static const char *
fault_of(char *const *word)
{
	if (!word)
		return "a command and its arguments, or a URL";
	if (is_web(word[0]))
		return word[1] ? "one URL" : url_fault(word[0]);
	if (word[0][0] != '/')
		return "the command's whole path, or a URL";
	return access(word[0], X_OK) == 0 ? NULL : "cannot be executed";
}

static int
read_hook(struct hooks *h, const struct doc *doc, const struct doc_section *s,
    enum hook_event event, struct why *why)
{
	const struct doc_key *k;
	const char *fault;
	char name[32];

	(void)snprintf(name, sizeof name, "on_%s", hook_event_names[event]);
	k = doc_key(s, name);
	if (!k)
		return 0;
	h->word[event] = split_command(k->value);
	fault = fault_of(h->word[event]);
	return fault ? doc_error(doc, k->line, why, "%s: %s", name, fault) : 0;
}

int
hooks_from_doc(struct hooks *h, const struct doc *doc, struct why *why)
{
	const struct doc_section *s = doc_find(doc, "upload");
	const struct doc_key *k = s ? doc_key(s, "notice_timeout") : NULL;
	int64_t timeout_s = TIMEOUT_S;
	int status = 0;

	if (!s)
		return 0;
	for (int i = 0; i < HOOK_EVENTS && status == 0; i++)
		status = read_hook(h, doc, s, (enum hook_event)i, why);
	if (status == 0)
		status = dest_secret(doc, s, "notice_secret", &h->secret, why);
	if (status == 0 && k && num_integer(k->value, 1, 3600, &timeout_s) != 0)
		status = doc_error(doc, k->line, why,
		    "notice_timeout: a number from 1 to 3600, not '%.40s'",
		    k->value);
	h->timeout_s = (int)timeout_s;
	h->ca_file = text_dup(doc_value(s, "notice_ca_file"));
	h->settings = (struct http_settings){.ca_file = h->ca_file,
	    .connect_s = h->timeout_s,
	    .stalled_s = h->timeout_s};
	h->http = http_new(&h->settings);
	return status;
}

void
hooks_free(struct hooks *h)
{
	if (!h)
		return;
	http_free(h->http);
	for (int i = 0; i < HOOK_EVENTS; i++) {
		for (char **w = h->word[i]; w && *w; w++)
			free(*w);
		free(h->word[i]);
	}
	dest_forget(h->secret);
	free(h->ca_file);
	free(h);
}

bool
hooks_any(const struct hooks *h)
{
	return h->word[HOOK_STORED] || h->word[HOOK_FAILED];
}

/* ---- telling ---- */

static int
tell_command(
    const struct hooks *h, const struct hook_notice *n, struct why *why)
{
	char *more[] = {
	    text_format("RECTOOLS_EVENT=%s", hook_event_names[n->event]),
	    text_format("RECTOOLS_ID=%s", n->id),
	    text_format("RECTOOLS_KEY=%s", n->key), NULL};
	int status =
	    command_run(h->word[n->event], more, n->text, h->timeout_s, why);

	for (size_t i = 0; more[i]; i++)
		free(more[i]);
	return status;
}

/* "X-Rectools-Signature: sha256=...", to be freed; "" without a secret. */
static char *
signature(const struct hooks *h, const char *text)
{
	struct buf b = {0};
	unsigned char mac[32];

	if (!h->secret)
		return text_dup("");
	hash_hmac_sha256(h->secret, strlen(h->secret), text, strlen(text), mac);
	buf_format(&b, "X-Rectools-Signature: sha256=");
	for (size_t i = 0; i < sizeof mac; i++)
		buf_format(&b, "%02x", mac[i]);
	return b.s;
}

static int
tell_web(const struct hooks *h, const struct hook_notice *n,
    int64_t *retry_after_s, struct why *why)
{
	char *event =
	    text_format("X-Rectools-Event: %s", hook_event_names[n->event]);
	char *key = text_format("Idempotency-Key: %s", n->key);
	char *signed_by = signature(h, n->text);
	const char *const headers[] = {"Content-Type: application/json", event,
	    key, *signed_by ? signed_by : NULL, NULL};
	struct http_request rq = {.method = "POST",
	    .url = h->word[n->event][0],
	    .headers = headers,
	    .body_fd = -1,
	    .body = n->text,
	    .body_len = strlen(n->text)};
	struct http_reply rp;
	struct why inner = {0};
	int shown = web_shown(rq.url), status = 0;

	if (http_do(h->http, &rq, &rp, &inner) != HTTP_ANSWERED)
		status = why_set(why, "%.*s: %s", shown, rq.url, inner.text);
	else if (rp.status < 200 || rp.status > 299)
		status = why_set(why, "%.*s: answered %d %.200s", shown, rq.url,
		    rp.status, rp.text);
	*retry_after_s = status == 0 ? -1 : rp.retry_after_s;
	http_reply_free(&rp);
	free(signed_by);
	free(key);
	free(event);
	return status;
}

int
hook_tell(const struct hooks *h, const struct hook_notice *n,
    int64_t *retry_after_s, struct why *why)
{
	*retry_after_s = -1;
	return is_web(h->word[n->event][0]) ? tell_web(h, n, retry_after_s, why)
					    : tell_command(h, n, why);
}
