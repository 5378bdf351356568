/* SPDX-License-Identifier: ISC */
#include "part_tag.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id3.h"
#include "mem.h"
#include "text.h"

#define HEAD "recsplit.head"
#define TAIL "recsplit.tail"
#define NAME "recsplit"
#define FACTS                                                        \
	"part %07u of %07u, samples %013" PRId64 " from %013" PRId64 \
	", bytes %013" PRIu64 " from %013" PRIu64 " of %013" PRIu64  \
	" after %013" PRIu64 ", CRC %04x"
#define FACTS_READ                                               \
	"part %7u of %7u, samples %13" SCNd64 " from %13" SCNd64 \
	", bytes %13" SCNu64 " from %13" SCNu64 " of %13" SCNu64 \
	" after %13" SCNu64 ", CRC %4x"

enum { FRAME_HEAD = 10, CHAPTERS_MAX = 255, TIMES = 16, LONGER = 16 };

struct part_tag_chapter {
	char *id;
	int64_t start_ms, end_ms;
	struct buf more; /* frames within it */
};

/* ---- the original's ---- */

/* True for frames about the whole, or with places in it. */
static bool
is_of_the_whole(const char *name)
{
	static const char *const names[] = {"TRCK", "TLEN", "ETCO", "MLLT",
	    "SYTC", "SYLT", "ASPI", "POSS", "SEEK", "CHAP", "CTOC", "RBUF",
	    "SIGN"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static uint32_t
tag_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static void
put32(struct buf *b, uint32_t v)
{
	unsigned char four[4] = {(unsigned char)(v >> 24),
	    (unsigned char)(v >> 16), (unsigned char)(v >> 8),
	    (unsigned char)v};

	buf_add(b, four, sizeof four);
}

static void
take_chapter(
    struct part_tag *l, unsigned version, const unsigned char *body, size_t n)
{
	const unsigned char *end = memchr(body, 0, n);
	size_t id = end ? (size_t)(end - body) + 1 : n;
	struct part_tag_chapter *c;
	struct id3_reader sub;
	char name[5];
	const unsigned char *p;
	size_t size;

	if (!end || n - id < TIMES || l->chapters == CHAPTERS_MAX)
		return;
	l->chapter = mem_resize(l->chapter, l->chapters + 1, sizeof *c);
	c = &l->chapter[l->chapters++];
	*c = (struct part_tag_chapter){.id = text_dup((const char *)body),
	    .start_ms = tag_u32(body + id),
	    .end_ms = tag_u32(body + id + 4)};
	sub = (struct id3_reader){
	    .p = body, .n = n, .at = id + TIMES, .version = version};
	while (id3_next(&sub, name, &p, &size))
		id3_frame(&c->more, name, p, size);
}

static void
add_part_chapters(
    const struct part_tag *l, int64_t from_ms, int64_t to_ms, struct buf *tag)
{
	struct buf toc = {0}, body = {0};
	unsigned char count = 0;

	buf_add(&toc, "toc\0\3", 6);
	for (size_t i = 0; i < l->chapters; i++) {
		const struct part_tag_chapter *c = &l->chapter[i];
		int64_t a = c->start_ms > from_ms ? c->start_ms : from_ms;
		int64_t b = c->end_ms < to_ms ? c->end_ms : to_ms;

		if (a >= b)
			continue;
		body.len = 0;
		buf_add(&body, c->id, strlen(c->id) + 1);
		put32(&body, (uint32_t)(a - from_ms));
		put32(&body, (uint32_t)(b - from_ms));
		put32(&body, UINT32_MAX);
		put32(&body, UINT32_MAX);
		buf_add(&body, c->more.s, c->more.len);
		id3_frame(tag, "CHAP", body.s, body.len);
		buf_add(&toc, c->id, strlen(c->id) + 1);
		count++;
	}
	if (count > 0) {
		toc.s[5] = (char)count;
		id3_frame(tag, "CTOC", toc.s, toc.len);
	}
	buf_free(&toc);
	buf_free(&body);
}

static bool
is_facts(const unsigned char *body, size_t n)
{
	return n > sizeof NAME && memcmp(body + 1, NAME, sizeof NAME) == 0;
}

/* If a part is split again, its place in the original is in our frame. */
static bool
is_our_tag_frame(const char *name, const unsigned char *body, size_t n)
{
	if (strcmp(name, "TXXX") == 0)
		return is_facts(body, n) ||
		       (n > 6 && memcmp(body + 1, "start", 6) == 0);
	return strcmp(name, "PRIV") == 0 && n > sizeof NAME &&
	       memcmp(body, NAME ".", sizeof NAME) == 0;
}

static void
drop_chapters(struct part_tag *l)
{
	for (size_t i = 0; i < l->chapters; i++) {
		free(l->chapter[i].id);
		buf_free(&l->chapter[i].more);
	}
	free(l->chapter);
	l->chapter = NULL;
	l->chapters = 0;
}

void
part_tag_prepare(
    struct part_tag *l, const unsigned char *tag, size_t n, size_t most)
{
	static const struct part_tag_facts longest = {
	    .part = 9999999, .parts = 9999999, .end_us = INT64_MAX};
	static const struct part_tag_held none;
	struct buf out = {0};
	struct id3_reader r;
	char name[5];
	const unsigned char *body;
	size_t size;

	*l = (struct part_tag){.chapters = 0};
	id3_open(&r, tag, n);
	while (id3_next(&r, name, &body, &size)) {
		if (l->frames.len + size + FRAME_HEAD > most)
			continue;
		if (strcmp(name, "CHAP") == 0)
			take_chapter(l, r.version, body, size);
		if (!is_of_the_whole(name) &&
		    !is_our_tag_frame(name, body, size))
			id3_frame(&l->frames, name, body, size);
	}
	id3_close(&r);
	part_tag_write(l, &longest, none, none, &out);
	if (out.len - l->frames.len > most && l->chapters > 0) {
		drop_chapters(l);
		buf_free(&out);
		part_tag_write(l, &longest, none, none, &out);
	}
	l->bytes = out.len + LONGER;
	buf_free(&out);
}

void
part_tag_free(struct part_tag *l)
{
	drop_chapters(l);
	buf_free(&l->frames);
	*l = (struct part_tag){.chapters = 0};
}

/* ---- a part's ---- */

size_t
part_tag_held_bytes(size_t n)
{
	return n > 0 ? FRAME_HEAD + sizeof HEAD + n : 0;
}

static void
add_held(struct buf *tag, const char *owner, struct part_tag_held held)
{
	struct buf body = {0};

	if (held.n == 0)
		return;
	buf_add(&body, owner, strlen(owner) + 1);
	buf_add(&body, held.p, held.n);
	id3_frame(tag, "PRIV", body.s, body.len);
	buf_free(&body);
}

void
part_tag_write(const struct part_tag *l, const struct part_tag_facts *f,
    struct part_tag_held head, struct part_tag_held tail, struct buf *out)
{
	struct buf tag = {0};
	char text[256];
	size_t want;

	id3_begin(&tag);
	buf_add(&tag, l->frames.s, l->frames.len);
	(void)snprintf(text, sizeof text, "%u/%u", f->part, f->parts);
	id3_text(&tag, "TRCK", text);
	(void)snprintf(text, sizeof text, "%" PRId64 ".%03d",
	    f->start_us / 1000000, (int)(f->start_us / 1000 % 1000));
	id3_user(&tag, "start", text);
	(void)snprintf(text, sizeof text, FACTS, f->part, f->parts, f->samples,
	    f->first_smp, f->bytes, f->at, f->whole, f->skip, f->crc);
	id3_user(&tag, NAME, text);
	add_part_chapters(l, f->start_us / 1000, f->end_us / 1000, &tag);
	add_held(&tag, HEAD, head);
	add_held(&tag, TAIL, tail);
	/* Zeros after the frames are padding. */
	want = l->bytes + part_tag_held_bytes(head.n) +
	       part_tag_held_bytes(tail.n);
	while (tag.len < want)
		buf_add(&tag, "", 1);
	id3_end(&tag, 0);
	buf_add(out, tag.s, tag.len);
	buf_free(&tag);
}

static void
take_held(const unsigned char *body, size_t n, const char *owner,
    struct part_tag_held *held)
{
	size_t skip = strlen(owner) + 1;

	if (n > skip && memcmp(body, owner, skip) == 0)
		*held = (struct part_tag_held){body + skip, n - skip};
}

int
part_tag_read(const unsigned char *p, size_t n, struct part_tag_facts *f,
    struct part_tag_held *head, struct part_tag_held *tail)
{
	struct id3_reader r;
	const unsigned char *body;
	char name[5], text[256];
	size_t size;
	unsigned crc;
	int status = -1;

	*f = (struct part_tag_facts){.part = 0};
	*head = *tail = (struct part_tag_held){NULL, 0};
	id3_open(&r, p, n);
	while (r.version == 4 && id3_next(&r, name, &body, &size)) {
		if (strcmp(name, "PRIV") == 0) {
			take_held(body, size, HEAD, head);
			take_held(body, size, TAIL, tail);
		}
		if (strcmp(name, "TXXX") != 0 || !is_facts(body, size))
			continue;
		(void)snprintf(text, sizeof text, "%.*s",
		    (int)(size - 1 - sizeof NAME),
		    (const char *)body + 1 + sizeof NAME);
		if (sscanf(text, FACTS_READ, &f->part, &f->parts, &f->samples,
			&f->first_smp, &f->bytes, &f->at, &f->whole, &f->skip,
			&crc) == 9 &&
		    f->part >= 1 && f->part <= f->parts)
			status = 0;
		f->crc = (uint16_t)crc;
	}
	id3_close(&r);
	return status;
}
