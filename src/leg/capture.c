/* SPDX-License-Identifier: ISC */
#include "capture.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "codec.h"
#include "mem.h"
#include "rtp.h"
#include "text.h"

enum {
	PAYLOAD_MOST = 2048, /* 256 ms; no telephone sends more at once */
	WAITING = 64,        /* packets that may stand out of order */
	PATHS = 256,         /* pairs of sockets looked at */
	AGREE = 3            /* packets in a row that make a stream */
};
/* A packet is given that long to be overtaken. */
#define PATIENCE_US (INT64_C(500) * 1000)
/* No call is so long: a time beyond is a broken one. */
#define SPAN_US (INT64_C(48) * 3600 * 1000000)

/* The file from its beginning. */
struct tape {
	pcap_t *pcap;
	bool begun;
	int64_t first_us; /* since 1970 */
	int64_t at_us;    /* of the packet at hand, after the first */
};

/* What the first pass learns of a pair of sockets. */
struct stream {
	struct rtp_path path;
	struct rtp_clock clock;
	uint32_t ssrc;
	uint16_t sequence;
	int agreed;
	bool wide;     /* has G.722 */
	int64_t ticks; /* where its sound ends */
};

struct waiting {
	int64_t at, arrival_us;
	int type;
	size_t bytes;
	unsigned char payload[PAYLOAD_MOST];
};

/* One stream being read, in its own pass through the file. */
struct reader {
	struct tape tape;
	struct rtp_path path;
	struct rtp_clock clock;
	struct waiting *waiting; /* by place; WAITING of them */
	size_t count;
	bool ended;
	int type;
	struct codec *codec;
	int factor;    /* samples given for each tick */
	int64_t given; /* samples so far, gap and block not counted */
	int64_t gap;   /* silence to give next */
	float block[PAYLOAD_MOST * 2];
	size_t block_at, block_count;
	float last;
};

struct capture {
	struct reader *reader;
	size_t readers;
	int streams, factor;
	int64_t samples;
};

static bool
is_sound(const struct rtp_packet *p)
{
	return (p->type == RTP_PCMU || p->type == RTP_PCMA ||
		   p->type == RTP_G722) &&
	       p->bytes <= PAYLOAD_MOST;
}

bool
capture_is(int fd)
{
	static const unsigned char magic[][4] = {{0xa1, 0xb2, 0xc3, 0xd4},
	    {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d},
	    {0x4d, 0x3c, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}};
	unsigned char head[4];

	if (pread(fd, head, 4, 0) != 4)
		return false;
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (memcmp(head, magic[i], 4) == 0)
			return true;
	return false;
}

static int
tape_open(struct tape *t, int fd, struct why *why)
{
	char text[PCAP_ERRBUF_SIZE], path[40];
	FILE *file;

	/* A dup() would share its place in the file with all other tapes. */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	*t = (struct tape){0};
	file = fopen(path, "rbe");
	if (!file)
		return why_set(why, "%s", strerror(errno));
	t->pcap = pcap_fopen_offline(file, text);
	if (!t->pcap) {
		(void)fclose(file);
		return why_set(why, "not a packet capture: %.120s", text);
	}
	if (!rtp_link_known(pcap_datalink(t->pcap))) {
		why_set(why, "a capture of link type %d, which is not read",
		    pcap_datalink(t->pcap));
		pcap_close(t->pcap);
		t->pcap = NULL;
		return -1;
	}
	return 0;
}

/*
 * The next RTP packet. 1: there is one, 0: the end, or where a writer was
 * killed, -1: why.
 */
static int
tape_next(struct tape *t, struct rtp_packet *p, struct why *why)
{
	struct pcap_pkthdr *h;
	const unsigned char *bytes;

	while (pcap_next_ex(t->pcap, &h, &bytes) == 1) {
		int64_t us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;

		if (!t->begun) {
			t->begun = true;
			t->first_us = us;
		}
		t->at_us = us - t->first_us;
		if (t->at_us > SPAN_US || t->at_us < -SPAN_US) {
			(void)why_set(why,
			    "a capture whose times are more than 48 hours "
			    "apart");
			return -1;
		}
		if (rtp_parse(pcap_datalink(t->pcap), bytes, h->caplen, p))
			return 1;
	}
	if (!ferror(pcap_file(t->pcap)))
		return 0;
	(void)why_set(why, "%s", strerror(errno));
	return -1;
}

/* Counts packets that agree, until they make a stream. */
static void
learn(struct stream *s, const struct rtp_packet *p, int64_t at_us)
{
	uint16_t step = (uint16_t)(p->sequence - s->sequence);
	int64_t at;

	if (s->agreed < AGREE)
		s->agreed = s->agreed > 0 && s->ssrc == p->ssrc && step < 100
				? s->agreed + 1
				: 1;
	s->ssrc = p->ssrc;
	s->sequence = p->sequence;
	if (!rtp_place(&s->clock, p, at_us, &at))
		return;
	s->wide |= p->type == RTP_G722;
	if (at + (int64_t)p->bytes > s->ticks)
		s->ticks = at + (int64_t)p->bytes;
}

static struct stream *
find(struct stream *list, size_t *count, const struct rtp_path *path)
{
	for (size_t i = 0; i < *count; i++)
		if (memcmp(&list[i].path, path, sizeof *path) == 0)
			return &list[i];
	if (*count == PATHS)
		return NULL;
	list[*count] = (struct stream){.path = *path};
	return &list[(*count)++];
}

/*
 * The first pass. Returns how many streams there are, in order; 0: none; -1:
 * why.
 */
static int
survey(int fd, struct stream *list, struct why *why)
{
	struct tape t;
	struct rtp_packet p = {0};
	size_t count = 0, kept = 0;
	int got, other = -1;

	if (tape_open(&t, fd, why) != 0)
		return -1;
	while ((got = tape_next(&t, &p, why)) > 0) {
		struct stream *s;

		if (!is_sound(&p))
			other = p.type;
		else if ((s = find(list, &count, &p.path)))
			learn(s, &p, t.at_us);
	}
	pcap_close(t.pcap);
	if (got < 0)
		return -1;
	for (size_t i = 0; i < count && kept < CAPTURE_STREAMS; i++)
		if (list[i].agreed == AGREE && list[i].ticks > 0)
			list[kept++] = list[i];
	if (kept == 0 && other >= 0)
		return why_set(why,
		    "a capture without RTP of PCMU, PCMA or G.722 (it has "
		    "payload type %d)",
		    other);
	if (kept == 0)
		return why_set(why, "empty: a capture without RTP in it");
	return (int)kept;
}

static int
reader_open(struct reader *r, int fd, const struct stream *s, int factor,
    struct why *why)
{
	*r = (struct reader){.path = s->path, .type = -1, .factor = factor};
	r->waiting = mem_alloc(WAITING * sizeof *r->waiting);
	return tape_open(&r->tape, fd, why);
}

struct capture *
capture_open(int fd, int stream, struct why *why)
{
	struct stream *list = mem_alloc(PATHS * sizeof *list);
	struct capture *c = mem_alloc(sizeof *c);
	int from = stream > 0 ? stream - 1 : 0, to, status = 0;

	c->factor = 1;
	c->streams = survey(fd, list, why);
	to = stream > 0 ? stream : c->streams;
	if (c->streams < 0 || to > c->streams) {
		if (c->streams > 0)
			why_set(why, "a capture of %d streams: no number %d",
			    c->streams, stream);
		goto bad;
	}
	for (int i = from; i < to; i++)
		if (list[i].wide)
			c->factor = 2;
	c->reader = mem_alloc((size_t)(to - from) * sizeof *c->reader);
	for (int i = from; i < to && status == 0; i++) {
		status = reader_open(
		    &c->reader[c->readers++], fd, &list[i], c->factor, why);
		if (list[i].ticks * c->factor > c->samples)
			c->samples = list[i].ticks * c->factor;
	}
	if (status != 0)
		goto bad;
	free(list);
	return c;
bad:
	free(list);
	capture_close(c);
	return NULL;
}

void
capture_close(struct capture *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->readers; i++) {
		if (c->reader[i].tape.pcap)
			pcap_close(c->reader[i].tape.pcap);
		codec_free(c->reader[i].codec);
		free(c->reader[i].waiting);
	}
	free(c->reader);
	free(c);
}

int
capture_streams(const struct capture *c)
{
	return c->streams;
}

unsigned
capture_rate(const struct capture *c)
{
	return RTP_CLOCK_HZ * (unsigned)c->factor;
}

int64_t
capture_samples(const struct capture *c)
{
	return c->samples;
}

/* In its place among those that wait; of two for one place the first stays. */
static void
put(struct reader *r, const struct rtp_packet *p, int64_t at)
{
	size_t i = r->count;

	while (i > 0 && r->waiting[i - 1].at > at)
		i--;
	if (i > 0 && r->waiting[i - 1].at == at)
		return;
	memmove(&r->waiting[i + 1], &r->waiting[i],
	    (r->count - i) * sizeof *r->waiting);
	r->count++;
	r->waiting[i].at = at;
	r->waiting[i].arrival_us = r->tape.at_us;
	r->waiting[i].type = p->type;
	r->waiting[i].bytes = p->bytes;
	memcpy(r->waiting[i].payload, p->payload, p->bytes);
}

/* Reads on until the first of those that wait may be given. */
static int
fill(struct reader *r, struct why *why)
{
	struct rtp_packet p = {0};
	int64_t at;
	int got;

	while (!r->ended && r->count < WAITING - 1 &&
	       (r->count == 0 ||
		   r->waiting[0].arrival_us + PATIENCE_US > r->tape.at_us)) {
		got = tape_next(&r->tape, &p, why);
		if (got < 0)
			return -1;
		if (got == 0)
			r->ended = true;
		else if (is_sound(&p) &&
			 memcmp(&p.path, &r->path, sizeof p.path) == 0 &&
			 rtp_place(&r->clock, &p, r->tape.at_us, &at))
			put(r, &p, at);
	}
	return 0;
}

/* A stream that changes to G.711 among G.722: midpoints between its samples. */
static void
widen(struct reader *r, const int16_t *pcm, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		float x = (float)pcm[i] / 32768;

		r->block[2 * i] = (r->last + x) / 2;
		r->block[2 * i + 1] = x;
		r->last = x;
	}
	r->block_count = 2 * n;
}

/* Decodes the first of those that wait into the block. */
static void
decode(struct reader *r)
{
	const struct waiting *w = &r->waiting[0];
	int64_t place = w->at * r->factor;
	int16_t pcm[PAYLOAD_MOST * 2];
	size_t n;

	if (r->type != w->type) {
		codec_free(r->codec);
		r->codec = codec_new(w->type);
		r->type = w->type;
	}
	n = codec_decode(r->codec, w->payload, w->bytes, pcm);
	r->block_at = 0;
	if (codec_factor(w->type) < r->factor) {
		widen(r, pcm, n);
	} else {
		for (size_t i = 0; i < n; i++)
			r->block[i] = (float)pcm[i] / 32768;
		r->block_count = n;
	}
	r->gap = place > r->given ? place - r->given : 0;
	/* What reaches back into the time that was given is too late. */
	if (place < r->given)
		r->block_at = r->given - place < (int64_t)r->block_count
				  ? (size_t)(r->given - place)
				  : r->block_count;
	r->count--;
	memmove(&r->waiting[0], &r->waiting[1], r->count * sizeof *r->waiting);
}

/* Up to count samples added to out; 0 at the end, -1 with why. */
static ssize_t
reader_add(struct reader *r, float *out, size_t count, struct why *why)
{
	size_t n = 0;

	while (n < count) {
		if (r->gap > 0) {
			size_t most = count - n;

			if ((int64_t)most > r->gap)
				most = (size_t)r->gap;
			r->gap -= (int64_t)most;
			r->given += (int64_t)most;
			n += most;
		} else if (r->block_at < r->block_count) {
			out[n++] += r->block[r->block_at++];
			r->given++;
		} else {
			if (fill(r, why) != 0)
				return -1;
			if (r->count == 0)
				break;
			decode(r);
		}
	}
	return (ssize_t)n;
}

ssize_t
capture_read(struct capture *c, float *out, size_t count, struct why *why)
{
	ssize_t most = 0;

	memset(out, 0, count * sizeof *out);
	for (size_t i = 0; i < c->readers; i++) {
		ssize_t n = reader_add(&c->reader[i], out, count, why);

		if (n < 0)
			return -1;
		if (n > most)
			most = n;
	}
	for (ssize_t i = 0; i < most && c->readers > 1; i++)
		out[i] /= (float)c->readers;
	return most;
}
