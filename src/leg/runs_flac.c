/* SPDX-License-Identifier: ISC */
/* The frames of FLAC: RFC 9639. */
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "mem.h"
#include "runs.h"
#include "text.h"

enum {
	WINDOW = 1 << 20,    /* bytes of the file at a time */
	FRAME_MOST = 1 << 19 /* bytes; real frames have some thousands */
};

/* The next bytes of the file, from `at`, are buffer[next, have). */
struct window {
	int fd;
	unsigned char *buffer;
	size_t next, have;
	int64_t at;
	bool ended;
};

struct header {
	int64_t at; /* first sample */
	unsigned samples;
};

/* Polynomials 0x07 and 0x8005, most significant bit first (sections 9.1.8 and
 * 9.3). */
static uint8_t
crc8(const unsigned char *p, size_t n)
{
	unsigned crc = 0;

	while (n-- > 0) {
		crc ^= *p++;
		for (int i = 0; i < 8; i++)
			crc = crc << 1 ^ (crc & 0x80 ? 0x107 : 0);
	}
	return (uint8_t)crc;
}

static const uint16_t *
crc16_table(void)
{
	static _Thread_local uint16_t table[256];

	for (unsigned i = 0; i < 256 && table[255] == 0; i++) {
		unsigned crc = i << 8;

		for (int k = 0; k < 8; k++)
			crc = crc << 1 ^ (crc & 0x8000 ? 0x8005 : 0);
		table[i] = (uint16_t)crc;
	}
	return table;
}

/* Reads a whole frame, or the rest of the file. 0, or -1 with errno. */
static int
fill_window(struct window *w)
{
	ssize_t n;

	if (w->ended || w->have - w->next >= FRAME_MOST)
		return 0;
	memmove(w->buffer, w->buffer + w->next, w->have - w->next);
	w->have -= w->next;
	w->next = 0;
	n = io_pread(w->fd, w->buffer + w->have, WINDOW - w->have,
	    w->at + (int64_t)w->have);
	if (n < 0)
		return -1;
	w->have += (size_t)n;
	w->ended = w->have < WINDOW;
	return 0;
}

/* A number of 1 to 7 bytes, encoded like UTF-8. Its bytes; 0: invalid. */
static size_t
coded_number(const unsigned char *p, size_t n, int64_t *value)
{
	size_t more = 0;

	if (n == 0)
		return 0;
	while (more < 7 && p[0] & (0x80 >> more))
		more++;
	if (more == 1 || more > n)
		return 0;
	*value = more == 0 ? p[0] : p[0] & (0x7F >> more);
	for (size_t i = 1; i < more; i++) {
		if ((p[i] & 0xC0) != 0x80)
			return 0;
		*value = *value << 6 | (p[i] & 0x3F);
	}
	return more == 0 ? 1 : more;
}

/* Section 9.1: true if there is a frame header at p. fixed: samples per frame
 * of the stream, if its frames are numbered. */
static bool
parse_flac_header(
    const unsigned char *p, size_t n, unsigned fixed, struct header *h)
{
	static const unsigned few[] = {0, 192, 576, 1152, 2304, 4608};
	size_t k, at = 4;
	unsigned size, rate;

	if (n < 16 || p[0] != 0xFF || (p[1] & 0xFE) != 0xF8 || p[3] & 1)
		return false;
	size = p[2] >> 4;
	rate = p[2] & 15;
	if (size == 0 || rate == 15 || p[3] >> 4 > 10)
		return false;
	k = coded_number(p + at, n - at, &h->at);
	if (k == 0)
		return false;
	at += k;
	if (size == 6)
		h->samples = p[at] + 1U;
	else if (size == 7)
		h->samples = (p[at] << 8 | p[at + 1]) + 1U;
	else
		h->samples = size < 6 ? few[size] : 256U << (size - 8);
	at += size == 6 ? 1 : size == 7 ? 2 : 0;
	at += rate == 12 ? 1 : rate > 12 ? 2 : 0;
	if (at >= n || crc8(p, at) != p[at])
		return false;
	if (!(p[1] & 1))
		h->at *= fixed;
	return true;
}

/* The size of the frame at the beginning of the window, whose CRC is right; 0:
 * there is none. */
static size_t
frame_bytes(const struct window *w, unsigned fixed)
{
	const uint16_t *table = crc16_table();
	const unsigned char *p = w->buffer + w->next;
	size_t have = w->have - w->next;
	size_t most = have < FRAME_MOST ? have : FRAME_MOST;
	struct header next;
	unsigned crc = 0;

	for (size_t i = 0; i < most; i++) {
		if (crc == 0 && i > 8 && p[i] == 0xFF &&
		    parse_flac_header(p + i, have - i, fixed, &next))
			return i;
		crc = (crc << 8 ^ table[(crc >> 8 ^ p[i]) & 0xFF]) & 0xFFFF;
	}
	return crc == 0 && w->ended && most == have ? most : 0;
}

/* The end of the metadata; 0: not FLAC; -1 with errno. */
static int64_t
read_metadata(int fd, struct runs *r, unsigned *fixed)
{
	unsigned char h[42] = "";
	int64_t at = 4;
	bool last = false;
	ssize_t n = io_pread(fd, h, sizeof h, 0);

	if (n < 0)
		return -1;
	if (n != sizeof h || memcmp(h, "fLaC", 4) != 0 || (h[4] & 0x7F) != 0)
		return 0;
	r->head = mem_alloc(sizeof h);
	r->head_bytes = sizeof h;
	*fixed = h[8] << 8 | h[9];
	r->total = ((int64_t)(h[21] & 15) << 32) | (int64_t)h[22] << 24 |
		   h[23] << 16 | h[24] << 8 | h[25];
	/* The head of each run: the last metadata block, no length, no
	 * checksum. */
	memcpy(r->head, h, sizeof h);
	r->head[4] |= 0x80;
	r->head[21] &= 0xF0;
	memset(r->head + 22, 0, sizeof h - 22);
	for (int i = 0; i < 1000 && !last; i++) {
		n = io_pread(fd, h, 4, at);
		if (n != 4)
			return n < 0 ? -1 : 0;
		last = h[0] & 0x80;
		at += 4 + (h[1] << 16 | h[2] << 8 | h[3]);
	}
	return last ? at : 0;
}

static void
take_flac_frame(
    struct runs *r, int64_t from, int64_t to, const struct header *h)
{
	struct run *last = r->runs > 0 ? &r->run[r->runs - 1] : NULL;

	if (last && last->to == from && last->end == h->at) {
		runs_grow(r, to, h->at + h->samples);
		return;
	}
	/* Numbers must rise. */
	if (last && h->at < last->end) {
		r->unsure = true;
		return;
	}
	if (!last)
		r->start = h->at;
	runs_add(r, from, to, h->at + h->samples);
}

static int
walk_flac(struct window *w, struct runs *r, unsigned fixed)
{
	struct header h;

	for (;;) {
		size_t bytes = 0;

		if (fill_window(w) != 0)
			return -1;
		if (w->next == w->have)
			return 0;
		if (parse_flac_header(
			w->buffer + w->next, w->have - w->next, fixed, &h))
			bytes = frame_bytes(w, fixed);
		if (bytes > 0)
			take_flac_frame(r, w->at, w->at + (int64_t)bytes, &h);
		else
			bytes = 1;
		w->next += bytes;
		w->at += (int64_t)bytes;
	}
}

int
runs_flac(int fd, struct runs *r, struct why *why)
{
	struct window w = {.fd = fd};
	unsigned fixed;
	int status;

	w.at = read_metadata(fd, r, &fixed);
	if (w.at == 0)
		return 0;
	if (w.at < 0)
		return why_errno(why, "FLAC");
	w.buffer = mem_alloc(WINDOW);
	status = walk_flac(&w, r, fixed);
	if (status != 0)
		why_errno(why, "FLAC");
	free(w.buffer);
	return status != 0 ? -1 : r->runs > 0;
}
