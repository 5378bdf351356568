/* SPDX-License-Identifier: ISC */
#include "order.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

struct order_entry {
	struct pcapng_frame frame;
	unsigned char *bytes;
	uint64_t number; /* frames of one time stay in their order */
};

struct order {
	struct order_entry *heap; /* the earliest one is the first */
	size_t count, room, bytes;
	int64_t newest_us;
	uint64_t numbers;
	unsigned char *given;
};

struct order *
order_new(void)
{
	return mem_alloc(sizeof(struct order));
}

void
order_free(struct order *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->count; i++)
		free(o->heap[i].bytes);
	free(o->heap);
	free(o->given);
	free(o);
}

bool
order_wants(const struct order *o)
{
	return o->count == 0 ||
	       (o->count < ORDER_MOST && o->bytes < ORDER_BYTES &&
		   o->newest_us - o->heap[0].frame.at_us <= ORDER_US);
}

static bool
is_earlier(const struct order_entry *a, const struct order_entry *b)
{
	return a->frame.at_us < b->frame.at_us ||
	       (a->frame.at_us == b->frame.at_us && a->number < b->number);
}

void
order_put(struct order *o, const struct pcapng_frame *f)
{
	struct order_entry new = {*f, mem_alloc(f->n + 1), o->numbers++};
	size_t i = o->count;

	if (o->count == o->room) {
		o->room = o->room ? o->room * 2 : 64;
		o->heap = mem_resize(o->heap, o->room, sizeof *o->heap);
	}
	memcpy(new.bytes, f->bytes, f->n);
	for (; i > 0 && is_earlier(&new, &o->heap[(i - 1) / 2]);
	     i = (i - 1) / 2)
		o->heap[i] = o->heap[(i - 1) / 2];
	o->heap[i] = new;
	if (o->count++ == 0 || f->at_us > o->newest_us)
		o->newest_us = f->at_us;
	o->bytes += f->n;
}

/* Fills the first place with the last entry, and moves it to where it belongs. */
static void
close_gap(struct order *o)
{
	struct order_entry last = o->heap[--o->count];
	size_t i = 0, next;

	while ((next = 2 * i + 1) < o->count) {
		if (next + 1 < o->count &&
		    is_earlier(&o->heap[next + 1], &o->heap[next]))
			next++;
		if (!is_earlier(&o->heap[next], &last))
			break;
		o->heap[i] = o->heap[next];
		i = next;
	}
	o->heap[i] = last;
}

bool
order_get(struct order *o, struct pcapng_frame *f)
{
	if (o->count == 0)
		return false;
	*f = o->heap[0].frame;
	free(o->given);
	o->given = o->heap[0].bytes;
	f->bytes = o->given;
	o->bytes -= f->n;
	close_gap(o);
	return true;
}
