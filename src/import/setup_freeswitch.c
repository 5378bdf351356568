/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "freeswitch.h"
#include "freeswitch_record.h"
#include "guard.h"
#include "map.h"
#include "mem.h"
#include "path.h"
#include "setup.h"
#include "text.h"

#define MODULES            "/etc/freeswitch/autoload_configs/modules.conf.xml"
#define JSON_CDR           "/etc/freeswitch/autoload_configs/json_cdr.conf.xml"
#define DIALPLAN           "/etc/freeswitch/dialplan/default.xml"
#define SET(what)          "<action application=\"set\" data=\"" what "\"/>"
#define PARAM(name, value) "<param name=\"" name "\" value=\"" value "\"/>"

enum freeswitch_rule {
	NO_CDR,
	NO_B_LEGS,
	NO_A_LEGS,
	NOT_ENCODED,
	NO_APPS,
	NO_RECORDINGS,
	NO_BEGINNING,
	ONE_CHANNEL,
	PRE_BUFFER,
	NO_FOLLOW,
	LOST_LEGS,
	TORN_LEGS,
	NO_TYPES,
	NO_PAUSES,
	NO_PLAYED,
	NO_CONSENT
};

static const struct setup_rule rules[] = {
    [NO_CDR] = {SETUP_ALL, "no CDR of mod_json_cdr or mod_format_cdr in JSON",
	MODULES, "<load module=\"mod_json_cdr\"/>"},
    [NO_B_LEGS] = {SETUP_ALL,
	"B legs have no CDR: holds, the names of mod_callcenter's agents, and "
	"recordings on B legs are unknown",
	JSON_CDR, PARAM("log-b-leg", "true")},
    [NO_A_LEGS] = {SETUP_ALL, "CDRs of B legs alone, without that of the call",
	DIALPLAN, "no " SET("process_cdr=b_only")},
    [NOT_ENCODED] = {SETUP_ALL,
	"values are not encoded: a caller's name that is not UTF-8 damages all "
	"UTF-8 text in its CDR",
	JSON_CDR, PARAM("encode-values", "true")},
    [NO_APPS] = {SETUP_ALL,
	"no application is logged: it is unknown where recordings and pauses "
	"begin",
	DIALPLAN, "no " SET("disable_app_log=true")},
    [NO_RECORDINGS] = {SETUP_ALL, "no call is recorded", DIALPLAN,
	"<action application=\"record_session\" "
	"data=\"/var/lib/freeswitch/rec/${uuid}.wav\"/>"},
    [NO_BEGINNING] = {SETUP_ALL,
	"recordings that no application began (uuid_record by the API): their "
	"beginnings and pauses are unknown",
	DIALPLAN,
	"<action application=\"record_session\" "
	"data=\"/var/lib/freeswitch/rec/${uuid}.wav\"/>"},
    [ONE_CHANNEL] = {SETUP_SIDES, "both sides are recorded into one channel",
	DIALPLAN, SET("RECORD_STEREO=true")},
    [PRE_BUFFER] = {SETUP_ALL,
	"half a second may be lost at each bridge: the place of the file is "
	"computed from its end",
	DIALPLAN, SET("RECORD_PRE_BUFFER_FRAMES=0")},
    [NO_FOLLOW] = {SETUP_ALL,
	"recordings on B legs, which end when that agent leaves", DIALPLAN,
	SET("recording_follow_transfer=true")},
    [LOST_LEGS] = {SETUP_ALL,
	"the CDRs name recordings that are not here (give their directory with "
	"--legs)",
	DIALPLAN,
	"<action application=\"record_session\" "
	"data=\"/var/lib/freeswitch/rec/${uuid}.wav\"/>"},
    [TORN_LEGS] = {SETUP_ALL,
	"recordings that were not closed: FreeSWITCH was killed, or is writing "
	"them; it writes no CDR of such a call",
	"recsweep --incoming", "/var/lib/freeswitch/rec"},
    [NO_TYPES] = {SETUP_ALL,
	"recorded calls of no queue: it is unknown whether an agent or a "
	"customer began them (--type context:default=dialpad, or)",
	DIALPLAN, SET("rec_type=dialpad")},
    [NO_PAUSES] = {SETUP_PAUSES,
	"no pause is in the CDRs: uuid_record mask by the API leaves none",
	DIALPLAN,
	"<action application=\"bind_meta_app\" "
	"data=\"7 b a execute_extension::rec-pause\"/> (and rec-resume)"},
    [NO_PLAYED] = {SETUP_PLAYED,
	"messages must be heard, and nothing says that they were", DIALPLAN,
	SET("rec_announced=true") " after each message"},
    [NO_CONSENT] = {SETUP_ASKED,
	"permission must be asked, and nothing says what was answered",
	DIALPLAN, SET("rec_consent=granted")},
    {SETUP_ALL, NULL, NULL, NULL}};

struct freeswitch_seen {
	char **path; /* of CDRs */
	size_t paths;
	char *legs; /* the directory of the first recording */
	char *torn;
	struct map known; /* each channel once, from any module */
	size_t leg_files, torn_files;
	size_t read, records, own, apps, encoded, buffered, unfollowed;
	/* of the calls that they make */
	size_t calls, answered, recorded, lost, untyped, mixed, no_b, no_begin;
	bool paused, played, asked;
};

/* What was recorded on the channel, also by variables. */
static void
look_at_freeswitch_app(struct freeswitch_seen *x, const struct switch_record *r,
    const struct switch_app *app, bool own)
{
	static const char frames[] = "RECORD_PRE_BUFFER_FRAMES";
	char *zero = text_format("%s=0", frames);

	/* A native file does not buffer frames. */
	if (strcmp(app->name, "record_session") == 0 &&
	    strchr(path_name(app->data), '.')) {
		x->buffered += !switch_variable_is(r, frames, "0") &&
			       !strstr(app->data, zero);
		x->unfollowed +=
		    !own &&
		    !switch_variable_is(r, "recording_follow_transfer", "true");
	}
	free(zero);
}

static void
look_at_record(const struct switch_record *r, void *arg)
{
	struct freeswitch_seen *x = arg;
	bool own = !switch_variable_is(r, "originating_leg_uuid", NULL);
	char *uuid = switch_variable(r, "uuid");

	x->read++;
	x->encoded += r->encoded;
	if (map_get(&x->known, uuid)) {
		free(uuid);
		return;
	}
	map_put(&x->known, uuid, uuid);
	x->records++;
	x->own += own;
	for (size_t n = switch_apps(r), i = 0; i < n; i++) {
		struct switch_app app;

		switch_app_get(r, i, &app);
		look_at_freeswitch_app(x, r, &app, own);
		switch_app_free(&app);
		x->apps++;
	}
}

static bool
is_json_file(const char *path)
{
	FILE *file = guard_stream(path, GUARD_LOG_MAX, NULL);
	int c = ' ';

	while (file && (c == ' ' || c == '\n' || c == '\r' || c == '\t'))
		c = fgetc(file);
	if (file)
		(void)fclose(file);
	return c == '{' || c == '[';
}

static bool
look_freeswitch(struct setup *s, const char *path)
{
	struct freeswitch_seen *x = s->state;
	size_t before = x->read;

	if (setup_is_sound(path)) {
		x->leg_files++;
		if (!x->legs)
			x->legs =
			    s->folder ? text_dup(s->folder) : path_dir(path);
		if (setup_is_torn(path) && x->torn_files++ == 0)
			x->torn = text_dup(path);
		return true;
	}
	if (!is_json_file(path))
		return false;
	(void)freeswitch_each(s->o, path, look_at_record, x);
	if (x->read == before)
		return false;
	x->path = mem_resize(x->path, x->paths + 1, sizeof *x->path);
	x->path[x->paths++] = text_dup(path);
	return true;
}

static bool
tells_not(const struct import_call *c, const char *what)
{
	return c->untold && strstr(c->untold, what);
}

static void
count_freeswitch_call(const struct import *im, const struct import_call *c,
    struct freeswitch_seen *x)
{
	const struct doc_section *facts = &c->facts;
	struct stat st;
	bool here = false;

	if (import_dropped(im->o, c))
		return;
	x->calls++;
	x->answered += import_has_event(c, "answer") || c->answer_us > 0;
	x->paused = x->paused || import_has_event(c, "pause");
	x->played = x->played || import_has_event(c, "announced");
	x->asked = x->asked || import_has_event(c, "consent");
	x->no_b += tells_not(c, "holds by the agent");
	x->no_begin += tells_not(c, "the file of the recording");
	if (c->legs == 0)
		return;
	x->recorded++;
	x->untyped += !import_type(im->o, c);
	x->mixed += doc_key(facts, "mixed") != NULL;
	x->no_begin += c->leg[0].start_us < 0 && c->leg[0].anchors == 0;
	for (size_t i = 0; i < c->legs; i++)
		here = here || (stat(c->leg[i].file, &st) == 0 &&
				   setup_is_sound(c->leg[i].file));
	x->lost += !here;
}

/* Counts calls by their outcome, with the recordings that were given. */
static void
count_freeswitch_calls(struct setup *s, struct freeswitch_seen *x)
{
	struct import_options o = *s->o;
	struct import im = {.o = &o};
	struct why why = {0};

	if (!o.legs && x->legs)
		o.legs = x->legs;
	for (size_t i = 0; i < x->paths; i++)
		(void)freeswitch_add(&im, x->path[i], &why);
	for (size_t i = 0; i < im.calls; i++)
		count_freeswitch_call(&im, &im.call[i], x);
	import_free(&im);
}

static void
find_some(struct setup *s, enum freeswitch_rule rule, size_t some, size_t all)
{
	if (some > 0)
		setup_find(s, rule, text_format("%zu of %zu calls", some, all));
}

static void
judge_freeswitch_calls(struct setup *s, const struct freeswitch_seen *x)
{
	char *all = text_format("in %zu calls", x->calls);

	find_some(s, NO_B_LEGS, x->no_b, x->calls);
	if (x->answered > 0 && x->recorded == 0 && x->no_begin == 0)
		setup_find(s, NO_RECORDINGS, text_dup(all));
	find_some(s, NO_BEGINNING, x->no_begin, x->calls);
	find_some(s, ONE_CHANNEL, x->mixed, x->recorded);
	if (s->o->legs || x->leg_files > 0)
		find_some(s, LOST_LEGS, x->lost, x->recorded);
	find_some(s, NO_TYPES, x->untyped, x->recorded);
	if (!x->paused)
		setup_find(s, NO_PAUSES, text_dup(all));
	if (!x->played)
		setup_find(s, NO_PLAYED, text_dup(all));
	if (!x->asked)
		setup_find(s, NO_CONSENT, text_dup(all));
	free(all);
}

static void
judge_freeswitch(struct setup *s)
{
	struct freeswitch_seen *x = s->state;

	if (x->torn)
		setup_find(s, TORN_LEGS,
		    text_format("%zu, as %s", x->torn_files, x->torn));
	if (x->records == 0) {
		setup_find(
		    s, NO_CDR, text_format("%zu recordings", x->leg_files));
		return;
	}
	if (x->own == 0) {
		setup_find(s, NO_A_LEGS, text_format("%zu CDRs", x->records));
		return;
	}
	if (x->encoded == 0)
		setup_find(s, NOT_ENCODED, text_format("%zu CDRs", x->records));
	if (x->apps == 0)
		setup_find(s, NO_APPS, text_format("%zu CDRs", x->records));
	if (x->buffered > 0)
		setup_find(
		    s, PRE_BUFFER, text_format("%zu recordings", x->buffered));
	if (x->unfollowed > 0)
		setup_find(
		    s, NO_FOLLOW, text_format("%zu recordings", x->unfollowed));
	count_freeswitch_calls(s, x);
	judge_freeswitch_calls(s, x);
}

static void
forget_freeswitch(struct setup *s)
{
	struct freeswitch_seen *x = s->state;
	void **uuid = mem_alloc((x->records + 1) * sizeof *uuid);

	map_each(&x->known, uuid);
	map_free(&x->known);
	for (size_t i = 0; i < x->records; i++)
		free(uuid[i]);
	free(uuid);
	for (size_t i = 0; i < x->paths; i++)
		free(x->path[i]);
	free(x->path);
	free(x->legs);
	free(x->torn);
}

const struct setup_recorder setup_freeswitch = {"freeswitch", rules,
    sizeof(struct freeswitch_seen), look_freeswitch, judge_freeswitch,
    forget_freeswitch};
