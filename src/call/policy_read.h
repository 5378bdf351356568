/* SPDX-License-Identifier: ISC */
#ifndef POLICY_READ_H
#define POLICY_READ_H

/* A policy from its document, with every fault that is in it. */

#include "policy.h"

/* Texts for a person, one each, "file:line: ..."; {0} to begin. */
struct policy_notes {
	char **text;
	size_t count;
};
void policy_notes_free(struct policy_notes *notes);
void policy_note(struct policy_notes *notes, const struct policy *p, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same of a text that has its place. */
void policy_note_text(struct policy_notes *notes, const char *text);

/* 0, or -1 with every fault that was found in `faults`. */
int policy_from_doc(
    struct policy *p, const struct doc *doc, struct policy_notes *faults);

#endif
