/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_SIDES_H
#define RTPENGINE_SIDES_H

/*
 * Finds which side sends media to which port of rtpengine, by the SDP that
 * rtpengine sent.
 *
 * rtpengine writes each SDP on behalf of its author, and the receiver sends media
 * to the ports in it. So packets to the port of an answer come from the caller,
 * who made the offer, and packets to the port of an offer from the called party.
 * A later offer may be of either side: a port that is already known shows which.
 * Labels ("customer", "agent") take precedence.
 */

#include <stdbool.h>
#include <stddef.h>

#include "payload.h"
#include "sdp.h"

/* role: as in call files; it points to a constant. */
struct rtpengine_port {
	unsigned port;
	const char *role;
	bool secure;
};

struct rtpengine_sides {
	const char *caller, *called; /* their roles without labels */
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
/* Makes the caller the agent, unless there are labels. */
void rtpengine_sides_swap(struct rtpengine_sides *s);
void rtpengine_sides_free(struct rtpengine_sides *s);

/* The role if the label is one, such as "customer"; else NULL. */
const char *rtpengine_role(const char *label);

#endif
