/* SPDX-License-Identifier: ISC */
#ifndef LOOP_H
#define LOOP_H

/*
 * All HTTP of the process runs in one curl multi handle, on one thread of its
 * own: the transfers share connections, names, TLS sessions and HTTP/2 (not so
 * FTP and SFTP, see handles.h). A caller sets up an easy handle and blocks
 * until it is through:
 *
 *	CURL *easy = loop_easy();
 *	curl_easy_setopt(easy, ...);
 *	code = loop_perform(easy);
 *	curl_easy_cleanup(easy);	or curl_easy_reset() and again
 *
 * Callbacks run on the loop's thread: they must not block for long, and must
 * not call loop_perform().
 */

#include <curl/curl.h>
#include <stdbool.h>

/* As curl_easy_init(), never NULL. */
CURL *loop_easy(void);
/* Any number of threads at once. */
CURLcode loop_perform(CURL *easy);

/*
 * From a signal handler or any thread: running and later transfers end with
 * CURLE_ABORTED_BY_CALLBACK.
 */
void loop_abandon(void);
bool loop_abandoned(void);

/* Closes the connections, ends the thread; nobody may be in loop_perform(). */
void loop_end(void);

#endif
