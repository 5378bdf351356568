/* SPDX-License-Identifier: ISC */
#include "id3v2.h"

#include <string.h>

/* Seven bits a byte, so that no player takes a size for a sync word. */
static void
synchsafe(unsigned char out[4], size_t n)
{
	for (int i = 0; i < 4; i++)
		out[i] = (unsigned char)(n >> (7 * (3 - i)) & 127);
}

void
id3v2_begin(struct buf *tag)
{
	buf_add(tag, "ID3\4\0\0\0\0\0\0", 10);
}

static void
frame_head(struct buf *tag, const char *frame, size_t n)
{
	unsigned char head[10] = {0};

	memcpy(head, frame, 4);
	synchsafe(head + 4, n);
	buf_add(tag, head, sizeof head);
	buf_add(tag, "\3", 1); /* UTF-8 */
}

void
id3v2_text(struct buf *tag, const char *frame, const char *text)
{
	if (!text || !*text)
		return;
	frame_head(tag, frame, 1 + strlen(text));
	buf_add(tag, text, strlen(text));
}

void
id3v2_user(struct buf *tag, const char *name, const char *text)
{
	if (!text || !*text)
		return;
	frame_head(tag, "TXXX", 2 + strlen(name) + strlen(text));
	buf_add(tag, name, strlen(name) + 1);
	buf_add(tag, text, strlen(text));
}

void
id3v2_end(struct buf *tag)
{
	synchsafe((unsigned char *)tag->s + 6, tag->len - 10);
}
