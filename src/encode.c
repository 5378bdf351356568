/* SPDX-License-Identifier: ISC */
#include "encode.h"

#include <errno.h>
#include <lame/lame.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK         512 /* frames */
#define LOOKAHEAD     2   /* frames that LAME sees beyond the last one */
#define ENCODER_DELAY 576 /* samples; decoders add 529 */
#define DECODER_DELAY 529
#define FRAME_MAX     1500 /* bytes */

enum state { FREE, READY, BUSY, DONE, FAILED };

struct chunk {
	float *pcm;  /* pre-roll, the frames, look-ahead */
	size_t fill; /* samples per channel */
	size_t skip; /* frames of pre-roll */
	size_t want; /* frames */
	enum state state;
	unsigned char *mp3;
	size_t bytes;
};

struct encode {
	struct encode_settings set;
	int (*put)(void *, const void *, size_t);
	void *arg;
	size_t spf, preroll, room; /* room: of a chunk, in samples */
	int64_t samples;           /* taken so far */
	int64_t frames;            /* in chunks handed out */
	uint64_t bytes;
	uint16_t crc;
	struct chunk *slot;
	size_t slots, filling, oldest; /* modulo slots */
	pthread_t *thread;
	int threads;
	pthread_mutex_t lock;
	pthread_cond_t work, done;
	bool stop;
};

const unsigned encode_rates[10] = {
    8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 0};

bool
encode_has_rate(unsigned rate)
{
	for (int i = 0; encode_rates[i] != 0; i++)
		if (encode_rates[i] == rate)
			return true;
	return false;
}

bool
encode_has_kbps(unsigned rate, int kbps)
{
	/* LAME stops at 64 kbit/s where the table of MPEG 2.5 goes on. */
	unsigned last = rate < 16000 ? 8 : 14;
	unsigned char header[4];
	struct mpeg m;

	mpeg_header(rate, 1, header);
	for (unsigned i = 1; i <= last; i++) {
		header[2] = (unsigned char)(i << 4 | (header[2] & 0x0F));
		if (mpeg_parse(header, &m) == 0 && m.kbps == (unsigned)kbps)
			return true;
	}
	return false;
}

int
encode_default_kbps(unsigned rate, int channels)
{
	int each = rate <= 12000   ? 16
		   : rate <= 16000 ? 24
		   : rate <= 24000 ? 32
		   : rate <= 32000 ? 48
				   : 64;

	return each * channels;
}

static lame_t
start_lame(const struct encode_settings *s)
{
	lame_t lame = lame_init();

	if (!lame)
		return NULL;
	lame_set_num_channels(lame, s->channels);
	lame_set_in_samplerate(lame, (int)s->rate);
	lame_set_out_samplerate(lame, (int)s->rate);
	lame_set_mode(lame, s->channels == 2 ? STEREO : MONO);
	lame_set_VBR(lame, vbr_off);
	lame_set_brate(lame, s->kbps);
	lame_set_quality(lame, s->quality);
	lame_set_disable_reservoir(lame, 1);
	lame_set_bWriteVbrTag(lame, 0);
	lame_set_write_id3tag_automatic(lame, 0);
	if (lame_init_params(lame) < 0) {
		lame_close(lame);
		return NULL;
	}
	return lame;
}

/* The frames [skip, skip + want) of the n bytes at mp3; 0 or -1. */
static int
keep_frames(struct chunk *c, size_t n)
{
	size_t at = 0, frame = 0, begin = 0;

	while (frame < c->skip + c->want) {
		struct mpeg m;
		if (n - at < 4 || mpeg_parse(c->mp3 + at, &m) != 0 ||
		    m.bytes == 0 || m.bytes > n - at)
			return -1;
		at += m.bytes;
		if (++frame == c->skip)
			begin = at;
	}
	memmove(c->mp3, c->mp3 + begin, at - begin);
	c->bytes = at - begin;
	return 0;
}

static enum state
encode_chunk(const struct encode_settings *s, struct chunk *c, size_t spf)
{
	size_t room = (c->fill / spf + 16) * FRAME_MAX;
	size_t got = 0, most = spf * 64;
	lame_t lame = start_lame(s);
	enum state state = FAILED;

	if (!lame)
		return FAILED;
	c->mp3 = util_resize(c->mp3, room, 1);
	for (size_t at = 0; at < c->fill; at += most) {
		int n = (int)(c->fill - at < most ? c->fill - at : most);
		float *p = c->pcm + at * (size_t)s->channels;
		int left = (int)(room - got);
		int r = s->channels == 2
			    ? lame_encode_buffer_interleaved_ieee_float(
				  lame, p, n, c->mp3 + got, left)
			    : lame_encode_buffer_ieee_float(
				  lame, p, p, n, c->mp3 + got, left);
		if (r < 0)
			goto out;
		got += (size_t)r;
	}
	if (keep_frames(c, got) == 0)
		state = DONE;
out:
	lame_close(lame);
	return state;
}

static void *
worker(void *arg)
{
	struct encode *e = arg;

	(void)pthread_mutex_lock(&e->lock);
	while (!e->stop) {
		struct chunk *c = NULL;
		for (size_t i = e->oldest; i != e->filling && !c; i++)
			if (e->slot[i % e->slots].state == READY)
				c = &e->slot[i % e->slots];
		if (!c) {
			(void)pthread_cond_wait(&e->work, &e->lock);
			continue;
		}
		c->state = BUSY;
		(void)pthread_mutex_unlock(&e->lock);
		enum state state = encode_chunk(&e->set, c, e->spf);
		(void)pthread_mutex_lock(&e->lock);
		c->state = state;
		(void)pthread_cond_broadcast(&e->done);
	}
	(void)pthread_mutex_unlock(&e->lock);
	return NULL;
}

struct encode *
encode_new(const struct encode_settings *s,
    int (*put)(void *arg, const void *p, size_t n), void *arg, struct why *why)
{
	struct encode *e;
	/* Also fills LAME's global tables before there are threads. */
	lame_t lame = start_lame(s);

	if (!lame || lame_get_out_samplerate(lame) != (int)s->rate) {
		if (lame)
			lame_close(lame);
		why_set(why, "LAME does not take %u Hz at %d kbit/s", s->rate,
		    s->kbps);
		return NULL;
	}
	e = util_alloc(sizeof *e);
	e->spf = (size_t)lame_get_framesize(lame);
	lame_close(lame);
	e->set = *s;
	e->put = put;
	e->arg = arg;
	/* Measured: 4 frames until the bytes agree; below q7 up to 77. */
	e->preroll = s->quality >= 7 ? 5 : 80;
	e->room = (e->preroll + CHUNK + LOOKAHEAD) * e->spf;
	e->slots = s->jobs > 1 ? (size_t)s->jobs + 2 : 1;
	e->slot = util_alloc(e->slots * sizeof *e->slot);
	(void)pthread_mutex_init(&e->lock, NULL);
	(void)pthread_cond_init(&e->work, NULL);
	(void)pthread_cond_init(&e->done, NULL);
	if (s->jobs > 1) {
		e->thread = util_alloc((size_t)s->jobs * sizeof *e->thread);
		while (e->threads < s->jobs &&
		       pthread_create(
			   &e->thread[e->threads], NULL, worker, e) == 0)
			e->threads++;
	}
	return e;
}

/* Waits for the oldest chunk and writes it. */
static int
write_oldest(struct encode *e, struct why *why)
{
	struct chunk *c = &e->slot[e->oldest % e->slots];

	(void)pthread_mutex_lock(&e->lock);
	while (e->threads > 0 && (c->state == READY || c->state == BUSY))
		(void)pthread_cond_wait(&e->done, &e->lock);
	if (c->state == READY)
		c->state = encode_chunk(&e->set, c, e->spf);
	e->oldest++;
	(void)pthread_mutex_unlock(&e->lock);
	if (c->state != DONE)
		return why_set(why, "LAME failed");
	c->state = FREE;
	e->crc = mpeg_crc(e->crc, c->mp3, c->bytes);
	e->bytes += c->bytes;
	if (e->put(e->arg, c->mp3, c->bytes) != 0)
		return why_set(why, "%s", strerror(errno));
	return 0;
}

/* Hands out the chunk being filled; the next begins with its last samples. */
static int
hand_out(struct encode *e, size_t want, struct why *why)
{
	size_t channels = (size_t)e->set.channels, keep, from;
	struct chunk *c = &e->slot[e->filling % e->slots], *next;
	float *tail;

	c->skip = e->frames == 0 ? 0 : e->preroll;
	c->want = want;
	from = (c->skip + want > e->preroll ? c->skip + want - e->preroll : 0) *
	       e->spf;
	keep = c->fill - from;
	tail = util_alloc((keep + 1) * channels * sizeof *tail);
	memcpy(tail, c->pcm + from * channels, keep * channels * sizeof *tail);
	e->frames += (int64_t)want;
	(void)pthread_mutex_lock(&e->lock);
	c->state = READY;
	e->filling++;
	(void)pthread_cond_signal(&e->work);
	(void)pthread_mutex_unlock(&e->lock);
	if (e->filling - e->oldest == e->slots && write_oldest(e, why) != 0) {
		free(tail);
		return -1;
	}
	next = &e->slot[e->filling % e->slots];
	if (!next->pcm)
		next->pcm = util_alloc(e->room * channels * sizeof(float));
	memcpy(next->pcm, tail, keep * channels * sizeof *tail);
	next->fill = keep;
	free(tail);
	return 0;
}

static size_t
capacity(const struct encode *e)
{
	return e->frames == 0 ? (CHUNK + LOOKAHEAD) * e->spf : e->room;
}

static int
take(struct encode *e, const float *pcm, size_t n, struct why *why)
{
	size_t channels = (size_t)e->set.channels;

	while (n > 0) {
		struct chunk *c = &e->slot[e->filling % e->slots];
		size_t now = capacity(e) - c->fill;
		float *to;

		if (!c->pcm)
			c->pcm = util_alloc(e->room * channels * sizeof(float));
		to = c->pcm + c->fill * channels;
		now = now < n ? now : n;
		if (pcm) {
			memcpy(to, pcm, now * channels * sizeof *pcm);
			pcm += now * channels;
		} else {
			memset(to, 0, now * channels * sizeof *pcm);
		}
		c->fill += now;
		n -= now;
		if (c->fill == capacity(e) && hand_out(e, CHUNK, why) != 0)
			return -1;
	}
	return 0;
}

int
encode_add(struct encode *e, const float *pcm, size_t n, struct why *why)
{
	e->samples += (int64_t)n;
	return take(e, pcm, n, why);
}

int
encode_end(struct encode *e, struct mpeg_info *facts, struct why *why)
{
	int64_t spf = (int64_t)e->spf;
	int64_t frames =
	    (e->samples + ENCODER_DELAY + DECODER_DELAY + spf - 1) / spf;

	/* Silence until LAME has seen all that the last frame needs. */
	size_t rest = (size_t)((frames + LOOKAHEAD) * spf - e->samples);
	if (take(e, NULL, rest, why) != 0)
		return -1;
	if (e->frames < frames &&
	    hand_out(e, (size_t)(frames - e->frames), why) != 0)
		return -1;
	while (e->oldest != e->filling)
		if (write_oldest(e, why) != 0)
			return -1;
	*facts = (struct mpeg_info){.kbps = (unsigned)e->set.kbps,
	    .frames = (uint64_t)frames,
	    .bytes = e->bytes,
	    .delay = ENCODER_DELAY,
	    .padding = (unsigned)(frames * spf - e->samples - ENCODER_DELAY),
	    .crc = e->crc};
	mpeg_header(e->set.rate, (unsigned)e->set.channels, facts->like);
	return 0;
}

void
encode_free(struct encode *e)
{
	if (!e)
		return;
	(void)pthread_mutex_lock(&e->lock);
	e->stop = true;
	(void)pthread_cond_broadcast(&e->work);
	(void)pthread_mutex_unlock(&e->lock);
	for (int i = 0; i < e->threads; i++)
		(void)pthread_join(e->thread[i], NULL);
	for (size_t i = 0; i < e->slots; i++) {
		free(e->slot[i].pcm);
		free(e->slot[i].mp3);
	}
	(void)pthread_cond_destroy(&e->work);
	(void)pthread_cond_destroy(&e->done);
	(void)pthread_mutex_destroy(&e->lock);
	free(e->slot);
	free(e->thread);
	free(e);
}
