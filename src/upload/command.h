/* SPDX-License-Identifier: ISC */
#ifndef COMMAND_H
#define COMMAND_H

/*
 * A program of the operator's: never by a shell. It reads the text on standard
 * input; its standard output goes nowhere, its standard error is ours. It is
 * killed, with all of its group, when its time is over or loop_abandon() was
 * called. Any thread may call this.
 */

#include "text.h"

/*
 * argv[0] is a path. more: variables of the environment besides our own,
 * NULL-ended. 0: it ended with status 0; -1 with why.
 */
int command_run(char *const *argv, char *const *more, const char *text,
    int timeout_s, struct why *why);

#endif
