/* SPDX-License-Identifier: ISC */
#include "encode.h"

#include <assert.h>
#include <errno.h>
#include <lame/lame.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

/*
 * Long chunks need little pre-roll. Short ones at the beginning give every
 * thread work soon, and at the end they keep all threads busy. All are
 * multiples of 49 frames: at 11025, 22050 and 44100 Hz padding keeps a constant
 * bit rate, in a pattern that repeats after 49 frames and must continue from
 * chunk to chunk.
 */
#define PATTERN   49
#define LONGEST   (16 * PATTERN) /* of 576 samples; half of them if of 1152 */
#define THREADS   4              /* with the longest chunks */
#define MOST      16             /* threads that one decoder can keep busy */
#define LOOKAHEAD 2              /* frames that LAME reads after the last one */

#define ENCODER_DELAY 576 /* samples; decoders add 529 */
#define DECODER_DELAY 529
#define PADDING_MAX   4095
#define FRAMES_MIN    8
#define FRAME_MAX     1500 /* bytes */
#define AT_ONCE       64   /* frames per call of LAME */
#define SEEK_FRAMES   16   /* between two seek points */

struct encoded_sound {
	float *channel[2];
};

struct chunk {
	const struct encode *e;
	struct encoded_sound pcm; /* pre-roll, the frames, look-ahead */
	size_t fill;              /* samples per channel */
	size_t skip;              /* frames of pre-roll */
	size_t want;              /* frames */
	struct pool_job job;
	bool good;
	unsigned char *mp3;
	size_t bytes;
};

struct encode {
	struct encode_settings set;
	int (*put)(void *, const void *, size_t);
	void *arg;
	size_t spf, preroll, shortest, longest;
	size_t room;     /* samples of a chunk */
	int64_t samples; /* added so far */
	int64_t frames;  /* in chunks that were submitted */
	int64_t written; /* frames */
	uint64_t bytes;
	uint16_t crc;
	unsigned lowest_kbps;
	struct chunk *slot;
	size_t slots, filling, oldest; /* the latter modulo slots */
	size_t allowed; /* slots in use at once, each with its memory */
	struct encoded_sound *spare;
	size_t spares;
	int borrowed;
	uint64_t *point; /* start of every SEEK_FRAMES-th frame */
	size_t points;
	unsigned char toc[100];
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
	/* LAME ends at 64 kbit/s, but the table of MPEG 2.5 goes further. */
	unsigned last = rate < 16000 ? 8 : 14;
	unsigned char header[4];
	struct mpeg m;

	mpeg_header(rate, 1, 0, header);
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
	if (s->vbr == ENCODE_CBR) {
		lame_set_VBR(lame, vbr_off);
		lame_set_brate(lame, s->kbps);
	} else {
		lame_set_VBR(lame, vbr_mtrh);
		lame_set_VBR_q(lame, s->vbr);
	}
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

unsigned
encode_lowpass_hz(const struct encode_settings *s)
{
	lame_t lame = start_lame(s);
	int hz = lame ? lame_get_lowpassfreq(lame) : 0;

	if (lame)
		lame_close(lame);
	return hz > 0 && (unsigned)hz < s->rate / 2 ? (unsigned)hz
						    : s->rate / 2;
}

/* The frames [skip, skip + want) of the n bytes at mp3. */
static bool
keep_frames(struct chunk *c, size_t n)
{
	size_t at = 0, frame = 0, begin = 0;

	while (frame < c->skip + c->want) {
		struct mpeg m;
		if (n - at < 4 || mpeg_parse(c->mp3 + at, &m) != 0 ||
		    m.bytes == 0 || m.bytes > n - at)
			return false;
		at += m.bytes;
		if (++frame == c->skip)
			begin = at;
	}
	memmove(c->mp3, c->mp3 + begin, at - begin);
	c->bytes = at - begin;
	return true;
}

static void
encode_chunk(void *arg)
{
	struct chunk *c = arg;
	const struct encode *e = c->e;
	size_t room = (c->fill / e->spf + 16) * FRAME_MAX;
	size_t got = 0, most = e->spf * AT_ONCE;
	lame_t lame = start_lame(&e->set);

	c->good = false;
	if (!lame)
		return;
	c->mp3 = mem_resize(c->mp3, room, 1);
	for (size_t at = 0; at < c->fill; at += most) {
		int n = (int)(c->fill - at < most ? c->fill - at : most);
		const float *left = c->pcm.channel[0] + at;
		const float *right = c->pcm.channel[e->set.channels - 1] + at;
		int r = lame_encode_buffer_float(
		    lame, left, right, n, c->mp3 + got, (int)(room - got));
		if (r < 0)
			goto out;
		got += (size_t)r;
	}
	c->good = keep_frames(c, got);
out:
	lame_close(lame);
}

void
encode_prepare(void)
{
	static const struct encode_settings any = {.rate = 8000,
	    .channels = 1,
	    .kbps = 16,
	    .vbr = ENCODE_CBR,
	    .quality = 7};
	lame_t lame = start_lame(&any);

	/* Both initialize tables at the first use. */
	if (lame)
		lame_close(lame);
	(void)mpeg_crc(0, "", 0);
}

/* Measured until the bytes were the same as in one long run: constant rate 4
 * frames, variable 29, and with noise shaping, below q7, up to 77. */
static size_t
choose_preroll(const struct encode_settings *s)
{
	size_t n = s->quality < 7 ? 98 : s->vbr == ENCODE_CBR ? 5 : 49;

	if (s->vbr == ENCODE_CBR && s->rate % 11025 == 0 && n < PATTERN)
		n = PATTERN;
	return n;
}

static size_t
max_size(size_t a, size_t b)
{
	return a > b ? a : b;
}

/*
 * The number of frames for all samples and for what decoders drop at the
 * beginning. To some tools a file with fewer than FRAMES_MIN frames is not an
 * MP3: silence is added at its end, as far as the padding can exclude it.
 */
static int64_t
frames_for(const struct encode *e, int64_t samples)
{
	int64_t spf = (int64_t)e->spf;
	int64_t need =
	    (samples + ENCODER_DELAY + DECODER_DELAY + spf - 1) / spf;
	int64_t most = (samples + ENCODER_DELAY + PADDING_MAX) / spf;

	most = most < FRAMES_MIN ? most : FRAMES_MIN;
	return need > most ? need : most;
}

/* Sets the length of the chunk that begins. */
static void
begin_chunk(struct encode *e, struct chunk *c)
{
	int64_t left = frames_for(e, e->set.samples) - e->frames;
	size_t want = left > 0 ? (size_t)left : e->shortest;
	size_t most = 2 * (size_t)e->frames;

	if (want >= 2 * e->shortest) {
		most = most < e->longest ? most : e->longest;
		want = want / 2 / PATTERN * PATTERN;
		want = want < most ? want : most;
		want = max_size(want, e->shortest);
	}
	c->e = e;
	c->skip = e->frames == 0 ? 0 : e->preroll;
	c->want = want;
	c->fill = 0;
	if (e->spares > 0)
		c->pcm = e->spare[--e->spares];
	else
		for (int k = 0; k < e->set.channels; k++)
			c->pcm.channel[k] = mem_alloc(e->room * sizeof(float));
}

static size_t
capacity(const struct encode *e, const struct chunk *c)
{
	return (c->skip + c->want + LOOKAHEAD) * e->spf;
}

/* With more threads the chunks are shorter, so that memory does not grow. */
static size_t
choose_longest(const struct encode *e, size_t threads)
{
	size_t frames = LONGEST * 576 / e->spf;

	if (threads > THREADS)
		frames = frames * THREADS / threads / PATTERN * PATTERN;
	return max_size(frames, e->shortest);
}

struct encode *
encode_new(const struct encode_settings *s,
    int (*put)(void *arg, const void *p, size_t n), void *arg, struct why *why)
{
	size_t threads = (size_t)pool_threads(s->pool);
	struct encode *e;

	if (!encode_has_rate(s->rate) ||
	    (s->vbr == ENCODE_CBR && !encode_has_kbps(s->rate, s->kbps))) {
		why_set(why, "MP3 has no %d kbit/s at %u Hz", s->kbps, s->rate);
		return NULL;
	}
	if (threads > MOST)
		threads = MOST;
	e = mem_alloc(sizeof *e);
	e->spf = s->rate < 32000 ? 576 : 1152;
	e->set = *s;
	e->put = put;
	e->arg = arg;
	e->lowest_kbps = UINT32_MAX;
	e->preroll = choose_preroll(s);
	e->shortest = 2 * max_size(e->preroll, PATTERN);
	e->longest = choose_longest(e, threads);
	e->room =
	    (e->preroll + max_size(e->longest, 2 * e->shortest) + LOOKAHEAD) *
	    e->spf;
	e->allowed = threads > 0 ? 2 : 1;
	e->slots = e->allowed + threads;
	e->slot = mem_alloc(e->slots * sizeof *e->slot);
	e->spare = mem_alloc(e->slots * sizeof *e->spare);
	begin_chunk(e, &e->slot[0]);
	return e;
}

/* Notes the places of frames, for seeking, and the lowest bit rate. */
static void
look_at_frames(struct encode *e, const struct chunk *c)
{
	for (size_t at = 0; at < c->bytes; e->written++) {
		struct mpeg m;

		if (e->written % SEEK_FRAMES == 0) {
			if ((e->points & (e->points - 1)) == 0)
				e->point = mem_resize(e->point,
				    e->points ? 2 * e->points : 1,
				    sizeof *e->point);
			e->point[e->points++] = e->bytes + at;
		}
		(void)mpeg_parse(c->mp3 + at, &m); /* it was valid before */
		if (m.kbps < e->lowest_kbps)
			e->lowest_kbps = m.kbps;
		at += m.bytes;
	}
}

/* Waits for the oldest chunk and writes it. */
static int
write_oldest(struct encode *e, struct why *why)
{
	struct chunk *c = &e->slot[e->oldest % e->slots];
	int status = 0;

	pool_wait(e->set.pool, &c->job);
	e->oldest++;
	e->spare[e->spares++] = c->pcm;
	c->pcm = (struct encoded_sound){{NULL, NULL}};
	if (!c->good)
		return why_set(why, "LAME failed");
	look_at_frames(e, c);
	e->crc = mpeg_crc(e->crc, c->mp3, c->bytes);
	e->bytes += c->bytes;
	if (e->put(e->arg, c->mp3, c->bytes) != 0)
		status = why_errno(why, "writing");
	free(c->mp3);
	c->mp3 = NULL;
	return status;
}

/* Waits until a slot is free. */
static int
make_encode_room(struct encode *e, struct why *why)
{
	while (e->filling - e->oldest >= e->allowed) {
		if (e->allowed < e->slots && pool_borrow(e->set.pool)) {
			e->borrowed++;
			e->allowed++;
		} else if (write_oldest(e, why) != 0) {
			return -1;
		}
	}
	return 0;
}

/* Submits the full chunk; the next one begins with its last samples. */
static int
hand_out(struct encode *e, struct why *why)
{
	struct chunk *c = &e->slot[e->filling % e->slots], *next;
	size_t end = c->skip + c->want, from, keep;
	float *tail[2] = {NULL, NULL};
	const int channels = e->set.channels;
	int status;

	from = (end > e->preroll ? end - e->preroll : 0) * e->spf;
	keep = c->fill - from;
	for (int k = 0; k < channels; k++) {
		tail[k] = mem_alloc(keep * sizeof *tail[k]);
		memcpy(
		    tail[k], c->pcm.channel[k] + from, keep * sizeof *tail[k]);
	}
	e->frames += (int64_t)c->want;
	c->job = (struct pool_job){.run = encode_chunk, .arg = c};
	pool_submit(e->set.pool, &c->job);
	e->filling++;
	status = make_encode_room(e, why);
	if (status == 0) {
		next = &e->slot[e->filling % e->slots];
		begin_chunk(e, next);
		for (int k = 0; k < channels; k++)
			memcpy(next->pcm.channel[k], tail[k],
			    keep * sizeof *tail[k]);
		next->fill = keep;
	}
	free(tail[0]);
	free(tail[1]);
	return status;
}

/* To LAME's range: 16 bits. */
static void
scale(float *restrict to, const float *restrict from, size_t n)
{
	size_t i = 0;

	/* In blocks of a fixed length, which can be vectorized. */
	for (; i + 64 <= n; i += 64)
		for (size_t k = 0; k < 64; k++)
			to[i + k] = from[i + k] * 32768;
	for (; i < n; i++)
		to[i] = from[i] * 32768;
}

/* channel NULL: silence. */
static int
take_samples(
    struct encode *e, const float *const channel[2], size_t n, struct why *why)
{
	size_t at = 0;

	while (at < n) {
		struct chunk *c = &e->slot[e->filling % e->slots];
		size_t now = capacity(e, c) - c->fill;

		now = now < n - at ? now : n - at;
		for (int k = 0; k < e->set.channels; k++) {
			float *to = c->pcm.channel[k] + c->fill;
			if (channel)
				scale(to, channel[k] + at, now);
			else
				memset(to, 0, now * sizeof *to);
		}
		c->fill += now;
		at += now;
		if (c->fill == capacity(e, c) && hand_out(e, why) != 0)
			return -1;
	}
	return 0;
}

int
encode_add(
    struct encode *e, const float *const channel[2], size_t n, struct why *why)
{
	e->samples += (int64_t)n;
	assert(e->samples <= e->set.samples); /* the chunks depend on it */
	return take_samples(e, channel, n, why);
}

/* For each hundredth of the time, its place in 256ths of the bytes. */
static void
make_mix_toc(struct encode *e)
{
	for (size_t i = 0; i < 100 && e->points > 0; i++) {
		size_t frame = (size_t)e->written * i / 100;
		uint64_t at = e->point[frame / SEEK_FRAMES];

		e->toc[i] = (unsigned char)(at * 255 / e->bytes);
	}
}

static void
free_spares(struct encode *e)
{
	for (size_t i = 0; i < e->spares; i++) {
		free(e->spare[i].channel[0]);
		free(e->spare[i].channel[1]);
	}
	e->spares = 0;
}

int
encode_end(struct encode *e, struct mpeg_info *facts, struct why *why)
{
	int64_t spf = (int64_t)e->spf, frames = frames_for(e, e->samples);
	struct chunk *c;

	/* Silence, until LAME has everything that the last frame needs. */
	if (take_samples(e, NULL,
		(size_t)((frames + LOOKAHEAD) * spf - e->samples), why) != 0)
		return -1;
	c = &e->slot[e->filling % e->slots];
	if (e->frames < frames) {
		c->want = (size_t)(frames - e->frames);
		if (hand_out(e, why) != 0)
			return -1;
	}
	while (e->oldest != e->filling) {
		/* While other threads still encode. */
		free_spares(e);
		if (write_oldest(e, why) != 0)
			return -1;
	}
	make_mix_toc(e);
	*facts = (struct mpeg_info){.kbps = e->lowest_kbps,
	    .vbr = e->set.vbr != ENCODE_CBR,
	    .frames = (uint64_t)frames,
	    .bytes = e->bytes,
	    .delay = ENCODER_DELAY,
	    .padding = (unsigned)(frames * spf - e->samples - ENCODER_DELAY),
	    .crc = e->crc,
	    .toc = e->set.vbr != ENCODE_CBR ? e->toc : NULL};
	mpeg_header(e->set.rate, (unsigned)e->set.channels,
	    facts->vbr ? 0 : facts->kbps, facts->like);
	return 0;
}

void
encode_free(struct encode *e)
{
	if (!e)
		return;
	while (e->oldest != e->filling)
		pool_wait(e->set.pool, &e->slot[e->oldest++ % e->slots].job);
	for (size_t i = 0; i < e->slots; i++) {
		free(e->slot[i].pcm.channel[0]);
		free(e->slot[i].pcm.channel[1]);
		free(e->slot[i].mp3);
	}
	free_spares(e);
	free(e->spare);
	pool_give_back(e->set.pool, e->borrowed);
	free(e->point);
	free(e->slot);
	free(e);
}
