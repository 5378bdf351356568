/* SPDX-License-Identifier: ISC */
#include "cdr.h"

#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "queue_log.h"
#include "table.h"
#include "text.h"
#include "when.h"

enum column {
	CHANNEL,
	DST_CHANNEL,
	LAST_APP,
	LAST_DATA,
	START,
	ANSWER,
	END,
	DURATION,
	DISPOSITION,
	UNIQUEID,
	LINKEDID,
	SRC,
	DST
};
static const char *const names[] = {"channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", "end", "duration", "disposition", "uniqueid",
    "linkedid", "src", "dst", NULL};
static const char *const usual[] = {
    "accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,"
    "start,answer,end,duration,billsec,disposition,amaflags,uniqueid,userfield",
    NULL};

static int
get_time(const struct import *im, const struct table *t, enum column column,
    const char *path, int64_t *us, struct why *why)
{
	const char *text = t->value[column];

	*us = 0;
	if (!*text || import_time(im->o, text, us) == 0)
		return 0;
	if (!im->o->zone)
		return why_set(why,
		    "%s:%d: %s is '%.40s', in which zone the file does not "
		    "say; --zone does",
		    path, t->line, names[column], text);
	return why_set(why, "%s:%d: %s is not a time: '%.40s'", path, t->line,
	    names[column], text);
}

/* Queue(Billing,t,,,60): the first argument; queue_log tells it better. */
static bool
take_queue(const struct import *im, struct import_call *c,
    const struct table *t, int64_t at_us)
{
	const char *data = t->value[LAST_DATA];
	bool queue = strcmp(t->value[LAST_APP], "Queue") == 0;
	char *name = text_ndup(data, strcspn(data, ",|"));

	if (queue && !im->o->queue_log)
		import_set_queue(c, at_us, name);
	else if (queue && !c->queue)
		import_set(&c->queue, name);
	free(name);
	return queue && im->o->queue_log;
}

/* "SIP/8007-0000001a" is the member SIP/8007, as one word. */
static char *
member(const char *channel)
{
	const char *dash = strrchr(channel, '-');
	char *name = text_ndup(
	    channel, dash ? (size_t)(dash - channel) : strlen(channel));

	for (char *c = name; *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = '_';
	return name;
}

static void
take_answer(const struct import *im, struct import_call *c,
    const struct table *t, int64_t at_us, bool queue_log)
{
	bool outbound = import_is_outbound(im->o, c);
	char *agent = member(t->value[outbound ? CHANNEL : DST_CHANNEL]);

	/* A queue that no one answered is the PBX's answer alone. */
	if (strcmp(t->value[DISPOSITION], "ANSWERED") == 0 && at_us > 0 &&
	    (*t->value[DST_CHANNEL] ||
		strcmp(t->value[LAST_APP], "Queue") != 0)) {
		if (c->answer_us == 0)
			c->answer_us = at_us;
		if (!queue_log)
			import_set_agent(c, at_us, agent);
	}
	free(agent);
}

/* Without a uniqueid a record is a call of its own, named by its start. */
static struct import_call *
find_call(struct import *im, const struct table *t, int64_t start_us)
{
	const char *id =
	    *t->value[LINKEDID] ? t->value[LINKEDID] : t->value[UNIQUEID];
	char stamp[WHEN_SIZE], *key;
	struct import_call *c;

	if (*id)
		return import_call(im, id);
	key = text_format("%s-%d", when_stamp(start_us, stamp), t->line);
	c = import_call(im, key);
	free(key);
	import_untold(c, "the uniqueid");
	return c;
}

static int
take(
    struct import *im, const struct table *t, const char *path, struct why *why)
{
	int64_t start_us, answer_us, end_us, duration;
	struct import_call *c;
	bool queue_log;

	if (get_time(im, t, START, path, &start_us, why) != 0 ||
	    get_time(im, t, ANSWER, path, &answer_us, why) != 0 ||
	    get_time(im, t, END, path, &end_us, why) != 0)
		return -1;
	if (start_us == 0)
		return why_set(why,
		    "%s:%d: no start: not the columns of cdr-csv; --columns "
		    "names them",
		    path, t->line);
	/* Clocks put back at night make the end come before the start. */
	if (num_integer(t->value[DURATION], 0, 10000000, &duration) == 0)
		end_us = start_us + duration * 1000000;
	c = find_call(im, t, start_us);
	if (c->started_us == 0 || start_us < c->started_us)
		c->started_us = start_us;
	if (end_us > c->end_us)
		c->end_us = end_us;
	queue_log = take_queue(im, c, t, start_us);
	take_answer(im, c, t, answer_us, queue_log);
	if (c->facts.keys == 0) {
		import_fact(c, "src", t->value[SRC]);
		import_fact(c, "dst", t->value[DST]);
	}
	return 0;
}

int
cdr_add(struct import *im, const char *path, struct why *why)
{
	const char *const told[] = {im->o->columns, NULL};
	struct table t;
	int got =
	    table_open(&t, path, names, im->o->columns ? told : usual, why);

	while (got == 0 && (got = table_next(&t, why)) > 0)
		got = take(im, &t, path, why);
	table_close(&t);
	if (got == 0 && im->o->queue_log)
		got = queue_log_add(im, im->o->queue_log, false, why);
	for (size_t i = 0; i < im->calls; i++) {
		struct import_call *c = &im->call[i];

		import_find_legs(im, c, c->key);
		if (!c->connected)
			import_untold(c, "when the agent answered (the answer "
					 "may be the PBX's)");
		import_untold(c, "consent, pauses, payments, who joined and "
				 "left");
	}
	return got;
}
