/* SPDX-License-Identifier: ISC */
#ifndef LIMIT_H
#define LIMIT_H

/*
 * The largest file that every destination in use takes: rec-upload(5). Only
 * what concerns sizes is read; recupload checks the rest.
 */

#include "util.h"

/* *bytes is the smallest max_bytes; 0: none is named. 0, or -1 with why. */
int limit_read(const char *path, uint64_t *bytes, struct why *why);

#endif
