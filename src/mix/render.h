/* SPDX-License-Identifier: ISC */
#ifndef RENDER_H
#define RENDER_H

/*
 * Makes one MP3 of a started session: mixes, encodes, tags and, with
 * set.verify, checks it. Recordings must be made in order. Functions return what
 * those of session.h do.
 */

#include "session.h"
#include "ticket.h"

#include "text.h"

/* Durable under its name when it returns EXIT_DONE. Replaces a file of that name,
 * unless it is one of the legs. */
int render_file(struct session *r, size_t recording, int outdir,
    const char *name, struct ticket_file *f, struct why *why);
/*
 * Writes the MP3 to a descriptor, which may be a pipe, when it is complete: its
 * first frame is known last.
 */
int render_to(struct session *r, size_t recording, int to, struct why *why);

#endif
