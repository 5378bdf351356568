/* SPDX-License-Identifier: ISC */
#include "cel_board.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cel_chan.h"
#include "cel_user.h"
#include "json.h"
#include "mem.h"
#include "text.h"
#include "when.h"

enum { KEYS_MAX = 256, OVER_US = 5000000 };

static struct cel_chan *
chan_of(struct cel_board *b, struct cel_call *k, const struct cel_row *row)
{
	struct cel_chan *chan = map_get(&b->chan, row->uniqueid);

	if (!chan) {
		chan = cel_chan_new(row->uniqueid, row->channel, row->number);
		map_put(&b->chan, chan->uniqueid, chan);
		cel_chan_link(chan, k);
	} else if (chan->of != k) {
		/* Two calls became one: both get the name of the older one. */
		if (chan->of && !chan->of->senior &&
		    strcmp(chan->of->call.key, chan->uniqueid) == 0)
			chan->of->senior = text_dup(k->call.key);
		cel_chan_unlink(chan);
		cel_chan_link(chan, k);
	}
	if (*row->number && strcmp(chan->number, row->number) != 0) {
		free(chan->number);
		chan->number = text_dup(row->number);
	}
	return chan;
}

static bool
is_recent(const struct cel_board *b, const char *key)
{
	for (size_t i = 0; i < CEL_RECENT && b->recent[i]; i++)
		if (strcmp(b->recent[i], key) == 0)
			return true;
	return false;
}

/* NULL: the row is late, its call has ended. */
static struct cel_call *
call_of_row(struct cel_board *b, const struct cel_row *row)
{
	struct cel_call *k = map_get(&b->call, row->linkedid);

	if (k)
		return k;
	if (strcmp(row->type, "CHAN_START") != 0 && is_recent(b, row->linkedid))
		return NULL;
	k = cel_call_new(row->linkedid);
	k->call.started_us = row->at_us;
	map_put(&b->call, k->call.key, k);
	return k;
}

/* The channel that began a call is its customer; if it is an agent's, the first
 * channel that it reaches. */
static void
find_customer(const struct cel_board *b, struct cel_call *k,
    const struct cel_company *all)
{
	struct cel_chan *main = map_get(&b->chan, k->call.key);

	if (k->customer || k->gone || !main || main->of != k)
		return;
	if (!import_is_outbound(b->im->o, &k->call)) {
		k->customer = main;
		return;
	}
	for (size_t i = 0; i < all->reals; i++)
		if (main->in && all->real[i] != main)
			k->customer = all->real[i];
}

/* The older of two calls that meet, or the recorded one, absorbs the other. */
static void
meet(struct cel_call *k, struct cel_call *other)
{
	bool mine = k->recorders > 0, theirs = other->recorders > 0;
	struct cel_call *junior;

	if (mine && theirs)
		return;
	if (mine != theirs)
		junior = mine ? other : k;
	else
		junior =
		    k->call.started_us <= other->call.started_us ? other : k;
	if (!junior->senior)
		junior->senior = text_dup((junior == k ? other : k)->call.key);
}

static bool
was_left_here(const struct cel_call *k, const struct cel_company *all)
{
	for (size_t i = 0; k->gone && k->left && i < all->bridges; i++)
		if (strcmp(all->bridge[i]->id, k->left) == 0)
			return true;
	return false;
}

/* Updates who is present in all calls with a channel in this bridge. */
static void
look_around(struct cel_board *b, struct cel_bridge *bridge, int64_t at_us)
{
	struct cel_company all;

	cel_company_find(&all, bridge);
	for (size_t i = 0; i < all.reals; i++) {
		struct cel_call *k = all.real[i]->of;
		bool seen = !k, there = k && was_left_here(k, &all);

		for (size_t n = 0; n < i; n++)
			seen = seen || all.real[n]->of == k;
		if (seen)
			continue;
		for (size_t n = 0; n < all.reals; n++)
			if (all.real[n]->of && all.real[n]->of != k)
				meet(k, all.real[n]->of);
		find_customer(b, k, &all);
		for (size_t n = 0; n < all.reals; n++)
			there = there || all.real[n] == k->customer;
		if (there)
			cel_call_company(k, all.real, all.reals, at_us);
		if (k->gone && there && all.reals < 2 && k->call.end_us == 0)
			k->call.end_us = at_us;
	}
	cel_company_free(&all);
}

/* A member of "extra", to be freed; "" if there is none. */
static char *
extra_of(const struct cel_row *row, const char *name)
{
	struct json *j = *row->extra == '{'
			     ? import_json(row->extra, strlen(row->extra))
			     : NULL;
	const char *text = json_text(j, name);
	char *copy = text_dup(text ? text : "");

	json_free(j);
	return copy;
}

static void
channel_goes(struct cel_board *b, struct cel_chan *chan, int64_t at_us)
{
	struct cel_bridge *bridge = chan->in;
	struct cel_chan *half = chan->half;
	struct cel_call *k = chan->of;
	bool others = bridge && bridge->count > 1;

	if (!bridge)
		return;
	cel_call_bridged(k, chan, at_us, false);
	if (chan == k->customer) {
		free(k->left);
		k->left = text_dup(bridge->id);
		k->left_us = at_us;
		cel_call_company(k, &chan, 1, at_us);
	}
	cel_chan_leave(chan, &b->bridge);
	if (others)
		look_around(b, bridge, at_us);
	if (half && half->in)
		look_around(b, half->in, at_us);
}

static void
comes(struct cel_board *b, struct cel_chan *chan, const struct cel_row *row)
{
	char *id = extra_of(row, "bridge_id");
	char *kind = extra_of(row, "bridge_technology");

	channel_goes(b, chan, row->at_us);
	if (*id) {
		cel_chan_enter(
		    chan, &b->bridge, id, strcmp(kind, "holding_bridge") == 0);
		cel_call_bridged(chan->of, chan, row->at_us, true);
		look_around(b, chan->in, row->at_us);
	}
	free(kind);
	free(id);
}

/* Two or more others continue without the customer. */
static void
customer_hangs_up(struct cel_board *b, struct cel_call *k, int64_t at_us)
{
	struct cel_bridge *bridge =
	    k->left ? map_get(&b->bridge, k->left) : NULL;
	struct cel_company all;

	k->customer = NULL;
	k->gone = true;
	cel_company_find(&all, bridge);
	if (all.reals >= 2 && at_us - k->left_us < OVER_US) {
		import_event(&k->call, k->left_us, "leave customer");
		cel_call_company(k, all.real, all.reals, k->left_us);
	} else if (k->call.end_us == 0) {
		k->call.end_us = at_us;
	}
	cel_company_free(&all);
}

static void
hangs_up(struct cel_board *b, struct cel_chan *chan, int64_t at_us)
{
	struct cel_call *k = chan->of;
	struct cel_chan *main = map_get(&b->chan, k->call.key);

	if (chan->hung_up)
		return;
	if (chan == main && !k->customer && !k->gone &&
	    !import_is_outbound(b->im->o, &k->call))
		k->customer = chan;
	channel_goes(b, chan, at_us);
	chan->hung_up = true;
	/* Nothing is recorded on a channel after its last bridge. */
	cel_call_stop(k, chan->uniqueid,
	    chan == k->customer && k->left_us && at_us - k->left_us < 1000000
		? k->left_us
		: at_us);
	if (chan == k->customer)
		customer_hangs_up(b, k, at_us);
	else if (chan == main && !k->customer && !k->gone)
		k->call.end_us = at_us;
}

static void
take_cel_app(
    const struct import *im, struct cel_chan *chan, const struct cel_row *row)
{
	struct cel_call *k = chan->of;
	bool begins = strcmp(row->type, "APP_START") == 0;

	import_app(im->o, &k->call, &chan->playing, row->app, row->data,
	    row->at_us, begins);
	if (!begins)
		return;
	if (strcmp(row->app, "MixMonitor") == 0 ||
	    strcmp(row->app, "Monitor") == 0)
		cel_call_record(k, chan, row->app, row->data, row->at_us);
	else if (strcmp(row->app, "StopMixMonitor") == 0 ||
		 strcmp(row->app, "StopMonitor") == 0)
		cel_call_stop(k, chan->uniqueid, row->at_us);
}

static void
answers(struct cel_board *b, struct cel_chan *chan, const struct cel_row *row)
{
	struct cel_call *k = chan->of;

	cel_members_answer(&b->members, row->app, row->channel);
	if (chan->answered_us)
		return;
	chan->answered_us = row->at_us;
	for (size_t i = 0; i < k->recorders; i++)
		if (strcmp(k->recorder[i].uniqueid, chan->uniqueid) == 0)
			k->recorder[i].answered_us = row->at_us;
}

/* A queue's APP_START is only written if the application changes, so any row of
 * the customer's channel can show the queue: "Sales,tkK". */
static void
note_queue(
    struct cel_call *k, const struct cel_chan *chan, const struct cel_row *row)
{
	char *queue;

	if (strcmp(row->app, "Queue") != 0 || !*row->data ||
	    (chan != k->customer && strcmp(chan->uniqueid, k->call.key) != 0))
		return;
	queue = text_ndup(row->data, strcspn(row->data, ",|"));
	import_set_queue(&k->call, row->at_us, queue);
	free(queue);
}

/*
 * If another party is present, music means a hold; before, it is the queue's.
 */
static void
note_music(
    struct cel_call *k, const struct cel_chan *chan, const struct cel_row *row)
{
	bool begins = strcmp(row->type, "STREAM_BEGIN") == 0;
	bool talks = false;

	if (chan != k->customer || strncmp(row->user_type, "MOH_", 4) != 0)
		return;
	for (size_t i = 0; i < k->spans; i++)
		talks = talks || k->span[i].to_us == 0;
	if (begins ? talks && !k->held : k->held) {
		import_event(&k->call, row->at_us, begins ? "hold" : "unhold");
		k->held = begins;
	}
}

static void
note_key(struct cel_call *k, int64_t at_us)
{
	if (k->keys == KEYS_MAX)
		return;
	k->key_us = mem_resize(k->key_us, k->keys + 1, sizeof *k->key_us);
	k->key_us[k->keys++] = at_us;
}

static void
take_cel_user(
    struct cel_board *b, struct cel_chan *chan, const struct cel_row *row)
{
	const char *name =
	    strcmp(row->type, "USER_DEFINED") == 0 ? row->user_type : row->type;
	char *text = extra_of(row, "extra");

	cel_user_take(
	    chan, name, text, import_rule(b->im->o, name), row->at_us);
	free(text);
}

/* The context, channel and number with which the call began. */
static void
note_beginning(struct cel_call *k, const struct cel_row *row)
{
	struct import_call *c = &k->call;
	char *trunk;

	if (strcmp(row->uniqueid, c->key) != 0)
		return;
	if (strcmp(row->type, "CHAN_START") == 0)
		k->begun = true;
	trunk = cel_member(row->channel);
	import_about(c, IMPORT_CHANNEL, row->channel);
	import_about(c, IMPORT_TRUNK, trunk);
	import_about(c, IMPORT_CONTEXT, row->context);
	import_about(c, IMPORT_CALLER, row->number);
	if (row->hidden)
		import_hidden(c);
	if (strcmp(row->exten, "s") != 0) {
		import_about(
		    c, IMPORT_DID, *row->dnid ? row->dnid : row->exten);
		import_about(c, IMPORT_CALLEE, row->exten);
	}
	free(trunk);
}

/* It became a part of another call, which has its channels. */
static void
note_merged(struct cel_call *k)
{
	for (struct cel_chan *chan = k->chan; chan; chan = chan->next)
		if (!chan->hung_up && !chan->over && !k->senior)
			k->senior = text_dup("another call, with which it "
					     "became one");
}

/* A channel without a hangup in the log does not wait for ever. */
static void
add_orphan(struct cel_board *b, const struct cel_chan *chan)
{
	char **place = &b->orphan[b->orphans++ % CEL_ORPHANS];
	struct cel_chan *old = *place ? map_get(&b->chan, *place) : NULL;

	if (old && !old->of) {
		map_drop(&b->chan, old->uniqueid);
		cel_chan_free(old, &b->bridge);
	}
	free(*place);
	*place = text_dup(chan->uniqueid);
}

/* Channels that have not hung up continue in another call. */
static void
finish_call(struct cel_board *b, struct cel_call *k, enum import_part part)
{
	struct cel_chan *chan, *next;
	char **recent = &b->recent[b->finished++ % CEL_RECENT];

	free(*recent);
	*recent = text_dup(k->call.key);
	map_drop(&b->call, k->call.key);
	for (size_t i = 0; i < b->overs; i++)
		if (b->over[i] == k)
			b->over[i] = b->over[--b->overs];
	if (part == IMPORT_WHOLE)
		note_merged(k);
	if (k->call.end_us == 0 && part == IMPORT_WHOLE)
		k->call.end_us = k->last_us;
	k->call.part =
	    part == IMPORT_WHOLE && !k->begun ? IMPORT_NO_BEGINNING : part;
	queue_log_read(b->log, b->im, k->last_us);
	cel_call_finish(k, b->im, queue_log_of(b->log, k->call.key));
	queue_log_forget(b->log, k->call.key);
	cel_members_judge(&b->members, b->im->o, &k->call);
	import_pass(b->im, &k->call);
	for (chan = k->chan; chan; chan = next) {
		next = chan->next;
		cel_chan_unlink(chan);
		if (!chan->hung_up && !chan->over && part == IMPORT_WHOLE) {
			add_orphan(b, chan);
			continue;
		}
		map_drop(&b->chan, chan->uniqueid);
		cel_chan_free(chan, &b->bridge);
	}
	cel_call_free(k);
}

/* In a log without LINKEDID_END, a call has ended when all channels have hung
 * up for some seconds. */
static void
note_over(struct cel_board *b, struct cel_call *k)
{
	bool over = true, listed = false;

	for (struct cel_chan *chan = k->chan; chan; chan = chan->next)
		over = over && (chan->over || chan->hung_up);
	for (size_t i = 0; i < b->overs; i++)
		listed = listed || b->over[i] == k;
	if (!over || listed)
		return;
	b->over = mem_resize(b->over, b->overs + 1, sizeof *b->over);
	b->over[b->overs++] = k;
}

static void
finish_over(struct cel_board *b, int64_t now_us)
{
	for (size_t i = 0; i < b->overs;) {
		struct cel_call *k = b->over[i];
		bool over = true;

		for (struct cel_chan *chan = k->chan; chan; chan = chan->next)
			over = over && (chan->over || chan->hung_up);
		if (!over)
			b->over[i] = b->over[--b->overs];
		else if (now_us - k->last_us > OVER_US)
			finish_call(b, k, IMPORT_WHOLE);
		else
			i++;
	}
}

static bool
take_bridge(
    struct cel_board *b, struct cel_chan *chan, const struct cel_row *row)
{
	const char *type = row->type;

	if (strcmp(type, "BRIDGE_ENTER") == 0)
		comes(b, chan, row);
	else if (strcmp(type, "BRIDGE_EXIT") == 0)
		channel_goes(b, chan, row->at_us);
	else if (strcmp(type, "HANGUP") == 0)
		hangs_up(b, chan, row->at_us);
	else if (strcmp(type, "ANSWER") == 0)
		answers(b, chan, row);
	else
		return false;
	return true;
}

static void
take_cel_type(
    struct cel_board *b, struct cel_chan *chan, const struct cel_row *row)
{
	struct cel_call *k = chan->of;
	const char *type = row->type;

	if (take_bridge(b, chan, row))
		return;
	if (strncmp(type, "APP_", 4) == 0)
		take_cel_app(b->im, chan, row);
	else if (strncmp(type, "STREAM_", 7) == 0)
		note_music(k, chan, row);
	else if (strcmp(type, "DTMF") == 0)
		note_key(k, row->at_us);
	else if (strcmp(type, "PARK_START") == 0)
		import_event(&k->call, row->at_us, "hold");
	else if (strcmp(type, "PARK_END") == 0)
		import_event(&k->call, row->at_us, "unhold");
	else if (*row->user_type)
		take_cel_user(b, chan, row);
}

void
cel_board_take(struct cel_board *b, const struct cel_row *row)
{
	struct cel_call *k = call_of_row(b, row);
	struct cel_chan *chan;

	if (!k)
		return;
	if (row->at_us < k->call.started_us)
		k->call.started_us = row->at_us;
	if (row->at_us > k->last_us)
		k->last_us = row->at_us;
	if (strcmp(row->type, "LINKEDID_END") == 0) {
		finish_call(b, k, IMPORT_WHOLE);
	} else {
		chan = chan_of(b, k, row);
		note_beginning(k, row);
		take_cel_type(b, chan, row);
		note_queue(k, chan, row);
		chan->over = chan->over || strcmp(row->type, "CHAN_END") == 0;
		if (chan->over || chan->hung_up)
			note_over(b, chan->of);
	}
	if (b->overs > 0)
		finish_over(b, row->at_us);
	if (row->at_us > b->now_us)
		b->now_us = row->at_us;
}

static int
by_call_start(const void *a, const void *b)
{
	const struct cel_call *x = *(struct cel_call *const *)a;
	const struct cel_call *y = *(struct cel_call *const *)b;

	return (x->call.started_us > y->call.started_us) -
	       (x->call.started_us < y->call.started_us);
}

void
cel_board_end(struct cel_board *b)
{
	size_t n = 0, count = b->call.count;
	struct cel_call **open = mem_alloc((count + 1) * sizeof *open);
	const struct import_options *o = b->im->o;

	map_each(&b->call, (void **)open);
	qsort(open, count, sizeof *open, by_call_start);
	for (n = 0; n < count; n++) {
		bool over = false, torn;

		for (size_t i = 0; i < b->overs; i++)
			over = over || b->over[i] == open[n];
		torn = o->torn_after_us > 0 &&
		       when_now_us() - open[n]->last_us > o->torn_after_us;
		finish_call(b, open[n],
		    over   ? IMPORT_WHOLE
		    : torn ? IMPORT_TORN
			   : IMPORT_GOES_ON);
	}
	free(open);
	open = mem_alloc((b->chan.count + 1) * sizeof *open);
	count = b->chan.count;
	map_each(&b->chan, (void **)open);
	for (n = 0; n < count; n++)
		cel_chan_free((struct cel_chan *)open[n], &b->bridge);
	free(open);
	free(b->over);
	for (size_t i = 0; i < CEL_RECENT; i++)
		free(b->recent[i]);
	for (size_t i = 0; i < CEL_ORPHANS; i++)
		free(b->orphan[i]);
	map_free(&b->call);
	map_free(&b->chan);
	map_free(&b->bridge);
	cel_members_free(&b->members);
}
