/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_TEST_H
#define BUCKET_TEST_H

/*
 * What recupload --test asks the object stores of the clouds, as far as they
 * have it in common.
 */

#include "bucket.h"

/* The right to list, by a request for the first name; the service's name. */
void bucket_tell_common(struct dest *d, const char *list_query,
    const char *service, struct findings *f);
/*
 * An element of a description of the bucket that is asked for by a query:
 * "" where it has none. CLOUD_DONE, or why not; CLOUD_NEVER where the answer is
 * no such description: some servers ignore queries that they do not know.
 */
enum cloud_verdict bucket_element(struct bucket *b, const char *query,
    const char *root, const char *element, char *out, size_t size);
/* Until when the probe is kept; else retention stays as it was told. */
void bucket_examine(
    struct dest *d, const struct dest_item *probe, struct findings *f);

#endif
