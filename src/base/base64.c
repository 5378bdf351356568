/* SPDX-License-Identifier: ISC */
#include "base64.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

static const char digits[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char *
base64_encode(const void *p, size_t n)
{
	const unsigned char *in = p;
	char *text = mem_alloc(n / 3 * 4 + 5), *out = text;

	for (size_t i = 0; i < n; i += 3) {
		unsigned left = n - i < 3 ? (unsigned)(n - i) : 3;
		unsigned v = (unsigned)in[i] << 16;

		v |= left > 1 ? (unsigned)in[i + 1] << 8 : 0;
		v |= left > 2 ? in[i + 2] : 0;
		*out++ = digits[v >> 18];
		*out++ = digits[v >> 12 & 63];
		*out++ = left > 1 ? digits[v >> 6 & 63] : '=';
		*out++ = left > 2 ? digits[v & 63] : '=';
	}
	return text;
}

char *
base64_url(const void *p, size_t n)
{
	char *text = base64_encode(p, n);

	text[strcspn(text, "=")] = '\0';
	for (char *c = text; *c; c++)
		*c = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
	return text;
}

/* The value of four digits, of which the last `pads` are '='; -1: invalid. */
static int32_t
quad(const char *s, unsigned pads)
{
	int32_t v = 0;

	for (unsigned i = 0; i < 4; i++) {
		const char *d =
		    i < 4 - pads ? memchr(digits, s[i], 64) : digits;

		if (!d)
			return -1;
		v = v << 6 | (int32_t)(d - digits);
	}
	/* The bits that the padding leaves unused must be zero. */
	return (pads == 1 && v & 0xff) || (pads == 2 && v & 0xffff) ? -1 : v;
}

unsigned char *
base64_decode(const char *text, size_t *n)
{
	size_t len = strlen(text);
	unsigned char *out;

	*n = 0;
	if (len % 4 != 0)
		return NULL;
	out = mem_alloc(len / 4 * 3 + 1);
	for (size_t i = 0; i < len; i += 4) {
		unsigned pads = 0;
		int32_t v;

		if (i + 4 == len && text[len - 1] == '=')
			pads = text[len - 2] == '=' ? 2 : 1;
		v = quad(text + i, pads);
		if (v < 0) {
			explicit_bzero(out, *n);
			free(out);
			return NULL;
		}
		for (unsigned k = 0; k < 3 - pads; k++)
			out[(*n)++] = (unsigned char)(v >> (16 - 8 * k));
	}
	return out;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *
base64_of_hex(const char *hex)
{
	unsigned char raw[64];
	size_t n = strlen(hex) / 2;

	if (strlen(hex) % 2 || n > sizeof raw)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		int high = nibble(hex[2 * i]), low = nibble(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return NULL;
		raw[i] = (unsigned char)(high << 4 | low);
	}
	return base64_encode(raw, n);
}
