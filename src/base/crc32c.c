/* SPDX-License-Identifier: ISC */
#include "crc32c.h"

#include <pthread.h>

#define POLYNOMIAL UINT32_C(0x82f63b78) /* 0x1edc6f41 with its bits reversed */

/* table[k][b]: the effect of byte b on the remainder k bytes later. */
static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void
fill_crc32c(void)
{
	for (uint32_t b = 0; b < 256; b++) {
		uint32_t v = b;

		for (int bit = 0; bit < 8; bit++)
			v = v >> 1 ^ (v & 1 ? POLYNOMIAL : 0);
		table[0][b] = v;
	}
	for (int k = 1; k < 8; k++)
		for (uint32_t b = 0; b < 256; b++)
			table[k][b] = table[k - 1][b] >> 8 ^
				      table[0][table[k - 1][b] & 0xff];
}

static uint32_t
eight(uint32_t v, const unsigned char *s)
{
	v ^= (uint32_t)s[0] | (uint32_t)s[1] << 8 | (uint32_t)s[2] << 16 |
	     (uint32_t)s[3] << 24;
	return table[7][v & 0xff] ^ table[6][v >> 8 & 0xff] ^
	       table[5][v >> 16 & 0xff] ^ table[4][v >> 24] ^ table[3][s[4]] ^
	       table[2][s[5]] ^ table[1][s[6]] ^ table[0][s[7]];
}

uint32_t
crc32c_add(uint32_t crc, const void *p, size_t n)
{
	const unsigned char *s = p;

	(void)pthread_once(&once, fill_crc32c);
	crc = ~crc;
	for (; n >= 8; n -= 8, s += 8)
		crc = eight(crc, s);
	for (; n > 0; n--, s++)
		crc = crc >> 8 ^ table[0][(crc ^ *s) & 0xff];
	return ~crc;
}
