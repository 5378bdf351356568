/* SPDX-License-Identifier: ISC */
#include "sdp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE = 512 };

/* The state of the parser. Lines before the first m= apply to all media. */
struct sdp_reader {
	struct sdp *sdp;
	struct sdp_media session;
	struct sdp_media *now; /* NULL: more m= lines than are kept */
};

static void
take_connection(struct sdp_media *m, const char *line)
{
	char address[64];

	if (sscanf(line, "IN IP%*1[46] %63[^/ \r\n]", address) != 1 ||
	    packet_address_parse(address, m->at.address) != 0)
		return;
	m->has_address = true;
	m->held = strcmp(address, "0.0.0.0") == 0;
}

/* "audio 31300 RTP/AVP 0 101 13" */
static void
take_media(struct sdp_reader *r, const char *line)
{
	struct sdp_media *m;
	char kind[16], proto[32];
	unsigned port;

	r->now = NULL;
	if (sscanf(line, "%15s %u%*[/0-9] %31s", kind, &port, proto) != 3 &&
	    sscanf(line, "%15s %u %31s", kind, &port, proto) != 3)
		return;
	if (r->sdp->count == SDP_MEDIA || port > 65535)
		return;
	m = &r->sdp->media[r->sdp->count++];
	*m = r->session;
	m->at.port = (uint16_t)port;
	m->audio = strcmp(kind, "audio") == 0;
	m->secure = strstr(proto, "SAVP") != NULL;
	r->now = m;
}

static void
take_attribute(struct sdp_media *m, const char *line)
{
	char word[80];
	int type, used = 0;

	if (strcmp(line, "sendonly") == 0 || strcmp(line, "inactive") == 0)
		m->held = true;
	else if (strcmp(line, "sendrecv") == 0 || strcmp(line, "recvonly") == 0)
		m->held = false;
	else if (sscanf(line, "rtpmap:%d %79s", &type, word) == 2)
		payload_add(&m->map, type, word);
	else if (sscanf(line, "fmtp:%d %n", &type, &used) == 1 && used > 0)
		payload_parameters(&m->map, type, line + used);
	else if (sscanf(line, "label:%31[^\r\n]", m->label) == 1)
		return;
	else if (strncmp(line, "crypto:", 7) == 0)
		m->secure = true;
}

static void
take_sdp_line(struct sdp_reader *r, const char *line)
{
	struct sdp_media *m = r->sdp->count ? r->now : &r->session;

	if (line[1] != '=')
		return;
	if (line[0] == 'm')
		take_media(r, line + 2);
	else if (m && line[0] == 'c')
		take_connection(m, line + 2);
	else if (m && line[0] == 'a')
		take_attribute(m, line + 2);
}

void
sdp_parse(struct sdp *sdp, const char *text, size_t n)
{
	struct sdp_reader r = {.sdp = sdp};
	char line[LINE];

	*sdp = (struct sdp){0};
	while (n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t length = end ? (size_t)(end - text) : n;
		size_t kept = length < LINE - 1 ? length : LINE - 1;

		memcpy(line, text, kept);
		while (kept > 0 && line[kept - 1] == '\r')
			kept--;
		line[kept] = '\0';
		if (kept >= 2)
			take_sdp_line(&r, line);
		length += end != NULL;
		text += length;
		n -= length;
	}
}
