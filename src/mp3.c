/* SPDX-License-Identifier: ISC */
#include "mp3.h"

#include <stdlib.h>
#include <string.h>

/* What a decoder delays by, besides the encoder's own delay. */
enum { DECODER = 529, AGREE = 3, PADDING_MAX = 4095 };

/* The bytes of an ID3v2 tag at p, or 0. */
static size_t
id3_bytes(const unsigned char *p, size_t n)
{
	size_t size = 10;

	if (n < 10 || memcmp(p, "ID3", 3) != 0 ||
	    ((p[6] | p[7] | p[8] | p[9]) & 0x80))
		return 0;
	size +=
	    (size_t)p[6] << 21 | (size_t)p[7] << 14 | (size_t)p[8] << 7 | p[9];
	if (p[5] & 0x10)
		size += 10; /* a footer */
	return size < n ? size : n;
}

/* A whole frame stands at `at` and agrees with the stream, if there is one. */
static bool
frame_at(const struct mp3 *m, size_t at, struct mpeg *f)
{
	return at + 4 <= m->n && mpeg_parse(m->p + at, f) == 0 &&
	       f->bytes > f->head + f->side && at + f->bytes <= m->n &&
	       (m->like[0] == 0 || mpeg_same(m->like, m->p + at));
}

/* Three in a row agree, or as many as there are before the file's end. */
static bool
sync_at(const struct mp3 *m, size_t at)
{
	const unsigned char *first = m->p + at;
	struct mpeg f;

	for (int i = 0; i < AGREE; i++) {
		if (!frame_at(m, at, &f) || !mpeg_same(first, m->p + at))
			return false;
		at += f.bytes;
		if (m->like[0] && at == m->n)
			return true;
	}
	return true;
}

static bool
find_sync(const struct mp3 *m, size_t *at)
{
	while (*at + 4 <= m->n) {
		const unsigned char *next =
		    memchr(m->p + *at, 0xFF, m->n - *at - 3);
		size_t skip;

		if (!next)
			return false;
		*at = (size_t)(next - m->p);
		if (sync_at(m, *at))
			return true;
		skip = id3_bytes(m->p + *at, m->n - *at);
		*at += skip ? skip : 1;
	}
	return false;
}

static uint32_t
be32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* LAME's extension, or what others write in its place. */
static void
read_delays(struct mp3 *m, const unsigned char *x)
{
	if (memcmp(x, "LAME", 4) != 0 && memcmp(x, "Lavf", 4) != 0 &&
	    memcmp(x, "Lavc", 4) != 0 && memcmp(x, "GOGO", 4) != 0)
		return;
	m->tagged = true;
	m->delay = (unsigned)x[21] << 4 | x[22] >> 4;
	m->padding = (unsigned)(x[22] & 15) << 8 | x[23];
}

/* True if the frame is a Xing, Info or VBRI frame, which holds no audio. */
static bool
is_tag_frame(struct mp3 *m, const unsigned char *frame, const struct mpeg *f)
{
	const unsigned char *x = frame + 4 + f->side, *end = frame + f->bytes;
	uint32_t flags;

	if (f->bytes >= 36 + 26 && memcmp(frame + 36, "VBRI", 4) == 0)
		return true;
	if (x + 8 > end ||
	    (memcmp(x, "Xing", 4) != 0 && memcmp(x, "Info", 4) != 0))
		return false;
	flags = be32(x + 4);
	x += 8;
	if (flags & 1) {
		if (x + 4 > end)
			return true;
		m->tag_frames = be32(x);
		x += 4;
	}
	x += (flags & 2 ? 4 : 0) + (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
	if (x + 36 <= end)
		read_delays(m, x);
	return true;
}

static void
add_frame(struct mp3 *m, size_t at, const struct mpeg *f)
{
	if ((m->frames & (m->frames - 1)) == 0)
		m->frame = util_resize(
		    m->frame, m->frames ? 2 * m->frames : 1, sizeof *m->frame);
	m->frame[m->frames++] = at;
	m->end = at + f->bytes;
	m->vbr |= f->kbps != m->format.kbps;
	m->reservoir |= mpeg_main_data_begin(m->p + at, f) != 0;
}

static void
walk(struct mp3 *m, size_t at)
{
	struct mpeg f;

	for (;;) {
		while (frame_at(m, at, &f)) {
			add_frame(m, at, &f);
			at += f.bytes;
		}
		/* Junk, or the end. */
		if (!find_sync(m, &at))
			return;
	}
}

int
mp3_scan(struct mp3 *m, const unsigned char *p, size_t n, struct why *why)
{
	struct mpeg f;
	size_t at = 0, skip;

	*m = (struct mp3){.p = p, .n = n};
	while ((skip = id3_bytes(p + at, n - at)) > 0)
		at += skip;
	m->id3 = at;
	if (n == 0)
		return why_set(why, "the file is empty");
	if (!find_sync(m, &at))
		return why_set(why, "no MPEG layer III audio in it");
	memcpy(m->like, p + at, 4);
	(void)mpeg_parse(p + at, &m->format);
	if (frame_at(m, at, &f) && is_tag_frame(m, p + at, &f)) {
		at += f.bytes;
		if (frame_at(m, at, &f))
			m->format = f;
	}
	walk(m, at);
	if (m->frames == 0) {
		mp3_free(m);
		return why_set(why, "no MPEG layer III audio in it");
	}
	if (m->tag_frames == 0)
		m->tag_frames = m->frames;
	return 0;
}

void
mp3_free(struct mp3 *m)
{
	free(m->frame);
	*m = (struct mp3){0};
}

void
mp3_kept(const struct mp3 *m, int64_t *from, int64_t *to)
{
	int64_t gone = (int64_t)m->padding - DECODER;
	int64_t end = (int64_t)m->frames * m->format.samples;

	*from = 0;
	*to = end;
	if (!m->tagged)
		return;
	*from = m->delay + DECODER;
	*to =
	    (int64_t)m->tag_frames * m->format.samples - (gone > 0 ? gone : 0);
	/*
	 * Where frames are lost at the end there is no padding to drop, and a
	 * count too low for the 12 bits of padding is not to be believed.
	 */
	if (*to > end || end - *to > PADDING_MAX - DECODER)
		*to = end;
	if (*to < *from)
		*to = *from;
}
