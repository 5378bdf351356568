/* SPDX-License-Identifier: ISC */
#include "cel_call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "hook_files.h"
#include "mem.h"
#include "text.h"

/*
 * Tolerances for rows of one moment. When a Local channel is optimised away, a
 * party is in no bridge for a moment; a party may come this much before the one
 * that it replaces leaves.
 */
enum { GAP_US = 300000, SAME_US = 250000, OVERLAP_US = 500000 };

struct cel_call *
cel_call_new(const char *key)
{
	struct cel_call *k = mem_alloc(sizeof *k);

	import_call_init(&k->call, key);
	return k;
}

void
cel_call_free(struct cel_call *k)
{
	for (size_t i = 0; i < k->spans; i++) {
		free(k->span[i].uniqueid);
		free(k->span[i].name);
		free(k->span[i].number);
	}
	for (size_t i = 0; i < k->recorders; i++)
		recorder_free(&k->recorder[i]);
	free(k->span);
	free(k->recorder);
	free(k->key_us);
	free(k->left);
	free(k->senior);
	import_call_clear(&k->call);
	free(k);
}

static char *
make_one_word(char *word)
{
	for (char *c = word; *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = '_';
	return word;
}

/*
 * A queue has members like IAX2/agent1/agent1; a channel is IAX2/agent1-1046.
 */
char *
cel_member(const char *channel)
{
	const char *slash = strchr(channel, '/');
	const char *second = slash ? strchr(slash + 1, '/') : NULL;
	const char *dash = strrchr(channel, '-');
	size_t n = strlen(channel);

	if (dash && (!second || dash < second) && strchr(dash, '@') == NULL)
		n = (size_t)(dash - channel);
	if (second && (size_t)(second - channel) < n)
		n = (size_t)(second - channel);
	return make_one_word(text_ndup(channel, n));
}

static bool
is_among(struct cel_chan *const *present, size_t n, const char *uniqueid)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(present[i]->uniqueid, uniqueid) == 0)
			return true;
	return false;
}

static void
add_talk_span(struct cel_call *k, const struct cel_chan *chan, int64_t at_us)
{
	struct cel_span *s;

	for (size_t i = 0; i < k->spans; i++)
		if (k->span[i].to_us == 0 &&
		    strcmp(k->span[i].uniqueid, chan->uniqueid) == 0)
			return;
	k->span = mem_resize(k->span, k->spans + 1, sizeof *s);
	s = &k->span[k->spans++];
	*s = (struct cel_span){.uniqueid = text_dup(chan->uniqueid),
	    .name = cel_member(chan->name),
	    .number = make_one_word(text_dup(chan->number)),
	    .from_us = at_us};
}

void
cel_call_company(struct cel_call *k, struct cel_chan *const *present, size_t n,
    int64_t at_us)
{
	bool together = k->gone;

	for (size_t i = 0; i < n; i++)
		together = together || present[i] == k->customer;
	for (size_t i = 0; i < k->spans; i++)
		if (k->span[i].to_us == 0 &&
		    (!together || !is_among(present, n, k->span[i].uniqueid)))
			k->span[i].to_us = at_us;
	for (size_t i = 0; i < n && together; i++)
		if (present[i] != k->customer)
			add_talk_span(k, present[i], at_us);
}

void
cel_call_bridged(
    struct cel_call *k, const struct cel_chan *chan, int64_t at_us, bool enters)
{
	for (size_t i = 0; i < k->recorders; i++)
		if (strcmp(k->recorder[i].uniqueid, chan->uniqueid) == 0 &&
		    k->recorder[i].to_us == 0)
			recorder_bridged(&k->recorder[i], at_us, enters);
}

void
cel_call_stop(struct cel_call *k, const char *uniqueid, int64_t at_us)
{
	for (size_t i = 0; i < k->recorders; i++) {
		struct recorder *r = &k->recorder[i];

		if (r->to_us > 0 || strcmp(r->uniqueid, uniqueid) != 0)
			continue;
		r->to_us = at_us;
		recorder_bridged(r, at_us, false);
	}
}

void
cel_call_record(struct cel_call *k, const struct cel_chan *chan,
    const char *app, const char *data, int64_t at_us)
{
	size_t n = strlen(chan->name);
	struct recorder *r;

	k->recorder = mem_resize(k->recorder, k->recorders + 1, sizeof *r);
	r = &k->recorder[k->recorders++];
	*r = (struct recorder){.uniqueid = text_dup(chan->uniqueid),
	    .data = text_dup(data),
	    .monitor = strcmp(app, "Monitor") == 0,
	    .on_main = strcmp(chan->uniqueid, k->call.key) == 0,
	    .from_us = at_us,
	    .answered_us = chan->answered_us};
	/* The end ;2 of a Local channel is on the side that dialled it. */
	r->caller_side =
	    r->on_main ||
	    (!chan->real && n > 2 && strcmp(chan->name + n - 2, ";2") == 0);
	if (chan->in)
		recorder_bridged(r, at_us, true);
}

/* A party comes or leaves. */
struct edge {
	int64_t at_us;
	struct cel_span *span;
	bool enters, done;
};

struct edges {
	struct edge *edge;
	size_t count;
	struct cel_span *agent; /* the present agent, or NULL */
};

static int
by_span_time(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->enters - y->enters;
}

/* Joins the spans of a party that have only a small gap between them. */
static void
join_spans(struct cel_call *k)
{
	for (size_t i = 0; i < k->spans; i++) {
		struct cel_span *s = &k->span[i];

		for (size_t n = i + 1; n < k->spans && s->from_us > 0; n++) {
			struct cel_span *t = &k->span[n];

			if (t->from_us > 0 && s->to_us > 0 &&
			    strcmp(s->uniqueid, t->uniqueid) == 0 &&
			    t->from_us - s->to_us < GAP_US) {
				s->to_us = t->to_us;
				t->from_us = 0;
			}
		}
	}
}

static void
list_edges(struct cel_call *k, struct edges *all)
{
	all->edge = mem_alloc((k->spans * 2 + 1) * sizeof *all->edge);
	for (size_t i = 0; i < k->spans; i++) {
		struct cel_span *s = &k->span[i];

		if (s->from_us == 0)
			continue;
		all->edge[all->count++] =
		    (struct edge){s->from_us, s, true, false};
		if (s->to_us > 0)
			all->edge[all->count++] =
			    (struct edge){s->to_us, s, false, false};
	}
	if (all->count > 1)
		qsort(all->edge, all->count, sizeof *all->edge, by_span_time);
}

static void
leaves(struct cel_call *k, struct edges *all, struct edge *e, int64_t at_us)
{
	struct import_call *c = &k->call;

	e->done = true;
	if (c->end_us > 0 && at_us >= c->end_us)
		return;
	import_event(c, at_us, "leave %s",
	    all->agent == e->span ? "agent" : "third-party");
	if (all->agent == e->span)
		all->agent = NULL;
}

/* The first party is the agent; one that comes when no agent is there is the
 * next agent. */
static void
enters(struct cel_call *k, struct edges *all, struct edge *e)
{
	struct import_call *c = &k->call;
	const struct cel_span *s = e->span;

	e->done = true;
	if (all->agent) {
		import_event(c, e->at_us, "join third-party %s",
		    *s->number ? s->number : s->name);
		return;
	}
	all->agent = e->span;
	if (c->answer_us == 0)
		c->answer_us = e->at_us;
	if (!c->agent_now || strcmp(c->agent_now, s->name) == 0)
		import_event(c, e->at_us, "answer");
	import_set_agent(c, e->at_us, s->name);
}

/* The agent leaves as this one comes: it takes the agent's place. */
static void
make_way(struct cel_call *k, struct edges *all, size_t i)
{
	int64_t at_us = all->edge[i].at_us;

	for (size_t n = i + 1; n < all->count && all->agent; n++) {
		struct edge *e = &all->edge[n];

		if (e->at_us - at_us > OVERLAP_US)
			return;
		if (!e->enters && !e->done && e->span == all->agent)
			leaves(k, all, e, at_us);
	}
}

/* If two come together, the one that was the agent before is it again. */
static size_t
former_agent(const struct cel_call *k, const struct edges *all, size_t i)
{
	for (size_t n = i; n < all->count && k->call.agent_now &&
			   all->edge[n].at_us - all->edge[i].at_us < SAME_US;
	     n++)
		if (all->edge[n].enters && !all->edge[n].done &&
		    strcmp(all->edge[n].span->name, k->call.agent_now) == 0)
			return n;
	return i;
}

void
cel_call_parties(struct cel_call *k)
{
	struct edges all = {0};

	join_spans(k);
	list_edges(k, &all);
	for (size_t i = 0; i < all.count; i++) {
		struct edge *e = &all.edge[i];

		if (e->done)
			continue;
		if (!e->enters) {
			leaves(k, &all, e, e->at_us);
			continue;
		}
		make_way(k, &all, i);
		if (!all.agent) {
			size_t n = former_agent(k, &all, i);
			if (n != i)
				enters(k, &all, &all.edge[n]);
		}
		enters(k, &all, e);
	}
	free(all.edge);
}

static bool
has_no_file(const struct import_call *c)
{
	struct stat st;

	for (size_t i = 0; i < c->legs; i++)
		if (stat(c->leg[i].file, &st) == 0)
			return false;
	return true;
}

/* The recorder's command may have joined its legs into one file, which is found
 * by its name. */
static void
tell_legs(struct cel_call *k, struct import *im)
{
	struct import_call *c = &k->call, told;

	recorder_legs(im, c, k->recorder, k->recorders,
	    import_is_outbound(im->o, c), c->part == IMPORT_TORN);
	if (!im->o->legs || !has_no_file(c))
		return;
	told = *c;
	c->leg = NULL;
	c->legs = 0;
	import_find_legs(im, c, c->key);
	if (c->legs == 0) {
		c->leg = told.leg;
		c->legs = told.legs;
		return;
	}
	import_legs_free(told.leg, told.legs);
	recorder_fit_found(im, c, k->left_us ? k->left_us : c->end_us, 150000);
}

/* A call without a recording and without a type is ignored. */
static void
drop_parts(const struct cel_call *k, const struct import *im)
{
	struct import_call *c = (struct import_call *)&k->call;

	if (c->legs == 0 && k->senior) {
		char *why = text_format("a part of %s", k->senior);
		import_drop(c, why);
		free(why);
	} else if (c->legs == 0 && !import_type(im->o, c)) {
		import_drop(c,
		    "not recorded, in no queue, and no --type says what it "
		    "was");
	}
}

/* Members get their own names; the queue_log has the channels' uniqueids. */
static void
take_names(struct cel_call *k, const struct queue_entry *log)
{
	for (; log; log = log->next)
		for (size_t i = 0; i < k->spans; i++) {
			struct cel_span *s = &k->span[i];

			if (strcmp(s->uniqueid, log->channel) != 0 ||
			    strchr(log->agent, '/'))
				continue;
			free(s->name);
			s->name = make_one_word(text_dup(log->agent));
		}
}

static void
take_log(
    struct cel_call *k, const struct import *im, const struct queue_entry *log)
{
	bool has_queue = k->call.queue != NULL;

	take_names(k, log);
	queue_log_rules(im, &k->call, log);
	for (; log && !has_queue; log = log->next)
		if (strcmp(log->event, "ENTERQUEUE") == 0)
			import_set_queue(&k->call, log->at_us, log->queue);
}

void
cel_call_finish(
    struct cel_call *k, struct import *im, const struct queue_entry *log)
{
	struct import_call *c = &k->call;

	take_log(k, im, log);
	cel_call_parties(k);
	hook_files_take(im, c, k->key_us, k->keys);
	tell_legs(k, im);
	drop_parts(k, im);
	if (!import_has_event(c, "hold"))
		import_untold(c, "holds");
	if (!import_has_event(c, "consent"))
		import_untold(c, "consent");
	if (!import_has_event(c, "pause"))
		import_untold(c, "pauses, if they are no event of the log");
	if (c->part == IMPORT_TORN)
		import_untold(c, "the end");
}
