/* SPDX-License-Identifier: ISC */
/* replaces: http */
#include "kinds.h"
#include "replay.h"

#include <unistd.h>

#include "findings.h"
#include "http.h"
#include "ini.h"
#include "text.h"

/*
 * Any bytes as the answers of a CRM. The first byte chooses the CRM and the
 * request; then come answers, each a byte for its status and type, and a
 * body up to the next NUL.
 */
static const uint8_t *data;
static size_t left;
static bool marked; /* an answer contained our key */

struct http *
http_new(const struct http_settings *settings)
{
	(void)settings;
	return NULL;
}

void
http_free(struct http *h)
{
	(void)h;
}

/* The login goes to the machine of the settings, or for Salesforce to one that
   its answer named, never in the clear. */
static void
check_request(const struct http_request *rq)
{
	static const char base[] = "https://crm.example.com/";
	bool ours = strncmp(rq->url, base, sizeof base - 1) == 0, login = false;

	for (size_t i = 0; rq->headers && rq->headers[i]; i++) {
		login |= strstr(rq->headers[i], "Authorization") != NULL;
		if (strpbrk(rq->headers[i], "\r\n"))
			abort();
	}
	if (strncmp(rq->url, "https://", 8) != 0 ||
	    strpbrk(rq->url, " \r\n\\") ||
	    memchr(rq->url + 8, '@', strcspn(rq->url + 8, "/?#")))
		abort();
	if (!ours && login && !strstr(rq->url, "/services/data/"))
		abort();
	if (!ours && !login && !rq->anonymous)
		abort();
}

enum http_outcome
http_do(struct http *h, const struct http_request *rq, struct http_reply *rp,
    struct why *why)
{
	static const int statuses[] = {
	    200, 201, 204, 400, 401, 403, 404, 409, 413, 422, 429, 500};
	const uint8_t *end;
	uint8_t kind;

	(void)h;
	check_request(rq);
	*rp = (struct http_reply){
	    .retry_after_s = -1, .length = -1, .date_us = -1};
	if (left < 2) {
		why_set(why, "no answer");
		return HTTP_NETWORK;
	}
	kind = *data++;
	end = memchr(data, 0, --left);
	rp->status = statuses[kind % 12];
	rp->bytes = rp->body_len = end ? (size_t)(end - data) : left;
	rp->body = malloc(rp->body_len + 1);
	memcpy(rp->body, data, rp->body_len);
	rp->body[rp->body_len] = '\0';
	if (strstr(rp->body, "c1-1.1-00"))
		marked = true;
	left -= rp->body_len + (end != NULL);
	data += rp->body_len + (end != NULL);
	rp->header = strdup(kind & 128 ? "content-type: text/html"
				       : "content-type: application/json");
	rp->header_len = strlen(rp->header) + 1;
	if (rq->sha256 && rp->status < 300)
		memcpy(rp->sent_sha256, rq->sha256, 65);
	return HTTP_ANSWERED;
}

const char *
http_reply_header(const struct http_reply *rp, const char *name)
{
	return strcmp(name, "content-type") == 0
		   ? rp->header + strlen("content-type: ")
		   : NULL;
}

const char *
http_reply_header_next(
    const struct http_reply *rp, const char *name, const char *after)
{
	return after ? NULL : http_reply_header(rp, name);
}

void
http_reply_free(struct http_reply *rp)
{
	free(rp->body);
	free(rp->header);
}

static void
open_it(struct dest *d, const struct dest_kind *kind)
{
	struct doc doc = {0};
	struct doc_section *s = doc_add_section(&doc, "destination crm", 1);

	(void)setenv("FUZZ_SECRET", "secret", 1);
	doc_add(s, "url", "https://crm.example.com", 2);
	doc_add(s, "token_env", "FUZZ_SECRET", 3);
	doc_add(s, "client_id", "client", 4);
	doc_add(s, "client_secret_env", "FUZZ_SECRET", 5);
	d->kind = kind;
	if (kind->open(d, &doc, s, NULL) != 0)
		abort();
	doc_free(&doc);
}

static void
make_ticket(struct ticket *t)
{
	struct doc_section *s = doc_add_section(&t->call, "call", 0);
	struct ticket_file *f = ticket_add(t, "c1.mp3");

	doc_add(s, "id", "c1", 0);
	doc_add(s, "zendesk_ticket", "1", 0);
	doc_add(s, "salesforce_case", "500000000000001", 0);
	doc_add(s, "kustomer_conversation", "5f", 0);
	f->recording = f->recordings = f->part = f->parts = 1;
	f->bytes = 3;
	memset(f->sha256, '0', 64);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct dest_kind *const kinds[] = {
	    &dest_zendesk, &dest_salesforce, &dest_kustomer};
	struct dest d = {.name = NULL};
	struct ticket t = {0};
	struct dest_answer a = {.retry_after_s = -1};
	struct findings report;
	char key[] = "c1-1.1-0000000000000000";
	struct dest_item item = {.object = "a/c1-1.1.mp3",
	    .fd = -1,
	    .bytes = 3,
	    .content_type = "audio/mpeg",
	    .key = key,
	    .ticket = &t};

	if (size < 1)
		return 0;
	data = bytes + 1;
	left = size - 1;
	marked = false;
	make_ticket(&t);
	item.file = &t.file[0];
	item.sha256 = t.file[0].sha256;
	findings_begin(&report);
	open_it(&d, kinds[bytes[0] % 3]);
	if (bytes[0] & 64)
		(void)d.kind->test(&d, &report, &a);
	else if (dest_deliver(&d, &item, &a) == DEST_DONE && !marked &&
		 d.kind != &dest_salesforce)
		abort(); /* no answer said that it is there */
	d.kind->close(&d);
	findings_end(&report);
	ticket_free(&t);
	return 0;
}
