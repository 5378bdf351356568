/* SPDX-License-Identifier: ISC */
#ifndef SALESFORCE_H
#define SALESFORCE_H

/*
 * Requests to Salesforce. A session begins when it is needed and is renewed once
 * if it has expired: OAuth 2.0 with the client credentials grant (RFC 6749, 4.4)
 * or a signed JWT (RFC 7523). Several threads may call these functions at once.
 */

#include <pthread.h>

#include "crm.h"

#include "text.h"

struct salesforce {
	struct crm crm;
	char *client, *secret;       /* of the connected app; or */
	char *key, *user, *audience; /* private key in PEM, claims of the JWT */
	char *key_field;             /* of ContentVersion, unique; NULL: none */
	char *version;               /* of the API: "60.0" */
	pthread_mutex_t lock;        /* of the session */
	char *bearer, *instance;     /* a header and a URL; NULL: none yet */
	unsigned number;             /* of the session */
};

#define SALESFORCE_KEYS                                                   \
	CRM_KEYS, "client_id", "client_secret_file", "client_secret_env", \
	    "private_key_file", "private_key_env", "user", "audience",    \
	    "api_version", "key_field"

int salesforce_login(struct salesforce *f, const struct dest *d,
    const struct doc *doc, const struct doc_section *s, struct why *why);
void salesforce_forget(struct salesforce *f);

/*
 * rq has everything except url and login. path is relative to
 * /services/data/vVERSION/, or begins with '/'. DEST_DONE: rp is the JSON of a
 * success; otherwise the answer has the meaning of Salesforce's error code. Call
 * crm_done() in both cases.
 */
enum dest_result salesforce_ask(struct salesforce *f, struct http_request *rq,
    const char *path, struct crm_reply *rp, struct dest_answer *a);

#endif
