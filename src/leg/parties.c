/* SPDX-License-Identifier: ISC */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "streams.h"

enum { TWINS_LEAST = 5, SSRC_LEAST = 65536 };
#define SECOND_US INT64_C(1000000)
#define MOVE_US   (INT64_C(600) * SECOND_US)

/* True if half of the distinguishable payloads are another stream's. */
static bool
is_copy(const struct streams *s, size_t i)
{
	const struct stream *x = &s->stream[i];
	const struct stream *of;

	if (x->twins < TWINS_LEAST || x->twins * 2 < x->marked ||
	    x->twin >= s->count)
		return false;
	of = &s->stream[x->twin];
	/* Packets that return to their sender are an echo, which was heard. */
	if (packet_end_same(&x->path.from, &of->path.to) &&
	    packet_end_same(&x->path.to, &of->path.from))
		return false;
	/* If capture times are out of order, two streams may seem to be copies
	 * of each other: one is the original. */
	return !(
	    of->twins > 0 && of->twin == i &&
	    (of->twins > x->twins || (of->twins == x->twins && x->twin > i)));
}

static int64_t
streams_overlap_us(const struct stream *a, const struct stream *b)
{
	int64_t from = a->first_us > b->first_us ? a->first_us : b->first_us;
	int64_t to = a->last_us < b->last_us ? a->last_us : b->last_us;

	return to - from;
}

static bool
is_same_address(const struct packet_end *a, const struct packet_end *b)
{
	return memcmp(a->address, b->address, sizeof a->address) == 0;
}

enum one_clock { CLOCK_UNKNOWN, CLOCK_SAME, CLOCK_OTHER };

/* Whether two streams have the same clock: random starts never agree. */
static enum one_clock
compare_clocks(const struct stream *a, const struct stream *b)
{
	const struct clock *x = &a->clock[0], *y = &b->clock[0];
	int32_t ticks;
	double us;

	if (a->clocks == 0 || b->clocks == 0 || x->hz != y->hz ||
	    x->runs == 0 || y->runs == 0)
		return CLOCK_UNKNOWN;
	ticks = (int32_t)((x->stamp - (uint32_t)x->ticks) -
			  (y->stamp - (uint32_t)y->ticks));
	us = (double)(x->run[0].first_us - y->run[0].first_us);
	return fabs((double)ticks * 1e6 / x->hz - us) < SECOND_US ? CLOCK_SAME
								  : CLOCK_OTHER;
}

static bool
is_answered_stream(const struct streams *s, const struct stream *x)
{
	for (size_t i = 0; i < s->count; i++)
		if (packet_end_same(&s->stream[i].path.to, &x->path.from))
			return true;
	return false;
}

/* Two telephones can have the same SSRC, for instance if both count from 0. */
static bool
is_another_sender(
    const struct streams *s, const struct stream *x, const struct stream *y)
{
	enum one_clock clocks = compare_clocks(x, y);

	/* All on one host: the socket of a server receives packets. */
	if (is_same_address(&x->path.to, &y->path.to) &&
	    is_same_address(&x->path.from, &y->path.to) &&
	    !is_answered_stream(s, x))
		return true;

	if (is_same_address(&x->path.to, &y->path.to) &&
	    !is_same_address(&x->path.from, &y->path.from))
		return true;
	return clocks == CLOCK_UNKNOWN
		   ? !is_same_address(&x->path.from, &y->path.to)
		   : clocks == CLOCK_OTHER;
}

/*
 * The same source on other sockets at the same time was forwarded in another
 * codec. A party that moved, for instance to another network, does not send
 * from both at once.
 */
static void
find_forwarded(struct streams *s, size_t i)
{
	struct stream *x = &s->stream[i];

	for (size_t k = 0; k < s->count; k++) {
		const struct stream *y = &s->stream[k];
		int64_t both = streams_overlap_us(x, y);

		if (k != i && y->ssrc == x->ssrc && !y->copy &&
		    !packet_end_same(&x->path.from, &y->path.from) &&
		    !is_another_sender(s, x, y) &&
		    !packet_end_same(&x->path.from, &y->path.to) &&
		    (y->first_us < x->first_us ||
			(y->first_us == x->first_us && k < i)) &&
		    both * 2 > x->last_us - x->first_us && both > SECOND_US) {
			x->copy = true;
			x->twin = k;
			x->twins = 1;
			return;
		}
	}
}

static int
root_of(int *joined, int i)
{
	while (joined[i] != i)
		i = joined[i] = joined[joined[i]];
	return i;
}

static void
join_parties(int *joined, int a, int b)
{
	a = root_of(joined, a);
	b = root_of(joined, b);
	if (a < b)
		joined[b] = a;
	else
		joined[a] = b;
}

/* A copy in another call of SIP: both calls are one, through a server. */
static void
join_calls(struct streams *s)
{
	s->joined = mem_alloc((s->sip.calls + 1) * sizeof *s->joined);
	for (size_t i = 0; i < s->sip.calls; i++)
		s->joined[i] = (int)i;
	for (size_t i = 0; i < s->count; i++) {
		const struct stream *x = &s->stream[i];
		int other = x->copy && x->twins > 0 && x->twin < s->count
				? s->stream[x->twin].call
				: -1;

		if (x->call >= 0 && other >= 0)
			join_parties(s->joined, x->call, other);
	}
	for (size_t i = 0; i < s->count; i++)
		if (s->stream[i].call >= 0)
			s->stream[i].call =
			    root_of(s->joined, s->stream[i].call);
	for (size_t i = 0; i < s->sip.calls; i++)
		s->joined[i] = root_of(s->joined, (int)i);
}

/*
 * A party that moved does not send from two places at once, and keeps one end.
 */
static bool
is_same_source(const struct stream *a, const struct stream *b)
{
	enum one_clock clocks = compare_clocks(a, b);

	if (a->ssrc == b->ssrc && packet_end_same(&a->path.from, &b->path.from))
		return true;
	if (a->ssrc != b->ssrc || streams_overlap_us(a, b) >= SECOND_US ||
	    (!is_same_address(&a->path.to, &b->path.to) &&
		!is_same_address(&a->path.from, &b->path.from)))
		return false;
	/* A small number is not unique. */
	return clocks == CLOCK_SAME ||
	       (a->ssrc >= SSRC_LEAST && streams_overlap_us(a, b) > -MOVE_US);
}

/* The stream in the other direction: the one that overlaps most. */
static void
find_answers(struct streams *s)
{
	for (size_t i = 0; i < s->count; i++) {
		struct stream *x = &s->stream[i];
		int64_t most = 0;

		x->answer = SIZE_MAX;
		for (size_t k = 0; k < s->count; k++) {
			const struct stream *y = &s->stream[k];

			if (streams_overlap_us(x, y) > most &&
			    packet_end_same(&x->path.from, &y->path.to) &&
			    packet_end_same(&x->path.to, &y->path.from)) {
				most = streams_overlap_us(x, y);
				x->answer = k;
			}
		}
	}
}

/*
 * A port is used again soon. In another call both people are others, and none
 * of the streams goes on.
 */
static bool
is_another_call(
    const struct streams *s, const struct stream *a, const struct stream *b)
{
	const struct stream *x, *y;

	if (a->answer == SIZE_MAX || b->answer == SIZE_MAX ||
	    a->ssrc == b->ssrc || packet_path_same(&a->path, &b->path))
		return false;
	x = &s->stream[a->answer];
	y = &s->stream[b->answer];
	return x->ssrc != y->ssrc && streams_overlap_us(a, b) < 0 &&
	       streams_overlap_us(x, y) < 0 && streams_overlap_us(a, y) < 0 &&
	       streams_overlap_us(x, b) < 0;
}

/* SIP decides; only if it has no data about one of the two, the sockets do. */
static bool
belong_together(
    const struct streams *s, const struct stream *a, const struct stream *b)
{
	if (a->call >= 0 && b->call >= 0)
		return a->call == b->call && a->side == b->side &&
		       a->line == b->line;
	if (packet_path_same(&a->path, &b->path) || is_same_source(a, b))
		return true;
	return (packet_end_same(&a->path.to, &b->path.to) ||
		   packet_end_same(&a->path.from, &b->path.from)) &&
	       streams_overlap_us(a, b) < SECOND_US &&
	       !is_another_call(s, a, b);
}

static void
join_streams(struct streams *s, int *joined)
{
	for (size_t i = 0; i < s->count; i++)
		joined[i] = (int)i;
	find_answers(s);
	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; k < i && !s->stream[i].copy; k++) {
			const struct stream *a = &s->stream[i];
			const struct stream *b = &s->stream[k];
			const struct stream *ra, *rb;

			if (b->copy || !belong_together(s, a, b))
				continue;
			ra = &s->stream[root_of(joined, (int)i)];
			rb = &s->stream[root_of(joined, (int)k)];
			/*
			 * Two sides that are known from SIP are never joined.
			 */
			if (ra->call >= 0 && rb->call >= 0 &&
			    (ra->call != rb->call || ra->side != rb->side ||
				ra->line != rb->line))
				continue;
			join_parties(joined, (int)i, (int)k);
			if (ra->call < 0 && rb->call >= 0) {
				s->stream[ra - s->stream].call = rb->call;
				s->stream[ra - s->stream].side = rb->side;
				s->stream[ra - s->stream].line = rb->line;
			} else if (rb->call < 0 && ra->call >= 0) {
				s->stream[rb - s->stream].call = ra->call;
				s->stream[rb - s->stream].side = ra->side;
				s->stream[rb - s->stream].line = ra->line;
			}
		}
}

static void
extend(const struct streams *s, const struct stream *x, struct party *p)
{
	for (size_t c = 0; c < x->clocks; c++)
		for (size_t i = 0; i < x->clock[c].runs; i++) {
			const struct clock_run *r = &x->clock[c].run[i];
			double from = clock_at(&x->clock[c], i, r->from);
			double to =
			    clock_at(&x->clock[c], i, r->to + x->tail[c]);
			int64_t start_us = s->base_us + (int64_t)from;
			int64_t end_us = s->base_us + (int64_t)(to + 0.5);

			if (p->start_us == 0 || start_us < p->start_us)
				p->start_us = start_us;
			if (end_us > p->end_us)
				p->end_us = end_us;
		}
	/* For an unsupported codec only the arrivals are known. */
	if (x->clocks == 0 && (p->start_us == 0 || x->first_us < p->start_us))
		p->start_us = x->first_us;
	if (x->clocks == 0 && x->last_us > p->end_us)
		p->end_us = x->last_us;
}

static int
by_order(const void *a, const void *b)
{
	const struct party *x = *(struct party *const *)a;
	const struct party *y = *(struct party *const *)b;

	if ((x->call < 0) != (y->call < 0))
		return x->call < 0 ? 1 : -1;
	if (x->call != y->call)
		return x->call < y->call ? -1 : 1;
	if (x->call >= 0 && x->side != y->side)
		return x->side < y->side ? -1 : 1;
	if (x->call >= 0 && x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->start_us != y->start_us)
		return x->start_us < y->start_us ? -1 : 1;
	return (x > y) - (x < y);
}

static void
number_parties(struct streams *s, struct party *party, size_t n)
{
	struct party **order = mem_alloc((n + 1) * sizeof *order);
	int *number = mem_alloc((n + 1) * sizeof *number);

	for (size_t i = 0; i < n; i++)
		order[i] = &party[i];
	qsort(order, n, sizeof *order, by_order);
	s->party = mem_alloc((n + 1) * sizeof *s->party);
	for (size_t i = 0; i < n; i++) {
		number[order[i] - party] = (int)i;
		s->party[i] = *order[i];
	}
	s->parties = n;
	for (size_t i = 0; i < s->count; i++)
		if (s->stream[i].party >= 0)
			s->stream[i].party = number[s->stream[i].party];
	free(order);
	free(number);
}

void
streams_assign(struct streams *s)
{
	int *joined = mem_alloc((s->count + 1) * sizeof *joined);
	struct party *party = mem_alloc((s->count + 1) * sizeof *party);
	size_t n = 0;

	for (size_t i = 0; i < s->count; i++)
		s->stream[i].copy = is_copy(s, i);
	for (size_t i = 0; i < s->count; i++)
		if (!s->stream[i].copy)
			find_forwarded(s, i);
	join_calls(s);
	join_streams(s, joined);
	for (size_t i = 0; i < s->count; i++) {
		struct stream *x = &s->stream[i];
		size_t root = (size_t)root_of(joined, (int)i);

		x->party = -1;
		if (x->copy)
			continue;
		if (root == i) {
			party[n] = (struct party){
			    .call = x->call, .side = x->side, .line = x->line};
			x->party = (int)n++;
		} else {
			x->party = s->stream[root].party;
		}
		extend(s, x, &party[x->party]);
	}
	number_parties(s, party, n);
	free(party);
	free(joined);
}

/* One side of a word: "127.0.0.1:4000", ":4000", "[::1]:4000", "" or "*". */
struct end_pattern {
	unsigned char address[16];
	bool has_address;
	int64_t port; /* -1: any */
};

static int
parse_end(struct end_pattern *e, char *text)
{
	char *colon = strrchr(text, ':'), *bracket = strchr(text, ']');

	*e = (struct end_pattern){.port = -1};
	if (!*text || strcmp(text, "*") == 0)
		return 0;
	if (bracket && (bracket[1] == ':' || !bracket[1]))
		colon = bracket[1] ? bracket + 1 : NULL;
	if (colon && num_integer(colon + 1, 0, 65535, &e->port) != 0)
		return -1;
	if (colon)
		*colon = '\0';
	if (*text == '[' && bracket) {
		*bracket = '\0';
		text++;
	}
	e->has_address = *text != '\0';
	return e->has_address ? packet_address_parse(text, e->address) : 0;
}

static bool
end_matches(const struct end_pattern *e, const struct packet_end *end)
{
	return (e->port < 0 || e->port == end->port) &&
	       (!e->has_address || memcmp(e->address, end->address, 16) == 0);
}

static int
pick_word(const struct streams *s, char *word, bool *pick)
{
	struct end_pattern from, to;
	char *arrow = strchr(word, '>'), *slash, *end = NULL;
	unsigned long ssrc = 0;

	if (!arrow)
		return -1;
	*arrow++ = '\0';
	slash = strchr(arrow, '/');
	if (slash) {
		*slash++ = '\0';
		ssrc = strtoul(slash, &end, 16);
		if (end == slash || *end)
			return -1;
	}
	if (parse_end(&from, word) != 0 || parse_end(&to, arrow) != 0)
		return -1;
	for (size_t i = 0; i < s->count; i++) {
		const struct stream *x = &s->stream[i];
		if (end_matches(&from, &x->path.from) &&
		    end_matches(&to, &x->path.to) &&
		    (!slash || x->ssrc == ssrc))
			pick[i] = true;
	}
	return 0;
}

int
streams_pick(
    const struct streams *s, const char *text, bool *pick, struct why *why)
{
	while (*(text += strspn(text, " \t"))) {
		size_t n = strcspn(text, " \t");
		char *word = text_ndup(text, n);
		int bad = pick_word(s, word, pick);

		free(word);
		if (bad)
			return why_set(why,
			    "'%.*s' is not like 192.0.2.1:4000>:31300",
			    (int)(n < 100 ? n : 100), text);
		text += n;
	}
	return 0;
}

bool
streams_span(const struct streams *s, const bool *pick, int64_t *start_us,
    int64_t *end_us)
{
	struct party all = {.start_us = 0};
	bool any = false;

	for (size_t i = 0; i < s->count; i++)
		if (pick[i] && !s->stream[i].copy) {
			extend(s, &s->stream[i], &all);
			any = true;
		}
	*start_us = all.start_us;
	*end_us = all.end_us;
	return any;
}

void
streams_payloads(const struct streams *s, const bool *pick, struct buf *out)
{
	bool told[128] = {false};

	for (size_t i = 0; i < s->count; i++)
		for (size_t k = 0; pick[i] && k < s->stream[i].kinds; k++) {
			const struct payload *p = &s->stream[i].kind[k].payload;

			if (!told[p->type])
				payload_text(p, out);
			told[p->type] = true;
		}
}

void
streams_pick_text(const struct stream *s, struct buf *out)
{
	char from[PACKET_END_SIZE], to[PACKET_END_SIZE];

	buf_format(out, "%s>%s/%08x", packet_end_text(&s->path.from, from),
	    packet_end_text(&s->path.to, to), (unsigned)s->ssrc);
}
