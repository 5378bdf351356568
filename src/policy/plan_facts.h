/* SPDX-License-Identifier: ISC */
#ifndef PLAN_FACTS_H
#define PLAN_FACTS_H

/*
 * The parts of a plan that recmix only passes on: the policy that decided, who
 * was asked, what was heard, and the events of the call. See rec-policy(5), "The
 * plan".
 */

#include "decide.h"

/* The most events of a kind that can be repeated, such as hold. */
#define PLAN_FACTS_EVENTS_MAX 1000

/* Adds keys to the document's [plan], and a section [events]. */
void plan_facts_add(const struct decision *d, struct doc *doc);

#endif
