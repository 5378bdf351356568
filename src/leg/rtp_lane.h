/* SPDX-License-Identifier: ISC */
#ifndef RTP_LANE_H
#define RTP_LANE_H

/*
 * Turns one RTP stream of a capture into samples: puts its packets in order,
 * decodes them, and places them by the sender's clock (clock.h).
 *
 *	struct lane *lane = lane_new(stream, rate, zero_us);
 *	lane_put(lane, &rtp, arrival_us);
 *	while (lane_next(lane, now_us, all, &sound)) ...
 *	lane_free(lane);
 *
 * Consecutive packets are joined without a gap. If the clock drifts away from
 * the samples, a packet is stretched by a few samples (stretch.h).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp.h"
#include "streams.h"

/* rate: of the samples, 8000 or 16000; zero_us: sample 0 after base_us. */
struct lane *lane_new(const struct stream *s, unsigned rate, int64_t zero_us);
void lane_free(struct lane *lane); /* NULL is fine */

/* Adds a packet of the stream; arrival_us is relative to base_us. */
void lane_put(struct lane *lane, const struct rtp *r, int64_t arrival_us);
/* The packet with this sequence number was sent to another socket: it is not
 * lost. */
void lane_skip(struct lane *lane, uint16_t sequence);

struct lane_sound {
	int64_t at;         /* place of the first sample */
	const float *block; /* valid until the next call */
	size_t count;
	uint16_t sequence;
	int gap, lost; /* sequence numbers skipped before it; those lost */
	int64_t hole;  /* the lost ones in samples */
};
/*
 * Gets the sound of the next packet. False if a packet before it is missing and
 * may still arrive; with `all`, missing packets are not waited for.
 */
bool lane_next(
    struct lane *lane, int64_t now_us, bool all, struct lane_sound *sound);

#endif
