/* SPDX-License-Identifier: ISC */
#include "codec.h"

#include <spandsp.h>
#include <stdlib.h>

#include "mem.h"

enum { PCMU = 0, PCMA = 8, G722 = 9 };

struct codec {
	g711_state_t *g711;
	g722_decode_state_t *g722;
	gsm0610_state_t *gsm;
};

struct codec *
codec_new(int type)
{
	struct codec *c;

	if (type != PCMU && type != PCMA && type != G722)
		return NULL;
	c = mem_alloc(sizeof *c);
	if (type == G722)
		c->g722 = g722_decode_init(NULL, 64000, 0);
	else
		c->g711 = g711_init(NULL, type == PCMA ? G711_ALAW : G711_ULAW);
	if (!c->g722 && !c->g711)
		abort(); /* out of memory, as mem_alloc() takes it */
	return c;
}

struct codec *
codec_new_gsm(bool wav49)
{
	struct codec *c = mem_alloc(sizeof *c);

	c->gsm = gsm0610_init(
	    NULL, wav49 ? GSM0610_PACKING_WAV49 : GSM0610_PACKING_VOIP);
	if (!c->gsm)
		abort();
	return c;
}

void
codec_free(struct codec *c)
{
	if (!c)
		return;
	if (c->g711)
		g711_free(c->g711);
	if (c->g722)
		g722_decode_free(c->g722);
	if (c->gsm)
		gsm0610_free(c->gsm);
	free(c);
}

int
codec_factor(int type)
{
	return type == G722 ? 2 : 1;
}

size_t
codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out)
{
	int got;

	if (c->gsm)
		got = gsm0610_decode(c->gsm, out, bytes, (int)n);
	else if (c->g722)
		got = g722_decode(c->g722, out, bytes, (int)n);
	else
		got = g711_decode(c->g711, out, bytes, (int)n);
	return got > 0 ? (size_t)got : 0;
}
