/* SPDX-License-Identifier: ISC */
#ifndef COURIER_H
#define COURIER_H

/*
 * Carries recordings to their destinations. It speaks through cli.h, one line
 * for each attempt that failed; functions that return int and are not told
 * otherwise return an exit status.
 *
 *	struct courier c = {.up = &upload, .sp = &spool};
 *	c.health = util_alloc(upload.dests * sizeof *c.health);
 *	status = courier_spool(&c);
 */

#include "spool.h"
#include "ticket.h"
#include "upload.h"

/* How a destination is doing, as long as the program runs. */
struct courier_health {
	int failures;     /* in a row */
	int64_t until_us; /* not tried before; 0: open for business */
};

struct courier {
	struct upload *up;
	struct courier_health *health; /* one for each destination */
	struct spool *sp;
	int64_t next_us; /* when something is due again; 0: nothing is */
	bool busy;       /* a folder was held by somebody else */
};

/* All that is due in the spool's upload/. */
int courier_spool(struct courier *c);
/* Stays until courier_stop(), and takes what comes and what falls due. */
int courier_watch(struct courier *c);
/* From a signal handler. */
void courier_stop(void);

/* One file to one destination; attempts: that failed before. *object is its name there, to be freed. */
enum dest_result courier_deliver(struct dest *d, const struct ticket *t,
    const struct ticket_file *f, int fd, int attempts, char **object,
    struct dest_answer *a);
/* Remembers what an attempt says about destination i itself. */
void courier_note(struct courier *c, size_t i, enum dest_result r,
    int64_t now_us, int64_t retry_after_s);
/* A ticket that names files with their SHA-256; 0, or -1 with why. */
int courier_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why);

#endif
