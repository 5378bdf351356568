/* SPDX-License-Identifier: ISC */
#include "capture.h"

#include <arpa/inet.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "mem.h"

/*
 * Random calls, written as captures: who sent what when is known, and each
 * packet must be heard within 20 ms of that, once, on its side.
 */
enum {
	FRAME = 160,
	RATE = 8000,
	PARTIES = 2,
	CALLS = 60,
	NEAR = 160,
	FORKED = 100000
};

static uint64_t state;

static uint32_t
draw(void)
{
	state = state * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)(state >> 33);
}

static double
uniform(double low, double high)
{
	return low + (high - low) * draw() / 2147483648.0;
}

static bool
chance(double p)
{
	return uniform(0, 1) < p;
}

struct sent {
	char *text;               /* of SIP, or NULL: RTP */
	double sent_s, arrives_s; /* the truth, and what the capture says */
	uint32_t stamp, ssrc;
	uint16_t sequence, from, to;
	int party, frame, fork;
	int group; /* begins with each source, port and hold */
	bool lost;
};

struct call {
	struct sent *packet;
	size_t count, room;
	bool sip; /* which tells who is who */
	char words[PARTIES][2000];
};

/* The network and the telephone of one party. */
struct phone {
	double ppm, jitter_s, loss, twice, late, early;
	double change; /* of everything that can change, for each frame */
	uint32_t stamp, ssrc;
	uint16_t sequence, from, to;
	int fresh; /* packets since the source began */
	int group, fork;
	double now_s;
};

static int16_t
sound(int party, int frame, int i)
{
	/* Noise below 2 kHz or so, so that a shift of a sample is no loss. */
	double sum = 0;

	for (int k = 0; k < 4; k++) {
		uint64_t h = ((uint64_t)party << 40 | (uint64_t)frame << 12) +
			     (uint64_t)(i + k) + 1;
		h *= UINT64_C(0x9e3779b97f4a7c15);
		h ^= h >> 31;
		h *= UINT64_C(0xbf58476d1ce4e5b9);
		sum += (double)(h >> 40) / (1 << 24) - 0.5;
	}
	/* Above 2 kHz: it is told from the others at the same time. */
	if (frame >= FORKED && i % 2)
		sum = -sum;
	return (int16_t)(sum * 8000);
}

/* ITU-T G.711. */
static unsigned char
mu_law(int x)
{
	int sign = x < 0 ? 0x80 : 0, exponent = 7;

	x = (x < 0 ? -x : x) + 132;
	x = x > 32767 ? 32767 : x;
	while (exponent > 0 && !(x & 0x80 << exponent))
		exponent--;
	return (unsigned char)~(
	    sign | exponent << 4 | (x >> (exponent + 3) & 15));
}

static void
add_packet(struct call *c, const struct sent *p)
{
	if (c->count == c->room) {
		c->room = c->room ? c->room * 2 : 1024;
		c->packet = mem_resize(c->packet, c->room, sizeof *p);
	}
	c->packet[c->count++] = *p;
}

static void
name_port(struct call *c, int party, const struct phone *ph)
{
	size_t n = strlen(c->words[party]);

	(void)snprintf(c->words[party] + n, sizeof c->words[party] - n,
	    "%s>:%u", n ? " " : "", ph->to);
}

static void
new_source(struct phone *ph)
{
	ph->ssrc = draw();
	ph->stamp = draw() * 2;
	ph->sequence = (uint16_t)draw();
	ph->fresh = 0;
}

static const char *
address(const struct call *c, int party, int fork)
{
	static const char *const of[] = {
	    "192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.16"};

	return of[party < 0 ? 4 : party + (c->sip ? fork : 0)];
}

/* The address at which the author wants to receive: an offer, or an answer. */
static void
say(struct call *c, int author, int fork, unsigned port, double at_s,
    bool answers)
{
	const char *host = address(c, author, fork);
	struct sent p = {.party = author, .sent_s = at_s, .arrives_s = at_s};

	if (!c->sip)
		return;
	if (asprintf(&p.text,
		"%s\r\nCall-ID: one@x\r\nFrom: <sip:%s@x>;tag=%s\r\n"
		"To: <sip:%s@x>;tag=%s%d\r\nCSeq: 1 INVITE\r\n\r\nv=0\r\n"
		"c=IN IP4 %s\r\nt=0 0\r\nm=audio %u RTP/AVP 0\r\n",
		answers ? "SIP/2.0 200 OK" : "INVITE sip:x SIP/2.0",
		answers || author == 0 ? "alice" : "bob",
		answers || author == 0 ? "a" : "b",
		answers || author == 0 ? "bob" : "alice",
		answers || author == 0 ? "b" : "a", fork, host, port) < 0)
		abort();
	add_packet(c, &p);
}

/* What happens between two frames; the silence that it brings, in frames. */
static int
happen(struct call *c, int party, struct phone *ph)
{
	int gap = 0;

	if (!chance(ph->change))
		return 0;
	ph->group++;
	switch (draw() % 7) {
	case 0: /* a re-offer: other ports */
		ph->from += 2;
		ph->to += 2;
		name_port(c, party, ph);
		say(c, 1 - party, 0, ph->to, ph->now_s, false);
		break;
	case 1: /* the NAT in between forgot it */
		ph->from += 2;
		break;
	case 2: /* another source */
		new_source(ph);
		break;
	case 3: /* silence is suppressed */
		gap = (int)(draw() % 150);
		ph->stamp += (uint32_t)gap * FRAME;
		break;
	case 4: /* a hold in which the clock stands still, or goes on */
		gap = 60 + (int)(draw() % 400);
		if (chance(0.5))
			ph->stamp += (uint32_t)gap * FRAME;
		break;
	case 5: /* another telephone answers, too, and this one is quiet */
		if (party == 0 || ph->fork > 0)
			break;
		ph->fork = 1;
		ph->from += 100;
		new_source(ph);
		say(c, 1, ph->fork, ph->from, ph->now_s, true);
		gap = 60;
		break;
	default: /* the timestamps begin anew */
		gap = 60 + (int)(draw() % 100);
		ph->stamp = draw() * 2;
	}
	return gap;
}

static void
speak(struct call *c, int party, double seconds)
{
	static const double jitters[] = {0, 0.005, 0.02, 0.06};
	struct phone ph = {.ppm = uniform(-500, 500),
	    .jitter_s = jitters[draw() % 4],
	    .loss = chance(0.5) ? 0.03 : 0,
	    .twice = chance(0.3) ? 0.02 : 0,
	    .late = chance(0.5) ? uniform(0.05, 0.19) : 0,
	    .early = chance(0.5) ? 0.002 : 0,
	    .change = chance(0.8) ? 0.003 : 0,
	    .from = (uint16_t)(40000 + 1000 * party),
	    .to = (uint16_t)(30000 + 1000 * party)};
	double start = uniform(0, 5);
	int position = 0;

	new_source(&ph);
	name_port(c, party, &ph);
	say(c, 1 - party, 0, ph.to, party == 0 ? 0.2 : 0, party == 0);
	for (int frame = 0;; frame++) {
		struct sent p = {.party = party, .frame = frame};
		double speed = 1 + ph.ppm / 1e6;

		ph.now_s = start + position * (double)FRAME / RATE / speed;
		position += happen(c, party, &ph);
		p.sent_s = start + position++ * (double)FRAME / RATE / speed;
		if (p.sent_s > seconds)
			break;
		p.arrives_s = p.sent_s + uniform(0, ph.jitter_s);
		if (ph.fresh++ < 3)
			p.arrives_s += ph.late;
		else if (chance(ph.early))
			p.arrives_s -= 0.056;
		if (chance(0.01) && ph.jitter_s > 0)
			p.arrives_s += 0.045;
		p.stamp = ph.stamp;
		ph.stamp += FRAME;
		p.sequence = ph.sequence++;
		p.ssrc = ph.ssrc;
		p.from = ph.from;
		p.group = ph.group;
		p.fork = ph.fork;
		p.to = ph.to;
		p.lost = chance(ph.loss);
		add_packet(c, &p);
		if (!p.lost && chance(ph.twice)) {
			p.arrives_s += 0.03;
			add_packet(c, &p);
		}
	}
}

/* Another telephone sends to the caller at the same time, for a while. */
static void
fork_too(struct call *c)
{
	struct phone ph = {.from = 45000, .to = 31000};
	double start = uniform(1, 20);
	int frames = 50 + (int)(draw() % 500);

	new_source(&ph);
	say(c, 1, 2, ph.from, start, true);
	for (int k = 0; k < frames; k++) {
		struct sent p = {.party = 1,
		    .frame = FORKED + k,
		    .fork = 2,
		    .group = FORKED,
		    .sent_s = start + k * (double)FRAME / RATE,
		    .stamp = ph.stamp + (uint32_t)k * FRAME,
		    .sequence = ph.sequence++,
		    .ssrc = ph.ssrc,
		    .from = ph.from,
		    .to = ph.to};

		p.arrives_s = p.sent_s + uniform(0, 0.005);
		add_packet(c, &p);
	}
}

static int
by_arrival(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	if (x->arrives_s < y->arrives_s || x->arrives_s > y->arrives_s)
		return x->arrives_s < y->arrives_s ? -1 : 1;
	return x->frame - y->frame;
}

static void
put16(unsigned char *b, unsigned v)
{
	b[0] = (unsigned char)(v >> 8);
	b[1] = (unsigned char)v;
}

static void
put32(unsigned char *b, uint32_t v)
{
	put16(b, v >> 16);
	put16(b + 2, v & 0xffff);
}

static void
write_packet(int fd, const struct call *c, const struct sent *p, double begin_s)
{
	unsigned char b[1500] = {0x45};
	double at = begin_s + p->arrives_s;
	size_t n = 28 + (p->text ? strlen(p->text) : 12 + FRAME);
	uint32_t head[4] = {(uint32_t)at, (uint32_t)((at - floor(at)) * 1e6),
	    (uint32_t)n, (uint32_t)n};
	int other = c->sip ? 1 - p->party : -1;

	put16(b + 2, (unsigned)n);
	b[9] = 17;
	inet_pton(AF_INET, address(c, p->party, p->fork), b + 12);
	inet_pton(AF_INET, address(c, other, 0), b + 16);
	put16(b + 20, p->text ? 5060 : p->from);
	put16(b + 22, p->text ? 5060 : p->to);
	put16(b + 24, (unsigned)n - 20);
	b[28] = 0x80;
	put16(b + 30, p->sequence);
	put32(b + 32, p->stamp);
	put32(b + 36, p->ssrc);
	for (int i = 0; i < FRAME; i++)
		b[40 + i] = mu_law(sound(p->party, p->frame, i));
	if (p->text)
		memcpy(b + 28, p->text, n - 28);
	assert_int_equal(write(fd, head, sizeof head), sizeof head);
	assert_int_equal(write(fd, b, n), n);
}

#define BEGIN_S 1763800000.0

static int
write_call(const struct call *c)
{
	static const uint32_t magic[6] = {
	    0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 101};
	int fd = memfd_create("call", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, magic, sizeof magic), sizeof magic);
	for (size_t i = 0; i < c->count; i++)
		if (!c->packet[i].lost)
			write_packet(fd, c, &c->packet[i], BEGIN_S);
	return fd;
}

static float *
read_party(
    int fd, const struct capture_how *how, int64_t *samples, double *begin_s)
{
	struct why why = {0};
	struct capture *c = capture_open(fd, how, &why);
	size_t room, done = 0;
	float *out;
	ssize_t n;

	assert_string_equal(why.text, "");
	assert_non_null(c);
	assert_int_equal(capture_rate(c), RATE);
	if (how->party)
		assert_int_equal(capture_parties(c), PARTIES);
	*samples = capture_samples(c);
	*begin_s = (double)capture_began_us(c) / 1e6 - BEGIN_S;
	room = (size_t)*samples;
	out = mem_alloc((room + 1) * sizeof *out);
	while ((n = capture_read(c, out + done,
		    room - done < 777 ? room - done : 777, &why)) > 0)
		done += (size_t)n;
	assert_int_equal(n, 0);
	assert_int_equal(done, room);
	capture_close(c);
	return out;
}

/* The best fit of a frame within 20 ms of its place; its shift, or NEAR + 1.
 * Another voice at the same time makes no difference. */
static int
find_frame(const float *out, int64_t samples, int64_t at, const struct sent *p)
{
	double want[FRAME], energy = 0, best = 0.6;
	int found = NEAR + 1;

	for (int i = 0; i < FRAME; i++) {
		want[i] = sound(p->party, p->frame, i) / 32768.0;
		energy += want[i] * want[i];
	}
	for (int d = -NEAR; d <= NEAR; d++) {
		double sum = 0;

		/* The last millisecond is the rounding's. */
		if (at + d < 0 || at + d + FRAME > samples + RATE / 1000)
			continue;
		for (int i = 0; i < FRAME && at + d + i < samples; i++)
			sum += (double)out[at + d + i] * want[i];
		sum /= energy;
		if (sum > best) {
			best = sum;
			found = d;
		}
	}
	return found;
}

/* Too few packets do not show a clock. */
static bool
is_alone(const struct call *c, const struct sent *p)
{
	int n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += !c->packet[i].text && c->packet[i].party == p->party &&
		     c->packet[i].group == p->group && !c->packet[i].lost;
	return n < 12;
}

/* Which party is which: by SIP, else by the first to send; 0: unknown. */
static int
number_of(const struct call *c, int party)
{
	double first[PARTIES] = {1e9, 1e9};

	for (size_t i = 0; i < c->count; i++) {
		const struct sent *p = &c->packet[i];

		if (!p->text && !p->lost)
			first[p->party] = fmin(first[p->party], p->sent_s);
	}
	if (c->sip)
		return party + 1;
	if (fabs(first[0] - first[1]) < 0.3)
		return 0;
	return 1 + (first[party] > first[1 - party]);
}

static int wrong;

static void
check_party(const struct call *c, int fd, int party, unsigned seed)
{
	int64_t samples;
	double begin_s, energy = 0, should = 0;
	struct capture_how how = {.party = number_of(c, party)};
	float *out;
	int missed = 0, sent = 0;

	/* By the sockets, or as the parties that were found. */
	if (how.party == 0 || seed % 4 == 0)
		how = (struct capture_how){.streams = c->words[party]};
	out = read_party(fd, &how, &samples, &begin_s);
	for (size_t i = 0; i < c->count; i++) {
		const struct sent *p = &c->packet[i];
		int64_t at = (int64_t)llround((p->sent_s - begin_s) * RATE);
		bool again = false;

		for (size_t k = i > 40 ? i - 40 : 0; k < i; k++)
			again |= c->packet[k].party == party &&
				 !c->packet[k].text &&
				 c->packet[k].frame == p->frame;
		if (p->party != party || p->text || p->lost || again)
			continue;
		sent++;
		if (find_frame(out, samples, at, p) > NEAR && !is_alone(c, p))
			missed++;
		for (int k = 0; k < FRAME; k++)
			should += pow(sound(party, p->frame, k) / 32768.0, 2);
	}
	for (int64_t i = 0; i < samples; i++)
		energy += (double)out[i] * (double)out[i];
	if (missed > 0 || energy < should * 0.97 || energy > should * 1.03) {
		wrong++;
		print_message(
		    "# call %u party %d: %d of %d packets are not in their "
		    "place; sound %.3f of %.3f\n",
		    seed, party, missed, sent, energy, should);
	}
	free(out);
}

static void
random_calls(void **unused)
{
	(void)unused;
	for (unsigned seed = 1; seed <= CALLS; seed++) {
		struct call c = {0};
		int fd;

		state = seed;
		c.sip = seed % 2;
		for (int p = 0; p < PARTIES; p++)
			speak(&c, p, 40);
		if (c.sip && chance(0.4))
			fork_too(&c);
		qsort(c.packet, c.count, sizeof *c.packet, by_arrival);
		fd = write_call(&c);
		for (int p = 0; p < PARTIES; p++)
			check_party(&c, fd, p, seed);
		(void)close(fd);
		for (size_t i = 0; i < c.count; i++)
			free(c.packet[i].text);
		free(c.packet);
	}
	assert_int_equal(wrong, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(random_calls)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
