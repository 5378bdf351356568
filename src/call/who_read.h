/* SPDX-License-Identifier: ISC */
#ifndef WHO_READ_H
#define WHO_READ_H

/* Reads the rules of who.h from the document of a policy and reports faults. */

#include "policy_read.h"

/*
 * Keys of [recording] that are not settings: country, outside_line, extensions.
 * They are read first, because the comparison of numbers depends on them.
 */
extern const char *const who_read_keys[];
void who_read_plan(
    struct policy *p, const struct doc_section *s, struct policy_notes *faults);
/* Reads a section [number REST], [agent REST] or [internal]. */
void who_read_section(struct policy *p, enum who_kind kind,
    const struct doc_section *s, const char *rest, struct policy_notes *faults);
/* Call it after the last section. */
void who_read_end(struct policy *p, struct policy_notes *faults);

/* Gets the n-th section that is a rule, from 1; false: there is none. */
bool who_read_rule(const struct doc *doc, size_t n, struct who *who);
/* For recpolicy -t: rules that can never match, or that another one covers. */
void who_read_check(const struct policy *p, struct policy_notes *notes);

#endif
