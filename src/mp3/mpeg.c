/* SPDX-License-Identifier: ISC */
#include "mpeg.h"

#include <stdbool.h>
#include <string.h>

#include "crc.h"

enum { TAG_BYTES = 156, VBRI = 36 };

static const unsigned kbps_mpeg1[16] = {
    0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0};
static const unsigned kbps_lsf[16] = {
    0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0};
static const unsigned rates[3] = {44100, 48000, 32000};

int
mpeg_parse(const unsigned char h[4], struct mpeg *m)
{
	unsigned version = h[1] >> 3 & 3; /* 0: 2.5, 2: 2, 3: 1 */
	unsigned index = h[2] >> 4, rate = h[2] >> 2 & 3;

	if (h[0] != 0xFF || (h[1] & 0xE0) != 0xE0 || version == 1 ||
	    (h[1] & 6) != 2 || index == 15 || rate == 3 || (h[3] & 3) == 2)
		return -1;
	m->lsf = version != 3;
	m->rate = rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
	m->channels = h[3] >> 6 == 3 ? 1 : 2;
	m->kbps = (m->lsf ? kbps_lsf : kbps_mpeg1)[index];
	m->samples = m->lsf ? 576 : 1152;
	m->side =
	    m->lsf ? (m->channels == 2 ? 17 : 9) : (m->channels == 2 ? 32 : 17);
	m->head = h[1] & 1 ? 4 : 6;
	m->bytes = m->kbps == 0
		       ? 0
		       : (m->lsf ? 72000U : 144000U) * m->kbps / m->rate +
			     (h[2] >> 1 & 1);
	return 0;
}

bool
mpeg_same(const unsigned char a[4], const unsigned char b[4])
{
	return a[0] == b[0] && (a[1] & 0xFE) == (b[1] & 0xFE) &&
	       (a[2] & 0x0C) == (b[2] & 0x0C) &&
	       (a[3] >> 6 == 3) == (b[3] >> 6 == 3);
}

unsigned
mpeg_main_data_begin(const unsigned char *frame, const struct mpeg *m)
{
	const unsigned char *s = frame + m->head;

	return m->lsf ? s[0] : (unsigned)s[0] << 1 | s[1] >> 7;
}

/* The first bit rate, from number `first`, whose frame has n bytes. */
static size_t
room_from(unsigned first, const unsigned char like[4], size_t n,
    unsigned char header[4])
{
	struct mpeg m;

	memcpy(header, like, 4);
	header[1] |= 1;
	for (unsigned i = first; i < 15; i++) {
		header[2] = (unsigned char)(i << 4 | (like[2] & 0x0C));
		if (mpeg_parse(header, &m) == 0 && m.bytes >= n)
			return m.bytes;
	}
	return 0;
}

size_t
mpeg_smallest(const unsigned char like[4], size_t n, unsigned char header[4])
{
	return room_from(1, like, n, header);
}

size_t
mpeg_room(const unsigned char like[4], unsigned free_bytes, size_t n,
    unsigned char header[4])
{
	if (free_bytes == 0)
		return mpeg_smallest(like, n, header);
	memcpy(header, like, 4);
	header[1] |= 1;
	header[2] &= 0x0C;
	return free_bytes >= n ? free_bytes : 0;
}

void
mpeg_header(
    unsigned rate, unsigned channels, unsigned kbps, unsigned char header[4])
{
	unsigned version = rate >= 32000 ? 3 : rate >= 16000 ? 2 : 0;
	unsigned full = rate << (version == 3 ? 0 : version == 2 ? 1 : 2);
	unsigned index = full == 44100 ? 0 : full == 48000 ? 1 : 2;

	header[0] = 0xFF;
	header[1] = (unsigned char)(0xE3 | version << 3);
	header[2] = (unsigned char)(0x10 | index << 2);
	header[3] = channels == 1 ? 0xC4 : 0x04;
	for (unsigned i = 1; i < 15; i++)
		if ((version == 3 ? kbps_mpeg1 : kbps_lsf)[i] == kbps)
			header[2] =
			    (unsigned char)(i << 4 | (header[2] & 0x0F));
}

uint16_t
mpeg_crc(uint16_t crc, const void *data, size_t n)
{
	return crc_add(crc, data, n);
}

/*
 * Tools that read only the first frame use its bit rate for the whole file: it
 * is that of the sound, or the next with enough room. With a variable bit rate
 * the tag is as small as possible.
 */
static size_t
info_header(const struct mpeg_info *i, unsigned char header[4])
{
	struct mpeg m;
	size_t n;

	if (mpeg_parse(i->like, &m) != 0)
		return 0;
	n = 4 + m.side + TAG_BYTES;
	if (i->free_bytes)
		return mpeg_room(i->like, i->free_bytes, n, header);
	return room_from(i->vbr ? 1 : i->like[2] >> 4, i->like, n, header);
}

size_t
mpeg_info_size(const struct mpeg_info *i)
{
	unsigned char header[4];

	return info_header(i, header);
}

static unsigned char *
big(unsigned char *p, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (unsigned char)(v >> (8 * i));
	return p;
}

/* Delay and padding have twelve bits each. */
static uint64_t
delays(const struct mpeg_info *i)
{
	uint64_t delay = i->delay > 4095 ? 4095 : i->delay;

	return delay << 12 | (i->padding > 4095 ? 4095 : i->padding);
}

/* The part of the tag that LAME added. */
static unsigned char *
extension(const struct mpeg_info *i, uint64_t total, unsigned char *p)
{
	memcpy(p, "LAME3.100", 9);
	p += 9;
	*p++ = i->vbr ? 3 : 1;
	p = big(p, i->lowpass_hz / 100, 1);
	p += 9; /* no replay gain, no flags: zeros */
	p = big(p, i->kbps > 255 ? 255 : i->kbps, 1);
	p = big(p, delays(i), 3);
	p = big(p, 0, 4);
	p = big(p, total, 4);
	return big(p, i->crc, 2);
}

size_t
mpeg_info(const struct mpeg_info *i, unsigned char out[MPEG_INFO_MAX])
{
	unsigned char *p = out;
	struct mpeg m = {0};
	uint64_t total;
	size_t size;

	memset(out, 0, MPEG_INFO_MAX);
	(void)mpeg_parse(i->like, &m);
	size = info_header(i, out);
	total = i->bytes + size;
	p += 4 + m.side;
	memcpy(p, i->vbr ? "Xing" : "Info", 4);
	/* If frames are counted, some players drop a decoder's delay. */
	p = big(p + 4, i->plain ? 0x0E : 0x0F, 4);
	if (!i->plain)
		p = big(p, i->frames, 4);
	p = big(p, total, 4);
	for (unsigned k = 0; k < 100; k++)
		*p++ = i->toc ? i->toc[k] : (unsigned char)(k * 256 / 100);
	p = big(p, i->quality, 4);
	/* A tag without delays ends here. */
	if (i->plain)
		return size;
	p = extension(i, total, p);
	(void)big(p, mpeg_crc(0, out, (size_t)(p - out)), 2);
	return size;
}

/* The place of "Xing" or "Info" in a frame, with or without its CRC, or 0. */
static size_t
info_place(const unsigned char *frame, size_t n)
{
	struct mpeg m;
	size_t at;

	if (n < 4 || mpeg_parse(frame, &m) != 0)
		return 0;
	/* Most writers compute it without the CRC, even if there is one. */
	for (at = 4 + m.side; at <= m.head + m.side; at += 2)
		if (at + 8 <= n && (memcmp(frame + at, "Xing", 4) == 0 ||
				       memcmp(frame + at, "Info", 4) == 0))
			return at;
	return 0;
}

static uint32_t
header_bits(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

/* LAME's extension, or what other encoders write there. */
static void
find_delays(struct mpeg_tag *t, const unsigned char *frame, size_t at, size_t n)
{
	static const char *const writers[] = {"LAME", "Lavf", "Lavc", "GOGO"};

	if (at + 36 > n)
		return;
	for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
		if (memcmp(frame + at, writers[i], 4) == 0)
			t->extension = at;
	if (t->extension == 0)
		return;
	t->delay = (unsigned)frame[at + 21] << 4 | frame[at + 22] >> 4;
	t->padding = (unsigned)(frame[at + 22] & 15) << 8 | frame[at + 23];
}

bool
mpeg_tag(const unsigned char *frame, size_t n, struct mpeg_tag *t)
{
	size_t at = info_place(frame, n);
	uint32_t flags;

	*t = (struct mpeg_tag){.kind = MPEG_TAG_NONE};
	if (at == 0) {
		if (n >= VBRI + 26 && memcmp(frame + VBRI, "VBRI", 4) == 0) {
			t->kind = MPEG_TAG_VBRI;
			t->frames = header_bits(frame + VBRI + 14);
		}
		return t->kind != MPEG_TAG_NONE;
	}
	t->kind = MPEG_TAG_XING;
	flags = header_bits(frame + at + 4);
	at += 8;
	if (flags & 1 && at + 4 <= n) {
		t->frames_at = at;
		t->frames = header_bits(frame + at);
	}
	at += flags & 1 ? 4 : 0;
	if (flags & 2 && at + 4 <= n)
		t->bytes_at = at;
	at += flags & 2 ? 4 : 0;
	if (flags & 4 && at + 100 <= n)
		t->toc_at = at;
	at += (flags & 4 ? 100 : 0) + (flags & 8 ? 4 : 0);
	find_delays(t, frame, at, n);
	return true;
}

static void
update_vbri(unsigned char *frame, size_t n, const struct mpeg_info *i)
{
	unsigned char *v = frame + VBRI;
	unsigned entries = (unsigned)v[18] << 8 | v[19];
	unsigned size = (unsigned)v[22] << 8 | v[23];
	uint64_t step = entries ? (i->frames + entries - 1) / entries : 0;
	uint64_t scale = (unsigned)v[20] << 8 | v[21];

	(void)big(v + 10, i->bytes + n, 4);
	(void)big(v + 14, i->frames + 1, 4);
	if (size < 1 || size > 4 || scale == 0 ||
	    VBRI + 26 + (size_t)entries * size > n)
		return;
	(void)big(v + 24, step, 2);
	for (unsigned k = 0; k < entries; k++)
		(void)big(v + 26 + (size_t)k * size, i->bytes / entries / scale,
		    (int)size);
}

void
mpeg_tag_update(unsigned char *frame, size_t n, const struct mpeg_info *i)
{
	struct mpeg_tag t;
	uint64_t total = i->bytes + n;

	if (!mpeg_tag(frame, n, &t))
		return;
	if (t.kind == MPEG_TAG_VBRI) {
		update_vbri(frame, n, i);
		return;
	}
	if (t.frames_at)
		(void)big(frame + t.frames_at, i->frames, 4);
	if (t.bytes_at)
		(void)big(frame + t.bytes_at, total, 4);
	if (t.toc_at && i->toc)
		memcpy(frame + t.toc_at, i->toc, 100);
	if (t.extension == 0)
		return;
	(void)big(frame + t.extension + 21, delays(i), 3);
	(void)big(frame + t.extension + 28, total, 4);
	(void)big(frame + t.extension + 32, i->crc, 2);
	(void)big(
	    frame + t.extension + 34, crc_add(0, frame, t.extension + 34), 2);
}
