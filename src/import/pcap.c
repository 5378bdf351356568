/* SPDX-License-Identifier: ISC */
#include "pcap.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "mem.h"
#include "streams.h"
#include "text.h"

struct pcap_reader {
	struct import *im;
	const char *path;
	struct streams s;
	int *group; /* for each party without SIP, its first party */
};

/* A leg of one party. */
static void
add_pcap_leg(
    struct pcap_reader *r, struct import_call *c, const char *role, int party)
{
	bool *pick = mem_alloc(r->s.count + 1);
	struct buf words = {0}, payloads = {0};
	struct import_leg *leg;
	int64_t end_us;

	for (size_t i = 0; i < r->s.count; i++) {
		pick[i] = r->s.stream[i].party == party;
		if (pick[i] && words.len > 0)
			buf_add(&words, " ", 1);
		if (pick[i])
			streams_pick_text(&r->s.stream[i], &words);
	}
	leg = words.len > 0 ? import_leg_streams(c, role, r->path, words.s)
			    : NULL;
	if (leg) {
		streams_payloads(&r->s, pick, &payloads);
		leg->payloads = payloads.len ? text_dup(payloads.s) : NULL;
		(void)streams_span(&r->s, pick, &leg->start_us, &end_us);
		if (end_us > c->end_us)
			c->end_us = end_us;
	}
	buf_free(&words);
	buf_free(&payloads);
	free(pick);
}

static void
add_sip_holds(struct import_call *c, const struct sip_call *sip)
{
	for (size_t i = 0; i < sip->holds; i++)
		import_event(c, sip->hold[i].at_us,
		    sip->hold[i].held ? "hold" : "unhold");
}

static bool
has_media(const struct streams *s, int call)
{
	for (size_t i = 0; i < s->parties; i++)
		if (s->party[i].call == call)
			return true;
	return false;
}

/* True if both people send from one side: a recording session (RFC 7866). */
static bool
is_siprec(const struct streams *s, int call)
{
	bool lines = false;

	for (size_t i = 0; i < s->parties; i++) {
		if (s->party[i].call != call)
			continue;
		if (s->party[i].side != SIP_CALLER)
			return false;
		lines |= s->party[i].line == 1;
	}
	return lines;
}

/* A call that the capture does not have from its beginning: the first sound. */
static int64_t
began_us(const struct streams *s, int call)
{
	int64_t us = s->sip.call[call].began_us;

	for (size_t i = 0; i < s->parties; i++)
		if (s->sip.call[call].joined && s->party[i].call == call &&
		    s->party[i].start_us < us)
			us = s->party[i].start_us;
	return us;
}

static void
take_sip(struct pcap_reader *r, int number)
{
	const struct sip_call *sip = &r->s.sip.call[number];
	struct import_call *c;
	const char *caller = "customer", *called = "agent";
	bool siprec = is_siprec(&r->s, number);

	/* A registration, part of another call, or without sound. */
	if (r->s.joined[number] != number || !has_media(&r->s, number))
		return;
	c = import_call(r->im, sip->call_id);
	import_fact(c, "sip_call_id", sip->call_id);
	import_fact(c, "caller", sip->from);
	import_fact(c, "callee", sip->to);
	import_about(c, IMPORT_CALLER, sip->from);
	import_about(c, IMPORT_CALLEE, sip->to);
	c->started_us = began_us(&r->s, number);
	if (import_is_outbound(r->im->o, c)) {
		caller = "agent";
		called = "customer";
	}
	for (size_t i = 0; i < r->s.parties; i++)
		if (r->s.party[i].call == number) {
			bool first = siprec ? r->s.party[i].line == 0
					    : r->s.party[i].side == SIP_CALLER;
			add_pcap_leg(r, c, first ? caller : called, (int)i);
		}
	/* The last sound, if there is no hangup. */
	if (sip->end_us > 0)
		c->end_us = sip->end_us;
	else
		import_untold(c, "the end (no BYE in the capture)");
	if (sip->answer_us > 0)
		c->answer_us = sip->answer_us;
	else
		import_untold(c, "the answer");
	add_sip_holds(c, sip);
	if (sip->joined)
		import_guess(c, "who called (the capture begins in the call)");
	import_untold(c, "consent, payments, transfers, who joined and left");
}

static int
group_of(struct pcap_reader *r, int party)
{
	while (r->group[party] != party)
		party = r->group[party] = r->group[r->group[party]];
	return party;
}

static void
join_groups(struct pcap_reader *r, int a, int b)
{
	if (a < 0 || b < 0 || r->s.party[a].call >= 0 ||
	    r->s.party[b].call >= 0)
		return;
	a = group_of(r, a);
	b = group_of(r, b);
	if (a < b)
		r->group[b] = a;
	else
		r->group[a] = b;
}

/* The party whose sound a stream has; that of a copy is the original's. */
static int
speaker_of(const struct streams *s, const struct stream *x)
{
	return x->party >= 0 || x->twin >= s->count ? x->party
						    : s->stream[x->twin].party;
}

/* A port is used again by another call: one end tells only while both send. */
static bool
share_sockets(const struct stream *a, const struct stream *b)
{
	bool there = packet_end_same(&a->path.from, &b->path.to);
	bool back = packet_end_same(&a->path.to, &b->path.from);

	return (there && back) ||
	       ((there || back) && a->first_us <= b->last_us &&
		   b->first_us <= a->last_us);
}

/* Joins two parties if one sends to the socket from which the other sends. */
static void
join_by_sockets(struct pcap_reader *r)
{
	const struct streams *s = &r->s;

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct stream *a = &s->stream[i];
			const struct stream *b = &s->stream[k];

			if (share_sockets(a, b))
				join_groups(
				    r, speaker_of(s, a), speaker_of(s, b));
		}
}

static size_t
group_size(struct pcap_reader *r, int group)
{
	size_t n = 0;

	for (size_t i = 0; i < r->s.parties; i++)
		n += group_of(r, (int)i) == group;
	return n;
}

static bool
share_address(const struct streams *s, int a, int b)
{
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < s->count && s->stream[i].party == a; k++)
			if (s->stream[k].party == b &&
			    memcmp(s->stream[i].path.to.address,
				s->stream[k].path.to.address, 16) == 0)
				return true;
	return false;
}

/* How much the times of two parties differ, at both ends; INT64_MAX: not a
 * pair. */
static int64_t
apart(const struct streams *s, int a, int b)
{
	const struct party *x = &s->party[a], *y = &s->party[b];
	int64_t from = x->start_us > y->start_us ? x->start_us : y->start_us;
	int64_t to = x->end_us < y->end_us ? x->end_us : y->end_us;
	int64_t shorter = x->end_us - x->start_us < y->end_us - y->start_us
			      ? x->end_us - x->start_us
			      : y->end_us - y->start_us;

	if ((to - from) * 2 < shorter || !share_address(s, a, b))
		return INT64_MAX;
	return llabs(x->start_us - y->start_us) + llabs(x->end_us - y->end_us);
}

/* Makes calls of the remaining parties, in pairs whose times are the same. */
static void
join_by_time(struct pcap_reader *r)
{
	int n = (int)r->s.parties;

	for (int i = 0; i < n; i++) {
		int64_t best = INT64_MAX;
		int with = -1;

		if (r->s.party[i].call >= 0 ||
		    group_size(r, group_of(r, i)) > 1)
			continue;
		for (int k = i + 1; k < n; k++) {
			int64_t far = r->s.party[k].call >= 0 ||
					      group_size(r, group_of(r, k)) > 1
					  ? INT64_MAX
					  : apart(&r->s, i, k);
			if (far < best) {
				best = far;
				with = k;
			}
		}
		if (with >= 0)
			join_groups(r, i, with);
	}
}

static void
take_group(struct pcap_reader *r, int group)
{
	const struct party *first = &r->s.party[group];
	char *key = NULL;
	struct import_call *c;
	size_t said = 0;
	bool outbound;

	for (size_t i = 0; i < r->s.count && !key; i++)
		if (r->s.stream[i].party == group)
			key = text_format("rtp-%lld-%08x",
			    (long long)(first->start_us / 1000000),
			    (unsigned)r->s.stream[i].ssrc);
	c = import_call(r->im, key);
	free(key);
	c->started_us = first->start_us;
	outbound = import_is_outbound(r->im->o, c);
	/* The parties are in the order in which they began. */
	for (size_t i = 0; i < r->s.parties; i++)
		if (group_of(r, (int)i) == group) {
			add_pcap_leg(r, c,
			    said == 0   ? (outbound ? "agent" : "customer")
			    : said == 1 ? (outbound ? "customer" : "agent")
					: "third-party",
			    (int)i);
			said++;
		}
	if (r->im->o->answered)
		c->answer_us = c->started_us;
	else
		import_untold(c, "the answer");
	import_guess(c, "who called (the first to send is taken for the "
			"caller)");
	import_untold(c, "consent, payments, transfers");
}

int
pcap_add(struct import *im, const char *path, struct why *why)
{
	struct pcap_reader r = {.im = im, .path = path};
	FILE *file = import_open(im, path, GUARD_LEG_MAX, why);
	int n;

	if (!file)
		return -1;
	if (streams_survey(&r.s, fileno(file), NULL, why) != 0) {
		streams_free(&r.s);
		(void)fclose(file);
		return why_in(why, path);
	}
	(void)fclose(file);
	n = (int)r.s.parties;
	r.group = mem_alloc(((size_t)n + 1) * sizeof *r.group);
	for (int i = 0; i < n; i++)
		r.group[i] = i;
	join_by_sockets(&r);
	join_by_time(&r);
	for (size_t i = 0; i < r.s.sip.calls; i++)
		take_sip(&r, (int)i);
	for (int i = 0; i < n; i++)
		if (r.s.party[i].call < 0 && group_of(&r, i) == i)
			take_group(&r, i);
	free(r.group);
	streams_free(&r.s);
	return 0;
}
