/* SPDX-License-Identifier: ISC */
#ifndef RECORDER_H
#define RECORDER_H

/*
 * recpolicy --check-recorder: prints what the policy needs and the PBX does not
 * log, with the line to write and its file.
 */

#include "import.h"
#include "policy.h"

/*
 * path: logs, legs and directories with them. p NULL: everything that a policy
 * can demand is needed. EXIT_GIVEN_UP if something is missing.
 */
int recorder_check(const struct policy *p, const char *recorder,
    const struct import_options *o, bool json, char *const *path, int paths);

#endif
