/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_H
#define REMOTE_H

/*
 * Files on another machine, by SFTP and by FTP over TLS, through libcurl.
 *
 *	struct remote r = {.url = "sftp://host/srv", .user = ...};
 *	remote_begin(&r, d);
 *	remote_read(&r, "a/b.mp3", most, &file, &answer);
 *	remote_end(&r);
 *
 * The server proves who it is (host key, certificate) before the login goes
 * there, every time; FTP is spoken in TLS only, control and data. Paths are
 * below the URL and hold only [A-Za-z0-9._/-].
 *
 * Functions return DEST_DONE, DEST_ABSENT (no such file, or no such directory)
 * or what the fault means for a recording, with the answer filled; messages
 * hold no secret. May be called from several threads at once.
 */

#include <curl/curl.h>

#include "dest.h"

struct remote {
	const struct dest *dest; /* its timeouts, ca_file, proxy and pace */
	char *url; /* sftp://, ftp:// (AUTH TLS), ftps:// (implicit); no '/' at
		      the end */
	char *user, *password;
	char *key_file, *passphrase; /* SFTP; instead of a password */
	char *known_hosts;           /* SFTP; this or host_key or both */
	char *host_key;              /* SFTP; SHA-256 in base64, without '=' */
	bool tls13;                  /* FTP: instead of 1.2 */
	struct handles *handles;     /* private */
};

struct remote_file {
	uint64_t bytes;
	char sha256[65];
};

/* Reads and hashes; a file longer than `most` is left with bytes > most. */
enum dest_result remote_read(const struct remote *r, const char *path,
    uint64_t most, struct remote_file *file, struct dest_answer *a);
/* Without reading it: *order < 0, 0, > 0 as the file is shorter than bytes,
 * of that size, or longer. */
enum dest_result remote_compare(const struct remote *r, const char *path,
    uint64_t bytes, int *order, struct dest_answer *a);
/* How sending went wrong; none of these: otherwise. */
struct remote_sent {
	bool broke;   /* while data was under way: the line, or a full disk */
	bool refused; /* by the server, whose answer it is */
	bool full;    /* its disk, as it says */
};
/*
 * Sends item->fd from that offset on, to the end of what is there; from 0 to a
 * new file, or over what is there. DEST_DONE: all of it was taken, and the
 * whole of what was read here has the item's SHA-256, else DEST_NEVER.
 * DEST_ABSENT: it does not go there: no such folder, or no right.
 */
enum dest_result remote_send(const struct remote *r, const char *path,
    const struct dest_item *item, uint64_t from, struct remote_sent *sent,
    struct dest_answer *a);
/* As folders.h wants it; nothing above it is made. */
enum dest_result remote_make_folder(
    const struct remote *r, const char *folder, struct dest_answer *a);
/* Some servers overwrite `to`: look right before. */
enum dest_result remote_rename(const struct remote *r, const char *from,
    const char *to, struct dest_answer *a);
/* A file that is not there is no fault. */
enum dest_result remote_remove(
    const struct remote *r, const char *path, struct dest_answer *a);

/* Once url is there; and what it points to. */
/* How long a full disk is left alone: it does not empty itself. */
#define REMOTE_FULL_RETRY_S 300

void remote_begin(struct remote *r, const struct dest *d);
void remote_end(struct remote *r);

#endif
