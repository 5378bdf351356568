/* SPDX-License-Identifier: ISC */
#ifndef BASE64_H
#define BASE64_H

/* Base64 with padding (RFC 4648, section 4). */

#include <stddef.h>

/* To be freed. */
char *base64_encode(const void *p, size_t n);
/* The same for URLs and without padding (section 5). */
char *base64_url(const void *p, size_t n);
/*
 * To be freed; NULL unless the text is complete and canonical. Wipe the *n bytes
 * after use if they are a key.
 */
unsigned char *base64_decode(const char *text, size_t *n);
/* The bytes of a hexadecimal text, "00ff", as Base64, to be freed; NULL: the
 * text is not hexadecimal. */
char *base64_of_hex(const char *hex);

#endif
