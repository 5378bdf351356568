/* SPDX-License-Identifier: ISC */
#include "id3.h"

#include <string.h>

#define HEADER 10

/* Sizes have seven bits in a byte, so that none looks like a frame of MPEG. */
static void
syncsafe(unsigned char *to, size_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(n >> 7 * (3 - i) & 0x7f);
}

static void
add_frame(struct buf *tag, const char *name, const struct buf *body)
{
	unsigned char size[6] = {0};

	syncsafe(size, body->len);
	buf_add(tag, name, 4);
	buf_add(tag, size, 6);
	buf_add(tag, body->s, body->len);
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
	buf_add(&body, util_is_utf8(value) ? "\3" : "\0", 1);
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
	buf_add(&body, util_is_utf8(value) ? "\3" : "\0", 1);
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
	add_big(&body, UINT32_MAX); /* no byte offsets: times count */
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
