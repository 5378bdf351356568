/* SPDX-License-Identifier: ISC */
#include "freeswitch_bridges.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "path.h"
#include "text.h"

void
bridges_free(struct bridges *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->list[i].who);
		free(all->list[i].uuid);
	}
	free(all->list);
	*all = (struct bridges){0};
}

/* One of the channels that a part of the callflow names. */
struct other {
	char *uuid, *number, *channel, *caller;
};

static void
other_free(struct other *o)
{
	free(o->uuid);
	free(o->number);
	free(o->channel);
	free(o->caller);
	*o = (struct other){0};
}

static char *
profile_text(const struct switch_record *r, size_t part, const char *kind,
    size_t n, const char *name)
{
	char *path = text_format(
	    "caller_profile.%s.%s_caller_profiles.%zu.%s", kind, kind, n, name);
	char *text = switch_part_text(r, part, path);

	free(path);
	return text;
}

/* False if there is no channel of that number. */
static bool
get_other(const struct switch_record *r, size_t part, const char *kind,
    size_t n, struct other *o)
{
	*o = (struct other){
	    .uuid = profile_text(r, part, kind, n, "uuid"),
	    .number = profile_text(r, part, kind, n, "destination_number"),
	    .channel = profile_text(r, part, kind, n, "chan_name"),
	    .caller = profile_text(r, part, kind, n, "caller_id_number"),
	};
	if (*o->uuid)
		return true;
	other_free(o);
	return false;
}

/* The number of an agent that was called is the one that was dialled; an agent
 * that called in, as to a fifo, has its own. */
static const char *
bridged_number(const struct other *o)
{
	const char *name = path_name(o->channel);
	size_t n = strlen(o->number);

	if (*o->caller && *name && strncmp(name, o->number, n) != 0)
		return o->caller;
	return strchr(o->number, ' ') ? "" : o->number;
}

/* True if the channel was answered: "ARRAY::u1;NONE|:u2;USER_BUSY". */
static bool
was_answered(const struct switch_record *r, const char *uuid)
{
	char *causes = switch_variable(r, "originate_causes");
	const char *at = strstr(causes, uuid);
	bool is = at && strncmp(at + strlen(uuid), ";NONE", 5) == 0;

	free(causes);
	return is;
}

/* The agent's name in mod_callcenter, or the number. */
static char *
bridged_name(struct switch_book *b, const struct other *o, int64_t *bridged_us)
{
	struct switch_record r;
	char *agent;

	*bridged_us = 0;
	if (b->find(b, o->uuid, &r) != 0)
		return text_dup(bridged_number(o));
	agent = switch_variable(&r, "cc_agent");
	for (size_t part = 0; part < switch_parts(&r) && !*bridged_us; part++)
		*bridged_us = switch_part_us(&r, part, "times.bridged_time");
	b->release(b, &r);
	if (!*agent) {
		free(agent);
		agent = text_dup(bridged_number(o));
	}
	return agent;
}

/* Owns who and uuid. */
static void
add_bridged(struct bridges *all, int64_t at_us, char *who, const char *uuid)
{
	size_t i = all->count;

	all->list = mem_resize(all->list, all->count + 1, sizeof *all->list);
	for (; i > 0 && all->list[i - 1].at_us > at_us; i--)
		all->list[i] = all->list[i - 1];
	all->list[i] =
	    (struct bridge){.at_us = at_us, .who = who, .uuid = text_dup(uuid)};
	all->count++;
}

/* When the application ran that called this number, within [from, to). */
static int64_t
asked_for(const struct switch_record *r, const char *number, int64_t from_us,
    int64_t to_us)
{
	int64_t found = 0;

	for (size_t n = switch_apps(r), i = 0; i < n && !found; i++) {
		struct switch_app app;

		switch_app_get(r, i, &app);
		if (strcmp(app.name, "bridge") == 0 && app.at_us >= from_us &&
		    app.at_us < to_us && strstr(app.data, number))
			found = app.at_us;
		switch_app_free(&app);
	}
	return found;
}

/* Adds the bridges of a part before its last one. In the newest part these are
 * all channels that were answered, except that of the last bridge. */
static void
add_earlier(struct bridges *all, const struct switch_record *r,
    struct switch_book *b, size_t part, const char *last)
{
	int64_t from = switch_part_us(r, part, "times.profile_created_time");
	int64_t to = switch_part_us(r, part, "times.bridged_time");
	struct other o;

	for (size_t n = 0; get_other(r, part, "originatee", n, &o); n++) {
		int64_t at = 0;
		char *who = NULL;

		if (strcmp(o.uuid, last) != 0 && was_answered(r, o.uuid)) {
			who = bridged_name(b, &o, &at);
			if (at <= 0)
				at = asked_for(r, o.number, from, to);
		}
		if (at > 0 && at < to)
			add_bridged(all, at, who, o.uuid);
		else
			free(who);
		other_free(&o);
	}
}

/* The other side of the part's last bridge. */
static bool
last_other(const struct switch_record *r, size_t part, struct other *o)
{
	char *to = switch_variable(r, "last_bridge_to");
	bool found = false, is_last = part + 1 == switch_parts(r);

	for (size_t n = 0; get_other(r, part, "originatee", n, o); n++) {
		if (is_last ? strcmp(o->uuid, to) == 0
			    : was_answered(r, o->uuid)) {
			found = true;
			break;
		}
		other_free(o);
	}
	free(to);
	return found || get_other(r, part, "originatee", 0, o) ||
	       get_other(r, part, "originator", 0, o);
}

static void
add_bridge_part(struct bridges *all, const struct switch_record *r,
    struct switch_book *b, size_t part)
{
	int64_t at = switch_part_us(r, part, "times.bridged_time"), other_at;
	struct other o = {0};
	char *who = NULL;

	if (at <= 0)
		return;
	if (last_other(r, part, &o))
		who = bridged_name(b, &o, &other_at);
	add_bridged(all, at, who ? who : text_dup(""), o.uuid ? o.uuid : "");
	if (o.uuid)
		add_earlier(all, r, b, part, o.uuid);
	other_free(&o);
}

/*
 * True if a tone, or the other network's sound, is played to the one who waits.
 */
static bool
plays(const struct switch_record *r)
{
	return switch_variable_is(r, "ringback", NULL) ||
	       switch_variable_is(r, "transfer_ringback", NULL) ||
	       switch_variable_us(r, "progress_media_uepoch") > 0;
}

/* Finds the time since when the channel waited: the last event before the
 * bridge. */
static void
find_asked(struct bridge *bridge, const struct switch_record *r)
{
	static const char *const apps[] = {
	    "bridge", "callcenter", "fifo", "park", "answer", NULL};

	for (size_t part = 0; part < switch_parts(r); part++) {
		int64_t us =
		    switch_part_us(r, part, "times.profile_created_time");
		/*
		 * The application of the bridge itself, as with mod_callcenter.
		 */
		if (us + 500000 < bridge->at_us && us > bridge->asked_us)
			bridge->asked_us = us;
	}
	for (size_t n = switch_apps(r), i = 0; i < n; i++) {
		struct switch_app app;

		switch_app_get(r, i, &app);
		for (int k = 0; apps[k]; k++)
			if (strcmp(app.name, apps[k]) == 0 &&
			    app.at_us < bridge->at_us &&
			    app.at_us > bridge->asked_us) {
				bridge->asked_us = app.at_us;
				bridge->silent = k == 0 && !plays(r);
			}
		switch_app_free(&app);
	}
}

void
bridges_find(
    struct bridges *all, const struct switch_record *r, struct switch_book *b)
{
	size_t parts = switch_parts(r);

	for (size_t part = 0; part < parts; part++)
		add_bridge_part(all, r, b, part);
	/* A CDR without a callflow has its last bridge in a variable. */
	if (all->count == 0 && switch_variable_us(r, "bridge_uepoch") > 0)
		add_bridged(all, switch_variable_us(r, "bridge_uepoch"),
		    text_dup(""), "");
	for (size_t i = 0; i < all->count; i++)
		find_asked(&all->list[i], r);
}
