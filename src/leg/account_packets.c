/* SPDX-License-Identifier: ISC */
/* Judges what the network and the recorder did to the packets of a leg. */
#include "account_judge.h"
#include "num.h"
#include "text.h"

/*
 * Single packets are lost on every network, and the other people in the call
 * did not hear them either. Sound is missing if a longer stretch is lost, or
 * more than one packet in LOST_SHARE.
 */
enum { LOST_SHARE = 20 };

static const char tell_clock[] =
    ", and something is cut from it, maybe not at its place";

struct left {
	int64_t us, longest_us, longest_at_us;
};

/* How much of [from, to) of the call is kept. */
static int64_t
heard_us(const struct plan *plan, int64_t from, int64_t to)
{
	int64_t us = 0;

	if (!plan)
		return to - from;
	for (size_t i = 0; i < plan->recordings; i++) {
		const struct plan_recording *r = &plan->recording[i];

		us += account_overlap(from, to, r->start_us, r->end_us);
		for (size_t c = 0; c < r->cuts; c++)
			us -= account_overlap(
			    from, to, r->cut[c].start_us, r->cut[c].end_us);
	}
	return us > 0 ? us : 0;
}

static const struct account_span *
span_of(const struct account_leg *l, int64_t at)
{
	size_t i = l->spans - 1;

	while (i > 0 && l->span[i].from > at)
		i--;
	return &l->span[i];
}

/* A recorder that pauses also leaves out packets; these are in cuts. */
static struct left
find_holes(const struct account_leg *l, const struct plan *plan)
{
	struct left left = {0};

	for (size_t i = 0; i < l->found.holes && l->spans > 0; i++) {
		const struct capture_hole *h = &l->found.hole[i];
		const struct account_span *s = span_of(l, h->at_smp);
		int64_t from =
		    s->at_us + (int64_t)((double)num_us(h->at_smp - s->from,
					     l->found.rate) *
					 s->stretch);
		int64_t us =
		    heard_us(plan, from, from + num_us(h->smp, l->found.rate));

		left.us += us;
		if (us <= left.longest_us)
			continue;
		left.longest_us = us;
		left.longest_at_us = num_us(h->at_smp, l->found.rate);
	}
	return left;
}

void
account_judge_packets(
    struct account *a, size_t i, const struct plan *plan, bool cuts)
{
	struct account_leg *l = &a->leg[i];
	const struct capture_counts *c = &l->found.packets;
	struct left left = find_holes(l, plan);
	int64_t cut_us = num_us(c->cut_smp, l->found.rate);
	char length[NUM_SECONDS_SIZE], where[NUM_SECONDS_SIZE];

	if (left.longest_us > ACCOUNT_TOLERANCE_US ||
	    (left.us > ACCOUNT_TOLERANCE_US &&
		c->lost * LOST_SHARE > c->packets)) {
		l->missing_us += left.us;
		account_find(a, i, ACCOUNT_DAMAGE, NULL,
		    "has lost packets of %s s, most of them from %s s on",
		    num_seconds_text(left.us, length),
		    num_seconds_text(left.longest_at_us, where));
	}
	if (cut_us > ACCOUNT_TOLERANCE_US) {
		l->missing_us += cut_us;
		account_find(a, i, ACCOUNT_DAMAGE, NULL,
		    "has %s s of sound that came too late for their place, as "
		    "if the clock had been set back",
		    num_seconds_text(cut_us, length));
	}
	if (c->back_us > 0)
		account_find(a, i, ACCOUNT_PLACE, cuts ? tell_clock : NULL,
		    "is a capture whose clock was set back by %s s; later "
		    "packets are placed by the earlier clock",
		    num_seconds_text(c->back_us, length));
	if (c->untimed > 0)
		account_find(a, i, ACCOUNT_DAMAGE, NULL,
		    "is a capture with %lld packets that have no time (simple "
		    "packet blocks of pcapng) and are left out",
		    (long long)c->untimed);
	if (c->relayed)
		account_find(a, i, ACCOUNT_SAME, NULL,
		    "comes from the server that receives another one, and may "
		    "be its sound in another codec; recpolicy --from pcap "
		    "makes a call file of each pair");
	if (c->torn && !doc_value(a->call->facts, "torn"))
		account_find(a, i, ACCOUNT_DAMAGE, NULL,
		    "is a capture that ends within a packet; the rest is "
		    "missing");
}

void
account_packets_line(const struct account_leg *l, struct buf *out)
{
	const struct capture_counts *c = &l->found.packets;
	char t[NUM_SECONDS_SIZE];

	buf_format(out,
	    "%lld packets, %lld lost, %lld late, %lld doubled, %lld not read, "
	    "%s s of silence for lost ones",
	    (long long)c->packets, (long long)c->lost, (long long)c->late,
	    (long long)c->doubled, (long long)c->unread,
	    num_seconds_text(num_us(c->hole_smp, l->found.rate), t));
}
