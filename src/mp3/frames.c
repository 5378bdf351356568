/* SPDX-License-Identifier: ISC */
#include "frames.h"

#include "crc.h"

/* The delay of a decoder, in addition to the encoder's. */
enum { DECODER = 529, PADDING_MAX = 4095 };

/* The last mark whose frame, or place, is not after `key`. */
static const struct mp3_mark *
mark_of(const struct mp3 *m, size_t key, bool by_frame)
{
	size_t low = 0, high = m->marks;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		size_t value =
		    by_frame ? m->mark[middle].frame : m->mark[middle].at;
		if (value <= key)
			low = middle;
		else
			high = middle;
	}
	return &m->mark[low];
}

/* The end of the mark's frames, or later. */
static size_t
mark_end(const struct mp3 *m, const struct mp3_mark *k)
{
	return k + 1 < m->mark + m->marks ? k[1].at : m->end;
}

/* Reads the frame at `at`, which ends before `end`. False: the bytes have
 * changed since the scan. */
static bool
read_mp3_frame(const struct mp3 *m, const struct mp3_stretch *s, size_t at,
    size_t end, struct mpeg *f)
{
	size_t size = end - at < 4 ? 0 : mp3_size_in(s, m->p + at);

	if (size == 0 || size > end - at || mpeg_parse(m->p + at, f) != 0)
		return false;
	f->bytes = (unsigned)size;
	return true;
}

/* The place of frame n after the mark's. */
static size_t
walk_from(const struct mp3 *m, const struct mp3_mark *k,
    const struct mp3_stretch *s, size_t n)
{
	size_t at = k->at, end = mark_end(m, k);

	while (n-- > 0 && end - at >= 4) {
		at += mp3_size_in(s, m->p + at);
		if (at > end)
			return end;
	}
	return at;
}

const struct mp3_stretch *
mp3_stretch(const struct mp3 *m, size_t frame)
{
	size_t i = m->stretches - 1;

	while (i > 0 && m->stretch[i].frame > frame)
		i--;
	return &m->stretch[i];
}

size_t
mp3_at(const struct mp3 *m, size_t frame)
{
	const struct mp3_mark *k;

	if (frame >= m->frames)
		return m->end;
	k = mark_of(m, frame, true);
	return walk_from(m, k, mp3_stretch(m, frame), frame - k->frame);
}

size_t
mp3_near(const struct mp3 *m, size_t frame)
{
	const struct mp3_mark *k = mark_of(m, frame, true);
	bool last = k + 1 == m->mark + m->marks;
	size_t frames = (last ? m->frames : k[1].frame) - k->frame;
	size_t bytes = mark_end(m, k) - k->at;

	return frame >= m->frames ? m->end
				  : k->at + bytes * (frame - k->frame) / frames;
}

size_t
mp3_frame(const struct mp3 *m, size_t frame, struct mpeg *f)
{
	const struct mp3_mark *k = mark_of(m, frame, true);
	const struct mp3_stretch *s = mp3_stretch(m, frame);
	size_t at = walk_from(m, k, s, frame - k->frame);

	if (read_mp3_frame(m, s, at, mark_end(m, k), f))
		return at;
	/* At a mark there is room for one without data. */
	*f = s->format;
	f->bytes = f->head + f->side;
	return k->at;
}

void
mp3_each(const struct mp3 *m,
    void (*each)(void *arg, size_t at, const struct mpeg *f), void *arg)
{
	for (size_t k = 0; k < m->marks; k++) {
		size_t last =
		    k + 1 < m->marks ? m->mark[k + 1].frame : m->frames;
		size_t at = m->mark[k].at, end = mark_end(m, &m->mark[k]);
		const struct mp3_stretch *s = mp3_stretch(m, m->mark[k].frame);
		struct mpeg f;

		for (size_t i = m->mark[k].frame;
		     i < last && read_mp3_frame(m, s, at, end, &f); i++) {
			each(arg, at, &f);
			at += f.bytes;
		}
	}
}

size_t
mp3_frame_at(const struct mp3 *m, size_t byte)
{
	const struct mp3_mark *k = mark_of(m, byte, false);
	const struct mp3_stretch *s = mp3_stretch(m, k->frame);
	size_t most = k + 1 < m->mark + m->marks ? k[1].frame : m->frames;
	size_t frame = k->frame, at = k->at, end = mark_end(m, k);

	while (frame + 1 < most && at < end && end - at >= 4) {
		at += mp3_size_in(s, m->p + at);
		if (at > byte)
			break;
		frame++;
	}
	return frame;
}

uint16_t
mp3_crc(const struct mp3 *m, size_t from, size_t to)
{
	uint16_t crc = 0;

	while (from < to) {
		size_t n = MP3_BLOCK - from % MP3_BLOCK;

		if (n > to - from)
			n = to - from;
		crc = n == MP3_BLOCK && m->block_crc
			  ? crc_zeros(crc, n) ^ m->block_crc[from / n]
			  : mpeg_crc(crc, m->p + from, n);
		from += n;
	}
	return crc;
}

bool
mp3_uneven(const struct mp3 *m, size_t from, size_t to)
{
	for (size_t i = 0; i < m->faults; i++) {
		const struct mp3_fault *f = &m->fault[i];
		if ((f->kind == MP3_TAG || f->kind == MP3_JUNK ||
			f->kind == MP3_FORMAT) &&
		    f->frame >= from && f->frame <= to)
			return true;
	}
	return false;
}

void
mp3_kept(const struct mp3 *m, int64_t *from, int64_t *to)
{
	int64_t spf = m->stretch[0].format.samples, total, gone;
	size_t frames = m->stretches > 1 ? m->stretch[1].frame : m->frames;
	int64_t end = (int64_t)frames * spf;

	*from = 0;
	*to = end;
	if (m->info.extension == 0)
		return;
	gone = (int64_t)m->info.padding - DECODER;
	total = m->info.frames ? (int64_t)m->info.frames : (int64_t)m->frames;
	*from = m->info.delay + DECODER;
	if (m->stretches == 1)
		*to = total * spf - (gone > 0 ? gone : 0);
	/* If frames are lost at the end, there is no padding to drop. A count
	 * that exceeds the 12 bits of padding is not believed. */
	if (*to > end || end - *to > PADDING_MAX - DECODER)
		*to = end;
	if (*to < *from)
		*to = *from;
}
