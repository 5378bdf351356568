/* SPDX-License-Identifier: ISC */
#ifndef NUMBER_H
#define NUMBER_H

/*
 * Telephone numbers as PBXs, carriers and people write them, made comparable:
 * "+49 (0)30 123-45", "0049301234 5", "sip:+4930...@host", "tel:...", a national
 * number with its trunk prefix, an extension.
 *
 * What is written can often be read in more than one way ("4930123456" without a
 * plus, a digit for an outside line before it): a number has all its readings,
 * and two numbers are the same where a reading of one is a reading of the other.
 * International prefixes and trunk prefixes are those of ITU-T's list of dialling
 * procedures (annex to Operational Bulletin 994).
 */

#include <stdbool.h>

#include "text.h"

enum { NUMBER_SIZE = 40, NUMBER_READINGS = 16 };

/* Where the numbers without a country are: "49", and "0" for an outside line. */
struct number_plan {
	char country[4], outside[4]; /* "": not told */
};

enum number_kind {
	NUMBER_UNTOLD,   /* nothing is known */
	NUMBER_WITHHELD, /* told, and hidden or no number: "anonymous" */
	NUMBER_NAME,     /* of a user of the PBX: "alice" */
	NUMBER_DIGITS
};

struct number {
	enum number_kind kind;
	/* "+4930123456", "200"; of a name the name, in lower case. */
	char reading[NUMBER_READINGS][NUMBER_SIZE];
	int readings;
};

/* text: NULL if the call file has none. */
void number_read(
    struct number *n, const char *text, const struct number_plan *plan);
/*
 * What a rule matches: a number, or with '*' behind it all that begin so. 0, or
 * -1 with why for what can be neither.
 */
int number_pattern(struct number *n, bool *prefix, const char *text,
    const struct number_plan *plan, struct why *why);
/* "+49", "49" or "0049" into the plan; -1: it is no code of a country. */
int number_set_country(struct number_plan *plan, const char *text);
int number_set_outside(struct number_plan *plan, const char *text);
/* It names a country: a reading begins with '+'. */
bool number_is_international(const struct number *n);

#endif
