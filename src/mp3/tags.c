/* SPDX-License-Identifier: ISC */
#include "tags.h"

#include <stdint.h>
#include <string.h>

enum { APE_HEAD = 32, ID3V1_BYTES = 128, WAVE_MP3 = 0x0055 };

const char *const tags_names[TAGS_KINDS + 1] = {
    "ID3v2", "ID3v1", "APE", "Lyrics3", "RIFF", NULL};

static uint32_t
little32(const unsigned char *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[1] << 8 | p[0];
}

static bool
has_magic(const unsigned char *p, size_t n, const char *text)
{
	return n >= strlen(text) && memcmp(p, text, strlen(text)) == 0;
}

static size_t
id3v2(const unsigned char *p, size_t n)
{
	size_t size = 10;

	if (n < 10 || memcmp(p, "ID3", 3) != 0 || p[3] == 0xFF ||
	    p[4] == 0xFF || ((p[6] | p[7] | p[8] | p[9]) & 0x80))
		return 0;
	size +=
	    (size_t)p[6] << 21 | (size_t)p[7] << 14 | (size_t)p[8] << 7 | p[9];
	if (p[5] & 0x10)
		size += 10; /* a footer */
	return size < n ? size : n;
}

/* Its size includes items and footer; flags show header and footer. */
static size_t
ape(const unsigned char *p, size_t n, bool want_header, size_t *size)
{
	uint32_t flags;

	if (n < APE_HEAD || !has_magic(p, n, "APETAGEX"))
		return 0;
	flags = little32(p + 20);
	*size = little32(p + 12);
	if (*size < APE_HEAD || (flags >> 29 & 1) != want_header)
		return 0;
	if (flags & 0x80000000U || want_header)
		*size += APE_HEAD;
	return *size;
}

size_t
tags_front(const unsigned char *p, size_t n, enum tags_kind *kind)
{
	size_t size;

	*kind = TAGS_ID3V2;
	if ((size = id3v2(p, n)) > 0)
		return size;
	*kind = TAGS_APE;
	if (ape(p, n, true, &size))
		return size < n ? size : n;
	*kind = TAGS_ID3V1;
	return has_magic(p, n, "TAG") && n >= ID3V1_BYTES ? ID3V1_BYTES : 0;
}

static size_t
id3v2_footer(const unsigned char *p, size_t n)
{
	const unsigned char *f = p + n - 10;
	size_t size;

	if (n < 20 || memcmp(f, "3DI", 3) != 0 ||
	    ((f[6] | f[7] | f[8] | f[9]) & 0x80))
		return 0;
	size = 20 + ((size_t)f[6] << 21 | (size_t)f[7] << 14 |
			(size_t)f[8] << 7 | f[9]);
	return size <= n && memcmp(p + n - size, "ID3", 3) == 0 ? size : 0;
}

static size_t
lyrics3(const unsigned char *p, size_t n)
{
	enum { LONGEST = 5100 + 20 };
	size_t size = 0;

	if (n >= 26 && memcmp(p + n - 9, "LYRICS200", 9) == 0) {
		for (size_t i = n - 15; i < n - 9; i++) {
			if (p[i] < '0' || p[i] > '9')
				return 0;
			size = 10 * size + (size_t)(p[i] - '0');
		}
		size += 15;
		return size <= n && has_magic(p + n - size, size, "LYRICSBEGIN")
			   ? size
			   : 0;
	}
	if (n < 20 || memcmp(p + n - 9, "LYRICSEND", 9) != 0)
		return 0;
	for (size = 20; size <= n && size <= LONGEST; size++)
		if (has_magic(p + n - size, size, "LYRICSBEGIN"))
			return size;
	return 0;
}

size_t
tags_back(const unsigned char *p, size_t n, enum tags_kind *kind)
{
	size_t size;

	*kind = TAGS_ID3V1;
	if (n >= ID3V1_BYTES && has_magic(p + n - ID3V1_BYTES, n, "TAG"))
		return ID3V1_BYTES;
	*kind = TAGS_APE;
	if (n >= APE_HEAD && ape(p + n - APE_HEAD, APE_HEAD, false, &size) &&
	    size <= n)
		return size;
	*kind = TAGS_LYRICS3;
	if ((size = lyrics3(p, n)) > 0)
		return size;
	*kind = TAGS_ID3V2;
	return id3v2_footer(p, n);
}

int
tags_riff(const unsigned char *p, size_t n, size_t *from, size_t *to)
{
	size_t at = 12;
	bool mp3 = false;

	if (n < 12 || !has_magic(p, n, "RIFF"))
		return 0;
	if (memcmp(p + 8, "WAVE", 4) != 0 && memcmp(p + 8, "RMP3", 4) != 0)
		return -1;
	mp3 = memcmp(p + 8, "RMP3", 4) == 0;
	while (n - at >= 8) {
		size_t size = little32(p + at + 4), left = n - at - 8;

		if (memcmp(p + at, "data", 4) == 0) {
			*from = at + 8;
			/* Written before its end was known: 0 or all ones. */
			*to = size == 0 || size > left ? n : *from + size;
			return mp3 ? 1 : -1;
		}
		if (memcmp(p + at, "fmt ", 4) == 0 && left >= 2)
			mp3 = (p[at + 8] | p[at + 9] << 8) == WAVE_MP3;
		size += size & 1;
		if (size > left)
			break;
		at += 8 + size;
	}
	return -1;
}
