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
add_line(char ***list, size_t *n, const char *fmt, va_list ap)
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
	add_line(&r->warning, &r->warnings, fmt, ap);
	va_end(ap);
}

__attribute__((format(printf, 2, 3))) static void
note(struct session *r, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(&r->note, &r->notes, fmt, ap);
	va_end(ap);
}

/* One file with both sides in it, given by hand. */
static int
make_pair(struct session *r, struct leg *leg, struct why *why)
{
	static const char *const roles[2] = {"customer", "agent"};

	for (int i = 0; i < 2; i++) {
		struct leg *side = leg_again(leg, i + 1, why);
		if (!side)
			return EXIT_GIVEN_UP;
		r->pair[i] = r->call->leg[0];
		r->pair[i].role = roles[i];
		r->pair[i].channel = i + 1;
		r->track[r->tracks++] = track_new(side, &r->pair[i]);
	}
	return EXIT_DONE;
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
	    .payloads = what->payloads};

	return leg_open(dirfd, what->file, &how, fault, why);
}

/*
 * A leg that has no sound becomes silence, one that is something else than
 * sound is a mistake.
 */
static int
open_legs(struct session *r, int dirfd, bool follow, struct why *why)
{
	struct why first = {0};
	enum leg_fault fault;

	r->track = mem_alloc((r->call->legs + 1) * sizeof(struct track *));
	for (size_t i = 0; i < r->call->legs; i++) {
		const struct call_leg *what = &r->call->leg[i];
		struct leg *leg = open_one(what, dirfd, follow, &fault, why);

		if (leg && r->set.pair && r->call->legs == 1 &&
		    what->channel == 0 && leg_channels(leg) == 2) {
			int status = make_pair(r, leg, why);
			leg_close(leg);
			return status;
		}
		if (leg) {
			r->track[r->tracks++] = track_new(leg, what);
			continue;
		}
		if (fault == LEG_LATER)
			return EXIT_LATER;
		if (fault != LEG_MISSING || r->set.strict)
			return EXIT_GIVEN_UP;
		if (!first.text[0])
			first = *why;
		session_warn(r, "%.300s; [%s] is silence in the recording",
		    why->text,
		    what->section ? what->section->name : what->role);
	}
	if (r->tracks > 0)
		return EXIT_DONE;
	if (r->call->legs == 0)
		why_set(why, "%s: no [leg] section", r->call->doc->file);
	else
		why_set(why, "%.300s; no leg has sound", first.text);
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
tell_of_clocks(struct session *r)
{
	for (size_t i = 0; i < r->tracks; i++) {
		double off = 100 * (track_stretch(r->track[i]) - 1);

		if (off < 0 || off > 0)
			note(r, "%s: its clock is off by %+.4f %%, mended",
			    track_leg(r->track[i])->file, off);
	}
}

/* On each channel somebody should be there to the end. */
static void
warn_of_short_legs(struct session *r)
{
	int64_t end = 0, last[2] = {0, 0};
	const char *name[2] = {NULL, NULL};

	for (size_t i = 0; i < r->plan->recordings; i++)
		end = r->plan->recording[i].end_us;
	for (size_t i = 0; i < r->tracks; i++) {
		const struct call_leg *leg = track_leg(r->track[i]);
		int c = mix_channel(leg->role, r->set.first, 2);
		if (track_end_us(r->track[i]) > last[c]) {
			last[c] = track_end_us(r->track[i]);
			name[c] = leg->file;
		}
	}
	for (int c = 0; c < 2; c++)
		if (name[c] && last[c] < end - 1000000)
			session_warn(r,
			    "%s: ends %.3f s before the recording; the rest "
			    "is silence",
			    name[c], (double)(end - last[c]) / 1e6);
}

static int
check_plan(struct session *r, struct why *why)
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
	return open_legs(r, dirfd, follow, why);
}

int64_t
session_end_us(const struct session *r)
{
	int64_t end = 0;

	for (size_t i = 0; i < r->tracks; i++)
		if (track_end_us(r->track[i]) > end)
			end = track_end_us(r->track[i]);
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
	if (check_plan(r, why) != 0)
		return EXIT_GIVEN_UP;
	for (size_t i = 0; i < r->tracks; i++)
		if (track_start(r->track[i], r->set.rate, why) != 0)
			return EXIT_GIVEN_UP;
	tell_of_clocks(r);
	warn_of_short_legs(r);
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
	free(r->track);
	free(r->warning);
	free(r->note);
	*r = (struct session){0};
}
