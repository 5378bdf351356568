/* SPDX-License-Identifier: ISC */
#ifndef RENDER_H
#define RENDER_H

/*
 * One MP3 of a call that session.h has started: mixed, encoded, tagged, checked
 * where that was asked for, and durable under its name. Recordings are made in
 * order. Same answers as in session.h.
 */

#include "session.h"
#include "ticket.h"

#include "text.h"

/* Replaces a file of that name, unless it is one of the legs. */
int render_file(struct session *r, size_t recording, int outdir,
    const char *name, struct ticket_file *f, struct why *why);
/*
 * To a descriptor, which may be a pipe, when it is complete: players need its
 * first frame, which is known last.
 */
int render_to(struct session *r, size_t recording, int to, struct why *why);

#endif
