/* SPDX-License-Identifier: ISC */
#include "capture.h"

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
enum { FRAME = 160, RATE = 8000, PARTIES = 2, CALLS = 60, NEAR = 160 };

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
	double sent_s, arrives_s; /* the truth, and what the capture says */
	uint32_t stamp, ssrc;
	uint16_t sequence, from, to;
	int party, frame;
	int group; /* begins with each source, port and hold */
	bool lost;
};

struct call {
	struct sent *packet;
	size_t count, room;
	char words[PARTIES][2000];
};

/* The network and the telephone of one party. */
struct phone {
	double ppm, jitter_s, loss, twice, late, early;
	double change; /* of whatever can change, for each frame */
	uint32_t stamp, ssrc;
	uint16_t sequence, from, to;
	int fresh; /* packets since the source began */
	int group;
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

/* What happens between two frames; the silence that it brings, in frames. */
static int
happen(struct call *c, int party, struct phone *ph)
{
	int gap = 0;

	if (!chance(ph->change))
		return 0;
	ph->group++;
	switch (draw() % 6) {
	case 0: /* a re-offer: other ports */
		ph->from += 2;
		ph->to += 2;
		name_port(c, party, ph);
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
	for (int frame = 0;; frame++) {
		struct sent p = {.party = party, .frame = frame};
		double speed = 1 + ph.ppm / 1e6;

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
		p.to = ph.to;
		p.lost = chance(ph.loss);
		add_packet(c, &p);
		if (!p.lost && chance(ph.twice)) {
			p.arrives_s += 0.03;
			add_packet(c, &p);
		}
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
write_packet(int fd, const struct sent *p, double begin_s)
{
	unsigned char b[40 + FRAME] = {0x45};
	double at = begin_s + p->arrives_s;
	uint32_t head[4] = {(uint32_t)at, (uint32_t)((at - floor(at)) * 1e6),
	    sizeof b, sizeof b};

	put16(b + 2, sizeof b);
	b[9] = 17;
	put32(b + 12, 0xc0000201 + (uint32_t)p->party);
	put32(b + 16, 0xc0000210);
	put16(b + 20, p->from);
	put16(b + 22, p->to);
	put16(b + 24, sizeof b - 20);
	b[28] = 0x80;
	put16(b + 30, p->sequence);
	put32(b + 32, p->stamp);
	put32(b + 36, p->ssrc);
	for (int i = 0; i < FRAME; i++)
		b[40 + i] = mu_law(sound(p->party, p->frame, i));
	assert_int_equal(write(fd, head, sizeof head), sizeof head);
	assert_int_equal(write(fd, b, sizeof b), sizeof b);
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
			write_packet(fd, &c->packet[i], BEGIN_S);
	return fd;
}

static float *
read_party(int fd, const char *words, int64_t *samples, double *begin_s)
{
	struct why why = {0};
	struct capture_how how = {.streams = words};
	struct capture *c = capture_open(fd, &how, &why);
	size_t room, done = 0;
	float *out;
	ssize_t n;

	assert_string_equal(why.text, "");
	assert_non_null(c);
	assert_int_equal(capture_rate(c), RATE);
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

/* The best fit of a frame within 20 ms of its place; its shift, or INT_MAX. */
static int
find_frame(const float *out, int64_t samples, int64_t at, int party, int frame)
{
	double want[FRAME], energy = 0, best = 0.6;
	int found = NEAR + 1;

	for (int i = 0; i < FRAME; i++) {
		want[i] = sound(party, frame, i) / 32768.0;
		energy += want[i] * want[i];
	}
	for (int d = -NEAR; d <= NEAR; d++) {
		double sum = 0, own = 1e-9;

		/* The last millisecond is the rounding's. */
		if (at + d < 0 || at + d + FRAME > samples + RATE / 1000)
			continue;
		for (int i = 0; i < FRAME && at + d + i < samples; i++) {
			double x = (double)out[at + d + i];
			sum += x * want[i];
			own += x * x;
		}
		sum /= sqrt(own * energy);
		if (sum > best) {
			best = sum;
			found = d;
		}
	}
	return found;
}

/* Too few packets tell no clock. */
static bool
is_alone(const struct call *c, const struct sent *p)
{
	int n = 0;

	for (size_t i = 0; i < c->count; i++)
		n += c->packet[i].party == p->party &&
		     c->packet[i].group == p->group && !c->packet[i].lost;
	return n < 8;
}

static int wrong;

static void
check_party(const struct call *c, int fd, int party, unsigned seed)
{
	int64_t samples;
	double begin_s, energy = 0, should = 0;
	float *out = read_party(fd, c->words[party], &samples, &begin_s);
	int missed = 0, sent = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct sent *p = &c->packet[i];
		int64_t at = (int64_t)llround((p->sent_s - begin_s) * RATE);
		bool again = false;

		for (size_t k = i > 40 ? i - 40 : 0; k < i; k++)
			again |= c->packet[k].party == party &&
				 c->packet[k].frame == p->frame;
		if (p->party != party || p->lost || again)
			continue;
		sent++;
		if (find_frame(out, samples, at, party, p->frame) > NEAR &&
		    !is_alone(c, p))
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
		for (int p = 0; p < PARTIES; p++)
			speak(&c, p, 40);
		qsort(c.packet, c.count, sizeof *c.packet, by_arrival);
		fd = write_call(&c);
		for (int p = 0; p < PARTIES; p++)
			check_party(&c, fd, p, seed);
		(void)close(fd);
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
