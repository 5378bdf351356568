/* SPDX-License-Identifier: ISC */
/*
 * type = zendesk: each MP3 becomes a private comment on the ticket that the
 * call names, with a player. Zendesk's reference: Tickets, Ticket Comments,
 * Attachments, Pagination, Rate limits.
 *
 * A comment cannot be deleted, so none is made twice: first the ticket's time
 * of change is read, then its comments are searched for our marker, and the
 * update must be refused (409) if the ticket has changed since.
 */
#include "kinds.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"
#include "when.h"
#include "zendesk_api.h"

#define TRIES   5         /* updates, if others change the ticket */
#define TOKEN_S (45 * 60) /* Zendesk keeps an upload for 60 minutes */

/* The state of a recording between one step and the next. */
struct held_upload {
	char *key;
	char *stamp; /* of the ticket, before its comments were read */
	bool closed;
	char *token; /* of the uploaded file, not attached yet */
	int64_t made_us;
	bool sent; /* an update with the token may have arrived */
};

struct own {
	struct zendesk z;
	int64_t token_us;
	pthread_mutex_t lock; /* of the list; a key has one user at a time */
	struct held_upload **held;
	size_t helds;
};

static const char *const keys[] = {ZENDESK_KEYS, "token_lifetime", NULL};

static int
zendesk_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct own *own = d->own = mem_alloc(sizeof *own);
	const struct doc_key *life = doc_key(s, "token_lifetime");
	int64_t seconds = TOKEN_S;

	(void)pthread_mutex_init(&own->lock, NULL);
	if (life && num_integer(life->value, 1, 86400, &seconds) != 0)
		return doc_error(doc, life->line, why,
		    "token_lifetime: seconds from 1 to 86400, not '%.40s'",
		    life->value);
	own->token_us = seconds * 1000000;
	return zendesk_login(&own->z, d, doc, s, why);
}

static struct held_upload *
held_get(struct own *own, const char *key)
{
	struct held_upload *h = NULL;

	(void)pthread_mutex_lock(&own->lock);
	for (size_t i = 0; i < own->helds && !h; i++)
		if (strcmp(own->held[i]->key, key) == 0)
			h = own->held[i];
	if (!h) {
		h = mem_alloc(sizeof *h);
		h->key = text_dup(key);
		own->held = mem_resize(
		    own->held, own->helds + 1, sizeof(struct held_upload *));
		own->held[own->helds++] = h;
	}
	(void)pthread_mutex_unlock(&own->lock);
	return h;
}

/* Until a file is attached, every user who is logged in and has its URL can
 * hear it. It is not deleted if an update may have attached it. */
static void
drop_token(struct own *own, struct held_upload *h)
{
	if (h->token && !h->sent)
		zendesk_delete_upload(&own->z, h->token);
	dest_forget(h->token);
	h->token = NULL;
	h->sent = false;
}

static void
held_free(struct own *own, struct held_upload *h)
{
	drop_token(own, h);
	free(h->key);
	free(h->stamp);
	free(h);
}

static void
held_forget(struct own *own, struct held_upload *h)
{
	(void)pthread_mutex_lock(&own->lock);
	for (size_t i = 0; i < own->helds; i++)
		if (own->held[i] == h) {
			own->held[i] = own->held[--own->helds];
			break;
		}
	(void)pthread_mutex_unlock(&own->lock);
	held_free(own, h);
}

static void
zendesk_close(struct dest *d)
{
	struct own *own = d->own;

	if (!own)
		return;
	for (size_t i = 0; i < own->helds; i++)
		held_free(own, own->held[i]);
	free(own->held);
	zendesk_forget(&own->z);
	(void)pthread_mutex_destroy(&own->lock);
	free(own);
}

static char *
zendesk_where(const struct dest *d, const char *object)
{
	const struct own *own = d->own;

	return web_url(&own->z.crm.web, object);
}

static char *
zendesk_place(const struct dest *d, const struct ticket *t, const char *object)
{
	const struct own *own = d->own;
	const char *id = ticket_fact(t, own->z.crm.fact);

	return text_format("%s/agent/tickets/%s#%s", own->z.crm.web.url,
	    id ? id : "none", object);
}

static const char *
zendesk_fact(const struct dest *d)
{
	return ((const struct own *)d->own)->z.crm.fact;
}

/* For --check. Zendesk reports no hash, but the login may download the file
 * (Accessing end user uploaded attachments). */
static enum dest_result
check_attachment(struct own *own, const char *id, const struct dest_item *item,
    struct dest_answer *a)
{
	struct zendesk_found found = {0};
	enum dest_result r = zendesk_search(&own->z, id, item, &found, a);

	if (r == DEST_DONE && found.url)
		r = crm_read(&own->z.crm, found.url, own->z.get, item, a);
	else
		a->by_size = true;
	zendesk_found_free(&found);
	return r;
}

static enum dest_result
zendesk_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct own *own = d->own;
	const char *id;
	struct held_upload *h;
	enum dest_result r = crm_record(&own->z.crm, item, 1, 20, &id, a);

	if (r != DEST_DONE)
		return r;
	if (item->fd < 0)
		return check_attachment(own, id, item, a);
	/* In this order: a change after the stamp makes our update fail. */
	h = held_get(own, item->key);
	free(h->stamp);
	r = zendesk_ticket(&own->z, id, &h->stamp, &h->closed, a);
	if (r == DEST_DONE)
		r = zendesk_search(&own->z, id, item, NULL, a);
	if (r == DEST_ABSENT)
		h->sent = false; /* the update did not arrive */
	else if (r == DEST_DONE || r == DEST_NEVER)
		held_forget(own, h);
	return r;
}

/*
 * Gets a token that lives long enough, if possible that of an earlier attempt.
 */
static enum dest_result
need_token(struct own *own, const struct dest_item *item, struct held_upload *h,
    struct dest_answer *a)
{
	int64_t age_us = when_now_us() - h->made_us;

	if (h->token && age_us >= 0 && age_us < own->token_us)
		return DEST_DONE;
	drop_token(own, h);
	h->made_us = when_now_us();
	return zendesk_upload(&own->z, item, &h->token, a);
}

static enum dest_result
attach(struct dest *d, const char *id, const struct dest_item *item,
    struct held_upload *h, struct dest_answer *a)
{
	struct own *own = d->own;
	enum dest_result r;
	bool again = false;

	for (int tries = 0; tries < TRIES; tries++) {
		if (h->closed)
			return dest_answer(a, DEST_NEVER,
			    "ticket %s is closed and takes no more comments: "
			    "put a follow-up ticket into [call] of the ticket "
			    "and recupload --retry it",
			    id);
		r = need_token(own, item, h, a);
		if (r == DEST_DONE)
			r = zendesk_comment(
			    &own->z, id, h->stamp, h->token, item, &h->sent, a);
		if (r == DEST_ABSENT && again)
			return DEST_NEVER;
		if (r == DEST_ABSENT) {
			again = true; /* the token may have been too old */
			drop_token(own, h);
		} else if (r != DEST_TAKEN) {
			return r;
		}
		r = zendesk_look(d, item, a);
		if (r != DEST_ABSENT)
			return r;
	}
	return dest_answer(a, DEST_LATER,
	    "ticket %s: others changed it %d times during the attempt", id,
	    TRIES);
}

static enum dest_result
zendesk_put(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct own *own = d->own;
	const char *id;
	enum dest_result r = crm_record(&own->z.crm, item, 1, 20, &id, a);

	if (r == DEST_DONE)
		r = attach(d, id, item, held_get(own, item->key), a);
	if (r == DEST_NEVER)
		held_forget(own, held_get(own, item->key));
	return r;
}

/* A comment cannot be deleted, but its attachment can. */
static enum dest_result
zendesk_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct own *own = d->own;
	struct zendesk_found found = {0};
	const char *id;
	enum dest_result r = crm_record(&own->z.crm, item, 1, 20, &id, a);

	if (r == DEST_DONE)
		r = zendesk_search(&own->z, id, item, &found, a);
	if (r == DEST_ABSENT || (found.comment && !found.attachment))
		r = DEST_DONE; /* it was deleted before */
	else if (r == DEST_DONE)
		r = zendesk_redact(&own->z, id, &found, a);
	zendesk_found_free(&found);
	return r;
}

static enum dest_result
zendesk_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	struct own *own = d->own;
	enum dest_result r = zendesk_agent(&own->z, f, a);

	if (r == DEST_PAUSED)
		findings_right(f, RIGHT_WRITE, MAY_NOT, "%s", a->why.text);
	if (r == DEST_DONE)
		f->most = zendesk_limit(&own->z, f);
	if (f->most < 0)
		findings_tell(f, "server limit",
		    "unknown: this agent may not read the account's settings");
	findings_tell(f, "space", "unknown: Zendesk has no way to ask");
	findings_tell(f, "retention", "unknown: Zendesk has no way to ask");
	return r;
}

const struct dest_kind dest_zendesk = {"zendesk", keys, zendesk_open,
    zendesk_close, zendesk_look, zendesk_put, .erase = zendesk_erase,
    .where = zendesk_where, .place = zendesk_place, .fact = zendesk_fact,
    .traits = DEST_NETWORK, .test = zendesk_test, .no_probe = true};
