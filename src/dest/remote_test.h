/* SPDX-License-Identifier: ISC */
#ifndef REMOTE_TEST_H
#define REMOTE_TEST_H

/*
 * For recupload --test: finds out about an SFTP or FTPS server and the login, in
 * a separate session that changes nothing: host key or certificate, free space,
 * the right to list a folder, the clock.
 *
 * Sources: SSH File Transfer Protocol with statvfs@openssh.com (OpenSSH's
 * PROTOCOL); RFC 2389 (FEAT), RFC 3659 (MDTM), draft-peterson-streamlined-ftp
 * (AVBL), SITE QUOTA of ProFTPD's mod_quotatab.
 */

#include "remote.h"

/* Reports connection, right to list and space. DEST_DONE, or another result with
 * the answer if there is no connection. */
enum dest_result remote_test_server(
    const struct remote *r, struct findings *f, struct dest_answer *a);
/* Reports the clock, by the time of a file that was just written. */
void remote_test_file(
    const struct remote *r, const char *path, struct findings *f);

#endif
