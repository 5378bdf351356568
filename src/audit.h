/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_H
#define AUDIT_H

/*
 * The spool's audit log, SPOOL/audit.log: one line for each event in a call's
 * life, append-only, each line carrying the SHA-256 of the line before.
 *
 *	TIME PREVIOUS CALL EVENT details
 *
 * TIME is RFC 3339 UTC, PREVIOUS 64 hexadecimal digits (zeros in the first
 * line), CALL the call id or "-", EVENT one of: entered mixed split uploaded
 * removed swept failed retried refused. Details are words key=value; never
 * audio, never a secret.
 */

#include "util.h"

/* 0, or -1 with why. spool_fd is the spool's root (struct spool, fd). */
int audit_add(int spool_fd, int64_t now_us, const char *id, const char *event,
    struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* The chain from the first line to the last: 0, or -1 with the line at fault. */
int audit_verify(int spool_fd, struct why *why);

#endif
