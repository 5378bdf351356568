/* SPDX-License-Identifier: ISC */
#include "salesforce_api.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "jwt.h"
#include "text.h"
#include "when.h"

#define TOKEN_PATH "/services/oauth2/token"
#define JWT_S      180 /* how long an assertion is valid */

/* The meaning of error codes, if it does not follow from the HTTP status. */
static const struct {
	const char *code;
	enum dest_result result;
	const char *advice;
} codes[] = {
    {"REQUEST_LIMIT_EXCEEDED", DEST_PAUSED,
	"the organisation's API requests of this day are used up"},
    {"STORAGE_LIMIT_EXCEEDED", DEST_PAUSED,
	"the organisation's file storage is full"},
    {"API_DISABLED_FOR_ORG", DEST_PAUSED, "the edition has no API"},
    {"INVALID_SESSION_ID", DEST_PAUSED,
	"a session that was just begun is refused; has the login the right "
	"'API Enabled'?"},
    {"NOT_FOUND", DEST_PAUSED, "are url and api_version right?"},
    {"INVALID_FIELD", DEST_PAUSED, "may the login read this field?"},
    {"INVALID_TYPE", DEST_PAUSED, "may the login read such records?"},
    {"UNABLE_TO_LOCK_ROW", DEST_LATER, "another user is changing the record"},
    {"SERVER_UNAVAILABLE", DEST_LATER, NULL},
    {"QUERY_TIMEOUT", DEST_LATER, NULL},
    {"TXN_SECURITY_METERING_ERROR", DEST_LATER, NULL},
    {"ENTITY_IS_DELETED", DEST_NEVER, "the record was deleted"},
    {"INVALID_CROSS_REFERENCE_KEY", DEST_NEVER, "there is no such record"},
    {"INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", DEST_NEVER,
	"the login has no access to this record"},
    {"INSUFFICIENT_ACCESS_OR_READONLY", DEST_NEVER,
	"the login may not change this record"},
    {"MALFORMED_ID", DEST_NEVER, "not the id of a record"},
};

static int
open_credentials(struct salesforce *f, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	struct why inner;

	if (dest_secret(doc, s, "client_secret", &f->secret, why) != 0 ||
	    dest_secret(doc, s, "private_key", &f->key, why) != 0)
		return -1;
	if (!f->secret == !f->key)
		return doc_error(doc, s->line, why,
		    "[%s]: either client_secret_file or private_key_file",
		    s->name);
	if (f->key && !f->user)
		return doc_error(doc, s->line, why,
		    "[%s]: private_key_file needs user", s->name);
	if (f->key && jwt_check(f->key, &inner) != 0)
		return doc_error(
		    doc, s->line, why, "private_key: %s", inner.text);
	return 0;
}

int
salesforce_login(struct salesforce *f, const struct dest *d,
    const struct doc *doc, const struct doc_section *s, struct why *why)
{
	const char *audience = doc_value(s, "audience");
	const struct doc_key *version = doc_key(s, "api_version");
	const struct doc_key *field = doc_key(s, "key_field");

	(void)pthread_mutex_init(&f->lock, NULL);
	if (crm_open(&f->crm, d, doc, s, "salesforce_case", "record", why) != 0)
		return -1;
	f->client = text_dup(doc_value(s, "client_id"));
	f->user = text_dup(doc_value(s, "user"));
	f->audience =
	    text_dup(audience ? audience : "https://login.salesforce.com");
	f->version = text_dup(version ? version->value : "60.0");
	if (!f->client)
		return doc_error(
		    doc, s->line, why, "[%s]: client_id is missing", s->name);
	if (f->version[strspn(f->version, "0123456789.")])
		return doc_error(doc, version ? version->line : s->line, why,
		    "api_version: such as 60.0, not '%.40s'", f->version);
	f->key_field = field ? text_dup(field->value) : NULL;
	if (field && (!*field->value || strlen(field->value) > 80 ||
			 strpbrk(field->value, ". \"'")))
		return doc_error(doc, field->line, why,
		    "key_field: the name of a field of ContentVersion such as "
		    "Recording_Key__c, not '%.40s'",
		    field->value);
	return open_credentials(f, doc, s, why);
}

void
salesforce_forget(struct salesforce *f)
{
	crm_close(&f->crm);
	free(f->client);
	free(f->user);
	free(f->audience);
	free(f->version);
	free(f->key_field);
	dest_forget(f->secret);
	dest_forget(f->key);
	dest_forget(f->bearer);
	free(f->instance);
	(void)pthread_mutex_destroy(&f->lock);
}

static char *
assertion(const struct salesforce *f, struct why *why)
{
	struct json *j = json_new();
	char *claims, *text;

	json_set_text(j, "iss", f->client);
	json_set_text(j, "sub", f->user);
	json_set_text(j, "aud", f->audience);
	json_set_number(j, "exp", when_now_us() / 1000000 + JWT_S);
	claims = json_write(j);
	json_free(j);
	text = jwt_rs256(f->key, claims, why);
	free(claims);
	return text;
}

/* Makes the form that requests a session; NULL with why. */
static char *
login_form(const struct salesforce *f, struct why *why)
{
	struct buf b = {0};
	char *signed_text;

	if (f->secret) {
		buf_format(&b, "grant_type=client_credentials&client_id=");
		buf_percent(&b, f->client, "");
		buf_format(&b, "&client_secret=");
		buf_percent(&b, f->secret, "");
		return b.s;
	}
	signed_text = assertion(f, why);
	if (!signed_text)
		return NULL;
	buf_format(&b, "grant_type=");
	buf_percent(&b, "urn:ietf:params:oauth:grant-type:jwt-bearer", "");
	buf_format(&b, "&assertion=%s", signed_text);
	dest_forget(signed_text);
	return b.s;
}

static enum dest_result
take_session(struct salesforce *f, const struct crm_reply *rp, const char *url,
    struct dest_answer *a)
{
	const char *token = json_text(rp->json, "access_token");
	const char *instance = json_text(rp->json, "instance_url");

	if (!token || strpbrk(token, "\r\n") || !instance)
		return crm_strange(a, url);
	if (!crm_may_ask(&f->crm, instance))
		return dest_answer(a, DEST_PAUSED,
		    "%s: names another machine that is not asked: %.80s", url,
		    instance);
	f->bearer = text_format("Authorization: Bearer %s", token);
	f->instance = text_dup(instance);
	f->number++;
	return DEST_DONE;
}

/* With the lock held. If the login is refused, a person must act. */
static enum dest_result
begin_session(struct salesforce *f, struct dest_answer *a)
{
	static const char *const headers[] = {
	    "Content-Type: application/x-www-form-urlencoded",
	    "Accept: application/json", NULL};
	char *url = text_format("%s" TOKEN_PATH, f->crm.web.url);
	struct http_request rq = {"POST", url, headers, .body_fd = -1};
	struct crm_reply rp = {{0}, NULL};
	char *form = login_form(f, &a->why);
	enum dest_result r = DEST_PAUSED;

	if (form) {
		rq.body = form;
		rq.body_len = strlen(form);
		r = crm_ask(&f->crm, &rq, &rp, a);
	}
	if (r == DEST_DONE && crm_good(&rp)) {
		r = take_session(f, &rp, url, a);
	} else if (r == DEST_DONE) {
		r = crm_refused(
		    a, &rq, &rp, json_text(rp.json, "error_description"));
		if (r == DEST_NEVER)
			r = DEST_PAUSED;
	}
	crm_done(&rp);
	dest_forget(form);
	free(url);
	return r;
}

/* Gets copies of the session's header and URL; not of session `old`. */
static enum dest_result
session(struct salesforce *f, unsigned *number, char **bearer, char **instance,
    struct dest_answer *a)
{
	enum dest_result r = DEST_DONE;

	(void)pthread_mutex_lock(&f->lock);
	if (f->bearer && f->number == *number) {
		dest_forget(f->bearer);
		free(f->instance);
		f->bearer = f->instance = NULL;
	}
	if (!f->bearer)
		r = begin_session(f, a);
	if (r == DEST_DONE) {
		*number = f->number;
		*bearer = text_dup(f->bearer);
		*instance = text_dup(f->instance);
	}
	(void)pthread_mutex_unlock(&f->lock);
	return r;
}

static bool
has_expired(const struct crm_reply *rp)
{
	const char *code = json_text(rp->json, "0.errorCode");

	return rp->http.status == 401 &&
	       (!code || strcmp(code, "INVALID_SESSION_ID") == 0);
}

static enum dest_result
refused_by_salesforce(const struct http_request *rq, const struct crm_reply *rp,
    struct dest_answer *a)
{
	const char *code = json_text(rp->json, "0.errorCode");
	const char *message = json_text(rp->json, "0.message");
	const char *advice = NULL;
	enum dest_result r;
	char *said = NULL;

	r = crm_refused(a, rq, rp, NULL);
	if (rp->http.status == 404) /* of a page, not of a record */
		r = DEST_PAUSED;
	for (size_t i = 0; code && i < sizeof codes / sizeof *codes; i++)
		if (strcmp(code, codes[i].code) == 0) {
			r = codes[i].result;
			advice = codes[i].advice;
		}
	if (code) {
		said = text_format("%.60s%s%s%s: %.400s", code,
		    advice ? " (" : "", advice ? advice : "", advice ? ")" : "",
		    message ? message : "");
		(void)crm_refused(a, rq, rp, said);
	}
	free(said);
	return r;
}

/* One request in a session; returns the answer with any status. */
static enum dest_result
ask_in_session(struct salesforce *f, struct http_request *rq, const char *path,
    unsigned *number, struct crm_reply *rp, struct dest_answer *a)
{
	enum { MOST = 6 };
	const char *all[MOST] = {"Accept: application/json"};
	const char *const *given = rq->headers;
	char *bearer = NULL, *instance = NULL, *url;
	enum dest_result r = session(f, number, &bearer, &instance, a);

	*rp = (struct crm_reply){{0}, NULL};
	if (r != DEST_DONE)
		return r;
	all[1] = bearer;
	for (size_t i = 0; given && given[i] && i < MOST - 3; i++)
		all[i + 2] = given[i];
	url = *path == '/' ? text_format("%s%s", instance, path)
			   : text_format("%s/services/data/v%s/%s", instance,
				 f->version, path);
	rq->url = url;
	rq->headers = all;
	r = crm_ask(&f->crm, rq, rp, a);
	if (r == DEST_DONE && !crm_good(rp))
		r = refused_by_salesforce(rq, rp, a);
	rq->url = NULL;
	rq->headers = given;
	free(url);
	free(instance);
	dest_forget(bearer);
	return r;
}

enum dest_result
salesforce_ask(struct salesforce *f, struct http_request *rq, const char *path,
    struct crm_reply *rp, struct dest_answer *a)
{
	unsigned number = 0;
	enum dest_result r = ask_in_session(f, rq, path, &number, rp, a);

	if (r == DEST_DONE || !has_expired(rp))
		return r;
	crm_done(rp);
	return ask_in_session(f, rq, path, &number, rp, a);
}
