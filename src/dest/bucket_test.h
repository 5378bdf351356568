/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_TEST_H
#define BUCKET_TEST_H

/*
 * The part of recupload --test that the object stores share.
 */

#include "bucket.h"

/* Tests the right to list with a request for the first name, and reports it and
 * the name of the service. */
void bucket_tell_common(struct dest *d, const char *list_query,
    const char *service, struct findings *f);
/*
 * Requests a description of the bucket with a query, and gets an element of it,
 * or "". CLOUD_DONE, or another verdict; CLOUD_NEVER also if the answer is not
 * this description, because some servers ignore unknown queries.
 */
enum cloud_verdict bucket_element(struct bucket *b, const char *query,
    const char *root, const char *element, char *out, size_t size);
/* Reports until when the probe is kept, if the store says so. */
void bucket_examine(
    struct dest *d, const struct dest_item *probe, struct findings *f);

#endif
