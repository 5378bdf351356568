/* SPDX-License-Identifier: ISC */
#include "upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dest_directory.h"
#include "dest_http.h"
#include "template.h"

#define DEFAULT_NAME "{date}/{queue}/{id}-{recording}.{part}.mp3"

static const struct dest_kind *const kinds[] = {
    &dest_directory, &dest_webdav, &dest_plain_http, &dest_s3};
enum { KINDS = sizeof kinds / sizeof *kinds };

static const char *const common[] = {"type", "name", "max_bytes", NULL};
static const char *const upload_keys[] = {"to", NULL};

static const struct dest_kind *
find_kind(const struct doc *doc, const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "type");
	const char *types[KINDS + 1] = {NULL};
	const char *near;

	if (!k) {
		doc_error(doc, s->line, why, "[%s]: type is missing", s->name);
		return NULL;
	}
	for (size_t i = 0; i < KINDS; i++) {
		types[i] = kinds[i]->type;
		if (strcmp(k->value, kinds[i]->type) == 0)
			return kinds[i];
	}
	near = util_nearest(k->value, types);
	doc_error(doc, k->line, why, "type: no '%.40s'%s%s%s", k->value,
	    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
	return NULL;
}

static int
check_keys(const struct dest_kind *kind, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const char *known[32];
	size_t n = 0;

	for (size_t i = 0; common[i]; i++)
		known[n++] = common[i];
	for (size_t i = 0; kind->keys[i] && n < 31; i++)
		known[n++] = kind->keys[i];
	known[n] = NULL;
	return doc_check_keys(doc, s, known, NULL, why);
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
	d->name = util_strdup(name);
	k = doc_key(s, "name");
	d->pattern = util_strdup(k ? k->value : DEFAULT_NAME);
	if (template_check(d->pattern, &inner) != 0)
		return doc_error(
		    doc, k ? k->line : s->line, why, "%s", inner.text);
	k = doc_key(s, "max_bytes");
	if (k && util_bytes(k->value, &d->max_bytes) != 0)
		return doc_error(doc, k->line, why,
		    "max_bytes: a size such as 50M, not '%.40s'", k->value);
	return kind->open(d, doc, s, why);
}

static struct doc_section *
find_section(const struct doc *doc, const char *name)
{
	const char *rest;

	for (size_t i = 0; i < doc->sections; i++)
		if (doc_is(&doc->section[i], "destination", &rest) &&
		    strcmp(rest, name) == 0)
			return &doc->section[i];
	return NULL;
}

static int
check_sections(const struct doc *doc, struct why *why)
{
	const char *rest;

	for (size_t i = 0; i < doc->sections; i++) {
		const struct doc_section *s = &doc->section[i];

		if (strcmp(s->name, "upload") == 0) {
			if (doc_check_keys(doc, s, upload_keys, NULL, why))
				return -1;
			continue;
		}
		if (!doc_is(s, "destination", &rest) || util_id_fault(rest))
			return doc_error(doc, s->line, why,
			    "[%.60s]: only [upload] and [destination NAME]",
			    s->name);
		if (find_section(doc, rest) != s)
			return doc_error(
			    doc, s->line, why, "[%.60s] stands twice", s->name);
	}
	return 0;
}

static int
add_dest(struct upload *u, const struct doc *doc, const struct doc_key *to,
    const char *name, struct why *why)
{
	const struct doc_section *s = find_section(doc, name);

	if (!s)
		return doc_error(doc, to->line, why,
		    "to: there is no [destination %.60s]", name);
	for (size_t i = 0; i < u->dests; i++)
		if (strcmp(u->dest[i].name, name) == 0)
			return doc_error(doc, to->line, why,
			    "to: '%.60s' stands twice", name);
	u->dest = util_resize(u->dest, u->dests + 1, sizeof *u->dest);
	u->dest[u->dests] = (struct dest){0};
	return open_dest(&u->dest[u->dests++], doc, s, name, why);
}

int
upload_from_doc(struct upload *u, const struct doc *doc, struct why *why)
{
	const struct doc_key *to = doc_key(doc_find(doc, "upload"), "to");
	char *names, *rest = NULL;
	int status = 0;

	*u = (struct upload){0};
	if (check_sections(doc, why) != 0)
		return -1;
	if (!to)
		return doc_error(doc, 0, why,
		    "[upload] to = DESTINATION ... "
		    "is missing");
	names = util_strdup(to->value);
	for (char *n = strtok_r(names, " \t,", &rest); n && status == 0;
	     n = strtok_r(NULL, " \t,", &rest))
		status = add_dest(u, doc, to, n, why);
	free(names);
	if (status == 0 && u->dests == 0)
		status =
		    doc_error(doc, to->line, why, "to: names no destination");
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
		free(u->dest[i].name);
		free(u->dest[i].pattern);
	}
	free(u->dest);
	*u = (struct upload){0};
}
