/* SPDX-License-Identifier: ISC */
#ifndef COMPONENT_H
#define COMPONENT_H

/*
 * The components of names at a destination, the parts between slashes: makes
 * them of facts, which are strangers' words, so that they name nothing else.
 *
 * Of ASCII a component has only [A-Za-z0-9._-], every other character becomes
 * '_'. Other letters are transliterated, or, in UTF-8, kept in normal form C;
 * what is no letter, mark or digit there becomes '_', too: controls, signs that
 * are not seen or turn the direction of text, look-alikes of a slash.
 */

#include <stdbool.h>
#include <stddef.h>

#include "text.h"

/* Its bytes. While a file is made it is .NAME.new, NAME may become NAME.json or
 * NAME.cms, and file systems allow 255. */
#define COMPONENT_MAX 240

#define COMPONENT_ASCII                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" \
	"._-"

enum component_change {
	COMPONENT_SAME,
	COMPONENT_SIGN,  /* only characters of ASCII were replaced */
	COMPONENT_LETTER /* others were replaced, or it was no UTF-8 */
};

struct component {
	char *text;
	enum component_change change;
	char digits[9]; /* of the SHA-256 of the fact in normal form C */
};

/*
 * Makes one of n bytes without a slash. In ASCII a dot at the beginning stays,
 * but is a change. To be freed by component_free(), also after -1 with why: the
 * machine has no transliteration.
 */
int component_make(struct component *c, const char *fact, size_t n, bool utf8,
    struct why *why);
void component_free(struct component *c);

/*
 * The name with each longer component cut to COMPONENT_MAX: a hyphen and digits
 * of its hash are put before its ending, such as .mp3. Frees name.
 */
char *component_limit(char *name);

#endif
