/* SPDX-License-Identifier: ISC */
#include "split.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id3.h"

enum { DECODER = 529, TAG_MAX = 4096, OWN_TAG = 128, FEW = 16 };

static size_t
lead(const struct mp3 *m)
{
	return m->format.lsf ? 2 : 1;
}

/* ---- carrier ---- */

/*
 * The n bytes of main data before frame `first`, in the order of the stream;
 * fewer where the file does not have them.
 */
static size_t
main_data_before(
    const struct mp3 *m, size_t first, unsigned char *out, size_t n)
{
	size_t got = 0;

	while (got < n && first > 0) {
		const unsigned char *frame = m->p + m->frame[--first];
		struct mpeg f;
		size_t skip, take;

		(void)mpeg_parse(frame, &f);
		skip = f.head + f.side;
		take = f.bytes - skip < n - got ? f.bytes - skip : n - got;
		memcpy(out + n - got - take, frame + f.bytes - take, take);
		got += take;
	}
	return got;
}

/* The carrier for a part whose lead begins at frame `from`; 0: none needed. */
static size_t
carrier(const struct mp3 *m, size_t from, unsigned char out[MPEG_INFO_MAX])
{
	unsigned char data[512] = {0};
	const unsigned char *frame = m->p + m->frame[from];
	struct mpeg f;
	size_t back, size;

	(void)mpeg_parse(frame, &f);
	back = mpeg_main_data_begin(frame, &f);
	if (!m->reservoir)
		return 0;
	memset(out, 0, MPEG_INFO_MAX);
	size = mpeg_smallest(m->like, 4 + f.side + back, out);
	(void)main_data_before(m, from, data, back);
	memcpy(out + size - back, data, back);
	return size;
}

/* ---- where to cut ---- */

/* Frames that stand before `first` in its part. */
static size_t
ahead(const struct mp3 *m, size_t first)
{
	return first == 0 ? 0 : lead(m) + (m->reservoir ? 1 : 0);
}

static uint64_t
overhead(const struct mp3 *m, size_t first)
{
	unsigned char frame[MPEG_INFO_MAX];
	uint64_t bytes = OWN_TAG + mpeg_info_size(m->like);

	if (m->id3 <= TAG_MAX)
		bytes += m->id3;
	if (first > 0)
		bytes += carrier(m, first - lead(m), frame) + m->frame[first] -
			 m->frame[first - lead(m)];
	return bytes;
}

static size_t
frame_end(const struct mp3 *m, size_t frame)
{
	return frame < m->frames ? m->frame[frame] : m->end;
}

/* The last place after `first` at which a part may end, given its room. */
static size_t
cut_after(const struct mp3 *m, size_t first, uint64_t room)
{
	size_t phase = m->format.lsf ? 8 : 4;
	size_t low = first, high = m->frames;

	if (frame_end(m, m->frames) - m->frame[first] <= room)
		return m->frames;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (frame_end(m, middle) - m->frame[first] <= room)
			low = middle;
		else
			high = middle;
	}
	/* The next part's first frame keeps its phase. */
	while (low > first &&
	       (low < lead(m) + 1 || (low - ahead(m, low)) % phase != 0))
		low--;
	return low;
}

/*
 * A last part of a few frames is no MP3 to some tools, and may be shorter than
 * the padding. Then it gets frames of the part before it, at most half.
 */
static size_t
spare_the_last(const struct mp3 *m, size_t first, size_t cut, uint64_t max)
{
	size_t step = m->format.lsf ? 8 : 4, earlier = cut;

	while (m->frames - earlier < FEW && earlier > first + step &&
	       earlier - step - first >= m->frames - earlier + step)
		earlier -= step;
	if (cut == m->frames ||
	    overhead(m, earlier) + frame_end(m, m->frames) - m->frame[earlier] >
		max)
		return cut;
	return earlier;
}

/* Parts played together must not lack or repeat a sample. */
static void
count_samples(struct split *s)
{
	int64_t from, to, spf = s->m->format.samples;

	mp3_kept(s->m, &from, &to);
	for (size_t i = 0; i < s->parts; i++) {
		struct split_part *p = &s->part[i];
		int64_t a = (int64_t)p->first * spf;
		int64_t b = (int64_t)p->last * spf;

		if (i == 0 || a < from)
			a = from;
		if (i + 1 == s->parts || b > to)
			b = to;
		p->first_smp = a - from;
		p->samples = b > a ? b - a : 0;
	}
}

int
split_plan(
    struct split *s, const struct mp3 *m, uint64_t max_bytes, struct why *why)
{
	size_t at = 0;

	*s = (struct split){.m = m};
	while (at < m->frames) {
		uint64_t more = overhead(m, at);
		size_t next =
		    more < max_bytes ? cut_after(m, at, max_bytes - more) : at;

		if (next == at) {
			split_free(s);
			return why_set(why,
			    "parts of %llu bytes are too small for this file",
			    (unsigned long long)max_bytes);
		}
		next = spare_the_last(m, at, next, max_bytes);
		s->part = util_resize(s->part, s->parts + 1, sizeof *s->part);
		s->part[s->parts++] =
		    (struct split_part){.first = at, .last = next};
		at = next;
	}
	count_samples(s);
	return 0;
}

void
split_free(struct split *s)
{
	free(s->part);
	*s = (struct split){0};
}

/* ---- a part ---- */

/* The source's tag without its place, then ours. */
static void
make_tag(const struct split *s, size_t n, struct buf *head)
{
	const unsigned char *p = s->m->p;
	size_t size = s->m->id3, at = 10;
	char text[64];

	id3_begin(head);
	if (size > 10 && size <= TAG_MAX && p[3] == 4 && p[5] == 0)
		while (at + 10 < size && p[at]) {
			size_t bytes =
			    10 + ((size_t)p[at + 4] << 21 |
				     (size_t)p[at + 5] << 14 |
				     (size_t)p[at + 6] << 7 | p[at + 7]);
			if (bytes > size - at)
				break;
			if (memcmp(p + at, "TRCK", 4) != 0)
				buf_add(head, p + at, bytes);
			at += bytes;
		}
	(void)snprintf(text, sizeof text, "%zu/%zu", n + 1, s->parts);
	id3_text(head, "TRCK", text);
	(void)snprintf(text, sizeof text, "%.3f",
	    (double)s->part[n].first_smp / s->m->format.rate);
	id3_user(head, "start", text);
	id3_end(head, 0);
}

static void
make_toc(const struct split *s, const struct split_part *part, size_t before,
    uint64_t total, unsigned char toc[100])
{
	size_t count = part->last - part->first;

	for (size_t i = 0; i < 100; i++) {
		size_t frame = part->first + count * i / 100;
		uint64_t at =
		    before + s->m->frame[frame] - s->m->frame[part->first];
		toc[i] = (unsigned char)(at * 256 / total);
	}
}

/* Delay and padding: which of the part's raw samples are to be played. */
static void
set_delays(const struct split *s, size_t n, struct mpeg_info *info)
{
	const struct mp3 *m = s->m;
	const struct split_part *part = &s->part[n];
	int64_t spf = m->format.samples, from, to, end;

	mp3_kept(m, &from, &to);
	info->delay =
	    n == 0 ? m->delay
		   : (unsigned)(ahead(m, part->first) * (size_t)spf) - DECODER;
	info->padding = DECODER;
	end = (int64_t)part->last * spf;
	if (n + 1 == s->parts && m->tagged && end > to)
		info->padding = (unsigned)(end - to + DECODER);
}

void
split_make(
    const struct split *s, size_t n, struct buf *head, size_t *from, size_t *to)
{
	const struct mp3 *m = s->m;
	const struct split_part *part = &s->part[n];
	size_t lead_from = n ? part->first - lead(m) : 0;
	unsigned char info[MPEG_INFO_MAX], silent[MPEG_INFO_MAX];
	unsigned char toc[100];
	size_t silent_n = n ? carrier(m, lead_from, silent) : 0;
	struct mpeg_info i = {
	    .vbr = m->vbr, .kbps = m->format.kbps, .toc = toc};

	*from = m->frame[lead_from];
	*to = frame_end(m, part->last);
	make_tag(s, n, head);
	/* Without delays in the source its first part needs none either. */
	if (n > 0 || m->tagged) {
		memcpy(i.like, m->like, 4);
		i.frames = part->last - part->first + ahead(m, part->first);
		i.bytes = silent_n + (*to - *from);
		i.crc = mpeg_crc(
		    mpeg_crc(0, silent, silent_n), m->p + *from, *to - *from);
		set_delays(s, n, &i);
		make_toc(s, part,
		    mpeg_info_size(m->like) + silent_n +
			(m->frame[part->first] - *from),
		    i.bytes + mpeg_info_size(m->like), toc);
		buf_add(head, info, mpeg_info(&i, info));
	}
	buf_add(head, silent, silent_n);
}
