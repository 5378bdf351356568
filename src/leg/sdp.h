/* SPDX-License-Identifier: ISC */
#ifndef SDP_H
#define SDP_H

/* What a session description (RFC 8866) tells of its audio. */

#include <stdbool.h>
#include <stddef.h>

#include "packet.h"
#include "payload.h"

struct sdp_media {
	struct packet_end at; /* where its author wants it; port 0: nowhere */
	bool has_address;
	bool audio;
	bool secure; /* SRTP */
	bool held;   /* sendonly, inactive, or to 0.0.0.0 */
	struct payload_map map;
	char label[32];
};

enum { SDP_MEDIA = 8 };
struct sdp {
	struct sdp_media media[SDP_MEDIA];
	size_t count;
};

void sdp_parse(struct sdp *sdp, const char *text, size_t n);

#endif
