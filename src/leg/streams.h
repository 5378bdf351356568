/* SPDX-License-Identifier: ISC */
#ifndef STREAMS_H
#define STREAMS_H

/*
 * Finds out who speaks in a packet capture. A first pass over the file finds
 * its RTP streams (one source between two sockets), their codecs and clocks,
 * and the SIP in the same capture. From these each stream gets its party.
 *
 *	if (streams_survey(&s, fd, payloads, &why) == 0)
 *		... s.party[0] to s.party[s.parties - 1]
 *	streams_free(&s);
 *
 * A party is one person or machine that was heard, whatever sockets and sources
 * it sent from. Streams belong to one party if they
 *	- are, by SIP, one side of one call and one line of its SDP,
 *	- have the same SSRC, or
 *	- go to the same socket or come from the same one, one after another.
 * A stream that has the payloads of another one was forwarded by the media
 * server: it is a copy and belongs to no party. The order of the parties: calls
 * of SIP in the order of their beginning, the caller before the called; then
 * all others in the order of their beginning.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clock.h"
#include "disorder.h"
#include "numbers.h"
#include "packet.h"
#include "payload.h"
#include "rtp.h"
#include "sending.h"
#include "sip.h"
#include "text.h"

enum { STREAM_KINDS = 6, STREAM_CLOCKS = 2, STREAMS_MOST = 4096 };

/* Packets of one payload type in a stream. */
struct stream_kind {
	struct payload payload;
	int64_t packets, first_us, last_us;
	int64_t steps, odd; /* consecutive packets; with another clock rate */
	unsigned odd_hz;    /* that rate */
	int64_t fits, over; /* as long as their duration; longer by a tag */
	int64_t over_run, over_most; /* the latter in a row */
	/*
	 * Blocks of G.711 in a row in which all bytes occur equally often.
	 */
	int random_run, random_most, blocks;
	uint64_t heads[4];   /* first bytes that occurred */
	int64_t head_others; /* whose first nibble is not GSM's */
	int64_t still;       /* with the timestamp of the packet before */
	size_t most_bytes, bytes;
};

struct stream {
	struct packet_path path;
	uint32_t ssrc;
	struct stream_kind kind[STREAM_KINDS];
	size_t kinds;
	struct clock clock[STREAM_CLOCKS]; /* one for each rate of timestamps */
	int64_t tail[STREAM_CLOCKS];       /* ticks of its latest packet */
	size_t clocks;
	int64_t first_us, last_us, packets;
	int64_t late, doubled; /* after a later packet; duplicates */
	int64_t clipped;       /* truncated in the capture */
	int agreed;            /* packets in a row that make a stream */
	/* Private to the survey. */
	struct numbers numbers;
	struct disorder_mark mark;
	struct sending sending;
	uint32_t stamp;
	size_t bytes;
	int ticks;
	unsigned short seen_bytes[256]; /* of the latest kind's block */
	int seen_count, seen_type;
	const struct payload_map *map;
	size_t twin;
	int64_t twins, marked;
	/* The result of the survey. */
	bool copy;     /* of stream `twin` */
	size_t answer; /* the stream in the other direction; SIZE_MAX: none */
	int party;     /* -1: none */
	int call;      /* of SIP; -1: none */
	enum sip_side side;
	int line; /* of its SDP's audio */
};

struct party {
	int call; /* of SIP; -1: none */
	enum sip_side side;
	int line;
	int64_t start_us, end_us; /* of its sound, since 1970 */
};

/* A sender whose timestamps of a type do not have its codec's rate, or that sends
 * packets when their sound begins. */
struct stream_fix {
	struct packet_path path;
	uint32_t ssrc;
	int type;
	unsigned hz;
	bool at_once; /* all types; type and hz have no meaning */
};

enum { STREAM_FIXES = 64 };

struct streams {
	struct sip sip;
	struct stream *stream;
	size_t count;
	struct party *party;
	size_t parties;
	int *joined;          /* calls of SIP: the one that it belongs to */
	unsigned short *slot; /* private: a table of the streams */
	int64_t base_us;      /* time 0 of the clocks, since 1970 */
	struct payload_map map;
	struct stream_fix fix[STREAM_FIXES]; /* private to the survey */
	size_t fixes;
	bool torn, clipped;
	bool sort; /* the file's records are out of order: see tape_open() */
	int64_t back_us; /* tape_back_us() */
	int64_t untimed; /* tape_untimed() */
};

/* payloads: as payload_parse() takes it, or NULL. 0, or -1 with why. */
int streams_survey(
    struct streams *s, int fd, const char *payloads, struct why *why);
void streams_free(struct streams *s);

/* parties.c: gives streams to parties; the survey calls it. */
void streams_assign(struct streams *s);

/* True if it has sound in a codec that could be supported. */
bool stream_is_sound(const struct stream *s);
/* True if it is encrypted: see secure.h. */
bool stream_is_secure(const struct stream_kind *k);
/* The kind of a payload type, or NULL; the clock of a rate, or -1. */
struct stream_kind *stream_kind_of(struct stream *s, int type);
int stream_clock_of(const struct stream *s, unsigned hz);

/* The stream of a packet, or NULL. */
struct stream *streams_find(
    const struct streams *s, const struct packet *p, const struct rtp *r);

/*
 * Selects streams by text: words of the form [FROM]>[TO][/SSRC], each side an
 * address, a port or both, such as
 * "127.0.0.1:4000>127.0.0.1:31300/1a2b3c4d >:31488". pick[i] is set for each
 * stream that a word matches. 0, or -1 with why.
 */
int streams_pick(
    const struct streams *s, const char *text, bool *pick, struct why *why);
/* When the sound of these streams begins and ends, since 1970, by their clocks.
 * False if none of them has sound. */
bool streams_span(const struct streams *s, const bool *pick, int64_t *start_us,
    int64_t *end_us);
/* Adds the payload types that they use, as text for payload_parse(). */
void streams_payloads(
    const struct streams *s, const bool *pick, struct buf *out);
void streams_pick_text(const struct stream *s, struct buf *out);

#endif
