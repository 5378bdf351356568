/* SPDX-License-Identifier: ISC */
#ifndef CRC_H
#define CRC_H

/*
 * CRC-16 of MPEG audio and of LAME's tag: x^16 + x^15 + x^2 + 1, least
 * significant bit first, no inversion. With carry-less multiplication of the
 * processor the data are folded ("Fast CRC Computation Using PCLMULQDQ", Intel
 * 2009); otherwise sixteen tables process sixteen bytes at a time.
 */

#include <stddef.h>
#include <stdint.h>

uint16_t crc_add(uint16_t crc, const void *p, size_t n);
/* The same, always with tables. */
uint16_t crc_add_tables(uint16_t crc, const void *p, size_t n);
/* The CRC after n more zero bytes. With it, CRCs can be joined: crc(AB) =
 * crc_zeros(crc(A), length of B) ^ crc(B). */
uint16_t crc_zeros(uint16_t crc, uint64_t n);

#endif
