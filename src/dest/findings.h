/* SPDX-License-Identifier: ISC */
#ifndef FINDINGS_H
#define FINDINGS_H

/*
 * What recupload --test finds out about one destination: facts in words, each
 * under the name of what it is about, and besides as a right or a number where
 * it is one.
 *
 *	struct findings f;
 *	findings_begin(&f);
 *	findings_tell(&f, "retention", "%d days", days);
 *	findings_right(&f, RIGHT_LIST, MAY_NOT, "GET answered 403");
 *	findings_end(&f);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum findings_right {
	RIGHT_WRITE,
	RIGHT_READ,
	RIGHT_LIST,
	RIGHT_DELETE,
	RIGHTS
};
enum findings_may { MAY_BE, MAY, MAY_NOT }; /* MAY_BE: not known */

struct findings_fact {
	char *about, *text;
};

struct findings {
	enum findings_may may[RIGHTS];
	char *because[RIGHTS];      /* NULL: nothing to say */
	int64_t most, space;        /* bytes: a file's, free; -1: not told */
	int64_t skew_s;             /* the server's clock minus ours */
	bool clocked;               /* skew_s is known */
	int64_t certificate_us;     /* when it ends, -1: none, or not told */
	struct findings_fact *fact; /* in the order in which they were told */
	size_t facts;
};

void findings_begin(struct findings *f);
void findings_end(struct findings *f);

/* In the place of what was told about the same before. */
void findings_tell(struct findings *f, const char *about, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* NULL: nothing was told about it. */
const char *findings_about(const struct findings *f, const char *about);
/* "" or the reason, or why it is not known. */
void findings_right(struct findings *f, enum findings_right right,
    enum findings_may may, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *findings_right_name(enum findings_right right);
/* The server's clock against ours, each in microseconds since 1970. */
void findings_clock(struct findings *f, int64_t theirs_us, int64_t now_us);
/* When the server's certificate ends. */
void findings_certificate(struct findings *f, int64_t ends_us, int64_t now_us);
void findings_space(struct findings *f, uint64_t bytes);
/* "write yes, read yes, list unknown (...), delete no (...)"; to be freed. */
char *findings_rights(const struct findings *f);

#endif
