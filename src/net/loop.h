/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

/*
 * All HTTP transfers of the process run in one multi handle of libcurl, in a
 * thread of its own. They share connections, names, TLS sessions and HTTP/2. (FTP
 * and SFTP do not run here: see handles.h.) A caller sets up an easy handle and
 * blocks until the transfer has ended:
 *
 *	CURL *easy = loop_easy();
 *	curl_easy_setopt(easy, ...);
 *	code = loop_perform(easy);
 *	curl_easy_cleanup(easy);	or curl_easy_reset() and again
 *
 * Callbacks run in the loop's thread. They must not block for long, and must not
 * call loop_perform().
 */

#include <curl/curl.h>
#include <stdbool.h>

/* Like curl_easy_init(), but never NULL. */
CURL *loop_easy(void);
/* Any number of threads at once. */
CURLcode loop_perform(CURL *easy);

/*
 * From a signal handler or any thread: running and later transfers end with
 * CURLE_ABORTED_BY_CALLBACK.
 */
void loop_abandon(void);
bool loop_abandoned(void);

/* Closes the connections and ends the thread. No thread may be in
 * loop_perform(). */
void loop_end(void);

#endif
