/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "freeswitch_recordings.h"
#include "leg.h"
#include "path.h"
#include "text.h"

/* The longest overlap of two recordings. */
#define OVERLAP_US 1000000

static int64_t
leg_begin(const struct recording *rec)
{
	return rec->start_us > 0    ? rec->start_us
	       : rec->length_us > 0 ? rec->end_us - rec->length_us
				    : 0;
}

/* The best first: separate sides, then the longest. */
static int
by_worth(const void *a, const void *b)
{
	const struct recording *x = a, *y = b;
	int64_t m = x->end_us - leg_begin(x), n = y->end_us - leg_begin(y);
	bool apart = x->kind == RECORDING_STEREO || x->kind == RECORDING_NATIVE;
	bool other = y->kind == RECORDING_STEREO || y->kind == RECORDING_NATIVE;

	if (apart != other)
		return apart ? -1 : 1;
	return m != n ? (m > n ? -1 : 1) : strcmp(x->file, y->file);
}

static int
by_begin(const void *a, const void *b)
{
	int64_t x = leg_begin(a), y = leg_begin(b);

	return (x > y) - (x < y);
}

static int64_t
recordings_overlap_us(const struct recording *x, const struct recording *y)
{
	int64_t from =
	    leg_begin(x) > leg_begin(y) ? leg_begin(x) : leg_begin(y);
	int64_t to = x->end_us < y->end_us ? x->end_us : y->end_us;

	return to - from;
}

/* How much longer it is than another one that it overlaps with. */
static int64_t
beyond_us(const struct recording *x, const struct recording *y)
{
	return x->end_us - leg_begin(x) - recordings_overlap_us(x, y);
}

void
recordings_choose(struct recordings *all, struct import_call *c)
{
	size_t kept = 0;

	if (all->count > 1)
		qsort(all->list, all->count, sizeof *all->list, by_worth);
	for (size_t i = 0; i < all->count; i++) {
		struct recording *rec = &all->list[i];
		size_t k = 0;

		while (k < kept &&
		       recordings_overlap_us(rec, &all->list[k]) <= OVERLAP_US)
			k++;
		if (k == kept) {
			all->list[kept++] = *rec;
			continue;
		}
		if (beyond_us(rec, &all->list[k]) > OVERLAP_US) {
			char *what = text_format(
			    "what else is in %.80s", path_name(rec->file));
			import_untold(c, what);
			free(what);
		}
		free(rec->file);
		free(rec->codec);
		free(rec->still);
	}
	all->count = kept;
	if (kept > 1)
		qsort(all->list, kept, sizeof *all->list, by_begin);
}

static int
mark_order(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* True if the file is paused just before mark n. */
static bool
is_on_time(const struct recordings *all, size_t n)
{
	for (size_t i = n; i-- > 0;)
		if (strcmp(all->mark[i].file, all->mark[n].file) == 0)
			return all->mark[i].on;
	return false;
}

/*
 * One press can pause several files: the first mark pauses, the last resumes.
 */
void
recordings_marks(const struct recordings *all, struct import_call *c)
{
	size_t paused = 0;

	if (all->marks > 1)
		qsort(all->mark, all->marks, sizeof *all->mark, mark_order);
	for (size_t i = 0; i < all->marks; i++) {
		const struct mark *m = &all->mark[i];

		if (is_on_time(all, i) == m->on)
			continue;
		if (m->on && paused++ == 0)
			import_event(c, m->at_us, "pause");
		else if (!m->on && --paused == 0)
			import_event(c, m->at_us, "resume");
	}
}

static void
add_recording_leg(const struct recordings *all, const struct recording *rec,
    struct import_call *c, const char *role, const char *path, int channel)
{
	struct import_leg *leg = import_leg(c, role, path, -1, channel);
	int channels;
	int64_t length = rec->length_us > 0
			     ? rec->length_us
			     : import_sound_length(path, &channels);

	if (leg)
		recording_place(all, rec, length, c, leg);
}

static void
add_native(const struct recordings *all, const struct recording *rec,
    struct import *im, struct import_call *c, bool in, const char *role)
{
	const char *side = in ? "-in" : "-out";
	char *stem = text_format("%s%s", path_name(rec->file), side);
	char *path = im->o->legs ? import_found_stem(im, stem) : NULL;
	struct import_leg *leg;

	if (!path)
		path = text_format("%s%s.%s", rec->file, side, rec->codec);
	leg = import_leg(c, role, path, rec->start_us, 0);
	if (leg)
		recording_place_native(all, rec, path, c, leg);
	free(path);
	free(stem);
}

/* RECORD_STEREO may have been set without a trace in the CDR, as by the API. */
static bool
is_stereo(const struct recording *rec, const char *path)
{
	int channels = 0;

	if (rec->kind == RECORDING_MIXED)
		(void)import_sound_length(path, &channels);
	return rec->kind == RECORDING_STEREO || channels == 2;
}

static void
add_recording(const struct recordings *all, const struct recording *rec,
    struct import *im, struct import_call *c)
{
	bool outbound = import_is_outbound(im->o, c);
	bool customer_reads = rec->first != outbound;
	const char *reads = customer_reads ? "customer" : "agent";
	const char *writes = customer_reads ? "agent" : "customer";
	int channel = rec->swapped ? 2 : 1;
	char *path;

	if (rec->kind == RECORDING_NATIVE) {
		add_native(all, rec, im, c, true, reads);
		add_native(all, rec, im, c, false, writes);
		return;
	}
	path = import_leg_path(im, rec->file);
	if (is_stereo(rec, path)) {
		int customer = customer_reads ? channel : 3 - channel;
		add_recording_leg(all, rec, c, "customer", path, customer);
		add_recording_leg(all, rec, c, "agent", path, 3 - customer);
	} else if (rec->kind == RECORDING_READ) {
		add_recording_leg(all, rec, c, reads, path, 0);
	} else if (rec->kind == RECORDING_WRITE) {
		add_recording_leg(all, rec, c, writes, path, 0);
	} else {
		add_recording_leg(all, rec, c, "customer", path, 0);
		if (all->count == 1)
			import_one_channel(c);
		else
			import_untold(
			    c, "who is who in a recording of one channel");
	}
	free(path);
}

void
recordings_legs(
    struct recordings *all, struct import *im, struct import_call *c)
{
	for (size_t i = 0; i < all->count; i++)
		add_recording(all, &all->list[i], im, c);
}
