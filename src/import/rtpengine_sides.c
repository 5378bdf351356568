/* SPDX-License-Identifier: ISC */
#include "rtpengine_sides.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "mem.h"

enum { PORTS_MOST = 1024 };

const char *
rtpengine_role(const char *label)
{
	for (size_t i = 0; i < CALL_PARTIES; i++)
		if (strcmp(label, call_party_names[i]) == 0)
			return call_party_names[i];
	return NULL;
}

static const char *
role_of_port(const struct rtpengine_sides *s, const struct sdp *sdp)
{
	for (size_t i = 0; i < s->ports; i++)
		for (size_t k = 0; k < sdp->count; k++)
			if (sdp->media[k].audio &&
			    sdp->media[k].at.port == s->port[i].port)
				return s->port[i].role;
	return NULL;
}

static const char *
other_side(const struct rtpengine_sides *s, const char *role)
{
	return role && strcmp(role, s->caller) == 0 ? s->called : s->caller;
}

static void
add_ports(struct rtpengine_sides *s, const struct sdp *sdp, const char *role)
{
	for (size_t k = 0; k < sdp->count; k++) {
		const struct sdp_media *m = &sdp->media[k];
		bool known = false;

		if (!m->audio || m->at.port == 0)
			continue;
		for (size_t i = 0; i < m->map.count; i++)
			if (s->map.count < PAYLOADS &&
			    payload_of(&s->map, m->map.of[i].type).kind ==
				PAYLOAD_UNKNOWN)
				s->map.of[s->map.count++] = m->map.of[i];
		for (size_t i = 0; i < s->ports; i++)
			known |= s->port[i].port == m->at.port;
		if (known || s->ports == PORTS_MOST)
			continue;
		s->port = mem_resize(s->port, s->ports + 1, sizeof *s->port);
		s->port[s->ports++] =
		    (struct rtpengine_port){m->at.port, role, m->secure};
	}
}

/* Either may be NULL: an offer without an answer, or an answer alone. */
static void
take_sdp_pair(struct rtpengine_sides *s, const struct sdp *offer,
    const char *offerer, const struct sdp *answer, const char *answerer)
{
	const char *from_offerer = rtpengine_role(offerer);
	const char *from_answerer = rtpengine_role(answerer);

	s->labelled |= from_offerer || from_answerer;
	if (!from_offerer && !from_answerer) {
		from_answerer = offer ? role_of_port(s, offer) : NULL;
		from_offerer = answer ? role_of_port(s, answer) : NULL;
	}
	if (!from_offerer && !from_answerer)
		from_offerer = s->caller;
	if (!from_offerer)
		from_offerer = other_side(s, from_answerer);
	if (!from_answerer)
		from_answerer = other_side(s, from_offerer);
	if (offer)
		add_ports(s, offer, from_answerer);
	if (answer)
		add_ports(s, answer, from_offerer);
}

void
rtpengine_sides_end(struct rtpengine_sides *s)
{
	if (s->waiting)
		take_sdp_pair(s, &s->offer, s->label, NULL, "");
	s->waiting = false;
}

void
rtpengine_sides_add(struct rtpengine_sides *s, const char *mode,
    const char *label, const char *text, size_t n)
{
	struct sdp sdp;

	sdp_parse(&sdp, text, n);
	if (strcmp(mode, "offer") == 0) {
		rtpengine_sides_end(s);
		s->offer = sdp;
		(void)snprintf(s->label, sizeof s->label, "%.31s", label);
		s->waiting = true;
	} else if (strcmp(mode, "answer") == 0) {
		take_sdp_pair(s, s->waiting ? &s->offer : NULL,
		    s->waiting ? s->label : "", &sdp, label);
		s->waiting = false;
	}
}

void
rtpengine_sides_swap(struct rtpengine_sides *s)
{
	const char *caller = s->caller;

	if (s->labelled)
		return;
	for (size_t i = 0; i < s->ports; i++)
		s->port[i].role = other_side(s, s->port[i].role);
	s->caller = s->called;
	s->called = caller;
}

void
rtpengine_sides_free(struct rtpengine_sides *s)
{
	free(s->port);
	*s = (struct rtpengine_sides){0};
}
