/* SPDX-License-Identifier: ISC */
#ifndef UNICODE_H
#define UNICODE_H

/*
 * What ICU knows about characters: normal forms (UAX 15), properties (UAX 44)
 * and transliteration (CLDR). All texts are valid UTF-8 (text_is_utf8()).
 *
 * ICU and not the //TRANSLIT of iconv: that depends on the locale, and musl has
 * none. utf8proc has no transliteration, and GLib has none for Cyrillic, Greek
 * and letters such as the Polish L.
 */

#include <stdbool.h>
#include <stddef.h>

/* The text in normal form C, to be freed. */
char *unicode_nfc(const char *text);
/*
 * True if the first character of s, which is in normal form C, is a letter, a
 * mark or a digit that a server cannot take for something else: it is visible,
 * and what it is compatible with (NFKD) consists of such characters. A slash of
 * full width is none, and a fraction with a slash in it is none. first: nothing
 * of its kind comes before it, so that it may not join what does. *n is its
 * size in bytes.
 */
bool unicode_is_letter(const char *s, bool first, size_t *n);
/*
 * The first n bytes in Latin letters without marks, to be freed: what ICU knows,
 * in ASCII; the rest, such as a telephone sign, is as it was. Russian letters
 * are written as the BGN does. NULL: ICU's data do not have it (Alpine has them
 * in icu-data-full).
 */
char *unicode_latin(const char *s, size_t n);

#endif
