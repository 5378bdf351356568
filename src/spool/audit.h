/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_H
#define AUDIT_H

/*
 * The spool's audit log, SPOOL/audit.log: one line for each event of a call. It
 * is only appended to. Each line has the SHA-256 of the line before it.
 *
 *	TIME PREVIOUS CALL EVENT details
 *
 * TIME is RFC 3339 UTC, PREVIOUS 64 hexadecimal digits (zeros in the first
 * line), CALL the call id or "-", EVENT one of: entered refused late unusable
 * mixed doubtful split uploaded exempt removed failed accepted retried swept
 * held released erasing erased kept. Details are words key=value; never
 * audio, never a secret.
 *
 * The log may be renamed to audit.log.1, .2 and so on, as logrotate(8) does;
 * the chain goes on from the last line of audit.log.1.
 */

#include <stdbool.h>
#include <stdint.h>

#include "text.h"

#define AUDIT_HASH_SIZE 65

struct audit_event {
	const char *id, *event, *details;
};
/*
 * Durable when it returns 0, or -1 with why. spool_fd is the spool's root
 * (struct spool, fd). All events go in by one write, one sync.
 */
int audit_add_all(int spool_fd, int64_t now_us, const struct audit_event *e,
    size_t events, struct why *why);
/* The same, durable only once the caller has synced the file system. */
int audit_write_all(int spool_fd, int64_t now_us, const struct audit_event *e,
    size_t events, struct why *why);
int audit_add(int spool_fd, int64_t now_us, const char *id, const char *event,
    struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));

/* A person's text as one line without '"', at most 300 bytes; to be freed. */
char *audit_words(const char *text);

struct audit_chain {
	size_t lines;
	char head[AUDIT_HASH_SIZE]; /* the hash of the last line, or zeros */
};
/*
 * Checks the chain from the first line to the last, through rotated logs. 0, or
 * -1 with the wrong line in why. A chain alone does not show that its last lines
 * were removed: if `seen` is not NULL, a line with this hash must be in the log.
 */
int audit_verify(
    int spool_fd, const char *seen, struct audit_chain *chain, struct why *why);

/* Gets the hash of the last line, or zeros. Repairs a line that a crash left
 * incomplete. */
int audit_last(int spool_fd, char hex[AUDIT_HASH_SIZE], struct why *why);

/* A place in the log, which remains valid when the log is rotated. {0} is its
 * beginning. */
struct audit_place {
	int64_t end;                /* of the line, in the file that it is in */
	char head[AUDIT_HASH_SIZE]; /* of that line */
};
/*
 * Calls each() for each line after the place, oldest first, without its newline,
 * and moves the place to the end. A place that is in none of the logs any more
 * counts as the beginning. 0, or -1 with why.
 */
int audit_since(int spool_fd, struct audit_place *place,
    void (*each)(const char *line, size_t n, void *arg), void *arg,
    struct why *why);
/*
 * Whether the line of the place is in one of the logs, or was the last before
 * the oldest of them. 0, or -1 with why.
 */
int audit_has_place(
    int spool_fd, const struct audit_place *place, bool *has, struct why *why);

/* Calls tell() for each line of a call, oldest first, with its newline. 0, or -1
 * with why. */
int audit_story(int spool_fd, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why);

#endif
