/* SPDX-License-Identifier: ISC */
#include "part.h"

#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "frames.h"
#include "lead.h"
#include "mem.h"

#define DECODER 529  /* samples of a decoder's delay */
#define LONG    6400 /* frames */

static bool
has_delays(const struct split *s, const struct split_part *p)
{
	return !p->begins || (p->first == 0 && s->m->info.extension > 0);
}

size_t
part_info_bytes(const struct split *s, const struct split_part *p)
{
	const struct mp3_stretch *t = mp3_stretch(s->m, p->first);
	struct mpeg_info i = {.vbr = t->vbr, .free_bytes = t->free_bytes};

	if (p->first == 0 && s->m->info_bytes > 0)
		return s->m->info_bytes;
	/*
	 * Without delays, an Info frame is only needed for a variable bit rate.
	 */
	if (p->begins && !t->vbr)
		return 0;
	memcpy(i.like, t->like, 4);
	return mpeg_info_size(&i);
}

size_t
part_frames_ahead(const struct split_part *p)
{
	return p->begins ? 0 : p->lead + p->carriers;
}

uint64_t
part_overhead(const struct split *s, const struct split_part *p)
{
	uint64_t bytes = s->label.bytes + part_info_bytes(s, p);
	size_t size;

	if (p->first == 0)
		bytes += part_tag_held_bytes(s->head.n);
	if (!p->begins)
		bytes += lead_count(s->m, p->first - p->lead, &size) * size +
			 mp3_at(s->m, p->first) -
			 mp3_at(s->m, p->first - p->lead);
	return bytes;
}

static void
make_part_toc(const struct mp3 *m, const struct split_part *part, size_t before,
    uint64_t total, unsigned char toc[100])
{
	size_t count = part->last - part->first;
	size_t first = mp3_at(m, part->first);
	/* In a long part the marks are precise enough. */
	size_t (*place)(const struct mp3 *, size_t) =
	    count < LONG ? mp3_at : mp3_near;

	for (size_t i = 0; i < 100; i++) {
		size_t frame = part->first + count * i / 100;
		uint64_t at = before + place(m, frame) - first;

		toc[i] = (unsigned char)(at * 256 / total);
	}
}

/* Sets delay and padding, which exclude the samples that must not be played. */
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
		: (unsigned)(part_frames_ahead(part) * (size_t)spf) - DECODER;
	i->padding = DECODER;
	if (part->last < s->m->frames || s->m->info.extension == 0)
		return;
	mp3_kept(s->m, &from, &to);
	end = (int64_t)part->last * spf;
	if (s->m->stretches == 1 && end > to)
		i->padding = (unsigned)(end - to + DECODER);
}

/* Makes the Info frame for a carrier and the source's frames [from, to). The
 * first part keeps the source's Info frame, with other counts. */
static size_t
make_info(const struct split *s, const struct split_part *part,
    const unsigned char *carrier, size_t carrier_n, size_t from, size_t to,
    unsigned char out[MPEG_INFO_MAX])
{
	const struct mp3_stretch *t = mp3_stretch(s->m, part->first);
	size_t size = part_info_bytes(s, part),
	       frames = part->last - part->first;
	unsigned char toc[100];
	struct mpeg_info i = {.vbr = t->vbr,
	    .kbps = t->format.kbps,
	    .free_bytes = t->free_bytes,
	    .toc = toc};

	if (size == 0 || size > MPEG_INFO_MAX)
		return 0;
	memcpy(i.like, t->like, 4);
	i.frames = frames + part_frames_ahead(part);
	i.bytes = carrier_n + (to - from);
	i.crc = crc_zeros(mpeg_crc(0, carrier, carrier_n), to - from) ^
		mp3_crc(s->m, from, to);
	set_delays(s, part, &i);
	make_part_toc(s->m, part,
	    size + carrier_n + (mp3_at(s->m, part->first) - from),
	    i.bytes + size, toc);
	if (part->first > 0 || s->m->info_bytes == 0)
		return mpeg_info(&i, out);
	memcpy(out, s->m->p + s->m->info_at, size);
	mpeg_tag_update(out, size, &i);
	return size;
}

void
part_make(const struct split *s, size_t n, struct split_piece *piece)
{
	static const struct part_tag_held none;
	const struct mp3 *m = s->m;
	const struct split_part *part = &s->part[n];
	size_t own = mp3_at(m, part->first), end = mp3_at(m, part->last);
	bool last = n + 1 == s->parts;
	unsigned char *info = mem_alloc((1 + PART_AHEAD_MAX) * MPEG_INFO_MAX);
	unsigned char *carrier = info + MPEG_INFO_MAX;
	size_t carrier_n = 0, info_n;
	struct part_tag_facts f = {.part = (unsigned)n + 1,
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
		carrier_n = lead_make(
		    m, part->first - part->lead, part->carriers, carrier);
	}
	info_n = make_info(s, part, carrier, carrier_n, piece->from, end, info);
	piece->to = last && s->tags_follow ? m->n : end;
	f.crc = mpeg_crc(f.crc, m->p + end, piece->to - end);
	f.bytes = piece->to - own;
	f.skip = s->label.bytes +
		 (n == 0 ? part_tag_held_bytes(s->head.n) : 0) +
		 (last ? part_tag_held_bytes(s->tail.n) : 0) + info_n +
		 carrier_n + (own - piece->from);
	part_tag_write(&s->label, &f, n == 0 ? s->head : none,
	    last ? s->tail : none, &piece->head);
	buf_add(&piece->head, info, info_n);
	buf_add(&piece->head, carrier, carrier_n);
	free(info);
}
