/* SPDX-License-Identifier: ISC */
#ifndef POLICY_READ_H
#define POLICY_READ_H

/* Reads a policy from its document and reports all faults. */

#include "policy.h"

/* A list of texts for a person, "file:line: ...". Initially {0}. */
struct policy_notes {
	char **text;
	size_t count;
};
void policy_notes_free(struct policy_notes *notes);
void policy_note(struct policy_notes *notes, const struct policy *p, int line,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* The same for a text that begins with "file:line: ". */
void policy_note_text(struct policy_notes *notes, const char *text);

/* 0, or -1 with all faults in `faults`. */
int policy_from_doc(
    struct policy *p, const struct doc *doc, struct policy_notes *faults);

#endif
