/* SPDX-License-Identifier: ISC */
#include "cloud.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "mem.h"
#include "text.h"
#include "when.h"

struct rule {
	const char *code; /* NULL: any */
	int status;       /* 0: any */
	enum cloud_verdict verdict;
	const char *text;
};

/* The rights that may be missing after a 403. */
static const char s3_rights[] =
    "the key needs s3:PutObject, s3:GetObject and s3:ListBucket";
static const char gcs_rights[] =
    "the account needs storage.objects.create and storage.objects.get";
static const char no_right[] = "the login has no right to this";

/* The first rule that matches decides; without one, `common` does. */
static const struct rule s3[] = {
    {"NoSuchKey", 0, CLOUD_ABSENT, ""},
    {"NoSuchVersion", 0, CLOUD_ABSENT, ""},
    {"NoSuchBucket", 0, CLOUD_PAUSED, "there is no such bucket"},
    {"ObjectLocked", 0, CLOUD_KEPT, "a retention policy keeps what is there"},
    {"PreconditionFailed", 0, CLOUD_TAKEN, ""},
    {"ConditionalRequestConflict", 0, CLOUD_LATER,
	"another client is writing this object"},
    {"OperationAborted", 0, CLOUD_LATER, "another change is under way"},
    {"RequestTimeTooSkewed", 0, CLOUD_SKEWED,
	"the clock of this machine is wrong"},
    {"RequestTimeout", 0, CLOUD_LATER,
	"the server timed out while it waited for data"},
    {"SlowDown", 0, CLOUD_LATER, "too many requests"},
    {"ServiceUnavailable", 0, CLOUD_LATER, "busy"},
    {"InternalError", 0, CLOUD_LATER, ""},
    {"XAmzContentSHA256Mismatch", 0, CLOUD_LATER, "damaged in transit"},
    {"BadDigest", 0, CLOUD_LATER, "damaged in transit"},
    {"SignatureDoesNotMatch", 0, CLOUD_PAUSED, "the secret key is wrong"},
    {"InvalidAccessKeyId", 0, CLOUD_PAUSED, "there is no such access_key"},
    {"ExpiredToken", 0, CLOUD_PAUSED,
	"the session token has expired: put new credentials in their files and "
	"start recupload again"},
    {"InvalidToken", 0, CLOUD_PAUSED,
	"the session token is wrong, or not that of this access_key"},
    {"AccessDenied", 0, CLOUD_PAUSED, s3_rights},
    {"QuotaExceeded", 0, CLOUD_PAUSED,
	"full: the quota of the bucket or its owner is used up"},
    {"AuthorizationHeaderMalformed", 0, CLOUD_PAUSED, "wrong region"},
    {"PermanentRedirect", 0, CLOUD_PAUSED, "wrong region or url"},
    {"TemporaryRedirect", 0, CLOUD_PAUSED, "wrong region or url"},
    {"NotImplemented", 0, CLOUD_PAUSED,
	"the server does not support a header of this request"},
    {"EntityTooLarge", 0, CLOUD_NEVER, "too large for the server"},
    {"KeyTooLongError", 0, CLOUD_NEVER, "the object's name is too long"},
    {NULL, 403, CLOUD_PAUSED, s3_rights},
    {NULL, 0, CLOUD_DONE, NULL},
};
static const struct rule gcs[] = {
    {"NoSuchKey", 0, CLOUD_ABSENT, ""},
    {"NoSuchBucket", 0, CLOUD_PAUSED, "there is no such bucket"},
    {"PreconditionFailed", 0, CLOUD_TAKEN, ""},
    {"RetentionPolicyNotMet", 0, CLOUD_KEPT,
	"a retention policy keeps what is there"},
    {"ObjectUnderActiveHold", 0, CLOUD_KEPT, "a hold keeps what is there"},
    {"RequestTimeTooSkewed", 0, CLOUD_SKEWED,
	"the clock of this machine is wrong"},
    {"SlowDown", 0, CLOUD_LATER, "too many requests"},
    {"BadDigest", 0, CLOUD_LATER, "damaged in transit"},
    {"RequestTimeout", 0, CLOUD_LATER,
	"the server timed out while it waited for data"},
    {"SignatureDoesNotMatch", 0, CLOUD_PAUSED, "the secret key is wrong"},
    {"InvalidSecurity", 0, CLOUD_PAUSED, "there is no such access_key"},
    {"AccessDenied", 0, CLOUD_PAUSED, gcs_rights},
    {"UserProjectAccountProblem", 0, CLOUD_PAUSED,
	"the project's billing account has a problem"},
    {"AccountProblem", 0, CLOUD_PAUSED,
	"the project's billing account has a problem"},
    {"EntityTooLarge", 0, CLOUD_NEVER, "too large for the server"},
    {"KeyTooLong", 0, CLOUD_NEVER, "the object's name is too long"},
    {NULL, 401, CLOUD_EXPIRED, "the token was refused"},
    {NULL, 403, CLOUD_PAUSED, gcs_rights},
    {NULL, 409, CLOUD_LATER, "another change is under way"},
    {NULL, 0, CLOUD_DONE, NULL},
};
static const struct rule azure[] = {
    {"BlobNotFound", 0, CLOUD_ABSENT, ""},
    {"ResourceNotFound", 0, CLOUD_ABSENT, ""},
    {"ContainerNotFound", 0, CLOUD_PAUSED, "there is no such container"},
    {"BlobAlreadyExists", 0, CLOUD_TAKEN, ""},
    {"ConditionNotMet", 0, CLOUD_TAKEN, ""},
    {"LeaseIdMissing", 0, CLOUD_TAKEN, ""},
    /* For a signature with "create" but not "write". */
    {"UnauthorizedBlobOverwrite", 0, CLOUD_TAKEN, ""},
    {"BlobImmutableDueToPolicy", 0, CLOUD_KEPT,
	"a retention policy keeps what is there"},
    {"BlobImmutableDueToLegalHold", 0, CLOUD_KEPT,
	"a legal hold keeps what is there"},
    {"ServerBusy", 0, CLOUD_LATER, "busy"},
    {"InternalError", 0, CLOUD_LATER, ""},
    {"OperationTimedOut", 0, CLOUD_LATER, ""},
    {"Md5Mismatch", 0, CLOUD_LATER, "damaged in transit"},
    {"ContainerBeingDeleted", 0, CLOUD_PAUSED,
	"the container is being deleted"},
    {"ContainerDisabled", 0, CLOUD_PAUSED, "the container is disabled"},
    {"AuthenticationFailed", 0, CLOUD_PAUSED,
	"the key or signature is wrong, or has expired"},
    {"AuthorizationPermissionMismatch", 0, CLOUD_PAUSED,
	"the signature needs the rights read, create and delete"},
    {"AuthorizationFailure", 0, CLOUD_PAUSED,
	"the key or signature is wrong, or the account's rules forbid it"},
    {"AuthorizationProtocolMismatch", 0, CLOUD_PAUSED,
	"the signature does not allow this protocol (spr=)"},
    {"AuthorizationSourceIPMismatch", 0, CLOUD_PAUSED,
	"the signature does not allow the address of this host (sip=)"},
    {"KeyBasedAuthenticationNotPermitted", 0, CLOUD_PAUSED,
	"the account does not accept account_key: use sas_file"},
    {"AccountIsDisabled", 0, CLOUD_PAUSED, "the account is disabled"},
    {"InsufficientAccountPermissions", 0, CLOUD_PAUSED,
	"the account does not allow this operation"},
    {"InvalidAuthenticationInfo", 0, CLOUD_PAUSED, "the login is malformed"},
    {"RequestBodyTooLarge", 0, CLOUD_NEVER, "too large for the server"},
    {"InvalidResourceName", 0, CLOUD_NEVER, "the object's name is refused"},
    {NULL, 409, CLOUD_LATER, "another change is under way"},
    {NULL, 0, CLOUD_DONE, NULL},
};
static const struct rule common[] = {
    {NULL, 401, CLOUD_PAUSED, "the login was refused"},
    {NULL, 403, CLOUD_PAUSED, no_right},
    {NULL, 404, CLOUD_ABSENT, ""},
    {NULL, 405, CLOUD_PAUSED, "no object store answers at this url"},
    {NULL, 407, CLOUD_PAUSED, "the proxy requires a login"},
    {NULL, 408, CLOUD_LATER, "the server timed out while it waited for data"},
    {NULL, 409, CLOUD_LATER, "another change is under way"},
    {NULL, 410, CLOUD_ABSENT, ""},
    {NULL, 412, CLOUD_TAKEN, ""},
    {NULL, 413, CLOUD_NEVER, "too large for the server"},
    {NULL, 425, CLOUD_LATER, ""},
    {NULL, 429, CLOUD_LATER, "too many requests"},
    {NULL, 501, CLOUD_PAUSED, "the server does not support this request"},
    {NULL, 503, CLOUD_LATER, "busy"},
    {NULL, 507, CLOUD_LATER, "its disk is full"},
    {NULL, 0, CLOUD_DONE, NULL},
};

static const struct rule *
find_rule(const struct rule *r, int status, const char *code)
{
	while (r->text && ((r->code && strcmp(r->code, code) != 0) ||
			      (r->status && r->status != status)))
		r++;
	return r->text ? r : NULL;
}

struct cloud_meaning
cloud_judge(enum cloud_service service, int status, const char *code)
{
	static const struct rule *const own[] = {
	    [CLOUD_S3] = s3, [CLOUD_GCS] = gcs, [CLOUD_AZURE] = azure};
	const struct rule *r;

	if (status >= 200 && status < 300)
		return (struct cloud_meaning){CLOUD_DONE, "", false};
	r = find_rule(own[service], status, code);
	if (!r)
		r = find_rule(common, status, code);
	if (r)
		return (struct cloud_meaning){r->verdict, r->text,
		    r->text == s3_rights || r->text == gcs_rights ||
			r->text == no_right};
	if (status >= 500)
		return (struct cloud_meaning){CLOUD_LATER, "", false};
	if (status >= 300 && status < 400)
		return (struct cloud_meaning){CLOUD_PAUSED,
		    "a redirect is not followed: wrong region or url", false};
	return (struct cloud_meaning){CLOUD_NEVER, "", false};
}

const char *
cloud_delete_right(enum cloud_service service)
{
	static const char *const text[] = {
	    [CLOUD_S3] =
		"the key needs s3:DeleteObject, s3:DeleteObjectVersion",
	    [CLOUD_GCS] = "the account needs storage.objects.delete",
	    [CLOUD_AZURE] = "the signature needs the right to delete"};

	return text[service];
}

static bool
is_unreserved(char c)
{
	return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

bool
cloud_element(
    const char *xml, size_t n, const char *name, char *out, size_t size)
{
	char tag[64];
	int len = snprintf(tag, sizeof tag, "<%s>", name);
	const char *p, *end = xml + n;
	size_t k = 0;

	out[0] = '\0';
	if (!xml || len < 0 || (size_t)len >= sizeof tag)
		return false;
	p = memmem(xml, n, tag, (size_t)len);
	if (!p)
		return false;
	for (p += len; p < end && is_unreserved(*p) && k + 1 < size; p++)
		out[k++] = *p;
	if (p == end || *p != '<')
		k = 0;
	out[k] = '\0';
	return k > 0;
}

bool
cloud_goog_hash(const char *value, const char *kind, char *out, size_t size)
{
	size_t n = strlen(kind);

	out[0] = '\0';
	while (value && *value) {
		size_t len;

		value += strspn(value, ", \t");
		len = strcspn(value, ", \t");
		if (len > n + 1 && strncasecmp(value, kind, n) == 0 &&
		    value[n] == '=' && len - n - 1 < size) {
			memcpy(out, value + n + 1, len - n - 1);
			out[len - n - 1] = '\0';
			return true;
		}
		value += len;
	}
	return false;
}

/* Decodes "%3A" to ':'. Other text is not changed. */
static char *
decode_entities(const char *s, size_t n)
{
	char *out = mem_alloc(n + 1), *o = out;

	for (size_t i = 0; i < n; i++) {
		char hex[3] = {0};

		if (s[i] == '%' && i + 2 < n + 0 &&
		    isxdigit((unsigned char)s[i + 1]) &&
		    isxdigit((unsigned char)s[i + 2])) {
			memcpy(hex, s + i + 1, 2);
			*o++ = (char)strtol(hex, NULL, 16);
			i += 2;
		} else {
			*o++ = s[i];
		}
	}
	return out;
}

int64_t
cloud_sas_ends_us(const char *sas)
{
	int64_t us = -1;

	for (const char *p = sas; p && *p; p += *p ? 1 : 0) {
		size_t len = strcspn(p, "&");

		if (len > 3 && strncmp(p, "se=", 3) == 0) {
			char *when = decode_entities(p + 3, len - 3);

			/* A date without a time is its beginning. */
			if (strlen(when) == 10) {
				char *whole = text_format("%sT00:00:00Z", when);

				free(when);
				when = whole;
			}
			if (when_parse(when, &us) != 0)
				us = -1;
			free(when);
			return us;
		}
		p += len;
	}
	return us;
}

static const char *
value_of(const char *const *headers, const char *name)
{
	size_t n = strlen(name);

	for (; *headers; headers++)
		if (strncasecmp(*headers, name, n) == 0 && (*headers)[n] == ':')
			return *headers + n + 1 +
			       strspn(*headers + n + 1, " \t");
	return "";
}

static int
by_error_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
add_sorted(struct buf *b, char **line, size_t lines, const char *format)
{
	if (lines > 1)
		qsort(line, lines, sizeof *line, by_error_text);
	for (size_t i = 0; i < lines; i++) {
		buf_format(b, format[0] == 'h' ? "%s\n" : "\n%s", line[i]);
		free(line[i]);
	}
	free(line);
}

/* "x-ms-date:Fri, 26 ...", names in lower case, sorted. */
static void
add_ms_headers(struct buf *b, const char *const *headers)
{
	char **line = NULL;
	size_t lines = 0;

	for (; *headers; headers++) {
		size_t n = strcspn(*headers, ":");
		char *one;

		if (strncasecmp(*headers, "x-ms-", 5) != 0 || !(*headers)[n])
			continue;
		one = text_format("%.*s:%s", (int)n, *headers,
		    *headers + n + 1 + strspn(*headers + n + 1, " \t"));
		for (size_t i = 0; i < n; i++)
			one[i] = (char)tolower((unsigned char)one[i]);
		line = mem_resize(line, lines + 1, sizeof *line);
		line[lines++] = one;
	}
	add_sorted(b, line, lines, "h");
}

/* "name:value" of each parameter, decoded, sorted. */
static void
add_query(struct buf *b, const char *query)
{
	char **line = NULL;
	size_t lines = 0;

	while (*query) {
		size_t len = strcspn(query, "&"), n = strcspn(query, "=&");
		char *one = decode_entities(query, len);

		for (size_t i = 0; i < n && one[i]; i++)
			one[i] = (char)tolower((unsigned char)one[i]);
		if (n < len && strchr(one, '='))
			*strchr(one, '=') = ':';
		line = mem_resize(line, lines + 1, sizeof *line);
		line[lines++] = one;
		query += len + (query[len] == '&');
	}
	add_sorted(b, line, lines, "q");
}

char *
cloud_azure_text(const char *method, const char *account, const char *url,
    const char *const *headers, uint64_t bytes)
{
	static const char *const named[] = {"Content-MD5", "Content-Type",
	    "Date", "If-Modified-Since", "If-Match", "If-None-Match",
	    "If-Unmodified-Since", "Range"};
	const char *host = strstr(url, "://");
	const char *path = host ? strchr(host + 3, '/') : NULL;
	size_t len = path ? strcspn(path, "?") : 0;
	struct buf b = {0};

	/* Content-Encoding and Content-Language are never sent. */
	buf_format(&b, "%s\n\n\n", method);
	if (bytes > 0)
		buf_format(&b, "%llu", (unsigned long long)bytes);
	buf_add(&b, "\n", 1);
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		buf_format(&b, "%s\n", value_of(headers, named[i]));
	add_ms_headers(&b, headers);
	buf_format(&b, "/%s%.*s", account, (int)len, path ? path : "");
	if (path && path[len] == '?')
		add_query(&b, path + len + 1);
	return b.s;
}

const char *
cloud_date(int64_t seconds, char out[CLOUD_DATE_SIZE])
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t t = (time_t)seconds;
	struct tm tm;

	/* Independent of the locale. */
	if (!gmtime_r(&t, &tm))
		tm = (struct tm){.tm_mday = 1, .tm_year = 70, .tm_wday = 4};
	(void)snprintf(out, CLOUD_DATE_SIZE,
	    "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * tm.tm_wday,
	    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
	return out;
}
