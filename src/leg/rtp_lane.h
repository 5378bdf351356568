/* SPDX-License-Identifier: ISC */
#ifndef RTP_LANE_H
#define RTP_LANE_H

/*
 * One stream of a capture on its way to samples: its packets in order, each
 * decoded and put where its sender's clock has it.
 *
 *	struct lane *lane = lane_new(stream, rate, zero_us);
 *	lane_put(lane, &rtp, arrival_us);
 *	while (lane_next(lane, now_us, all, &sound)) ...
 *	lane_free(lane);
 *
 * Packets that follow one another are joined without a seam: where the clock
 * moves away from their samples, one packet is stretched by a sample or a few.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rtp.h"
#include "streams.h"

/* rate: of the samples, 8000 or 16000; zero_us: sample 0 after base_us. */
struct lane *lane_new(const struct stream *s, unsigned rate, int64_t zero_us);
void lane_free(struct lane *lane); /* NULL is fine */

/* A packet of the stream that arrived then, after base_us. */
void lane_put(struct lane *lane, const struct rtp *r, int64_t arrival_us);
/* Its source has sent the packet of that number to another socket. */
void lane_skip(struct lane *lane, uint16_t sequence);

struct lane_sound {
	int64_t at;         /* of the first sample */
	const float *block; /* good until the next call */
	size_t count;
	uint16_t sequence;
	int gap, lost; /* numbers before it; how many of these never came */
	int64_t hole;  /* their samples */
};
/*
 * The next packet's sound, if it is its turn: it follows the one before, or has
 * waited long enough for what is between, or all is set.
 */
bool lane_next(
    struct lane *lane, int64_t now_us, bool all, struct lane_sound *sound);

#endif
