/* SPDX-License-Identifier: ISC */
#include "codec.h"

static bool
amr_takes(const struct payload *p)
{
	return p->kind == PAYLOAD_AMR;
}

#ifdef HAVE_OPENCORE_AMRNB
#include <opencore-amrnb/interf_dec.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { SAMPLES = 160, FRAMES = 50 };

struct amr_state {
	void *decoder;
	bool aligned;
};

static void *
amr_open(const struct payload *p)
{
	struct amr_state *s = mem_alloc(sizeof *s);

	s->decoder = mem_must(Decoder_Interface_init());
	s->aligned = p->aligned;
	return s;
}

static unsigned
take_bits(const unsigned char *b, size_t bytes, size_t *at, int n)
{
	unsigned v = 0;

	while (n-- > 0) {
		v = v << 1;
		if (*at / 8 < bytes)
			v |= b[*at / 8] >> (7 - *at % 8) & 1u;
		++*at;
	}
	return v;
}

/* A frame as in a file (RFC 4867, 5.3): a header byte, then its bits. */
static void
take_amr_frame(const struct amr_state *s, const unsigned char *b, size_t n,
    size_t *at, unsigned type, unsigned char frame[32])
{
	int bits = payload_amr_bits(type);

	memset(frame, 0, 32);
	frame[0] = (unsigned char)(type << 3 | 4);
	for (int i = 0; i < bits; i += 8) {
		int now = bits - i < 8 ? bits - i : 8;
		frame[1 + i / 8] =
		    (unsigned char)(take_bits(b, n, at, now) << (8 - now));
	}
	if (s->aligned)
		*at = (*at + 7) / 8 * 8;
}

/* RFC 4867, 4.3 and 4.4: a table of contents, then the frames. */
static size_t
amr_decode(void *arg, const unsigned char *bytes, size_t n, int16_t *out)
{
	struct amr_state *s = arg;
	unsigned char toc[FRAMES], frame[32];
	size_t at = s->aligned ? 8 : 4, frames = 0, made = 0;
	unsigned more = 1;

	while (more && at + 6 <= n * 8 && frames < FRAMES) {
		more = take_bits(bytes, n, &at, 1);
		toc[frames++] = (unsigned char)take_bits(bytes, n, &at, 4);
		at += s->aligned ? 3 : 1;
	}
	for (size_t i = 0; i < frames; i++) {
		unsigned type = payload_amr_bits(toc[i]) < 0 ? 15 : toc[i];

		take_amr_frame(s, bytes, n, &at, type, frame);
		Decoder_Interface_Decode(s->decoder, frame, out + made, 0);
		made += SAMPLES;
	}
	return made;
}

static void
amr_close(void *arg)
{
	struct amr_state *s = arg;

	Decoder_Interface_exit(s->decoder);
	free(s);
}

const struct codec_library codec_amr = {
    "libopencore-amrnb", "AMR", amr_takes, amr_open, amr_decode, amr_close};
#else
const struct codec_library codec_amr = {
    "libopencore-amrnb", "AMR", amr_takes, NULL, NULL, NULL};
#endif
