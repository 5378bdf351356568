/* SPDX-License-Identifier: ISC */
#include "routes.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"

static const char *const upload_keys[] = {"to", "backoff_base", "backoff_cap",
    "stop_grace", "on_stored", "on_failed", "notice_secret_file",
    "notice_secret_env", "notice_ca_file", "notice_timeout", "zone", NULL};
static const char *const route_keys[] = {
    "to", "queue", "class", "channel", "agent", "language", NULL};
static const char *const repeated[] = {"queue", NULL};

/* The only place with the types' limits of a file, from the vendors' pages. */
static const struct {
	const char *type;
	uint64_t bytes;
	bool assumed; /* not stated by the vendor: the settings may raise it */
} limits[] = {
    {"zendesk", 50000000, false},
    {"kustomer", 5000000, true},
    {"salesforce", 2000000000, false},
    /* One PUT accepts 5 GiB (Amazon S3 User Guide, "Uploading objects"). */
    {"s3", 5000000000, false},
    /* Put Blob accepts 5000 MiB since version 2019-12-12. */
    {"azure", 5000000000, false},
    /* An object has at most 5 TiB ("Quotas and limits"). */
    {"gcs", 5000000000000, false},
};

uint64_t
routes_type_limit(const char *type, uint64_t wanted)
{
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (strcmp(limits[i].type, type) == 0 &&
		    (wanted == 0 ||
			(wanted > limits[i].bytes && !limits[i].assumed)))
			return limits[i].bytes;
	return wanted;
}

const struct doc_section *
routes_section(const struct doc *doc, const char *name)
{
	const char *rest;

	for (size_t i = 0; i < doc->sections; i++)
		if (doc_is(&doc->section[i], "destination", &rest) &&
		    strcmp(rest, name) == 0)
			return &doc->section[i];
	return NULL;
}

/* The bit of a destination, which is added if new; 0 with why. */
static uint64_t
add_name(struct routes *r, const struct doc *doc, const struct doc_key *to,
    const char *name, struct why *why)
{
	size_t i = 0;

	while (i < r->names && strcmp(r->name[i], name) != 0)
		i++;
	if (i == r->names && !routes_section(doc, name)) {
		doc_error(doc, to->line, why,
		    "to: there is no [destination %.60s]", name);
		return 0;
	}
	if (i == ROUTES_MAX) {
		doc_error(doc, to->line, why, "more than %d destinations",
		    ROUTES_MAX);
		return 0;
	}
	if (i == r->names) {
		r->name = mem_resize(r->name, i + 1, sizeof *r->name);
		r->name[r->names++] = text_dup(name);
	}
	return UINT64_C(1) << i;
}

/* "archive crm" */
static int
parse_to(struct routes *r, const struct doc *doc, const struct doc_section *s,
    uint64_t *mask, struct why *why)
{
	const struct doc_key *to = doc_key(s, "to");
	char *names, *rest = NULL;
	int status = 0;

	if (!to)
		return doc_error(doc, s ? s->line : 0, why,
		    "[%s] to = DESTINATION ... is missing",
		    s ? s->name : "upload");
	names = text_dup(to->value);
	for (char *n = strtok_r(names, " \t,", &rest); n && status == 0;
	     n = strtok_r(NULL, " \t,", &rest)) {
		uint64_t bit = add_name(r, doc, to, n, why);

		if (bit == 0)
			status = -1;
		else if (*mask & bit)
			status = doc_error(
			    doc, to->line, why, "to: '%.60s' appears twice", n);
		*mask |= bit;
	}
	free(names);
	if (status == 0 && *mask == 0)
		status =
		    doc_error(doc, to->line, why, "to: names no destination");
	return status;
}

static int
parse_classes(const struct doc *doc, const struct doc_key *k, unsigned *mask,
    struct why *why)
{
	char *words = text_dup(k->value), *rest = NULL;
	int status = 0;

	for (char *w = strtok_r(words, " \t,", &rest); w && status == 0;
	     w = strtok_r(NULL, " \t,", &rest)) {
		int i = 0;

		while (i < CALL_CLASSES && strcmp(w, call_class_names[i]) != 0)
			i++;
		if (i == CALL_CLASSES)
			status = doc_error(doc, k->line, why,
			    "class: inbound, callback or outbound, "
			    "not '%.40s'",
			    w);
		else
			*mask |= 1U << i;
	}
	free(words);
	return status;
}

static int
add_route(struct routes *r, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct route *one;

	if (doc_check_keys(doc, s, route_keys, repeated, why) != 0)
		return -1;
	r->route = mem_resize(r->route, r->routes + 1, sizeof *one);
	one = &r->route[r->routes++];
	*one = (struct route){0};
	for (size_t i = 0; i < s->keys; i++) {
		const struct doc_key *k = &s->key[i];

		if (strcmp(k->name, "queue") == 0) {
			one->queue = mem_resize(
			    one->queue, one->queues + 1, sizeof *one->queue);
			one->queue[one->queues++] = text_dup(k->value);
		} else if (strcmp(k->name, "class") == 0 &&
			   parse_classes(doc, k, &one->classes, why) != 0) {
			return -1;
		}
	}
	one->channel = text_dup(doc_value(s, "channel"));
	one->agent = text_dup(doc_value(s, "agent"));
	one->language = text_dup(doc_value(s, "language"));
	return parse_to(r, doc, s, &one->to, why);
}

static int
check_section(
    const struct doc *doc, const struct doc_section *s, struct why *why)
{
	const char *rest;

	if (strcmp(s->name, "upload") == 0)
		return doc_find(doc, "upload") == s
			   ? doc_check_keys(doc, s, upload_keys, NULL, why)
			   : doc_error(
				 doc, s->line, why, "[upload] appears twice");
	if (!doc_is(s, "destination", &rest) && !doc_is(s, "route", &rest))
		return doc_error(doc, s->line, why,
		    "[%.60s]: only [upload], [route NAME] and "
		    "[destination NAME]",
		    s->name);
	if (text_id_fault(rest))
		return doc_error(doc, s->line, why,
		    "[%.60s]: a name of [A-Za-z0-9._-] is missing", s->name);
	if (doc_find(doc, s->name) != s)
		return doc_error(
		    doc, s->line, why, "[%.60s] appears twice", s->name);
	return 0;
}

int
routes_from_doc(struct routes *r, const struct doc *doc, struct why *why)
{
	int status = 0;

	*r = (struct routes){0};
	for (size_t i = 0; i < doc->sections && status == 0; i++)
		status = check_section(doc, &doc->section[i], why);
	if (status == 0)
		status = parse_to(
		    r, doc, doc_find(doc, "upload"), &r->otherwise, why);
	for (size_t i = 0; i < doc->sections && status == 0; i++)
		if (doc_is(&doc->section[i], "route", NULL))
			status = add_route(r, doc, &doc->section[i], why);
	if (status != 0)
		routes_free(r);
	return status;
}

void
routes_free(struct routes *r)
{
	for (size_t i = 0; i < r->routes; i++) {
		struct route *one = &r->route[i];

		for (size_t k = 0; k < one->queues; k++)
			free(one->queue[k]);
		free(one->queue);
		free(one->channel);
		free(one->agent);
		free(one->language);
	}
	for (size_t i = 0; i < r->names; i++)
		free(r->name[i]);
	free(r->name);
	free(r->route);
	*r = (struct routes){0};
}

/* True for the queue, or a queue below it: "Billing", "Billing/Disputes". */
static bool
holds(const char *menu, const char *queue)
{
	size_t n = strlen(menu);

	return strncmp(queue, menu, n) == 0 &&
	       (queue[n] == '\0' || queue[n] == '/');
}

/* A recording's queue begins with the channel, a call's does not. */
static bool
fits_queue(const struct route *one, const char *channel, const char *queue)
{
	char *path = text_format("%s/%s", channel, queue);
	bool fits = false;

	for (size_t i = 0; i < one->queues && !fits; i++)
		fits = holds(one->queue[i], queue) ||
		       holds(one->queue[i], path) ||
		       (holds(channel, queue) && queue[strlen(channel)] &&
			   holds(one->queue[i], queue + strlen(channel) + 1));
	free(path);
	return fits;
}

static bool
is_same_fact(const char *wanted, const char *fact)
{
	return !wanted || (fact && strcmp(wanted, fact) == 0);
}

static bool
route_fits(const struct route *one, const struct ticket *t,
    const struct ticket_file *f)
{
	const char *queue = f->queue ? f->queue : ticket_fact(t, "queue");
	const char *channel = ticket_fact(t, "channel");
	const char *agent = f->agent ? f->agent : ticket_fact(t, "agent");
	enum call_class class = ticket_class(t);

	channel = channel ? channel : "ivr";
	if (one->queues > 0 && (!queue || !fits_queue(one, channel, queue)))
		return false;
	if (one->classes && !(one->classes & 1U << class))
		return false;
	return is_same_fact(one->channel, channel) &&
	       is_same_fact(one->agent, agent) &&
	       is_same_fact(one->language, ticket_fact(t, "language"));
}

uint64_t
routes_for(
    const struct routes *r, const struct ticket *t, const struct ticket_file *f)
{
	for (size_t i = 0; i < r->routes; i++)
		if (route_fits(&r->route[i], t, f))
			return r->route[i].to;
	return r->otherwise;
}

static void
lower(uint64_t *limit, uint64_t bytes)
{
	if (bytes > 0 && (*limit == 0 || bytes < *limit))
		*limit = bytes;
}

/*
 * The largest file that fits after encryption, which adds 4 bytes for each 4
 * KiB, and less than 4096 for each recipient: a key of 16384 bits has 2048, and
 * its issuer has a name.
 */
static uint64_t
without_cipher(const struct doc_section *s, uint64_t limit)
{
	const char *to = doc_value(s, "encrypt_to");
	uint64_t more = limit / 512;

	if (!to || limit == 0)
		return limit;
	for (const char *p = to; *p; p += strcspn(p, " \t")) {
		p += strspn(p, " \t");
		more += *p ? 4096 : 0;
	}
	return limit > more ? limit - more : 1;
}

int
routes_limit(const struct doc *doc, uint64_t *max_bytes, struct why *why)
{
	struct routes r;
	int status = routes_from_doc(&r, doc, why);

	*max_bytes = 0;
	for (size_t i = 0; status == 0 && i < r.names; i++) {
		const struct doc_section *s = routes_section(doc, r.name[i]);
		const struct doc_key *k = doc_key(s, "max_bytes");
		const char *type = doc_value(s, "type");
		uint64_t bytes = 0;

		if (k && (num_bytes(k->value, &bytes) != 0 || bytes == 0))
			status = doc_error(doc, k->line, why,
			    "max_bytes: a size such as 50M, not '%.40s'",
			    k->value);
		if (type)
			bytes = routes_type_limit(type, bytes);
		lower(max_bytes, without_cipher(s, bytes));
	}
	routes_free(&r);
	return status;
}
