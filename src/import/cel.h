/* SPDX-License-Identifier: ISC */
#ifndef CEL_H
#define CEL_H

/*
 * Reads Asterisk's Channel Event Log, as cel_custom writes it (CSV or JSON, in the
 * orders of its sample configurations) or with a header line. Events with the
 * same linkedid are one call. Sources: docs.asterisk.org, "CEL Specification";
 * configs/samples/cel_custom.conf; logs of real calls (tests/real/asterisk).
 */

#include "import.h"

#include "text.h"

/* The logs, rotated ones in any order, are read as one. */
int cel_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

#endif
