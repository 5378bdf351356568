/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_SIDES_H
#define RTPENGINE_SIDES_H

/*
 * Whose media go to which port of rtpengine, by the SDP that it sent.
 *
 * Each SDP is one that rtpengine wrote on behalf of its author: whoever gets it
 * sends to the ports in it. So what goes to the port of an answer comes from who
 * made the offer, the caller, and what goes to an offer's from the called; a
 * later offer may be of either side, and the port of its pair that is known
 * already tells of which. Labels ("customer", "agent") outrank that.
 */

#include <stdbool.h>
#include <stddef.h>

#include "payload.h"
#include "sdp.h"

/* role: of call files; it points to a constant. */
struct rtpengine_port {
	unsigned port;
	const char *role;
	bool secure;
};

struct rtpengine_sides {
	const char *caller, *called; /* their roles where no label says */
	struct rtpengine_port *port;
	size_t ports;
	struct payload_map map;
	bool labelled;
	/* private: an offer that waits for its answer */
	struct sdp offer;
	char label[32];
	bool waiting;
};

/* One block: "offer" or "answer", its label or "", the SDP. */
void rtpengine_sides_add(struct rtpengine_sides *s, const char *mode,
    const char *label, const char *sdp, size_t n);
void rtpengine_sides_end(struct rtpengine_sides *s);
/* The caller is the agent after all, where no label said otherwise. */
void rtpengine_sides_swap(struct rtpengine_sides *s);
void rtpengine_sides_free(struct rtpengine_sides *s);

/* "customer" ... where the label is such a word, or NULL. */
const char *rtpengine_role(const char *label);

#endif
