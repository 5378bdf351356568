/* SPDX-License-Identifier: ISC */
#ifndef HANDLES_H
#define HANDLES_H

/*
 * libcurl's easy handles that nobody uses just now, for the threads of one
 * destination:
 *
 *	one = handles_borrow(h);
 *	curl_easy_setopt(one.easy, ...) ...
 *	code = handles_perform(one, &soon);
 *	handles_give_back(h, one);	or handles_drop(one), where the
 *					connection is not to be used again
 *
 * They run in the loop, and share its connections, or each alone: on its
 * caller's thread, in a multi handle that serves no other, so that a connection
 * is only used again by the handle that made it. FTP and SFTP must run alone:
 * - At the end of a file libcurl waits for the server's last reply (226; SFTP's
 *   to CLOSE) within curl_multi_perform(), until the stall timeout: ftp_done()
 *   and ssh_done() in 7.88, and still in 8.19. In the loop that holds up the
 *   transfers to all destinations: with replies of an FTP server that came
 *   0.6 s late, WebDAV on the side stood for 1.2 s, else never above 0.13 s.
 * - An FTP data connection must take up the TLS session of its own control
 *   connection (vsftpd: require_ssl_reuse, else "522"). libcurl keeps the
 *   session with the handle that made it, not with the connection, and the
 *   loop gives that to another handle: 4 of 24 files arrived.
 */

#include "loop.h"

struct handle {
	CURL *easy;
	CURLM *own;        /* NULL: it runs in the loop */
	struct line *line; /* private */
};

struct handles;
struct handles *handles_new(bool alone);
void handles_free(struct handles *h); /* NULL is fine; all given back */

/* An idle one, or a new one; its options are reset. */
struct handle handles_borrow(struct handles *h);
void handles_give_back(struct handles *h, struct handle one);
void handles_drop(struct handle one);

/*
 * Blocks until the transfer is through. Alone, and while *soon, libcurl is
 * called every few milliseconds though none of the sockets that it names is
 * ready: see remote.c.
 */
CURLcode handles_perform(struct handle one, const bool *soon);

/*
 * From the progress callback of one that runs alone: where so many bytes were
 * told for that long already the connection is broken off, and true returned;
 * the callback is to stop the transfer then, which ends with
 * CURLE_OPERATION_TIMEDOUT. Where libcurl 7.88 itself gives up on SFTP it waits
 * a second for the server's goodbye, and if that does not come it forgets the
 * session with all its buffers: 323 kB each time.
 */
bool handles_watch(struct handle one, curl_off_t moved, int limit_s);
void handles_cut(struct handle one);

#endif
