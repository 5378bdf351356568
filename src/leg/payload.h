/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_H
#define PAYLOAD_H

/*
 * What is in a packet of RTP: payload types (RFC 3551), the names that SDP
 * gives to them, and how long a packet's sound is.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum payload_kind {
	PAYLOAD_UNKNOWN, /* no name was told */
	PAYLOAD_PCMU,
	PAYLOAD_PCMA,
	PAYLOAD_G722,
	PAYLOAD_G726_16, /* RFC 3551, 4.5.4; the four stand in this order */
	PAYLOAD_G726_24,
	PAYLOAD_G726_32,
	PAYLOAD_G726_40,
	PAYLOAD_GSM,
	PAYLOAD_G729,
	PAYLOAD_OPUS,
	PAYLOAD_AMR,
	PAYLOAD_QUIET, /* comfort noise and telephone events: silence here */
	PAYLOAD_VIDEO,
	PAYLOAD_OTHER /* a codec that is not read */
};

struct payload {
	int type;
	enum payload_kind kind;
	/* Of the timestamps; some senders count others than their codec's. */
	unsigned hz;
	bool packed;  /* AAL2's order of G.726 */
	bool aligned; /* octet-aligned AMR */
	char name[24];
};

enum { PAYLOADS = 24 };
/* What SDP or a call file tells; types that are not in it are RFC 3551's. */
struct payload_map {
	struct payload of[PAYLOADS];
	size_t count;
};

/* The same types, each with the same codec. */
bool payload_map_same(const struct payload_map *a, const struct payload_map *b);
struct payload payload_of(const struct payload_map *map, int type);
/* "opus/48000/2" of that type; what is known of the type already is replaced,
 * what does not fit is left out. */
void payload_add(struct payload_map *map, int type, const char *rtpmap);
/* An fmtp line's parameters. */
void payload_parameters(struct payload_map *map, int type, const char *text);

/*
 * "96=opus/48000/2 97=AMR/8000/octet-align", as a call file has it, to the map:
 * 0, or -1 with why. And back: "" where all is as RFC 3551 has it.
 */
int payload_parse(struct payload_map *map, const char *text, struct why *why);
void payload_text(const struct payload *p, struct buf *out);

/* "G.729", for people; a type without a name is "payload type 97". */
const char *payload_name(const struct payload *p, char name[40]);

/* Whether it is sound, as far as is known. */
bool payload_is_sound(const struct payload *p);
/*
 * How long a packet is by its bytes, in ticks of hz; 0: none of that codec.
 */
int payload_ticks(
    const struct payload *p, const unsigned char *bytes, size_t n);
/* The bytes that so many ticks take; 0 where that is not fixed. */
size_t payload_bytes(const struct payload *p, int64_t ticks);

/* RFC 4867, 3.1: the bits of a frame of that type without header; -1: none. */
int payload_amr_bits(unsigned frame_type);

#endif
