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
	BILLSEC,
	DISPOSITION,
	UNIQUEID,
	LINKEDID,
	SRC,
	DST
};
static const char *const names[] = {"channel", "dstchannel", "lastapp",
    "lastdata", "start", "answer", "end", "duration", "billsec", "disposition",
    "uniqueid", "linkedid", "src", "dst", NULL};
static const char *const usual[] = {
    "accountcode,src,dst,dcontext,clid,channel,dstchannel,lastapp,lastdata,"
    "start,answer,end,duration,billsec,disposition,amaflags,uniqueid,userfield",
    NULL};

/* What a column says: up to two times, none where it is empty. */
struct times {
	int64_t us[2];
	int count;
};

static int
get_times(const struct import *im, const struct table *t, enum column column,
    const char *path, struct times *times, struct why *why)
{
	const char *text = t->value[column];

	*times = (struct times){0};
	if (!*text)
		return 0;
	times->count = import_times(im->o, text, times->us);
	if (times->count > 0)
		return 0;
	if (!im->o->zone)
		return why_set(why,
		    "%s:%d: %s is '%.40s', in which zone the file does not "
		    "say; --zone does",
		    path, t->line, names[column], text);
	return why_set(why, "%s:%d: %s is not a time: '%.40s'", path, t->line,
	    names[column], text);
}

/* The one that is nearest to what the record says otherwise. */
static int64_t
nearest(const struct times *times, int64_t to_us)
{
	if (times->count < 2)
		return times->us[0];
	return times->us[llabs((long long)(times->us[1] - to_us)) <
			 llabs((long long)(times->us[0] - to_us))];
}

struct span {
	int64_t start_us, answer_us, end_us;
};

/* A number of whole seconds in a column, or -1. */
static int64_t
seconds(const struct table *t, enum column column)
{
	int64_t s;

	if (num_integer(t->value[column], 0, 10000000, &s) != 0)
		return -1;
	return s;
}

/*
 * In the night in which clocks are put back they show an hour twice: the
 * lengths of the call, and then the order of the records, say which it was.
 */
static int
get_span(const struct import *im, const struct table *t, const char *path,
    int64_t last_us, struct span *s, struct why *why)
{
	const int64_t slack_us = 60 * INT64_C(1000000);
	int64_t duration = seconds(t, DURATION), talked = seconds(t, BILLSEC);
	struct times start, answer, end;

	*s = (struct span){0};
	if (get_times(im, t, START, path, &start, why) != 0 ||
	    get_times(im, t, ANSWER, path, &answer, why) != 0 ||
	    get_times(im, t, END, path, &end, why) != 0)
		return -1;
	if (start.count == 0)
		return why_set(why,
		    "%s:%d: no start: not the columns of cdr-csv; --columns "
		    "names them",
		    path, t->line);
	s->end_us = end.us[end.count == 2 && end.us[0] < last_us - slack_us];
	if (duration < 0)
		s->start_us = nearest(&start, s->end_us);
	else if (end.count > 0)
		s->start_us = nearest(&start, s->end_us - duration * 1000000);
	else
		s->start_us = start.us[0];
	/* The end that the order chose may not be as far from any start. */
	if (duration >= 0 && end.count == 2)
		s->end_us = nearest(&end, s->start_us + duration * 1000000);
	if (duration >= 0)
		s->end_us = s->start_us + duration * 1000000;
	s->answer_us = answer.count == 0 ? 0
		       : talked >= 0
			   ? nearest(&answer, s->end_us - talked * 1000000)
			   : nearest(&answer, s->start_us);
	return 0;
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

struct file {
	const char *path;
	int64_t last_us; /* the end of the record above */
};

static int
take(struct import *im, const struct table *t, void *arg, struct why *why)
{
	struct file *file = arg;
	struct import_call *c;
	struct span s;
	bool queue_log;

	if (get_span(im, t, file->path, file->last_us, &s, why) != 0)
		return -1;
	file->last_us = s.end_us;
	c = find_call(im, t, s.start_us);
	if (c->started_us == 0 || s.start_us < c->started_us)
		c->started_us = s.start_us;
	if (s.end_us > c->end_us)
		c->end_us = s.end_us;
	queue_log = take_queue(im, c, t, s.start_us);
	take_answer(im, c, t, s.answer_us, queue_log);
	if (c->facts.keys == 0) {
		import_fact(c, "src", t->value[SRC]);
		import_fact(c, "dst", t->value[DST]);
	}
	return 0;
}

static int
read_file(struct import *im, const char *path, struct why *why)
{
	const char *const told[] = {im->o->columns, NULL};
	struct file file = {.path = path};
	struct table t;
	int got =
	    table_open(&t, im, path, names, im->o->columns ? told : usual, why);

	if (got == 0)
		got = table_each(&t, im, take, &file, why);
	table_close(&t);
	return got;
}

int
cdr_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	int got = 0;

	for (size_t i = 0; i < paths && got == 0; i++)
		got = read_file(im, path[i], why);
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
