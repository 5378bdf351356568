/* SPDX-License-Identifier: ISC */
#include "mixmonitor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "leg.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "text.h"

/* The directory of relative names, as in asterisk.conf. */
#define MONITOR_DIR "/var/spool/asterisk/monitor"

/* Measured: the loss at the end, its precision, and that of the rows. */
enum {
	LOST_US = 50000,
	WITHIN_US = 150000,
	SLACK_US = 300000,
	SHORT_US = 500000
};

/* The arguments of MixMonitor. */
struct told {
	char *file, *in, *out; /* NULL: none */
	bool append, bridged, unsynced, stereo;
	int64_t skip_us;
};

/* A file, with all the times at which it was written. */
struct recorded_sound {
	char *path;
	const char *role;
	struct recorder_run *run;
	size_t runs;
	int64_t latest_us; /* when the first of them began at the latest */
	bool stereo, unsynced, overwritten, over; /* over: it was closed */
};

void
recorder_free(struct recorder *r)
{
	free(r->uniqueid);
	free(r->data);
	free(r->bridged);
}

void
recorder_bridged(struct recorder *r, int64_t at_us, bool enters)
{
	struct recorder_run *last =
	    r->bridgeds ? &r->bridged[r->bridgeds - 1] : NULL;

	if (enters && last && last->to_us == 0)
		return;
	if (!enters) {
		if (last && last->to_us == 0)
			last->to_us = at_us;
		return;
	}
	r->bridged =
	    mem_resize(r->bridged, r->bridgeds + 1, sizeof *r->bridged);
	r->bridged[r->bridgeds++] = (struct recorder_run){at_us, 0};
}

/*
 * Up to a comma that is not within parentheses, as Asterisk splits arguments.
 */
static size_t
argument(const char *s)
{
	size_t n = 0;
	int deep = 0;

	for (; s[n] && (s[n] != ',' || deep > 0); n++)
		deep += s[n] == '(' ? 1 : s[n] == ')' && deep > 0 ? -1 : 0;
	return n;
}

/* MixMonitor writes .WAV if the argument is .wav49. */
static char *
file_name(const char *s, size_t n)
{
	char *name = text_ndup(s, n);
	char *dot = strrchr(name, '.');

	if (dot && strcmp(dot, ".wav49") == 0)
		memcpy(dot, ".WAV", sizeof ".WAV");
	if (*name)
		return name;
	free(name);
	return NULL;
}

static void
take_mixmonitor_option(struct told *t, char letter, const char *arg, size_t n)
{
	char *text;

	t->append = t->append || letter == 'a';
	t->bridged = t->bridged || letter == 'b';
	t->unsynced = t->unsynced || letter == 'n';
	t->stereo = t->stereo || letter == 'D';
	if (letter == 'r' && !t->in)
		t->in = file_name(arg, n);
	if (letter == 't' && !t->out)
		t->out = file_name(arg, n);
	if (letter != 's')
		return;
	text = text_ndup(arg, n);
	if (num_seconds(text, &t->skip_us) != 0)
		t->skip_us = 0;
	free(text);
}

/* "/x/1.2-all.wav,br(/x/1.2-in.wav)t(/x/1.2-out.wav),command" */
static void
parse_mixmonitor(const char *data, struct told *t)
{
	size_t n = argument(data);
	const char *at = data[n] ? data + n + 1 : data + n;
	const char *end = at + argument(at);

	t->file = file_name(data, n);
	while (at < end) {
		char letter = *at++;
		size_t length = 0;

		if (at < end && *at == '(') {
			at++;
			length = strcspn(at, ")");
		}
		take_mixmonitor_option(t, letter, at, length);
		at += length + (at + length < end && at[length] == ')');
	}
}

/* Monitor(wav,/x/name,m): name-in.wav and name-out.wav, or mixed name.wav. */
static void
parse_monitor(const char *data, struct told *t)
{
	size_t n = strcspn(data, ",");
	char *format = n ? text_ndup(data, n) : text_dup("wav");
	const char *name = data[n] ? data + n + 1 : "";
	size_t m = strcspn(name, ",");
	int length = (int)m;

	t->bridged = strchr(name + m, 'b') != NULL;
	if (length > 0 && strchr(name + m, 'm'))
		t->file = text_format("%.*s.%s", length, name, format);
	else if (length > 0) {
		t->in = text_format("%.*s-in.%s", length, name, format);
		t->out = text_format("%.*s-out.%s", length, name, format);
	}
	free(format);
}

static void
parse_recorder(const struct recorder *r, struct told *t)
{
	*t = (struct told){0};
	if (r->monitor)
		parse_monitor(r->data, t);
	else
		parse_mixmonitor(r->data, t);
}

static void
told_free(struct told *t)
{
	free(t->file);
	free(t->in);
	free(t->out);
}

static void
add_run(struct recorded_sound *s, int64_t from_us, int64_t to_us)
{
	if (to_us > 0 && to_us - LOST_US <= from_us)
		return;
	s->run = mem_resize(s->run, s->runs + 1, sizeof *s->run);
	s->run[s->runs++] = (struct recorder_run){from_us, to_us};
}

/* to_us 0: it was never closed. */
static void
add_runs(struct recorded_sound *s, const struct recorder *r,
    const struct told *t, int64_t to_us)
{
	int64_t from_us = r->from_us + t->skip_us;
	bool first = s->runs == 0;

	if (!t->bridged)
		add_run(s, from_us, to_us);
	for (size_t i = 0; i < r->bridgeds && t->bridged; i++) {
		const struct recorder_run *b = &r->bridged[i];
		int64_t end_us =
		    b->to_us && (!to_us || b->to_us < to_us) ? b->to_us : to_us;

		if (!end_us || end_us > from_us)
			add_run(s, b->from_us > from_us ? b->from_us : from_us,
			    end_us);
	}
	if (first && s->runs > 0)
		s->latest_us = t->bridged                 ? s->run[0].from_us
			       : !r->answered_us          ? to_us
			       : r->answered_us > from_us ? r->answered_us
							  : from_us;
}

struct sounds {
	struct recorded_sound *sound;
	size_t count;
	size_t mixed, separate; /* recorders */
};

static struct recorded_sound *
sound_of(struct sounds *all, const char *path, const char *role)
{
	struct recorded_sound *s;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->sound[i].path, path) == 0)
			return &all->sound[i];
	all->sound = mem_resize(all->sound, all->count + 1, sizeof *s);
	s = &all->sound[all->count++];
	*s = (struct recorded_sound){.path = text_dup(path), .role = role};
	return s;
}

static void
add_recorded_sound(struct import *im, struct sounds *all,
    const struct recorder *r, const struct told *t, const char *file,
    const char *role, int64_t to_us, bool stereo)
{
	char *absolute = *file == '/' ? text_dup(file)
				      : text_format(MONITOR_DIR "/%s", file);
	char *path = import_leg_path(im, absolute);
	struct recorded_sound *s = sound_of(all, path, role);

	if (s->runs > 0 && !t->append) {
		s->runs = 0;
		s->overwritten = true;
	}
	s->stereo = stereo;
	s->unsynced = t->unsynced;
	s->over = to_us > 0;
	add_runs(s, r, t, to_us);
	free(path);
	free(absolute);
}

/* Asterisk's .raw is signed linear. */
static const char *
raw_sound_format(const struct recorded_sound *s)
{
	const char *dot = strrchr(s->path, '.');

	return s->stereo || (dot && strcmp(dot, ".raw") == 0) ? "sln" : NULL;
}

/* The length of a file, or -1; and when it was last written. */
static int64_t
measure_sound(const struct recorded_sound *s, int64_t *written_us)
{
	struct leg_how how = {.follow = true, .format = raw_sound_format(s)};
	enum leg_fault fault;
	struct stat st;
	struct leg *leg;
	int64_t us = -1;

	*written_us = 0;
	if (stat(s->path, &st) != 0 || !S_ISREG(st.st_mode))
		return -1;
	*written_us =
	    (int64_t)st.st_mtim.tv_sec * 1000000 + st.st_mtim.tv_nsec / 1000;
	leg = leg_open(AT_FDCWD, s->path, &how, &fault, NULL);
	if (!leg)
		return fault == LEG_MISSING ? 0 : -1;
	us = num_us(leg_samples(leg), leg_rate(leg));
	leg_close(leg);
	return s->stereo ? us / 2 : us;
}

static bool
is_near(int64_t us, int64_t to_us, int64_t slack_us)
{
	return us >= to_us - slack_us && us <= to_us + slack_us;
}

/*
 * A recorder that ran once. If its file is here, its length shows at which of
 * the possible times it began. That time is exact in the log, the end only
 * within the tenth of a second that MixMonitor loses.
 */
static void
place_once(
    struct import_leg *leg, const struct recorded_sound *s, int64_t length_us)
{
	int64_t from_us = s->run[0].from_us, end_us = s->run[0].to_us - LOST_US;
	int64_t began_us = end_us - length_us, start_us = -1;

	if (s->unsynced)
		start_us = -1;
	else if (s->latest_us == from_us)
		start_us = from_us;
	else if (length_us > 0 && is_near(began_us, from_us, SHORT_US))
		start_us = from_us;
	else if (length_us > 0 && began_us > s->latest_us - SHORT_US)
		start_us = s->latest_us;
	leg->start_us = start_us;
	if (start_us >= 0 && length_us > 0 &&
	    is_near(began_us, start_us, SLACK_US))
		return;
	/* It may have lost sound anywhere: both times are certain. */
	leg->end_us = end_us;
	leg->within_us = WITHIN_US;
	leg->fits = start_us >= 0 ? NULL : "end";
}

/* A file that was not closed: its last write is its end. */
static void
place_torn(struct import_leg *leg, const struct recorded_sound *s,
    int64_t length_us, int64_t written_us)
{
	int64_t from_us = s->run[0].from_us;
	int64_t began_us = written_us - length_us;

	leg->fits = "start";
	leg->start_us = from_us;
	if (s->latest_us == from_us)
		return;
	if (length_us > 0 && s->latest_us > 0 &&
	    is_near(began_us, s->latest_us, SLACK_US))
		leg->start_us = s->latest_us;
	else if (length_us <= 0 || !is_near(began_us, from_us, SLACK_US))
		leg->fits = "none";
}

/* Stopped and started again into one file: the places are computed from the end
 * of the file, where only the loss of the last run is missing. */
static void
place_runs(
    struct import_leg *leg, const struct recorded_sound *s, int64_t length_us)
{
	int64_t place_us = 0, all_us = 0;

	for (size_t i = 0; i < s->runs; i++)
		all_us += s->run[i].to_us - s->run[i].from_us - LOST_US;
	if (length_us > 0 && is_near(length_us, all_us, SLACK_US))
		place_us = length_us - all_us;
	leg->start_us = s->run[0].from_us;
	leg->within_us = WITHIN_US;
	for (size_t i = 1; i < s->runs; i++) {
		place_us +=
		    s->run[i - 1].to_us - s->run[i - 1].from_us - LOST_US;
		import_leg_anchor(leg, place_us, s->run[i].from_us);
	}
	leg->end_us = s->run[s->runs - 1].to_us - LOST_US;
}

static void
place_leg(struct import_leg *leg, const struct recorded_sound *s)
{
	int64_t written_us, length_us = measure_sound(s, &written_us);

	if (s->runs == 0)
		return;
	if (!s->over)
		place_torn(leg, s, length_us, written_us);
	else if (s->runs == 1)
		place_once(leg, s, length_us);
	else
		place_runs(leg, s, length_us);
}

static void
add_mixmonitor_leg(struct import_call *c, const struct recorded_sound *s,
    const char *role, int channel)
{
	struct import_leg *leg = import_leg(c, role, s->path, -1, channel);

	if (!leg)
		return;
	place_leg(leg, s);
	leg->format = raw_sound_format(s);
	leg->channels = s->stereo ? 2 : 0;
	if (s->overwritten)
		import_untold(c, "what a recorder overwrote");
	if (s->unsynced)
		import_untold(c, "the gaps of a recorder with option n");
}

/*
 * True if another recorder at the same time has separate sides, or began first.
 */
static bool
is_spare(const struct recorder *r, size_t n, size_t i, bool main)
{
	for (size_t k = 0; k < n; k++) {
		bool split = strstr(r[k].data, "r(") != NULL;
		bool self = strstr(r[i].data, "r(") != NULL;

		if (k == i || (main && !r[k].on_main) ||
		    (r[k].to_us && r[k].to_us <= r[i].from_us) ||
		    (r[i].to_us && r[i].to_us <= r[k].from_us))
			continue;
		if (split != self ? split : k < i)
			return true;
	}
	return main && !r[i].on_main;
}

static void
take_recorder(struct import *im, struct sounds *all, const struct recorder *r,
    bool outbound, int64_t end_us)
{
	bool customer = r->caller_side != outbound;
	const char *near = customer ? "customer" : "agent";
	const char *far = customer ? "agent" : "customer";
	struct told t;

	parse_recorder(r, &t);
	if (t.in)
		add_recorded_sound(im, all, r, &t, t.in, near, end_us, false);
	if (t.out)
		add_recorded_sound(im, all, r, &t, t.out, far, end_us, false);
	if (t.in || t.out || t.stereo)
		all->separate++;
	else if (t.file)
		all->mixed++;
	if (!t.in && !t.out && t.file)
		add_recorded_sound(im, all, r, &t, t.file,
		    t.stereo ? near : "customer", end_us, t.stereo);
	told_free(&t);
}

void
recorder_legs(struct import *im, struct import_call *c, struct recorder *r,
    size_t n, bool outbound, bool torn)
{
	struct sounds all = {0};
	bool main = false;

	for (size_t i = 0; i < n; i++)
		main = main || r[i].on_main;
	for (size_t i = 0; i < n; i++)
		if (!is_spare(r, n, i, main))
			take_recorder(im, &all, &r[i], outbound,
			    r[i].to_us ? r[i].to_us
			    : torn     ? 0
				       : c->end_us);
	if (all.mixed > 0 && all.separate == 0)
		import_one_channel(c);
	else if (all.mixed > 0)
		import_untold(c, "who is who in a recording of one channel");
	for (size_t i = 0; i < all.count; i++) {
		struct recorded_sound *s = &all.sound[i];
		const char *other =
		    strcmp(s->role, "agent") == 0 ? "customer" : "agent";

		add_mixmonitor_leg(c, s, s->role, s->stereo ? 1 : 0);
		if (s->stereo)
			add_mixmonitor_leg(c, s, other, 2);
		free(s->run);
		free(s->path);
	}
	free(all.sound);
}

/* As in add_recorded_sound(): a file that was found by its name has no runs. */
static int64_t
measure_leg(const struct import_leg *leg)
{
	const struct recorded_sound s = {
	    .path = leg->file, .stereo = leg->channels > 1};
	int64_t written_us;

	return measure_sound(&s, &written_us);
}

/* A .raw file that is twice as long as its call has two channels (option D):
 * the first is the sound from the party that began the call. */
static void
split_raw(struct import *im, struct import_call *c, int64_t end_us)
{
	const int64_t slack_us = 2000000;
	int64_t span_us = end_us - c->started_us + slack_us, length_us;
	bool outbound = import_is_outbound(im->o, c);
	struct import_leg *leg = &c->leg[0];
	const char *dot = strrchr(leg->file, '.');

	if (c->legs != 1 || !dot || strcmp(dot, ".raw") != 0)
		return;
	length_us = measure_leg(leg);
	leg->format = "sln";
	if (length_us <= span_us || length_us / 2 > span_us)
		return;
	free(leg->name);
	leg->name = text_dup(outbound ? "agent" : "customer");
	leg->channel = 1;
	leg->channels = 2;
	leg = import_leg(
	    c, outbound ? "customer" : "agent", c->leg[0].file, -1, 2);
	if (leg) {
		leg->format = "sln";
		leg->channels = 2;
	}
}

static bool
is_of_one_recorder(const struct import_call *c)
{
	return c->legs <= 1 ||
	       (c->legs == 2 && strcmp(c->leg[0].name, c->leg[1].name) != 0 &&
		   !strchr(c->leg[0].name, ' ') &&
		   !strchr(c->leg[1].name, ' '));
}

/* The two legs of a recorder began together: the shorter one lost sound, as on
 * a busy machine. */
void
recorder_fit_found(
    struct import *im, struct import_call *c, int64_t end_us, int64_t within_us)
{
	bool one = is_of_one_recorder(c);
	int64_t length_us[2] = {0}, longest_us = 0;

	if (c->legs == 0 || end_us <= 0)
		return;
	if (one)
		split_raw(im, c, end_us);
	for (size_t i = 0; one && i < c->legs; i++) {
		length_us[i] = measure_leg(&c->leg[i]);
		if (length_us[i] > longest_us)
			longest_us = length_us[i];
	}
	for (size_t i = 0; i < c->legs; i++) {
		struct import_leg *leg = &c->leg[i];

		if (leg->start_us >= 0 || leg->end_us >= 0)
			continue;
		leg->end_us = end_us;
		if (one && length_us[i] > 0)
			leg->end_us -= longest_us - length_us[i];
		leg->fits = one ? "end" : "none";
		leg->within_us = within_us;
	}
	if (!one)
		import_untold(c, "when each of several recorders ran");
}
