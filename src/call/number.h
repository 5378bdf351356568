/* SPDX-License-Identifier: ISC */
#ifndef NUMBER_H
#define NUMBER_H

/*
 * Compares telephone numbers as PBXs, carriers and people write them:
 * "+49 (0)30 123-45", "0049301234 5", "sip:+4930...@host", "tel:...", a national
 * number with its trunk prefix, an extension.
 *
 * A number can often be read in more than one way ("4930123456" without a plus, a
 * digit for an outside line before it). struct number has all its readings. Two
 * numbers are the same if they have a reading in common. International prefixes
 * and trunk prefixes are those of ITU-T's list of dialling procedures (annex to
 * Operational Bulletin 994).
 */

#include <stdbool.h>

#include "text.h"

enum { NUMBER_SIZE = 40, NUMBER_READINGS = 16 };

/* The country of national numbers, "49", and the digits for an outside line. */
struct number_plan {
	char country[4], outside[4]; /* "": not set */
};

enum number_kind {
	NUMBER_UNTOLD,   /* missing */
	NUMBER_WITHHELD, /* hidden, or not a number: "anonymous" */
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
 * Reads the pattern of a rule: a number, or the beginning of numbers, with '*'
 * after it. 0, or -1 with why.
 */
int number_pattern(struct number *n, bool *prefix, const char *text,
    const struct number_plan *plan, struct why *why);
/* "+49", "49" or "0049" into the plan; -1: it is no code of a country. */
int number_set_country(struct number_plan *plan, const char *text);
int number_set_outside(struct number_plan *plan, const char *text);
/* True if it has a country code: a reading begins with '+'. */
bool number_is_international(const struct number *n);

#endif
