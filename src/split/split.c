/* SPDX-License-Identifier: ISC */
#include "split.h"

#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "lead.h"
#include "level.h"
#include "mem.h"
#include "part.h"
#include "text.h"

/*
 * To some tools a part with fewer than FRAMES_MIN frames is not an MP3. There
 * must be no junk within FAR frames before a cut and NEAR after it. HELD_MAX:
 * the most bytes around the audio that are kept. The loudness of a place is
 * that of a tenth of a second (AROUND) on both sides.
 */
enum { FRAMES_MIN = 10, FAR = 32, NEAR = 10, HELD_MAX = 1 << 24, AROUND = 10 };

/* The bytes after the last frame of the last part. */
static uint64_t
tail_bytes(const struct split *s)
{
	return s->tags_follow ? s->m->n - s->m->end
			      : part_tag_held_bytes(s->tail.n);
}

/* ---- where to cut ---- */

/*
 * True if part p may begin at a frame within the stretch, and how. Additional
 * frames of lead correct the phase, if any place is possible (`flexible`). Some
 * players decode at most PART_AHEAD_MAX of them.
 */
static bool
may_begin(
    const struct split *s, size_t frame, bool flexible, struct split_part *p)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, frame);
	size_t phase = t->format.lsf ? 8 : 4, nth = frame - t->frame, size;

	*p = (struct split_part){.first = frame, .lead = t->format.lsf ? 2 : 1};
	for (;; p->lead++) {
		if (nth < p->lead + 1)
			return false;
		p->carriers = lead_count(s->m, frame - p->lead, &size);
		if (p->lead + p->carriers > PART_AHEAD_MAX ||
		    (p->carriers > 0 && size == 0))
			return false;
		if ((nth - p->lead - p->carriers) % phase == 0)
			break;
		if (!flexible)
			return false;
	}
	return !s->even ||
	       !mp3_uneven(s->m,
		   frame > FAR + p->lead ? frame - FAR - p->lead : 1,
		   frame + NEAR);
}

/* The loudness of n frames from `from`, in hundredths of a decibel; missing
 * frames are silent. */
static unsigned *
part_loudness(const struct split *s, size_t from, size_t n)
{
	unsigned *level = mem_alloc(n * sizeof *level);

	for (size_t i = 0; i < n && from + i < s->m->frames; i++) {
		struct mpeg f;
		size_t at = mp3_frame(s->m, from + i, &f);

		level[i] = level_frame(s->m->p + at, &f);
	}
	return level;
}

/* The quietest place in (low, high], the last of several; low: none. */
static size_t
quietest(
    const struct split *s, size_t low, size_t high, struct split_part *next)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, high);
	size_t around = (size_t)t->format.rate / AROUND / t->format.samples + 1;
	size_t from = low > around ? low - around : 0, best = low;
	unsigned *level = part_loudness(s, from, high + around - from);
	uint64_t least = UINT64_MAX;

	for (size_t c = high; c > low; c--) {
		struct split_part p;
		uint64_t score = 0;

		/* The sound at the cut counts most, nearby sound less. */
		for (size_t i = c > around ? c - around : 0; i < c + around;
		     i++)
			score += level[i - from];
		score += (uint64_t)4 * around *
			 (level[c - from] > level[c - from - 1]
				 ? level[c - from]
				 : level[c - from - 1]);
		if (score >= least || !may_begin(s, c, true, &p))
			continue;
		best = c;
		least = score;
		*next = p;
	}
	free(level);
	return best;
}

/* The first place at which a part may end, so that it is long enough. */
static size_t
least_end(const struct split *s, const struct split_part *p)
{
	size_t others = part_frames_ahead(p) + (part_info_bytes(s, p) > 0);

	return p->first + (others < FRAMES_MIN ? FRAMES_MIN - others : 1);
}

/* Finds a place in [low, high] at which the next part begins. */
static bool
choose_end(
    const struct split *s, size_t low, size_t high, struct split_part *next)
{
	const struct mpeg *f = &mp3_stretch(s->m, low)->format;
	size_t window =
	    (size_t)(s->want.quiet_us / 1000 * f->rate / 1000 / f->samples);

	if (high < low)
		return false;
	if (window > 0) {
		size_t from = high - low > window ? high - window : low - 1;

		if (quietest(s, from, high, next) > from)
			return true;
	}
	for (int flexible = 0; flexible < 2; flexible++)
		for (size_t c = high; c >= low; c--)
			if (may_begin(s, c, flexible, next))
				return true;
	return false;
}

static size_t
stretch_end(const struct mp3 *m, size_t frame)
{
	const struct mp3_stretch *t = mp3_stretch(m, frame);

	return t + 1 < m->stretch + m->stretches ? t[1].frame : m->frames;
}

/* True if part p can extend to the end of its stretch, where *next begins;
 * otherwise *high is the last frame at which the next part may begin. */
static bool
reaches_end(const struct split *s, uint64_t max, struct split_part *p,
    struct split_part *next, size_t *high)
{
	size_t end = stretch_end(s->m, p->first);
	uint64_t more = part_overhead(s, p), at = mp3_at(s->m, p->first), rest;

	*high = 0;
	if (more >= max)
		return false;
	*next = (struct split_part){.first = end, .begins = true};
	p->last = end;
	p->ends = true;
	rest = mp3_at(s->m, end) - at;
	if (end == s->m->frames)
		rest += tail_bytes(s);
	if (rest <= max - more)
		return true;
	*high = mp3_frame_at(s->m, (size_t)(at + (max - more)));
	if (*high >= end)
		*high = end - 1;
	return false;
}

static void
cut_at(struct split_part *p, const struct split_part *next)
{
	p->last = next->first;
	p->ends = false;
}

/* Part p has its beginning; finds its end, and the beginning of the next one.
 * False: not even a few frames fit. */
static bool
find_end(const struct split *s, uint64_t max, struct split_part *p,
    struct split_part *next)
{
	size_t high;

	if (reaches_end(s, max, p, next, &high))
		return true;
	if (!choose_end(s, least_end(s, p), high, next))
		return false;
	cut_at(p, next);
	return true;
}

static void
add_split_part(struct split *s, const struct split_part *p)
{
	if ((s->parts & (s->parts - 1)) == 0)
		s->part = mem_resize(
		    s->part, s->parts ? 2 * s->parts : 1, sizeof *s->part);
	s->part[s->parts++] = *p;
	if (s->want.tidy && s->parts % 8 == 0)
		s->want.tidy(s->want.arg);
}

static bool
cut_up(struct split *s, uint64_t max)
{
	struct split_part p, next = {.begins = true};

	s->parts = 0;
	do {
		p = next;
		if (!find_end(s, max, &p, &next))
			return false;
		add_split_part(s, &p);
	} while (next.first < s->m->frames);
	return true;
}

/* ---- the last part of a stretch ---- */

/* A stretch that is short itself cannot be changed. */
static bool
is_short(const struct split *s, const struct split_part *p)
{
	return p->ends && !p->begins && p->last < least_end(s, p);
}

static bool
ends_short(const struct split *s)
{
	for (size_t i = 0; i < s->parts; i++)
		if (is_short(s, &s->part[i]))
			return true;
	return false;
}

/*
 * The last frame in [low, high] that is not dead, and at which *next may begin.
 */
static bool
choose_living(const struct split *s, size_t low, size_t high,
    const unsigned char *dead, struct split_part *next)
{
	for (size_t c = high; c >= low; c--)
		if (!(dead[c / 8] >> c % 8 & 1) && may_begin(s, c, true, next))
			return true;
	return false;
}

/*
 * Tries all ways to cut, the last places first: a part from which no end can be
 * reached is dead, and the one before it must end earlier. False: there is no
 * way.
 */
static bool
search_parts(struct split *s)
{
	unsigned char *dead = mem_alloc(s->m->frames / 8 + 1);
	struct split_part p = {.begins = true}, next;
	size_t high;

	s->parts = 0;
	do {
		bool end = reaches_end(s, s->want.max_bytes, &p, &next, &high);

		if (end ? !is_short(s, &p)
			: choose_living(
			      s, least_end(s, &p), high, dead, &next)) {
			if (!end)
				cut_at(&p, &next);
			add_split_part(s, &p);
			p = next;
		} else if (p.begins) {
			break;
		} else {
			dead[p.first / 8] |= (unsigned char)(1 << p.first % 8);
			p = s->part[--s->parts];
		}
	} while (p.first < s->m->frames);
	free(dead);
	return p.first == s->m->frames;
}

/*
 * To some tools a last part of a few frames is not an MP3, and it may be
 * shorter than the padding. Then all parts are made as equal as their number
 * allows; or, if only that helps, smaller. False: nothing helps.
 */
static bool
even_out(struct split *s)
{
	uint64_t high = s->want.max_bytes, low = 0;
	size_t parts = s->parts;

	if (!ends_short(s))
		return true;
	while (high - low > 16) {
		uint64_t middle = low + (high - low) / 2;

		if (cut_up(s, middle) && s->parts == parts)
			high = middle;
		else
			low = middle;
	}
	for (unsigned per_mille = 1000; per_mille >= 300; per_mille -= 10)
		if (cut_up(s, high * per_mille / 1000) && !ends_short(s))
			return true;
	return search_parts(s);
}

/* ---- samples and times ---- */

/* Parts played one after the other must not miss or repeat a sample. */
static void
count_part_samples(struct split *s)
{
	const struct mp3_stretch *t = NULL;
	int64_t from = 0, to = 0, begin_us = 0, rate = 1;

	for (size_t i = 0; i < s->parts; i++) {
		struct split_part *p = &s->part[i];
		int64_t spf, a, b;

		if (p->begins || !t) {
			begin_us += (to - from) * 1000000 / rate;
			t = mp3_stretch(s->m, p->first);
			from = 0;
			to = (int64_t)(stretch_end(s->m, p->first) - t->frame) *
			     t->format.samples;
			if (p->first == 0)
				mp3_kept(s->m, &from, &to);
			rate = t->format.rate;
		}
		spf = t->format.samples;
		a = (int64_t)(p->first - t->frame) * spf;
		b = (int64_t)(p->last - t->frame) * spf;
		if (p->begins || a < from)
			a = from;
		if (p->ends || b > to)
			b = to;
		p->first_smp = a - from;
		p->samples = b > a ? b - a : 0;
		p->start_us = begin_us + p->first_smp * 1000000 / rate;
		p->end_us = begin_us + (b - from) * 1000000 / rate;
	}
}

/* ---- the plan ---- */

/*
 * Keeps the bytes around the audio, and copies the tag, if enough room remains
 * for audio. Tags after the audio follow the last part, or are kept in its tag.
 */
static void
hold_pages(struct split *s, bool aside, bool carry, bool follow)
{
	const struct mp3 *m = s->m;
	uint64_t most = s->want.max_bytes / 4;
	size_t after = m->n - m->end;
	bool tags = follow && m->end == m->limit;
	struct part_tag_held id3 = {NULL, 0};

	if (most > HELD_MAX)
		most = HELD_MAX;
	for (size_t i = 0; i < m->tags; i++) {
		const struct mp3_tag *t = &m->tag[i];

		/* Tags that some validators do not know are also kept. */
		tags &= t->kind != TAGS_RIFF && t->kind != TAGS_LYRICS3;
		if (carry && t->kind == TAGS_ID3V2 && t->at < m->first &&
		    id3.n == 0)
			id3 = (struct part_tag_held){m->p + t->at, t->bytes};
	}
	s->tags_follow = tags && after <= most;
	s->head = s->tail = (struct part_tag_held){NULL, 0};
	if (aside && m->first <= most)
		s->head = (struct part_tag_held){m->p, m->first};
	if (aside && !s->tags_follow && after <= most)
		s->tail = (struct part_tag_held){m->p + m->end, after};
	part_tag_free(&s->label);
	part_tag_prepare(&s->label, id3.p, id3.n, (size_t)most / 2);
}

/* Some players use the Info frame of a file only if nearly all of the file is
 * audio. */
static bool
tags_outweigh(const struct split *s)
{
	const struct split_part *p = &s->part[s->parts - 1];
	size_t audio = s->m->end - mp3_at(s->m, p->first);

	return s->tags_follow && audio / 17 < s->m->n - s->m->end;
}

static bool
try_plan(struct split *s, int try, bool follow)
{
	hold_pages(s, try < 1, try < 2, follow);
	s->even = try < 3;
	return cut_up(s, s->want.max_bytes) && even_out(s);
}

int
split_plan(struct split *s, const struct mp3 *m, const struct split_want *want,
    struct why *why)
{
	*s = (struct split){.m = m, .want = *want};
	/* Without tags, and near junk, is better than not at all. */
	for (int try = 0; try < 4; try++) {
		if (!try_plan(s, try, true))
			continue;
		if (try < 1 && tags_outweigh(s) && !try_plan(s, try, false) &&
		    !try_plan(s, try, true))
			continue;
		count_part_samples(s);
		return 0;
	}
	split_free(s);
	return why_set(why, "parts of %llu bytes are too small for this file",
	    (unsigned long long)want->max_bytes);
}

void
split_free(struct split *s)
{
	part_tag_free(&s->label);
	free(s->part);
	*s = (struct split){.m = NULL};
}
