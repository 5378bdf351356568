/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_H
#define FREESWITCH_H

/*
 * FreeSWITCH's mod_json_cdr or mod_format_cdr (in JSON): a file with one call,
 * an array of calls, or one call in each line; variables are URL-encoded or not.
 * Each channel has a record of its own. A B leg is no call; what it tells of the
 * call (its own recordings, holds, when it was bridged) is looked up by its
 * uuid: in the same file, else as UUID.cdr.json, a_UUID.cdr.json or
 * b_UUID.cdr.json beside it. Source: mod_json_cdr, mod_format_cdr and
 * switch_ivr_generate_json_cdr; times are microseconds since 1970.
 */

#include "import.h"

#include "text.h"

struct switch_record;

int freeswitch_add(struct import *im, const char *path, struct why *why);
/* The records of a file as they are; -1: it has none, or is none of these. */
int freeswitch_each(const struct import_options *o, const char *path,
    void (*each)(const struct switch_record *r, void *arg), void *arg);

#endif
