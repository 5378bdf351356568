/* SPDX-License-Identifier: ISC */
#include "web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* A login is sent without encryption only to this machine. */
static bool
is_loopback(const char *host)
{
	size_t n = strcspn(host, ":/");

	return (n == 9 && strncmp(host, "127.0.0.1", n) == 0) ||
	       (n == 9 && strncasecmp(host, "localhost", n) == 0);
}

const char *
web_url_fault(const char *url)
{
	if (strncmp(url, "https://", 8) != 0 &&
	    !(strncmp(url, "http://", 7) == 0 && is_loopback(url + 7)))
		return "it must begin with https:// (http:// only to this host "
		       "itself)";
	return strpbrk(url, "@?#")
		   ? "it must not contain a login, a query or a fragment"
		   : NULL;
}

int
web_check_url(const struct doc *doc, const struct doc_section *s,
    const char *key, struct why *why)
{
	const struct doc_key *k = doc_key(s, key);

	if (!k)
		return doc_error(
		    doc, s->line, why, "[%s]: %s is missing", s->name, key);
	if (web_url_fault(k->value))
		return doc_error(
		    doc, k->line, why, "%s: %s", key, web_url_fault(k->value));
	return 0;
}

int
web_open(struct web *w, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *user, const char *password,
    struct why *why)
{
	struct http_settings *set = &w->settings;

	if (web_check_url(doc, s, "url", why) != 0)
		return -1;
	w->url = text_dup(doc_value(s, "url"));
	for (size_t n = strlen(w->url); w->url[n - 1] == '/';)
		w->url[--n] = '\0';
	if (password && dest_secret(doc, s, password, &w->password, why) != 0)
		return -1;
	w->user = user ? text_dup(doc_value(s, user)) : NULL;
	if (user && !w->user != !w->password)
		return doc_error(doc, s->line, why,
		    "[%s]: set both %s and %s_file, or neither", s->name, user,
		    password);
	set->user = w->user;
	set->password = w->password;
	set->ca_file = d->ca_file;
	set->proxy = d->proxy;
	set->connect_s = d->connect_s;
	set->stalled_s = d->stall_s;
	set->pace = d->pace;
	w->http = http_new(set);
	return 0;
}

void
web_close(struct web *w)
{
	http_free(w->http);
	dest_forget(w->password);
	free(w->user);
	free(w->url);
	*w = (struct web){0};
}

char *
web_url(const struct web *w, const char *object)
{
	struct buf b = {0};

	buf_format(&b, "%s/", w->url);
	buf_percent(&b, object, "/");
	return b.s;
}

int
web_shown(const char *url)
{
	return (int)strcspn(url, "?");
}

enum dest_result
web_ask(struct web *w, const struct http_request *rq, struct http_reply *rp,
    struct dest_answer *a)
{
	int shown = web_shown(rq->url);
	struct why why;

	switch (http_do(w->http, rq, rp, &why)) {
	case HTTP_ANSWERED:
		a->date_us = rp->date_us;
		return DEST_DONE;
	case HTTP_NETWORK:
		return dest_answer(
		    a, DEST_LATER, "%.*s: %s", shown, rq->url, why.text);
	case HTTP_REFUSED:
		return dest_answer(
		    a, DEST_PAUSED, "%.*s: %s", shown, rq->url, why.text);
	case HTTP_MACHINE:
		a->machine = true;
		return dest_answer(a, DEST_LATER, "%s", why.text);
	default:
		return dest_answer(a, DEST_NEVER, "%s", why.text);
	}
}

bool
web_succeeded(const struct http_reply *rp)
{
	return rp->status >= 200 && rp->status < 300;
}

enum dest_result
web_judge(int status)
{
	if (status == 401 || status == 403 || status == 407 ||
	    (status >= 300 && status < 400))
		return DEST_PAUSED;
	if (status == 408 || status == 423 || status == 425 || status == 429 ||
	    (status >= 500 && status != 501 && status != 505))
		return DEST_LATER;
	return DEST_NEVER;
}

/* The text of a page without its tags, if there is any. */
static void
add_page_words(char *out, size_t size, const char *text)
{
	size_t n = 0;
	bool tag = false;

	for (; *text && n < size - 1; text++) {
		if (*text == '<')
			tag = true;
		else if (*text == '>')
			tag = false;
		else if (!tag && (*text != ' ' || (n > 0 && out[n - 1] != ' ')))
			out[n++] = *text;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

static enum dest_result
tell_status(struct dest_answer *a, enum dest_result r,
    const struct http_request *rq, const struct http_reply *rp,
    const char *words)
{
	static const struct {
		int status;
		const char *meaning;
	} known[] = {
	    {401, " (the login was refused)"},
	    {403, " (the login has no right to this)"},
	    {404, " (not found)"},
	    {405, " (uploads are not allowed there, or its disk is full)"},
	    {413, " (too large for the server)"},
	    {429, " (too many requests)"},
	    {503, " (busy)"},
	    {507, " (its disk is full)"},
	};
	const char *meaning = "";

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].status == rp->status)
			meaning = known[i].meaning;
	if (rp->status >= 300 && rp->status < 400)
		meaning = " (a redirect is not followed: put its target into "
			  "url)";
	a->retry_after_s = rp->retry_after_s;
	if (*meaning)
		words = "";
	return dest_answer(a, r, "%.*s: %s answered %d%s%s%s%s",
	    web_shown(rq->url), rq->url, rq->method, rp->status, meaning,
	    *words ? " (" : "", words, *words ? ")" : "");
}

enum dest_result
web_refused(struct dest_answer *a, const struct http_request *rq,
    const struct http_reply *rp)
{
	return tell_status(a, web_judge(rp->status), rq, rp, "");
}

enum dest_result
web_said(struct dest_answer *a, enum dest_result r,
    const struct http_request *rq, const struct http_reply *rp)
{
	char words[121] = "";

	add_page_words(words, sizeof words, rp->text);
	return tell_status(a, r, rq, rp, words);
}

enum dest_result
web_conflict(struct dest_answer *a, const char *url)
{
	return dest_answer(a, DEST_NEVER,
	    "%.*s: a different file of this name exists; not overwritten",
	    web_shown(url), url);
}

enum dest_result
web_look(struct web *w, const struct dest_item *item, struct http_reply *rp,
    struct dest_answer *a)
{
	char *url = web_url(w, item->object);
	struct http_request rq = {"HEAD", url, w->bare, .body_fd = -1};
	enum dest_result r = web_ask(w, &rq, rp, a);
	bool by_size = w->by_size && rp->length >= 0;

	if (r == DEST_DONE && !by_size && web_succeeded(rp) &&
	    (rp->length < 0 || (uint64_t)rp->length == item->bytes)) {
		http_reply_free(rp);
		rq.method = "GET";
		rq.most = item->bytes;
		r = web_ask(w, &rq, rp, a);
	}
	if (r != DEST_DONE)
		;
	else if (rp->status == 404 || rp->status == 410)
		r = DEST_ABSENT;
	else if (!web_succeeded(rp))
		r = DEST_TAKEN;
	else if (by_size && (uint64_t)rp->length == item->bytes)
		a->by_size = true;
	else if (strcmp(rq.method, "GET") != 0 || rp->bytes != item->bytes ||
		 strcmp(rp->sha256, item->sha256) != 0)
		r = web_conflict(a, url);
	free(url);
	return r;
}

enum dest_result
web_put(struct web *w, const struct dest_item *item, const char *url,
    const char *const *headers, struct http_reply *rp, struct dest_answer *a)
{
	enum { MOST = 24 };
	char *type = text_format("Content-Type: %s", item->content_type);
	const char *all[MOST] = {type};
	struct http_request rq = {.method = "PUT",
	    .url = url,
	    .headers = all,
	    .body_fd = item->fd,
	    .bytes = item->bytes,
	    .sha256 = item->sha256};
	enum dest_result r;

	for (size_t i = 0; headers && headers[i] && i < MOST - 2; i++)
		all[i + 1] = headers[i];
	r = web_ask(w, &rq, rp, a);
	free(type);
	/* The copy cannot be complete if the file was not read completely. */
	if (r == DEST_DONE && web_succeeded(rp) && !rp->sent_sha256[0])
		return dest_answer(a, DEST_LATER,
		    "%.*s: answered before it had the whole file",
		    web_shown(url), url);
	return r;
}

enum dest_result
web_drop(struct web *w, const char *object, struct dest_answer *a)
{
	char *url = web_url(w, object);
	struct http_request rq = {"DELETE", url, w->bare, .body_fd = -1};
	struct http_reply rp;
	enum dest_result r = web_ask(w, &rq, &rp, a);

	if (r == DEST_DONE && !web_succeeded(&rp) && rp.status != 404)
		r = web_refused(a, &rq, &rp);
	http_reply_free(&rp);
	free(url);
	return r;
}
