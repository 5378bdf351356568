/* SPDX-License-Identifier: ISC */
#ifndef CHART_H
#define CHART_H

/*
 * Draws a decided call for a terminal, 78 columns wide: who holds it, who is on
 * the line, what was played and asked, what is recorded and into which file. A
 * cell shows what happened in any part of its time, so that nothing is missing.
 */

#include "decide.h"

#include "text.h"

void chart_add(const struct decision *d, struct buf *out);

#endif
