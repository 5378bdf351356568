/* SPDX-License-Identifier: ISC */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

/*
 * What the plan says for those who get the recording, and recmix only passes
 * on: by which policy it was decided, who was asked, what was heard, and what
 * happened on the line. rec-policy(5), "The plan".
 */

#include "decide.h"

/* Events of a plan that can be repeated without end, such as hold. */
#define PLAN_FACTS_EVENTS_MAX 1000

/* Adds keys to the document's [plan], and a section [events]. */
void plan_facts_add(const struct decision *d, struct doc *doc);

#endif
