/* SPDX-License-Identifier: ISC */
/*
 * type = salesforce: each MP3 becomes a file (ContentVersion) on the case that
 * the call names. REST API Developer Guide: Insert or Update Blob Data, Query,
 * Status Codes and Error Responses. Salesforce reports the MD5 of its copy,
 * which is compared.
 */
#include "kinds.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "hash.h"
#include "mem.h"
#include "salesforce_api.h"
#include "text.h"

#define LONGEST 1000 /* of a ContentVersion's Description */
#define CHUNK   100  /* documents per query; a URL has at most 16 kB */
#define BATCHES 1000 /* of one query */

struct documents {
	char **id;
	size_t count;
};

static const char *const keys[] = {SALESFORCE_KEYS, NULL};

static int
salesforce_open(struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	d->own = mem_alloc(sizeof(struct salesforce));
	return salesforce_login(d->own, d, doc, s, why);
}

static void
salesforce_close(struct dest *d)
{
	if (d->own)
		salesforce_forget(d->own);
	free(d->own);
}

static char *
salesforce_where(const struct dest *d, const char *object)
{
	const struct salesforce *f = d->own;

	return web_url(&f->crm.web, object);
}

static char *
salesforce_place(
    const struct dest *d, const struct ticket *t, const char *object)
{
	const struct salesforce *f = d->own;
	const char *id = ticket_fact(t, f->crm.fact);

	return text_format(
	    "%s/%s#%s", f->crm.web.url, id ? id : "none", object);
}

static const char *
salesforce_fact(const struct dest *d)
{
	return ((const struct salesforce *)d->own)->crm.fact;
}

/* A title is shown with the file's extension behind it. */
static char *
title_of(const struct dest_item *item)
{
	const char *name = crm_name(item);
	size_t n = strlen(name);

	if (n > 4 && strcasecmp(name + n - 4, ".mp3") == 0)
		n -= 4;
	return text_ndup(name, n < 255 ? n : 255);
}

static int
md5_of_item(const struct dest_item *item, char hex[HASH_HEX_SIZE])
{
	enum { BLOCK = 1 << 17 };
	struct hash *h;
	unsigned char *block;
	off_t at = 0;
	ssize_t n;

	if (item->md5) {
		(void)snprintf(hex, HASH_HEX_SIZE, "%s", item->md5);
		return 0;
	}
	h = hash_new(HASH_MD5);
	block = mem_alloc(BLOCK);
	while ((n = pread(item->fd, block, BLOCK, at)) > 0) {
		hash_add(h, block, (size_t)n);
		at += n;
	}
	free(block);
	hash_hex(h, hex);
	return n < 0 ? -1 : 0;
}

/* What is to be done with each batch of a query's records. */
struct query {
	struct salesforce *f;
	const struct dest_item *item;
	struct documents *found;    /* filled by the first query */
	const char *marker, *title; /* compared by the second */
	char md5[HASH_HEX_SIZE];    /* "": not needed yet */
	char *document;             /* where the second found it */
};

/* DEST_ABSENT: go on. */
static enum dest_result
take_documents(
    struct query *q, const struct json *j, size_t i, struct dest_answer *a)
{
	const char *id = crm_at(j, "records.%zu.ContentDocumentId", i);
	struct documents *found = q->found;

	if (!crm_is_token(id))
		return crm_strange(a, "ContentDocumentLink");
	found->id = mem_resize(found->id, found->count + 1, sizeof *found->id);
	found->id[found->count++] = text_dup(id);
	return DEST_ABSENT;
}

/* The file is ours by the marker or, if its description was changed, by name
 * and content. */
static enum dest_result
compare_version(
    struct query *q, const struct json *j, size_t i, struct dest_answer *a)
{
	const char *about = crm_at(j, "records.%zu.Description", i);
	const char *title = crm_at(j, "records.%zu.Title", i);
	const char *sum = crm_at(j, "records.%zu.Checksum", i);
	bool marked = about && strstr(about, q->marker);
	bool same = crm_number(j, "records.%zu.ContentSize", i) ==
		    (int64_t)q->item->bytes;

	if (!marked && !(same && title && strcmp(title, q->title) == 0))
		return DEST_ABSENT;
	if (same && !q->md5[0] && md5_of_item(q->item, q->md5) != 0) {
		a->machine = true;
		return dest_answer(a, DEST_LATER, "the file cannot be read");
	}
	same = same && sum && strcasecmp(sum, q->md5) == 0;
	if (same || marked) {
		free(q->document);
		q->document =
		    text_dup(crm_at(j, "records.%zu.ContentDocumentId", i));
	}
	if (same)
		return DEST_DONE;
	if (!marked)
		return DEST_ABSENT;
	return dest_answer(a, DEST_NEVER,
	    "the record has %s, but with different content (MD5 %.32s); not "
	    "overwritten",
	    q->title, sum ? sum : "not told");
}

static enum dest_result
take_batch(struct query *q, const struct crm_reply *rp, char **next,
    enum dest_result (*take)(
	struct query *q, const struct json *j, size_t i, struct dest_answer *a),
    struct dest_answer *a)
{
	size_t count = json_count(rp->json, "records");
	const char *url = json_text(rp->json, "nextRecordsUrl");
	enum dest_result r = DEST_ABSENT;

	if (!json_is_list(rp->json, "records"))
		return crm_strange(a, "query");
	for (size_t i = 0; i < count && r == DEST_ABSENT; i++)
		r = take(q, rp->json, i, a);
	if (r == DEST_ABSENT && !json_yes(rp->json, "done")) {
		if (!url || strncmp(url, "/services/data/", 15) != 0 ||
		    strpbrk(url, " \r\n@\\"))
			return crm_strange(a, "query");
		*next = text_dup(url);
	}
	return r;
}

/* Gets all batches of a query; DEST_ABSENT: to its end. */
static enum dest_result
ask_query(struct query *q, const char *soql,
    enum dest_result (*take)(
	struct query *q, const struct json *j, size_t i, struct dest_answer *a),
    struct dest_answer *a)
{
	struct buf first = {0};
	enum dest_result r = DEST_ABSENT;
	char *path;
	int batch = 0;

	buf_format(&first, "query?q=");
	buf_percent(&first, soql, "");
	for (path = first.s; path && r == DEST_ABSENT; batch++) {
		struct http_request rq = {"GET", NULL, .body_fd = -1};
		struct crm_reply rp;
		char *next = NULL;

		r = salesforce_ask(q->f, &rq, path, &rp, a);
		if (r == DEST_DONE)
			r = take_batch(q, &rp, &next, take, a);
		if (r == DEST_ABSENT && next && batch == BATCHES)
			r = crm_strange(a, "query");
		crm_done(&rp);
		free(path);
		path = next;
	}
	free(path);
	return r;
}

static enum dest_result
ask_versions(struct query *q, size_t from, size_t to, struct dest_answer *a)
{
	struct buf soql = {0};
	enum dest_result r;

	buf_format(&soql,
	    "SELECT Id, ContentDocumentId, Title, Description, ContentSize, "
	    "Checksum "
	    "FROM ContentVersion WHERE ContentDocumentId IN (");
	for (size_t i = from; i < to; i++)
		buf_format(
		    &soql, "%s'%s'", i > from ? "," : "", q->found->id[i]);
	buf_format(&soql, ") AND IsLatest=true");
	r = ask_query(q, soql.s, compare_version, a);
	buf_free(&soql);
	return r;
}

static enum dest_result
find_document(struct query *q, const char *id, struct dest_answer *a)
{
	char *soql = text_format("SELECT ContentDocumentId "
				 "FROM ContentDocumentLink "
				 "WHERE LinkedEntityId='%s'",
	    id);
	enum dest_result r = ask_query(q, soql, take_documents, a);
	size_t count = q->found->count;

	for (size_t to = count; to > 0 && r == DEST_ABSENT;) {
		size_t from = to > CHUNK ? to - CHUNK : 0;

		r = ask_versions(q, from, to, a);
		to = from;
	}
	free(soql);
	return r;
}

static enum dest_result
related_record(struct salesforce *f, const struct dest_item *item,
    const char **id, struct dest_answer *a)
{
	enum dest_result r = crm_record(&f->crm, item, 15, 18, id, a);

	/* 15 characters, or those and three that encode their case. */
	if (r == DEST_DONE && strlen(*id) != 15 && strlen(*id) != 18)
		return dest_answer(a, DEST_NEVER,
		    "%s = %s: an id has 15 or 18 characters; correct it in "
		    "[call] of the ticket and recupload --retry it",
		    f->crm.fact, *id);
	return r;
}

/* *document (may be NULL) is set to that of the file, to be freed, or NULL. */
static enum dest_result
look_for_document(struct dest *d, const struct dest_item *item, char **document,
    struct dest_answer *a)
{
	struct documents found = {NULL, 0};
	char *marker = NULL, *title = NULL;
	struct query q = {.f = d->own, .item = item, .found = &found};
	const char *id;
	enum dest_result r = related_record(q.f, item, &id, a);

	if (document)
		*document = NULL;
	if (r != DEST_DONE)
		return r;
	q.marker = marker = crm_marker(item);
	q.title = title = title_of(item);
	r = find_document(&q, id, a);
	for (size_t i = 0; i < found.count; i++)
		free(found.id[i]);
	free(found.id);
	free(marker);
	free(title);
	if (document)
		*document = q.document;
	else
		free(q.document);
	return r;
}

static enum dest_result
salesforce_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	return look_for_document(d, item, NULL, a);
}

/* Deletes the document with all its versions, also those added later. */
static enum dest_result
salesforce_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	char *document = NULL, *path = NULL;
	enum dest_result r = look_for_document(d, item, &document, a);
	struct http_request rq = {"DELETE", NULL, .body_fd = -1};
	struct crm_reply rp;

	if (crm_is_token(document)) {
		path = text_format("sobjects/ContentDocument/%s", document);
		r = salesforce_ask(d->own, &rq, path, &rp, a);
		crm_done(&rp);
	}
	free(path);
	free(document);
	return r == DEST_ABSENT ? DEST_DONE : r;
}

static char *
entity(const struct salesforce *f, const struct dest_item *item, const char *id)
{
	struct json *j = json_new();
	char *title = title_of(item), *about = crm_text(item, LONGEST), *text;

	json_set_text(j, "Title", title);
	json_set_text(j, "PathOnClient", crm_name(item));
	json_set_text(j, "Description", about);
	json_set_text(j, "FirstPublishLocationId", id);
	if (f->key_field)
		json_set_text(j, f->key_field, item->key);
	text = json_write(j);
	json_free(j);
	free(about);
	free(title);
	return text;
}

/* One request creates the file and attaches it to the case. */
static enum dest_result
salesforce_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct salesforce *f = d->own;
	struct http_part part[2] = {
	    {"entity_content", "application/json", NULL, NULL, -1, 0},
	    {"VersionData", item->content_type, crm_name(item), NULL, item->fd,
		item->bytes}};
	struct http_request rq = {"POST", NULL, .body_fd = -1, .part = part,
	    .parts = 2, .sha256 = item->sha256, .once = true};
	struct crm_reply rp;
	const char *id, *code;
	enum dest_result r = related_record(f, item, &id, a);
	char *text;

	if (r != DEST_DONE)
		return r;
	part[0].text = text = entity(f, item, id);
	r = salesforce_ask(f, &rq, "sobjects/ContentVersion", &rp, a);
	if (r == DEST_DONE && !json_yes(rp.json, "success"))
		r = crm_strange(a, "sobjects/ContentVersion");
	code = json_text(rp.json, "0.errorCode");
	if (code && strcmp(code, "DUPLICATE_VALUE") == 0)
		r = DEST_TAKEN; /* by key_field: an earlier attempt arrived late */
	crm_done(&rp);
	free(text);
	return r;
}

static void
tell_limit(const struct json *j, const char *name, const char *what,
    struct findings *f)
{
	int64_t left = crm_number(j, "%s.Remaining", name);
	int64_t most = crm_number(j, "%s.Max", name);

	if (left >= 0 && most >= 0)
		findings_tell(f, what, "%" PRId64 " of %" PRId64, left, most);
}

static enum dest_result
ask_limits(struct salesforce *own, struct findings *f, struct dest_answer *a)
{
	struct http_request rq = {"GET", NULL, .body_fd = -1};
	struct crm_reply rp;
	enum dest_result r = salesforce_ask(own, &rq, "limits", &rp, a);
	int64_t left_mb;

	if (r == DEST_DONE) {
		findings_tell(
		    f, "login", "%.80s", own->user ? own->user : own->client);
		tell_limit(rp.json, "DailyApiRequests",
		    "API requests of this day left", f);
		tell_limit(rp.json, "FileStorageMB",
		    "megabytes of file storage left", f);
		left_mb = json_number(rp.json, "FileStorageMB.Remaining");
		if (left_mb >= 0)
			findings_space(f, (uint64_t)left_mb * 1000000);
	}
	crm_done(&rp);
	return r;
}

/* What the login may do with records of a kind. */
static enum dest_result
ask_object(struct salesforce *own, const char *kind, struct findings *f,
    struct dest_answer *a)
{
	char *path = text_format("sobjects/%s", kind);
	struct http_request rq = {"GET", NULL, .body_fd = -1};
	struct crm_reply rp;
	enum dest_result r = salesforce_ask(own, &rq, path, &rp, a);
	bool creates = json_yes(rp.json, "objectDescribe.createable");
	bool reads = json_yes(rp.json, "objectDescribe.queryable");

	if (r == DEST_DONE) {
		findings_right(f, RIGHT_WRITE, creates ? MAY : MAY_NOT,
		    "createable of %s", kind);
		findings_right(f, RIGHT_READ, reads ? MAY : MAY_NOT,
		    "queryable of %s", kind);
		findings_right(f, RIGHT_LIST, reads ? MAY : MAY_NOT,
		    "queryable of %s", kind);
		if (!creates || !reads)
			r = dest_answer(a, DEST_PAUSED,
			    "%s: the login may not %s files (%s): see its "
			    "profile or permission set",
			    own->crm.web.url, creates ? "read" : "create",
			    kind);
	}
	crm_done(&rp);
	free(path);
	return r;
}

static enum dest_result
salesforce_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	enum dest_result r = ask_limits(d->own, f, a);

	findings_right(f, RIGHT_DELETE, MAY_BE, "never needed, not asked");
	findings_tell(
	    f, "server limit", "unknown: Salesforce has no way to ask");
	findings_tell(f, "retention", "unknown: Salesforce has no way to ask");
	return r == DEST_DONE ? ask_object(d->own, "ContentVersion", f, a) : r;
}

const struct dest_kind dest_salesforce = {"salesforce", keys, salesforce_open,
    salesforce_close, salesforce_look, salesforce_put,
    .erase = salesforce_erase, .where = salesforce_where,
    .place = salesforce_place, .fact = salesforce_fact,
    .traits = DEST_NETWORK | DEST_MD5, .test = salesforce_test,
    .no_probe = true};
