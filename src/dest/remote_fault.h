/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_FAULT_H
#define REMOTE_FAULT_H

/*
 * Whose fault it is that something went wrong by SFTP or FTP: what libcurl
 * calls it, and what an FTP server said.
 */

#include <curl/curl.h>

#include "dest.h"

struct remote_fault {
	/* DEST_LATER: the line's, or a server's that is bad just now.
	   DEST_PAUSED: the login's or the place's. DEST_ABSENT: there is no
	   such file or folder, or it may not be made. */
	enum dest_result result;
	const char *text; /* never NULL */
	bool full;        /* a disk or a quota */
	bool answered;    /* the server said so: the line is good */
	bool machine;     /* this one's, such as its memory */
};

/*
 * reply is the last line of FTP's control connection, or ""; error is
 * libcurl's own text.
 */
struct remote_fault remote_fault(
    CURLcode code, const char *reply, const char *error);

#endif
