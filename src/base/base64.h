/* SPDX-License-Identifier: ISC */
#ifndef BASE64_H
#define BASE64_H

/* Base64 with padding (RFC 4648, section 4). */

#include <stddef.h>

/* To be freed. */
char *base64_encode(const void *p, size_t n);
/*
 * To be freed; NULL unless the text is whole and canonical. What is decoded
 * may be a key: wipe *n bytes of it after use.
 */
unsigned char *base64_decode(const char *text, size_t *n);
/* "00ff" in hexadecimal as Base64, to be freed; NULL: it is none. */
char *base64_of_hex(const char *hex);

#endif
