/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_H
#define FREESWITCH_H

/*
 * FreeSWITCH's mod_json_cdr: a file with one call, an array of calls, or one
 * call in each line; variables are URL-encoded or not. A B leg, which another
 * call's file tells already, is no call. Source: mod_json_cdr and
 * switch_ivr_generate_json_cdr; times are microseconds since 1970. hold_events:
 * switch_channel_set_timestamps; the agents' legs: mod_callcenter's cc_side.
 */

#include "import.h"

#include "text.h"

int freeswitch_add(struct import *im, const char *path, struct why *why);

#endif
