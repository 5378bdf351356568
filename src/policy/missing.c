/* SPDX-License-Identifier: ISC */
#include "missing.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "decide.h"
#include "ini.h"
#include "json.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "sound.h"
#include "text.h"
#include "ticket.h"

/* -60 dB: below it a side of a telephone call is silent. */
#define SILENCE 0.001f

/* A WAV's header without a sample after it. */
enum { HEADER_BYTES = 44 };

const char *const missing_problem_names[] = {
    "missing", "empty", "one-sided", "length", NULL};

void
missing_finding_free(struct missing *f)
{
	free(f->detail);
	f->detail = NULL;
}

static int
by_id(const void *a, const void *b)
{
	const struct missing_ticket *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : strcmp(x->path, y->path);
}

static void
add_ticket(struct missing_tickets *t, const char *path)
{
	struct ticket ticket;
	struct doc doc;

	if (ini_read(&doc, path, NULL) != 0)
		return;
	if (ticket_from_doc(&ticket, &doc, NULL) == 0) {
		const char *id = ticket_fact(&ticket, "id");
		for (size_t i = 0; id && i < ticket.files; i++) {
			const struct ticket_file *f = &ticket.file[i];
			t->ticket = mem_resize(
			    t->ticket, t->tickets + 1, sizeof *t->ticket);
			t->ticket[t->tickets++] = (struct missing_ticket){
			    text_dup(id), path_beside(path, f->name),
			    f->rate ? f->samples / f->rate * 1000000 : 0};
		}
		ticket_free(&ticket);
	}
	doc_free(&doc);
}

int
missing_tickets_read(
    struct missing_tickets *t, const char *dir, struct why *why)
{
	char *path = text_dup(dir);
	char *paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	int bad = fts ? 0 : why_set(why, "%s: %s", dir, strerror(errno));

	*t = (struct missing_tickets){0};
	while (fts && bad == 0 && (e = fts_read(fts))) {
		size_t n = strlen(e->fts_name);

		if ((e->fts_info == FTS_NS || e->fts_info == FTS_DNR) &&
		    e->fts_level == 0)
			bad =
			    why_set(why, "%s: %s", dir, strerror(e->fts_errno));
		else if (e->fts_info == FTS_F && n > 4 &&
			 strcmp(e->fts_name + n - 4, ".ini") == 0)
			add_ticket(t, e->fts_path);
	}
	if (fts)
		(void)fts_close(fts);
	free(path);
	if (t->tickets > 1)
		qsort(t->ticket, t->tickets, sizeof *t->ticket, by_id);
	if (bad)
		missing_tickets_free(t);
	return bad;
}

void
missing_tickets_free(struct missing_tickets *t)
{
	for (size_t i = 0; i < t->tickets; i++) {
		free(t->ticket[i].id);
		free(t->ticket[i].path);
	}
	free(t->ticket);
	*t = (struct missing_tickets){0};
}

/* What should be there, and how long the whole call was. */
struct wanted {
	int64_t kept_us;  /* at least */
	int64_t whole_us; /* at most; 0: not told */
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
find_wanted(const struct call *call, const struct plan *plan, struct wanted *w)
{
	int64_t answer = event_time(call, CALL_ANSWER);
	int64_t end = event_time(call, CALL_END);

	*w = (struct wanted){0, end > 0 ? end : 0};
	if (!plan) {
		w->kept_us = end > answer ? end - answer : 0;
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
found(struct missing *f, enum missing_problem problem, char *detail)
{
	f->problem = problem;
	f->detail = detail;
	return true;
}

/* Is the file there, and more than a header? */
static bool
look_at_file(const char *path, struct missing *f, int64_t *us)
{
	struct stat st;
	struct why why;

	*us = 0;
	if (stat(path, &st) != 0)
		return found(f, MISSING_RECORDING,
		    text_format("%s: %s", path, strerror(errno)));
	if (st.st_size <= HEADER_BYTES)
		return found(f, MISSING_EMPTY,
		    text_format(
			"%s has %lld bytes", path, (long long)st.st_size));
	if (sound_length(path, us, NULL, &why) != 0 &&
	    strstr(why.text, "no audio"))
		return found(f, MISSING_EMPTY, text_dup(why.text));
	return false;
}

/* A side without any sound; files that cannot be decoded are passed over. */
static bool
look_at_sides(
    const char *path, const char *role, int channel, struct missing *f)
{
	float peak[SOUND_CHANNELS];
	int channels;

	if (sound_peaks(path, peak, &channels, NULL) != 0)
		return false;
	for (int c = 0; c < channels && c < SOUND_CHANNELS; c++)
		if (peak[c] < SILENCE && (channel == 0 || channel == c + 1) &&
		    (channels > 1 || *role))
			return found(f, MISSING_ONE_SIDED,
			    channels > 1
				? text_format("%s: channel %d is silent%s%s",
				      path, c + 1,
				      *role ? ", which is the " : "", role)
				: text_format("%s: silent, which is the %s",
				      path, role));
	return false;
}

static bool
compare_length(
    const struct wanted *w, int64_t us, int64_t tolerance_us, struct missing *f)
{
	char a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];

	f->found_us = us;
	if (us + tolerance_us >= w->kept_us &&
	    (w->whole_us == 0 || us <= w->whole_us + tolerance_us))
		return false;
	return found(f, MISSING_LENGTH,
	    us < w->kept_us
		? text_format("%s s of %s s", num_seconds_text(us, a),
		      num_seconds_text(w->kept_us, b))
		: text_format("%s s of a call of %s s", num_seconds_text(us, a),
		      num_seconds_text(w->whole_us, b)));
}

/* Times of the legs of one side add up; the longer side counts. */
static bool
missing_legs(const struct call *call, const struct wanted *w,
    int64_t tolerance_us, struct missing *f)
{
	int64_t side_us[2] = {0, 0};
	size_t legs[2] = {0, 0};
	bool mixed = false;

	if (call->legs == 0)
		return found(
		    f, MISSING_RECORDING, text_dup("no recording was found"));
	for (size_t i = 0; i < call->legs; i++) {
		const struct call_leg *leg = &call->leg[i];
		char *path = decide_path(call->doc->file, leg->file);
		int side = strcmp(leg->role, "customer") != 0;
		int64_t us;
		bool bad = look_at_file(path, f, &us);

		free(path);
		if (bad)
			return true;
		side_us[side] += us;
		legs[side]++;
	}
	/* One file alone, not a side by its name, has both on it. */
	if (call->legs == 1) {
		const char *dot = strrchr(call->leg[0].file, '.');
		size_t n = dot ? (size_t)(dot - call->leg[0].file) : 0;
		mixed = n < 4 || (strncmp(dot - 3, "-in", 3) != 0 &&
				     strncmp(dot - 4, "-out", 4) != 0);
	}
	if (!mixed && (legs[0] == 0 || legs[1] == 0))
		return found(f, MISSING_ONE_SIDED,
		    text_format("%s alone, no leg of the %s", call->leg[0].file,
			legs[0] ? "agent" : "customer"));
	for (size_t i = 0; i < call->legs; i++) {
		const struct call_leg *leg = &call->leg[i];
		char *path = decide_path(call->doc->file, leg->file);
		bool bad = look_at_sides(
		    path, mixed ? "" : leg->role, leg->channel, f);

		free(path);
		if (bad)
			return true;
	}
	return compare_length(
	    w, side_us[side_us[1] > side_us[0]], tolerance_us, f);
}

static bool
missing_mp3s(const struct call *call, const struct wanted *w,
    const struct missing_tickets *t, int64_t tolerance_us, struct missing *f)
{
	size_t low = 0, high = t->tickets, files = 0;
	int64_t total_us = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(t->ticket[middle].id, call->id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->tickets && !strcmp(t->ticket[low].id, call->id);
	     low++, files++) {
		int64_t us;
		if (look_at_file(t->ticket[low].path, f, &us) ||
		    look_at_sides(t->ticket[low].path, "", 0, f))
			return true;
		total_us += us > 0 ? us : t->ticket[low].us;
	}
	if (files == 0)
		return found(f, MISSING_RECORDING,
		    text_dup("no ticket names this call"));
	return compare_length(w, total_us, tolerance_us, f);
}

bool
missing_check(const struct call *call, const struct plan *plan,
    const struct missing_tickets *tickets, int64_t tolerance_us,
    struct missing *f)
{
	struct wanted w;

	*f = (struct missing){.found_us = -1};
	if (!find_wanted(call, plan, &w))
		return false;
	f->expected_us = w.kept_us;
	if (tickets)
		return missing_mp3s(call, &w, tickets, tolerance_us, f);
	return missing_legs(call, &w, tolerance_us, f);
}

void
missing_print(const struct call *call, const struct missing *f, bool json,
    struct buf *out)
{
	struct json *j;
	char *text;

	if (!json) {
		buf_format(out, "%s: %s: %s\n", call->id,
		    missing_problem_names[f->problem], f->detail);
		return;
	}
	j = json_new();
	json_set_text(j, "id", call->id);
	json_set_text(j, "problem", missing_problem_names[f->problem]);
	json_set_text(j, "detail", f->detail);
	json_set_number(j, "expected_ms", f->expected_us / 1000);
	if (f->found_us >= 0)
		json_set_number(j, "found_ms", f->found_us / 1000);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}
