/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_H
#define FREESWITCH_H

/*
 * Reads the CDRs of FreeSWITCH's mod_json_cdr or mod_format_cdr (in JSON): a file
 * with one call, an array of calls, or one call in each line; variables are
 * URL-encoded or not. Each channel has a record of its own. The record of a B leg
 * is not a call, but its recordings, holds and bridges belong to one. It is found
 * by its uuid: in the same file, else as UUID.cdr.json, a_UUID.cdr.json or
 * b_UUID.cdr.json beside it. Source: mod_json_cdr, mod_format_cdr and
 * switch_ivr_generate_json_cdr. Times are microseconds since 1970.
 */

#include "import.h"

#include "text.h"

struct switch_record;

int freeswitch_add(struct import *im, const char *path, struct why *why);
/* Calls each() for each record of a file. -1: it has none, or another format. */
int freeswitch_each(const struct import_options *o, const char *path,
    void (*each)(const struct switch_record *r, void *arg), void *arg);

#endif
