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
 * Whatever is in the directory is data of strangers: see guard.h and source.h.
 */

#include "admit.h"
#include "import.h"
#include "incoming.h"
#include "policy.h"

/* What becomes of the calls of one run, for the metrics. */
enum collect_outcome {
	COLLECT_ENTERED,
	COLLECT_KNOWN, /* came before */
	COLLECT_REFUSED,
	COLLECT_WAITING,
	COLLECT_LATE, /* waits for longer than it should */
	COLLECT_UNUSABLE,
	COLLECT_OUTCOMES
};
extern const char *const collect_outcome_names[COLLECT_OUTCOMES + 1];

/* A call of the directory: by a call file, or by a log and what is here. */
struct collect_candidate {
	struct incoming_file *file; /* NULL: a log tells of it */
	struct doc doc; /* of a log; a call file is read at its turn */
	char *stem; /* "2026/11/c1": so the names of its other files begin */
	char **
	    own; /* paths beneath of a recorder's files that tell of it alone */
	size_t owns;
};

struct collect {
	const char *dir, *spool_path, *metrics, *from;
	const struct policy *policy;
	const struct import_options *import;
	int64_t late_us; /* a call that waits so long is told of, once */
	int64_t torn_us; /* and one that waits so long enters; -1: never */
	bool json;       /* of collect_orphans() */
	bool nul;        /* paths end in NUL, here and there */
	bool take_erased;
	/* private */
	struct spool spool;
	struct door door;
	struct admit admit;
	struct incoming in;
	struct collect_candidate *candidate;
	size_t candidates;
	char **fault; /* of logs, to be said once */
	size_t faults;
	size_t count[COLLECT_OUTCOMES], orphans, unrecorded;
	size_t stories;   /* looked up in the log */
	int64_t oldest_s; /* of the files that wait; 0: none does */
	bool policy_told, stop;
	int status;
};

/* The worst of the statuses. */
int collect_run(struct collect *c, int argc, char **argv);
/*
 * Only prints the files that no call names, late_us after their last change:
 * EXIT_GIVEN_UP where there is one. It needs no spool and changes nothing.
 */
int collect_orphans(struct collect *c, int argc, char **argv);

/* One of them: enters, is refused, or stays. */
void collect_call(struct collect *c, struct collect_candidate *cand);
/* Counts who names which file, before any goes. */
void collect_name_files(struct collect *c, struct collect_candidate *cand);
/*
 * Says the text unless the audit log shows that it was said before. The log
 * gets no names and no content of files: `of` is hashed, what is NULL or words
 * of ours.
 */
void collect_say_once(struct collect *c, const char *id, const char *event,
    const char *of, const char *what, const char *text);
/* The logs of the command line: adds what has anything in the directory. */
int collect_logs(struct collect *c, int argc, char **argv);
struct collect_candidate *collect_add(struct collect *c);

#endif
