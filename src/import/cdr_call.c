/* SPDX-License-Identifier: ISC */
#include "cdr_call.h"

#include <stdlib.h>
#include <string.h>

#include "cel_agent.h"
#include "cel_call.h"
#include "hook_files.h"
#include "map.h"
#include "mem.h"
#include "mixmonitor.h"
#include "text.h"

static const int64_t second_us = 1000000;

/* The records of one uniqueid, in the order in which they began. */
struct record_group {
	struct cdr_record **record;
	size_t count;
	const char *key;
	const char *part_of; /* another call, or NULL */
};

void
cdr_add_record(struct cdr *all, const struct cdr_record *r)
{
	if ((all->records & (all->records - 1)) == 0)
		all->record = mem_resize(all->record,
		    all->records ? all->records * 2 : 1, sizeof *all->record);
	all->record[all->records++] = *r;
}

void
cdr_free(struct cdr *all)
{
	for (size_t i = 0; i < all->records; i++) {
		struct cdr_record *r = &all->record[i];

		free(r->uniqueid);
		free(r->linkedid);
		free(r->channel);
		free(r->dst_channel);
		free(r->app);
		free(r->data);
		free(r->src);
		free(r->dst);
		free(r->context);
	}
	free(all->record);
}

/* Records are sorted by their ends in the file. */
static int
by_record_start(const void *a, const void *b)
{
	const struct cdr_record *x = a, *y = b;

	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

struct groups {
	struct record_group *group;
	size_t count;
	struct map half; /* the records of Local channels, by channel */
	struct cel_members members;
};

static bool
is_local(const char *channel)
{
	return strncmp(channel, "Local/", 6) == 0;
}

static bool
overlap(const struct cdr_record *a, const struct cdr_record *b)
{
	return a->start_us <= b->end_us + second_us &&
	       b->start_us <= a->end_us + second_us;
}

/* The other end of "Local/8007@internal-00000000;1", which has the channel that
 * was reached. */
static const struct cdr_record *
behind_local(const struct groups *g, const struct cdr_record *r)
{
	char *name = text_dup(r->dst_channel);
	size_t n = strlen(name);
	const struct cdr_record *found = NULL;

	if (n > 2 && name[n - 2] == ';') {
		name[n - 1] = name[n - 1] == '1' ? '2' : '1';
		found = map_get(&g->half, name);
	}
	free(name);
	return found && *found->dst_channel && overlap(found, r) ? found : NULL;
}

static void
group_records(struct cdr *all, struct groups *g)
{
	struct map known = {0};

	if (all->records > 1)
		qsort(all->record, all->records, sizeof *all->record,
		    by_record_start);
	g->group = mem_alloc((all->records + 1) * sizeof *g->group);
	for (size_t i = 0; i < all->records; i++) {
		struct cdr_record *r = &all->record[i];
		struct record_group *one = map_get(&known, r->uniqueid);

		if (!one) {
			one = &g->group[g->count++];
			one->key = r->uniqueid;
			map_put(&known, one->key, one);
		}
		one->record = mem_resize(
		    one->record, one->count + 1, sizeof(struct cdr_record *));
		one->record[one->count++] = r;
		if (is_local(r->channel))
			map_put(&g->half, r->channel, r);
		if (r->answered)
			cel_members_answer(&g->members,
			    strcmp(r->app, "Queue") == 0 ? "AppQueue"
							 : "AppDial",
			    r->dst_channel);
	}
	map_free(&known);
}

/* Finds calls that another call reached, or that have its linkedid. Names of
 * channels are reused during a day: the last record before counts. */
static void
find_parts(struct cdr *all, struct groups *g)
{
	struct map of = {0};
	size_t n = 0;

	for (size_t i = 0; i < g->count; i++) {
		struct record_group *one = &g->group[i];
		const struct cdr_record *r = one->record[0], *other;

		/* All that began at most a second after this one. */
		for (; n < all->records &&
		       all->record[n].start_us <= r->start_us + second_us;
		     n++)
			if (*all->record[n].dst_channel)
				map_put(&of, all->record[n].dst_channel,
				    &all->record[n]);
		other = map_get(&of, r->channel);
		if (is_local(r->channel))
			one->part_of = "a call through a Local channel";
		else if (*r->linkedid && strcmp(r->linkedid, one->key) != 0)
			one->part_of = r->linkedid;
		else if (other && strcmp(other->uniqueid, one->key) != 0 &&
			 overlap(other, r))
			one->part_of = other->uniqueid;
	}
	map_free(&of);
}

static void
add_party(
    struct cel_call *k, const char *channel, int64_t from_us, int64_t to_us)
{
	struct cel_span *s;

	k->span = mem_resize(k->span, k->spans + 1, sizeof *s);
	s = &k->span[k->spans++];
	*s = (struct cel_span){.uniqueid = text_dup(channel),
	    .name = cel_member(channel),
	    .number = text_dup(""),
	    .from_us = from_us,
	    .to_us = to_us};
}

/* True if a later record of the call has this channel itself: it was a
 * consultation. */
static bool
comes_later(const struct record_group *one, size_t i, const char *channel)
{
	while (++i < one->count)
		if (strcmp(one->record[i]->dst_channel, channel) == 0)
			return true;
	return false;
}

/* The queue_log has the time at which a queue's agent answered; a CDR has that
 * of the PBX's answer. */
static int64_t
connect_time(const struct cdr_record *r, const struct queue_entry *q)
{
	for (; q && strcmp(r->app, "Queue") == 0; q = q->next)
		if (strcmp(q->event, "CONNECT") == 0 &&
		    q->at_us >= r->start_us - second_us &&
		    q->at_us <= r->end_us + second_us)
			return q->at_us;
	return 0;
}

static bool
was_in_queue(const struct record_group *one, size_t i, const char *data)
{
	while (i-- > 0)
		if (strcmp(one->record[i]->app, "Queue") == 0)
			return strcmp(one->record[i]->data, data) == 0;
	return false;
}

static void
add_record(struct cel_call *k, const struct groups *g,
    const struct record_group *one, size_t i, const struct queue_entry *q)
{
	const struct cdr_record *r = one->record[i], *behind = NULL;
	const char *who = r->dst_channel;
	int64_t from_us =
	    i == 0 || r->answer_us > r->start_us ? r->answer_us : r->start_us;
	int64_t connect_us = connect_time(r, q);

	if (!r->answered || !*who || r->answer_us == 0)
		return;
	if (is_local(who)) {
		behind = behind_local(g, r);
		if (!behind || comes_later(one, i, behind->dst_channel))
			return;
		who = behind->dst_channel;
	}
	if (connect_us > from_us)
		from_us = connect_us;
	/* Each queue has its own wait; a transfer within a queue has none. */
	if (connect_us == 0 && strcmp(r->app, "Queue") == 0 &&
	    !was_in_queue(one, i, r->data))
		k->call.connected = false;
	add_party(k, who, from_us, r->end_us);
}

static void
tell_queues(struct cel_call *k, const struct record_group *one,
    const struct queue_entry *q)
{
	bool told = false;

	for (; q; q = q->next)
		if (strcmp(q->event, "ENTERQUEUE") == 0) {
			import_set_queue(&k->call, q->at_us, q->queue);
			told = true;
		}
	for (size_t i = 0; i < one->count && !told; i++) {
		const struct cdr_record *r = one->record[i];
		char *queue = text_ndup(r->data, strcspn(r->data, ",|"));

		if (strcmp(r->app, "Queue") == 0)
			import_set_queue(&k->call, r->start_us, queue);
		free(queue);
	}
}

static void
tell_beginning(struct import_call *c, const struct cdr_record *r)
{
	char *trunk = cel_member(r->channel);

	c->started_us = r->start_us;
	import_about(c, IMPORT_CHANNEL, r->channel);
	import_about(c, IMPORT_TRUNK, trunk);
	import_about(c, IMPORT_CONTEXT, r->context);
	import_about(c, IMPORT_CALLER, r->src);
	if (r->hidden)
		import_hidden(c);
	import_about(c, IMPORT_CALLEE, r->dst);
	import_about(c, IMPORT_DID, r->dst);
	import_fact(c, "src", r->src);
	import_fact(c, "dst", r->dst);
	free(trunk);
}

/* If an agent began it, the talk with the first party that was reached is the
 * agent's. */
static void
tell_cdr_agent(struct cel_call *k, const struct cdr_record *r)
{
	if (k->spans == 0)
		return;
	free(k->span[0].name);
	k->span[0].name = cel_member(r->channel);
}

static void
tell_untold(struct import_call *c)
{
	if (!c->connected && c->answer_us > 0)
		import_untold(c, "when the agent answered (the answer may be "
				 "the PBX's)");
	if (!import_has_event(c, "consent"))
		import_untold(c, "consent");
	if (!import_has_event(c, "pause"))
		import_untold(c, "pauses");
	if (!import_has_event(c, "payment-start"))
		import_untold(c, "payments");
	import_untold(c, "holds; times are whole seconds");
}

static void
finish_group(struct import *im, const struct groups *g,
    struct record_group *one, struct queue_log *log)
{
	struct cel_call *k = cel_call_new(one->key);
	struct import_call *c = &k->call;
	const struct queue_entry *q = queue_log_of(log, one->key);

	tell_beginning(c, one->record[0]);
	for (size_t i = 0; i < one->count; i++)
		if (one->record[i]->end_us > c->end_us)
			c->end_us = one->record[i]->end_us;
	tell_queues(k, one, q);
	hook_files_take(im, c, NULL, 0);
	c->connected = true;
	for (size_t i = 0; i < one->count; i++)
		add_record(k, g, one, i, q);
	if (import_is_outbound(im->o, c))
		tell_cdr_agent(k, one->record[0]);
	cel_call_parties(k);
	queue_log_rules(im, c, q);
	import_find_legs(im, c, c->key);
	recorder_fit_found(im, c, c->end_us, second_us);
	cel_members_judge(&g->members, im->o, c);
	if (one->part_of) {
		char *why = text_format("a part of %s", one->part_of);
		import_drop(c, why);
		free(why);
	}
	if (one->record[0]->unnamed)
		import_untold(c, "the uniqueid");
	tell_untold(c);
	queue_log_forget(log, one->key);
	import_pass(im, c);
	cel_call_free(k);
}

void
cdr_calls(struct cdr *all, struct import *im, struct queue_log *q)
{
	struct groups g = {0};

	queue_log_read(q, im, INT64_MAX - second_us);
	group_records(all, &g);
	find_parts(all, &g);
	for (size_t i = 0; i < g.count; i++) {
		finish_group(im, &g, &g.group[i], q);
		free(g.group[i].record);
	}
	map_free(&g.half);
	cel_members_free(&g.members);
	free(g.group);
}
