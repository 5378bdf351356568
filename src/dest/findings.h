/* SPDX-License-Identifier: ISC */
#ifndef FINDINGS_H
#define FINDINGS_H

/*
 * The results of recupload --test for one destination: facts in words, each with
 * the name of its subject, and rights and numbers.
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
enum findings_may { MAY_BE, MAY, MAY_NOT }; /* MAY_BE: unknown */

struct findings_fact {
	char *about, *text;
};

struct findings {
	enum findings_may may[RIGHTS];
	char *because[RIGHTS];      /* the reason, or NULL */
	int64_t most, space;        /* bytes: largest file, free; -1: unknown */
	int64_t skew_s;             /* the server's clock minus ours */
	bool clocked;               /* skew_s is known */
	int64_t certificate_us;     /* when it expires; -1: none or unknown */
	struct findings_fact *fact; /* in the order of findings_tell() */
	size_t facts;
};

void findings_begin(struct findings *f);
void findings_end(struct findings *f);

/* Sets a fact; an earlier one about the same subject is replaced. */
void findings_tell(struct findings *f, const char *about, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The fact about a subject, or NULL. */
const char *findings_about(const struct findings *f, const char *about);
/* The text is "", the reason, or why it is unknown. */
void findings_right(struct findings *f, enum findings_right right,
    enum findings_may may, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
const char *findings_right_name(enum findings_right right);
/* Compares the server's clock with ours, each in microseconds since 1970. */
void findings_clock(struct findings *f, int64_t theirs_us, int64_t now_us);
/* Sets when the server's certificate expires. */
void findings_certificate(struct findings *f, int64_t ends_us, int64_t now_us);
void findings_space(struct findings *f, uint64_t bytes);
/* "write yes, read yes, list unknown (...), delete no (...)"; to be freed. */
char *findings_rights(const struct findings *f);

#endif
