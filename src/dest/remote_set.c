/* SPDX-License-Identifier: ISC */
#include "remote_set.h"

#include <string.h>

#include "text.h"

/*
 * The size of unacknowledged data in SFTP: libcurl waits for the
 * acknowledgement of a buffer of writes before it fills it again, and libssh2
 * reads four buffers ahead. At 20 ms of delay, 256 kB and libcurl's own 16 kB
 * gave 12 and 3 MB/s; 2 MB is the maximum of libcurl. TLS reports no progress
 * until a whole buffer is sent, which looked like a stall on a slow network.
 */
enum { SFTP_BUFFER = 2097152, SFTP_READ_BUFFER = 524288, TLS_BUFFER = 262144 };

bool
remote_is_sftp(const struct remote *r)
{
	return strncmp(r->url, "sftp://", 7) == 0;
}

char *
remote_url(const struct remote *r, const char *path)
{
	struct buf b = {0};

	buf_format(&b, "%s/", r->url);
	buf_percent(&b, path, "/");
	return b.s;
}

long
remote_upload_buffer(const struct remote *r)
{
	if (pace_share(r->dest->pace) > 0)
		return REMOTE_PACED_BUFFER;
	return remote_is_sftp(r) ? SFTP_BUFFER : TLS_BUFFER;
}

static void
set_server(const struct remote *r, CURL *c)
{
	const struct dest *d = r->dest;

	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "sftp,ftp,ftps");
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)d->connect_s);
	if (!remote_is_sftp(r)) { /* for SFTP handles_watch() detects stalls */
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)d->stall_s);
	}
	curl_easy_setopt(c, CURLOPT_SERVER_RESPONSE_TIMEOUT, (long)d->stall_s);
	curl_easy_setopt(c, CURLOPT_USERNAME, r->user);
	if (r->password)
		curl_easy_setopt(c, CURLOPT_PASSWORD, r->password);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	if (d->proxy) {
		curl_easy_setopt(c, CURLOPT_PROXY, d->proxy);
		curl_easy_setopt(c, CURLOPT_HTTPPROXYTUNNEL, 1L);
	}
}

static void
set_ssh(const struct remote *r, CURL *c)
{
	curl_easy_setopt(c, CURLOPT_SSH_AUTH_TYPES,
	    (long)(r->key_file
		       ? CURLSSH_AUTH_PUBLICKEY
		       : CURLSSH_AUTH_PASSWORD | CURLSSH_AUTH_KEYBOARD));
	if (r->key_file)
		curl_easy_setopt(c, CURLOPT_SSH_PRIVATE_KEYFILE, r->key_file);
	if (r->passphrase)
		curl_easy_setopt(c, CURLOPT_KEYPASSWD, r->passphrase);
	if (r->known_hosts)
		curl_easy_setopt(c, CURLOPT_SSH_KNOWNHOSTS, r->known_hosts);
	if (r->host_key)
		curl_easy_setopt(
		    c, CURLOPT_SSH_HOST_PUBLIC_KEY_SHA256, r->host_key);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, (long)SFTP_READ_BUFFER);
	curl_easy_setopt(c, CURLOPT_NEW_FILE_PERMS, 0600L);
	curl_easy_setopt(c, CURLOPT_NEW_DIRECTORY_PERMS, 0700L);
}

/*
 * TLS 1.3 only on request: the server sends session tickets on a data
 * connection on which only the client sends. libcurl before 8.10 closes the
 * connection first, the kernel answers the tickets with a reset, and the
 * server's kernel drops what vsftpd 3.0.3 has not read. Of 19 uploads of 300
 * kB, 18 lost their end, two of them with a 226; none got its final name,
 * because the size did not match.
 * Paths in commands are relative to the login's directory: no CWD.
 */
static void
set_tls(const struct remote *r, CURL *c)
{
	curl_easy_setopt(c, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_SSLVERSION,
	    r->tls13 ? (long)CURL_SSLVERSION_TLSv1_3
		     : (long)(CURL_SSLVERSION_TLSv1_2 |
			      CURL_SSLVERSION_MAX_TLSv1_2));
	if (r->dest->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, r->dest->ca_file);
	curl_easy_setopt(c, CURLOPT_FTP_FILEMETHOD, (long)CURLFTPMETHOD_NOCWD);
}

void
remote_set(const struct remote *r, CURL *c)
{
	set_server(r, c);
	if (remote_is_sftp(r))
		set_ssh(r, c);
	else
		set_tls(r, c);
}
