/* SPDX-License-Identifier: ISC */
#include "crc.h"

#include <pthread.h>
#include <string.h>

enum { POLYNOMIAL = 0xA001, SLICES = 16 };

static uint16_t table[SLICES][256];
static uint16_t zeros[64]; /* the factor of 2^k zero bytes */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* One more zero bit: times x. Bit 15 is x^0, bit 0 is x^15. */
static uint16_t
times_x(uint16_t a)
{
	return (uint16_t)(a & 1 ? a >> 1 ^ POLYNOMIAL : a >> 1);
}

static uint16_t
times(uint16_t a, uint16_t b)
{
	uint16_t product = 0;

	for (int bit = 15; bit >= 0; bit--) {
		if (b >> bit & 1)
			product ^= a;
		a = times_x(a);
	}
	return product;
}

#if defined(__x86_64__)
#include <immintrin.h>

static uint64_t fold_far[2], fold_near[2];
static int has_multiply;

/* x^n in 64 bits, of which bit 63 is x^0. The product of two of these is off by
 * one place, which the exponent compensates. */
static uint64_t
power(unsigned n)
{
	uint16_t a = 0x8000;

	while (n-- > 0)
		a = times_x(a);
	return (uint64_t)a << 48;
}

static void
prepare_folding(void)
{
	fold_far[0] = power(4 * 128 + 63);
	fold_far[1] = power(4 * 128 - 1);
	fold_near[0] = power(128 + 63);
	fold_near[1] = power(128 - 1);
	has_multiply = __builtin_cpu_supports("pclmul");
}

__attribute__((target("pclmul,sse2"))) static __m128i
fold(__m128i a, __m128i by, const unsigned char *p)
{
	__m128i next = _mm_loadu_si128((const __m128i *)p);

	return _mm_xor_si128(
	    next, _mm_xor_si128(_mm_clmulepi64_si128(a, by, 0x00),
		      _mm_clmulepi64_si128(a, by, 0x11)));
}

/* n is a multiple of 64, at least 128. */
__attribute__((target("pclmul,sse2"))) static uint16_t
crc_folded(uint16_t crc, const unsigned char *p, size_t n)
{
	const __m128i far = _mm_loadu_si128((const __m128i *)fold_far);
	const __m128i near = _mm_loadu_si128((const __m128i *)fold_near);
	const unsigned char *end = p + n;
	unsigned char rest[16];
	__m128i a[4];

	for (int i = 0; i < 4; i++)
		a[i] = _mm_loadu_si128((const __m128i *)(p + 16 * i));
	a[0] = _mm_xor_si128(a[0], _mm_cvtsi32_si128(crc));
	for (p += 64; p < end; p += 64)
		for (int i = 0; i < 4; i++)
			a[i] = fold(a[i], far, p + 16 * i);
	for (int i = 1; i < 4; i++) {
		_mm_storeu_si128((__m128i *)rest, a[i]);
		a[0] = fold(a[0], near, rest);
		a[i] = a[0];
	}
	_mm_storeu_si128((__m128i *)rest, a[0]);
	return crc_add_tables(0, rest, sizeof rest);
}
#else
enum { has_multiply = 0 };

static void
prepare_folding(void)
{
}

static uint16_t
crc_folded(uint16_t crc, const unsigned char *p, size_t n)
{
	return crc_add_tables(crc, p, n);
}
#endif

static void
prepare_crc(void)
{
	for (unsigned i = 0; i < 256; i++) {
		uint16_t c = (uint16_t)i;
		for (int k = 0; k < 8; k++)
			c = times_x(c);
		table[0][i] = c;
	}
	for (int t = 1; t < SLICES; t++)
		for (unsigned i = 0; i < 256; i++)
			table[t][i] =
			    (uint16_t)(table[t - 1][i] >> 8 ^
				       table[0][table[t - 1][i] & 255]);
	zeros[0] = 0x8000; /* 1 */
	for (int k = 0; k < 8; k++)
		zeros[0] = times_x(zeros[0]);
	for (int k = 1; k < 64; k++)
		zeros[k] = times(zeros[k - 1], zeros[k - 1]);
	prepare_folding();
}

uint16_t
crc_add_tables(uint16_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;

	(void)pthread_once(&once, prepare_crc);
	for (; n >= SLICES; n -= SLICES, p += SLICES) {
		uint16_t next = table[15][p[0] ^ (crc & 255)] ^
				table[14][p[1] ^ (crc >> 8)];
#pragma GCC unroll 16
		for (int i = 2; i < SLICES; i++)
			next ^= table[15 - i][p[i]];
		crc = next;
	}
	for (; n > 0; n--, p++)
		crc = (uint16_t)(crc >> 8 ^ table[0][(crc ^ *p) & 255]);
	return crc;
}

uint16_t
crc_add(uint16_t crc, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t whole = n & ~(size_t)63;

	(void)pthread_once(&once, prepare_crc);
	if (!has_multiply || whole < 128)
		return crc_add_tables(crc, p, n);
	crc = crc_folded(crc, p, whole);
	return crc_add_tables(crc, p + whole, n - whole);
}

uint16_t
crc_zeros(uint16_t crc, uint64_t n)
{
	(void)pthread_once(&once, prepare_crc);
	for (int k = 0; n > 0; k++, n >>= 1)
		if (n & 1)
			crc = times(crc, zeros[k]);
	return crc;
}
