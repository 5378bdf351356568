/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_TEST_H
#define REMOTE_TEST_H

/*
 * For recupload --test: what a server of files, by SFTP or FTP over TLS, tells
 * about itself and about the login, in a session of its own that changes
 * nothing: host key or certificate, free space, the list of a folder, its
 * clock.
 *
 * Sources: SSH File Transfer Protocol with statvfs@openssh.com (OpenSSH's
 * PROTOCOL); RFC 2389 (FEAT), RFC 3659 (MDTM), draft-peterson-streamlined-ftp
 * (AVBL), SITE QUOTA of ProFTPD's mod_quotatab.
 */

#include "remote.h"

/* Connection, right to list, space. DEST_DONE, or why there is none. */
enum dest_result remote_test_server(
    const struct remote *r, struct findings *f, struct dest_answer *a);
/* The clock, by the time of a file that has just been written. */
void remote_test_file(
    const struct remote *r, const char *path, struct findings *f);

#endif
