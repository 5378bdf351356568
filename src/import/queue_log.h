/* SPDX-License-Identifier: ISC */
#ifndef QUEUE_LOG_H
#define QUEUE_LOG_H

/*
 * Reads Asterisk's queue_log: "epoch|uniqueid|queue|agent|event|data...", in order
 * of time. It is read up to the end of the current call, and the entries of a call
 * are dropped after use. Source: docs.asterisk.org, "Queue Logs"; logs of real
 * calls.
 *
 *	if (queue_log_open(&q, im, path, &why) == 0)
 *		queue_log_read(q, im, c->end_us);
 *		for (e = queue_log_of(q, c->key); e; e = e->next) ...
 *		queue_log_forget(q, c->key);
 *	queue_log_free(q);
 */

#include "import.h"

#include "text.h"

struct queue_entry {
	struct queue_entry *next;
	int64_t at_us; /* whole seconds */
	char *queue, *agent, *event;
	char *channel; /* the agent's uniqueid, of a CONNECT; "" of others */
};

struct queue_log;
/* 0, or -1 with why. */
int queue_log_open(
    struct queue_log **q, struct import *im, const char *path, struct why *why);
/* Reads up to that time and a little further. Torn lines are skipped. */
void queue_log_read(struct queue_log *q, struct import *im, int64_t until_us);
/* The first entry of a call, or NULL. q may be NULL. */
const struct queue_entry *queue_log_of(
    const struct queue_log *q, const char *key);
void queue_log_forget(struct queue_log *q, const char *key);
void queue_log_free(struct queue_log *q); /* NULL is fine */

/*
 * Adds user-defined events (QueueLog()). Their times are whole seconds: a pause
 * ends at the end of its second.
 */
void queue_log_rules(const struct import *im, struct import_call *c,
    const struct queue_entry *first);

#endif
