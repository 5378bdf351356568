/* SPDX-License-Identifier: ISC */
#include "codec.h"

static bool
g729_takes(const struct payload *p)
{
	return p->kind == PAYLOAD_G729;
}

#ifdef HAVE_BCG729
#include <bcg729/decoder.h>

enum { FRAME = 10, SILENCE = 2, SAMPLES = 80 };

static void *
g729_open(const struct payload *p)
{
	(void)p;
	return initBcg729DecoderChannel();
}

/* Frames of 10 bytes; the last may have 2 bytes, which describe silence. */
static size_t
g729_decode(void *state, const unsigned char *bytes, size_t n, int16_t *out)
{
	size_t made = 0;

	while (n >= SILENCE && made + SAMPLES <= CODEC_MOST) {
		size_t frame = n >= FRAME ? FRAME : SILENCE;

		bcg729Decoder(state, bytes, (uint8_t)frame, 0, frame == SILENCE,
		    0, out + made);
		bytes += frame;
		n -= frame;
		made += SAMPLES;
	}
	return made;
}

static void
g729_close(void *state)
{
	closeBcg729DecoderChannel(state);
}

const struct codec_library codec_g729 = {
    "libbcg729", "G.729", g729_takes, g729_open, g729_decode, g729_close};
#else
const struct codec_library codec_g729 = {
    "libbcg729", "G.729", g729_takes, NULL, NULL, NULL};
#endif
