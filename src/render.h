/* SPDX-License-Identifier: ISC */
#ifndef RENDER_H
#define RENDER_H

/*
 * Makes the MP3s of one call: opens its legs, mixes what the plan keeps,
 * encodes, tags, and leaves each file durable under its name.
 *
 *	render_open(&r, &call, &plan, dirfd, follow, &options, &why);
 *	render_one(&r, 0, outdir, "c1042.mp3", &ticket_file, &why) ...
 *	render_close(&r);
 *
 * Recordings are made in order. Functions return EXIT_DONE, EXIT_GIVEN_UP (the
 * call cannot be mixed) or EXIT_LATER (the machine failed), the last two with
 * why.
 */

#include "call.h"
#include "plan.h"
#include "ticket.h"

struct render_options {
	unsigned rate;  /* 0: the highest of the legs */
	int channels;   /* 0: as the plan says */
	int kbps;       /* 0: by rate and channels */
	int quality;    /* LAME's */
	int jobs;       /* threads */
	int64_t pad_us; /* cut that much more on both sides */
	bool verify;    /* decode what was made before it gets its name */
};

struct track;
struct render {
	const struct call *call;
	const struct plan *plan;
	struct render_options set; /* with rate, channels, kbps filled in */
	struct track **track;
	size_t tracks;
	char **warning; /* what the caller should tell */
	size_t warnings;
	char **note; /* what it may tell */
	size_t notes;
};

/* NULL, or what is wrong with a chosen rate, bit rate or quality. */
const char *render_fault(const struct render_options *o);

int render_open(struct render *r, const struct call *call,
    const struct plan *plan, int dirfd, bool follow,
    const struct render_options *o, struct why *why);
/* Replaces a file of that name, unless it is one of the legs. */
int render_one(struct render *r, size_t recording, int outdir, const char *name,
    struct ticket_file *f, struct why *why);
void render_close(struct render *r);

#endif
