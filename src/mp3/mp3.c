/* SPDX-License-Identifier: ISC */
#include "mp3.h"

#include <stdlib.h>
#include <string.h>

#include "crc.h"
#include "mem.h"
#include "text.h"

/* There is a mark every STEP frames. A change of format needs more headers that
 * agree than a start after junk. */
enum {
	STEP = 64,
	AGREE = 3,
	AGREE_OTHER = 6,
	FREE_MAX = 5762,
	HAVE_MAX = 511,
	SHARE = 16,
	RUN = 64
};

const char *const mp3_fault_names[MP3_FAULTS + 1] = {
    "tag", "junk", "format", "starved", "torn", NULL};

/* ---- frames by their headers ---- */

static struct mp3_stretch *
last_stretch(const struct mp3 *m)
{
	return &m->stretch[m->stretches - 1];
}

/* The size of a whole frame at `at` that matches the stretch, or 0. */
static size_t
frame_size(const struct mp3 *m, const struct mp3_stretch *s, size_t at)
{
	size_t size;

	if (m->limit - at < 4)
		return 0;
	size = mp3_size_in(s, m->p + at);
	return size <= m->limit - at ? size : 0;
}

/* Makes a stretch that begins with the header h. Its sizes are computed once,
 * so that the walk only looks at each header. */
static void
make_stretch(struct mp3_stretch *s, const unsigned char *h, unsigned free_bytes)
{
	unsigned char header[4];
	struct mpeg f;

	*s = (struct mp3_stretch){.free_bytes = free_bytes};
	memcpy(s->like, h, 4);
	memcpy(header, h, 4);
	(void)mpeg_parse(h, &s->format);
	for (unsigned i = 0; i < 256; i++) {
		size_t size;

		header[2] = (unsigned char)i;
		if (mpeg_parse(header, &f) != 0 || f.rate != s->format.rate ||
		    (f.kbps == 0) != (free_bytes > 0))
			continue;
		size = f.kbps ? f.bytes : free_bytes + (i >> 1 & 1);
		/* There must be room for side info, its CRC, and some data. */
		if (size <= 6 + f.side)
			continue;
		s->sizes[i][0] = (unsigned char)(size >> 8);
		s->sizes[i][1] = (unsigned char)size;
	}
}

/* True if `most` frames in a row agree; or all to the end, if allowed. */
static bool
agree_at(const struct mp3 *m, const struct mp3_stretch *s, size_t at, int most,
    bool end_will_do)
{
	for (int n = 0; n < most; n++) {
		size_t size = frame_size(m, s, at);

		if (size == 0)
			return n > 0 && end_will_do && at == m->limit;
		at += size;
	}
	return true;
}

/* A free format frame: the next matching header shows its size. */
static bool
free_format(const struct mp3 *m, size_t at, struct mp3_stretch *s)
{
	const unsigned char *h = m->p + at;
	size_t pad = h[2] >> 1 & 1, most = m->limit - at;

	if (most > FREE_MAX)
		most = FREE_MAX;
	for (size_t d = 24; d + 4 <= most; d++) {
		if (h[d] != 0xFF || !mpeg_same(h, h + d) || h[d + 2] >> 4)
			continue;
		make_stretch(s, h, (unsigned)(d - pad));
		if (agree_at(m, s, at, AGREE_OTHER, true))
			return true;
	}
	return false;
}

/* ---- sync ---- */

/* True if a stretch may begin at `at`; *s is set. */
static bool
begins_at(const struct mp3 *m, size_t at, int agree, bool end_will_do,
    struct mp3_stretch *s)
{
	const unsigned char *h = m->p + at;
	struct mpeg f;

	if (mpeg_parse(h, &f) != 0)
		return false;
	if (f.kbps == 0)
		return free_format(m, at, s);
	/* Most candidates fail here, before the sizes are computed. */
	if (f.bytes > m->limit - at ||
	    (f.bytes + 4 <= m->limit - at && !mpeg_same(h, h + f.bytes)))
		return false;
	make_stretch(s, h, 0);
	return agree_at(m, s, at, agree, end_will_do);
}

/* Finds the next valid frame from `at`; *s is its stretch. Tags are skipped
 * with their content. */
static bool
find_sync(const struct mp3 *m, size_t *at, struct mp3_stretch *s)
{
	const struct mp3_stretch *now = m->stretches ? last_stretch(m) : NULL;
	const size_t start = *at;
	size_t i = start;
	enum tags_kind kind;

	while (m->limit - i >= 4) {
		if (m->p[i] == 0xFF && m->p[i + 1] >= 0xE0) {
			*at = i;
			if (now && agree_at(m, now, i, AGREE, true)) {
				*s = *now;
				return true;
			}
			if (begins_at(m, i, now ? AGREE_OTHER : AGREE,
				!now && i == start, s))
				return true;
		} else if (m->p[i] == 'I') {
			size_t skip = tags_front(m->p + i, m->limit - i, &kind);
			i += skip ? skip - 1 : 0;
		}
		i++;
	}
	return false;
}

/* ---- what is found ---- */

/* Makes room for one more at the end of a list; its size doubles. */
static void *
grow_list(void *list, size_t count, size_t size)
{
	if (list && (count & (count - 1)))
		return list;
	return mem_resize(list, count ? 2 * count : 1, size);
}

static void
add_fault(struct mp3 *m, enum mp3_fault_kind kind, size_t at, size_t bytes)
{
	m->fault = grow_list(m->fault, m->faults, sizeof *m->fault);
	m->fault[m->faults++] = (struct mp3_fault){kind, at, bytes, m->frames};
}

static void
add_stretch(struct mp3 *m, const struct mp3_stretch *s)
{
	m->stretch = grow_list(m->stretch, m->stretches, sizeof *m->stretch);
	m->stretch[m->stretches] = *s;
	m->stretch[m->stretches++].frame = m->frames;
	m->cut = true;
	m->have = 0;
}

static void
add_mark(struct mp3 *m)
{
	m->mark = grow_list(m->mark, m->marks, sizeof *m->mark);
	m->mark[m->marks++] = (struct mp3_mark){m->frames, m->at};
	m->cut = false;
}

/* The main data before the frame must be there, or it is starved. */
static void
look_back_frames(struct mp3 *m, const struct mp3_stretch *s, size_t size)
{
	const unsigned char *frame = m->p + m->at;
	struct mpeg f = s->format;
	size_t back;

	f.head = frame[1] & 1 ? 4 : 6;
	back = mpeg_main_data_begin(frame, &f);
	m->reservoir |= back > 0;
	if (back > m->have) {
		struct mp3_fault *last =
		    m->faults ? &m->fault[m->faults - 1] : NULL;
		if (last && last->kind == MP3_STARVED &&
		    last->at + last->bytes == m->at)
			last->bytes += size;
		else
			add_fault(m, MP3_STARVED, m->at, size);
	}
	m->have += size - f.head - f.side;
	if (m->have > HAVE_MAX)
		m->have = HAVE_MAX;
}

static bool
take_mp3_frame(struct mp3 *m)
{
	struct mp3_stretch *s = last_stretch(m);
	size_t size = frame_size(m, s, m->at);

	if (size == 0)
		return false;
	/* The headers are too far apart for the processor to prefetch them. */
	if (m->limit - m->at > 8 * size)
		__builtin_prefetch(m->p + m->at + 8 * size);
	if (m->frames == 0)
		m->first = m->at;
	if (m->cut || m->frames - m->mark[m->marks - 1].frame == STEP)
		add_mark(m);
	look_back_frames(m, s, size);
	s->vbr |= (m->p[m->at + 2] ^ s->like[2]) >> 4 != 0;
	m->frames++;
	m->at += size;
	m->end = m->at;
	return true;
}

/* The rest is not a frame: the beginning of one, or junk. */
static void
end_of_audio(struct mp3 *m, size_t from)
{
	size_t left = m->limit - from;
	bool torn =
	    left >= 4 && mp3_size_in(last_stretch(m), m->p + from) > left;

	if (left > 0)
		add_fault(m, torn ? MP3_TORN : MP3_JUNK, from, left);
	m->at = m->limit;
}

static bool
skip_gap(struct mp3 *m)
{
	size_t from = m->at, tag;
	struct mp3_stretch s;
	enum tags_kind kind;

	tag = tags_front(m->p + from, m->limit - from, &kind);
	if (tag > 0) {
		add_fault(m, MP3_TAG, from, tag);
		m->at += tag;
		m->cut = true;
		return true;
	}
	if (!find_sync(m, &m->at, &s)) {
		end_of_audio(m, from);
		return false;
	}
	if (m->at > from) {
		add_fault(m, MP3_JUNK, from, m->at - from);
		m->have = 0;
	}
	m->cut = true;
	if (memcmp(s.like, last_stretch(m)->like, 4) != 0) {
		add_fault(m, MP3_FORMAT, m->at, 0);
		add_stretch(m, &s);
	}
	return true;
}

bool
mp3_walk(struct mp3 *m, size_t upto)
{
	while (m->at < upto)
		if (!take_mp3_frame(m) && !skip_gap(m))
			return false;
	return true;
}

/* ---- the beginning ---- */

static void
add_tag(struct mp3 *m, enum tags_kind kind, size_t at, size_t bytes)
{
	m->tag = grow_list(m->tag, m->tags, sizeof *m->tag);
	m->tag[m->tags++] = (struct mp3_tag){kind, at, bytes};
}

/* Skips tags at the beginning; the walk ends before those at the end. */
static void
strip_tags(struct mp3 *m)
{
	enum tags_kind kind;
	size_t bytes;

	while ((bytes = tags_front(m->p + m->at, m->limit - m->at, &kind))) {
		add_tag(m, kind, m->at, bytes);
		m->at += bytes;
	}
	while ((bytes = tags_back(m->p + m->at, m->limit - m->at, &kind))) {
		m->limit -= bytes;
		add_tag(m, kind, m->limit, bytes);
	}
}

static void
take_tag_frame(struct mp3 *m)
{
	struct mp3_stretch *s = m->stretch;
	size_t size = frame_size(m, s, m->at);
	struct mpeg_tag info;

	if (size == 0 || !mpeg_tag(m->p + m->at, size, &info))
		return;
	m->info = info;
	m->info_at = m->at;
	m->info_bytes = size;
	m->at += size;
	/* Its bit rate is not that of the sound. */
	if (frame_size(m, s, m->at) > 0)
		make_stretch(s, m->p + m->at, s->free_bytes);
}

int
mp3_open(struct mp3 *m, const unsigned char *p, size_t n, struct why *why)
{
	struct mp3_stretch s;
	size_t from, to;
	int riff = tags_riff(p, n, &from, &to);

	*m = (struct mp3){.p = p, .n = n, .limit = n};
	if (n == 0)
		return why_set(why, "the file is empty");
	if (riff > 0) {
		add_tag(m, TAGS_RIFF, 0, from);
		m->at = from;
		m->limit = to;
	}
	strip_tags(m);
	from = m->at;
	if (riff < 0 || !find_sync(m, &m->at, &s)) {
		mp3_free(m);
		(void)why_set(why, "no MPEG layer III audio in it");
		return -1;
	}
	if (m->at > from)
		add_fault(m, MP3_JUNK, from, m->at - from);
	add_stretch(m, &s);
	take_tag_frame(m);
	m->first = m->end = m->at;
	return 0;
}

/* The most frames in a row without junk between them. */
static size_t
longest_run(const struct mp3 *m)
{
	size_t from = 0, longest = 0;

	for (size_t i = 0; i < m->faults; i++) {
		const struct mp3_fault *f = &m->fault[i];

		if (f->kind != MP3_JUNK || f->frame < from)
			continue;
		longest = f->frame - from > longest ? f->frame - from : longest;
		from = f->frame;
	}
	return m->frames - from > longest ? m->frames - from : longest;
}

/* A file with only isolated frames is something else, for instance a film. A
 * file with a run of sound is a recording, also if much is lost. */
int
mp3_end(struct mp3 *m, struct why *why)
{
	size_t junk = 0, all = m->limit;

	for (size_t i = 0; i < m->faults; i++)
		if (m->fault[i].kind == MP3_JUNK)
			junk += m->fault[i].bytes;
	for (size_t i = 0; i < m->tags; i++)
		if (m->tag[i].at < m->first)
			all -= m->tag[i].bytes;
	if (m->frames > 0 &&
	    (all - junk >= all / SHARE || longest_run(m) >= RUN))
		return 0;
	mp3_free(m);
	return why_set(why, "no MPEG layer III audio in it");
}

int
mp3_scan(struct mp3 *m, const unsigned char *p, size_t n, struct why *why)
{
	if (mp3_open(m, p, n, why) != 0)
		return -1;
	while (mp3_walk(m, SIZE_MAX))
		;
	return mp3_end(m, why);
}

void
mp3_free(struct mp3 *m)
{
	free(m->tag);
	free(m->fault);
	free(m->stretch);
	free(m->mark);
	*m = (struct mp3){0};
}
