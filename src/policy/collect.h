/* SPDX-License-Identifier: ISC */
#ifndef COLLECT_H
#define COLLECT_H

/*
 * recpolicy --collect: the calls whose files a PBX left in a directory go into
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

/* A call that the directory, or a log, tells of. */
struct collect_candidate {
	struct incoming_file *file; /* its call file, or a log for it alone */
	struct doc doc;             /* of a log; else it is read when its turn
	                               comes */
	bool is_imported;
};

struct collect {
	const char *dir, *spool_path, *metrics, *from;
	const struct policy *policy;
	const struct import_options *import;
	int64_t late_us; /* a call that waits so long is told of, once */
	int64_t torn_us; /* and one that waits so long enters; -1: never */
	bool nul;        /* logs' paths on standard input end in NUL */
	/* private */
	struct spool spool;
	struct door door;
	struct admit admit;
	struct incoming in;
	struct collect_candidate *candidate;
	size_t candidates;
	size_t count[COLLECT_OUTCOMES], orphans, unrecorded;
	bool policy_told, stop;
	int status;
};

/* The worst of the statuses. */
int collect_run(struct collect *c, int argc, char **argv);

/* One of them: enters, is refused, or stays. */
void collect_call(struct collect *c, struct collect_candidate *cand);
/* Counts who names which file, before any goes. */
void collect_name_files(struct collect *c, struct collect_candidate *cand);

#endif
