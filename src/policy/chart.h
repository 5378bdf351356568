/* SPDX-License-Identifier: ISC */
#ifndef CHART_H
#define CHART_H

/*
 * A decided call drawn for a terminal, 78 columns wide: who holds it, who is on
 * the line, what was played and asked, what is recorded and into which file.
 * A cell shows what happened in any part of its time, so nothing vanishes.
 */

#include "decide.h"

#include "text.h"

void chart_add(const struct decision *d, struct buf *out);

#endif
