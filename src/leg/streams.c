/* SPDX-License-Identifier: ISC */
#include "streams.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"
#include "mem.h"
#include "secure.h"
#include "tape.h"

enum {
	AGREE = 3,       /* packets in a row that make a stream */
	SLOTS = 8192,    /* size of the table of streams, above STREAMS_MOST */
	RING = 4096,     /* payloads that are stored */
	STEP_MOST = 100, /* most packets lost in a row among these */
	SURE = 10,       /* packets that prove it */
	FORWARD_US = 1000000 /* a media server needs less */
};
#define IDLE_US (INT64_C(5) * 1000000)

struct seen_payload {
	uint64_t hash;
	size_t stream;
	int64_t at_us;
};

struct streams_survey {
	struct streams *s;
	struct seen_payload *ring;
	struct disorder disorder;
	bool full, listens;
};

static size_t
path_hash(const struct packet_path *p, uint32_t ssrc)
{
	uint64_t h = ssrc * UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < 16; i++)
		h = (h ^ p->from.address[i] ^ (uint64_t)p->to.address[i] << 8) *
		    1099511628211u;
	h = (h ^ p->from.port ^ (uint64_t)p->to.port << 16) * 1099511628211u;
	return (size_t)(h ^ h >> 29);
}

static size_t
slot_of_stream(
    const struct streams *s, const struct packet_path *path, uint32_t ssrc)
{
	size_t at = path_hash(path, ssrc) % SLOTS;

	while (s->slot[at]) {
		const struct stream *x = &s->stream[s->slot[at] - 1];
		if (x->ssrc == ssrc && packet_path_same(&x->path, path))
			break;
		at = (at + 1) % SLOTS;
	}
	return at;
}

struct stream *
streams_find(
    const struct streams *s, const struct packet *p, const struct rtp *r)
{
	size_t i = s->slot[slot_of_stream(s, &p->path, r->ssrc)];

	return i > 0 ? &s->stream[i - 1] : NULL;
}

static void
fill_slots(struct streams *s)
{
	memset(s->slot, 0, SLOTS * sizeof *s->slot);
	for (size_t i = 0; i < s->count; i++) {
		const struct stream *x = &s->stream[i];
		s->slot[slot_of_stream(s, &x->path, x->ssrc)] =
		    (unsigned short)(i + 1);
	}
}

static void
stream_clear(struct stream *s)
{
	for (size_t i = 0; i < s->clocks; i++)
		clock_free(&s->clock[i]);
}

/* Packets of another protocol look like streams that do not continue. */
static void
drop_idle(struct streams_survey *v, int64_t now_us)
{
	struct streams *s = v->s;
	size_t kept = 0;

	for (size_t i = 0; s->stream && i < s->count; i++) {
		struct stream *x = &s->stream[i];

		if (x->agreed >= AGREE || x->last_us + IDLE_US > now_us)
			s->stream[kept++] = *x;
		else
			stream_clear(x);
	}
	s->count = kept;
	fill_slots(s);
	memset(v->ring, 0, RING * sizeof *v->ring);
	for (size_t i = 0; i < kept; i++)
		s->stream[i].twins = 0;
}

/* 0: not at this time, 1: a moment before or after, 2: within the call. */
static int
call_at(const struct sip_call *c, int64_t us)
{
	bool before = !c->joined && us < c->began_us;
	bool after = c->end_us && us > c->end_us;

	if ((before && us < c->began_us - IDLE_US) ||
	    (after && us > c->end_us + IDLE_US))
		return 0;
	return before || after ? 1 : 2;
}

/*
 * The SDP of the socket to which a stream goes, or else of its sender. Calls
 * that follow each other may have the same sockets.
 */
static const struct sip_media *
media_of(const struct streams *s, const struct packet_path *path, int64_t us,
    int *call)
{
	const struct sip_media *found = NULL;
	int best = 0;

	for (size_t i = 0; i < s->sip.calls; i++) {
		const struct sip_call *c = &s->sip.call[i];
		int at = call_at(c, us);

		for (size_t k = 0; k < c->medias && at > 0; k++) {
			const struct sip_media *m = &c->media[k];
			int fit =
			    packet_end_same(&m->sdp.at, &path->to)
				? 2
				: packet_end_same(&m->sdp.at, &path->from);
			if (fit > 0 && 2 * fit + at >= best) {
				best = 2 * fit + at;
				found = m;
				*call = (int)i;
			}
		}
	}
	return found;
}

static struct stream *
new_stream(
    struct streams_survey *v, const struct packet *p, const struct rtp *r)
{
	struct streams *s = v->s;
	const struct sip_media *m;
	struct stream *new;

	if (s->count == STREAMS_MOST)
		drop_idle(v, p->at_us);
	if (s->count == STREAMS_MOST) {
		v->full = true;
		return NULL;
	}
	if (!s->stream || (s->count & (s->count - 1)) == 0)
		s->stream = mem_resize(
		    s->stream, s->count ? s->count * 2 : 1, sizeof *s->stream);
	new = &s->stream[s->count++];
	*new = (struct stream){.path = p->path,
	    .ssrc = r->ssrc,
	    .first_us = p->at_us,
	    .party = -1,
	    .call = -1,
	    .map = &s->map};
	s->slot[slot_of_stream(s, &p->path, r->ssrc)] =
	    (unsigned short)s->count;
	/* While SIP is read, its media can move in memory. */
	m = v->listens ? NULL : media_of(s, &p->path, p->at_us, &new->call);
	if (!m)
		return new;
	new->line = m->line;
	new->side = packet_end_same(&m->sdp.at, &p->path.to)
			? (m->author == SIP_CALLER ? SIP_CALLEE : SIP_CALLER)
			: m->author;
	if (s->map.count == 0)
		new->map = &m->sdp.map;
	return new;
}

struct stream_kind *
stream_kind_of(struct stream *s, int type)
{
	for (size_t i = 0; i < s->kinds; i++)
		if (s->kind[i].payload.type == type)
			return &s->kind[i];
	return NULL;
}

int
stream_clock_of(const struct stream *s, unsigned hz)
{
	for (size_t i = 0; i < s->clocks; i++)
		if (s->clock[i].hz == hz)
			return (int)i;
	return -1;
}

static enum numbers_is
count_sequence(struct stream *s, const struct rtp *r, unsigned hz, int64_t us)
{
	int16_t step = (int16_t)(r->sequence - s->numbers.newest);
	enum numbers_is is = numbers_take(
	    &s->numbers, &(struct numbers_packet){r->sequence, r->timestamp,
			     (uint32_t)rtp_hash(r), hz, us});

	if (is == NUMBERS_AGAIN) {
		s->doubled++;
		return is;
	}
	s->late += is == NUMBERS_LATE;
	s->packets++;
	if (s->agreed < AGREE)
		s->agreed = s->agreed > 0 && step > 0 && step < STEP_MOST
				? s->agreed + 1
				: 1;
	return is;
}

/* Counts if the time since the previous packet is its duration at another usual
 * rate. */
static void
count_odd(struct stream *s, struct stream_kind *k, int64_t step)
{
	static const unsigned rates[] = {8000, 16000, 24000, 48000};

	if (s->ticks <= 0 || step <= 0)
		return;
	k->steps++;
	if (step == s->ticks)
		return;
	for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
		if (step * k->payload.hz == (int64_t)s->ticks * rates[i] &&
		    rates[i] != k->payload.hz) {
			k->odd = k->odd_hz == rates[i] ? k->odd + 1 : 1;
			k->odd_hz = rates[i];
		}
}

static void
count_kind(struct stream *s, struct stream_kind *k, const struct packet *p,
    const struct rtp *r, bool follows)
{
	int64_t step = (int32_t)(r->timestamp - s->stamp);
	unsigned head = r->payload[0];
	size_t want;

	if (k->packets++ == 0)
		k->first_us = p->at_us;
	k->last_us = p->at_us;
	k->heads[head / 64] |= UINT64_C(1) << head % 64;
	k->head_others += head >> 4 != 0xD;
	k->bytes += r->bytes;
	if (r->bytes > k->most_bytes)
		k->most_bytes = r->bytes;
	if (!follows)
		return;
	k->still += step == 0;
	count_odd(s, k, step);
	want = step > 0 && step <= 4800 ? payload_bytes(&k->payload, step) : 0;
	if (want == 0)
		return;
	secure_count_length(k, s->bytes, want);
}

static void
count_sending(struct stream *s, const struct stream_kind *k,
    const struct packet *p, const struct rtp *r)
{
	int ticks = payload_ticks(&k->payload, r->payload, r->bytes);

	if (ticks > 0 && k->payload.hz > 0)
		sending_take(
		    &s->sending, &(struct sending_packet){p->at_us,
				     r->timestamp, k->payload.hz, ticks,
				     payload_late_us(&k->payload, ticks)});
}

/* Silence of G.711 is the same everywhere and identifies nothing. */
static bool
is_plain_rtp(const struct rtp *r)
{
	size_t changes = 0;

	for (size_t i = 1; i < r->bytes; i++)
		changes += r->payload[i] != r->payload[i - 1];
	return changes < 6;
}

/* Looks for the same payload in another stream a moment before: a copy. */
static void
look_for_twin(struct streams_survey *v, struct stream *s,
    const struct packet *p, const struct rtp *r)
{
	size_t index = (size_t)(s - v->s->stream);
	uint64_t hash;
	struct seen_payload *e;

	if (is_plain_rtp(r))
		return;
	hash = rtp_hash(r);
	e = &v->ring[hash % RING];
	s->marked++;
	if (e->hash != hash || e->stream >= v->s->count ||
	    llabs(p->at_us - e->at_us) > FORWARD_US) {
		*e = (struct seen_payload){hash, index, p->at_us};
		return;
	}
	if (e->stream == index)
		return;
	/* The majority vote of Boyer and Moore. */
	if (s->twins == 0)
		s->twin = e->stream;
	s->twins += s->twin == e->stream ? 1 : -1;
}

static struct stream_kind *
kind_for(struct streams_survey *v, struct stream *s, const struct rtp *r)
{
	struct stream_kind *k = stream_kind_of(s, r->type);

	if (k || s->kinds == STREAM_KINDS)
		return k;
	k = &s->kind[s->kinds++];
	k->payload = payload_of(s->map, r->type);
	for (size_t i = 0; i < v->s->fixes; i++) {
		const struct stream_fix *f = &v->s->fix[i];
		if (f->ssrc != s->ssrc || !packet_path_same(&f->path, &s->path))
			continue;
		if (f->at_once)
			k->payload.at_once = true;
		else if (f->type == r->type)
			k->payload.hz = f->hz;
	}
	return k;
}

static void
add_clock(struct stream *s, const struct stream_kind *k, const struct rtp *r,
    int64_t us, enum numbers_is is)
{
	int c = stream_clock_of(s, k->payload.hz);

	if (c < 0 && s->clocks == STREAM_CLOCKS)
		return;
	if (c < 0) {
		c = (int)s->clocks++;
		clock_begin(&s->clock[c], k->payload.hz);
	}
	s->tail[c] = payload_ticks(&k->payload, r->payload, r->bytes);
	us -= payload_late_us(&k->payload, (int)s->tail[c]);
	if (is == NUMBERS_LATE)
		clock_add_late(&s->clock[c], r->timestamp, us);
	else if (is == NUMBERS_RESTART)
		clock_add_again(&s->clock[c], r->timestamp, us);
	else
		clock_add(&s->clock[c], r->timestamp, us);
}

static void
take_rtp(struct streams_survey *v, const struct packet *p, const struct rtp *r)
{
	struct stream *s = streams_find(v->s, p, r);
	struct stream_kind *k;
	enum numbers_is is;
	bool follows;

	if (!s)
		s = new_stream(v, p, r);
	if (!s)
		return;
	follows =
	    s->packets > 0 && (uint16_t)(s->numbers.newest + 1) == r->sequence;
	s->last_us = p->at_us;
	k = kind_for(v, s, r);
	is = count_sequence(s, r, k ? k->payload.hz : 0, p->file_us);
	if (k)
		disorder_stream(&v->disorder, &s->mark, p->file_us,
		    r->timestamp, k->payload.hz, is == NUMBERS_NEXT);
	if (is == NUMBERS_RESTART)
		s->mark.any = false;
	if (is == NUMBERS_AGAIN || !k)
		return;
	if (p->clipped) {
		s->clipped++;
		return;
	}
	count_kind(s, k, p, r, follows);
	secure_count_bytes(s, k, r);
	if (is == NUMBERS_NEXT && payload_is_sound(&k->payload))
		count_sending(s, k, p, r);
	s->stamp = r->timestamp;
	s->bytes = r->bytes;
	s->ticks = payload_ticks(&k->payload, r->payload, r->bytes);
	if (!payload_is_sound(&k->payload))
		return;
	add_clock(s, k, r, p->at_us - v->s->base_us, is);
	look_for_twin(v, s, p, r);
}

/* One pass over the file. sip: reads SIP, otherwise it is known already. */
static int
pass(struct streams_survey *v, int fd, bool sip, struct why *why)
{
	struct streams *s = v->s;
	struct tape *t = tape_open(fd, s->sort, why);
	struct packet p;
	struct rtp r;
	int got;

	if (!t)
		return -1;
	v->listens = sip;
	while ((got = tape_next(t, &p, why)) > 0) {
		if (s->base_us == 0)
			s->base_us = p.at_us;
		disorder_time(&v->disorder, p.file_us);
		if (!p.tcp && rtp_parse(p.payload, p.bytes, p.clipped, &r))
			take_rtp(v, &p, &r);
		else if (sip && !p.clipped)
			sip_take(&s->sip, &p);
	}
	s->torn = tape_is_torn(t);
	s->clipped = tape_is_clipped(t);
	s->back_us = tape_back_us(t);
	s->untimed = tape_untimed(t);
	tape_close(t);
	if (got == 0 && v->full)
		return why_set(why,
		    "a capture of more than %d streams: split it",
		    STREAMS_MOST);
	return got;
}

/* Finds the codec of types without a name by their packets. */
static void
guess(struct stream_kind *k)
{
	if (k->payload.kind != PAYLOAD_UNKNOWN)
		return;
	if (k->payload.type >= 96 && k->most_bytes == 4)
		k->payload.kind = PAYLOAD_QUIET; /* RFC 4733 */
	else if (k->still * 3 > k->packets && k->most_bytes > 300)
		k->payload.kind = PAYLOAD_VIDEO;
}

bool
stream_is_sound(const struct stream *s)
{
	for (size_t i = 0; i < s->kinds; i++)
		if (s->kind[i].payload.kind != PAYLOAD_QUIET &&
		    s->kind[i].payload.kind != PAYLOAD_VIDEO)
			return true;
	return false;
}

/* Drops streams that never agreed or are not sound. */
static void
settle_streams(struct streams *s)
{
	size_t *now = mem_alloc((s->count + 1) * sizeof *now), kept = 0;

	for (size_t i = 0; s->stream && i < s->count; i++) {
		struct stream *x = &s->stream[i];

		secure_close(x);
		for (size_t k = 0; k < x->kinds; k++)
			guess(&x->kind[k]);
		for (size_t k = 0; k < x->clocks; k++)
			clock_fit(&x->clock[k]);
		now[i] = SIZE_MAX;
		if (x->agreed < AGREE || !stream_is_sound(x)) {
			stream_clear(x);
			continue;
		}
		now[i] = kept;
		s->stream[kept++] = *x;
	}
	for (size_t i = 0; i < kept; i++) {
		size_t twin = now[s->stream[i].twin];
		if (s->stream[i].twins == 0 || twin == SIZE_MAX)
			s->stream[i].twins = 0;
		s->stream[i].twin = twin;
	}
	s->count = kept;
	fill_slots(s);
	free(now);
}

static void
forget_streams(struct streams *s)
{
	for (size_t i = 0; i < s->count; i++)
		stream_clear(&s->stream[i]);
	s->count = 0;
}

static int
again(struct streams_survey *v, int fd, bool sip, struct why *why)
{
	forget_streams(v->s);
	fill_slots(v->s);
	memset(v->ring, 0, RING * sizeof *v->ring);
	return pass(v, fd, sip, why);
}

/* Finds senders whose rate differs from that of their codec, and those that do not
 * wait until a packet was spoken; true: there are some. */
static bool
find_fixes(struct streams *s)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->stream[i].kinds; k++) {
			const struct stream *x = &s->stream[i];
			const struct stream_kind *kind = &x->kind[k];

			if (x->agreed < AGREE || kind->odd < SURE ||
			    kind->odd * 4 < kind->steps * 3 ||
			    s->fixes == STREAM_FIXES)
				continue;
			s->fix[s->fixes++] = (struct stream_fix){x->path,
			    x->ssrc, kind->payload.type, kind->odd_hz, false};
		}
	for (size_t i = 0; i < s->count && s->fixes < STREAM_FIXES; i++)
		if (sending_is_at_once(&s->stream[i].sending))
			s->fix[s->fixes++] =
			    (struct stream_fix){.path = s->stream[i].path,
				.ssrc = s->stream[i].ssrc,
				.at_once = true};
	return s->fixes > 0;
}

int
streams_survey(struct streams *s, int fd, const char *payloads, struct why *why)
{
	struct streams_survey v = {
	    .s = s, .ring = mem_alloc(RING * sizeof *v.ring)};
	int bad;

	*s = (struct streams){.slot = mem_alloc(SLOTS * sizeof *s->slot)};
	bad = payloads ? payload_parse(&s->map, payloads, why) : 0;
	if (bad == 0)
		bad = pass(&v, fd, true, why);
	if (bad == 0 && disorder_found(&v.disorder)) {
		s->sort = true;
		s->base_us = 0;
		sip_free(&s->sip);
		bad = again(&v, fd, true, why);
	}
	/* SDP may come after the first packets of its streams. */
	if (bad == 0 && s->sip.calls > 0)
		bad = again(&v, fd, false, why);
	if (bad == 0 && find_fixes(s))
		bad = again(&v, fd, false, why);
	free(v.ring);
	if (bad == 0) {
		settle_streams(s);
		streams_assign(s);
		return 0;
	}
	return -1;
}

void
streams_free(struct streams *s)
{
	forget_streams(s);
	sip_free(&s->sip);
	free(s->stream);
	free(s->slot);
	free(s->party);
	free(s->joined);
	*s = (struct streams){0};
}
