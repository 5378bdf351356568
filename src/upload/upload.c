/* SPDX-License-Identifier: ISC */
#include "upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "envelope.h"
#include "hash.h"
#include "mem.h"
#include "num.h"
#include "template.h"
#include "text.h"

#define DEFAULT_NAME "{date}/{queue}/{id}-{recording}.{part}.mp3"

#define GRACE_US (INT64_C(5) * 1000000)

static const char *const common[] = {"type", "name", "max_bytes", "parallel",
    "rate", "encrypt_to", "zone", "charset", "distinct", NULL};
static const char *const network[] = {"requests_per_minute", "connect_timeout",
    "stall_timeout", "ca_file", "proxy", NULL};
static const char *const objects[] = {"metadata", "facts", NULL};
static const char *const keeps[] = {
    "retain", "retain_mode", "legal_hold", NULL};

static const struct dest_kind *
find_kind(const struct doc *doc, const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "type");
	const struct dest_kind *kind;
	const char *near;

	if (!k) {
		doc_error(doc, s->line, why, "[%s]: type is missing", s->name);
		return NULL;
	}
	kind = dest_kind_named(k->value, &near);
	if (!kind)
		doc_error(doc, k->line, why, "type: unknown '%.40s'%s%s%s",
		    k->value, near ? ", did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
	return kind;
}

static size_t
add_keys(const char **to, size_t n, size_t most, const char *const *from)
{
	for (size_t i = 0; from[i] && n < most; i++)
		to[n++] = from[i];
	return n;
}

static int
refuse_keeping(const struct dest_kind *kind, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	for (size_t i = 0; keeps[i]; i++) {
		const struct doc_key *k = doc_key(s, keeps[i]);

		if (k)
			return doc_error(doc, k->line, why,
			    "%s: type = %s cannot keep recordings from being "
			    "deleted; s3, gcs and azure can",
			    k->name, kind->type);
	}
	return 0;
}

static int
check_keys(const struct dest_kind *kind, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	enum { MOST = 63 };
	const char *known[MOST + 1];
	size_t n = add_keys(known, 0, MOST, common);

	if (kind->traits & DEST_NETWORK)
		n = add_keys(known, n, MOST, network);
	if (kind->traits & DEST_OBJECTS)
		n = add_keys(known, n, MOST, objects);
	if (kind->traits & DEST_KEEPS)
		n = add_keys(known, n, MOST, keeps);
	else if (refuse_keeping(kind, doc, s, why) != 0)
		return -1;
	n = add_keys(known, n, MOST, kind->keys);
	known[n] = NULL;
	return doc_check_keys(doc, s, known, NULL, why);
}

/* An integer; *out does not change if the key is missing. */
static int
number(const struct doc *doc, const struct doc_section *s, const char *name,
    int64_t least, int64_t most, int64_t *out, struct why *why)
{
	const struct doc_key *k = doc_key(s, name);

	if (k && num_integer(k->value, least, most, out) != 0)
		return doc_error(doc, k->line, why,
		    "%s: a number from %lld to %lld, not '%.40s'", name,
		    (long long)least, (long long)most, k->value);
	return 0;
}

static int
size(const struct doc *doc, const struct doc_section *s, const char *name,
    uint64_t *out, struct why *why)
{
	const struct doc_key *k = doc_key(s, name);

	if (k && (num_bytes(k->value, out) != 0 || *out == 0))
		return doc_error(doc, k->line, why,
		    "%s: a size such as 50M, not '%.40s'", name, k->value);
	return 0;
}

/* Reads the keys of every type, or of every type with that trait. */
static int
open_common(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	int64_t parallel = 4, connect = 30, stall = 60, requests = 0;
	uint64_t limit = 0, rate = 0;

	if (size(doc, s, "max_bytes", &limit, why) != 0 ||
	    size(doc, s, "rate", &rate, why) != 0 ||
	    number(doc, s, "parallel", 1, 64, &parallel, why) != 0 ||
	    number(doc, s, "connect_timeout", 1, 3600, &connect, why) != 0 ||
	    number(doc, s, "stall_timeout", 1, 3600, &stall, why) != 0 ||
	    number(doc, s, "requests_per_minute", 1, 1000000, &requests, why))
		return -1;
	d->max_bytes = routes_type_limit(d->kind->type, limit);
	d->parallel = (unsigned)parallel;
	d->connect_s = (int)connect;
	d->stall_s = (int)stall;
	d->ca_file = text_dup(doc_value(s, "ca_file"));
	d->proxy = text_dup(doc_value(s, "proxy"));
	d->pace = pace_new(rate, (unsigned)requests);
	return 0;
}

/* Reads charset and distinct. */
static int
open_letters(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *charset = doc_key(s, "charset");
	const struct doc_key *distinct = doc_key(s, "distinct");
	bool yes = false;

	if (distinct && num_bool(distinct->value, &yes) != 0)
		return doc_error(doc, distinct->line, why,
		    "distinct: yes or no, not '%.40s'", distinct->value);
	if (distinct)
		d->distinct = yes ? DISTINCT_YES : DISTINCT_NO;
	d->utf8 = charset && strcmp(charset->value, "utf-8") == 0;
	if (charset && !d->utf8 && strcmp(charset->value, "ascii") != 0)
		return doc_error(doc, charset->line, why,
		    "charset: ascii or utf-8, not '%.40s'", charset->value);
	if (d->utf8 && !(d->kind->traits & DEST_UTF8))
		return doc_error(doc, charset->line, why,
		    "charset: type = %s finds recordings by their names in "
		    "ASCII; leave it out",
		    d->kind->type);
	return 0;
}

/* Reads metadata and facts. */
static int
open_metadata(struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "metadata");
	const struct doc_key *facts = doc_key(s, "facts");

	d->vcon = k && strcmp(k->value, "vcon") == 0;
	d->metadata = d->vcon;
	if (k && !d->vcon && num_bool(k->value, &d->metadata) != 0)
		return doc_error(doc, k->line, why,
		    "metadata: yes, no or vcon, not '%.40s'", k->value);
	if (facts && (!*facts->value || strchr(facts->value, ',')))
		return doc_error(doc, facts->line, why,
		    "facts: names of facts and blanks, such as id queue "
		    "agent, not '%.60s'",
		    facts->value);
	d->facts = text_dup(facts ? facts->value : NULL);
	return 0;
}

/* Reads encrypt_to. */
static int
open_envelope(struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "encrypt_to");
	struct why inner = {0};

	d->envelope = k ? envelope_open(k->value, &inner) : NULL;
	return k && !d->envelope
		   ? doc_error(doc, k->line, why, "encrypt_to: %s", inner.text)
		   : 0;
}

/* The zone of local dates: the destination's own, or that of [upload]. */
static int
open_zone(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *own = doc_key(s, "zone");
	const struct doc_key *k =
	    own ? own : doc_key(doc_find(doc, "upload"), "zone");
	const struct doc_key *name = doc_key(s, "name");
	bool local = template_is_local(d->pattern);
	struct why inner = {0};

	if (own && !local)
		return doc_error(doc, own->line, why,
		    "zone has no effect without {local_date} or {local_time} "
		    "in name");
	if (local && !k)
		return doc_error(doc, name->line, why,
		    "name: {local_date} and {local_time} need zone, such as "
		    "zone = Europe/Berlin");
	d->zone = k ? zone_open(k->value, &inner) : NULL;
	return k && !d->zone
		   ? doc_error(doc, k->line, why, "zone: %s", inner.text)
		   : 0;
}

/* Adds the file that a key names, and its time of last change. */
static void
add_file_change(struct buf *b, const char *file)
{
	char *path = dest_secret_path(file);
	struct stat st;

	if (stat(path, &st) == 0)
		buf_format(b, "%ju %ju %lld.%09ld %lld", (uintmax_t)st.st_dev,
		    (uintmax_t)st.st_ino, (long long)st.st_mtim.tv_sec,
		    st.st_mtim.tv_nsec, (long long)st.st_size);
	free(path);
}

/* The same for each file that a value names. */
static void
add_files(struct buf *b, const char *files)
{
	char *copy = text_dup(files), *rest = NULL;

	for (char *f = strtok_r(copy, " \t", &rest); f;
	     f = strtok_r(NULL, " \t", &rest))
		add_file_change(b, f);
	free(copy);
}

void
upload_settings_of(const struct doc *doc, const char *name, char settings[17])
{
	const struct doc_section *s = routes_section(doc, name);
	char hex[HASH_HEX_SIZE];
	struct buf b = {0};

	for (size_t i = 0; s && i < s->keys; i++) {
		const struct doc_key *k = &s->key[i];
		size_t n = strlen(k->name);

		buf_format(&b, "%s=%s\n", k->name, k->value);
		if ((n > 5 && strcmp(k->name + n - 5, "_file") == 0) ||
		    strcmp(k->name, "known_hosts") == 0)
			add_file_change(&b, k->value);
		if (strcmp(k->name, "encrypt_to") == 0)
			add_files(&b, k->value);
	}
	buf_add(&b, "", 0);
	hash_text(HASH_SHA256, b.s, b.len, hex);
	(void)snprintf(settings, 17, "%.16s", hex);
	buf_free(&b);
}

static int
open_dest(struct dest *d, const struct doc *doc, const struct doc_section *s,
    const char *name, struct why *why)
{
	const struct dest_kind *kind = find_kind(doc, s, why);
	const struct doc_key *k;
	struct why inner;

	if (!kind || check_keys(kind, doc, s, why) != 0)
		return -1;
	d->kind = kind;
	d->name = text_dup(name);
	upload_settings_of(doc, name, d->settings);
	k = doc_key(s, "name");
	d->pattern = text_dup(k ? k->value : DEFAULT_NAME);
	if (template_check(d->pattern, &inner) != 0)
		return doc_error(
		    doc, k ? k->line : s->line, why, "%s", inner.text);
	if (open_common(d, doc, s, why) != 0 ||
	    keep_from_doc(&d->keep, doc, s, why) != 0 ||
	    open_letters(d, doc, s, why) != 0 ||
	    open_metadata(d, doc, s, why) != 0 ||
	    open_zone(d, doc, s, why) != 0 ||
	    open_envelope(d, doc, s, why) != 0)
		return -1;
	return kind->open(d, doc, s, why);
}

static int
read_duration(const struct doc *doc, const struct doc_section *s,
    const char *name, int64_t *us, struct why *why)
{
	const struct doc_key *k = doc_key(s, name);

	if (k && num_seconds(k->value, us) != 0)
		return doc_error(doc, k->line, why, "%s: seconds, not '%.40s'",
		    name, k->value);
	return 0;
}

int
upload_from_doc(struct upload *u, const struct doc *doc, struct why *why)
{
	const struct doc_section *s = doc_find(doc, "upload");
	int status;

	*u = (struct upload){
	    .backoff = {RETRY_BASE_US, RETRY_CAP_US}, .grace_us = GRACE_US};
	if (routes_from_doc(&u->routes, doc, why) != 0)
		return -1;
	status =
	    read_duration(doc, s, "backoff_base", &u->backoff.base_us, why);
	if (status == 0)
		status = read_duration(
		    doc, s, "backoff_cap", &u->backoff.cap_us, why);
	if (status == 0)
		status = read_duration(doc, s, "stop_grace", &u->grace_us, why);
	u->hooks = mem_alloc(sizeof *u->hooks);
	if (status == 0)
		status = hooks_from_doc(u->hooks, doc, why);
	u->dest = mem_alloc((u->routes.names + 1) * sizeof *u->dest);
	for (size_t i = 0; i < u->routes.names && status == 0; i++) {
		const char *name = u->routes.name[i];

		status = open_dest(&u->dest[u->dests++], doc,
		    routes_section(doc, name), name, why);
	}
	if (status != 0)
		upload_free(u);
	return status;
}

void
upload_free(struct upload *u)
{
	for (size_t i = 0; i < u->dests; i++) {
		if (u->dest[i].kind)
			u->dest[i].kind->close(&u->dest[i]);
		pace_free(u->dest[i].pace);
		envelope_free(u->dest[i].envelope);
		zone_free(u->dest[i].zone);
		free(u->dest[i].ca_file);
		free(u->dest[i].proxy);
		free(u->dest[i].facts);
		free(dest_take_note(&u->dest[i]));
		free(u->dest[i].name);
		free(u->dest[i].pattern);
	}
	free(u->dest);
	hooks_free(u->hooks);
	routes_free(&u->routes);
	*u = (struct upload){0};
}
