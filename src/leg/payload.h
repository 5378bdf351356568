/* SPDX-License-Identifier: ISC */
#ifndef PAYLOAD_H
#define PAYLOAD_H

/*
 * The payload types of RTP (RFC 3551), the codecs that SDP assigns to them, and
 * the duration of a packet.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

enum payload_kind {
	PAYLOAD_UNKNOWN, /* a dynamic type without a name */
	PAYLOAD_PCMU,
	PAYLOAD_PCMA,
	PAYLOAD_G722,
	PAYLOAD_G726_16, /* RFC 3551, 4.5.4 */
	PAYLOAD_G726_24,
	PAYLOAD_G726_32,
	PAYLOAD_G726_40,
	PAYLOAD_GSM,
	PAYLOAD_G729,
	PAYLOAD_OPUS,
	PAYLOAD_AMR,
	PAYLOAD_QUIET, /* comfort noise and telephone events: silence here */
	PAYLOAD_VIDEO,
	PAYLOAD_OTHER /* a codec that is not supported */
};

struct payload {
	int type;
	enum payload_kind kind;
	/* The timestamps' rate; that of some senders is not their codec's. */
	unsigned hz;
	bool packed;  /* G.726 in the bit order of AAL2 */
	bool aligned; /* octet-aligned AMR */
	bool at_once; /* a packet is sent when its sound begins: sending.h */
	char name[24];
};

enum { PAYLOADS = 24 };
/* The types that SDP or a call file names; others are those of RFC 3551. */
struct payload_map {
	struct payload of[PAYLOADS];
	size_t count;
};

/* True if both have the same types, each with the same codec. */
bool payload_map_same(const struct payload_map *a, const struct payload_map *b);
struct payload payload_of(const struct payload_map *map, int type);
/* Adds or replaces a type; rtpmap is as in SDP, "opus/48000/2". Ignored if the
 * map is full. */
void payload_add(struct payload_map *map, int type, const char *rtpmap);
/* Adds the parameters of an fmtp line of SDP. */
void payload_parameters(struct payload_map *map, int type, const char *text);

/*
 * Reads "96=opus/48000/2 97=AMR/8000/octet-align", as in a call file, into the
 * map. 0, or -1 with why.
 */
int payload_parse(struct payload_map *map, const char *text, struct why *why);
/* Adds the same text for one type; nothing if it is as in RFC 3551. */
void payload_text(const struct payload *p, struct buf *out);

/* A name for people, "G.729"; without a name, "payload type 97". */
const char *payload_name(const struct payload *p, char name[40]);

/* The bits of a sample of G.726, 2 to 5; 0 for other codecs. */
unsigned payload_g726_bits(const struct payload *p);
/* False if it is known not to be sound. */
bool payload_is_sound(const struct payload *p);
/*
 * The duration of a packet by its bytes, in ticks of hz; 0 if they are not of
 * that codec.
 */
int payload_ticks(
    const struct payload *p, const unsigned char *bytes, size_t n);
/* The number of bytes for that many ticks; 0 if it is not constant. */
size_t payload_bytes(const struct payload *p, int64_t ticks);

/* The number of bits of a frame of AMR of that type, without its header (RFC
 * 4867, 3.1); -1: there is no such type. */
int payload_amr_bits(unsigned frame_type);

/*
 * By how much a packet of so many ticks is sent later than one of 20 ms that
 * begins with the same sound: it is sent when all of it was spoken. 0 if it is
 * sent at once.
 */
int64_t payload_late_us(const struct payload *p, int ticks);

#endif
