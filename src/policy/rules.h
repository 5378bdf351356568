/* SPDX-License-Identifier: ISC */
#ifndef RULES_H
#define RULES_H

/* The policy of the command line, read and tested; faults go to stderr. */

#include "policy.h"

/*
 * EXIT_DONE, or EXIT_USAGE after every fault was told where `all`, else the
 * first. The document must live as long as the policy.
 */
int rules_load(
    const char *path, bool all, struct doc *doc, struct policy *policy);
/* recpolicy -t of a policy that reads well. */
int rules_test(const struct policy *p);

#endif
