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
 * The host key or certificate of the server is verified before the login is
 * sent. FTP always uses TLS, for control and data connections. Paths are below
 * the URL and have only [A-Za-z0-9._/-].
 *
 * Functions return DEST_DONE, DEST_ABSENT (no such file or directory), or
 * another result with the answer. Messages contain no secret. Several threads
 * may call them at once.
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
	bool tls13;                  /* FTP: TLS 1.3 instead of 1.2 */
	struct handles *handles;     /* private */
};

struct remote_file {
	uint64_t bytes;
	char sha256[65];
};

/* Reads and hashes a file. If it is longer than `most`, it stops with file->bytes
 * > most. */
enum dest_result remote_read(const struct remote *r, const char *path,
    uint64_t most, struct remote_file *file, struct dest_answer *a);
/* Compares the size without reading the file: *order < 0, 0 or > 0 if it is less
 * than, equal to or more than `bytes`. */
enum dest_result remote_compare(const struct remote *r, const char *path,
    uint64_t bytes, int *order, struct dest_answer *a);
/* Why sending failed; all false: another reason. */
struct remote_sent {
	bool broke;   /* during the transfer: the network, or a full disk */
	bool refused; /* by an answer of the server */
	bool full;    /* the server says that its disk is full */
};
/*
 * Sends item->fd from offset `from` and appends it to the file; with 0 it
 * creates or overwrites the file. DEST_DONE: the server accepted all of it, and
 * the whole item has its SHA-256; if not, DEST_NEVER. DEST_ABSENT: no such
 * folder, or no right.
 */
enum dest_result remote_send(const struct remote *r, const char *path,
    const struct dest_item *item, uint64_t from, struct remote_sent *sent,
    struct dest_answer *a);
/* The make() of folders_make(). */
enum dest_result remote_make_folder(
    const struct remote *r, const char *folder, struct dest_answer *a);
/* Some servers overwrite `to`: look right before this. */
enum dest_result remote_rename(const struct remote *r, const char *from,
    const char *to, struct dest_answer *a);
/* DEST_DONE also if there is no such file. */
enum dest_result remote_remove(
    const struct remote *r, const char *path, struct dest_answer *a);

/* How long to wait if the server's disk is full. */
#define REMOTE_FULL_RETRY_S 300

/* Call remote_begin() when r->url and what it needs is set. */
void remote_begin(struct remote *r, const struct dest *d);
void remote_end(struct remote *r);

#endif
