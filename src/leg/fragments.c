/* SPDX-License-Identifier: ISC */
#include "fragments.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum { DATAGRAMS = 16, BYTES_MOST = 65535, UNIT = 8 };
#define WAIT_US (INT64_C(30) * 1000000)

struct datagram {
	bool used;
	struct packet_path path; /* without ports */
	uint32_t id;
	int64_t at_us;
	size_t total, units; /* bytes in all, 0: unknown; units that arrived */
	unsigned char came[(BYTES_MOST + 1) / UNIT / 8];
	unsigned char bytes[BYTES_MOST + 1];
};

struct fragments {
	struct datagram *of[DATAGRAMS];
};

struct fragments *
fragments_new(void)
{
	return mem_alloc(sizeof(struct fragments));
}

void
fragments_free(struct fragments *f)
{
	for (size_t i = 0; f && i < DATAGRAMS; i++)
		free(f->of[i]);
	free(f);
}

static void
begin_datagram(struct datagram *d, const struct packet *p, int64_t at_us)
{
	memset(d->came, 0, sizeof d->came);
	d->used = true;
	d->path = p->path;
	d->id = p->id;
	d->at_us = at_us;
	d->total = d->units = 0;
}

/* Finds the datagram of a fragment, or the place of the oldest. */
static struct datagram *
find_datagram(struct fragments *f, const struct packet *p, int64_t at_us)
{
	size_t oldest = 0;

	for (size_t i = 0; i < DATAGRAMS; i++) {
		struct datagram *d = f->of[i];

		if (d && d->used && d->id == p->id &&
		    packet_path_same(&d->path, &p->path) &&
		    llabs(at_us - d->at_us) < WAIT_US)
			return d;
		if (!d || !d->used ||
		    (f->of[oldest] && f->of[oldest]->used &&
			d->at_us < f->of[oldest]->at_us))
			oldest = i;
	}
	if (!f->of[oldest])
		f->of[oldest] = mem_alloc(sizeof *f->of[oldest]);
	begin_datagram(f->of[oldest], p, at_us);
	return f->of[oldest];
}

bool
fragments_take(struct fragments *f, struct packet *p, int64_t at_us)
{
	struct datagram *d;

	/* All fragments except the last are multiples of a unit. */
	if (!p->fragment || p->tcp || p->clipped || p->bytes == 0 ||
	    p->offset + p->bytes > BYTES_MOST || (p->more && p->bytes % UNIT))
		return false;
	d = find_datagram(f, p, at_us);
	memcpy(d->bytes + p->offset, p->payload, p->bytes);
	for (size_t u = p->offset / UNIT; u * UNIT < p->offset + p->bytes;
	     u++) {
		d->units += !(d->came[u / 8] >> u % 8 & 1);
		d->came[u / 8] |= (unsigned char)(1U << u % 8);
	}
	if (!p->more)
		d->total = p->offset + p->bytes;
	if (d->total == 0 || d->units != (d->total + UNIT - 1) / UNIT)
		return false;
	d->used = false;
	return packet_parse_transport(p, d->bytes, d->total);
}
