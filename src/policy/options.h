/* SPDX-License-Identifier: ISC */
#ifndef OPTIONS_H
#define OPTIONS_H

/* The command line of recpolicy(1). */

#include "import.h"
#include "message_put.h"

struct options {
	const char *config, *spool, *replay, *from, *tickets, *recorder;
	const char *collect, *metrics;
	int64_t late_us, torn_us; /* of --collect; torn_us -1: never */
	bool init, move, take_erased, test, explain, json, live, nul, audit;
	int64_t tolerance_us;
	struct import_options import;
	char *legs; /* import.legs, made absolute */
	struct message_put message;
	const char *against;
};

/* Parses and checks the command line. A fault ends the program with status 2. */
void options_parse(struct options *o, int argc, char **argv);
void options_free(struct options *o);

#endif
