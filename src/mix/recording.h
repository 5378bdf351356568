/* SPDX-License-Identifier: ISC */
#ifndef RECORDING_H
#define RECORDING_H

/*
 * One MP3 of a call that render.h has started: mixed, encoded, tagged, checked
 * where that was asked for, and durable under its name. Recordings are made in
 * order. Same answers as in render.h.
 */

#include "render.h"
#include "ticket.h"

#include "text.h"

/* Replaces a file of that name, unless it is one of the legs. */
int recording_make(struct render *r, size_t recording, int outdir,
    const char *name, struct ticket_file *f, struct why *why);
/*
 * To a descriptor, which may be a pipe, when it is complete: players need its
 * first frame, which is known last.
 */
int recording_send(struct render *r, size_t recording, int to, struct why *why);

#endif
