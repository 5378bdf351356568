/* SPDX-License-Identifier: ISC */
#include "bucket_keep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base64.h"
#include "io.h"
#include "text.h"
#include "when.h"

bool
bucket_keeps(const struct dest_item *item)
{
	return item->keep.until_us > 0 || item->keep.hold;
}

struct bucket_kept
bucket_kept(const struct bucket *b, const struct http_reply *rp)
{
	const struct bucket_dialect *d = b->dialect;
	const char *until = http_reply_header(rp, d->kept_until);
	const char *held = d->held ? http_reply_header(rp, d->held) : NULL;
	const char *mode = http_reply_header(rp, d->mode);
	struct bucket_kept k = {.until_us = -1};

	/* RFC 3339, or as HTTP writes it. */
	if (until && when_parse(until, &k.until_us) != 0 &&
	    when_web(until, &k.until_us) != 0)
		k.until_us = -1;
	k.fixed = mode && strcasecmp(mode, d->mode_fixed) == 0;
	k.hold = held && strcasecmp(held, d->held_yes) == 0;
	return k;
}

char *
bucket_kept_text(const struct bucket *b, const struct http_reply *rp)
{
	struct bucket_kept k = bucket_kept(b, rp);
	bool timed = k.until_us > when_now_us();
	char text[WHEN_SIZE];

	if (!timed && !k.hold)
		return NULL;
	return text_format("kept %s%s%s%s", timed ? "until " : "",
	    timed ? when_text(k.until_us, text) : "",
	    timed ? " by its retention" : "",
	    !k.hold ? ""
	    : timed ? ", and by a legal hold"
		    : "by a legal hold");
}

/* What the store tells is less than the item asks for. */
static bool
lacks_time(const struct dest_item *item, struct bucket_kept k)
{
	return item->keep.until_us > 0 &&
	       (k.until_us < item->keep.until_us ||
		   (item->keep.compliance && !k.fixed));
}

static bool
lacks_hold(
    const struct bucket *b, const struct dest_item *item, struct bucket_kept k)
{
	return item->keep.hold && b->dialect->held && !k.hold;
}

/* It is there, and not kept as it should be. */
static enum dest_result
tell_lack(const struct bucket *b, const struct dest_item *item,
    struct bucket_kept k, enum dest_result r, struct dest_answer *a)
{
	char *url = web_url(&b->web, item->object);
	char is[WHEN_SIZE], wanted[WHEN_SIZE];

	if (lacks_time(item, k) && k.until_us >= item->keep.until_us)
		(void)dest_answer(a, r,
		    "%s: kept until %s, but not in compliance mode", url,
		    when_text(k.until_us, is));
	else if (lacks_time(item, k) && k.until_us >= 0)
		(void)dest_answer(a, r, "%s: kept only until %s, not until %s",
		    url, when_text(k.until_us, is),
		    when_text(item->keep.until_us, wanted));
	else if (lacks_time(item, k))
		(void)dest_answer(a, r,
		    "%s: the server does not confirm that it is kept until %s "
		    "(this needs %s)",
		    url, when_text(item->keep.until_us, wanted),
		    b->dialect->keep_rights);
	else
		(void)dest_answer(a, r,
		    "%s: the server does not confirm its legal hold (this "
		    "needs %s)",
		    url, b->dialect->keep_rights);
	free(url);
	return r;
}

enum dest_result
bucket_keep(struct bucket *b, const struct dest_item *item,
    const struct http_reply *rp, struct dest_answer *a)
{
	struct bucket_ask ask = {.method = "HEAD", .object = item->object};
	struct bucket_kept k = bucket_kept(b, rp);
	struct dest_item need = *item;
	struct http_reply again;
	enum dest_result r;

	/* A hold ends when a person ends it: only its beginning is ours. */
	if (item->fd < 0)
		return lacks_time(item, k)
			   ? tell_lack(b, item, k, DEST_NEVER, a)
			   : DEST_DONE;
	if (!lacks_time(item, k) && !lacks_hold(b, item, k) &&
	    !(item->keep.hold && !b->dialect->held))
		return DEST_DONE;
	if (!lacks_time(item, k))
		need.keep.until_us = 0;
	r = b->dialect->protect(b, &need, a);
	if (r == DEST_ABSENT || r == DEST_TAKEN)
		return tell_lack(b, item, k, DEST_PAUSED, a);
	if (r != DEST_DONE)
		return r;
	r = bucket_result(bucket_ask(b, &ask, &again, a));
	k = bucket_kept(b, &again);
	if (r == DEST_DONE && (lacks_time(item, k) || lacks_hold(b, item, k)))
		r = tell_lack(b, item, k, DEST_PAUSED, a);
	http_reply_free(&again);
	return r;
}

void
bucket_keep_hint(const struct bucket *b, int status, struct cloud_meaning *m,
    char *hint, size_t size)
{
	char more[200];

	if (m->right) {
		(void)snprintf(more, sizeof more, "%s; to keep: %s", hint,
		    b->dialect->keep_rights);
		(void)snprintf(hint, size, "%s", more);
	} else if ((status == 400 && m->verdict == CLOUD_NEVER && !*m->text) ||
		   (status == 409 && m->verdict == CLOUD_LATER)) {
		/* Its own word for a bucket that keeps nothing. */
		m->verdict = CLOUD_PAUSED;
		(void)snprintf(hint, size,
		    "retain or legal_hold is set: can the %s keep objects? "
		    "recupload --test reports it",
		    b->dialect->place);
	}
}

enum dest_result
bucket_change(struct bucket *b, struct bucket_ask ask, const char *text,
    const char *content_type, struct dest_answer *a)
{
	char hex[HASH_HEX_SIZE], md5[HASH_HEX_SIZE];
	struct dest_item item = {.object = ask.object,
	    .fd = memfd_create("change", MFD_CLOEXEC),
	    .bytes = strlen(text),
	    .sha256 = hex,
	    .content_type = content_type};
	char *sum, *header;
	const char *headers[] = {NULL, NULL};
	struct http_reply rp;
	enum dest_result r;

	if (item.fd < 0 || io_write(item.fd, text, item.bytes) != 0) {
		a->machine = true;
		r = dest_answer(a, DEST_LATER, "%s", strerror(errno));
		if (item.fd >= 0)
			(void)close(item.fd);
		return r;
	}
	hash_text(HASH_SHA256, text, item.bytes, hex);
	hash_text(HASH_MD5, text, item.bytes, md5);
	sum = base64_of_hex(md5);
	headers[0] = header = text_format("Content-MD5: %s", sum);
	ask.headers = headers;
	ask.item = &item;
	ask.change = true;
	r = bucket_result(bucket_ask(b, &ask, &rp, a));
	http_reply_free(&rp);
	(void)close(item.fd);
	free(header);
	free(sum);
	return r;
}

enum dest_result
bucket_keep_test(struct dest *d, enum findings_may can, const char *because,
    struct findings *f, struct dest_answer *a)
{
	const struct bucket *b = d->own;
	const char *place = b->dialect->place;
	char *rule;

	if (!keep_is_set(&d->keep))
		return DEST_DONE;
	rule = keep_text(&d->keep);
	if (can == MAY)
		findings_tell(f, "keeps", "%s; the %s can", rule, place);
	else if (can == MAY_NOT)
		findings_tell(
		    f, "keeps", "%s; the %s cannot: %s", rule, place, because);
	else
		findings_tell(f, "keeps", "%s; whether the %s can is %s", rule,
		    place, because);
	free(rule);
	return can == MAY_NOT ? dest_answer(a, DEST_PAUSED,
				    "%s: the %s cannot keep recordings: %s",
				    b->web.url, place, because)
			      : DEST_DONE;
}
