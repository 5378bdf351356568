/* SPDX-License-Identifier: ISC */
#include "split.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "level.h"

/*
 * DECODER is what a decoder delays by. A part of fewer than FRAMES_MIN frames
 * is no MP3 to some tools. Within FAR frames before a cut and NEAR after it
 * there must be no junk. HELD_MAX is the most that is held aside. How loud a
 * place is, is told from a tenth (AROUND) of a second on both sides of it.
 */
enum {
	DECODER = 529,
	DELAY_MAX = 4095,
	FRAMES_MIN = 10,
	FAR = 32,
	NEAR = 10,
	HELD_MAX = 1 << 24,
	AROUND = 10
};

/* ---- the frames that are put before a part ---- */

static size_t
least_lead(const struct mp3_stretch *t)
{
	return t->format.lsf ? 2 : 1;
}

static size_t
carriers(const struct split *s)
{
	return s->m->reservoir ? 1 : 0;
}

/*
 * The n bytes of main data before frame `first`, in the order of the stream;
 * fewer where the file does not have them.
 */
static void
main_data_before(
    const struct mp3 *m, size_t first, unsigned char *end, size_t n)
{
	while (n > 0 && first > 0) {
		struct mpeg f;
		size_t at = mp3_frame(m, --first, &f);
		size_t skip = f.head + f.side;
		size_t take = f.bytes - skip < n ? f.bytes - skip : n;

		memcpy(end - take, m->p + at + f.bytes - take, take);
		end -= take;
		n -= take;
	}
}

static size_t
reaches_back(const struct mp3 *m, size_t frame, struct mpeg *f)
{
	size_t at = mp3_frame(m, frame, f);

	return mpeg_main_data_begin(m->p + at, f);
}

/*
 * The size of the carrier for a part whose lead begins at frame `from`, 0 where
 * none is needed or none is large enough.
 */
static size_t
carrier_bytes(const struct split *s, size_t from, unsigned char header[4])
{
	const struct mp3_stretch *t = mp3_stretch(s->m, from);
	struct mpeg f;
	size_t back = reaches_back(s->m, from, &f);

	if (carriers(s) == 0)
		return 0;
	return mpeg_room(t->like, t->free_bytes, 4 + f.side + back, header);
}

static size_t
make_carrier(const struct split *s, size_t from, unsigned char *out)
{
	size_t size, back;
	struct mpeg f;

	memset(out, 0, MPEG_INFO_MAX);
	size = carrier_bytes(s, from, out);
	back = reaches_back(s->m, from, &f);
	if (size > 0)
		main_data_before(s->m, from, out + size, back);
	return size;
}

static bool
has_delays(const struct split *s, const struct split_part *p)
{
	return !p->begins || (p->first == 0 && s->m->info.extension > 0);
}

/* The bytes of the part's Info frame, or 0. */
static size_t
info_bytes(const struct split *s, const struct split_part *p)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, p->first);
	unsigned char header[4];

	if (p->first == 0 && s->m->info_bytes > 0)
		return s->m->info_bytes;
	/* What needs no delays needs a tag only for its variable bit rate. */
	if (p->begins && !t->vbr)
		return 0;
	return t->free_bytes ? mpeg_room(t->like, t->free_bytes,
				   4 + t->format.side + 156, header)
			     : mpeg_info_size(t->like);
}

static size_t
frames_ahead(const struct split *s, const struct split_part *p)
{
	return p->begins ? 0 : p->lead + carriers(s);
}

/* All that stands in a part besides its own frames. */
static uint64_t
overhead(const struct split *s, const struct split_part *p)
{
	uint64_t bytes = s->label.bytes + info_bytes(s, p);
	unsigned char header[4];

	if (p->first == 0)
		bytes += label_held_bytes(s->head.n);
	if (!p->begins)
		bytes += carrier_bytes(s, p->first - p->lead, header) +
			 mp3_at(s->m, p->first) -
			 mp3_at(s->m, p->first - p->lead);
	return bytes;
}

/* What the last part has besides. */
static uint64_t
tail_bytes(const struct split *s)
{
	return s->tags_follow ? s->m->n - s->m->end
			      : label_held_bytes(s->tail.n);
}

/* ---- where to cut ---- */

/*
 * True if a part may begin at a frame within the stretch; *lead is how many
 * frames come along. More of them than needed make good a phase that is off,
 * where any place will do (`flexible`).
 */
static bool
may_begin(const struct split *s, size_t frame, bool flexible, size_t *lead)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, frame);
	size_t phase = t->format.lsf ? 8 : 4, nth = frame - t->frame;
	size_t spf = t->format.samples;
	unsigned char header[4];

	for (*lead = least_lead(t);; (*lead)++) {
		size_t ahead = *lead + carriers(s);

		if (ahead * spf - DECODER > DELAY_MAX || nth < *lead + 1)
			return false;
		if ((nth - ahead) % phase == 0)
			break;
		if (!flexible)
			return false;
	}
	if (carriers(s) > 0 && carrier_bytes(s, frame - *lead, header) == 0)
		return false;
	return !s->even ||
	       !mp3_uneven(s->m, frame > FAR + *lead ? frame - FAR - *lead : 1,
		   frame + NEAR);
}

/*
 * The loudness of n frames from `from` on, in hundredths of decibels; what
 * does not exist is silent.
 */
static unsigned *
loudness(const struct split *s, size_t from, size_t n)
{
	unsigned *level = util_alloc(n * sizeof *level);

	for (size_t i = 0; i < n && from + i < s->m->frames; i++) {
		struct mpeg f;
		size_t at = mp3_frame(s->m, from + i, &f);

		level[i] = level_frame(s->m->p + at, &f);
	}
	return level;
}

/* The quietest place of (low, high], the latest of several; low: none. */
static size_t
quietest(const struct split *s, size_t low, size_t high, size_t *lead)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, high);
	size_t around = (size_t)t->format.rate / AROUND / t->format.samples + 1;
	size_t from = low > around ? low - around : 0, best = low;
	unsigned *level = loudness(s, from, high + around - from);
	unsigned least = UINT_MAX;

	for (size_t c = high; c > low; c--) {
		unsigned most = 0;
		size_t l;

		for (size_t i = c > around ? c - around : 0; i < c + around;
		     i++)
			if (i >= from && level[i - from] > most)
				most = level[i - from];
		if (most >= least || !may_begin(s, c, true, &l))
			continue;
		best = c;
		least = most;
		*lead = l;
	}
	free(level);
	return best;
}

/* The first place at which a part may end without being too short. */
static size_t
least_end(const struct split *s, const struct split_part *p)
{
	size_t others = frames_ahead(s, p) + (info_bytes(s, p) > 0);

	return p->first + (others < FRAMES_MIN ? FRAMES_MIN - others : 1);
}

/* The place for the next part's beginning in [low, high], or 0. */
static size_t
choose(const struct split *s, size_t low, size_t high, size_t *lead)
{
	const struct mpeg *f = &mp3_stretch(s->m, low)->format;
	size_t window =
	    (size_t)(s->want.quiet_us / 1000 * f->rate / 1000 / f->samples);

	if (high < low)
		return 0;
	if (window > 0) {
		size_t from = high - low > window ? high - window : low - 1;
		size_t c = quietest(s, from, high, lead);

		if (c > from)
			return c;
	}
	for (int flexible = 0; flexible < 2; flexible++)
		for (size_t c = high; c >= low; c--)
			if (may_begin(s, c, flexible, lead))
				return c;
	return 0;
}

static size_t
stretch_end(const struct mp3 *m, size_t frame)
{
	const struct mp3_stretch *t = mp3_stretch(m, frame);

	return t + 1 < m->stretch + m->stretches ? t[1].frame : m->frames;
}

/*
 * Part p has its beginning; finds its end, and the next one's beginning.
 * false: not even a few frames fit.
 */
static bool
find_end(const struct split *s, uint64_t max, struct split_part *p,
    struct split_part *next)
{
	size_t end = stretch_end(s->m, p->first), high;
	uint64_t more = overhead(s, p), at = mp3_at(s->m, p->first), rest;

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
	*next = (struct split_part){.begins = false};
	high = mp3_frame_at(s->m, (size_t)(at + (max - more)));
	next->first = choose(
	    s, least_end(s, p), high < end ? high : end - 1, &next->lead);
	p->last = next->first;
	p->ends = false;
	return p->last > p->first;
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
		if ((s->parts & (s->parts - 1)) == 0)
			s->part = util_resize(s->part,
			    s->parts ? 2 * s->parts : 1, sizeof *s->part);
		s->part[s->parts++] = p;
	} while (next.first < s->m->frames);
	return true;
}

/*
 * A last part of a few frames is no MP3 to some tools, and may be shorter than
 * the padding. Then all are made as equal as the same number of parts allows.
 */
static void
even_out(struct split *s)
{
	uint64_t high = s->want.max_bytes, low = 0;
	size_t parts = s->parts;
	const struct split_part *last = &s->part[parts - 1];

	if (parts == 1 || last->last >= least_end(s, last))
		return;
	while (high - low > 16) {
		uint64_t middle = low + (high - low) / 2;

		if (cut_up(s, middle) && s->parts == parts)
			high = middle;
		else
			low = middle;
	}
	(void)cut_up(s, high);
}

/* ---- samples and times ---- */

/* Parts played together must not lack or repeat a sample. */
static void
count_samples(struct split *s)
{
	const struct mp3_stretch *t = NULL;
	int64_t from = 0, to = 0, begin_us = 0, rate = 1;

	for (size_t i = 0; i < s->parts; i++) {
		struct split_part *p = &s->part[i];
		int64_t spf, a, b;

		if (p->begins) {
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
 * What stands around the audio is held, and what the tag tells is carried on,
 * where that leaves room for audio.
 */
static void
hold(struct split *s, bool aside, bool carry)
{
	const struct mp3 *m = s->m;
	uint64_t most = s->want.max_bytes / 4;
	size_t after = m->n - m->end;
	bool tags = m->end == m->limit;
	struct label_held id3 = {NULL, 0};

	if (most > HELD_MAX)
		most = HELD_MAX;
	for (size_t i = 0; i < m->tags; i++) {
		const struct mp3_tag *t = &m->tag[i];

		tags &= t->kind != TAGS_RIFF;
		if (carry && t->kind == TAGS_ID3V2 && t->at < m->first &&
		    id3.n == 0)
			id3 = (struct label_held){m->p + t->at, t->bytes};
	}
	s->tags_follow = tags && after <= most;
	s->head = s->tail = (struct label_held){NULL, 0};
	if (aside && m->first <= most)
		s->head = (struct label_held){m->p, m->first};
	if (aside && !s->tags_follow && after <= most)
		s->tail = (struct label_held){m->p + m->end, after};
	label_free(&s->label);
	label_prepare(&s->label, id3.p, id3.n, (size_t)most / 2);
}

int
split_plan(struct split *s, const struct mp3 *m, const struct split_want *want,
    struct why *why)
{
	*s = (struct split){.m = m, .want = *want};
	/* Rather without tags, and near to junk, than not at all. */
	for (int try = 0; try < 4; try++) {
		hold(s, try < 1, try < 2);
		s->even = try < 3;
		if (cut_up(s, want->max_bytes)) {
			even_out(s);
			count_samples(s);
			return 0;
		}
	}
	split_free(s);
	return why_set(why, "parts of %llu bytes are too small for this file",
	    (unsigned long long)want->max_bytes);
}

void
split_free(struct split *s)
{
	label_free(&s->label);
	free(s->part);
	*s = (struct split){.m = NULL};
}

/* ---- a part ---- */

static void
make_toc(const struct mp3 *m, const struct split_part *part, size_t before,
    uint64_t total, unsigned char toc[100])
{
	size_t count = part->last - part->first;
	size_t first = mp3_at(m, part->first);

	for (size_t i = 0; i < 100; i++) {
		size_t frame = part->first + count * i / 100;
		uint64_t at = before + mp3_at(m, frame) - first;

		toc[i] = (unsigned char)(at * 256 / total);
	}
}

/* Delay and padding: which of the part's raw samples are to be played. */
static void
set_delays(
    const struct split *s, const struct split_part *part, struct mpeg_info *i)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, part->first);
	int64_t spf = t->format.samples, from, to, end;

	if (!has_delays(s, part)) {
		i->plain = true;
		return;
	}
	i->delay =
	    part->begins
		? s->m->info.delay
		: (unsigned)(frames_ahead(s, part) * (size_t)spf) - DECODER;
	i->padding = DECODER;
	if (part->last < s->m->frames || s->m->info.extension == 0)
		return;
	mp3_kept(s->m, &from, &to);
	end = (int64_t)part->last * spf;
	if (s->m->stretches == 1 && end > to)
		i->padding = (unsigned)(end - to + DECODER);
}

/*
 * The Info frame, for a carrier and the source's frames [from, to). The first
 * part keeps the source's, with other counts.
 */
static size_t
make_info(const struct split *s, const struct split_part *part,
    const unsigned char *carrier, size_t carrier_n, size_t from, size_t to,
    unsigned char out[MPEG_INFO_MAX])
{
	const struct mp3_stretch *t = mp3_stretch(s->m, part->first);
	size_t size = info_bytes(s, part), frames = part->last - part->first;
	unsigned char toc[100];
	struct mpeg_info i = {.vbr = t->vbr,
	    .kbps = t->format.kbps,
	    .free_bytes = t->free_bytes,
	    .toc = toc};

	if (size == 0 || size > MPEG_INFO_MAX)
		return 0;
	memcpy(i.like, t->like, 4);
	i.frames = frames + frames_ahead(s, part);
	i.bytes = carrier_n + (to - from);
	i.crc = crc_zeros(mpeg_crc(0, carrier, carrier_n), to - from) ^
		mp3_crc(s->m, from, to);
	set_delays(s, part, &i);
	make_toc(s->m, part,
	    size + carrier_n + (mp3_at(s->m, part->first) - from),
	    i.bytes + size, toc);
	if (part->first > 0 || s->m->info_bytes == 0)
		return mpeg_info(&i, out);
	memcpy(out, s->m->p + s->m->info_at, size);
	mpeg_tag_update(out, size, &i);
	return size;
}

void
split_make(const struct split *s, size_t n, struct split_piece *piece)
{
	static const struct label_held none;
	const struct mp3 *m = s->m;
	const struct split_part *part = &s->part[n];
	size_t own = mp3_at(m, part->first), end = mp3_at(m, part->last);
	bool last = n + 1 == s->parts;
	unsigned char *info = util_alloc(2 * MPEG_INFO_MAX);
	unsigned char *carrier = info + MPEG_INFO_MAX;
	size_t carrier_n = 0, info_n;
	struct label_facts f = {.part = (unsigned)n + 1,
	    .parts = (unsigned)s->parts,
	    .first_smp = part->first_smp,
	    .samples = part->samples,
	    .start_us = part->start_us,
	    .end_us = part->end_us,
	    .at = own,
	    .whole = m->n,
	    .crc = mp3_crc(m, own, end)};

	piece->from = own;
	if (!part->begins) {
		piece->from = mp3_at(m, part->first - part->lead);
		carrier_n = make_carrier(s, part->first - part->lead, carrier);
	}
	info_n = make_info(s, part, carrier, carrier_n, piece->from, end, info);
	piece->to = last && s->tags_follow ? m->n : end;
	f.bytes = piece->to - own;
	f.skip = s->label.bytes + (n == 0 ? label_held_bytes(s->head.n) : 0) +
		 (last ? label_held_bytes(s->tail.n) : 0) + info_n + carrier_n +
		 (own - piece->from);
	label_write(&s->label, &f, n == 0 ? s->head : none,
	    last ? s->tail : none, &piece->head);
	buf_add(&piece->head, info, info_n);
	buf_add(&piece->head, carrier, carrier_n);
	free(info);
}
