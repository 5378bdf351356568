/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_FAULT_H
#define REMOTE_FAULT_H

/*
 * Decides whose fault a failure of SFTP or FTP is, by the error of libcurl and
 * the answer of the FTP server.
 */

#include <curl/curl.h>

#include "dest.h"

struct remote_fault {
	/* DEST_LATER: the network, or a temporary failure of the server.
	   DEST_PAUSED: the login or the path is wrong. DEST_ABSENT: there is no
	   such file or folder, or it may not be made. */
	enum dest_result result;
	const char *text; /* never NULL */
	bool full;        /* a disk or a quota is full */
	bool answered;    /* by an answer of the server: the network works */
	bool machine;     /* a fault of this machine, such as no memory */
};

/*
 * reply: the last line of FTP's control connection, or ""; error: libcurl's
 * text.
 */
struct remote_fault remote_fault(
    CURLcode code, const char *reply, const char *error);

#endif
