/* SPDX-License-Identifier: ISC */
#include "cel.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "mem.h"
#include "queue_log.h"
#include "table.h"
#include "text.h"

enum column {
	TYPE,
	TIME,
	NUMBER,
	CHANNEL,
	APP,
	DATA,
	UNIQUEID,
	LINKEDID,
	USER_TYPE,
	EXTRA
};
static const char *const names[] = {"eventtype", "eventtime", "cidnum",
    "channame", "appname", "appdata", "uniqueid", "linkedid", "userdeftype",
    "extra", NULL};
#define FIRST "eventtype,"
#define REST                                                                 \
	"eventtime,cidname,cidnum,cidani,cidrdnis,ciddnid,exten,context,"    \
	"channame,appname,appdata,amaflags,acctcode,uniqueid,linkedid,peer," \
	"userfield,userdeftype,extra"
static const char *const usual[] = {FIRST "literal," REST, FIRST REST, NULL};

/* A channel of the call that is not the customer's. */
struct party {
	char *uniqueid, *name; /* "SIP/8007" */
	char *number;          /* "" where not told */
	char *bridge;          /* where it is; NULL: in none */
	bool there;            /* with the customer */
	bool agent;
};

struct call_state {
	char *name;   /* of the channel that began it: "SIP/8007" */
	char *bridge; /* where that one is, or was last */
	struct party *party;
	size_t parties;
	bool customer_gone;
	bool outbound; /* the channel that began it is the agent's */
};

struct cel {
	struct import *im;
	struct call_state *state; /* of im->call[i] */
	size_t states;
	const char *path;
	int64_t last_us; /* of the record above */
};

static struct call_state *
state_of(struct cel *cel, const struct import_call *c)
{
	size_t n = (size_t)(c - cel->im->call);

	while (cel->states <= n) {
		if ((cel->states & (cel->states - 1)) == 0)
			cel->state = mem_resize(cel->state,
			    cel->states ? cel->states * 2 : 1,
			    sizeof *cel->state);
		cel->state[cel->states++] = (struct call_state){0};
	}
	return &cel->state[n];
}

/* The first n bytes of a text as one word. */
static char *
one_word(const char *text, size_t n)
{
	char *word = text_ndup(text, n);

	for (char *c = word; *c; c++)
		if (*c == ' ' || *c == '\t')
			*c = '_';
	return word;
}

/* "SIP/8007-0000001a" is the member SIP/8007. */
static char *
member(const char *channel)
{
	const char *dash = strrchr(channel, '-');

	return one_word(
	    channel, dash ? (size_t)(dash - channel) : strlen(channel));
}

/* The agent who is there, or NULL. */
static struct party *
agent_of(struct call_state *s)
{
	for (size_t i = 0; i < s->parties; i++)
		if (s->party[i].there && s->party[i].agent)
			return &s->party[i];
	return NULL;
}

static size_t
count_there(const struct call_state *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->parties; i++)
		n += s->party[i].there;
	return n;
}

static struct party *
find_party(struct call_state *s, const struct table *t)
{
	struct party *p;

	for (size_t i = 0; i < s->parties; i++)
		if (strcmp(s->party[i].uniqueid, t->value[UNIQUEID]) == 0)
			return &s->party[i];
	s->party = mem_resize(s->party, s->parties + 1, sizeof *p);
	p = &s->party[s->parties++];
	*p = (struct party){.uniqueid = text_dup(t->value[UNIQUEID]),
	    .name = member(t->value[CHANNEL]),
	    .number = one_word(t->value[NUMBER], 40)};
	return p;
}

static void
state_clear(struct call_state *s)
{
	for (size_t i = 0; i < s->parties; i++) {
		free(s->party[i].uniqueid);
		free(s->party[i].name);
		free(s->party[i].number);
		free(s->party[i].bridge);
	}
	free(s->party);
	free(s->name);
	free(s->bridge);
}

/*
 * The first who comes is the agent; one who comes when no agent is there is
 * the next agent; others are third parties. A real channel takes the place of
 * a Local one, which only led to it, without an event. In an outbound call the
 * first is the customer, and `agent` marks that one.
 */
static void
came(
    struct import_call *c, struct call_state *s, struct party *p, int64_t at_us)
{
	struct party *a = agent_of(s);

	p->there = true;
	if (a && strncmp(a->name, "Local/", 6) == 0) {
		a->agent = a->there = false;
		p->agent = true;
		if (!s->outbound)
			import_set(&c->agent, p->name);
	} else if (c->answer_us == 0) {
		p->agent = true;
		c->answer_us = at_us;
		import_set(&c->agent, s->outbound ? s->name : p->name);
	} else if (a || s->outbound) {
		import_event(c, at_us, "join third-party %s",
		    *p->number ? p->number : p->name);
	} else {
		p->agent = true;
		import_event(c, at_us, "transfer agent=%s", p->name);
	}
}

static void
went(const struct call_state *s, struct import_call *c, struct party *p,
    int64_t at_us)
{
	import_event(c, at_us, "leave %s",
	    !p->agent     ? "third-party"
	    : s->outbound ? "customer"
			  : "agent");
	p->there = p->agent = false;
}

/* Who has come to the customer, and who has left, since the last event. */
static void
settle(struct import_call *c, struct call_state *s, int64_t at_us)
{
	if (!s->bridge || c->end_us > 0)
		return;
	for (size_t i = 0; i < s->parties; i++) {
		struct party *p = &s->party[i];
		if (p->there &&
		    (!p->bridge || strcmp(p->bridge, s->bridge) != 0))
			went(s, c, p, at_us);
	}
	for (size_t i = 0; i < s->parties; i++) {
		struct party *p = &s->party[i];
		if (!p->there && p->bridge && strcmp(p->bridge, s->bridge) == 0)
			came(c, s, p, at_us);
	}
}

/* "bridge_id" of the event's extra data; "" where there is none. */
static char *
bridge_id(const struct table *t)
{
	const char *text = t->value[EXTRA];
	struct json *j = *text == '{' ? json_parse(text, strlen(text)) : NULL;
	const char *id =
	    json_text(j ? j : t->json, j ? "bridge_id" : "extra.bridge_id");
	char *copy = text_dup(id ? id : "");

	json_free(j);
	return copy;
}

/* The customer who leaves a bridge is on the way to another, or hangs up. */
static void
cross(struct import_call *c, struct call_state *s, const struct table *t,
    int64_t at_us, bool enters)
{
	bool customer = strcmp(t->value[UNIQUEID], c->key) == 0;
	char **bridge = customer ? &s->bridge : &find_party(s, t)->bridge;

	if (enters || !customer) {
		free(*bridge);
		*bridge = enters ? bridge_id(t) : NULL;
	}
	settle(c, s, at_us);
}

/* The call is over when its customer is gone and not two others talk on. */
static void
hang_up(struct import_call *c, struct call_state *s, const struct table *t,
    int64_t at_us)
{
	if (strcmp(t->value[UNIQUEID], c->key) != 0)
		cross(c, s, t, at_us, false);
	else if (!s->customer_gone && count_there(s) >= 2)
		import_event(
		    c, at_us, "leave %s", s->outbound ? "agent" : "customer");
	s->customer_gone =
	    s->customer_gone || strcmp(t->value[UNIQUEID], c->key) == 0;
	if (s->customer_gone && count_there(s) < 2 && c->end_us == 0)
		c->end_us = at_us;
}

/* "r(/x/in.wav)" of MixMonitor's options; NULL where there is none. */
static char *
option_file(const char *data, char letter)
{
	char head[] = {letter, '(', '\0'};
	const char *comma = strchr(data, ',');
	const char *at = comma ? strstr(comma, head) : NULL;

	return at ? text_ndup(at + 2, strcspn(at + 2, ")")) : NULL;
}

/* Without r() and t() one file has both sides; D puts them on two channels. */
static void
take_mixed(const struct import *im, struct import_call *c,
    const struct table *t, int64_t at_us, bool customer)
{
	const char *data = t->value[DATA];
	const char *options = strchr(data, ',');
	char *file = text_ndup(data, strcspn(data, ","));
	char *path = import_leg_path(im->o, file);
	size_t n = options ? strcspn(options + 1, ",") : 0;

	if (options && memchr(options + 1, 'D', n)) {
		import_leg(c, customer ? "customer" : "agent", path, at_us, 1);
		import_leg(c, customer ? "agent" : "customer", path, at_us, 2);
	} else if (*file) {
		import_leg(c, "customer", path, at_us, 0);
		import_untold(c, "who is who in a recording of one channel");
	}
	free(path);
	free(file);
}

static void
take_recorder(const struct import *im, struct import_call *c,
    const struct table *t, int64_t at_us)
{
	bool first = strcmp(t->value[UNIQUEID], c->key) == 0;
	bool customer = first != import_is_outbound(im->o, c);
	static const char letters[] = {'r', 't'};
	bool found = false;

	for (int i = 0; i < 2; i++) {
		char *file = option_file(t->value[DATA], letters[i]);
		char *path = file ? import_leg_path(im->o, file) : NULL;

		if (path)
			import_leg(c,
			    customer == (i == 0) ? "customer" : "agent", path,
			    at_us, 0);
		found = found || file;
		free(path);
		free(file);
	}
	if (!found)
		take_mixed(im, c, t, at_us, customer);
}

static void
take_app(const struct import *im, struct import_call *c, const struct table *t,
    int64_t at_us)
{
	const char *data = t->value[DATA];
	char *queue;

	if (strcmp(t->value[APP], "MixMonitor") == 0)
		take_recorder(im, c, t, at_us);
	if (strcmp(t->value[APP], "Queue") != 0)
		return;
	queue = text_ndup(data, strcspn(data, ",|"));
	import_set_queue(c, at_us, queue);
	free(queue);
}

static void
take_event(struct cel *cel, struct import_call *c, const struct table *t,
    int64_t at_us)
{
	struct call_state *s = state_of(cel, c);
	const char *type = t->value[TYPE];
	const char *rule = import_rule(
	    cel->im->o, *t->value[USER_TYPE] ? t->value[USER_TYPE] : type);

	if (c->started_us == 0 || at_us < c->started_us)
		c->started_us = at_us;
	s->outbound = import_is_outbound(cel->im->o, c);
	if (!s->name && strcmp(t->value[UNIQUEID], c->key) == 0)
		s->name = member(t->value[CHANNEL]);
	if (rule)
		import_event(c, at_us, "%s", rule);
	else if (strcmp(type, "APP_START") == 0)
		take_app(cel->im, c, t, at_us);
	else if (strcmp(type, "BRIDGE_ENTER") == 0)
		cross(c, s, t, at_us, true);
	else if (strcmp(type, "BRIDGE_EXIT") == 0)
		cross(c, s, t, at_us, false);
	else if (strcmp(type, "HANGUP") == 0)
		hang_up(c, s, t, at_us);
	else if (strcmp(type, "LINKEDID_END") == 0 && c->end_us == 0)
		c->end_us = at_us;
	else if (strcmp(type, "PARK_START") == 0)
		import_event(c, at_us, "hold");
	else if (strcmp(type, "PARK_END") == 0)
		import_event(c, at_us, "unhold");
}

static int
take(struct import *im, const struct table *t, void *arg, struct why *why)
{
	struct cel *cel = arg;
	int64_t us;

	if (!*t->value[TYPE] || !*t->value[LINKEDID])
		return why_set(why,
		    "%s:%d: no eventtype or linkedid: not the columns of "
		    "cel-custom; --columns names them",
		    cel->path, t->line);
	if (import_time_after(im->o, t->value[TIME], cel->last_us, &us) != 0)
		return why_set(why, "%s:%d: %s: '%.40s'", cel->path, t->line,
		    im->o->zone ? "not a time"
				: "a time without a zone; --zone says it",
		    t->value[TIME]);
	cel->last_us = us;
	take_event(cel, import_call(im, t->value[LINKEDID]), t, us);
	return 0;
}

static void
finish(struct import *im, struct import_call *c)
{
	/* Who answered is told by the bridges, whatever a queue_log says. */
	c->queued = false;
	import_find_legs(im, c, c->key);
	import_untold(c, "holds");
	if (!import_has_event(c, "consent"))
		import_untold(c, "consent");
	if (!import_has_event(c, "pause"))
		import_untold(c, "pauses, if they are no event of the log");
	if (c->end_us == 0)
		import_untold(c, "the end");
}

int
cel_add(struct import *im, const char *path, struct why *why)
{
	const char *const told[] = {im->o->columns, NULL};
	struct cel cel = {.im = im, .path = path};
	struct table t;
	int got =
	    table_open(&t, im, path, names, im->o->columns ? told : usual, why);

	if (got == 0)
		got = table_each(&t, im, take, &cel, why);
	table_close(&t);
	for (size_t i = 0; i < cel.states; i++)
		state_clear(&cel.state[i]);
	free(cel.state);
	for (size_t i = 0; i < im->calls; i++)
		im->call[i].has_queue = im->call[i].queue != NULL;
	if (got == 0 && im->o->queue_log)
		got = queue_log_add(im, im->o->queue_log, true, why);
	for (size_t i = 0; i < im->calls; i++)
		finish(im, &im->call[i]);
	return got;
}
