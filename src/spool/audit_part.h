/* SPDX-License-Identifier: ISC */
#ifndef AUDIT_PART_H
#define AUDIT_PART_H

/* The files of the audit log (audit.h), for those that read it. */

#include <sys/types.h>

enum { AUDIT_NAME_SIZE = 32, AUDIT_ROTATED_MAX = 1000 };

/* Opens "audit.log" for 0, "audit.log.3" for 3, for reading; -1 with errno. */
int audit_open_part(int spool_fd, int n, char name[AUDIT_NAME_SIZE]);
/* The place after the last newline before `end`; 0 if there is none, or -1. */
off_t audit_line_start(int fd, off_t end);

#endif
