/* SPDX-License-Identifier: ISC */
#include "component.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "unicode.h"

static bool
is_safe(char c)
{
	return c && strchr(COMPONENT_ASCII, c);
}

static void
note_component_change(struct component *c, enum component_change change)
{
	if (c->change < change)
		c->change = change;
}

static void
add_digits(char digits[9], const char *text, size_t n)
{
	char hex[HASH_HEX_SIZE];

	hash_text(HASH_SHA256, text, n, hex);
	(void)snprintf(digits, 9, "%.8s", hex);
}

/* The first n bytes are not ASCII. */
static int
add_latin(struct component *c, struct buf *b, const char *s, size_t n,
    struct why *why)
{
	char *latin = unicode_latin(s, n);
	size_t before = b->len;

	if (!latin)
		return why_later(why, "name: ICU cannot transliterate here: "
				      "no memory, or no data (Alpine: "
				      "install icu-data-full)");
	/* Apostrophes and the like, for letters that have no sound. */
	for (const char *p = latin; *p; p++)
		if (is_safe(*p))
			buf_add(b, p, 1);
	if (b->len == before)
		buf_add(b, "_", 1);
	note_component_change(c, COMPONENT_LETTER);
	free(latin);
	return 0;
}

static void
add_letters(struct component *c, struct buf *b, const char *s, size_t n)
{
	for (const char *end = s + n; s < end; s += n) {
		bool is = unicode_is_letter(s, b->len == 0, &n);

		buf_add(b, is ? s : "_", is ? n : 1);
		note_component_change(
		    c, is ? COMPONENT_SAME : COMPONENT_LETTER);
	}
}

/* Some servers remove dots at the end. */
static void
end_without_dots(struct component *c, struct buf *b)
{
	for (size_t i = b->len; i > 0 && b->s[i - 1] == '.'; i--) {
		b->s[i - 1] = '_';
		note_component_change(c, COMPONENT_SIGN);
	}
}

/* The text is UTF-8 in normal form C. */
static int
add_characters(struct component *c, const char *s, bool utf8, struct why *why)
{
	struct buf b = {0};
	int status = 0;

	buf_add(&b, "", 0);
	if (*s == '.')
		note_component_change(c, COMPONENT_SIGN);
	while (*s && status == 0) {
		size_t n = 0;

		while (s[n] & 0x80)
			n++;
		if (n > 0 && utf8) {
			add_letters(c, &b, s, n);
		} else if (n > 0) {
			status = add_latin(c, &b, s, n, why);
		} else if (is_safe(*s) && !(utf8 && *s == '.' && !b.len)) {
			buf_add(&b, s, n = 1);
		} else {
			buf_add(&b, "_", n = 1);
			note_component_change(c, COMPONENT_SIGN);
		}
		s += n;
	}
	if (utf8)
		end_without_dots(c, &b);
	c->text = b.s;
	return status;
}

int
component_make(
    struct component *c, const char *fact, size_t n, bool utf8, struct why *why)
{
	/* A name has no room for more, and transliteration takes its time. */
	enum { MOST = 1000 };
	char *raw = text_ndup(fact, n), *text, *nfc;
	size_t most = MOST;
	int status;

	*c = (struct component){.change = COMPONENT_SAME};
	if (text_is_ascii(raw)) {
		add_digits(c->digits, raw, n);
		status = add_characters(c, raw, utf8, why);
		free(raw);
		return status;
	}
	text = text_utf8(raw);
	nfc = unicode_nfc(text);
	if (text_is_utf8(raw)) {
		add_digits(c->digits, nfc, strlen(nfc));
	} else {
		add_digits(c->digits, raw, n);
		c->change = COMPONENT_LETTER;
	}
	if (strlen(nfc) > MOST) {
		while ((nfc[most] & 0xc0) == 0x80)
			most--;
		nfc[most] = '\0';
		c->change = COMPONENT_LETTER;
	}
	status = add_characters(c, nfc, utf8, why);
	free(nfc);
	free(text);
	free(raw);
	return status;
}

void
component_free(struct component *c)
{
	free(c->text);
	c->text = NULL;
}

/* The size of an ending such as .mp3, or 0. */
static size_t
ending(const char *s, size_t n)
{
	enum { MOST = 8 };

	for (size_t k = 1; k < n && k <= MOST; k++)
		if (s[n - k] == '.')
			return k;
		else if (!isalnum((unsigned char)s[n - k]))
			break;
	return 0;
}

static void
add_limited(struct buf *b, const char *s, size_t n)
{
	size_t end, cut;
	char digits[9];

	if (n <= COMPONENT_MAX) {
		buf_add(b, s, n);
		return;
	}
	end = ending(s, n);
	cut = COMPONENT_MAX - end - sizeof digits;
	while ((s[cut] & 0xc0) == 0x80) /* not within a character */
		cut--;
	add_digits(digits, s, n);
	buf_add(b, s, cut);
	buf_format(b, "-%s%.*s", digits, (int)end, s + n - end);
}

char *
component_limit(char *name)
{
	struct buf b = {0};

	buf_add(&b, "", 0);
	for (const char *s = name; *s; s += *s == '/') {
		size_t n = strcspn(s, "/");

		add_limited(&b, s, n);
		s += n;
		buf_add(&b, "/", *s == '/');
	}
	free(name);
	return b.s;
}
