/* SPDX-License-Identifier: ISC */
#ifndef DIALOGUE_H
#define DIALOGUE_H

/*
 * recpolicy --live: events from standard input to live.h, its answers to
 * standard output at once. Returns the program's status.
 */

#include "policy.h"

int dialogue_run(const struct policy *policy, const char *path);

#endif
