/* SPDX-License-Identifier: ISC */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "cdr.h"
#include "cel.h"
#include "cel_table.h"
#include "guard.h"
#include "io.h"
#include "map.h"
#include "mem.h"
#include "path.h"
#include "setup.h"
#include "text.h"

#define CEL_CONF     "/etc/asterisk/cel.conf"
#define CEL_CUSTOM   "/etc/asterisk/cel_custom.conf"
#define EXTENSIONS   "/etc/asterisk/extensions.conf"
#define CDR_CONF     "/etc/asterisk/cdr.conf"
#define APPS         "apps = dial,queue,mixmonitor,stopmixmonitor,park,confbridge"
#define SAMPLE       "the mapping of examples/asterisk/cel_custom.conf"
#define START_RECORD "same => n,Gosub(record,start,1)"

/* Rows of a log in which a whole call is expected. */
enum { ENOUGH = 100 };

enum asterisk_rule {
	TOO_LITTLE,
	NO_CEL,
	ODD_COLUMNS,
	NO_EVENTS,
	NO_APPS,
	NO_QUEUE,
	NO_RECORDER,
	NO_STOP,
	NO_BRIDGES,
	NO_NAMES,
	NO_FRACTIONS,
	NO_RECORDINGS,
	ONE_CHANNEL,
	LOST_LEGS,
	TORN_LEGS,
	NO_TYPES,
	NO_PAUSES,
	NO_PLAYED,
	NO_CONSENT,
	NO_UNIQUEID,
	NO_LINKEDID,
	NO_QUEUE_LOG
};

static const struct setup_rule rules[] = {
    [TOO_LITTLE] = {SETUP_ALL, "too little of the log to judge by it",
	"recpolicy --check-recorder", "a log with a whole call in it"},
    [NO_CEL] = {SETUP_ALL,
	"no channel event log (CEL): transfers, pauses and holds are not "
	"logged, and times are whole seconds (if it is enabled, make the "
	"directory /var/log/asterisk/cel-custom: Asterisk does not)",
	CEL_CONF, "enable = yes"},
    [ODD_COLUMNS] = {SETUP_ALL,
	"a channel event log whose columns are in an unknown order", CEL_CUSTOM,
	SAMPLE},
    [NO_EVENTS] = {SETUP_ALL, "events of calls are not logged", CEL_CONF,
	"events = ALL"},
    [NO_APPS] = {SETUP_ALL,
	"no application is logged: queues and legs are unknown (apps = all "
	"does not work)",
	CEL_CONF, APPS},
    [NO_QUEUE] = {SETUP_ALL, "calls were in queues, but Queue is not logged",
	CEL_CONF, APPS},
    [NO_RECORDER] = {SETUP_ALL,
	"legs are here, but MixMonitor is not logged: it is unknown where they "
	"begin",
	CEL_CONF, APPS},
    [NO_STOP] = {SETUP_ALL,
	"StopMixMonitor is not logged, or was never run: the last seconds of a "
	"leg "
	"are in memory until the call is gone",
	EXTENSIONS, "exten => done,1,StopMixMonitor()"},
    [NO_BRIDGES] = {SETUP_ALL,
	"rows have no bridge_id: it is unknown who talks to whom", CEL_CUSTOM,
	"...,${CSV_QUOTE(${eventextra})} as the last column"},
    [NO_NAMES] = {SETUP_PAUSES, "user events have no name", CEL_CUSTOM,
	"...,${CSV_QUOTE(${userdeftype})} as a column"},
    [NO_FRACTIONS] = {SETUP_ALL,
	"times are whole seconds: a cut may be wrong by a second", CEL_CONF,
	"no dateformat, or dateformat = %F %T.%3q%z"},
    [NO_RECORDINGS] = {SETUP_ALL,
	"no call is recorded, or MixMonitor is not among the apps in cel.conf",
	EXTENSIONS, START_RECORD},
    [ONE_CHANNEL] = {SETUP_SIDES, "both sides are recorded into one channel",
	EXTENSIONS, "MixMonitor(,r(${REC}-in.wav)t(${REC}-out.wav))"},
    [LOST_LEGS] = {SETUP_ALL,
	"the log names legs that are not here (give their directory with "
	"--legs)",
	EXTENSIONS, "Set(REC=/var/spool/asterisk/rec/${UNIQUEID})"},
    [TORN_LEGS] = {SETUP_ALL,
	"legs that were not closed: the PBX was killed, or is writing them; "
	"--torn-after takes such a call",
	"recpolicy --collect", "--torn-after 4h"},
    [NO_TYPES] = {SETUP_ALL,
	"recorded calls of no queue: it is unknown whether an agent or a "
	"customer began them (--type context:from-internal=dialpad, or)",
	EXTENSIONS, "same => n,Gosub(record,type,1(dialpad))"},
    [NO_PAUSES] = {SETUP_PAUSES, "no pause is in the log",
	"/etc/asterisk/features.conf",
	"recpause => *7,peer,CELGenUserEvent,\"RECPAUSE\" (and recresume)"},
    [NO_PLAYED] = {SETUP_PLAYED,
	"messages must be heard, and no row says that they were", EXTENSIONS,
	"same => n,Gosub(record,event,1(announced))"},
    [NO_CONSENT] = {SETUP_ASKED,
	"permission must be asked, and no row says what was answered",
	EXTENSIONS, "same => n,Gosub(record,event,1(consent granted))"},
    [NO_UNIQUEID] = {SETUP_ALL, "the CDR has no uniqueid: no leg is found",
	CDR_CONF, "loguniqueid = yes (in [csv])"},
    [NO_LINKEDID] = {SETUP_ALL,
	"the CDR has no linkedid: parts of a call cannot be joined", CDR_CONF,
	"newcdrcolumns = yes (in [csv])"},
    [NO_QUEUE_LOG] = {SETUP_ALL,
	"there is a CDR only, without a queue_log: the agents of queues are "
	"unknown",
	"/etc/asterisk/logger.conf", "queue_log = yes"},
    {SETUP_ALL, NULL, NULL, NULL}};

struct paths {
	const char **path;
	size_t count;
};

struct asterisk_seen {
	struct paths cel;
	char *odd, *torn, *cdr; /* the first such file */
	struct cdr_shape shape;
	bool queue_log;
	char *legs; /* the directory of the first leg */
	size_t leg_files, torn_files, rows;
	bool started, bridged, hung_up, linked_end;
	bool app, queue_app, recorder_app, stop_app, in_queue;
	bool bridge_id, user_event, named, fraction, one_channel;
	bool paused, played, asked;
	struct map call; /* each counts once, in any number of logs */
	size_t calls, answered, recorded, lost, untyped;
};

static void
add_setup_path(struct paths *all, const char *path)
{
	all->path = mem_resize(all->path, all->count + 1, sizeof *all->path);
	all->path[all->count++] = text_dup(path);
}

static void
look_at_leg(const struct setup *s, struct asterisk_seen *x, const char *path)
{
	x->leg_files++;
	if (!x->legs)
		x->legs = s->folder ? text_dup(s->folder) : path_dir(path);
	if (!setup_is_torn(path))
		return;
	if (x->torn_files++ == 0)
		x->torn = text_dup(path);
}

static void
look_at_asterisk_app(struct asterisk_seen *x, const struct table *t)
{
	const char *app = t->value[CEL_APP], *data = t->value[CEL_DATA];
	bool begins = strcmp(t->value[CEL_TYPE], "APP_START") == 0;

	x->app = x->app || begins;
	if (strcmp(app, "Queue") == 0) {
		x->in_queue = true;
		x->queue_app = x->queue_app || begins;
	}
	if (begins && strcmp(app, "MixMonitor") == 0) {
		x->recorder_app = true;
		x->one_channel = x->one_channel ||
				 (!strstr(data, "r(") && !strstr(data, "t(") &&
				     !strchr(data + strcspn(data, ","), 'D'));
	}
	x->stop_app =
	    x->stop_app || (begins && strcmp(app, "StopMixMonitor") == 0);
}

static void
look_at_event(struct setup *s, struct asterisk_seen *x, const struct table *t)
{
	const char *name = t->value[CEL_USER_TYPE], *rule;

	if (strcmp(t->value[CEL_TYPE], "USER_DEFINED") == 0) {
		x->user_event = true;
		x->named = x->named || *name;
	} else {
		name = t->value[CEL_TYPE];
	}
	rule = import_rule(s->o, name);
	if (!rule)
		return;
	x->named = true;
	x->paused = x->paused || strcmp(rule, "pause") == 0;
	x->played = x->played || strcmp(rule, "announced") == 0;
	x->asked = x->asked || strncmp(rule, "consent", 7) == 0;
}

static void
look_at_row(struct setup *s, struct asterisk_seen *x, const struct table *t)
{
	const char *type = t->value[CEL_TYPE];
	bool enters = strcmp(type, "BRIDGE_ENTER") == 0;

	x->rows++;
	x->started = x->started || strcmp(type, "CHAN_START") == 0;
	x->bridged = x->bridged || enters;
	x->hung_up = x->hung_up || strcmp(type, "HANGUP") == 0;
	x->linked_end = x->linked_end || strcmp(type, "LINKEDID_END") == 0;
	x->bridge_id = x->bridge_id ||
		       (enters && strstr(t->value[CEL_EXTRA], "bridge_id"));
	x->fraction = x->fraction || strchr(t->value[CEL_TIME], '.') != NULL;
	look_at_asterisk_app(x, t);
	look_at_event(s, x, t);
}

/* True for a row of a CEL whose order of columns is unknown. */
static bool
is_odd(const struct table *t)
{
	static const char *const types[] = {"CHAN_START", "CHAN_END", "ANSWER",
	    "HANGUP", "APP_START", "APP_END", "BRIDGE_ENTER", "BRIDGE_EXIT",
	    "LINKEDID_END", "STREAM_BEGIN", "STREAM_END", NULL};

	for (int i = 0; types[i] && t->csv.fields > 1; i++)
		if (strcmp(csv_field(&t->csv, 0), types[i]) == 0)
			return true;
	return false;
}

static bool
look_at_cel(struct setup *s, struct asterisk_seen *x, const char *path)
{
	struct import im = {.o = s->o};
	struct table t;
	bool is_cel = false;
	int got = cel_table_open(&t, &im, path, NULL) == 0 ? 1 : 0;

	for (int bad = 0; got != 0 && got != CSV_UNREADABLE && bad < 20;) {
		got = table_next(&t, NULL);
		if (got > 0 && *t.value[CEL_TYPE] && *t.value[CEL_LINKEDID]) {
			is_cel = true;
			look_at_row(s, x, &t);
		} else if (!is_cel) {
			bad++;
		}
	}
	if (is_cel)
		add_setup_path(&x->cel, path);
	else if (!x->odd && !t.is_json && is_odd(&t))
		x->odd = text_dup(path);
	table_close(&t);
	return is_cel;
}

/* "1796001525|NONE|NONE|NONE|QUEUESTART|" */
static bool
is_queue_log(const char *path)
{
	FILE *file = guard_stream(path, GUARD_LOG_MAX, NULL);
	char line[2048];
	int bars = 0;
	bool digits;

	if (!file || io_line(file, line, sizeof line) < 0)
		*line = '\0';
	digits = strspn(line, "0123456789") >= 9;
	for (const char *c = line; *c; c++)
		bars += *c == '|';
	if (file)
		(void)fclose(file);
	return digits && bars >= 4;
}

static bool
look_asterisk(struct setup *s, const char *path)
{
	struct asterisk_seen *x = s->state;
	const struct import im = {.o = s->o};
	struct cdr_shape shape;
	bool odd = x->odd != NULL;

	if (setup_is_sound(path)) {
		look_at_leg(s, x, path);
		return true;
	}
	if (look_at_cel(s, x, path))
		return true;
	if (is_queue_log(path)) {
		x->queue_log = true;
		return true;
	}
	if (!cdr_looks(&im, path, &shape))
		return !odd && x->odd;
	if (!x->cdr) {
		x->cdr = text_dup(path);
		x->shape = shape;
	}
	return true;
}

static void
add_key(struct asterisk_seen *x, const char *id)
{
	char *key = text_dup(id);

	map_put(&x->call, key, key);
}

static void
count_asterisk_call(struct import *im, struct import_call *c, void *arg)
{
	struct asterisk_seen *x = arg;
	bool here = false;
	struct stat st;

	if (c->part == IMPORT_NO_BEGINNING || c->part == IMPORT_GOES_ON ||
	    map_get(&x->call, c->id))
		return;
	add_key(x, c->id);
	for (size_t i = 0; i < c->legs; i++)
		here = here || (stat(c->leg[i].file, &st) == 0 &&
				   setup_is_sound(c->leg[i].file));
	if (c->legs > 0 && !import_type(im->o, c))
		x->untyped++;
	else if (import_dropped(im->o, c))
		return;
	x->calls++;
	x->answered += import_has_event(c, "answer");
	if (import_has_event(c, "answer") && c->legs > 0) {
		x->recorded++;
		x->lost += !here;
	}
}

/* Counts calls by their outcome, with the legs that were given. */
static void
count_asterisk_calls(struct setup *s, struct asterisk_seen *x)
{
	struct import_options o = *s->o;
	struct import im = {
	    .o = &o, .done = count_asterisk_call, .done_arg = x};

	if (!o.legs && x->legs)
		o.legs = x->legs;
	if (x->cel.count > 0)
		(void)cel_add(&im, x->cel.path, x->cel.count, NULL);
	import_free(&im);
}

static void
judge_asterisk_calls(struct setup *s, const struct asterisk_seen *x)
{
	if (x->rows > 0 && x->recorded == 0 && !x->app && x->leg_files == 0)
		return; /* reported by NO_APPS */
	if (x->answered > 0 && x->recorded == 0)
		setup_find(s, NO_RECORDINGS,
		    text_format("%zu calls were answered", x->answered));
	if (x->lost > 0 && (s->o->legs || x->leg_files > 0))
		setup_find(s, LOST_LEGS,
		    text_format("%zu of %zu calls", x->lost, x->recorded));
	if (x->untyped > 0)
		setup_find(s, NO_TYPES, text_format("%zu calls", x->untyped));
	if (!x->paused)
		setup_find(s, NO_PAUSES, text_format("in %zu calls", x->calls));
	if (!x->played)
		setup_find(s, NO_PLAYED, text_format("in %zu calls", x->calls));
	if (!x->asked)
		setup_find(
		    s, NO_CONSENT, text_format("in %zu calls", x->calls));
}

static void
judge_cel(struct setup *s, const struct asterisk_seen *x)
{
	const char *path = x->cel.path[0];
	char *rows = text_format("%zu rows of %s", x->rows, path);

	if (!x->started || !x->bridged || !x->hung_up || !x->linked_end)
		setup_find(s, NO_EVENTS,
		    text_format("%s: none of %s%s%s%s", rows,
			x->started ? "" : "CHAN_START ",
			x->bridged ? "" : "BRIDGE_ENTER ",
			x->hung_up ? "" : "HANGUP ",
			x->linked_end ? "" : "LINKEDID_END "));
	if (!x->app)
		setup_find(s, NO_APPS, text_dup(rows));
	else if (x->in_queue && !x->queue_app)
		setup_find(s, NO_QUEUE, text_dup(rows));
	if (x->app && x->leg_files > 0 && !x->recorder_app)
		setup_find(s, NO_RECORDER,
		    text_format("%zu leg%s, as in %s", x->leg_files,
			x->leg_files == 1 ? "" : "s", x->legs));
	if (x->recorder_app && !x->stop_app)
		setup_find(s, NO_STOP, text_dup(rows));
	if (x->bridged && !x->bridge_id)
		setup_find(s, NO_BRIDGES, text_dup(rows));
	if (x->user_event && !x->named)
		setup_find(s, NO_NAMES, text_dup(rows));
	if (!x->fraction)
		setup_find(s, NO_FRACTIONS, text_dup(rows));
	if (x->one_channel)
		setup_find(s, ONE_CHANNEL, text_dup(rows));
	free(rows);
}

static void
judge_cdr(struct setup *s, const struct asterisk_seen *x)
{
	if (!x->shape.uniqueid)
		setup_find(s, NO_UNIQUEID, text_dup(x->cdr));
	if (!x->shape.linkedid)
		setup_find(s, NO_LINKEDID, text_dup(x->cdr));
	if (!x->queue_log)
		setup_find(s, NO_QUEUE_LOG, text_dup(x->cdr));
}

static void
judge_asterisk(struct setup *s)
{
	struct asterisk_seen *x = s->state;

	if (x->odd)
		setup_find(s, ODD_COLUMNS, text_dup(x->odd));
	if (x->torn)
		setup_find(s, TORN_LEGS,
		    text_format("%zu, as %s", x->torn_files, x->torn));
	if (x->cel.count == 0) {
		if (!x->odd)
			setup_find(s, NO_CEL,
			    text_format("%zu leg%s%s%s", x->leg_files,
				x->leg_files == 1 ? "" : "s",
				x->cdr ? " and " : "", x->cdr ? x->cdr : ""));
		if (x->cdr)
			judge_cdr(s, x);
		return;
	}
	count_asterisk_calls(s, x);
	if (x->calls == 0 && x->rows < ENOUGH &&
	    !(x->started && x->linked_end)) {
		setup_find(s, TOO_LITTLE, text_dup(x->cel.path[0]));
	} else {
		judge_cel(s, x);
		judge_asterisk_calls(s, x);
	}
}

static void
forget_asterisk(struct setup *s)
{
	struct asterisk_seen *x = s->state;
	size_t calls = x->call.count;
	void **key = mem_alloc((calls + 1) * sizeof *key);

	map_each(&x->call, key);
	map_free(&x->call);
	for (size_t i = 0; i < calls; i++)
		free(key[i]);
	free(key);
	for (size_t i = 0; i < x->cel.count; i++)
		free((char *)x->cel.path[i]);
	free(x->cel.path);
	free(x->odd);
	free(x->torn);
	free(x->cdr);
	free(x->legs);
}

const struct setup_recorder setup_asterisk = {"asterisk", rules,
    sizeof(struct asterisk_seen), look_asterisk, judge_asterisk,
    forget_asterisk};
