/* SPDX-License-Identifier: ISC */
#ifndef TEST_H
#define TEST_H

/*
 * recupload --test: finds out what a destination allows. If its type can delete
 * objects, a probe is written, read back and deleted. The report also has the
 * connection, rights, limits, clock and retention, and says what is unknown.
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
	struct why why; /* if not */
	struct findings f;
};

bool test_make(struct test *t, struct dest *d);
/* Adds a line for each fact, or all of them as one JSON object. */
void test_add(const struct test *t, bool json, struct buf *out);
void test_end(struct test *t);

#endif
