/* SPDX-License-Identifier: ISC */
#include "rtp_lane.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "mem.h"
#include "stretch.h"

enum {
	WAITING = 256, /* most packets that may be out of order */
	BYTES_MOST = CODEC_MOST / 4,
	LOOSE_MS = 6, /* distance from the clock before a packet is stretched */
	FAR_MS = 12,
	OVERLAP_MS = 60, /* of two runs: the second waits for the first */
	TAIL_S = 3,
	AHEAD = 4096, /* sequence numbers with a bit */
	GAP_MOST = 3000,
	SURE = 90, /* percent of their duration: they are not a jump */
	BEND = 40  /* a packet is stretched by at most 1/BEND */
};
/* A packet may be overtaken for this time. */
#define PATIENCE_US (INT64_C(2200) * 1000)

struct waiting_packet {
	int64_t ticks, arrival_us;
	double at_us;
	size_t run;
	uint16_t sequence;
	bool late;
	const struct payload *payload;
	int clock;
	size_t bytes;
	unsigned char payload_bytes[];
};

struct lane {
	const struct stream *stream;
	unsigned rate;
	int64_t zero_us;
	struct clock_cursor cursor[STREAM_CLOCKS];
	struct waiting_packet *waiting[WAITING]; /* in order of place */
	size_t count;
	struct numbers numbers;
	/* The previous packet. */
	bool begun;
	uint16_t sequence;
	/*
	 * Packets after it that arrived but have no sound: a bit for each by
	 * its sequence number, and the number of those that are too far ahead.
	 */
	uint64_t passed[AHEAD / 64];
	int passed_far;
	int64_t end, end_ticks;
	size_t run;
	int clock;
	const struct payload *payload;
	struct codec *codec;
	float last;
	float block[CODEC_MOST * 2 + CODEC_MOST / BEND + 2];
};

struct lane *
lane_new(const struct stream *s, unsigned rate, int64_t zero_us)
{
	struct lane *lane = mem_alloc(sizeof *lane);

	lane->stream = s;
	lane->rate = rate;
	lane->zero_us = zero_us;
	return lane;
}

void
lane_free(struct lane *lane)
{
	if (!lane)
		return;
	for (size_t i = 0; i < lane->count; i++)
		free(lane->waiting[i]);
	codec_free(lane->codec);
	free(lane);
}

/* Inserts it among the waiting packets, in order. */
static void
insert(struct lane *lane, struct waiting_packet *w)
{
	size_t i = lane->count;

	while (i > 0 && lane->waiting[i - 1]->at_us > w->at_us)
		i--;
	memmove(&lane->waiting[i + 1], &lane->waiting[i],
	    (lane->count - i) * sizeof *lane->waiting);
	lane->waiting[i] = w;
	lane->count++;
}

void
lane_skip(struct lane *lane, uint16_t sequence)
{
	uint16_t gap = (uint16_t)(sequence - lane->sequence - 1);

	if (gap < AHEAD - 1)
		lane->passed[sequence % AHEAD / 64] |= UINT64_C(1)
						       << sequence % 64;
	else if (gap < UINT16_MAX - GAP_MOST)
		lane->passed_far++;
}

void
lane_put(struct lane *lane, const struct rtp *r, int64_t arrival_us)
{
	const struct stream_kind *k =
	    stream_kind_of((struct stream *)lane->stream, r->type);
	struct clock_place place;
	struct waiting_packet *w;
	enum numbers_is is;
	int64_t late;
	int c;

	if (!lane->numbers.any)
		lane->sequence = (uint16_t)(r->sequence - 1);
	is = numbers_take(&lane->numbers,
	    &(struct numbers_packet){r->sequence, r->timestamp,
		(uint32_t)rtp_hash(r), k ? k->payload.hz : 0, arrival_us});
	if (is == NUMBERS_AGAIN)
		return;
	if (!k || r->bytes > BYTES_MOST || lane->count == WAITING ||
	    !codec_reads(&k->payload, NULL)) {
		lane_skip(lane, r->sequence);
		return;
	}
	c = stream_clock_of(lane->stream, k->payload.hz);
	late = payload_late_us(
	    &k->payload, payload_ticks(&k->payload, r->payload, r->bytes));
	if (c < 0 ||
	    !clock_place(&lane->stream->clock[c], &lane->cursor[c],
		r->timestamp, arrival_us - late, is == NUMBERS_LATE, &place))
		return;
	w = mem_alloc(sizeof *w + r->bytes);
	*w = (struct waiting_packet){.ticks = place.ticks,
	    .arrival_us = arrival_us,
	    .at_us = place.at_us,
	    .run = place.run,
	    .sequence = r->sequence,
	    .late = is == NUMBERS_LATE,
	    .payload = &k->payload,
	    .clock = c,
	    .bytes = r->bytes};
	memcpy(w->payload_bytes, r->payload, r->bytes);
	insert(lane, w);
}

/* Doubles the rate of the samples: adds midpoints. */
static size_t
widen_sound(struct lane *lane, const int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float x = (float)pcm[i] / 32768;

		lane->block[2 * i] = (lane->last + x) / 2;
		lane->block[2 * i + 1] = x;
		lane->last = x;
	}
	return 2 * n;
}

static size_t
decode_waiting(struct lane *lane, const struct waiting_packet *w)
{
	int16_t pcm[CODEC_MOST];
	size_t n;

	if (lane->payload != w->payload) {
		codec_free(lane->codec);
		lane->codec = codec_new(w->payload);
		lane->payload = w->payload;
	}
	n = codec_decode(lane->codec, w->payload_bytes, w->bytes, pcm);
	if (codec_rate(w->payload) < lane->rate)
		return widen_sound(lane, pcm, n);
	for (size_t i = 0; i < n; i++)
		lane->block[i] = (float)pcm[i] / 32768;
	return n;
}

/* Places n samples after the previous packet, stretched a little if the clock
 * places them elsewhere. Returns their number. */
static size_t
join_sound(struct lane *lane, size_t n, int64_t off, bool ends)
{
	int64_t most = (int64_t)n / BEND;
	int64_t loose = ends ? 2 : (int64_t)lane->rate / 1000 * LOOSE_MS;

	if (off > -loose && off < loose)
		return n;
	off = off > most ? most : off < -most ? -most : off;
	/* In small steps if the distance is small. */
	if (off > 1 && off < (int64_t)lane->rate / 1000 * FAR_MS)
		off = 1;
	if (off < -1 && off > -(int64_t)lane->rate / 1000 * FAR_MS)
		off = -1;
	return stretch(lane->block, n, (size_t)((int64_t)n + off));
}

/* Near the end the sound is fitted to the measured end, so that nothing is cut
 * off. */
static bool
is_near_end(const struct lane *lane, const struct waiting_packet *w)
{
	const struct clock *c = &lane->stream->clock[w->clock];

	return c->run[w->run].to - w->ticks < (int64_t)c->hz * TAIL_S;
}

/*
 * The number of packets of n samples that were lost between the previous one
 * and this one. A jump of the numbers is a new beginning, unless the same time
 * is missing.
 */
static int
count_lost_packets(
    struct lane *lane, uint16_t sequence, int64_t n, int64_t missing)
{
	uint16_t gap = (uint16_t)(sequence - lane->sequence - 1);
	int passed = lane->passed_far;

	if (gap >= UINT16_MAX - GAP_MOST)
		return 0;
	lane->passed_far = 0;
	for (int i = 1; i <= gap + 1 && i < AHEAD; i++) {
		unsigned at = (unsigned)(lane->sequence + i) % AHEAD;

		passed += i <= gap && (lane->passed[at / 64] >> at % 64 & 1);
		lane->passed[at / 64] &= ~(UINT64_C(1) << at % 64);
	}
	if (!lane->begun || passed >= gap ||
	    (gap >= GAP_MOST && missing * 100 < gap * n * SURE))
		return 0;
	return gap - passed;
}

/* True if others had to go on without this packet, and it was counted as lost.
 */
static bool
is_behind(const struct lane *lane, const struct waiting_packet *w)
{
	return lane->begun && w->late &&
	       (int16_t)(w->sequence - lane->sequence) < 0;
}

static void
place_packet(
    struct lane *lane, const struct waiting_packet *w, struct lane_sound *sound)
{
	int64_t want = (int64_t)floor(
	    (w->at_us - (double)lane->zero_us) * lane->rate / 1e6 + 0.5);
	int64_t overlap = (int64_t)lane->rate / 1000 * OVERLAP_MS;
	size_t n = decode_waiting(lane, w);
	bool follows = lane->begun && lane->run == w->run &&
		       lane->clock == w->clock && lane->end_ticks == w->ticks;
	int64_t missing = lane->run == w->run ? want - lane->end : 0;

	sound->block = lane->block;
	if (is_behind(lane, w)) {
		sound->at = want;
		sound->count = n;
		sound->lost = sound->gap = 0;
		sound->hole = 0;
		return;
	}
	sound->sequence = w->sequence;
	sound->gap = (uint16_t)(w->sequence - lane->sequence - 1);
	sound->lost =
	    count_lost_packets(lane, w->sequence, (int64_t)n, missing);
	sound->hole = 0;
	if (follows) {
		n = join_sound(lane, n, want - lane->end, is_near_end(lane, w));
		want = lane->end;
	} else if (lane->begun && want < lane->end &&
		   want + overlap > lane->end) {
		want = lane->end;
	} else if (sound->lost > 0 && want > lane->end) {
		sound->hole = want - lane->end < (int64_t)n * sound->lost
				  ? want - lane->end
				  : (int64_t)n * sound->lost;
	}
	sound->at = want;
	sound->count = n;
	lane->begun = true;
	lane->run = w->run;
	lane->clock = w->clock;
	lane->sequence = w->sequence;
	lane->end = want + (int64_t)n;
	lane->end_ticks = w->ticks + (int64_t)payload_ticks(w->payload,
					 w->payload_bytes, w->bytes);
}

bool
lane_next(struct lane *lane, int64_t now_us, bool all, struct lane_sound *sound)
{
	struct waiting_packet *w = lane->count ? lane->waiting[0] : NULL;

	if (!w || !(all || lane->count == WAITING ||
		      (lane->begun &&
			  w->sequence == (uint16_t)(lane->sequence + 1)) ||
		      w->arrival_us + PATIENCE_US <= now_us))
		return false;
	place_packet(lane, w, sound);
	free(w);
	lane->count--;
	memmove(&lane->waiting[0], &lane->waiting[1],
	    lane->count * sizeof *lane->waiting);
	return true;
}
