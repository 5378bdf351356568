/* SPDX-License-Identifier: ISC */
#ifndef PLAN_H
#define PLAN_H

/*
 * The plan of rec-policy(5): recpolicy's decision, which recmix carries out. Its
 * document has the [call] and [leg] sections of the call file, then [plan], then
 * a [recording N] for each recording.
 */

#include <stdint.h>

#include "doc.h"

#include "text.h"

enum plan_style { PLAN_CUT, PLAN_SILENCE, PLAN_TONE, PLAN_STYLES };
extern const char *const plan_style_names[PLAN_STYLES + 1];
/* PLAN_STYLES: there is no such style. */
enum plan_style plan_style_of(const char *name);

/* [start, end) of the call that must not be heard. */
struct plan_cut {
	int64_t start_us, end_us;
	/*
	 * "pause", "payment" or "pause+payment"; else why the call was not
	 * recorded in between: "queue-not-recorded".
	 */
	char *reason;
};

struct plan_recording {
	int64_t start_us, end_us;     /* after the call's `started` */
	char *queue, *agent;          /* NULL: none */
	bool talk_before, talk_after; /* that must not be heard */
	struct plan_cut *cut; /* in order, apart, within start and end */
	size_t cuts;
};

struct plan {
	bool record;
	bool accept; /* the account of the legs does not hold the call */
	char *
	    reason; /* the line that decides: "policy.ini:14 [inbound] record" */
	int channels; /* 1 or 2 */
	enum plan_style style;
	char **message; /* audio files in the order in which they play */
	size_t messages;
	struct plan_recording *recording; /* in order of time, apart */
	size_t recordings;
};

void plan_add_message(struct plan *p, const char *file);
/* The pointer is valid until the next one is added. */
struct plan_recording *plan_add_recording(
    struct plan *p, int64_t start_us, int64_t end_us);
void plan_add_cut(struct plan_recording *r, int64_t start_us, int64_t end_us,
    const char *reason);
void plan_free(struct plan *p);
/* True for a pause or a payment, false for time that was not recorded. */
bool plan_is_redaction(const char *reason);

/* Adds the sections of the decision to a document. */
void plan_to_doc(const struct plan *p, struct doc *doc);
/*
 * Reads and checks these sections. 0, or -1 with why = "file:line: ...". Unknown
 * keys and sections are ignored, because programs pass them on.
 */
int plan_from_doc(struct plan *p, const struct doc *doc, struct why *why);

#endif
