/* SPDX-License-Identifier: ISC */
/* type = sftp: files on a server with SSH, whose host key must be known. */
#include "kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "text.h"

static const char *const keys[] = {"url", "user", "key_file", "passphrase_file",
    "passphrase_env", "password_file", "password_env", "known_hosts",
    "host_key", "verify", NULL};

static const char *const schemes[] = {"sftp://", NULL};

/* libcurl reads the key by its path; its permissions are checked as for a
 * secret. */
static int
take_key_file(struct remote *r, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "key_file");
	char *text;

	if (!k)
		return 0;
	if (dest_secret(doc, s, "key", &text, why) != 0)
		return -1;
	dest_forget(text);
	r->key_file = dest_secret_path(k->value);
	return 0;
}

/* "SHA256:..." as ssh-keygen -l prints it; libcurl needs the rest. */
static int
take_host_key(struct remote *r, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	static const char base64[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const struct doc_key *k = doc_key(s, "host_key");
	const char *v;
	size_t n;

	if (!k)
		return 0;
	v = k->value + (strncmp(k->value, "SHA256:", 7) == 0 ? 7 : 0);
	n = strspn(v, base64);
	if (n != 43 || (v[n] && strcmp(v + n, "=") != 0))
		return doc_error(doc, k->line, why,
		    "host_key: a fingerprint such as SHA256:... of 43 "
		    "characters (ssh-keygen -lf FILE), not '%.60s'",
		    k->value);
	r->host_key = text_ndup(v, n);
	return 0;
}

static int
take_known_hosts(struct remote *r, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *k = doc_key(s, "known_hosts");

	if (!k)
		return 0;
	if (access(k->value, R_OK) != 0)
		return doc_error(doc, k->line, why, "known_hosts: %s: %s",
		    k->value, strerror(errno));
	r->known_hosts = text_dup(k->value);
	return 0;
}

static int
sftp_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	struct remote *r;

	if (files_open(d, doc, s, schemes, why) != 0)
		return -1;
	r = &((struct files *)d->own)->remote;
	if (take_key_file(r, doc, s, why) != 0 ||
	    take_host_key(r, doc, s, why) != 0 ||
	    take_known_hosts(r, doc, s, why) != 0 ||
	    dest_secret(doc, s, "passphrase", &r->passphrase, why) != 0)
		return -1;
	if (!r->host_key && !r->known_hosts)
		return doc_error(doc, s->line, why,
		    "[%s]: known_hosts or host_key is missing: without one, "
		    "any machine could receive the recordings",
		    s->name);
	if (!r->key_file == !r->password)
		return doc_error(doc, s->line, why,
		    "[%s]: set either key_file or password_file", s->name);
	return 0;
}

const struct dest_kind dest_sftp = {.type = "sftp",
    .keys = keys,
    .open = sftp_open,
    .close = files_close,
    .look = files_look,
    .put = files_put,
    .tidy = files_tidy,
    .drop = files_drop,
    .where = files_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8,
    .test = files_test,
    .examine = files_examine};
