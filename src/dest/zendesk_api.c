/* SPDX-License-Identifier: ISC */
#include "zendesk_api.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define PAGE    100   /* comments in one answer, the maximum */
#define MOST    60    /* of such pages: a ticket has at most 5000 comments */
#define LONGEST 60000 /* of a comment's text; the limit is 65,535 */

int
zendesk_login(struct zendesk *z, const struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *user = doc_key(s, "user");
	struct http_settings *set = &z->crm.web.settings;

	if (crm_open(&z->crm, d, doc, s, "zendesk_ticket", "ticket", why) !=
		0 ||
	    dest_secret(doc, s, "token", &z->token, why) != 0)
		return -1;
	if (!z->token)
		return doc_error(doc, s->line, why,
		    "[%s]: token_file or token_env is missing", s->name);
	z->get[0] = "Accept: application/json";
	if (user) {
		z->user = text_format("%s/token", user->value);
		set->user = z->user;
		set->password = z->token;
	} else {
		z->bearer = text_format("Authorization: Bearer %s", z->token);
		z->get[1] = z->bearer;
	}
	return 0;
}

void
zendesk_forget(struct zendesk *z)
{
	crm_close(&z->crm);
	free(z->user);
	dest_forget(z->token);
	dest_forget(z->bearer);
}

/* The details of a validation error are more precise than its description. */
static const char *
zendesk_error(const struct json *j)
{
	const char *field = json_name(j, "details", 0), *text = NULL;

	if (field)
		text = crm_at(j, "details.%.60s.0.description", field);
	if (!text)
		text = json_text(j, "description");
	return text ? text : json_text(j, "error");
}

/* Agents may be restricted to some tickets, and get 403 for others. */
static void
tell_zendesk_agent(const struct json *j, const char *role, struct findings *f)
{
	const char *email = json_text(j, "user.email");
	const char *only = json_text(j, "user.ticket_restriction");

	findings_tell(f, "login", "%.80s, %.20s", email ? email : "?", role);
	findings_right(f, RIGHT_WRITE, MAY, "as %.20s%s%.40s", role,
	    only ? "; tickets only as its restriction allows: " : "",
	    only ? only : "");
	findings_right(f, RIGHT_READ, MAY, "likewise");
	findings_right(f, RIGHT_LIST, MAY, "likewise");
	findings_right(
	    f, RIGHT_DELETE, MAY_NOT, "Zendesk cannot delete a comment");
}

enum dest_result
zendesk_agent(struct zendesk *z, struct findings *f, struct dest_answer *a)
{
	char *url = web_url(&z->crm.web, "api/v2/users/me.json");
	struct http_request rq = {"GET", url, z->get, .body_fd = -1};
	struct crm_reply rp;
	enum dest_result r = crm_ask(&z->crm, &rq, &rp, a);
	const char *role;

	if (r == DEST_DONE && !crm_good(&rp)) {
		r = crm_refused(a, &rq, &rp, zendesk_error(rp.json));
	} else if (r == DEST_DONE) {
		role = json_text(rp.json, "user.role");
		if (!role ||
		    (strcmp(role, "agent") != 0 && strcmp(role, "admin") != 0))
			r = dest_answer(a, DEST_PAUSED,
			    "%s: the login is not an agent (role %.20s)",
			    z->crm.web.url, role ? role : "none");
		else if (f)
			tell_zendesk_agent(rp.json, role, f);
	}
	crm_done(&rp);
	free(url);
	return r;
}

int64_t
zendesk_limit(struct zendesk *z, struct findings *f)
{
	char *url = web_url(&z->crm.web, "api/v2/account/settings.json");
	struct http_request rq = {"GET", url, z->get, .body_fd = -1};
	struct crm_reply rp;
	struct dest_answer unused;
	int64_t most = -1;
	bool told = false, login = false;

	/* Some agents may not read this. */
	if (crm_ask(&z->crm, &rq, &rp, &unused) == DEST_DONE && crm_good(&rp))
		most = json_number(rp.json, "settings.limits.attachment_size");
	if (most >= 0) {
		login =
		    json_yes(rp.json, "settings.tickets.private_attachments");
		told = login ||
		       json_no(rp.json, "settings.tickets.private_attachments");
	}
	findings_tell(f, "attachments", "%s",
	    login  ? "private: they can be opened with a login only"
	    : told ? "NOT private: anyone who has the URL of one can open it "
		     "without a login; turn on \"Allow secure downloads\" in "
		     "Admin Center before recordings go there"
		   : "unknown: check that \"Allow secure downloads\" is on in "
		     "Admin Center, else anyone who has the URL of one can "
		     "open it without a login");
	crm_done(&rp);
	free(url);
	return most;
}

/* 403 and 404 may concern the ticket or everything. Only in the first case is
 * the recording at fault. */
static enum dest_result
refused_by_zendesk(struct zendesk *z, const struct http_request *rq,
    const struct crm_reply *rp, struct dest_answer *a)
{
	const char *error = json_text(rp->json, "error");
	enum dest_result r = crm_refused(a, rq, rp, zendesk_error(rp->json));
	struct dest_answer unused = *a;

	if (rp->http.status == 403 &&
	    zendesk_agent(z, NULL, &unused) == DEST_DONE)
		return DEST_NEVER;
	if (rp->http.status == 404 &&
	    !(error && strcmp(error, "RecordNotFound") == 0))
		return DEST_PAUSED;
	return r;
}

/* DEST_DONE: rp has the JSON of a success. */
static enum dest_result
get(struct zendesk *z, const char *url, struct crm_reply *rp,
    struct dest_answer *a)
{
	struct http_request rq = {"GET", url, z->get, .body_fd = -1};
	enum dest_result r = crm_ask(&z->crm, &rq, rp, a);

	if (r == DEST_DONE && !crm_good(rp))
		r = refused_by_zendesk(z, &rq, rp, a);
	return r;
}

enum dest_result
zendesk_ticket(struct zendesk *z, const char *id, char **stamp, bool *closed,
    struct dest_answer *a)
{
	char *url =
	    text_format("%s/api/v2/tickets/%s.json", z->crm.web.url, id);
	struct crm_reply rp;
	enum dest_result r = get(z, url, &rp, a);
	const char *status;

	*stamp = NULL;
	*closed = false;
	if (r == DEST_DONE) {
		*stamp = text_dup(json_text(rp.json, "ticket.updated_at"));
		status = json_text(rp.json, "ticket.status");
		*closed = status && strcmp(status, "closed") == 0;
		if (!*stamp || !status)
			r = crm_strange(a, url);
	}
	crm_done(&rp);
	free(url);
	return r;
}

void
zendesk_found_free(struct zendesk_found *found)
{
	free(found->url);
	*found = (struct zendesk_found){0};
}

/* Checks whether comment i has the file. It may have been deleted. */
static enum dest_result
compare_attachment(const struct json *j, size_t i, const struct dest_item *item,
    struct zendesk_found *found, struct dest_answer *a)
{
	size_t files = crm_count(j, "comments.%zu.attachments", i);
	const char *name;
	int64_t size;

	if (found)
		found->comment = crm_number(j, "comments.%zu.id", i);
	for (size_t k = 0; k < files; k++) {
		name =
		    crm_at(j, "comments.%zu.attachments.%zu.file_name", i, k);
		size = crm_number(j, "comments.%zu.attachments.%zu.size", i, k);
		if (!name || strcmp(name, crm_name(item)) != 0 ||
		    size != (int64_t)item->bytes)
			continue;
		if (found) {
			found->attachment = crm_number(
			    j, "comments.%zu.attachments.%zu.id", i, k);
			found->url = text_dup(crm_at(j,
			    "comments.%zu.attachments.%zu.content_url", i, k));
		}
		return DEST_DONE;
	}
	return dest_answer(a, DEST_NEVER,
	    "the ticket has a comment for %s, but not with its %" PRIu64
	    " bytes (deleted?); not added again",
	    crm_name(item), item->bytes);
}

static enum dest_result
search_attachments(const struct json *j, const char *marker,
    const struct dest_item *item, struct zendesk_found *found,
    struct dest_answer *a)
{
	size_t count = json_count(j, "comments");

	for (size_t i = 0; i < count; i++) {
		const char *body = crm_at(j, "comments.%zu.body", i);

		if (body && strstr(body, marker))
			return compare_attachment(j, i, item, found, a);
	}
	return DEST_ABSENT;
}

/* Newest comments first. *after is the cursor of the page, and then of the next
 * one, or NULL; the URL in the answer is not followed. */
static enum dest_result
search_comment_page(struct zendesk *z, const char *id, const char *marker,
    const struct dest_item *item, char **after, struct zendesk_found *found,
    struct dest_answer *a)
{
	struct buf url = {0};
	struct crm_reply rp;
	enum dest_result r;
	bool more;

	buf_format(&url,
	    "%s/api/v2/tickets/%s/comments.json?sort=-created_at&"
	    "page%%5Bsize%%5D=%d",
	    z->crm.web.url, id, PAGE);
	if (*after) {
		buf_format(&url, "&page%%5Bafter%%5D=");
		buf_percent(&url, *after, "");
	}
	r = get(z, url.s, &rp, a);
	free(*after);
	*after = NULL;
	if (r == DEST_DONE) {
		more = json_yes(rp.json, "meta.has_more");
		if (more)
			*after =
			    text_dup(json_text(rp.json, "meta.after_cursor"));
		r = json_is_list(rp.json, "comments") && (*after || !more)
			? search_attachments(rp.json, marker, item, found, a)
			: crm_strange(a, url.s);
	}
	crm_done(&rp);
	buf_free(&url);
	return r;
}

enum dest_result
zendesk_search(struct zendesk *z, const char *id, const struct dest_item *item,
    struct zendesk_found *found, struct dest_answer *a)
{
	char *marker = crm_marker(item), *after = NULL;
	enum dest_result r;
	int page = 0;

	do
		r = search_comment_page(z, id, marker, item, &after, found, a);
	while (r == DEST_ABSENT && after && ++page < MOST);
	if (r == DEST_ABSENT && after)
		r = dest_answer(a, DEST_LATER,
		    "ticket %s: there are too many comments to search", id);
	free(after);
	free(marker);
	return r;
}

enum dest_result
zendesk_redact(struct zendesk *z, const char *id,
    const struct zendesk_found *found, struct dest_answer *a)
{
	static const char nothing[] = "{}";
	const char *headers[] = {
	    "Content-Type: application/json", z->get[0], z->get[1], NULL};
	char *url = text_format("%s/api/v2/tickets/%s/comments/%" PRId64
				"/attachments/%" PRId64 "/redact.json",
	    z->crm.web.url, id, found->comment, found->attachment);
	struct http_request rq = {"PUT", url, headers, .body_fd = -1,
	    .body = nothing, .body_len = sizeof nothing - 1};
	struct crm_reply rp;
	enum dest_result r = crm_ask(&z->crm, &rq, &rp, a);

	if (r == DEST_DONE && !crm_good(&rp))
		r = refused_by_zendesk(z, &rq, &rp, a);
	crm_done(&rp);
	free(url);
	return r;
}

/*
 * Reads the answer to an upload; *token is only set if the whole file is there.
 */
static enum dest_result
take_upload_token(struct zendesk *z, const struct crm_reply *rp,
    const char *url, const struct dest_item *item, char **token,
    struct dest_answer *a)
{
	const char *t = json_text(rp->json, "upload.token");
	int64_t size = json_number(rp->json, "upload.attachment.size");

	if (!crm_is_token(t))
		return crm_strange(a, url);
	if (!rp->http.sent_sha256[0] || size != (int64_t)item->bytes) {
		zendesk_delete_upload(z, t);
		return dest_answer(a, DEST_LATER,
		    "%.*s: not all of the file arrived", web_shown(url), url);
	}
	*token = text_dup(t);
	return DEST_DONE;
}

enum dest_result
zendesk_upload(struct zendesk *z, const struct dest_item *item, char **token,
    struct dest_answer *a)
{
	char *type = text_format("Content-Type: %s", item->content_type);
	const char *headers[] = {type, z->get[0], z->get[1], NULL};
	char *url = text_format("%s/api/v2/uploads.json?filename=%s",
	    z->crm.web.url, crm_name(item));
	struct http_request rq = {"POST", url, headers, item->fd, item->bytes,
	    .sha256 = item->sha256, .once = true};
	struct crm_reply rp;
	enum dest_result r = crm_ask(&z->crm, &rq, &rp, a);

	*token = NULL;
	if (r == DEST_DONE)
		r = crm_good(&rp)
			? take_upload_token(z, &rp, url, item, token, a)
			: refused_by_zendesk(z, &rq, &rp, a);
	crm_done(&rp);
	free(url);
	free(type);
	return r;
}

void
zendesk_delete_upload(struct zendesk *z, const char *token)
{
	char *url =
	    text_format("%s/api/v2/uploads/%s.json", z->crm.web.url, token);
	struct http_request rq = {"DELETE", url, z->get, .body_fd = -1};
	struct dest_answer unused;
	struct crm_reply rp;

	(void)crm_ask(&z->crm, &rq, &rp, &unused);
	crm_done(&rp);
	dest_forget(url);
}

static char *
comment_json(const struct dest_item *item, const char *stamp, const char *token)
{
	struct json *j = json_new();
	char *body = crm_text(item, LONGEST), *text;

	json_set_text(j, "ticket.comment.body", body);
	json_set_yes(j, "ticket.comment.public", false);
	json_set_text(j, "ticket.comment.uploads.0", token);
	json_set_yes(j, "ticket.safe_update", true);
	json_set_text(j, "ticket.updated_stamp", stamp);
	text = json_write(j);
	json_free(j);
	free(body);
	return text;
}

/* Zendesk answers 200 also to a body that it does not understand. */
static bool
has_comment(const struct json *j)
{
	size_t count = json_count(j, "audit.events");

	for (size_t i = 0; i < count; i++) {
		const char *type = crm_at(j, "audit.events.%zu.type", i);

		if (type && strcmp(type, "Comment") == 0)
			return true;
	}
	return false;
}

static enum dest_result
judge_comment(struct zendesk *z, const struct http_request *rq,
    const struct crm_reply *rp, bool *sent, struct dest_answer *a)
{
	int status = rp->http.status;
	enum dest_result r;

	*sent = has_comment(rp->json) || status >= 500;
	if (crm_good(rp) && *sent)
		return DEST_DONE;
	if (crm_good(rp))
		return dest_answer(a, DEST_LATER,
		    "%s: answered %d, but made no comment", rq->url, status);
	if (status == 409)
		return DEST_TAKEN;
	r = refused_by_zendesk(z, rq, rp, a);
	return r == DEST_NEVER && (status == 404 || status == 422) ? DEST_ABSENT
								   : r;
}

enum dest_result
zendesk_comment(struct zendesk *z, const char *id, const char *stamp,
    const char *token, const struct dest_item *item, bool *sent,
    struct dest_answer *a)
{
	const char *headers[] = {
	    "Content-Type: application/json", z->get[0], z->get[1], NULL};
	char *url =
	    text_format("%s/api/v2/tickets/%s.json", z->crm.web.url, id);
	char *body = comment_json(item, stamp, token);
	struct http_request rq = {"PUT", url, headers, .body_fd = -1,
	    .body = body, .body_len = strlen(body), .once = true};
	struct crm_reply rp;
	enum dest_result r = crm_ask(&z->crm, &rq, &rp, a);

	*sent = true;
	if (r == DEST_DONE)
		r = judge_comment(z, &rq, &rp, sent, a);
	crm_done(&rp);
	dest_forget(body);
	free(url);
	return r;
}
