/* SPDX-License-Identifier: ISC */
#include <pthread.h>
#include <spandsp.h>
#include <stdlib.h>

#include "codec.h"
#include "mem.h"

struct spandsp_state {
	const int16_t *g711; /* the sample of each byte */
	g722_decode_state_t *g722;
	g726_state_t *g726;
	gsm0610_state_t *gsm;
	size_t most; /* bytes that fit into CODEC_MOST samples */
};

static bool
spandsp_takes(const struct payload *p)
{
	return payload_g726_bits(p) > 0 || p->kind == PAYLOAD_PCMU ||
	       p->kind == PAYLOAD_PCMA || p->kind == PAYLOAD_G722 ||
	       p->kind == PAYLOAD_GSM;
}

static void *
open_gsm(bool wav49)
{
	struct spandsp_state *s = mem_alloc(sizeof *s);

	s->gsm = mem_must(gsm0610_init(
	    NULL, wav49 ? GSM0610_PACKING_WAV49 : GSM0610_PACKING_VOIP));
	s->most = (size_t)CODEC_MOST / 320 * 65;
	return s;
}

void *
codec_spandsp_gsm(bool wav49)
{
	return open_gsm(wav49);
}

/* Most packets have G.711. A table is twice as fast as a call of libspandsp for
 * each byte. */
static int16_t g711[2][256];

static void
make_g711(void)
{
	for (unsigned i = 0; i < 256; i++) {
		g711[false][i] = ulaw_to_linear((uint8_t)i);
		g711[true][i] = alaw_to_linear((uint8_t)i);
	}
}

static const int16_t *
g711_table(bool alaw)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, make_g711);
	return g711[alaw];
}

static void *
spandsp_open(const struct payload *p)
{
	struct spandsp_state *s;
	int bits = (int)payload_g726_bits(p);

	if (p->kind == PAYLOAD_GSM)
		return open_gsm(false);
	s = mem_alloc(sizeof *s);
	s->most = CODEC_MOST / 4;
	if (p->kind == PAYLOAD_G722)
		s->g722 = mem_must(g722_decode_init(NULL, 64000, 0));
	else if (p->kind == PAYLOAD_PCMU || p->kind == PAYLOAD_PCMA)
		s->g711 = g711_table(p->kind == PAYLOAD_PCMA);
	else
		s->g726 =
		    mem_must(g726_init(NULL, bits * 8000, G726_ENCODING_LINEAR,
			p->packed ? G726_PACKING_LEFT : G726_PACKING_RIGHT));
	return s;
}

static size_t
spandsp_decode(void *arg, const unsigned char *bytes, size_t n, int16_t *out)
{
	struct spandsp_state *s = arg;
	int got;

	if (n > s->most)
		n = s->most;
	for (size_t i = 0; s->g711 && i < n; i++)
		out[i] = s->g711[bytes[i]];
	if (s->g711)
		return n;
	if (s->gsm)
		got = gsm0610_decode(s->gsm, out, bytes, (int)n);
	else if (s->g722)
		got = g722_decode(s->g722, out, bytes, (int)n);
	else
		got = g726_decode(s->g726, out, bytes, (int)n);
	return got > 0 ? (size_t)got : 0;
}

static void
spandsp_close(void *arg)
{
	struct spandsp_state *s = arg;

	if (s->g722)
		g722_decode_free(s->g722);
	if (s->g726)
		g726_free(s->g726);
	if (s->gsm)
		gsm0610_free(s->gsm);
	free(s);
}

const struct codec_library codec_spandsp = {"libspandsp",
    "G.711, G.722, G.726, GSM", spandsp_takes, spandsp_open, spandsp_decode,
    spandsp_close};
