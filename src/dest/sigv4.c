/* SPDX-License-Identifier: ISC */
#include "sigv4.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hash.h"
#include "mem.h"
#include "text.h"

/* The four parts of the scheme, each to be freed. */
struct scheme {
	char *algorithm, *vendor, *region, *service;
};

static struct scheme
split_scheme(const char *text)
{
	char *part[4];

	for (int i = 0; i < 4; i++) {
		size_t n = strcspn(text, ":");

		part[i] = text_ndup(text, n);
		text += n + (text[n] == ':');
	}
	return (struct scheme){part[0], part[1], part[2], part[3]};
}

static void
free_scheme(struct scheme *s)
{
	free(s->algorithm);
	free(s->vendor);
	free(s->region);
	free(s->service);
}

static int
by_header_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "name:value" in lower case, or NULL if it is not signed. */
static char *
canonical(const char *header, const char *vendor)
{
	size_t n = strcspn(header, ":"), v = strlen(vendor);
	char *line;

	if (strncasecmp(header, "x-", 2) != 0 ||
	    strncasecmp(header + 2, vendor, v) != 0 || header[2 + v] != '-' ||
	    !header[n])
		return NULL;
	line = text_format("%.*s:%s", (int)n, header,
	    header + n + 1 + strspn(header + n + 1, " \t"));
	for (size_t i = 0; i < n; i++)
		line[i] = (char)tolower((unsigned char)line[i]);
	return line;
}

/* Adds the signed headers and the host to request, and their names to names. */
static void
add_headers(struct buf *request, struct buf *names, const char *host, size_t n,
    const char *vendor, const char *const *headers)
{
	char **line = NULL;
	size_t lines = 1;

	line = mem_resize(line, 1, sizeof *line);
	line[0] = text_format("host:%.*s", (int)n, host);
	for (; *headers; headers++) {
		char *one = canonical(*headers, vendor);

		if (!one)
			continue;
		line = mem_resize(line, lines + 1, sizeof *line);
		line[lines++] = one;
	}
	qsort(line, lines, sizeof *line, by_header_text);
	for (size_t i = 0; i < lines; i++) {
		buf_format(request, "%s\n", line[i]);
		buf_format(names, "%s%.*s", i > 0 ? ";" : "",
		    (int)strcspn(line[i], ":"), line[i]);
		free(line[i]);
	}
	free(line);
}

static void
hmac(unsigned char out[32], const void *key, size_t n, const char *text)
{
	hash_hmac_sha256(key, n, text, strlen(text), out);
}

static void
to_upper(char *text)
{
	for (; *text; text++)
		*text = (char)toupper((unsigned char)*text);
}

/* The signature of the text, in hexadecimal. */
static void
sign_scheme(const struct sigv4 *s, const struct scheme *of,
    const char *algorithm, const char *end, const char *text, char hex[65])
{
	char *secret = text_format("%s4%s", algorithm, s->secret);
	char day[9];
	unsigned char a[32], b[32];

	(void)snprintf(day, sizeof day, "%.8s", s->stamp);
	hmac(a, secret, strlen(secret), day);
	hmac(b, a, sizeof a, of->region);
	hmac(a, b, sizeof b, of->service);
	hmac(b, a, sizeof a, end);
	hmac(a, b, sizeof b, text);
	for (size_t i = 0; i < sizeof a; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", a[i]);
	explicit_bzero(secret, strlen(secret));
	free(secret);
}

char *
sigv4_authorization(const struct sigv4 *s, const char *method, const char *url,
    const char *const *headers)
{
	struct scheme of = split_scheme(s->scheme);
	char *end = text_format("%s4_request", of.algorithm), *text, *line;
	const char *host = strstr(url, "://") + 3;
	size_t n = strcspn(host, "/?"), path = strcspn(host + n, "?");
	const char *query = host + n + path;
	struct buf request = {0}, names = {0};
	char hash[HASH_HEX_SIZE], hex[65], *scope;

	buf_format(&request, "%s\n%.*s\n%s\n", method, path ? (int)path : 1,
	    path ? host + n : "/", *query ? query + 1 : "");
	add_headers(&request, &names, host, n, of.vendor, headers);
	buf_format(&request, "\n%s\n%s", names.s, s->sha256);
	hash_text(HASH_SHA256, request.s, request.len, hash);
	scope =
	    text_format("%.8s/%s/%s/%s", s->stamp, of.region, of.service, end);
	to_upper(of.algorithm);
	text = text_format(
	    "%s4-HMAC-SHA256\n%s\n%s\n%s", of.algorithm, s->stamp, scope, hash);
	sign_scheme(s, &of, of.algorithm, end, text, hex);
	line = text_format("Authorization: %s4-HMAC-SHA256 Credential=%s/%s, "
			   "SignedHeaders=%s, Signature=%s",
	    of.algorithm, s->key, scope, names.s, hex);
	free(text);
	free(scope);
	free(end);
	buf_free(&request);
	buf_free(&names);
	free_scheme(&of);
	return line;
}
