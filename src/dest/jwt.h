/* SPDX-License-Identifier: ISC */
#ifndef JWT_H
#define JWT_H

/*
 * Makes JSON Web Tokens signed with RS256 by libcrypto (RFC 7519, RFC 7515,
 * RFC 8017), for OAuth's JWT bearer grant (RFC 7523).
 *
 *	jwt_check(pem, &why)		at start
 *	text = jwt_rs256(pem, "{\"iss\":...}", &why)
 */

#include "text.h"

/* 0, or -1 with why: the text is not an RSA private key in PEM. */
int jwt_check(const char *pem, struct why *why);
/* The signed token, to be freed as a secret; NULL with why. */
char *jwt_rs256(const char *pem, const char *claims, struct why *why);

#endif
