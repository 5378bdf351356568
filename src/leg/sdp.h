/* SPDX-License-Identifier: ISC */
#ifndef SDP_H
#define SDP_H

/* Parses the media of a session description, SDP (RFC 8866). */

#include <stdbool.h>
#include <stddef.h>

#include "packet.h"
#include "payload.h"

struct sdp_media {
	struct packet_end at; /* where its author receives; port 0: disabled */
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
