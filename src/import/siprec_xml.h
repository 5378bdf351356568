/* SPDX-License-Identifier: ISC */
#ifndef SIPREC_XML_H
#define SIPREC_XML_H

/*
 * As much of XML as the metadata of SIPREC is made of: one tag after another,
 * each with the text behind it.
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
	char text[SIPREC_WORD]; /* cut off there, without spaces around it */
};

/* What stands behind the next tag, or NULL where there is none. */
const char *siprec_next(const char *xml, struct siprec_tag *t);
/* Its value, or "". */
void siprec_attribute(
    const struct siprec_tag *t, const char *name, char to[SIPREC_WORD]);
/* Without spaces around it, and with its entities resolved. */
void siprec_copy(char to[SIPREC_WORD], const char *from, size_t n);

#endif
