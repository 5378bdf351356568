/* SPDX-License-Identifier: ISC */
#include "codec.h"

static bool
opus_takes(const struct payload *p)
{
	return p->kind == PAYLOAD_OPUS;
}

#ifdef HAVE_OPUS
#include <opus/opus.h>

/* One channel at 16 kHz: libopus decodes any stream to this. */
static void *
opus_open(const struct payload *p)
{
	int error;

	(void)p;
	return opus_decoder_create(16000, 1, &error);
}

static size_t
opus_decode_packet(
    void *state, const unsigned char *bytes, size_t n, int16_t *out)
{
	int got = opus_decode(state, bytes, (opus_int32)n, out, CODEC_MOST, 0);

	return got > 0 ? (size_t)got : 0;
}

static void
opus_close(void *state)
{
	opus_decoder_destroy(state);
}

const struct codec_library codec_opus = {
    "libopus", "Opus", opus_takes, opus_open, opus_decode_packet, opus_close};
#else
const struct codec_library codec_opus = {
    "libopus", "Opus", opus_takes, NULL, NULL, NULL};
#endif
