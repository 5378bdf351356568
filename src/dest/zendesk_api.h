/* SPDX-License-Identifier: ISC */
#ifndef ZENDESK_H
#define ZENDESK_H

/*
 * Zendesk's API, one function for each request that zendesk.c makes. Source:
 * Zendesk's reference, Tickets, Ticket Comments, Attachments, Users, Account
 * Settings, Pagination, Request format. Several threads may call these functions
 * at once.
 *
 * They return DEST_DONE, or another result of dest.h with the answer.
 */

#include "crm.h"

#include "text.h"

struct zendesk {
	struct crm crm;
	char *user, *token; /* Basic login; or */
	char *bearer;       /* a header */
	const char *get[3]; /* headers: Accept, bearer */
};

/* Keys of the settings, for the kind's own list. */
#define ZENDESK_KEYS CRM_KEYS, "user", "token_file", "token_env"

int zendesk_login(struct zendesk *z, const struct dest *d,
    const struct doc *doc, const struct doc_section *s, struct why *why);
void zendesk_forget(struct zendesk *z);

/* DEST_DONE if this login may comment on tickets. f may be NULL. */
enum dest_result zendesk_agent(
    struct zendesk *z, struct findings *f, struct dest_answer *a);
/* The largest attachment; -1: unknown. Reports whether they are private. */
int64_t zendesk_limit(struct zendesk *z, struct findings *f);

/* *stamp (to be freed) is the time of the last change. */
enum dest_result zendesk_ticket(struct zendesk *z, const char *id, char **stamp,
    bool *closed, struct dest_answer *a);
struct zendesk_found {
	int64_t comment, attachment; /* 0: not found */
	char *url;                   /* of the file; NULL: not found */
};
void zendesk_found_free(struct zendesk_found *found);
/*
 * DEST_DONE: a comment has the marker and the file; DEST_ABSENT: none has the
 * marker. An answer that cannot be parsed does not prove absence. found may be
 * NULL.
 */
enum dest_result zendesk_search(struct zendesk *z, const char *id,
    const struct dest_item *item, struct zendesk_found *found,
    struct dest_answer *a);
/* Deletes an attachment permanently. The comment and its text remain. */
enum dest_result zendesk_redact(struct zendesk *z, const char *id,
    const struct zendesk_found *found, struct dest_answer *a);

/* *token is to be freed as a secret: with it the file can be attached. */
enum dest_result zendesk_upload(struct zendesk *z, const struct dest_item *item,
    char **token, struct dest_answer *a);
void zendesk_delete_upload(struct zendesk *z, const char *token);

/*
 * Adds a private comment with the file. DEST_TAKEN: the ticket has changed since
 * the stamp; DEST_ABSENT: refused, perhaps because of the token. *sent is false
 * if the token is certainly not attached.
 */
enum dest_result zendesk_comment(struct zendesk *z, const char *id,
    const char *stamp, const char *token, const struct dest_item *item,
    bool *sent, struct dest_answer *a);

#endif
