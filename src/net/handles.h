/* SPDX-License-Identifier: ISC */
#ifndef HANDLES_H
#define HANDLES_H

/*
 * The idle easy handles of libcurl, for the threads of one destination:
 *
 *	one = handles_borrow(h);
 *	curl_easy_setopt(one.easy, ...) ...
 *	code = handles_perform(one, &soon);
 *	handles_give_back(h, one);	or handles_drop(one), if the
 *					connection must not be reused
 *
 * They run in the loop (loop.h) and share its connections, or alone: in the
 * caller's thread, in a multi handle of their own, so that only the handle that
 * made a connection uses it again. FTP and SFTP must run alone:
 * - At the end of a file, libcurl waits for the last reply of the server (226;
 *   SFTP's to CLOSE) within curl_multi_perform(), until the stall timeout:
 *   ftp_done() and ssh_done() in 7.88 and also in 8.19. In the loop this blocks
 *   the transfers to all destinations. When the replies of an FTP server came
 *   0.6 s late, WebDAV transfers stopped for 1.2 s, otherwise at most 0.13 s.
 * - An FTP data connection must reuse the TLS session of its own control
 *   connection (vsftpd: require_ssl_reuse, else "522"). libcurl keeps the
 *   session with the handle that made it, not with the connection, and the
 *   loop gives the connection to another handle: only 4 of 24 files arrived.
 */

#include "loop.h"

struct handle {
	CURL *easy;
	CURLM *own;        /* NULL: it runs in the loop */
	struct line *line; /* private */
};

struct handles;
struct handles *handles_new(bool alone);
/* NULL is fine. All handles must have been given back. */
void handles_free(struct handles *h);

/* Gets an idle handle or a new one; its options are reset. */
struct handle handles_borrow(struct handles *h);
void handles_give_back(struct handles *h, struct handle one);
void handles_drop(struct handle one);

/*
 * Blocks until the transfer has ended. If the handle runs alone, and while *soon
 * is true, libcurl is called every few milliseconds even if none of its sockets
 * is ready: see remote.c.
 */
CURLcode handles_perform(struct handle one, const bool *soon);
/*
 * True if a transfer over SFTP or FTP that ended so must be performed again: it
 * will have a new connection. If no byte is transferred on a connection that was
 * used before, as of an empty file, libcurl takes it for dead; from 8.13 on it
 * then fails instead of using another one (curl's issue 19165).
 */
bool handles_repeats(CURL *easy, CURLcode code);

/*
 * Call it in the progress callback of a handle that runs alone. If `moved` has
 * not changed for limit_s seconds, it closes the connection and returns true; the
 * callback must then stop the transfer, which ends with CURLE_OPERATION_TIMEDOUT.
 * libcurl's own timeout is not used: when 7.88 gives up on SFTP, it waits a second
 * for the server and otherwise leaks the session with its buffers, 323 kB each
 * time.
 */
bool handles_watch(struct handle one, curl_off_t moved, int limit_s);
void handles_cut(struct handle one);

#endif
