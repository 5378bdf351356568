/* SPDX-License-Identifier: ISC */
#include "frames.h"
#include "replay.h"

#include "crc.h"
#include "part.h"
#include "split.h"
#include "text.h"

/*
 * Any bytes as an MP3. The first byte chooses the size of the parts, the second
 * whether cuts are at quiet places. For every part: it is within the limit, its
 * label reads back, its bytes and those of the next part follow each other in the
 * source, and the CRCs match.
 */

static void
must(int ok)
{
	if (!ok)
		abort();
}

static void
check_part(const struct split *s, size_t n, uint64_t max, uint64_t *at)
{
	struct split_piece piece = {.from = 0};
	const unsigned char *p = s->m->p;
	struct part_tag_held head, tail;
	struct part_tag_facts f;

	part_make(s, n, &piece);
	must(piece.from <= piece.to && piece.to <= s->m->n);
	must(piece.head.len + (piece.to - piece.from) <= max);
	must(part_tag_read((unsigned char *)piece.head.s, piece.head.len, &f,
		 &head, &tail) == 0);
	must(f.part == n + 1 && f.parts == s->parts && f.at == *at);
	must(f.skip + f.bytes == piece.head.len + (piece.to - piece.from));
	must(head.n == 0 || memcmp(head.p, p, head.n) == 0);
	must(tail.n == 0 || memcmp(tail.p, p + s->m->end, tail.n) == 0);
	*at += f.bytes;
	must(*at <= s->m->n);
	must(crc_add_tables(0, p + f.at, f.bytes) == f.crc);
	buf_free(&piece.head);
}

static void
check_frames(const struct mp3 *m)
{
	size_t step = m->frames / 50 + 1;

	for (size_t i = 0; i < m->frames; i += step) {
		struct mpeg f;
		size_t at = mp3_frame(m, i, &f);

		must(at >= m->first && at + f.bytes <= m->end);
		must(mp3_frame_at(m, at) == i);
	}
	must(mp3_at(m, m->frames) == m->end && m->end <= m->limit);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mp3 m;
	struct split s;
	struct split_want want = {.tidy = NULL};
	unsigned char *copy;

	if (size < 3)
		return 0;
	want.max_bytes = 500 + 32 * (unsigned)data[0];
	want.quiet_us = data[1] & 1 ? data[1] * INT64_C(10000) : 0;
	/* An exact allocation, so that a read past its end is seen. */
	copy = malloc(size - 2);
	memcpy(copy, data + 2, size - 2);
	if (mp3_scan(&m, copy, size - 2, NULL) == 0) {
		check_frames(&m);
		if (split_plan(&s, &m, &want, NULL) == 0) {
			uint64_t at = m.first;

			for (size_t i = 0; i < s.parts; i++)
				check_part(&s, i, want.max_bytes, &at);
			split_free(&s);
		}
		mp3_free(&m);
	}
	free(copy);
	return 0;
}

#ifdef FUZZING
/* ---- mutations that keep most frames whole ---- */

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed);

static size_t
cut_out(uint8_t *data, size_t size, size_t at, size_t n)
{
	if (at + n > size)
		n = size - at;
	memmove(data + at, data + at + n, size - at - n);
	return size - n;
}

static size_t
put_in(uint8_t *data, size_t size, size_t max_size, size_t at, const void *p,
    size_t n)
{
	if (size + n > max_size)
		return size;
	memmove(data + at + n, data + at, size - at);
	memcpy(data + at, p, n);
	return size + n;
}

/* A frame's place and size, or none. */
static int
any_frame(
    const uint8_t *data, size_t size, unsigned seed, size_t *at, size_t *n)
{
	struct mp3 m;
	struct mpeg f;

	if (size < 3 || mp3_scan(&m, data + 2, size - 2, NULL) != 0)
		return 0;
	*at = 2 + mp3_frame(&m, seed % m.frames, &f);
	*n = f.bytes;
	mp3_free(&m);
	return 1;
}

size_t
LLVMFuzzerCustomMutator(
    uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	static const char id3[] = "ID3\4\0\x10\0\0\0\4TALB0000000000";
	static const char ape[] = "APETAGEX\xd0\7\0\0\x20\0\0\0\0\0\0\0"
				  "\0\0\0\xA0\0\0\0\0\0\0\0\0";
	uint8_t frame[2048];
	size_t at, n;

	if (seed % 3 == 0 || !any_frame(data, size, seed / 16, &at, &n) ||
	    n > sizeof frame)
		return LLVMFuzzerMutate(data, size, max_size);
	memcpy(frame, data + at, n);
	switch (seed / 3 % 9) {
	case 0: /* a frame is lost */
		return cut_out(data, size, at, n);
	case 1: /* some bytes of it are */
		return cut_out(data, size, at, 1 + seed / 64 % n);
	case 2: /* it stands twice */
		return put_in(data, size, max_size, at, frame, n);
	case 3: /* another header, side info or size of its data */
		data[at + seed / 64 % (n < 40 ? n : 40)] ^=
		    (uint8_t)(1 << seed / 4096 % 8);
		return size;
	case 4:
		return put_in(data, size, max_size, at, id3, sizeof id3 - 1);
	case 5:
		return put_in(data, size, max_size, at, ape, sizeof ape - 1);
	case 6: /* zeros instead */
		memset(data + at, 0, n);
		return size;
	case 7: /* another rate or number of channels from here on */
		for (size_t i = at; i + 4 < size; i += n > 4 ? n : 4)
			if (data[i] == 0xFF)
				data[i + (seed / 64 & 1 ? 2 : 3)] ^=
				    seed / 64 & 1 ? 4 : 0xC0;
		return size;
	default: /* torn here */
		return at + seed / 64 % n;
	}
}
#endif
