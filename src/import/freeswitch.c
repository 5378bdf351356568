/* SPDX-License-Identifier: ISC */
#include "freeswitch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "num.h"
#include "path.h"
#include "text.h"

enum { FILE_MAX = 64 << 20 };

/* One call within the JSON of a file. */
struct record {
	const struct json *j;
	const char *at; /* "" or "3." */
};

/* "%40" is '@'; only variables are written so. A '+' is itself. */
static char *
decode(const char *text)
{
	char *copy = text_dup(text), *to = copy;

	for (const char *c = copy; *c; c++) {
		char hex[3] = {c[0] == '%' ? c[1] : '\0',
		    c[0] == '%' && c[1] ? c[2] : '\0', '\0'};
		if (hex[1] && strspn(hex, "0123456789abcdefABCDEF") == 2 &&
		    strcmp(hex, "00") != 0) {
			*to++ = (char)strtol(hex, NULL, 16);
			c += 2;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
	return copy;
}

/* What stands at a path of the call, as it is; "" where there is nothing. */
static char *
get(const struct record *r, const char *path)
{
	char *whole = text_format("%s%s", r->at, path);
	const char *text = json_text(r->j, whole);
	int64_t number = text ? -1 : json_number(r->j, whole);

	free(whole);
	if (number >= 0)
		return text_format("%lld", (long long)number);
	return text_dup(text ? text : "");
}

/* A channel variable; FreeSWITCH takes any case for its name. */
static char *
variable(const struct record *r, const char *name)
{
	char *list = text_format("%svariables", r->at);
	const char *spelled = json_spelling(r->j, list, name);
	char *path = text_format("variables.%s", spelled ? spelled : name);
	char *text = get(r, path);
	char *value = decode(text);

	free(text);
	free(path);
	free(list);
	return value;
}

static char *
get_in(const struct record *r, const char *list, size_t n, const char *name)
{
	char *path = text_format("%s.%zu.%s", list, n, name);
	char *text = get(r, path);

	free(path);
	return text;
}

static size_t
count(const struct record *r, const char *path)
{
	char *whole = text_format("%s%s", r->at, path);
	size_t n = json_count(r->j, whole);

	free(whole);
	return n;
}

/* Frees the text. 0: no time. */
static int64_t
microseconds(char *text)
{
	int64_t us;

	if (num_integer(text, 0, INT64_MAX / 2, &us) != 0)
		us = 0;
	free(text);
	return us;
}

/* A time of a variable, else of the newest part of the call. */
static int64_t
time_of(const struct record *r, const char *name, const char *path)
{
	int64_t us = microseconds(variable(r, name));

	return us > 0 ? us : microseconds(get(r, path));
}

/* What FreeSWITCH takes for a yes. */
static bool
is_true(const char *s)
{
	static const char *const yes[] = {
	    "yes", "on", "true", "t", "enabled", "active", "allow", NULL};

	for (int i = 0; yes[i]; i++)
		if (strcasecmp(s, yes[i]) == 0)
			return true;
	return atoi(s) != 0;
}

static void
set_from(const struct record *r, const char *name, char **to)
{
	char *text = variable(r, name);

	import_set(to, text);
	free(text);
}

/* "support@default" is the queue support of mod_callcenter. */
static void
set_queue(const struct record *r, struct import_call *c)
{
	char *queue = variable(r, "cc_queue");

	queue[strcspn(queue, "@")] = '\0';
	import_set(&c->queue, queue);
	free(queue);
}

/* "/rec/x.wav +60 {RECORD_STEREO=true,...}": a recording's own variable counts
 * before the channel's. */
static bool
recording_is(const struct record *r, const char *data, const char *name)
{
	size_t n = strlen(name);
	const char *at = strchr(data, '{');
	char *own = NULL, *text;
	bool is;

	for (; at && !own; at = strchr(at, ','))
		if (strncasecmp(++at, name, n) == 0 && at[n] == '=')
			own = text_ndup(at + n + 1, strcspn(at + n + 1, ",}"));
	text = own ? own : variable(r, name);
	is = is_true(text);
	free(text);
	return is;
}

/*
 * record_session's file. RECORD_STEREO puts what comes from the caller on the
 * left, _SWAP on the right; a name without an ending makes two raw files.
 */
static void
add_recording(struct import *im, const struct record *r, struct import_call *c,
    const char *data, int64_t at_us)
{
	bool swapped = recording_is(r, data, "RECORD_STEREO_SWAP");
	char *name = text_ndup(data, strcspn(data, " "));
	char *path = import_leg_path(im, name);
	int left = swapped ? 2 : 1;

	if (!strchr(path_name(path), '.')) {
		/* The codec is in the names, which only the disk tells. */
		import_find_legs(im, c, path_name(path));
	} else if (swapped || recording_is(r, data, "RECORD_STEREO")) {
		import_leg(c, "customer", path, at_us, left);
		import_leg(c, "agent", path, at_us, 3 - left);
	} else {
		import_leg(c, "customer", path, at_us, 0);
		import_untold(c, "who is who in a recording of one channel");
	}
	free(path);
	free(name);
}

static void
take_app(
    struct import *im, const struct record *r, struct import_call *c, size_t n)
{
	const char *list = "app_log.applications";
	char *app = get_in(r, list, n, "app_name");
	char *data = get_in(r, list, n, "app_data");
	int64_t at_us = microseconds(get_in(r, list, n, "app_stamp"));
	const char *rule = import_rule(im->o, app);

	if (!rule)
		rule = strcmp(app, "record_session_mask") == 0     ? "pause"
		       : strcmp(app, "record_session_unmask") == 0 ? "resume"
								   : NULL;
	if (at_us > 0 && rule)
		import_event(c, at_us, "%s", rule);
	else if (strcmp(app, "record_session") == 0 && *data)
		add_recording(im, r, c, data, at_us > 0 ? at_us : -1);
	free(app);
	free(data);
}

/* callflow: the newest first; each one after the first is a transfer. */
static void
take_transfer(const struct record *r, struct import_call *c, size_t n)
{
	int64_t made = microseconds(
	    get_in(r, "callflow", n, "times.profile_created_time"));
	int64_t bridged =
	    microseconds(get_in(r, "callflow", n, "times.bridged_time"));
	char *to =
	    get_in(r, "callflow", n, "caller_profile.destination_number");

	if (bridged > 0)
		made = bridged;
	if (c->answer_us > 0 && made > c->answer_us && *to && !strchr(to, ' '))
		import_event(c, made, "transfer agent=%s", to);
	free(to);
}

/* The stretch from..to is not on the clock of what is recorded. */
static void
take_out(int64_t *at_us, int64_t from_us, int64_t to_us)
{
	if (*at_us >= to_us)
		*at_us -= to_us - from_us;
	else if (*at_us > from_us)
		*at_us = from_us;
}

static void
stand_still(struct import_call *c, int64_t from_us, int64_t to_us)
{
	for (size_t i = 0; i < c->events; i++)
		take_out(&c->event[i].at_us, from_us, to_us);
	for (size_t i = 0; i < c->legs; i++)
		take_out(&c->leg[i].start_us, from_us, to_us);
	take_out(&c->answer_us, from_us, to_us);
	take_out(&c->end_us, from_us, to_us);
}

/*
 * Between record_session_pause and _resume nothing is written, so that what
 * follows stands that much earlier in the file. The clock of the call is made
 * to stand still meanwhile: last first, for their own times are the PBX's.
 */
static void
take_standstills(const struct record *r, struct import_call *c)
{
	const char *list = "app_log.applications";
	int64_t to_us = c->end_us;

	for (size_t n = count(r, list); n-- > 0;) {
		char *app = get_in(r, list, n, "app_name");
		int64_t at_us = microseconds(get_in(r, list, n, "app_stamp"));

		if (strcmp(app, "record_session_resume") == 0 && at_us > 0) {
			to_us = at_us;
		} else if (strcmp(app, "record_session_pause") == 0 &&
			   at_us > 0 && at_us < to_us) {
			import_untold(c, "when record_session_pause paused");
			stand_still(c, at_us, to_us);
			to_us = at_us;
		}
		free(app);
	}
}

/* hold_events: "{{on,off},{on,off}}", in microseconds. */
static void
take_holds(const struct record *r, struct import_call *c)
{
	char *text = variable(r, "hold_events");

	for (const char *s = strpbrk(text, "0123456789"); s;) {
		char *end;
		int64_t on = strtoll(s, &end, 10), off = 0;

		if (*end == ',')
			off = strtoll(end + 1, &end, 10);
		if (on > 0)
			import_event(c, on, "hold");
		if (off > 0)
			import_event(c, off, "unhold");
		s = strpbrk(end, "0123456789");
	}
	free(text);
}

static void
set_times(const struct record *r, struct import_call *c)
{
	char *seconds = variable(r, "cc_queue_answered_epoch");
	int64_t bridge_us =
	    time_of(r, "bridge_uepoch", "callflow.0.times.bridged_time");
	size_t n = count(r, "callflow");

	c->started_us =
	    time_of(r, "start_uepoch", "callflow.0.times.created_time");
	/* The bridge has what the whole seconds leave out. */
	if (import_epoch(seconds, &c->answer_us) != 0 || c->answer_us == 0 ||
	    c->answer_us == bridge_us - bridge_us % 1000000)
		c->answer_us = bridge_us;
	/* The first bridge is in the oldest part of the call. */
	while (n-- > 1) {
		int64_t us = microseconds(
		    get_in(r, "callflow", n, "times.bridged_time"));
		if (us > 0 && (c->answer_us == 0 || us < c->answer_us))
			c->answer_us = us;
	}
	c->end_us = time_of(r, "end_uepoch", "callflow.0.times.hangup_time");
	free(seconds);
}

/* What mod_callcenter records by its record-template, at the bridge. */
static void
take_template(struct import *im, const struct record *r, struct import_call *c)
{
	char *file = variable(r, "cc_record_filename");

	if (c->legs == 0 && *file)
		add_recording(
		    im, r, c, file, c->answer_us > 0 ? c->answer_us : -1);
	free(file);
}

static bool
variable_is(const struct record *r, const char *name, const char *wanted)
{
	char *value = variable(r, name);
	bool is = wanted ? strcmp(value, wanted) == 0 : *value;

	free(value);
	return is;
}

/*
 * A leg that was originated by another, or by mod_callcenter for it, is told
 * with that one.
 */
static bool
is_b_leg(const struct record *r)
{
	return (variable_is(r, "direction", "outbound") &&
		   variable_is(r, "originating_leg_uuid", NULL)) ||
	       (variable_is(r, "cc_side", "agent") &&
		   variable_is(r, "cc_member_session_uuid", NULL));
}

static void
say_untold(struct import_call *c)
{
	if (!import_has_event(c, "consent"))
		import_untold(c, "consent");
	if (!import_has_event(c, "pause"))
		import_untold(c, "pauses by uuid_record");
	import_untold(c, "payments, third parties");
	if (!c->queue)
		import_untold(c, "the queue");
}

static int
take_call(struct import *im, const struct record *r, const char *path,
    struct why *why)
{
	char *uuid = variable(r, "uuid");
	struct import_call *c;

	if (!*uuid) {
		free(uuid);
		return why_set(why, "%s: no variables.uuid in it", path);
	}
	if (is_b_leg(r)) {
		free(uuid);
		return 0;
	}
	c = import_call(im, uuid);
	set_times(r, c);
	set_queue(r, c);
	set_from(r, "cc_agent", &c->agent);
	set_from(r, "default_language", &c->language);
	for (size_t n = count(r, "app_log.applications"), i = 0; i < n; i++)
		take_app(im, r, c, i);
	for (size_t n = count(r, "callflow"); n-- > 0;)
		take_transfer(r, c, n);
	take_holds(r, c);
	take_template(im, r, c);
	import_find_legs(im, c, uuid);
	take_standstills(r, c);
	say_untold(c);
	free(uuid);
	return 0;
}

/* A whole document: one call or an array of them. */
static int
take_json(
    struct import *im, const struct json *j, const char *path, struct why *why)
{
	size_t n = json_count(j, "");

	if (json_name(j, "", 0))
		return take_call(im, &(struct record){j, ""}, path, why);
	for (size_t i = 0; i < n; i++) {
		char at[32];

		(void)snprintf(at, sizeof at, "%zu.", i);
		if (take_call(im, &(struct record){j, at}, path, why) != 0)
			return -1;
	}
	return 0;
}

/* A call in each line: what is torn costs its line, unless that is all. */
static int
take_lines(struct import *im, char *text, const char *path, struct why *why)
{
	size_t before = im->calls;
	int number = 0, bad = 0;

	why->text[0] = '\0';
	while (text && *text) {
		char *end = strchr(text, '\n');
		size_t n = end ? (size_t)(end - text) : strlen(text);
		struct json *j = NULL;
		struct why part;

		number++;
		if (strspn(text, " \t\r") < n) {
			j = import_json(text, n);
			if (!j)
				why_set(&part, "%s:%d: not JSON", path, number);
			/* The last line may be being written. */
			if ((!j && end) ||
			    (j && take_json(im, j, path, &part) != 0)) {
				if (im->calls > before)
					import_skip(im, part.text);
				else if (!bad)
					*why = part;
				bad = -1;
			}
		}
		json_free(j);
		text = end ? end + 1 : NULL;
	}
	if (bad && im->calls > before && *why->text)
		import_skip(im, why->text);
	return im->calls > before ? 0 : bad;
}

int
freeswitch_add(struct import *im, const char *path, struct why *why)
{
	FILE *file = import_open(im, path, FILE_MAX, why);
	struct buf text = {0};
	char chunk[16384];
	struct json *j;
	size_t n;
	int bad;

	if (!file)
		return -1;
	errno = 0;
	while (text.len < FILE_MAX &&
	       (n = fread(chunk, 1, sizeof chunk, file)) > 0)
		buf_add(&text, chunk, n);
	bad = ferror(file) || !text.s || text.len >= FILE_MAX ||
	      strlen(text.s) != text.len;
	if (file != stdin)
		(void)fclose(file);
	if (bad) {
		why_set(why, "%s: %s", path,
		    text.len >= FILE_MAX ? "more than 64 MiB"
		    : errno              ? strerror(errno)
		    : text.s             ? "a NUL byte: not a text file"
					 : "an empty file");
		buf_free(&text);
		return -1;
	}
	j = import_json(text.s, text.len);
	bad =
	    j ? take_json(im, j, path, why) : take_lines(im, text.s, path, why);
	json_free(j);
	buf_free(&text);
	return bad;
}
