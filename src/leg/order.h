/* SPDX-License-Identifier: ISC */
#ifndef ORDER_H
#define ORDER_H

/*
 * Puts the frames of a capture in order of time, as far as ORDER_US, ORDER_MOST
 * frames and ORDER_BYTES allow.
 *
 *	o = order_new();
 *	while (order_wants(o) && there is a frame)
 *		order_put(o, &frame);
 *	if (order_get(o, &frame)) ...
 *	order_free(o);
 */

#include <stdbool.h>

#include "pcapng.h"

#define ORDER_US INT64_C(5000000)
enum { ORDER_MOST = 65536, ORDER_BYTES = 16 << 20 };

struct order;
struct order *order_new(void);
void order_free(struct order *o); /* NULL is fine */

/* True if an earlier frame than the first one may still come. */
bool order_wants(const struct order *o);
/* Copies the frame. */
void order_put(struct order *o, const struct pcapng_frame *f);
/* Takes the earliest frame; its bytes are valid until the next call. False: no
 * frame is left. */
bool order_get(struct order *o, struct pcapng_frame *f);

#endif
