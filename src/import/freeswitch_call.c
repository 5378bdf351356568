/* SPDX-License-Identifier: ISC */
#include "freeswitch_call.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "freeswitch_bridges.h"
#include "freeswitch_recordings.h"
#include "text.h"

/* The state while a call is made of its CDRs. */
struct take {
	struct import *im;
	struct import_call *c;
	const struct switch_record *r;
	struct switch_book *book;
	struct bridges bridges;
	struct recordings recordings;
	char *seen; /* the uuids of other channels: " uuid uuid " */
	size_t others;
	size_t own; /* number of recordings of the channel itself */
	bool fifo;
	int64_t next_us; /* when the current application ended */
};

/* The most bytes of uuids of other channels, with blanks. */
enum { SEEN_MAX = 1 << 16 };

/* The uncertainty of a seam at a hold, or at an application in a bridge. */
#define SEAM_US 500000

static void
set_from_variable(const struct switch_record *r, const char *name, char **to)
{
	char *text = switch_variable(r, name);

	import_set(to, text);
	free(text);
}

static void
tell_about(struct take *t, enum import_about about, const char *name)
{
	char *text = switch_variable(t->r, name);

	import_about(t->c, about, text);
	free(text);
}

static void
tell_part(struct take *t, enum import_about about, const char *path)
{
	char *text = switch_parts(t->r) > 0 ? switch_part_text(t->r, 0, path)
					    : text_dup("");

	import_about(t->c, about, text);
	free(text);
}

/* The facts for the rules of --type, with which the call began. */
static void
tell_facts(struct take *t)
{
	char *type = switch_variable(t->r, "rec_type");

	if (call_class_of(type) != CALL_CLASSES)
		import_set(&t->c->type, type);
	free(type);
	tell_part(t, IMPORT_CONTEXT, "caller_profile.context");
	tell_about(t, IMPORT_CHANNEL, "channel_name");
	tell_part(t, IMPORT_DID, "caller_profile.destination_number");
	tell_part(t, IMPORT_CALLEE, "caller_profile.destination_number");
	tell_part(t, IMPORT_CALLER, "caller_profile.caller_id_number");
	if (switch_parts(t->r) > 0 && !t->c->about[IMPORT_CALLER])
		import_hidden(t->c);
	tell_about(t, IMPORT_TRUNK, "sip_gateway_name");
	tell_about(t, IMPORT_TRUNK, "sip_gateway");
	tell_about(t, IMPORT_TRUNK, "sofia_profile_name");
}

static void
set_times(struct take *t)
{
	const struct switch_record *r = t->r;
	size_t parts = switch_parts(r);

	t->c->started_us = switch_variable_us(r, "start_uepoch");
	t->c->end_us = switch_variable_us(r, "end_uepoch");
	if (t->c->started_us <= 0 && parts > 0)
		t->c->started_us =
		    switch_part_us(r, parts - 1, "times.created_time");
	if (t->c->end_us <= 0 && parts > 0)
		t->c->end_us =
		    switch_part_us(r, parts - 1, "times.hangup_time");
	if (t->bridges.count > 0)
		t->c->answer_us = t->bridges.list[0].at_us;
}

/* "support@default" is the queue support of mod_callcenter. */
static void
set_queue(struct take *t, int64_t at_us, const char *name)
{
	char *queue = text_ndup(name, strcspn(name, "@"));

	import_set_queue(t->c, at_us, queue);
	free(queue);
}

/* "pause" of "Event-Name=CUSTOM,Event-Subclass=rectools::pause", or NULL. */
static char *
subclass_of(const char *data)
{
	static const char key[] = "Event-Subclass=";
	const char *at = strstr(data, key);

	return at ? text_ndup(at + sizeof key - 1,
			strcspn(at + sizeof key - 1, ",\n"))
		  : NULL;
}

/*
 * An event that a desktop or a dialplan reports by an application. Rules name
 * it by its whole line ("log INFO pause"), by the subclass of its event, or by
 * its name.
 */
static bool
take_app_rule(struct take *t, const struct switch_app *app)
{
	static const char ours[] = "rectools::";
	char *line = text_format("%s %s", app->name, app->data);
	char *subclass =
	    strcmp(app->name, "event") == 0 ? subclass_of(app->data) : NULL;
	const char *rule = import_rule(t->im->o, line);
	int64_t length_us = 0;
	struct call_event e;
	struct why why = {0};

	/* A key can interrupt what FreeSWITCH plays. */
	if (rule && strcmp(app->name, "playback") == 0)
		length_us = import_message_us(app->data, app->at_us);

	if (!rule && subclass)
		rule = import_rule(t->im->o, subclass);
	if (!rule && subclass &&
	    strncmp(subclass, ours, sizeof ours - 1) == 0 &&
	    call_event_parse(&e, "0", subclass + sizeof ours - 1, &why) == 0) {
		call_event_free(&e);
		rule = subclass + sizeof ours - 1;
	}
	if (!rule)
		rule = import_rule(t->im->o, app->name);
	if (rule && (strcmp(rule, "pause") == 0 || strcmp(rule, "resume") == 0))
		recordings_mark(&t->recordings, "", app->at_us, *rule == 'p');
	else if (rule && strcmp(rule, "announced") == 0 &&
		 strcmp(app->name, "playback") == 0)
		import_played(
		    t->c, app->at_us, t->next_us, app->data, length_us);
	else if (rule)
		import_event(t->c, app->at_us, "%s", rule);
	free(subclass);
	free(line);
	return rule;
}

static const char *
consent_of(const char *digit)
{
	return strcmp(digit, "1") == 0 || strcmp(digit, "granted") == 0
		   ? "granted"
	       : strcmp(digit, "2") == 0 || strcmp(digit, "declined") == 0
		   ? "declined"
		   : "none";
}

/* The value in "NAME=VALUE" of set, or NULL. */
static const char *
is_set(const struct switch_app *app, const char *name)
{
	size_t n = strlen(name);

	return strcmp(app->name, "set") == 0 &&
		       strncmp(app->data, name, n) == 0 && app->data[n] == '='
		   ? app->data + n + 1
		   : NULL;
}

struct app_state {
	bool named;    /* rec_queue was set: it is the name of the next queue */
	bool asked;    /* the previous application asked for consent */
	char *message; /* the last message, when and how long it played */
	int64_t from_us, to_us;
};

/*
 * A dialplan continues after a message that is missing, and reports the same.
 */
static void
take_announced(
    struct take *t, const struct switch_app *app, struct app_state *s)
{
	if (s->message && !import_is_heard(s->from_us, s->to_us, 0))
		import_event(t->c, app->at_us, "message failed %s", s->message);
	else
		import_event(t->c, app->at_us, "announced");
	free(s->message);
	s->message = NULL;
}

/*
 * Queues, consent and messages that were heard, as freeswitch-live sets them.
 */
static void
take_set(struct take *t, const struct switch_app *app, struct app_state *s)
{
	const char *value;

	if ((value = is_set(app, "rec_queue")) && *value) {
		import_set_queue(t->c, app->at_us, value);
		s->named = true;
	} else if ((value = is_set(app, "rec_consent"))) {
		import_event(t->c, app->at_us, "consent %s", consent_of(value));
	} else if ((value = is_set(app, "rec_announced")) &&
		   switch_is_true(value)) {
		take_announced(t, app, s);
	}
}

static void
take_call_app(struct take *t, const struct switch_app *app, struct app_state *s)
{
	if (app->at_us > 0 && strcmp(app->name, "playback") == 0) {
		import_set(&s->message, app->data);
		s->from_us = app->at_us;
		s->to_us = t->next_us;
	}
	if (app->at_us <= 0 || take_app_rule(t, app))
		return;
	if (strcmp(app->name, "callcenter") == 0) {
		if (!s->named)
			set_queue(t, app->at_us, app->data);
		s->named = false;
	} else if (strcmp(app->name, "conference") == 0) {
		if (t->c->answer_us == 0 || app->at_us < t->c->answer_us)
			t->c->answer_us = app->at_us;
	} else if (strcmp(app->name, "fifo") == 0) {
		t->fifo = true;
	} else if ((strcmp(app->name, "execute_extension") == 0 ||
		       strcmp(app->name, "playback") == 0) &&
		   t->bridges.count > 0 &&
		   app->at_us > t->bridges.list[0].at_us) {
		recordings_seam(&t->recordings, app->at_us,
		    app->at_us - SEAM_US, SEAM_MAYBE);
	} else {
		take_set(t, app, s);
	}
}

/* play_and_get_digits ends when the next application begins. */
static void
take_app_answer(
    struct take *t, const struct switch_app *app, struct app_state *s)
{
	char *digit;

	if (s->asked && !import_has_event(t->c, "consent")) {
		digit = switch_variable(t->r, "rec_consent");
		import_event(t->c, app->at_us, "consent %s", consent_of(digit));
		free(digit);
	}
	s->asked = strcmp(app->name, "play_and_get_digits") == 0 &&
		   strstr(app->data, " rec_consent ");
}

/* When application n began or, after the last one, the call ended. */
static int64_t
begin_of_app(const struct take *t, size_t n)
{
	struct switch_app app = {0};
	int64_t us = t->c->end_us;

	if (n < switch_apps(t->r)) {
		switch_app_get(t->r, n, &app);
		us = app.at_us;
		switch_app_free(&app);
	}
	return us;
}

static void
take_apps(struct take *t)
{
	struct app_state s = {0};

	for (size_t n = switch_apps(t->r), i = 0; i < n; i++) {
		struct switch_app app;

		switch_app_get(t->r, i, &app);
		if (!is_set(&app, "rec_consent") && app.at_us > 0)
			take_app_answer(t, &app, &s);
		t->next_us = begin_of_app(t, i + 1);
		take_call_app(t, &app, &s);
		switch_app_free(&app);
	}
	free(s.message);
}

/* Without an app_log, the variables have the last value of each. */
static void
take_variables(struct take *t)
{
	char *queue = switch_variable(t->r, "rec_queue");

	if (!*queue) {
		free(queue);
		queue = switch_variable(t->r, "cc_queue");
	}
	if (!t->c->queue)
		set_queue(t, t->c->started_us, queue);
	free(queue);
	set_from_variable(t->r, "default_language", &t->c->language);
	set_from_variable(t->r, "rec_language", &t->c->language);
}

static void
take_agents(struct take *t)
{
	bool outbound = import_is_outbound(t->im->o, t->c);

	if (outbound)
		import_set(&t->c->agent, t->c->about[IMPORT_CALLER]);
	for (size_t i = 0; i < t->bridges.count; i++) {
		const struct bridge *b = &t->bridges.list[i];

		recordings_seam(&t->recordings, b->at_us, b->asked_us,
		    t->fifo && i == 0 ? SEAM_ANY
		    : b->silent       ? SEAM_RINGS
				      : SEAM_MAYBE);
		if (!outbound)
			import_set_agent(t->c, b->at_us, b->who);
	}
	/* The last agent of mod_callcenter, if nothing else names the agent. */
	if (!t->c->agent)
		set_from_variable(t->r, "cc_agent", &t->c->agent);
}

/* hold_events: "{{on,off},{on,off}}", in microseconds. */
static void
take_holds(struct take *t, const struct switch_record *r)
{
	char *text = switch_variable(r, "hold_events");

	for (const char *s = strpbrk(text, "0123456789"); s;) {
		char *end;
		int64_t on = strtoll(s, &end, 10), off = 0;

		if (*end == ',')
			off = strtoll(end + 1, &end, 10);
		if (on > 0)
			import_event(t->c, on, "hold");
		if (off > 0) {
			import_event(t->c, off, "unhold");
			/* Sound is lost at the end of its music, not at the
			 * beginning. */
			recordings_no_seam(&t->recordings, on, on + SEAM_US);
			recordings_seam(
			    &t->recordings, off, off - SEAM_US, SEAM_MAYBE);
		}
		s = strpbrk(end, "0123456789");
	}
	free(text);
}

/* A channel that called in by itself is another call, or a fifo's agent. */
static bool
is_part(const struct switch_record *r)
{
	return !switch_variable_is(r, "direction", "inbound") ||
	       switch_variable_is(r, "fifo_role", "consumer") ||
	       switch_variable_is(r, "loopback_leg", NULL);
}

/* Takes another channel of the call, once. */
static void
take_other(const char *uuid, void *arg)
{
	struct take *t = arg;
	char *word = text_format(" %s ", uuid), *seen;
	struct switch_record r;

	if (strlen(t->seen) > SEEN_MAX)
		import_drop(t->c, "more legs than a call can have");
	if (strlen(t->seen) > SEEN_MAX || strstr(t->seen, word) ||
	    t->book->find(t->book, uuid, &r) != 0) {
		free(word);
		return;
	}
	seen = text_format("%s%s", t->seen, word);
	free(t->seen);
	t->seen = seen;
	if (switch_is_absurd(&r)) {
		import_drop(
		    t->c, "a leg with more events than a call can have");
	} else if (is_part(&r)) {
		t->others++;
		take_holds(t, &r);
		recordings_gather(&t->recordings, &r, false);
	}
	t->book->release(t->book, &r);
	free(word);
}

/* Recordings that mod_callcenter and FusionPBX name in variables. */
static void
take_named(struct take *t)
{
	char *file = switch_variable(t->r, "cc_record_filename");
	char *dir = switch_variable(t->r, "record_path");
	char *name = switch_variable(t->r, "record_name");
	char *path = text_format("%s/%s", dir, name);

	if (*file)
		recordings_add(
		    &t->recordings, t->r, file, true, t->c->answer_us);
	if (t->recordings.count == 0 && *name && !t->recordings.discarded &&
	    switch_variable_is(t->r, "record_ms", NULL))
		recordings_add(
		    &t->recordings, t->r, *dir ? path : name, true, -1);
	free(path);
	free(name);
	free(dir);
	free(file);
}

/* Recordings with the name of the call, as an API client may call them. */
static void
take_found(struct take *t, const char *uuid)
{
	char *path, *in = text_format("%s-in", uuid), *native;

	path = import_found_stem(t->im, uuid);
	native = import_found_stem(t->im, in);
	if (t->recordings.count > 0 || t->recordings.discarded)
		;
	else if (path)
		recordings_add(&t->recordings, t->r, path, true, -1);
	else if (native)
		recordings_add(&t->recordings, t->r, uuid, true, -1);
	free(path);
	free(native);
	free(in);
	if (t->recordings.count == 0 && t->c->legs == 0 &&
	    switch_variable_is(t->r, "record_ms", NULL))
		import_untold(t->c, "the file of the recording");
}

static void
drop_variable(struct take *t, const char *what, const char *variable)
{
	char *uuid = switch_variable(t->r, variable);
	char *reason = text_format("%s%s%.60s", what, *uuid ? " " : "", uuid);

	import_drop(t->c, reason);
	free(reason);
	free(uuid);
}

/* Drops a channel that belongs to another call, even if it has recordings. */
static void
drop_call_legs(struct take *t)
{
	const struct switch_record *r = t->r;

	if (switch_variable_is(r, "direction", "outbound") &&
	    switch_variable_is(r, "originating_leg_uuid", NULL))
		drop_variable(t, "a leg of", "originating_leg_uuid");
	else if (switch_variable_is(r, "cc_side", "agent") &&
		 switch_variable_is(r, "cc_member_session_uuid", NULL))
		drop_variable(t, "the agent of", "cc_member_session_uuid");
	else if (switch_variable_is(r, "loopback_leg", "B"))
		drop_variable(t, "the inner end of", "other_loopback_leg_uuid");
	else if (switch_variable_is(r, "fifo_role", "consumer"))
		drop_variable(t, "the agent of", "fifo_target");
}

/* Drops a channel without recordings that belongs to another call. */
static void
drop_helpers(struct take *t)
{
	const struct switch_record *r = t->r;
	char *from = switch_variable(r, "transfer_source");

	if (t->recordings.discarded && t->recordings.count == 0)
		import_drop(
		    t->c, "FreeSWITCH discarded its recording as too short");
	if (t->own > 0)
		goto out;
	if (switch_variable_is(r, "direction", "outbound") &&
	    !switch_variable_is(r, "originated_legs", NULL) &&
	    strstr(from, ":uuid_br:"))
		drop_variable(t, "it was joined to", "last_bridge_to");
	else if (switch_variable_us(r, "conference_member_id") > 1)
		drop_variable(t, "it joined the conference of another call:",
		    "conference_name");
	else if (switch_variable_is(r, "hangup_cause", "ATTENDED_TRANSFER"))
		drop_variable(
		    t, "a consultation before a transfer to", "last_bridge_to");
out:
	free(from);
}

static void
say_untold(struct take *t)
{
	struct import_call *c = t->c;

	if (!import_has_event(c, "consent"))
		import_untold(c, "consent");
	if (!import_has_event(c, "pause"))
		import_untold(c, "pauses by uuid_record");
	import_untold(c, "payments, third parties");
	/* Its file goes on with the sound of the call that took it over. */
	if (t->own > 0 &&
	    switch_variable_is(t->r, "transfer_disposition", "replaced"))
		import_guess(c, "when another call took this one over");
	if (!c->queue)
		import_untold(c, "the queue");
	if (t->others == 0 && switch_variable_is(t->r, "originated_legs", NULL))
		import_untold(c, "holds by the agent");
}

static void
put_together(struct take *t, const char *uuid)
{
	bridges_find(&t->bridges, t->r, t->book);
	set_times(t);
	tell_facts(t);
	take_apps(t);
	take_variables(t);
	take_agents(t);
	take_holds(t, t->r);
	recordings_gather(&t->recordings, t->r, true);
	t->seen = text_format(" %s ", uuid);
	take_named(t);
	t->own = t->recordings.count;
	switch_each_other(t->r, take_other, t);
	take_found(t, uuid);
	recordings_marks(&t->recordings, t->c);
	recordings_choose(&t->recordings, t->c);
	recordings_legs(&t->recordings, t->im, t->c);
	drop_helpers(t);
	say_untold(t);
}

int
switch_call_take(
    struct import *im, const struct switch_record *r, struct switch_book *b)
{
	struct take t = {.im = im, .r = r, .book = b};
	char *uuid = switch_variable(r, "uuid");

	if (!*uuid) {
		free(uuid);
		return -1;
	}
	if (switch_is_absurd(r)) {
		char *what = text_format(
		    "%.60s: more applications, parts, legs or holds than a "
		    "call can have",
		    uuid);
		import_skip(im, what);
		free(what);
	} else if (!import_find(im, uuid)) {
		/* It may be the same call by another CDR module. */
		t.c = import_call(im, uuid);
		drop_call_legs(&t);
		if (!t.c->dropped)
			put_together(&t, uuid);
		bridges_free(&t.bridges);
		recordings_free(&t.recordings);
		free(t.seen);
	}
	free(uuid);
	return 0;
}
