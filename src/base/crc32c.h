/* SPDX-License-Identifier: ISC */
#ifndef CRC32C_H
#define CRC32C_H

/*
 * CRC-32C, Castagnoli (RFC 3720, section 12.1 and appendix B.4), eight bytes
 * at a time.
 *
 *	uint32_t crc = 0;
 *	crc = crc32c_add(crc, p, n) ...
 */

#include <stddef.h>
#include <stdint.h>

uint32_t crc32c_add(uint32_t crc, const void *p, size_t n);

#endif
