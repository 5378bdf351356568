/* SPDX-License-Identifier: ISC */
#include "crm.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num.h"
#include "path.h"
#include "plan.h"
#include "text.h"
#include "when.h"

/* A hundred comments of 64 kB, each three times: as source, text and HTML. */
#define LONGEST_ANSWER (64U << 20)

struct note {
	struct buf text;
	size_t room; /* for lines, so that the marker still fits */
};

char *
crm_note_marker(const char *key, const char *name, uint64_t bytes)
{
	return text_format("[rectools %s %s %" PRIu64 "]", key, name, bytes);
}

/* Owns the line from then on; false: no room for it. */
static bool
add_note_line(struct note *n, char *line)
{
	bool fits = n->text.len + strlen(line) + 1 <= n->room;

	for (unsigned char *c = (unsigned char *)line; *c; c++)
		if (*c < ' ' || *c == 127)
			*c = ' ';
	if (fits)
		buf_format(&n->text, "%s\n", line);
	free(line);
	return fits;
}

/* When the call began, or -1. */
static int64_t
started(const struct ticket *t)
{
	const char *text = ticket_fact(t, "started");
	int64_t us;

	return text && when_parse(text, &us) == 0 ? us : -1;
}

static bool
is_in_cut(const struct ticket_stretch *s, const struct ticket_cut *cut)
{
	return cut->end_us > s->start_us && cut->start_us <= s->end_us;
}

static void
add_note_head(
    struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	const char *id = ticket_fact(t, "id");
	int64_t us = started(t), s = f->rate ? f->samples / f->rate : 0;
	struct ticket_stretch part = ticket_stretch_of(f);
	struct buf b = {0};
	char time[WHEN_SIZE];

	buf_format(&b, "Call recording %s", id ? id : "");
	if (f->recordings > 0)
		buf_format(
		    &b, ", recording %d of %d", f->recording, f->recordings);
	if (f->parts > 0)
		buf_format(&b, ", part %d of %d", f->part, f->parts);
	(void)add_note_line(n, b.s);
	b = (struct buf){0};
	if (us >= 0)
		buf_format(
		    &b, "Begins %s", when_text(us + part.start_us, time));
	if (s > 0)
		buf_format(&b, "%s%" PRId64 ":%02d:%02d long",
		    us >= 0 ? ", " : "", s / 3600, (int)(s / 60 % 60),
		    (int)(s % 60));
	if (b.s)
		(void)add_note_line(n, b.s);
}

static bool
add_pause(struct note *n, const struct ticket_cut *cut, int64_t us)
{
	char from[NUM_SECONDS_SIZE], to[NUM_SECONDS_SIZE];
	char start[WHEN_SIZE], end[WHEN_SIZE];
	struct buf b = {0};

	buf_format(&b, "%s from %s s to %s s",
	    plan_is_redaction(cut->reason) ? "Paused" : "Not recorded",
	    num_seconds_text(cut->start_us, from),
	    num_seconds_text(cut->end_us, to));
	if (us >= 0)
		buf_format(&b, " (%s to %s)",
		    when_text(us + cut->start_us, start),
		    when_text(us + cut->end_us, end));
	buf_format(&b, ": %s", cut->reason);
	return add_note_line(n, b.s);
}

/* The pauses in this file, not in the whole recording. */
static void
add_pauses(struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	enum { COUNT = 40 }; /* "and 4294967296 more pauses" */
	struct ticket_stretch part = ticket_stretch_of(f);
	int64_t us = started(t);
	size_t left = 0, i = 0;

	for (size_t k = 0; k < f->cuts; k++)
		left += is_in_cut(&part, &f->cut[k]);
	if (left == 0 || n->room < COUNT)
		return;
	n->room -= COUNT;
	for (; i < f->cuts; i++) {
		if (!is_in_cut(&part, &f->cut[i]))
			continue;
		if (!add_pause(n, &f->cut[i], us))
			break;
		left--;
	}
	n->room += COUNT;
	if (left > 0)
		(void)add_note_line(
		    n, text_format("and %zu more pauses", left));
}

static void
add_note_facts(
    struct note *n, const struct ticket *t, const struct ticket_file *f)
{
	const struct doc_section *call = doc_find(&t->call, "call");

	/* Of this recording; those of the call may be only the first ones. */
	if (f->queue)
		(void)add_note_line(n, text_format("queue: %s", f->queue));
	if (f->agent)
		(void)add_note_line(n, text_format("agent: %s", f->agent));
	for (size_t i = 0; call && i < call->keys; i++) {
		const struct doc_key *k = &call->key[i];

		if (strcmp(k->name, "id") == 0 ||
		    strcmp(k->name, "started") == 0 ||
		    (f->queue && strcmp(k->name, "queue") == 0) ||
		    (f->agent && strcmp(k->name, "agent") == 0))
			continue;
		(void)add_note_line(
		    n, text_format("%s: %s", k->name, k->value));
	}
}

char *
crm_note_text(const struct ticket *t, const struct ticket_file *f,
    const char *marker, size_t most)
{
	struct note n = {{0}, 0};

	if (most > strlen(marker))
		n.room = most - strlen(marker);
	add_note_head(&n, t, f);
	add_pauses(&n, t, f);
	add_note_facts(&n, t, f);
	buf_format(&n.text, "%s", marker);
	return n.text.s;
}

int
crm_open(struct crm *c, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, const char *fact, const char *noun,
    struct why *why)
{
	const char *record = doc_value(s, "record");
	const struct doc_key *missing = doc_key(s, "missing");

	c->noun = noun;
	c->fact = text_dup(record ? record : fact);
	if (missing && strcmp(missing->value, "skip") == 0)
		c->skip = true;
	else if (missing && strcmp(missing->value, "fail") != 0)
		return doc_error(doc, missing->line, why,
		    "missing: fail or skip, not '%.40s'", missing->value);
	return web_open(&c->web, d, doc, s, NULL, NULL, why);
}

void
crm_close(struct crm *c)
{
	web_close(&c->web);
	free(c->fact);
}

enum dest_result
crm_record(const struct crm *c, const struct dest_item *item, size_t least,
    size_t most, const char **id, struct dest_answer *a)
{
	const char *v =
	    item->ticket ? ticket_fact(item->ticket, c->fact) : NULL;
	size_t n = 0;

	*id = v;
	if (!v && c->skip)
		return dest_answer(
		    a, DEST_EXEMPT, "the call has no %s", c->fact);
	if (!v)
		return dest_answer(a, DEST_NEVER,
		    "the call has no %s: write it into [call] of its ticket "
		    "and recupload --retry it, or set missing = skip",
		    c->fact);
	while (isalnum((unsigned char)v[n]))
		n++;
	if (v[n] || n < least || n > most)
		return dest_answer(a, DEST_NEVER,
		    "%s = %.60s: not the id of a %s; correct it in [call] of "
		    "the ticket and recupload --retry it",
		    c->fact, v, c->noun);
	return DEST_DONE;
}

static bool
is_json_reply(const struct http_reply *rp)
{
	const char *type = http_reply_header(rp, "content-type");

	return type && strcasestr(type, "json");
}

enum dest_result
crm_ask(struct crm *c, struct http_request *rq, struct crm_reply *rp,
    struct dest_answer *a)
{
	struct http_reply *h = &rp->http;
	enum dest_result r;

	rp->json = NULL;
	rq->keep = LONGEST_ANSWER;
	r = web_ask(&c->web, rq, h, a);
	if (r != DEST_DONE)
		return r;
	if (is_json_reply(h))
		rp->json = json_parse(h->body, h->body_len);
	if (crm_good(rp) && h->status != 204 && !rp->json)
		return dest_answer(a, DEST_LATER,
		    "%.*s: %s answered %d, but not in JSON (is url right? "
		    "is it a login page?)",
		    web_shown(rq->url), rq->url, rq->method, h->status);
	return DEST_DONE;
}

bool
crm_good(const struct crm_reply *rp)
{
	return web_succeeded(&rp->http);
}

void
crm_done(struct crm_reply *rp)
{
	json_free(rp->json);
	/* It may contain a session or a token. */
	if (rp->http.body)
		explicit_bzero(rp->http.body, rp->http.body_len);
	http_reply_free(&rp->http);
}

enum dest_result
crm_refused(struct dest_answer *a, const struct http_request *rq,
    const struct crm_reply *rp, const char *said)
{
	enum dest_result r = web_refused(a, rq, &rp->http);
	size_t n = strlen(a->why.text);

	if (said)
		(void)snprintf(
		    a->why.text + n, sizeof a->why.text - n, ": %.600s", said);
	for (char *p = a->why.text + n; *p; p++)
		if (*p < ' ' || *p > '~')
			*p = ' ';
	return r;
}

const char *
crm_name(const struct dest_item *item)
{
	return path_name(item->object);
}

char *
crm_marker(const struct dest_item *item)
{
	return crm_note_marker(item->key, crm_name(item), item->bytes);
}

char *
crm_text(const struct dest_item *item, size_t most)
{
	char *marker = crm_marker(item);
	char *text = crm_note_text(item->ticket, item->file, marker, most);

	free(marker);
	return text;
}

static void
make_path(char path[200], const char *fmt, va_list ap)
{
	(void)vsnprintf(path, 200, fmt, ap);
}

const char *
crm_at(const struct json *j, const char *fmt, ...)
{
	char path[200];
	va_list ap;

	va_start(ap, fmt);
	make_path(path, fmt, ap);
	va_end(ap);
	return json_text(j, path);
}

int64_t
crm_number(const struct json *j, const char *fmt, ...)
{
	char path[200];
	va_list ap;

	va_start(ap, fmt);
	make_path(path, fmt, ap);
	va_end(ap);
	return json_number(j, path);
}

size_t
crm_count(const struct json *j, const char *fmt, ...)
{
	char path[200];
	va_list ap;

	va_start(ap, fmt);
	make_path(path, fmt, ap);
	va_end(ap);
	return json_count(j, path);
}

bool
crm_is_token(const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789-._~";

	return text && *text && !text[strspn(text, good)];
}

enum dest_result
crm_strange(struct dest_answer *a, const char *url)
{
	return dest_answer(a, DEST_LATER,
	    "%.*s: the answer is not in the form that the API describes (is "
	    "url right?)",
	    web_shown(url), url);
}

/* http only to the same machine, if url itself is http. */
bool
crm_may_ask(const struct crm *c, const char *url)
{
	size_t n =
	    strlen("http://") + strcspn(c->web.url + strlen("http://"), ":/");

	if (strpbrk(url, "@\r\n\\ "))
		return false;
	return strncmp(url, "https://", 8) == 0 ||
	       (strncmp(c->web.url, "http://", 7) == 0 &&
		   strncmp(url, c->web.url, n) == 0 &&
		   strchr(":/", url[n]) != NULL);
}

static bool
is_own_url(const struct crm *c, const char *url)
{
	size_t n = strlen(c->web.url);

	return strncmp(url, c->web.url, n) == 0 && url[n] == '/';
}

/* DEST_TAKEN: *url is the next URL, by a redirect. */
static enum dest_result
judge_file(struct crm *c, char **url, const struct http_reply *rp,
    const struct dest_item *item, struct dest_answer *a)
{
	const char *next = http_reply_header(rp, "location");

	if (rp->status >= 300 && rp->status < 400 && next &&
	    crm_may_ask(c, next)) {
		free(*url);
		*url = text_dup(next);
		return DEST_TAKEN;
	}
	if (rp->status == 404 || rp->status == 410)
		return dest_answer(a, DEST_NEVER,
		    "%s: it is listed, but its file is gone: GET answered %d",
		    crm_name(item), rp->status);
	if (!web_succeeded(rp) && web_judge(rp->status) == DEST_LATER)
		return dest_answer(a, DEST_LATER, "%s: GET answered %d",
		    crm_name(item), rp->status);
	if (!web_succeeded(rp)) {
		a->by_size = true;
		return DEST_DONE;
	}
	if (rp->bytes == item->bytes && strcmp(rp->sha256, item->sha256) == 0)
		return DEST_DONE;
	return dest_answer(a, DEST_NEVER,
	    "%s: its file differs from the recording", crm_name(item));
}

enum dest_result
crm_read(struct crm *c, const char *first, const char *const *headers,
    const struct dest_item *item, struct dest_answer *a)
{
	enum { MOST = 4 };
	enum dest_result r = DEST_TAKEN;
	char *url = text_dup(first);

	a->by_size = !crm_may_ask(c, url);
	for (int i = 0; i < MOST && r == DEST_TAKEN && !a->by_size; i++) {
		bool own = i == 0 && is_own_url(c, url);
		struct http_request rq = {.method = "GET",
		    .url = url,
		    .headers = own ? headers : NULL,
		    .anonymous = !own,
		    .body_fd = -1,
		    .most = item->bytes};
		struct http_reply rp;

		r = web_ask(&c->web, &rq, &rp, a);
		if (r == DEST_DONE)
			r = judge_file(c, &url, &rp, item, a);
		http_reply_free(&rp);
	}
	free(url);
	if (r != DEST_TAKEN)
		return r;
	a->by_size = true; /* too many redirects */
	return DEST_DONE;
}
