/* SPDX-License-Identifier: ISC */
/*
 * type = kustomer: each MP3 becomes a note, which customers never see, in the
 * conversation that the call names. Kustomer's documentation: Upload
 * attachments, Create note, Get notes by conversation, Pagination, Errors.
 *
 * The file is sent to a presigned form (RFC 7578) on another host, without our
 * login. The note has our key as its externalId, and the marker in its text.
 */
#include "kinds.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "crm.h"
#include "mem.h"
#include "num.h"
#include "text.h"

#define LONGEST 10000 /* of a note's text; the limit is 10,240 */
#define PAGE    100   /* notes in one answer, the maximum */
#define PAGES   1000  /* of one conversation */
#define FIELDS  64    /* of an upload form */

struct kustomer {
	struct crm crm;
	char *token, *bearer;
	const char *get[3]; /* headers */
	const char *post[4];
};

static const char *const keys[] = {CRM_KEYS, "token_file", "token_env", NULL};

static int
kustomer_open(struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	struct kustomer *own = d->own = mem_alloc(sizeof *own);

	if (crm_open(&own->crm, d, doc, s, "kustomer_conversation",
		"conversation", why) != 0 ||
	    dest_secret(doc, s, "token", &own->token, why) != 0)
		return -1;
	if (!own->token)
		return doc_error(doc, s->line, why,
		    "[%s]: token_file or token_env is missing", s->name);
	own->bearer = text_format("Authorization: Bearer %s", own->token);
	own->get[0] = own->post[0] = own->bearer;
	own->get[1] = own->post[1] = "Accept: application/json";
	own->post[2] = "Content-Type: application/json";
	return 0;
}

static void
kustomer_close(struct dest *d)
{
	struct kustomer *own = d->own;

	if (!own)
		return;
	crm_close(&own->crm);
	dest_forget(own->token);
	dest_forget(own->bearer);
	free(own);
}

static char *
kustomer_where(const struct dest *d, const char *object)
{
	const struct kustomer *own = d->own;

	return web_url(&own->crm.web, object);
}

static char *
kustomer_place(const struct dest *d, const struct ticket *t, const char *object)
{
	const struct kustomer *own = d->own;
	const char *id = ticket_fact(t, own->crm.fact);

	return text_format("%s/v1/conversations/%s/notes#%s", own->crm.web.url,
	    id ? id : "none", object);
}

/* Errors have two formats: Kustomer's own and that of JSON:API. */
static const char *
kustomer_error(const struct json *j)
{
	const char *text = json_text(j, "errors.0.message");

	if (!text)
		text = json_text(j, "errors.0.detail");
	return text ? text : json_text(j, "errors.0.title");
}

/*
 * Requests a path below url, with JSON or nothing. DEST_DONE: rp is a success.
 */
static enum dest_result
ask_kustomer(struct kustomer *own, const char *path, const char *body,
    struct crm_reply *rp, struct dest_answer *a)
{
	char *url = text_format("%s/%s", own->crm.web.url, path);
	struct http_request rq = {body ? "POST" : "GET", url,
	    body ? own->post : own->get, .body_fd = -1, .body = body,
	    .body_len = body ? strlen(body) : 0, .once = body != NULL};
	enum dest_result r = crm_ask(&own->crm, &rq, rp, a);

	if (r == DEST_DONE && !crm_good(rp)) {
		r = crm_refused(a, &rq, rp, kustomer_error(rp->json));
		/*
		 * If a record is missing, the error has the API's own format.
		 */
		if (rp->http.status == 404 && !kustomer_error(rp->json))
			r = DEST_PAUSED;
	}
	free(url);
	return r;
}

static const char *
kustomer_fact(const struct dest *d)
{
	return ((const struct kustomer *)d->own)->crm.fact;
}

/* Checks whether note i has the file. If the note's attachments are not
 * described, it is enough that it has one. */
static enum dest_result
compare_note(const struct json *j, size_t i, const struct dest_item *item,
    struct dest_answer *a)
{
	size_t files = crm_count(j, "data.%zu.attributes.attachments", i);
	size_t linked =
	    crm_count(j, "data.%zu.relationships.attachments.data", i);

	for (size_t k = 0; k < files; k++) {
		const char *name =
		    crm_at(j, "data.%zu.attributes.attachments.%zu.name", i, k);
		int64_t size = crm_number(j,
		    "data.%zu.attributes.attachments.%zu.contentLength", i, k);

		if (name && strcmp(name, crm_name(item)) == 0 &&
		    size == (int64_t)item->bytes)
			return DEST_DONE;
	}
	if (files == 0 && linked > 0)
		return DEST_DONE;
	return dest_answer(a, DEST_NEVER,
	    "the conversation has a note for %s, but not with its %" PRIu64
	    " bytes (deleted?); not added again",
	    crm_name(item), item->bytes);
}

static enum dest_result
search_notes(const struct json *j, const char *marker,
    const struct dest_item *item, char **note, struct dest_answer *a)
{
	size_t count = json_count(j, "data");

	for (size_t i = 0; i < count; i++) {
		const char *key =
		    crm_at(j, "data.%zu.attributes.externalId", i);
		const char *body = crm_at(j, "data.%zu.attributes.body", i);

		if (!(key && strcmp(key, item->key) == 0) &&
		    !(body && strstr(body, marker)))
			continue;
		if (note)
			*note = text_dup(crm_at(j, "data.%zu.id", i));
		return compare_note(j, i, item, a);
	}
	return DEST_ABSENT;
}

/* *path is the path of a page, and then of the next one, or NULL. A link to
 * anything but these notes is not followed. */
static enum dest_result
search_note_page(struct kustomer *own, const char *notes, char **path,
    const char *marker, const struct dest_item *item, char **note,
    struct dest_answer *a)
{
	struct crm_reply rp;
	enum dest_result r = ask_kustomer(own, *path, NULL, &rp, a);
	const char *next;
	size_t n = strlen(notes), base = strlen(own->crm.web.url);

	if (r == DEST_DONE) {
		next = json_text(rp.json, "links.next");
		if (next && strncmp(next, own->crm.web.url, base) == 0)
			next += base;
		free(*path);
		*path = NULL;
		if (next && *next == '/')
			*path = text_dup(next + 1);
		if (!json_is_list(rp.json, "data") ||
		    (next &&
			(!*path || strncmp(*path, notes, n) != 0 ||
			    (*path)[n] != '?' || strpbrk(*path, " \r\n\\#"))))
			r = crm_strange(a, notes);
		else
			r = search_notes(rp.json, marker, item, note, a);
	}
	crm_done(&rp);
	return r;
}

/* *note (may be NULL) is set to the note of the recording, to be freed, or
 * NULL. */
static enum dest_result
look_for_note(struct dest *d, const struct dest_item *item, char **note,
    struct dest_answer *a)
{
	struct kustomer *own = d->own;
	const char *id;
	enum dest_result r = crm_record(&own->crm, item, 1, 64, &id, a);
	char *marker, *notes, *path;
	int page = 0;

	if (r != DEST_DONE)
		return r;
	marker = crm_marker(item);
	notes = text_format("v1/conversations/%s/notes", id);
	path = text_format("%s?page=1&pageSize=%d", notes, PAGE);
	do
		r = search_note_page(own, notes, &path, marker, item, note, a);
	while (r == DEST_ABSENT && path && ++page < PAGES);
	if (r == DEST_ABSENT && path)
		r = dest_answer(a, DEST_LATER,
		    "%s: there are too many notes to search", notes);
	free(path);
	free(notes);
	free(marker);
	return r;
}

static enum dest_result
kustomer_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	a->by_size = true;
	return look_for_note(d, item, NULL, a);
}

/* Deletes the note and its file. */
static enum dest_result
kustomer_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct kustomer *own = d->own;
	char *note = NULL, *url;
	enum dest_result r = look_for_note(d, item, &note, a);
	struct http_request rq = {"DELETE", NULL, own->get, .body_fd = -1};
	struct crm_reply rp;

	if (crm_is_token(note)) {
		rq.url = url =
		    text_format("%s/v1/notes/%s", own->crm.web.url, note);
		r = crm_ask(&own->crm, &rq, &rp, a);
		if (r == DEST_DONE && !crm_good(&rp) && rp.http.status != 404)
			r = crm_refused(a, &rq, &rp, kustomer_error(rp.json));
		crm_done(&rp);
		free(url);
	}
	free(note);
	return r == DEST_ABSENT ? DEST_DONE : r;
}

/* Kustomer's answer to the announcement of a file: its id and a form. */
struct form {
	char *id;
	struct crm_reply rp;
	struct http_part part[FIELDS + 1];
	size_t parts;
};

/* Adds every field of the form in its order, then the file. */
static bool
fill_form(struct form *form, const struct dest_item *item)
{
	const struct json *j = form->rp.json;
	size_t count = json_count(j, "meta.upload.fields");

	if (count > FIELDS)
		return false;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_name(j, "meta.upload.fields", i);
		const char *text =
		    name ? json_member(j, "meta.upload.fields", name) : NULL;

		if (!text)
			return false;
		form->part[i] =
		    (struct http_part){.name = name, .text = text, .fd = -1};
	}
	form->part[count] = (struct http_part){.name = "file",
	    .content_type = item->content_type,
	    .file_name = crm_name(item),
	    .fd = item->fd,
	    .bytes = item->bytes};
	form->parts = count + 1;
	return true;
}

static enum dest_result
register_file(struct kustomer *own, const struct dest_item *item,
    struct form *form, struct dest_answer *a)
{
	struct json *j = json_new();
	const char *url, *id;
	enum dest_result r;
	char *body;

	json_set_text(j, "name", crm_name(item));
	json_set_text(j, "contentType", item->content_type);
	json_set_number(j, "contentLength", (int64_t)item->bytes);
	body = json_write(j);
	json_free(j);
	r = ask_kustomer(own, "v1/attachments", body, &form->rp, a);
	free(body);
	if (r != DEST_DONE)
		return r;
	url = json_text(form->rp.json, "meta.upload.url");
	id = json_text(form->rp.json, "data.id");
	if (!url || !crm_is_token(id) || !fill_form(form, item))
		return crm_strange(a, "v1/attachments");
	if (!crm_may_ask(&own->crm, url))
		return dest_answer(a, DEST_PAUSED,
		    "v1/attachments: names a URL without TLS: %.80s", url);
	form->id = text_dup(id);
	return DEST_DONE;
}

/* Amazon S3 answers 204, unless a field of the form requests another status. */
static bool
is_stored(const struct form *form, int status)
{
	const char *asked = json_member(
	    form->rp.json, "meta.upload.fields", "success_action_status");
	int64_t wanted;

	if (!asked || num_integer(asked, 200, 201, &wanted) != 0)
		wanted = 204;
	return status == wanted;
}

/* POST Object: if the form is refused, another one is requested; a file that is
 * refused remains refused. */
static enum dest_result
send_file(struct kustomer *own, const struct dest_item *item,
    const struct form *form, struct dest_answer *a)
{
	struct http_request rq = {"POST",
	    json_text(form->rp.json, "meta.upload.url"), NULL, .body_fd = -1,
	    .part = form->part, .parts = form->parts, .sha256 = item->sha256,
	    .anonymous = true, .keep = 4096};
	struct http_reply rp;
	enum dest_result r = web_ask(&own->crm.web, &rq, &rp, a);
	bool large;

	if (r == DEST_DONE && !web_succeeded(&rp)) {
		large = rp.status == 413 ||
			(rp.body && strstr(rp.body, "EntityTooLarge"));
		r = web_refused(a, &rq, &rp);
		if (large)
			r = dest_answer(a, DEST_NEVER,
			    "%" PRIu64 " bytes are too much for Kustomer: set "
			    "max_bytes, and recsplit -b to the same",
			    item->bytes);
		else if (r == DEST_NEVER || r == DEST_PAUSED)
			r = DEST_LATER;
	} else if (r == DEST_DONE &&
		   (!is_stored(form, rp.status) || !rp.sent_sha256[0])) {
		r = dest_answer(a, DEST_LATER,
		    "%.*s: answered %d, but does not have the file",
		    web_shown(rq.url), rq.url, rp.status);
	}
	http_reply_free(&rp);
	return r;
}

static char *
note_json(const struct dest_item *item, const char *attachment)
{
	struct json *j = json_new();
	char *text = crm_text(item, LONGEST), *body;

	json_set_text(j, "body", text);
	json_set_text(j, "externalId", item->key);
	json_set_text(j, "attachments.0._id", attachment);
	json_set_text(j, "attachments.0.name", crm_name(item));
	json_set_text(j, "attachments.0.contentType", item->content_type);
	json_set_number(j, "attachments.0.contentLength", (int64_t)item->bytes);
	body = json_write(j);
	json_free(j);
	free(text);
	return body;
}

static enum dest_result
make_note(struct kustomer *own, const char *id, const struct dest_item *item,
    const char *attachment, struct dest_answer *a)
{
	char *path = text_format("v1/conversations/%s/notes", id);
	char *body = note_json(item, attachment);
	struct crm_reply rp;
	enum dest_result r = ask_kustomer(own, path, body, &rp, a);

	/* 409: a note has this externalId already. */
	if (rp.http.status == 409)
		r = DEST_TAKEN;
	crm_done(&rp);
	free(body);
	free(path);
	return r;
}

static enum dest_result
kustomer_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct kustomer *own = d->own;
	struct form form = {.id = NULL};
	const char *id;
	enum dest_result r = crm_record(&own->crm, item, 1, 64, &id, a);

	if (r != DEST_DONE)
		return r;
	r = register_file(own, item, &form, a);
	if (r == DEST_DONE)
		r = send_file(own, item, &form, a);
	if (r == DEST_DONE)
		r = make_note(own, id, item, form.id, a);
	crm_done(&form.rp);
	free(form.id);
	return r;
}

/* Reading notes requires a separate right, which each look needs. No request
 * shows whether a key may create notes. */
static enum dest_result
kustomer_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	struct kustomer *own = d->own;
	struct crm_reply rp;
	enum dest_result r =
	    ask_kustomer(own, "v1/notes?page=1&pageSize=1", NULL, &rp, a);
	enum findings_may may = r == DEST_DONE     ? MAY
				: r == DEST_PAUSED ? MAY_NOT
						   : MAY_BE;

	if (r == DEST_DONE)
		findings_tell(f, "login", "reads notes");
	findings_right(f, RIGHT_WRITE, MAY_BE,
	    "only a note would show whether the key has "
	    "org.permission.note.create");
	findings_right(f, RIGHT_READ, may, "org.permission.note.read");
	findings_right(f, RIGHT_LIST, may, "org.permission.note.read");
	findings_right(f, RIGHT_DELETE, MAY_BE, "never needed, not asked");
	findings_tell(f, "server limit", "unknown: Kustomer has no way to ask");
	findings_tell(f, "space", "unknown: Kustomer has no way to ask");
	findings_tell(f, "retention", "unknown: Kustomer has no way to ask");
	crm_done(&rp);
	return r;
}

const struct dest_kind dest_kustomer = {"kustomer", keys, kustomer_open,
    kustomer_close, kustomer_look, kustomer_put, .erase = kustomer_erase,
    .where = kustomer_where, .place = kustomer_place, .fact = kustomer_fact,
    .traits = DEST_NETWORK, .test = kustomer_test, .no_probe = true};
