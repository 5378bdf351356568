/* SPDX-License-Identifier: ISC */
#ifndef SESSION_H
#define SESSION_H

/*
 * A call that is being mixed: its open legs on one clock, and the format of its
 * MP3s.
 *
 *	session_open(&r, &call, dirfd, follow, &options, &why);
 *	session_start(&r, &plan, &why);
 *	render_file(&r, 0, ...) ...		see render.h
 *	session_close(&r);
 *
 * Functions return EXIT_DONE, EXIT_GIVEN_UP (the call cannot be mixed) or
 * EXIT_LATER (the machine failed), the last two with why.
 */

#include "account.h"
#include "call.h"
#include "plan.h"
#include "pool.h"

#include "text.h"

struct session_options {
	unsigned rate;  /* 0: the highest of the legs */
	int channels;   /* 0: those of the plan */
	unsigned first; /* roles on the first channel: see mix_channel() */
	int kbps;       /* 0: the default for rate and channels */
	int vbr;        /* LAME's -V; -1: constant bit rate */
	int quality;    /* LAME's */
	int64_t pad_us; /* widen cuts by this time on both sides */
	bool verify;    /* decode each MP3 before it gets its name */
	bool pair;      /* a single leg of two channels is customer, agent */
	bool strict;    /* a leg without sound is an error, not silence */
	bool untold;    /* the lengths of the legs are unknown: see session.c */
	bool accept;    /* the account does not hold the call */
	struct pool *pool;
	/* NULL, or called often: n more samples are done; `done` of `all` are
	 * in this recording */
	void (*progress)(
	    void *arg, unsigned rate, int64_t n, int64_t done, int64_t all);
	void *progress_arg;
};

struct mix_pad;
struct mix_piece;
struct track;
struct picture;
struct session {
	const struct call *call;
	const struct plan *plan;
	struct session_options set; /* with rate, channels, kbps filled in */
	struct track **track;
	size_t tracks;
	struct account account;
	struct call twin; /* the call, if set.pair made two legs of one */
	struct call_leg pair[2]; /* these legs */
	size_t *number;          /* the plan's recordings that have a sample */
	size_t recordings;
	struct picture *picture; /* borrowed; NULL: none */
	char **warning;          /* to be printed by the caller */
	size_t warnings, warnings_told;
	char **note; /* to be printed with -v */
	size_t notes, notes_told;
	bool held; /* after session_start(): held by its account */
};

/* NULL, or what is wrong with the rate, bit rate or quality. */
const char *session_fault(const struct session_options *o);

/* The call, what it borrows, and the plan must live until session_close(). */
int session_open(struct session *r, const struct call *call, int dirfd,
    bool follow, const struct session_options *o, struct why *why);
/* When the last leg ends, in microseconds after the call's start. */
int64_t session_end_us(const struct session *r);
/*
 * EXIT_GIVEN_UP if the account holds the call.
 */
int session_start(struct session *r, const struct plan *plan, struct why *why);
/* What does not balance, as one line to be freed; NULL: nothing. */
char *session_doubt(const struct session *r);
void session_close(struct session *r);

/* By how much each cut of a recording is widened: by pad_us and by the
 * uncertainty of its place. To be freed. */
struct mix_pad *session_pads(
    const struct session *r, const struct plan_recording *what);

/* The pieces of a recording of the plan, with widened cuts; see mix.h. */
size_t session_pieces(
    const struct session *r, size_t recording, struct mix_piece **piece);

/* Adds a warning. */
void session_warn(struct session *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
