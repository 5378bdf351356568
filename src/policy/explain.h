/* SPDX-License-Identifier: ISC */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/* Explains a decision to a person, 80 columns wide if possible, or as JSON. */

#include "decide.h"

#include "text.h"

/* Adds every setting with its line and what it overrides, and the timeline. */
void explain_text(const struct decision *d, struct buf *out);
/* Adds one object in one line. */
void explain_json(const struct decision *d, struct buf *out);
/* Adds how two decisions of one call differ; nothing if they do not. */
void explain_difference(
    const struct decision *old, const struct decision *new, struct buf *out);

#endif
