/* SPDX-License-Identifier: ISC */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/* A decision told to a person, 80 columns wide where lines can be, or to jq. */

#include "decide.h"

#include "text.h"

/* Every setting with its line and what it overrides; the call in time. */
void explain_text(const struct decision *d, struct buf *out);
/* One object in one line. */
void explain_json(const struct decision *d, struct buf *out);
/* How two decisions of one call differ, "" where they do not. */
void explain_difference(
    const struct decision *old, const struct decision *new, struct buf *out);

#endif
