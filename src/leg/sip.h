/* SPDX-License-Identifier: ISC */
#ifndef SIP_H
#define SIP_H

/*
 * Finds the calls in the SIP (RFC 3261) of a capture: who called whom, when the
 * call was answered, held and ended, and where each side receives its media.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"
#include "sdp.h"

enum sip_side { SIP_CALLER, SIP_CALLEE };

/* An address and port at which one side receives. */
struct sip_media {
	enum sip_side author;
	int line; /* which audio line of its SDP: a recorder's has several */
	struct sdp_media sdp;
	int64_t from_us;
};

struct sip_hold {
	int64_t at_us;
	bool held;
};

struct sip_call {
	char *call_id, *from, *to; /* the user parts */
	char *from_tag;
	bool joined; /* the capture began after it: who called is unknown */
	int64_t began_us, answer_us, end_us; /* 0: not seen */
	int status;                          /* of the INVITE's last answer */
	struct sip_media *media;
	size_t medias;
	struct sip_hold *hold;
	size_t holds;
	bool held[2]; /* by side */
};

enum { SIP_CALLS = 4096, SIP_MEDIA = 64, SIP_HOLDS = 256 };
struct sip {
	struct sip_call *call; /* as they began */
	size_t calls;
};

/* Takes a packet; ignores it if it is not SIP. */
void sip_take(struct sip *sip, const struct packet *p);
void sip_free(struct sip *sip);

#endif
