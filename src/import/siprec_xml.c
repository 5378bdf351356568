/* SPDX-License-Identifier: ISC */
#include "siprec_xml.h"

#include <stdlib.h>
#include <string.h>

#include "text.h"

void
siprec_copy(char to[SIPREC_WORD], const char *from, size_t n)
{
	static const struct {
		const char *name, c[2];
	} entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""},
	    {"&apos;", "'"}, {"&amp;", "&"}};
	size_t made = 0;

	while (n > 0 && strchr(" \t\r\n", *from)) {
		from++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", from[n - 1]))
		n--;
	while (n > 0 && made < SIPREC_WORD - 1) {
		size_t skip = 1;

		to[made] = *from;
		for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
			if (n >= strlen(entities[i].name) &&
			    strncmp(from, entities[i].name,
				strlen(entities[i].name)) == 0) {
				to[made] = *entities[i].c;
				skip = strlen(entities[i].name);
			}
		made++;
		from += skip;
		n -= skip;
	}
	to[made] = '\0';
}

/* The name without its namespace. */
static void
take_tag_name(struct siprec_tag *t, const char *s, size_t n)
{
	const char *colon;

	n = strcspn(s, " \t\r\n/>") < n ? strcspn(s, " \t\r\n/>") : n;
	colon = memchr(s, ':', n);
	if (colon) {
		n -= (size_t)(colon + 1 - s);
		s = colon + 1;
	}
	siprec_copy(t->name, s, n);
}

/* The next tag, or NULL; comments and declarations are skipped. */
const char *
siprec_next(const char *p, struct siprec_tag *t)
{
	const char *end;

	while ((p = strchr(p, '<'))) {
		if (strncmp(p, "<!--", 4) == 0) {
			p = strstr(p, "-->");
			if (!p)
				return NULL;
			continue;
		}
		if (p[1] != '?' && p[1] != '!')
			break;
		p++;
	}
	end = p ? strchr(p, '>') : NULL;
	if (!end)
		return NULL;
	t->closes = p[1] == '/';
	t->empty = end[-1] == '/';
	p += 1 + t->closes;
	t->attributes = p;
	t->attributes_len = (size_t)(end - p);
	take_tag_name(t, p, t->attributes_len);
	siprec_copy(t->text, end + 1, strcspn(end + 1, "<"));
	return end + 1;
}

void
siprec_attribute(
    const struct siprec_tag *t, const char *name, char to[SIPREC_WORD])
{
	char *all = text_ndup(t->attributes, t->attributes_len);
	char *head = text_format("%s=", name), *at = strstr(all, head);

	to[0] = '\0';
	if (at) {
		at += strlen(head);
		if (*at == '"' || *at == '\'') {
			const char quote[2] = {*at, '\0'};
			siprec_copy(to, at + 1, strcspn(at + 1, quote));
		}
	}
	free(head);
	free(all);
}
