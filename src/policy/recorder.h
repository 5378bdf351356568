/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * recpolicy --check-recorder: what the PBX does not log that the policy needs,
 * on standard output, each with the line to write and its file.
 */

#include "import.h"
#include "policy.h"

/*
 * Logs, legs and directories with them. p may be NULL: all that a policy can
 * ask for is needed. EXIT_GIVEN_UP where something is missing.
 */
int recorder_check(const struct policy *p, const char *recorder,
    const struct import_options *o, bool json, char *const *path, int paths);

#endif
