/* SPDX-License-Identifier: ISC */
#include "codec.h"

#include <stdlib.h>

#include "mem.h"

static const struct codec_library *const libraries[] = {
    &codec_spandsp, &codec_g729, &codec_opus, &codec_amr};
enum { LIBRARIES = sizeof libraries / sizeof *libraries };

struct codec {
	const struct codec_library *library;
	void *state;
};

static const struct codec_library *
library_of(const struct payload *p)
{
	for (size_t i = 0; i < LIBRARIES; i++)
		if (libraries[i]->takes(p))
			return libraries[i];
	return NULL;
}

bool
codec_reads(const struct payload *p, const char **library)
{
	const struct codec_library *l = library_of(p);

	if (library)
		*library = l ? l->name : NULL;
	return l && l->open;
}

void
codec_list(struct buf *with, struct buf *without)
{
	for (size_t i = 0; i < LIBRARIES; i++) {
		const struct codec_library *l = libraries[i];

		if (l->open)
			buf_format(
			    with, "%s%s", with->len ? ", " : "", l->codecs);
		else
			buf_format(without, "%s%s (%s)",
			    without->len ? ", " : "", l->codecs, l->name);
	}
}

struct codec *
codec_new(const struct payload *p)
{
	const struct codec_library *l = library_of(p);
	struct codec *c;

	if (!l || !l->open)
		return NULL;
	c = mem_alloc(sizeof *c);
	c->library = l;
	c->state = mem_must(l->open(p));
	return c;
}

struct codec *
codec_new_gsm(bool wav49)
{
	struct codec *c = mem_alloc(sizeof *c);

	c->library = &codec_spandsp;
	c->state = codec_spandsp_gsm(wav49);
	return c;
}

void
codec_free(struct codec *c)
{
	if (!c)
		return;
	c->library->close(c->state);
	free(c);
}

unsigned
codec_rate(const struct payload *p)
{
	return p->kind == PAYLOAD_G722 || p->kind == PAYLOAD_OPUS ? 16000
								  : 8000;
}

size_t
codec_decode(
    struct codec *c, const unsigned char *bytes, size_t n, int16_t *out)
{
	return c->library->decode(c->state, bytes, n, out);
}
