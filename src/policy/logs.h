/* SPDX-License-Identifier: ISC */
#ifndef LOGS_H
#define LOGS_H

/*
 * --from: the calls of the logs that the command line names, one after the
 * other, as call files.
 *
 *	struct logs logs = {.from = "asterisk-cel", .import = &options,
 *	    .take = take, .fault = fault, .arg = x};
 *	status = logs_read(&logs, argc, argv);
 */

#include "import.h"

#include "text.h"

/* What could not be taken. */
enum logs_fault {
	LOGS_LINE, /* a line that is torn */
	LOGS_CALL, /* a call that can be none */
	LOGS_PART, /* one whose beginning is in no log that was given */
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
	/* After each log, or after those that are one; may be NULL. */
	int (*end)(int status, void *arg);
	void *arg;
};

/* The worst of the statuses; after EXIT_LATER no more calls are taken. */
int logs_read(const struct logs *logs, int argc, char **argv);

#endif
