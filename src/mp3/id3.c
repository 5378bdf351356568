/* SPDX-License-Identifier: ISC */
#include "id3.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

#define HEADER 10

/* Sizes have seven bits per byte, so that they do not look like MPEG frames. */
static void
syncsafe(unsigned char *to, size_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(n >> 7 * (3 - i) & 0x7f);
}

void
id3_frame(struct buf *tag, const char *name, const void *body, size_t n)
{
	unsigned char size[6] = {0};

	syncsafe(size, n);
	buf_add(tag, name, 4);
	buf_add(tag, size, 6);
	buf_add(tag, body, n);
}

static void
add_frame(struct buf *tag, const char *name, const struct buf *body)
{
	id3_frame(tag, name, body->s, body->len);
}

void
id3_begin(struct buf *tag)
{
	buf_add(tag, "ID3\4\0\0\0\0\0\0", HEADER);
}

void
id3_text(struct buf *tag, const char *frame, const char *value)
{
	struct buf body = {0};

	if (!value || !*value)
		return;
	buf_add(&body, text_is_utf8(value) ? "\3" : "\0", 1);
	buf_add(&body, value, strlen(value));
	add_frame(tag, frame, &body);
	buf_free(&body);
}

void
id3_user(struct buf *tag, const char *what, const char *value)
{
	struct buf body = {0};

	if (!value || !*value)
		return;
	buf_add(&body, text_is_utf8(value) ? "\3" : "\0", 1);
	buf_add(&body, what, strlen(what) + 1);
	buf_add(&body, value, strlen(value));
	add_frame(tag, "TXXX", &body);
	buf_free(&body);
}

static void
add_big(struct buf *b, uint32_t v)
{
	unsigned char four[4] = {(unsigned char)(v >> 24),
	    (unsigned char)(v >> 16), (unsigned char)(v >> 8),
	    (unsigned char)v};

	buf_add(b, four, 4);
}

void
id3_chapter(struct buf *tag, int number, uint32_t start_ms, uint32_t end_ms,
    const char *title)
{
	struct buf body = {0};

	buf_format(&body, "ch%d", number);
	buf_add(&body, "", 1);
	add_big(&body, start_ms);
	add_big(&body, end_ms);
	add_big(&body, UINT32_MAX); /* no byte offsets, only times */
	add_big(&body, UINT32_MAX);
	id3_text(&body, "TIT2", title);
	add_frame(tag, "CHAP", &body);
	buf_free(&body);
}

void
id3_end(struct buf *tag, int chapters)
{
	struct buf body = {0};
	unsigned char head[2] = {3, (unsigned char)chapters};

	if (chapters > 0) {
		buf_add(&body, "toc", 4);
		buf_add(&body, head, 2); /* top level, in order */
		for (int i = 1; i <= chapters; i++) {
			buf_format(&body, "ch%d", i);
			buf_add(&body, "", 1);
		}
		add_frame(tag, "CTOC", &body);
	}
	buf_free(&body);
	syncsafe((unsigned char *)tag->s + 6, tag->len - HEADER);
}

/* ---- reading ---- */

static size_t
seven_bits(const unsigned char *p)
{
	return (size_t)(p[0] & 127) << 21 | (size_t)(p[1] & 127) << 14 |
	       (size_t)(p[2] & 127) << 7 | (p[3] & 127);
}

static size_t
eight_bits(const unsigned char *p, int bytes)
{
	size_t v = 0;

	for (int i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

/* Unsynchronisation inserted a zero after every 0xFF. */
static void
take_out_zeros(struct id3_reader *r)
{
	size_t n = 0;

	r->plain = mem_alloc(r->n);
	for (size_t i = 0; i < r->n; i++) {
		r->plain[n++] = r->p[i];
		if (i >= HEADER && r->p[i] == 0xFF && i + 1 < r->n &&
		    r->p[i + 1] == 0)
			i++;
	}
	r->p = r->plain;
	r->n = n;
}

void
id3_open(struct id3_reader *r, const void *data, size_t n)
{
	const unsigned char *p = data;
	size_t extended = 0;
	unsigned flags;

	*r = (struct id3_reader){.p = p};
	if (n < HEADER || memcmp(p, "ID3", 3) != 0 || p[3] < 2 || p[3] > 4)
		return;
	r->version = p[3];
	r->at = HEADER;
	r->n = HEADER + seven_bits(p + 6);
	if (r->n > n)
		r->n = n;
	flags = p[5];
	/* In 2.4 it applies to each frame, whose flags have it too. */
	if (flags & 0x80 && r->version < 4)
		take_out_zeros(r);
	if (flags & 0x40 && r->n >= HEADER + 4)
		extended = r->version == 4 ? seven_bits(r->p + HEADER)
					   : 4 + eight_bits(r->p + HEADER, 4);
	r->at = extended < r->n - HEADER ? HEADER + extended : r->n;
}

void
id3_close(struct id3_reader *r)
{
	free(r->plain);
	*r = (struct id3_reader){0};
}

/* The 2.4 names of frames with other names in earlier versions. */
static bool
modern_name(unsigned version, const unsigned char *p, char name[5])
{
	static const char *const names[][2] = {{"TT2", "TIT2"}, {"TP1", "TPE1"},
	    {"TP2", "TPE2"}, {"TAL", "TALB"}, {"TYE", "TDRC"}, {"TCO", "TCON"},
	    {"TRK", "TRCK"}, {"COM", "COMM"}, {"TXX", "TXXX"}, {"TEN", "TENC"},
	    {"TSS", "TSSE"}, {"TYER", "TDRC"}, {"TORY", "TDOR"}, {"TDAT", ""},
	    {"TIME", ""}, {"TRDA", ""}, {"TSIZ", ""}, {"IPLS", ""},
	    {"RVAD", ""}, {"EQUA", ""}};
	size_t length = version == 2 ? 3 : 4;

	memset(name, 0, 5);
	memcpy(name, p, length);
	for (size_t i = 0; i < length; i++)
		if (!(name[i] >= 'A' && name[i] <= 'Z') &&
		    !(name[i] >= '0' && name[i] <= '9'))
			return false;
	if (version == 4)
		return true;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], name) == 0) {
			memset(name, 0, 5);
			memcpy(name, names[i][1], strlen(names[i][1]));
			return *name;
		}
	return version == 3;
}

bool
id3_next(struct id3_reader *r, char name[5], const unsigned char **body,
    size_t *size)
{
	size_t head = r->version == 2 ? 6 : 10;

	while (r->n > head && r->at < r->n - head && r->p[r->at]) {
		const unsigned char *p = r->p + r->at;
		unsigned odd = r->version == 4   ? p[9] & 0x4FU
			       : r->version == 3 ? p[9] & 0xE0U
						 : 0;

		*size = r->version == 4   ? seven_bits(p + 4)
			: r->version == 3 ? eight_bits(p + 4, 4)
					  : eight_bits(p + 3, 3);
		if (*size > r->n - r->at - head)
			return false;
		*body = p + head;
		r->at += head + *size;
		if (modern_name(r->version, p, name) && !odd && *size > 0)
			return true;
	}
	return false;
}
