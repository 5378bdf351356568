/* SPDX-License-Identifier: ISC */
#include "session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "encode.h"
#include "mem.h"
#include "mix.h"
#include "text.h"
#include "track.h"

#define LONGEST (7 * 24 * 3600 * INT64_C(1000000))

const char *
session_fault(const struct session_options *o)
{
	bool known = false;

	if (o->rate != 0 && !encode_has_rate(o->rate))
		return "MP3 has no such rate; it has 8000, 11025, 12000, "
		       "16000, 22050, 24000, 32000, 44100 and 48000";
	for (int i = 0; encode_rates[i] != 0; i++)
		if ((o->rate == 0 || o->rate == encode_rates[i]) &&
		    encode_has_kbps(encode_rates[i], o->kbps))
			known = true;
	if (o->kbps != 0 && !known)
		return "MP3 has no such bit rate at this rate";
	return NULL;
}

static void
add_report_line(char ***list, size_t *n, const char *fmt, va_list ap)
{
	struct why line;

	(void)vsnprintf(line.text, sizeof line.text, fmt, ap);
	*list = mem_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = text_dup(line.text);
}

void
session_warn(struct session *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_report_line(&r->warning, &r->warnings, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void
note(struct session *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_report_line(&r->note, &r->notes, fmt, ap);
	va_end(ap);
}

/* A leg that is read for its account, in a thread of the pool. */
struct session_reading {
	struct pool_job job;
	struct account *account;
	size_t i;
	struct leg *leg; /* NULL: fault */
	enum leg_fault fault;
	int status;
	struct why why;
};

static void
read_leg(void *arg)
{
	struct session_reading *one = arg;

	one->status = account_survey(one->account, one->i, one->leg, &one->why);
}

static void
start_reading(
    struct session *r, struct session_reading *one, size_t i, struct leg *leg)
{
	one->account = &r->account;
	one->i = i;
	one->leg = leg;
	if (!leg)
		return;
	one->job = (struct pool_job){.run = read_leg, .arg = one};
	leg_keep(leg);
	pool_submit(r->set.pool, &one->job);
}

/* Adds the leg at its beginning, or closes it. */
static int
add_track(struct session *r, struct session_reading *one, struct why *why)
{
	if (one->status == 0 &&
	    (account_take(&r->account, one->i, one->leg, &one->why) != 0 ||
		leg_rewind(one->leg, &one->why) != 0))
		one->status = -1;
	if (one->status != 0) {
		leg_close(one->leg);
		*why = one->why;
		return why_status(why);
	}
	r->track[r->tracks++] = track_new(one->leg, &r->account.leg[one->i]);
	return EXIT_DONE;
}

/* True if the call cannot be mixed without this leg. */
static bool
is_needed(const struct session *r, const struct session_reading *one)
{
	return !one->leg && (one->fault != LEG_MISSING || r->set.strict);
}

/* A leg without sound becomes silence; a file that is not audio is an error. */
static int
take_absent(
    struct session *r, const struct session_reading *one, struct why *why)
{
	if (!is_needed(r, one)) {
		account_absent(&r->account, one->i, one->why.text);
		return EXIT_DONE;
	}
	*why = one->why;
	return one->fault == LEG_LATER ? EXIT_LATER : EXIT_GIVEN_UP;
}

/* Takes the legs in their order, as far as the first one that fails. */
static int
finish_reading(
    struct session *r, struct session_reading *all, size_t n, struct why *why)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < n; i++) {
		struct session_reading *one = &all[i];

		if (one->leg)
			pool_wait(r->set.pool, &one->job);
		if (status != EXIT_DONE)
			leg_close(one->leg);
		else if (one->leg)
			status = add_track(r, one, why);
		else
			status = take_absent(r, one, why);
	}
	free(all);
	return status;
}

/* Makes two legs of one file that has both sides. */
static int
make_pair(struct session *r, struct leg *leg, struct why *why)
{
	static const char *const roles[2] = {"customer", "agent"};
	struct session_reading *all = mem_alloc(2 * sizeof *all);

	account_free(&r->account);
	r->twin = *r->call;
	r->twin.leg = r->pair;
	r->twin.legs = 2;
	for (int i = 0; i < 2; i++) {
		r->pair[i] = r->call->leg[0];
		r->pair[i].role = roles[i];
		r->pair[i].channel = i + 1;
	}
	account_begin(&r->account, &r->twin);
	for (size_t i = 0; i < 2; i++) {
		struct leg *side = leg_again(leg, (int)i + 1, &all[i].why);

		if (!side)
			all[i].fault = why_status(&all[i].why) == EXIT_LATER
					   ? LEG_LATER
					   : LEG_BAD;
		start_reading(r, &all[i], i, side);
	}
	leg_close(leg);
	return finish_reading(r, all, 2, why);
}

static struct leg *
open_one(const struct call_leg *what, int dirfd, bool follow,
    enum leg_fault *fault, struct why *why)
{
	struct leg_how how = {.follow = follow,
	    .channel = what->channel,
	    .format = what->format,
	    .rate = what->rate,
	    .streams = what->streams,
	    .payloads = what->payloads,
	    .channels = what->channels};

	return leg_open(dirfd, what->file, &how, fault, why);
}

static bool
is_pair(const struct session *r, const struct leg *leg)
{
	return r->set.pair && r->call->legs == 1 &&
	       r->call->leg[0].channel == 0 && leg_channels(leg) == 2;
}

/* Which of more than two parties is whose, only a call file can say. */
static bool
has_too_many(const struct session *r, const struct leg *leg, struct why *why)
{
	const struct call_leg *what = &r->call->leg[0];

	if (!r->set.pair || r->call->legs != 1 || what->channel != 0 ||
	    !leg_is_timed(leg) || leg_channels(leg) <= 2)
		return false;
	(void)why_set(why,
	    "%.300s: a capture of %d parties; recpolicy --from pcap makes call "
	    "files of it, --leg customer=FILE,channel=1 names one",
	    what->file, leg_channels(leg));
	return true;
}

static int
open_session_legs(struct session *r, int dirfd, bool follow, struct why *why)
{
	const struct call *call = r->call;
	struct session_reading *all = mem_alloc((call->legs + 1) * sizeof *all);
	struct leg *leg;
	size_t n = 0;
	int status;

	r->track = mem_alloc((call->legs + 2) * sizeof *r->track);
	account_begin(&r->account, call);
	while (n < call->legs && (n == 0 || !is_needed(r, &all[n - 1]))) {
		struct session_reading *one = &all[n];

		leg = open_one(
		    &call->leg[n], dirfd, follow, &one->fault, &one->why);
		if (leg && is_pair(r, leg)) {
			free(all);
			return make_pair(r, leg, why);
		}
		if (leg && has_too_many(r, leg, &one->why)) {
			leg_close(leg);
			leg = NULL;
			one->fault = LEG_BAD;
		}
		start_reading(r, one, n++, leg);
	}
	status = finish_reading(r, all, n, why);
	if (status != EXIT_DONE || r->tracks > 0)
		return status;
	if (call->legs == 0)
		why_set(why, "%s: no [leg] section", call->doc->file);
	else
		why_set(
		    why, "%.300s; no leg has sound", r->account.leg[0].reason);
	return EXIT_GIVEN_UP;
}

static void
choose_rate(struct session *r)
{
	unsigned highest = 0;

	if (r->set.rate != 0)
		return;
	for (size_t i = 0; i < r->tracks; i++)
		if (leg_rate(track_file(r->track[i])) > highest)
			highest = leg_rate(track_file(r->track[i]));
	for (int i = 0; encode_rates[i] != 0; i++) {
		r->set.rate = encode_rates[i];
		if (highest <= r->set.rate)
			break;
	}
}

static void
tell_of_legs(struct session *r)
{
	for (size_t i = 0; i < r->account.legs; i++) {
		const struct account_leg *l = &r->account.leg[i];
		double off = 100 * (account_stretch(l) - 1);
		struct buf line = {0};

		if (off < 0 || off > 0)
			note(r, "%s: its clock was off by %+.4f %%, corrected",
			    l->what->file, off);
		account_line(l, &line);
		note(r, "%s", line.s);
		buf_free(&line);
	}
}

/*
 * On each channel there should be sound to the end. This is reported for
 * captures, whose clock shows that nothing is missing, and if the lengths of
 * the legs are unknown; for others the account reports it.
 */
static void
warn_of_short_legs(struct session *r)
{
	int64_t end = 0, last[2] = {0, 0};
	const char *name[2] = {NULL, NULL};

	for (size_t i = 0; i < r->plan->recordings; i++)
		end = r->plan->recording[i].end_us;
	for (size_t i = 0; i < r->tracks; i++) {
		const struct call_leg *leg = track_leg(r->track[i]);
		const struct account_leg *l = track_account(r->track[i]);
		int64_t leg_end = account_end_us(l);
		int c = mix_channel(leg->role, r->set.first, 2);

		if (leg_end > last[c]) {
			last[c] = leg_end;
			name[c] =
			    r->set.untold || l->found.timed ? leg->file : NULL;
		}
	}
	for (int c = 0; c < 2; c++)
		if (name[c] && last[c] < end - 1000000)
			session_warn(r,
			    "%s: ends %.3f s before the recording; the rest "
			    "is silence",
			    name[c], (double)(end - last[c]) / 1e6);
}

/* Reports what does not balance; why is what holds the call. */
static int
take_account(struct session *r, struct why *why)
{
	struct account *a = &r->account;
	bool holds;

	account_close(a, r->plan, !r->set.untold);
	tell_of_legs(r);
	holds = account_holds(a) && !r->set.accept && !r->set.untold;
	/* Without a plan, nothing says that these legs are of one call. */
	for (size_t i = 0; i < a->findings && r->set.untold; i++)
		if (a->finding[i].holds)
			session_warn(r, "%s", a->finding[i].text);
	r->held = holds;
	for (size_t i = 0; i < a->findings && holds; i++)
		if (a->finding[i].holds)
			return why_set(why,
				   "%.500s%.250s; recmix --accept %s mixes it "
				   "as it is",
				   a->finding[i].text, a->finding[i].remedy,
				   r->call->id),
			       EXIT_GIVEN_UP;
	return EXIT_DONE;
}

char *
session_doubt(const struct session *r)
{
	struct buf text = {0};

	for (size_t i = 0; i < r->account.findings; i++)
		if (!r->set.untold || !r->account.finding[i].holds)
			buf_format(&text, "%s%s", text.len > 0 ? "; " : "",
			    r->account.finding[i].text);
	return text.s;
}

struct mix_pad *
session_pads(const struct session *r, const struct plan_recording *what)
{
	struct mix_pad *pad = mem_alloc((what->cuts + 1) * sizeof *pad);

	for (size_t i = 0; i < what->cuts; i++) {
		account_widen(&r->account, &what->cut[i], &pad[i].before_us,
		    &pad[i].after_us);
		pad[i].before_us += r->set.pad_us;
		pad[i].after_us += r->set.pad_us;
	}
	/*
	 * Keeps the cuts in order: a widened one may begin before earlier ones.
	 */
	for (size_t i = what->cuts; i-- > 1;) {
		int64_t from = what->cut[i].start_us - pad[i].before_us;

		if (what->cut[i - 1].start_us - pad[i - 1].before_us > from)
			pad[i - 1].before_us = what->cut[i - 1].start_us - from;
	}
	return pad;
}

/* Cuts the edges of the recording, too, if the place of a leg there is
 * uncertain. */
static struct mix_pad *
add_edges(const struct session *r, struct plan_recording *what)
{
	struct mix_pad *pads = session_pads(r, what), *pad;
	struct plan_cut *cut;
	size_t n = what->cuts;
	int64_t first_us, last_us;

	account_narrow(&r->account, what, &first_us, &last_us);
	pad = mem_alloc((n + 2) * sizeof *pad);
	cut = mem_alloc((n + 2) * sizeof *cut);
	cut[0] = (struct plan_cut){what->start_us, what->start_us, NULL};
	cut[n + 1] = (struct plan_cut){what->end_us, what->end_us, NULL};
	pad[0].after_us = first_us;
	pad[n + 1].before_us = last_us;
	for (size_t i = 0; i < n; i++) {
		cut[i + 1] = what->cut[i];
		pad[i + 1] = pads[i];
	}
	free(pads);
	what->cut = cut;
	what->cuts = n + 2;
	return pad;
}

size_t
session_pieces(
    const struct session *r, size_t recording, struct mix_piece **piece)
{
	struct plan_recording what = r->plan->recording[recording];
	struct mix_pad *pad = add_edges(r, &what);
	size_t n = mix_pieces(&what, r->plan->style, r->set.rate, pad, piece);

	free(what.cut);
	free(pad);
	return n;
}

/* Lists the plan's recordings that have at least one sample. */
static void
count_recordings(struct session *r)
{
	r->number = mem_alloc((r->plan->recordings + 1) * sizeof *r->number);
	for (size_t i = 0; i < r->plan->recordings; i++) {
		struct mix_piece *piece;

		if (session_pieces(r, i, &piece) > 0)
			r->number[r->recordings++] = i;
		else
			note(r, "recording %zu: nothing is left of it", i + 1);
		free(piece);
	}
}

static int
check_session_plan(struct session *r, struct why *why)
{
	for (size_t i = 0; i < r->plan->recordings; i++)
		if (r->plan->recording[i].end_us -
			r->plan->recording[i].start_us >
		    LONGEST)
			return why_set(why,
			    "%s: [recording %zu] is longer than seven days",
			    r->call->doc->file, i + 1);
	if (r->set.vbr < 0 && !encode_has_kbps(r->set.rate, r->set.kbps))
		return why_set(why,
		    "%d kbit/s: MP3 has no such bit rate at %u Hz", r->set.kbps,
		    r->set.rate);
	return 0;
}

int
session_open(struct session *r, const struct call *call, int dirfd, bool follow,
    const struct session_options *o, struct why *why)
{
	*r = (struct session){.call = call, .set = *o};
	return open_session_legs(r, dirfd, follow, why);
}

int64_t
session_end_us(const struct session *r)
{
	int64_t end = 0;

	for (size_t i = 0; i < r->account.legs; i++)
		if (account_end_us(&r->account.leg[i]) > end)
			end = account_end_us(&r->account.leg[i]);
	return end;
}

int
session_start(struct session *r, const struct plan *plan, struct why *why)
{
	r->plan = plan;
	choose_rate(r);
	if (r->set.channels == 0)
		r->set.channels = plan->channels;
	if (r->set.kbps == 0)
		r->set.kbps = encode_default_kbps(r->set.rate, r->set.channels);
	if (check_session_plan(r, why) != 0)
		return EXIT_GIVEN_UP;
	for (size_t i = 0; i < r->tracks; i++)
		if (track_start(r->track[i], r->set.rate, why) != 0)
			return why_status(why);
	warn_of_short_legs(r);
	if (take_account(r, why) != EXIT_DONE)
		return EXIT_GIVEN_UP;
	count_recordings(r);
	return EXIT_DONE;
}

void
session_close(struct session *r)
{
	for (size_t i = 0; i < r->tracks; i++)
		track_close(r->track[i]);
	for (size_t i = 0; i < r->warnings; i++)
		free(r->warning[i]);
	for (size_t i = 0; i < r->notes; i++)
		free(r->note[i]);
	account_free(&r->account);
	free(r->number);
	free(r->track);
	free(r->warning);
	free(r->note);
	*r = (struct session){0};
}
