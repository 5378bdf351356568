/* SPDX-License-Identifier: ISC */
/* type = ftps: FTP over TLS (RFC 4217), control and data; never plain FTP. */
#include "kinds.h"

#include <string.h>

#include "files.h"
#include "text.h"

static const char *const keys[] = {
    "url", "user", "password_file", "password_env", "tls", "verify", NULL};

/* ftp:// uses AUTH TLS on port 21, ftps:// implicit TLS on port 990. */
static const char *const schemes[] = {"ftps://", "ftp://", NULL};

static int
ftps_open(struct dest *d, const struct doc *doc, const struct doc_section *s,
    struct why *why)
{
	const struct doc_key *tls = doc_key(s, "tls");
	struct files *own;

	if (files_open(d, doc, s, schemes, why) != 0)
		return -1;
	own = d->own;
	if (!own->remote.password)
		return doc_error(doc, s->line, why,
		    "[%s]: password_file is missing", s->name);
	own->remote.tls13 = tls && strcmp(tls->value, "1.3") == 0;
	if (tls && !own->remote.tls13 && strcmp(tls->value, "1.2") != 0)
		return doc_error(doc, tls->line, why,
		    "tls: 1.2 or 1.3, not '%.40s'", tls->value);
	return 0;
}

const struct dest_kind dest_ftps = {.type = "ftps",
    .keys = keys,
    .open = ftps_open,
    .close = files_close,
    .look = files_look,
    .put = files_put,
    .tidy = files_tidy,
    .drop = files_drop,
    .where = files_where,
    .traits = DEST_NETWORK | DEST_OBJECTS | DEST_UTF8,
    .test = files_test,
    .examine = files_examine};
