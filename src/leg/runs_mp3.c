/* SPDX-License-Identifier: ISC */
/* The frames of MP3 have no numbers: lost frames are counted by bytes. */
#include <stdlib.h>
#include <string.h>

#include "io.h"
#include "mem.h"
#include "mpeg.h"
#include "runs.h"
#include "text.h"

enum { WINDOW = 1 << 16, FRAME_MOST = 4096 };
/* Samples that a decoder drops if LAME's tag has the encoder's delay. */
#define DECODER 529
/* The longest delay of an encoder that does not record it: LAME 576 or 1105,
 * others up to 1160, and the decoder's own. */
#define UNTOLD (1160 + DECODER)

struct mp3_stream {
	int fd;
	unsigned char *buffer;
	int64_t at; /* of buffer[0] */
	size_t have;
	unsigned char like[4];
	struct mpeg format;
	int64_t frames, frame_bytes; /* so far, and the bytes of all of them */
	int64_t drop;
	int64_t told, lost; /* frames: by the Info frame, 0: unknown; lost */
};

/* n bytes of the file from `at`, fewer at the end. */
static const unsigned char *
look_at_bytes(
    struct mp3_stream *s, int64_t at, size_t n, size_t *have, bool *failed)
{
	ssize_t got;

	if (at < s->at || at + (int64_t)n > s->at + (int64_t)s->have) {
		got = io_pread(s->fd, s->buffer, WINDOW, at);
		*failed |= got < 0;
		s->at = at;
		s->have = got > 0 ? (size_t)got : 0;
	}
	*have = s->have - (size_t)(at - s->at);
	return s->buffer + (at - s->at);
}

/* The size of the frame there. 0: there is none, or it is in free format, or
 * cut off by the end of the file, so that no decoder plays it. */
static size_t
frame_at(struct mp3_stream *s, int64_t at, bool *failed)
{
	size_t have;
	const unsigned char *p = look_at_bytes(s, at, 4, &have, failed);
	struct mpeg m;

	if (have < 4 || mpeg_parse(p, &m) != 0 ||
	    (s->like[0] && !mpeg_same(p, s->like)))
		return 0;
	(void)look_at_bytes(s, at, m.bytes, &have, failed);
	if (have < m.bytes)
		return 0;
	s->format = m;
	return m.bytes;
}

/* True if another frame, the end of the file or a tag follows. */
static bool
is_followed_frame(struct mp3_stream *s, int64_t at, size_t bytes, bool *failed)
{
	struct mpeg kept = s->format;
	size_t have, next = frame_at(s, at + (int64_t)bytes, failed);
	const unsigned char *p =
	    look_at_bytes(s, at + (int64_t)bytes, 8, &have, failed);

	s->format = kept;
	return next > 0 || have < 4 || memcmp(p, "TAG", 3) == 0 ||
	       memcmp(p, "APET", 4) == 0;
}

/* Takes the first frame: the others must match its header. It may be an Info
 * frame. */
static void
begin_run(struct mp3_stream *s, struct runs *r, int64_t at, size_t bytes,
    bool *failed)
{
	size_t have;
	const unsigned char *p =
	    look_at_bytes(s, at, FRAME_MOST, &have, failed);
	struct mpeg_tag tag;

	memcpy(s->like, p, 4);
	r->late = UNTOLD;
	if (have < bytes || !mpeg_tag(p, bytes, &tag))
		return;
	if (tag.extension) {
		s->drop = tag.delay + DECODER;
		r->late = 0;
	}
	s->told = tag.frames;
	r->total = (int64_t)tag.frames * s->format.samples - s->drop -
		   (tag.extension ? (int64_t)tag.padding - DECODER : 0);
	r->total = tag.frames > 0 && r->total > 0 ? r->total : 0;
	s->frames = -1; /* it has no sound */
}

/* Counts the frames that would fit into the lost bytes. Instead, these bytes
 * may have been inserted, unless the number in the Info frame excludes it. */
static void
count_lost_frames(struct mp3_stream *s, struct runs *r, int64_t lost)
{
	int64_t one =
	    s->frames > 0 ? s->frame_bytes / s->frames : s->format.bytes;
	int64_t n = one > 0 ? (lost + one / 2) / one : 0;
	int64_t odd = lost - n * one;

	s->frames += n;
	s->lost += n;
	s->frame_bytes += lost;
	/*
	 * Whole frames were overwritten; otherwise bytes were lost or inserted.
	 */
	if (n == 0 || odd > n + 1 || odd < -n - 1)
		r->unsure = true;
}

static void
take_mp3_run(struct mp3_stream *s, struct runs *r, int64_t at, size_t bytes)
{
	int64_t end;

	s->frames++;
	s->frame_bytes += (int64_t)bytes;
	end = s->frames * s->format.samples - s->drop;
	if (r->runs > 0 && r->run[r->runs - 1].to == at)
		runs_grow(r, at + (int64_t)bytes, end);
	else
		runs_add(r, at, at + (int64_t)bytes, end);
}

static int
walk_mp3(struct mp3_stream *s, struct runs *r, int64_t at)
{
	int64_t lost = 0;
	bool failed = false, begun = false;

	for (size_t have = 1; have > 0 && !failed;) {
		size_t bytes = frame_at(s, at, &failed);

		if (bytes > 0 && (begun && lost == 0 ? true
						     : is_followed_frame(s, at,
							   bytes, &failed))) {
			if (!begun)
				begin_run(s, r, at, bytes, &failed);
			if (begun && lost > 0)
				count_lost_frames(s, r, lost);
			begun = true;
			lost = 0;
			take_mp3_run(s, r, at, bytes);
			if (s->frames == 0) /* the Info frame */
				s->frame_bytes = 0;
			at += (int64_t)bytes;
		} else {
			lost++;
			at++;
		}
		(void)look_at_bytes(s, at, 4, &have, &failed);
	}
	if (s->told == 0 || s->frames != s->told)
		r->late += s->lost * s->format.samples;
	return failed ? -1 : 0;
}

int
runs_mp3(int fd, struct runs *r, struct why *why)
{
	struct mp3_stream s = {.fd = fd};
	unsigned char h[10] = "";
	int64_t at = 0;
	ssize_t n = io_pread(fd, h, sizeof h, 0);
	int status;

	if (n < 0)
		return why_errno(why, "MP3");
	if (n != sizeof h)
		return 0;
	if (memcmp(h, "ID3", 3) == 0) {
		for (int i = 6; i < 10; i++)
			at = at << 7 | (h[i] & 0x7F);
		at += 10;
	} else if (h[0] != 0xFF || h[1] < 0xE0) {
		return 0;
	}
	s.buffer = mem_alloc(WINDOW);
	status = walk_mp3(&s, r, at);
	if (status != 0)
		why_errno(why, "MP3");
	free(s.buffer);
	return status != 0 ? -1 : r->runs > 0;
}
