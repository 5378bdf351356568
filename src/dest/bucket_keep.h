/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_KEEP_H
#define BUCKET_KEEP_H

/*
 * Retention and holds at the object stores: asked for with each put, and then
 * compared with what the store tells, because a server that does not know the
 * headers ignores them. Sources, by the vendors' page names: Amazon S3
 * "PutObject", "PutObjectRetention", "PutObjectLegalHold", "HeadObject",
 * "GetObjectLockConfiguration"; Cloud Storage "Object Retention Lock", "Object
 * holds", "HTTP headers and query string parameters for XML API"; Azure Storage
 * "Put Blob", "Set Blob Immutability Policy", "Set Blob Legal Hold", "Get Blob
 * Properties".
 */

#include "bucket.h"

/* Is anything asked for? */
bool bucket_keeps(const struct dest_item *item);

struct bucket_kept {
	int64_t until_us; /* -1: the server does not say */
	bool fixed;       /* in compliance mode, or locked */
	bool hold;        /* false also if the store does not say */
};
struct bucket_kept bucket_kept(
    const struct bucket *b, const struct http_reply *rp);
/* "kept until ... by its retention, and by a legal hold", to be freed; NULL:
   the server says neither, or the time is over. */
char *bucket_kept_text(const struct bucket *b, const struct http_reply *rp);

/*
 * The object is there with the right content; rp: the answer to HEAD. DEST_DONE: it
 * is kept as the item asks, now or already. Without content (fd -1) nothing is
 * changed, and DEST_NEVER says that it is kept for less.
 */
enum dest_result bucket_keep(struct bucket *b, const struct dest_item *item,
    const struct http_reply *rp, struct dest_answer *a);

/* A refusal of a put may be one of the retention: what to tell, and how grave
   it is. */
void bucket_keep_hint(const struct bucket *b, int status,
    struct cloud_meaning *m, char *hint, size_t size);

/* A change of an object by a short text; NULL headers: none besides. */
enum dest_result bucket_change(struct bucket *b, struct bucket_ask ask,
    const char *text, const char *content_type, struct dest_answer *a);

/* For --test: can the bucket keep what the settings ask for? MAY_BE: not told,
   because; DEST_PAUSED: it cannot. */
enum dest_result bucket_keep_test(struct dest *d, enum findings_may can,
    const char *because, struct findings *f, struct dest_answer *a);

#endif
