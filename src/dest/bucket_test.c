/* SPDX-License-Identifier: ISC */
#include "bucket_test.h"

#include <string.h>

#include "bucket_keep.h"
#include "when.h"

enum cloud_verdict
bucket_element(struct bucket *b, const char *query, const char *root,
    const char *element, char *out, size_t size)
{
	struct bucket_ask ask = {.method = "GET", .query = query};
	struct dest_answer unused = {.retry_after_s = -1};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(b, &ask, &rp, &unused);

	out[0] = '\0';
	if (v == CLOUD_DONE && (!rp.body || !strstr(rp.body, root)))
		v = CLOUD_NEVER;
	if (v == CLOUD_DONE)
		(void)cloud_element(rp.body, rp.body_len, element, out, size);
	http_reply_free(&rp);
	return v;
}

void
bucket_tell_common(struct dest *d, const char *list_query, const char *service,
    struct findings *f)
{
	struct bucket_ask ask = {.method = "GET", .query = list_query};
	struct dest_answer a = {.retry_after_s = -1, .date_us = -1};
	struct http_reply rp;
	enum cloud_verdict v = bucket_ask(d->own, &ask, &rp, &a);

	findings_right(f, RIGHT_LIST,
	    v == CLOUD_DONE     ? MAY
	    : v == CLOUD_PAUSED ? MAY_NOT
				: MAY_BE,
	    "%s", v == CLOUD_DONE ? "" : a.why.text);
	if (a.date_us >= 0)
		findings_clock(f, a.date_us, when_now_us());
	findings_tell(
	    f, "server limit", "unknown: %s has no way to ask", service);
	findings_tell(f, "space", "unknown: %s has no way to ask", service);
	http_reply_free(&rp);
}

static void
tell_kept(
    const struct bucket *b, const struct http_reply *rp, struct findings *f)
{
	int64_t us = bucket_kept(b, rp).until_us;
	char text[WHEN_SIZE];

	if (us >= 0)
		findings_tell(f, "retention",
		    "%.200s; the probe is kept until %s",
		    findings_about(f, "retention"), when_text(us, text));
}

void
bucket_examine(
    struct dest *d, const struct dest_item *probe, struct findings *f)
{
	struct bucket_ask ask = {.method = "HEAD", .object = probe->object};
	struct dest_answer unused = {.retry_after_s = -1};
	struct http_reply rp;
	const char *version;

	if (bucket_ask(d->own, &ask, &rp, &unused) == CLOUD_DONE) {
		tell_kept(d->own, &rp, f);
		version = http_reply_header(&rp, "x-amz-version-id");
		if (version && strcmp(version, "null") != 0)
			findings_tell(f, "versions",
			    "the probe stays as an older version");
	}
	http_reply_free(&rp);
}
