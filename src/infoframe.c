/* SPDX-License-Identifier: ISC */
#include "infoframe.h"

#include <string.h>

const unsigned infoframe_rates[10] = {
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 0};

static const short kbps_table[2][15] = {
    {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320},
    {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160}};

/* Rates by version (1, 2, 2.5) and the header's two bits. */
static const unsigned rate_table[3][3] = {
    {44100, 48000, 32000}, {22050, 24000, 16000}, {11025, 12000, 8000}};

static int
find_rate(unsigned rate, int *version, int *bits)
{
	for (*version = 0; *version < 3; ++*version)
		for (*bits = 0; *bits < 3; ++*bits)
			if (rate_table[*version][*bits] == rate)
				return 0;
	return -1;
}

int
infoframe_samples(unsigned rate)
{
	int version, bits;

	if (find_rate(rate, &version, &bits) != 0)
		return 0;
	return version == 0 ? 1152 : 576;
}

static int
kbps_index(int version, int kbps)
{
	/* MPEG 2.5 has the table of MPEG 2, but encoders stop at 64. */
	int last = version == 2 ? 8 : 14;

	for (int i = 1; i <= last; i++)
		if (kbps_table[version > 0][i] == kbps)
			return i;
	return 0;
}

int
infoframe_has_kbps(unsigned rate, int kbps)
{
	int version, bits;

	return find_rate(rate, &version, &bits) == 0 &&
	       kbps_index(version, kbps) > 0;
}

static size_t
frame_size(int version, int kbps, unsigned rate, int padding)
{
	return (size_t)(version == 0 ? 144000 : 72000) * (size_t)kbps / rate +
	       (size_t)padding;
}

size_t
infoframe_size_of(const unsigned char h[4])
{
	int id = h[1] >> 3 & 3, bits = h[2] >> 2 & 3, index = h[2] >> 4;
	int version = id == 3 ? 0 : id == 2 ? 1 : 2;

	if (h[0] != 0xff || (h[1] & 0xe6) != 0xe2 || id == 1 || bits == 3 ||
	    index == 0 || index == 15)
		return 0;
	return frame_size(version, kbps_table[version > 0][index],
	    rate_table[version][bits], h[2] >> 1 & 1);
}

uint16_t
infoframe_crc(uint16_t crc, const void *p, size_t n)
{
	static const uint16_t nibble[16] = {0x0000, 0xcc01, 0xd801, 0x1400,
	    0xf001, 0x3c00, 0x2800, 0xe401, 0xa001, 0x6c00, 0x7800, 0xb401,
	    0x5000, 0x9c01, 0x8801, 0x4400};
	const unsigned char *s = p;

	while (n-- > 0) {
		crc ^= *s++;
		crc = (uint16_t)(crc >> 4 ^ nibble[crc & 15]);
		crc = (uint16_t)(crc >> 4 ^ nibble[crc & 15]);
	}
	return crc;
}

static unsigned char *
big(unsigned char *p, uint64_t v, int bytes)
{
	while (bytes-- > 0)
		*p++ = (unsigned char)(v >> 8 * bytes);
	return p;
}

static unsigned char *
put_lame_tag(const struct infoframe *f, uint64_t whole, unsigned char *start,
    unsigned char *p)
{
	/* The delays are believed only behind an encoder called LAME. */
	memcpy(p, "LAME3.100", 9);
	p += 9;
	*p++ = 1;               /* revision 0, constant bit rate */
	p += 1 + 4 + 2 + 2 + 1; /* low-pass, peak, gains, flags: not told */
	*p++ = (unsigned char)(f->kbps > 255 ? 255 : f->kbps);
	p = big(p, (uint64_t)f->delay << 12 | (uint64_t)f->padding, 3);
	p += 1 + 1 + 2; /* source, gain, preset: not told */
	p = big(p, whole > UINT32_MAX ? UINT32_MAX : whole, 4);
	p = big(p, f->crc, 2);
	return big(p, infoframe_crc(0, start, (size_t)(p - start)), 2);
}

size_t
infoframe_make(const struct infoframe *f, unsigned char out[INFOFRAME_MAX])
{
	int version, bits, index = 1;
	size_t side, size;
	unsigned char *p;
	uint64_t whole;

	if (find_rate(f->rate, &version, &bits) != 0)
		return 0;
	side = version == 0 ? (f->channels == 2 ? 32 : 17)
			    : (f->channels == 2 ? 17 : 9);
	/* 156: what stands between side information and the frame's end */
	while ((size = frame_size(version, kbps_table[version > 0][index],
		    f->rate, 0)) < 4 + side + 156)
		index++;
	memset(out, 0, size);
	out[0] = 0xff;
	out[1] = (unsigned char)(0xe3 | (version == 0      ? 0x18
					    : version == 1 ? 0x10
							   : 0));
	out[2] = (unsigned char)(index << 4 | bits << 2);
	out[3] = f->channels == 2 ? 0x00 : 0xc0;
	whole = size + f->bytes;
	p = out + 4 + side;
	memcpy(p, "Info", 4);
	p = big(p + 4, 15, 4);
	p = big(p, f->frames, 4);
	p = big(p, whole > UINT32_MAX ? UINT32_MAX : whole, 4);
	for (int i = 0; i < 100; i++)
		*p++ = (unsigned char)(i * 256 / 100);
	p = big(p, 0, 4);
	put_lame_tag(f, whole, out, p);
	return size;
}
