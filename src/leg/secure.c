/* SPDX-License-Identifier: ISC */
#include "secure.h"

#include <string.h>

enum {
	TAG_LEAST = 4, /* RFC 3711: bytes that SRTP adds to a packet */
	TAG_MOST = 20,
	SURE = 10,          /* packets that prove it */
	RUN = 4,            /* or so many in a row */
	BLOCK_BYTES = 3200, /* of G.711, enough for the test */
	BLOCK_LEAST = 960,
	RANDOM_MOST = 350, /* chi-square of 255 degrees, 4 deviations */
	HEADS_MOST = 40,   /* first bytes of Opus, AMR: few are in use */
	HEADS_LEAST = 8    /* packets needed for this test */
};

void
secure_count_length(struct stream_kind *k, size_t bytes, size_t want)
{
	if (bytes >= want + TAG_LEAST && bytes <= want + TAG_MOST) {
		k->over++;
		if (++k->over_run > k->over_most)
			k->over_most = k->over_run;
	} else {
		k->over_run = 0;
		k->fits += bytes == want;
	}
}

/* In a ciphertext all bytes occur equally often, in a voice they do not: a
 * block of G.711 is tested by chi-square. */
void
secure_close(struct stream *s)
{
	double expected = s->seen_count / 256.0, sum = 0;
	struct stream_kind *k = stream_kind_of(s, s->seen_type);

	if (k && s->seen_count >= BLOCK_LEAST) {
		for (int i = 0; i < 256; i++) {
			double d = s->seen_bytes[i] - expected;
			sum += d * d / expected;
		}
		k->blocks++;
		k->random_run = sum < RANDOM_MOST ? k->random_run + 1 : 0;
		if (k->random_run > k->random_most)
			k->random_most = k->random_run;
	}
	memset(s->seen_bytes, 0, sizeof s->seen_bytes);
	s->seen_count = 0;
}

void
secure_count_bytes(
    struct stream *s, const struct stream_kind *k, const struct rtp *r)
{
	if (k->payload.kind != PAYLOAD_PCMU && k->payload.kind != PAYLOAD_PCMA)
		return;
	if (s->seen_type != r->type)
		secure_close(s);
	s->seen_type = r->type;
	for (size_t i = 0; i < r->bytes && i < BLOCK_BYTES; i++)
		s->seen_bytes[r->payload[i]]++;
	s->seen_count += (int)(r->bytes < BLOCK_BYTES ? r->bytes : BLOCK_BYTES);
	if (s->seen_count >= BLOCK_BYTES)
		secure_close(s);
}

bool
stream_is_secure(const struct stream_kind *k)
{
	int heads = 0;

	if ((k->over > SURE && k->over > 4 * k->fits) || k->over_most >= RUN ||
	    (k->over > 1 && k->fits == 0))
		return true;
	/* A single block is enough if there is no other. */
	if (k->random_most >= 2 || (k->random_most == 1 && k->blocks == 1))
		return true;
	if (k->packets < HEADS_LEAST)
		return false;
	for (int i = 0; i < 4; i++)
		heads += __builtin_popcountll(k->heads[i]);
	if (k->payload.kind == PAYLOAD_OPUS || k->payload.kind == PAYLOAD_AMR)
		return heads > HEADS_MOST || heads * 3 > k->packets * 2;
	return k->payload.kind == PAYLOAD_GSM &&
	       k->head_others * 2 > k->packets;
}
