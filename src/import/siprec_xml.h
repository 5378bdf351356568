/* SPDX-License-Identifier: ISC */
#ifndef SIPREC_XML_H
#define SIPREC_XML_H

/*
 * Parses the part of XML that SIPREC's metadata uses: one tag after another, each
 * with the text after it.
 *
 *	struct siprec_tag t;
 *	while ((xml = siprec_next(xml, &t)))
 *		siprec_attribute(&t, "stream_id", id);
 */

#include <stdbool.h>
#include <stddef.h>

enum { SIPREC_WORD = 128 };

struct siprec_tag {
	char name[SIPREC_WORD]; /* without its namespace */
	bool closes, empty;
	const char *attributes;
	size_t attributes_len;
	char text[SIPREC_WORD]; /* truncated, without spaces around it */
};

/* Parses the next tag. Returns what follows it, or NULL if there is none. */
const char *siprec_next(const char *xml, struct siprec_tag *t);
/* Gets the value of an attribute, or "". */
void siprec_attribute(
    const struct siprec_tag *t, const char *name, char to[SIPREC_WORD]);
/* Copies text without spaces around it, with its entities resolved. */
void siprec_copy(char to[SIPREC_WORD], const char *from, size_t n);

#endif
