/* SPDX-License-Identifier: ISC */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "mem.h"
#include "rtp_lane.h"
#include "streams.h"
#include "streams_cache.h"
#include "tape.h"

enum {
	RING_S = 10,  /* seconds of sound in the ring */
	FEW = 15,     /* packets, 0.3 s, that may be of an unsupported codec */
	HOLES = 65536 /* the most that are stored */
};
/* Packets that are late by this are still put in their place. */
#define DELAY_US (INT64_C(5000) * 1000)
/* Lanes with waiting packets are checked at this interval. */
#define STEP_US (INT64_C(100) * 1000)
/* A lane is closed if no packet came for this time. */
#define IDLE_US (INT64_C(60) * 1000000)
/* A longer capture has a wrong time. */
#define SPAN_US (INT64_C(48) * 3600 * 1000000)

struct capture {
	const struct streams *s;
	struct tape *tape;
	struct lane **lane; /* for each stream; NULL: closed */
	bool *pick;         /* for each stream: is it read? */
	int parts;          /* number of parties that are mixed */
	unsigned rate;
	int64_t zero_us; /* time of sample 0, relative to the survey's base */
	int64_t samples;
	int64_t now_us, drained_us;
	size_t *open; /* the streams with an open lane */
	size_t opened;
	struct rtp next; /* the next packet, until there is room for it */
	size_t next_stream;
	int64_t next_us;
	bool has_next, ended;
	float *ring; /* of `room` samples, the first is sample `given` */
	size_t room;
	int64_t given, end;
	struct capture_counts counts;
	struct capture_hole *hole;
	size_t holes;
};

int
capture_is(int fd)
{
	return tape_is(fd);
}

/* Refuses a stream of this kind, with the name of the codec. */
static int
refuse_kind(
    const struct stream *s, const struct stream_kind *k, struct why *why)
{
	char name[40], to[PACKET_END_SIZE];
	const char *library = NULL;
	bool reads = codec_reads(&k->payload, &library);

	(void)payload_name(&k->payload, name);
	(void)packet_end_text(&s->path.to, to);
	if (reads && stream_is_secure(k))
		return why_set(why,
		    "SRTP: the %s to %s is encrypted; let rtpengine decrypt "
		    "it, or record where the media are not encrypted",
		    name, to);
	if (library)
		return why_set(why,
		    "%s (payload type %d) to %s: this build has no %s; build "
		    "rectools where it is installed",
		    name, k->payload.type, to, library);
	if (k->payload.kind == PAYLOAD_UNKNOWN)
		return why_set(why,
		    "payload type %d to %s is of an unknown codec; payloads = "
		    "%d=opus/48000/2 in the [leg] names it",
		    k->payload.type, to, k->payload.type);
	return why_set(why,
	    "%s (payload type %d) to %s is not supported; save it as WAV "
	    "(Wireshark:"
	    " Telephony, RTP, RTP Player, Export) and name that as the leg",
	    name, k->payload.type, to);
}

static bool
is_readable(const struct stream_kind *k)
{
	return codec_reads(&k->payload, NULL) && !stream_is_secure(k);
}

/* A few packets of another codec are counted; more of them are refused. */
static int
check_stream(struct capture *c, const struct stream *s, struct why *why)
{
	char to[PACKET_END_SIZE];

	if (s->clipped > FEW || s->clipped * 2 > s->packets)
		return why_set(why,
		    "the packets to %s are cut off in the capture; tcpdump "
		    "-s 0 keeps them whole",
		    packet_end_text(&s->path.to, to));
	for (size_t i = 0; i < s->kinds; i++) {
		const struct stream_kind *k = &s->kind[i];

		if (k->payload.kind == PAYLOAD_QUIET ||
		    k->payload.kind == PAYLOAD_VIDEO || is_readable(k))
			continue;
		if (k->packets > FEW || k->packets * 2 > s->packets)
			return refuse_kind(s, k, why);
		c->counts.unread += k->packets;
	}
	return 0;
}

static void
note_stream(struct capture *c, const struct stream *s)
{
	for (size_t i = 0; i < s->kinds; i++)
		if (is_readable(&s->kind[i]) &&
		    codec_rate(&s->kind[i].payload) > c->rate)
			c->rate = codec_rate(&s->kind[i].payload);
	c->counts.packets += s->packets - s->clipped;
	c->counts.late += s->late;
	c->counts.doubled += s->doubled;
}

static int
no_stream(
    const struct capture *c, const struct capture_how *how, struct why *why)
{
	if (c->s->count == 0 && c->s->clipped)
		return why_set(why,
		    "a capture of packets that are cut off; tcpdump -s 0 "
		    "keeps them whole");
	if (c->s->count == 0)
		return why_set(why, "empty: a capture without RTP in it");
	if (how->streams)
		return why_set(why,
		    "a capture without a stream that matches '%.120s'",
		    how->streams);
	return why_set(why, "a capture of %zu parties: no number %d",
	    c->s->parties, how->party);
}

/* The number of calls of the parties, if there is SIP. */
static int
calls_of(const struct streams *s)
{
	int calls = 0, last = -1;

	for (size_t i = 0; i < s->parties; i++)
		if (s->party[i].call >= 0 && s->party[i].call != last) {
			last = s->party[i].call;
			calls++;
		}
	return calls;
}

static bool
is_same_end(const struct packet_end *a, const struct packet_end *b)
{
	return memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* See capture_counts. */
static bool
is_relayed(const struct streams *s, int party)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->count; k++) {
			const struct stream *x = &s->stream[i];
			const struct stream *y = &s->stream[k];

			if (x->party == party && x->call < 0 && y->party >= 0 &&
			    y->party != party &&
			    is_same_end(&x->path.from, &y->path.to) &&
			    !is_same_end(&x->path.to, &y->path.from))
				return true;
		}
	return false;
}

/* Selects the streams to read. 0, or -1 with why. */
static int
choose_streams(
    struct capture *c, const struct capture_how *how, struct why *why)
{
	const struct streams *s = c->s;
	bool any = false;

	c->pick = mem_alloc(s->count + 1);
	c->parts = how->streams || how->party ? 1 : (int)s->parties;
	if (how->streams && streams_pick(s, how->streams, c->pick, why) != 0)
		return -1;
	if (c->parts > 1 && calls_of(s) > 1)
		return why_set(why,
		    "a capture of %d calls; recpolicy --from pcap makes a "
		    "call file of each",
		    calls_of(s));
	for (size_t i = 0; i < s->count; i++) {
		const struct stream *x = &s->stream[i];

		if (how->streams)
			c->pick[i] = c->pick[i] && !x->copy;
		else
			c->pick[i] =
			    x->party >= 0 &&
			    (how->party == 0 || x->party == how->party - 1);
		if (!c->pick[i])
			continue;
		any = true;
		if (check_stream(c, x, why) != 0)
			return -1;
	}
	for (size_t i = 0; i < s->count; i++)
		if (c->pick[i])
			note_stream(c, &s->stream[i]);
	c->counts.relayed =
	    !how->streams && how->party > 0 && is_relayed(s, how->party - 1);
	return any ? 0 : no_stream(c, how, why);
}

/* When the sound of a stream begins and ends, relative to the base. */
static void
stream_span(const struct stream *x, double *from, double *to)
{
	for (size_t k = 0; k < x->clocks; k++)
		for (size_t i = 0; i < x->clock[k].runs; i++) {
			const struct clock_run *r = &x->clock[k].run[i];
			double a = clock_at(&x->clock[k], i, r->from);
			double b =
			    clock_at(&x->clock[k], i, r->to + x->tail[k]);

			*from = a < *from ? a : *from;
			*to = b > *to ? b : *to;
		}
}

/* Finds sample 0 and the number of samples. */
static int
measure_capture(struct capture *c, bool picked, struct why *why)
{
	double all = 1e18, from = 1e18, to = -1e18, rest = -1e18;

	for (size_t i = 0; i < c->s->count; i++) {
		const struct stream *x = &c->s->stream[i];

		if (x->party >= 0)
			stream_span(x, &all, &rest);
		if (c->pick[i])
			stream_span(x, &from, &to);
	}
	if (!picked && all < from)
		from = all;
	if (to <= from)
		return why_set(why, "empty: a capture without sound in it");
	if (to - from > (double)SPAN_US)
		return why_set(
		    why, "a capture whose times are more than 48 hours apart");
	c->zero_us = (int64_t)from - (from < 0);
	c->samples = (int64_t)((to - (double)c->zero_us) * c->rate / 1e6 + 0.5);
	return 0;
}

struct capture *
capture_open(int fd, const struct capture_how *how, struct why *why)
{
	struct capture *c = mem_alloc(sizeof *c);

	c->s = streams_cache_get(fd, how->payloads, why);
	if (!c->s || choose_streams(c, how, why) != 0 ||
	    measure_capture(c, how->streams != NULL, why) != 0 ||
	    !(c->tape = tape_open(fd, c->s->sort, why))) {
		capture_close(c);
		return NULL;
	}
	c->lane = mem_alloc((c->s->count + 1) * sizeof *c->lane);
	c->open = mem_alloc((c->s->count + 1) * sizeof *c->open);
	c->room = (size_t)c->rate * RING_S;
	c->ring = mem_alloc(c->room * sizeof *c->ring);
	c->now_us = c->drained_us = INT64_MIN / 4;
	c->counts.torn = c->s->torn;
	c->counts.back_us = c->s->back_us;
	c->counts.untimed = c->s->untimed;
	return c;
}

void
capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->s && c->lane && i < c->s->count; i++)
		lane_free(c->lane[i]);
	tape_close(c->tape);
	streams_cache_put(c->s);
	free(c->lane);
	free(c->pick);
	free(c->open);
	free(c->ring);
	free(c->hole);
	free(c);
}

int
capture_parties(const struct capture *c)
{
	return (int)c->s->parties;
}

unsigned
capture_rate(const struct capture *c)
{
	return c->rate;
}

int64_t
capture_samples(const struct capture *c)
{
	return c->samples;
}

int64_t
capture_began_us(const struct capture *c)
{
	return c->s->base_us + c->zero_us;
}

void
capture_counts(const struct capture *c, struct capture_counts *counts)
{
	*counts = c->counts;
}

size_t
capture_holes(const struct capture *c, const struct capture_hole **holes)
{
	*holes = c->hole;
	return c->holes;
}

/* A sender that moves to another socket, and may come back, continues its
 * numbers: the last `count` numbers up to this one are not lost. */
static void
skip_elsewhere(struct capture *c, size_t stream, uint16_t sequence, int count)
{
	const struct stream *s = &c->s->stream[stream];

	for (size_t k = 0; k < c->opened; k++) {
		const struct stream *x = &c->s->stream[c->open[k]];
		struct lane *lane = c->lane[c->open[k]];

		if (x == s || x->ssrc != s->ssrc || x->party != s->party)
			continue;
		for (int i = 0; lane && i < count; i++)
			lane_skip(lane, (uint16_t)(sequence - i));
	}
}

static void
note_hole(struct capture *c, size_t stream, const struct lane_sound *sound)
{
	if (sound->lost > 0)
		skip_elsewhere(
		    c, stream, (uint16_t)(sound->sequence - 1), sound->gap);
	c->counts.lost += sound->lost;
	c->counts.hole_smp += sound->hole;
	if (sound->hole == 0 || c->holes == HOLES)
		return;
	if ((c->holes & (c->holes - 1)) == 0)
		c->hole = mem_resize(
		    c->hole, c->holes ? c->holes * 2 : 1, sizeof *c->hole);
	c->hole[c->holes++] =
	    (struct capture_hole){sound->at - sound->hole, sound->hole};
}

/* Adds a packet's sound to that of the others. */
static void
add_lane_sound(struct capture *c, size_t stream, const struct lane_sound *sound)
{
	int64_t at = sound->at - c->given;
	size_t from = 0, n = sound->count, into;

	note_hole(c, stream, sound);
	if (at < 0) {
		from = (size_t)-at < n ? (size_t)-at : n;
		c->counts.cut_smp += (int64_t)from;
	}
	if (at + (int64_t)n > (int64_t)c->room) {
		size_t fits = at > (int64_t)c->room
				  ? 0
				  : c->room - (size_t)(at > 0 ? at : 0);
		size_t most = at < 0 ? from + fits : fits;

		c->counts.cut_smp += (int64_t)(n - (n < most ? n : most));
		n = n < most ? n : most;
	}
	if (from >= n)
		return;
	into = (size_t)((sound->at + (int64_t)from) % (int64_t)c->room);
	for (size_t i = from; i < n; i++) {
		c->ring[into++] += sound->block[i];
		into = into == c->room ? 0 : into;
	}
}

/*
 * Adds the packets of a lane that are due; closes a lane that ended long ago.
 */
static void
drain(struct capture *c, size_t i, bool all)
{
	struct lane_sound sound;
	int64_t last_us = c->s->stream[i].last_us - c->s->base_us;

	if (!c->lane[i])
		return;
	while (lane_next(c->lane[i], c->now_us, all, &sound))
		add_lane_sound(c, i, &sound);
	if (all || last_us + IDLE_US < c->now_us) {
		lane_free(c->lane[i]);
		c->lane[i] = NULL;
	}
}

static void
drain_all(struct capture *c, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < c->opened; i++) {
		drain(c, c->open[i], all);
		if (c->lane[c->open[i]])
			c->open[kept++] = c->open[i];
	}
	c->opened = kept;
	c->drained_us = c->now_us;
}

/* Up to this sample nothing can be added any more. */
static int64_t
given_until(const struct capture *c)
{
	double us = (double)(c->now_us - DELAY_US - c->zero_us);

	if (c->ended || us * c->rate / 1e6 > (double)c->samples)
		return c->samples;
	return us > 0 ? (int64_t)(us * c->rate / 1e6) : 0;
}

/* Reads the next packet of the selected streams into c->next. */
static int
advance(struct capture *c, struct why *why)
{
	struct packet p;
	struct stream *s;
	int got;

	while ((got = tape_next(c->tape, &p, why)) > 0) {
		if (p.tcp || p.clipped ||
		    !rtp_parse(p.payload, p.bytes, false, &c->next) ||
		    !(s = streams_find(c->s, &p, &c->next)) ||
		    !c->pick[s - c->s->stream])
			continue;
		c->next_stream = (size_t)(s - c->s->stream);
		c->next_us = p.at_us - c->s->base_us;
		c->has_next = true;
		if (c->next_us > c->now_us)
			c->now_us = c->next_us;
		if (c->now_us - c->drained_us > STEP_US)
			drain_all(c, false);
		return 0;
	}
	if (got < 0)
		return -1;
	c->ended = true;
	drain_all(c, true);
	return 0;
}

static void
put_next(struct capture *c)
{
	size_t i = c->next_stream;

	c->has_next = false;
	if (!c->lane[i]) {
		c->lane[i] = lane_new(&c->s->stream[i], c->rate, c->zero_us);
		c->open[c->opened++] = i;
	}
	lane_put(c->lane[i], &c->next, c->next_us);
	skip_elsewhere(c, i, c->next.sequence, 1);
	while (true) {
		struct lane_sound sound;

		if (!lane_next(c->lane[i], c->now_us, false, &sound))
			break;
		add_lane_sound(c, i, &sound);
	}
}

/* Copies samples out of the ring and clears them. */
static size_t
give_sound(struct capture *c, float *out, size_t most)
{
	size_t at = (size_t)(c->given % (int64_t)c->room);
	size_t n = c->room - at < most ? c->room - at : most;

	for (size_t i = 0; i < n && c->parts > 1; i++)
		c->ring[at + i] /= (float)c->parts;
	memcpy(out, c->ring + at, n * sizeof *out);
	memset(c->ring + at, 0, n * sizeof *out);
	c->given += (int64_t)n;
	return n;
}

ssize_t
capture_read(struct capture *c, float *out, size_t count, struct why *why)
{
	size_t n = 0;

	while (n < count) {
		int64_t until = given_until(c) - c->given;

		if (until > 0) {
			size_t most = count - n;
			if ((int64_t)most > until)
				most = (size_t)until;
			n += give_sound(c, out + n, most);
		} else if (c->has_next) {
			put_next(c);
		} else if (c->ended) {
			break;
		} else if (advance(c, why) != 0) {
			return -1;
		}
	}
	return (ssize_t)n;
}
