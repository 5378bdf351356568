/* SPDX-License-Identifier: ISC */
#include "gsm.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "io.h"
#include "mem.h"

#define BLOCK   65
#define SAMPLES 320
#define AT_ONCE 64 /* blocks per read */

struct gsm {
	struct codec *codec;
	int fd;
	bool wav49;
	int64_t from, end; /* not yet read */
	unsigned char bytes[AT_ONCE * BLOCK], block[BLOCK];
	size_t next, have; /* in bytes */
	int16_t sound[SAMPLES];
	size_t left; /* of sound, not yet returned */
};

static size_t
block_bytes(bool wav49)
{
	return wav49 ? BLOCK : 33;
}

static size_t
block_samples(bool wav49)
{
	return wav49 ? SAMPLES : 160;
}

static int64_t
blocks(int64_t bytes, bool wav49)
{
	int64_t one = (int64_t)block_bytes(wav49);

	return (bytes + one - 1) / one;
}

int64_t
gsm_samples(int64_t bytes, bool wav49)
{
	return blocks(bytes, wav49) * (int64_t)block_samples(wav49);
}

struct gsm *
gsm_new(int fd, int64_t from, int64_t bytes, bool wav49)
{
	struct gsm *g = mem_alloc(sizeof *g);

	g->codec = codec_new_gsm(wav49);
	g->fd = fd;
	g->wav49 = wav49;
	g->from = from;
	g->end = from + blocks(bytes, wav49) * (int64_t)block_bytes(wav49);
	return g;
}

void
gsm_free(struct gsm *g)
{
	if (!g)
		return;
	codec_free(g->codec);
	free(g);
}

/* Reads more whole blocks, an incomplete one only at the end. */
static int
fill_gsm(struct gsm *g)
{
	size_t want = AT_ONCE * block_bytes(g->wav49);
	ssize_t n;

	g->next = g->have = 0;
	if (g->end - g->from < (int64_t)want)
		want = (size_t)(g->end - g->from);
	n = io_pread(g->fd, g->bytes, want, g->from);
	if (n < 0)
		return -1;
	g->have = (size_t)n;
	g->from += n;
	if (g->have < want)
		g->end = g->from;
	return 0;
}

/* Decodes the next block. 1; 0 at the end; -1. */
static int
decode_gsm_block(struct gsm *g)
{
	size_t n = block_bytes(g->wav49);

	if (g->next == g->have && fill_gsm(g) != 0)
		return -1;
	if (g->next == g->have)
		return 0;
	if (g->have - g->next < n)
		n = g->have - g->next;
	memcpy(g->block, g->bytes + g->next, n);
	g->next += n;
	/* A frame of 33 bytes begins with a signature. */
	if (g->wav49 || g->block[0] >> 4 == 0xD)
		(void)codec_decode(
		    g->codec, g->block, block_bytes(g->wav49), g->sound);
	g->left = block_samples(g->wav49);
	return 1;
}

ssize_t
gsm_read(struct gsm *g, int16_t *out, size_t count)
{
	size_t done = 0, all = block_samples(g->wav49);

	while (done < count) {
		size_t now = count - done;
		int status = g->left > 0 ? 1 : decode_gsm_block(g);

		if (status < 0)
			return -1;
		if (status == 0)
			break;
		now = now < g->left ? now : g->left;
		memcpy(out + done, g->sound + all - g->left, now * sizeof *out);
		g->left -= now;
		done += now;
	}
	return (ssize_t)done;
}
