/* SPDX-License-Identifier: ISC */
#ifndef TEST_H
#define TEST_H

/*
 * recupload --test: what a destination lets us do. Where the type can take
 * something back, a probe is written, read back and deleted; besides come the
 * facts that the destination tells: connection, rights, limits, clock,
 * retention. What it cannot tell is said too.
 *
 *	struct test t;
 *	good = test_make(&t, d);
 *	test_add(&t, json, &out);
 *	test_end(&t);
 */

#include "dest.h"

#include "text.h"

struct test {
	const struct dest *dest;
	bool good;      /* recordings can go there */
	struct why why; /* where not */
	struct findings f;
};

bool test_make(struct test *t, struct dest *d);
/* A line for each fact, or one with all of them as JSON. */
void test_add(const struct test *t, bool json, struct buf *out);
void test_end(struct test *t);

#endif
