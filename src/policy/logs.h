/* SPDX-License-Identifier: ISC */
#ifndef LOGS_H
#define LOGS_H

/*
 * --from: reads the logs of the command line, and calls take() for each of their
 * calls with its call file.
 *
 *	struct logs logs = {.from = "asterisk-cel", .import = &options,
 *	    .take = take, .fault = fault, .arg = x};
 *	status = logs_read(&logs, argc, argv);
 */

#include "import.h"

#include "text.h"

/* What could not be used. */
enum logs_fault {
	LOGS_LINE, /* a torn line */
	LOGS_CALL, /* an invalid call */
	LOGS_PART, /* a call whose beginning is in none of the logs */
	LOGS_FILE  /* a whole log */
};

struct logs {
	const char *from;
	const struct import_options *import;
	bool nul; /* paths on standard input end in NUL */
	/* All return an exit status; text is the call file. */
	int (*take)(const char *path, const struct import_call *c,
	    const struct buf *text, void *arg);
	int (*fault)(const char *path, enum logs_fault fault,
	    const struct why *why, void *arg);
	/* Called after each log, or after all of one that was rotated; may be
	   NULL. */
	int (*end)(int status, void *arg);
	void *arg;
};

/* The worst of the statuses; after EXIT_LATER no more calls are taken. */
int logs_read(const struct logs *logs, int argc, char **argv);

#endif
