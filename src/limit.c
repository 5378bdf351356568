/* SPDX-License-Identifier: ISC */
#include "limit.h"

#include <stdlib.h>
#include <string.h>

#include "config.h"

static int
one_destination(
    const struct doc *doc, const char *name, uint64_t *bytes, struct why *why)
{
	char *title = util_format("destination %s", name);
	const struct doc_section *s = doc_find(doc, title);
	const struct doc_key *k = doc_key(s, "max_bytes");
	uint64_t n;

	free(title);
	if (!s)
		return doc_error(doc, doc_find(doc, "upload")->line, why,
		    "to: there is no [destination %.60s]", name);
	if (!k)
		return 0;
	if (util_bytes(k->value, &n) != 0)
		return doc_error(doc, k->line, why,
		    "max_bytes: a size such as 50M, not '%.40s'", k->value);
	if (n > 0 && (*bytes == 0 || n < *bytes))
		*bytes = n;
	return 0;
}

int
limit_read(const char *path, uint64_t *bytes, struct why *why)
{
	struct doc doc;
	const char *to;
	char *names, *rest = NULL;
	int status = 0;

	*bytes = 0;
	if (config_read(&doc, path, why) != 0)
		return -1;
	to = doc_value(doc_find(&doc, "upload"), "to");
	if (!to)
		status = doc_error(
		    &doc, 0, why, "[upload] to = DESTINATION ... is missing");
	names = util_strdup(to ? to : "");
	for (char *n = strtok_r(names, " \t,", &rest); n && status == 0;
	     n = strtok_r(NULL, " \t,", &rest))
		status = one_destination(&doc, n, bytes, why);
	free(names);
	doc_free(&doc);
	return status;
}
