/* SPDX-License-Identifier: ISC */
#include "mpeg.h"

#include <string.h>

enum { TAG_BYTES = 156 };

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

size_t
mpeg_smallest(const unsigned char like[4], size_t n, unsigned char header[4])
{
	struct mpeg m;

	memcpy(header, like, 4);
	header[1] |= 1;
	for (unsigned i = 1; i < 15; i++) {
		header[2] = (unsigned char)(i << 4 | (like[2] & 0x0C));
		if (mpeg_parse(header, &m) == 0 && m.bytes >= n)
			return m.bytes;
	}
	return 0;
}

void
mpeg_header(unsigned rate, unsigned channels, unsigned char header[4])
{
	unsigned version = rate >= 32000 ? 3 : rate >= 16000 ? 2 : 0;
	unsigned full = rate << (version == 3 ? 0 : version == 2 ? 1 : 2);
	unsigned index = full == 44100 ? 0 : full == 48000 ? 1 : 2;

	header[0] = 0xFF;
	header[1] = (unsigned char)(0xE3 | version << 3);
	header[2] = (unsigned char)(0x10 | index << 2);
	header[3] = channels == 1 ? 0xC4 : 0x04;
}

uint16_t
mpeg_crc(uint16_t crc, const void *data, size_t n)
{
	static uint16_t table[8][256];
	const unsigned char *p = data;

	/* Eight bytes at a time ("slicing"): the table is made once. */
	if (table[0][1] == 0) {
		for (unsigned i = 0; i < 256; i++) {
			unsigned c = i;
			for (int k = 0; k < 8; k++)
				c = c & 1 ? c >> 1 ^ 0xA001 : c >> 1;
			table[0][i] = (uint16_t)c;
		}
		for (int t = 1; t < 8; t++)
			for (unsigned i = 0; i < 256; i++)
				table[t][i] =
				    (uint16_t)(table[t - 1][i] >> 8 ^
					       table[0][table[t - 1][i] & 255]);
	}
	for (; n >= 8; n -= 8, p += 8)
		crc = table[7][p[0] ^ (crc & 255)] ^
		      table[6][p[1] ^ (crc >> 8)] ^ table[5][p[2]] ^
		      table[4][p[3]] ^ table[3][p[4]] ^ table[2][p[5]] ^
		      table[1][p[6]] ^ table[0][p[7]];
	for (; n > 0; n--, p++)
		crc = (uint16_t)(crc >> 8 ^ table[0][(crc ^ *p) & 255]);
	return crc;
}

size_t
mpeg_info_size(const unsigned char like[4])
{
	unsigned char header[4];
	struct mpeg m;

	if (mpeg_parse(like, &m) != 0)
		return 0;
	return mpeg_smallest(like, 4 + m.side + TAG_BYTES, header);
}

static unsigned char *
big(unsigned char *p, uint64_t v, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		*p++ = (unsigned char)(v >> (8 * i));
	return p;
}

/* The quarter of the tag that LAME added. */
static unsigned char *
extension(const struct mpeg_info *i, uint64_t total, unsigned char *p)
{
	memcpy(p, "LAME3.100", 9);
	p += 9;
	*p++ = i->vbr ? 3 : 1;
	p = big(p, i->lowpass_hz / 100, 1);
	p += 9; /* no replay gain, no flags: zeros */
	p = big(p, i->kbps > 255 ? 255 : i->kbps, 1);
	p = big(
	    p, (uint64_t)(i->delay & 0xFFF) << 12 | (i->padding & 0xFFF), 3);
	p = big(p, 0, 4);
	p = big(p, total, 4);
	return big(p, i->crc, 2);
}

size_t
mpeg_info(const struct mpeg_info *i, unsigned char out[MPEG_INFO_MAX])
{
	size_t size = mpeg_info_size(i->like);
	uint64_t total = i->bytes + size;
	unsigned char *p = out;
	struct mpeg m = {0};

	memset(out, 0, MPEG_INFO_MAX);
	(void)mpeg_parse(i->like, &m);
	(void)mpeg_smallest(i->like, 4 + m.side + TAG_BYTES, out);
	p += 4 + m.side;
	memcpy(p, i->vbr ? "Xing" : "Info", 4);
	p = big(p + 4, 0x0F, 4);
	p = big(p, i->frames, 4);
	p = big(p, total, 4);
	for (unsigned k = 0; k < 100; k++)
		*p++ = i->toc ? i->toc[k] : (unsigned char)(k * 256 / 100);
	p = big(p, i->quality, 4);
	p = extension(i, total, p);
	(void)big(p, mpeg_crc(0, out, (size_t)(p - out)), 2);
	return size;
}
