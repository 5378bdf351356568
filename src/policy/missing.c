/* SPDX-License-Identifier: ISC */
#include "missing.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "account.h"
#include "decide.h"
#include "hash.h"
#include "json.h"
#include "num.h"
#include "text.h"

/* A WAV's header without a sample after it. */
enum { HEADER_BYTES = 44 };
/* A plan keeps more than its MP3 if cuts were widened. */
#define MP3_TOLERANCE_US 1000000

static const struct {
	enum missing_problem problem;
	const char *name;
} names[] = {
    {MISSING_RECORDING, "missing"},
    {MISSING_SOUND, "empty"},
    {MISSING_SIDE, "one-sided"},
    {MISSING_LENGTH, "length"},
    {MISSING_SENSE, "unreadable"},
    {MISSING_TRUST, "doubtful"},
};

static const char *
problem_name(enum missing_problem problem)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].problem == problem)
			return names[i].name;
	return "";
}

void
missing_free(struct missing *m)
{
	free(m->detail);
	m->detail = NULL;
}

/* What should be recorded, and the length of the whole call. */
struct wanted_length {
	struct plan plan; /* its own, if the caller has none */
	int64_t kept_us;  /* at least */
	int64_t whole_us; /* at most; 0: unknown */
	int64_t tolerance_us;
};

static int64_t
event_time(const struct call *call, enum call_event_kind kind)
{
	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == kind)
			return call->event[i].at_us;
	return -1;
}

static bool
find_wanted(
    const struct call *call, const struct plan *plan, struct wanted_length *w)
{
	int64_t answer = event_time(call, CALL_ANSWER);
	int64_t end = event_time(call, CALL_END);

	w->whole_us = end > 0 ? end : 0;
	if (!plan) {
		w->kept_us = end > answer ? end - answer : 0;
		w->plan.record = answer >= 0;
		if (answer >= 0 && w->kept_us > 0)
			plan_add_recording(&w->plan, answer, end);
		return answer >= 0;
	}
	for (size_t i = 0; i < plan->recordings; i++) {
		const struct plan_recording *r = &plan->recording[i];

		w->kept_us += r->end_us - r->start_us;
		for (size_t k = 0; k < r->cuts && plan->style == PLAN_CUT; k++)
			w->kept_us -= r->cut[k].end_us - r->cut[k].start_us;
	}
	return plan->record;
}

static bool
note_missing(struct missing *m, enum missing_problem problem, char *detail)
{
	m->problem = problem;
	m->detail = detail;
	return true;
}

/* A file that the machine could not read is not a finding. */
static bool
not_read(struct missing *m, const struct why *why)
{
	m->later = why_status(why) == EXIT_LATER;
	return note_missing(m, MISSING_SENSE, text_dup(why->text));
}

/* Why a file could not be opened as a leg. */
static bool
found_bad(struct missing *m, const char *path, enum leg_fault fault,
    const struct why *why)
{
	struct stat st;

	if (why_status(why) == EXIT_LATER)
		return not_read(m, why);
	if (stat(path, &st) != 0)
		return note_missing(m, MISSING_RECORDING,
		    text_format("%s: %s", path, strerror(errno)));
	if (st.st_size <= HEADER_BYTES)
		return note_missing(m, MISSING_SOUND,
		    text_format(
			"%s has %lld bytes", path, (long long)st.st_size));
	return note_missing(m,
	    fault == LEG_MISSING ? MISSING_SOUND : MISSING_SENSE,
	    text_dup(why->text));
}

static struct leg *
open_judged_leg(const struct call *call, const struct call_leg *what,
    char **path, enum leg_fault *fault, struct why *why)
{
	const struct leg_how how = {.follow = true,
	    .regular = true,
	    .channel = what->channel,
	    .format = what->format,
	    .rate = what->rate,
	    .channels = what->channels,
	    .streams = what->streams,
	    .payloads = what->payloads};

	*path = decide_path(call->doc->file, what->file);
	return leg_open(AT_FDCWD, *path, &how, fault, why);
}

static bool
is_damaged(const struct leg_damage *d)
{
	return d->unsure || d->lost > 0 || d->cut_off > 0;
}

/* Finds a channel without sound, or two with the same sound; for an MP3 of ours
 * also that a part of it is missing. */
static bool
look_at_channels(
    struct leg *leg, const char *path, bool ours, struct missing *m)
{
	struct survey s[2] = {{0}, {0}};
	int64_t later;
	struct why why;
	bool bad = false;

	for (int c = 0; c < leg_channels(leg) && c < 2 && !bad; c++) {
		struct leg *one = leg_again(leg, c + 1, &why);

		if (!one || survey_leg(one, 0, &s[c], &why) != 0)
			bad = not_read(m, &why);
		else if (ours && is_damaged(&s[c].damage))
			bad = note_missing(m, MISSING_TRUST,
			    text_format("%s: is damaged: a part of it is "
					"missing",
				path));
		else if (s[c].silent)
			bad = note_missing(m, MISSING_SIDE,
			    text_format(
				"%s: channel %d is silent", path, c + 1));
		leg_close(one);
	}
	if (!bad && leg_channels(leg) == 2 && survey_same(&s[0], &s[1], &later))
		bad = note_missing(m, MISSING_TRUST,
		    text_format("%s: both channels carry the same", path));
	survey_free(&s[0]);
	survey_free(&s[1]);
	return bad;
}

/* A single file that is not named after one side has both sides. */
static bool
is_mixed_call(const struct call *call)
{
	const char *dot;
	size_t n;

	if (call->legs != 1)
		return false;
	dot = strrchr(call->leg[0].file, '.');
	n = dot ? (size_t)(dot - call->leg[0].file) : 0;
	return n < 4 || (strncmp(dot - 3, "-in", 3) != 0 &&
			    strncmp(dot - 4, "-out", 4) != 0);
}

/* Reads all legs into the account. */
static bool
open_judged_legs(const struct call *call, struct account *a, struct missing *m)
{
	bool bad = false;

	for (size_t i = 0; i < call->legs && !bad; i++) {
		enum leg_fault fault;
		struct why why;
		char *path;
		struct leg *leg =
		    open_judged_leg(call, &call->leg[i], &path, &fault, &why);

		if (!leg)
			bad = found_bad(m, path, fault, &why);
		else if (is_mixed_call(call) && call->leg[i].channel == 0)
			bad = look_at_channels(leg, path, false, m);
		if (leg && !bad && account_add(a, i, leg, &why) != 0)
			bad = not_read(m, &why);
		leg_close(leg);
		free(path);
	}
	return bad;
}

static bool
has_both_sides(const struct call *call, struct missing *m)
{
	size_t legs[2] = {0, 0};

	for (size_t i = 0; i < call->legs; i++)
		legs[strcmp(call->leg[i].role, "customer") != 0]++;
	if (is_mixed_call(call) || (legs[0] > 0 && legs[1] > 0))
		return true;
	(void)note_missing(m, MISSING_SIDE,
	    text_format("%s alone, no leg of the %s", call->leg[0].file,
		legs[0] ? "agent" : "customer"));
	return false;
}

/* Reports the first finding of the account, and what recmix cannot know: a file
 * that is longer than the call. */
static bool
judge_account(
    struct account *a, const struct wanted_length *w, struct missing *m)
{
	static const struct {
		enum account_kind kind;
		enum missing_problem problem;
	} problems[] = {{ACCOUNT_LENGTH, MISSING_LENGTH},
	    {ACCOUNT_SILENT, MISSING_SIDE},
	    {ACCOUNT_ABSENT, MISSING_RECORDING}};
	char x[NUM_SECONDS_SIZE], y[NUM_SECONDS_SIZE];

	if (a->findings > 0) {
		const struct account_finding *f = &a->finding[0];
		enum missing_problem problem = MISSING_TRUST;

		for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
			if (problems[i].kind == f->kind)
				problem = problems[i].problem;
		m->found_us = a->leg[f->leg].found_us;
		return note_missing(m, problem, text_dup(f->text));
	}
	for (size_t i = 0; i < a->legs; i++) {
		const struct account_leg *l = &a->leg[i];

		m->found_us =
		    l->found_us > m->found_us ? l->found_us : m->found_us;
		if (w->whole_us > 0 &&
		    l->found_us > w->whole_us + w->tolerance_us)
			return note_missing(m, MISSING_LENGTH,
			    text_format("%s leg (%s) has %s s of a call of "
					"%s s",
				l->what->role, l->what->file,
				num_seconds_text(l->found_us, x),
				num_seconds_text(w->whole_us, y)));
	}
	return false;
}

static bool
check_legs(const struct call *call, const struct plan *plan,
    const struct wanted_length *w, struct missing *m)
{
	struct account a;
	bool bad;

	if (call->legs == 0)
		return note_missing(
		    m, MISSING_RECORDING, text_dup("no recording was found"));
	account_begin(&a, call);
	bad = open_judged_legs(call, &a, m) || !has_both_sides(call, m);
	if (!bad) {
		for (size_t i = 0; i < a.legs; i++)
			a.leg[i].tolerance_us = w->tolerance_us;
		account_close(&a, plan, true);
		bad = judge_account(&a, w, m);
	}
	account_free(&a);
	return bad;
}

static bool
compare_length(const struct wanted_length *w, int64_t us, struct missing *m)
{
	char a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];
	int64_t tolerance = w->tolerance_us > MP3_TOLERANCE_US
				? w->tolerance_us
				: MP3_TOLERANCE_US;

	m->found_us = us;
	if (us + tolerance >= w->kept_us &&
	    (w->whole_us == 0 || us <= w->whole_us + tolerance))
		return false;
	return note_missing(m, MISSING_LENGTH,
	    us < w->kept_us
		? text_format("%s s of %s s", num_seconds_text(us, a),
		      num_seconds_text(w->kept_us, b))
		: text_format("%s s of a call of %s s", num_seconds_text(us, a),
		      num_seconds_text(w->whole_us, b)));
}

/* Finds a file that is no longer what its ticket or metadata describes. */
static bool
has_changed(const struct finished_file *f, struct missing *m)
{
	char hex[HASH_HEX_SIZE];
	uint64_t bytes;
	struct why why;
	int fd, bad = 0;

	if (!f->sha256)
		return false;
	fd = open(f->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || hash_fd(HASH_SHA256, fd, hex, &bytes) != 0)
		bad = why_errno(&why, "%s", f->path);
	if (fd >= 0)
		(void)close(fd);
	if (bad)
		return not_read(m, &why);
	return strcmp(hex, f->sha256) != 0 &&
	       note_missing(m, MISSING_TRUST,
		   text_format("%s: was changed: its SHA-256 is not that of "
			       "its ticket or metadata",
		       f->path));
}

static bool
check_mp3s(const struct call *call, const struct wanted_length *w,
    const struct finished *finished, struct missing *m)
{
	static const struct leg_how how = {.follow = true, .regular = true};
	size_t files;
	const struct finished_file *f = finished_of(finished, call->id, &files);
	int64_t total_us = 0;

	for (size_t i = 0; i < files; i++) {
		enum leg_fault fault;
		struct why why;
		struct leg *leg =
		    leg_open(AT_FDCWD, f[i].path, &how, &fault, &why);
		bool bad;

		if (!leg)
			return found_bad(m, f[i].path, fault, &why);
		total_us += num_us(leg_samples(leg), leg_rate(leg));
		bad = look_at_channels(leg, f[i].path, true, m);
		leg_close(leg);
		if (bad)
			return true;
		if (f[i].doubt)
			return note_missing(
			    m, MISSING_TRUST, text_dup(f[i].doubt));
	}
	if (files == 0)
		return note_missing(m, MISSING_RECORDING,
		    text_dup("no recording or ticket names this call"));
	if (compare_length(w, total_us, m))
		return true;
	for (size_t i = 0; i < files; i++)
		if (has_changed(&f[i], m))
			return true;
	return false;
}

bool
missing_check(const struct call *call, const struct plan *plan,
    const struct finished *finished, int64_t tolerance_us, struct missing *m)
{
	struct wanted_length w = {.tolerance_us = tolerance_us};
	bool bad = find_wanted(call, plan, &w);

	*m = (struct missing){.found_us = -1, .expected_us = w.kept_us};
	if (bad && finished)
		bad = check_mp3s(call, &w, finished, m);
	else if (bad)
		bad = check_legs(call, plan ? plan : &w.plan, &w, m);
	plan_free(&w.plan);
	return bad;
}

void
missing_print(const struct call *call, const struct missing *m, bool json,
    struct buf *out)
{
	struct json *j;
	char *text;

	if (!json) {
		buf_format(out, "%s: %s: %s\n", call->id,
		    problem_name(m->problem), m->detail);
		return;
	}
	j = json_new();
	json_set_text(j, "id", call->id);
	json_set_text(j, "problem", problem_name(m->problem));
	json_set_text(j, "detail", m->detail);
	json_set_number(j, "expected_ms", m->expected_us / 1000);
	if (m->found_us >= 0)
		json_set_number(j, "found_ms", m->found_us / 1000);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}
