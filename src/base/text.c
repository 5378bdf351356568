/* SPDX-License-Identifier: ISC */
#include "text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

int
why_set(struct why *why, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	why->errnum = 0;
	return -1;
}

int
why_errno(struct why *why, const char *fmt, ...)
{
	int errnum = errno;
	size_t n;
	va_list ap;

	if (!why)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	n = strlen(why->text);
	(void)snprintf(why->text + n, sizeof why->text - n, "%s%s",
	    n > 0 ? ": " : "", strerror(errnum));
	why->errnum = errnum;
	errno = errnum;
	return -1;
}

int
why_later(struct why *why, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return -1;
	va_start(ap, fmt);
	(void)vsnprintf(why->text, sizeof why->text, fmt, ap);
	va_end(ap);
	why->errnum = EAGAIN;
	return -1;
}

int
why_in(struct why *why, const char *name)
{
	char *text;

	if (!why)
		return -1;
	text = text_format("%s: %s", name, why->text);
	(void)snprintf(why->text, sizeof why->text, "%s", text);
	free(text);
	return -1;
}

int
why_status(const struct why *why)
{
	/* Errors that depend on the name; all others are the machine's. */
	static const int content[] = {0, ENOENT, ENOTDIR, EISDIR, ELOOP,
	    ENAMETOOLONG, ENXIO, EINVAL, EXDEV, EILSEQ};

	for (size_t i = 0; i < sizeof content / sizeof *content; i++)
		if (why->errnum == content[i])
			return EXIT_GIVEN_UP;
	return EXIT_LATER;
}

char *
text_dup(const char *s)
{
	return s ? mem_must(strdup(s)) : NULL;
}

char *
text_ndup(const char *s, size_t n)
{
	return mem_must(strndup(s, n));
}

char *
text_format(const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return mem_must(s);
}

static void
make_text_room(struct buf *b, size_t n)
{
	if (b->len + n + 1 <= b->cap)
		return;
	b->cap = (b->len + n + 1) * 2;
	b->s = mem_resize(b->s, b->cap, 1);
}

void
buf_add(struct buf *b, const void *s, size_t n)
{
	make_text_room(b, n);
	if (n > 0)
		memcpy(b->s + b->len, s, n);
	b->len += n;
	b->s[b->len] = '\0';
}

void
buf_format(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	make_text_room(b, 64);
	va_start(ap, fmt);
	n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
	va_end(ap);
	mem_must(n < 0 ? NULL : b->s);
	if ((size_t)n >= b->cap - b->len) {
		make_text_room(b, (size_t)n);
		va_start(ap, fmt);
		n = vsnprintf(b->s + b->len, b->cap - b->len, fmt, ap);
		va_end(ap);
	}
	b->len += (size_t)n;
}

void
buf_percent(struct buf *b, const char *text, const char *keep)
{
	buf_add(b, "", 0);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (isalnum(*c) || strchr("-._~", *c) || strchr(keep, *c))
			buf_add(b, c, 1);
		else
			buf_format(b, "%%%02X", *c);
}

void
buf_free(struct buf *b)
{
	free(b->s);
	*b = (struct buf){0};
}

const char *
text_id_fault(const char *id)
{
	size_t n = strlen(id);

	if (n == 0)
		return "a call id cannot be empty";
	if (n > TEXT_ID_MAX)
		return "a call id has at most 128 bytes";
	if (id[0] == '.')
		return "a call id cannot begin with '.'";
	for (; *id; id++)
		if (!isalnum((unsigned char)*id) && !strchr("._-", *id))
			return "a call id has only letters, digits, '.', '_' "
			       "and '-'";
	return NULL;
}

/* The size of the UTF-8 character there; 0 if it is invalid. */
static size_t
utf8_length(const unsigned char *s)
{
	static const uint32_t least[] = {0, 0x80, 0x800, 0x10000};
	size_t more = *s < 0x80             ? 0
		      : (*s & 0xe0) == 0xc0 ? 1
		      : (*s & 0xf0) == 0xe0 ? 2
		      : (*s & 0xf8) == 0xf0 ? 3
					    : 4;
	uint32_t letter = more == 0 ? *s : *s & (0x3fU >> more);

	if (more > 3)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		letter = letter << 6 | (s[i] & 0x3f);
	}
	if (letter < least[more] || letter > 0x10ffff ||
	    (letter >= 0xd800 && letter <= 0xdfff))
		return 0;
	return more + 1;
}

bool
text_is_ascii(const char *text)
{
	while (*text && !(*text & 0x80))
		text++;
	return !*text;
}

bool
text_is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;

	for (; *s; s += n)
		if ((n = utf8_length(s)) == 0)
			return false;
	return true;
}

char *
text_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;
	char *copy = mem_alloc(2 * strlen(text) + 1), *to = copy;
	size_t n;

	for (; *s; s += n ? n : 1) {
		n = utf8_length(s);
		if (n > 0) {
			memcpy(to, s, n);
			to += n;
		} else if (*s < 0xa0) {
			*to++ = '_';
		} else {
			*to++ = (char)(0xc0 | *s >> 6);
			*to++ = (char)(0x80 | (*s & 0x3f));
		}
	}
	return copy;
}

char *
text_shown(const char *text)
{
	char *copy = text_utf8(text);

	for (unsigned char *s = (unsigned char *)copy; *s; s++) {
		/* C1 controls have two bytes in UTF-8. */
		if (*s < ' ' || *s == 127)
			*s = '_';
		else if (*s == 0xc2 && s[1] < 0xa0)
			*s = s[1] = '_';
	}
	return copy;
}

/* Levenshtein distance; names longer than 31 characters are not compared. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t row[33], la = strlen(a), lb = strlen(b);

	if (la > 31 || lb > 31)
		return 99;
	for (size_t j = 0; j <= lb; j++)
		row[j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			size_t cost = diagonal + (a[i - 1] != b[j - 1]);
			diagonal = row[j];
			if (row[j] + 1 < cost)
				cost = row[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			row[j] = cost;
		}
	}
	return row[lb];
}

int
text_index(const char *s, const char *const *list)
{
	for (int i = 0; list[i]; i++)
		if (strcmp(list[i], s) == 0)
			return i;
	return -1;
}

const char *
text_nearest(const char *s, const char *const *list)
{
	const char *best = NULL;
	size_t least = 1 + strlen(s) / 3;

	for (; *list; list++) {
		size_t d = edit_distance(s, *list);
		if (d <= least && (!best || d < least)) {
			best = *list;
			least = d;
		}
	}
	return best;
}
