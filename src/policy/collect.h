/* SPDX-License-Identifier: ISC */
#ifndef COLLECT_H
#define COLLECT_H

/*
 * recpolicy --collect: the calls whose files a PBX left in a directory enter
 * the spool, are refused, or wait. It speaks through cli.h.
 *
 *	struct collect c = {.dir = dir, .spool_path = spool, .policy = &policy,
 *	    .late_us = ..., .torn_us = -1};
 *	status = collect_run(&c, argc, argv);
 *
 * The content of the directory is not trusted: see guard.h and source.h.
 */

#include "admit.h"
#include "import.h"
#include "incoming.h"
#include "policy.h"

/* The outcomes of calls in one run, for the metrics. */
enum collect_outcome {
	COLLECT_ENTERED,
	COLLECT_KNOWN, /* it entered before */
	COLLECT_REFUSED,
	COLLECT_WAITING,
	COLLECT_LATE, /* it waits for longer than late_us */
	COLLECT_UNUSABLE,
	COLLECT_OUTCOMES
};
extern const char *const collect_outcome_names[COLLECT_OUTCOMES + 1];

/* A call of the directory, from a call file or from a log. */
struct collect_candidate {
	struct incoming_file *file; /* NULL: it is from a log */
	struct doc doc; /* of a log; a call file is read at its turn */
	char *stem;     /* "2026/11/c1": its other files begin like this */
	char *
	    *own; /* relative paths of a recorder's files of this call alone */
	size_t owns;
	/* Of a log: nothing of the recorder is here; but files of hooks are. */
	bool bare, hooks;
};

struct collect {
	const char *dir, *spool_path, *metrics, *from;
	const struct policy *policy;
	const struct import_options *import;
	int64_t late_us; /* a call that waits for so long is reported, once */
	int64_t torn_us; /* one that waits for so long enters; -1: never */
	bool json;       /* of collect_orphans() */
	bool nul;        /* paths end in NUL, on input and output */
	bool take_erased;
	/* private */
	struct spool spool;
	struct door door;
	struct admit admit;
	struct incoming in;
	struct collect_candidate *candidate;
	size_t candidates;
	char **fault; /* of logs, to be reported once */
	size_t faults;
	size_t count[COLLECT_OUTCOMES], orphans, unrecorded;
	int64_t oldest_s; /* of the files that wait; 0: none */
	bool policy_told, stop;
	int status;
};

/* The worst of the statuses. */
int collect_run(struct collect *c, int argc, char **argv);
/*
 * Prints the files that no call names and that were not changed for late_us.
 * EXIT_GIVEN_UP if there is one. It needs no spool and changes nothing.
 */
int collect_orphans(struct collect *c, int argc, char **argv);

/* Handles one call: it enters, is refused, or stays. */
void collect_call(struct collect *c, struct collect_candidate *cand);
/* Counts the calls that name each file, before any file is deleted. */
void collect_name_files(struct collect *c, struct collect_candidate *cand);
/*
 * Prints the text, unless the audit log shows that it was printed before. The log
 * gets no names and no content of files: only a hash of `of`, and `what`, which is
 * NULL or a fixed text.
 */
void collect_say_once(struct collect *c, const char *id, const char *event,
    const char *of, const char *what, const char *text);
/* Adds the calls in the logs of the command line that have files in the
 * directory. */
int collect_logs(struct collect *c, int argc, char **argv);
/* True if it was printed before. */
bool collect_was_said(const struct collect *c, const char *id,
    const char *event, const char *of, const char *what);
struct collect_candidate *collect_add(struct collect *c);

#endif
