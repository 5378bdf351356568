/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * Runs a program of the operator, without a shell. It reads the text on standard
 * input. Its standard output is discarded, its standard error is ours. It is
 * killed with its process group after timeout_s, or if loop_abandon() is called.
 * Any thread may call this.
 */

#include "text.h"

/*
 * argv[0] is a path. more: additional environment variables, NULL-ended. 0 if it
 * exited with status 0, or -1 with why.
 */
int command_run(char *const *argv, char *const *more, const char *text,
    int timeout_s, struct why *why);

#endif
