/* SPDX-License-Identifier: ISC */
#include "sip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "text.h"

enum { VALUE = 256 };

/* One message. Values are truncated to VALUE. */
struct sip_message {
	int status; /* 0: a request */
	char method[16], call_id[VALUE], from[VALUE], to[VALUE], tag[VALUE];
	char to_tag[VALUE];
	const char *body;
	size_t body_bytes;
};

static bool
is_sip(const char *s, size_t n)
{
	static const char *const heads[] = {"INVITE ", "ACK ", "BYE ",
	    "CANCEL ", "PRACK ", "UPDATE ", "SIP/2.0 "};

	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
		if (n > strlen(heads[i]) &&
		    memcmp(s, heads[i], strlen(heads[i])) == 0)
			return true;
	return false;
}

/* "<sip:alice@example.org>;tag=1928": the user, or else the whole address. */
static void
take_sip_user(char *to, const char *value)
{
	const char *at = strstr(value, "sip:");
	size_t n;

	if (!at && (at = strstr(value, "sips:")))
		at++;
	if (!at && (at = strstr(value, "tel:"))) {
		at += 4;
		n = strcspn(at, ">;");
	} else {
		at = at ? at + 4 : value;
		n = strcspn(at, "@>;");
		if (at[n] != '@')
			n = strcspn(at, ">;");
	}
	(void)snprintf(to, VALUE, "%.*s", (int)n, at);
}

static void
take_tag(char *to, const char *value)
{
	const char *tag = strstr(value, ";tag=");

	if (tag)
		(void)snprintf(
		    to, VALUE, "%.*s", (int)strcspn(tag + 5, "; \t"), tag + 5);
}

static const char *
header_value(const char *line, const char *name, const char *brief)
{
	size_t n = strcspn(line, ": \t");
	const char *colon = strchr(line, ':');

	if (!colon || !((strlen(name) == n && !strncasecmp(line, name, n)) ||
			  (strlen(brief) == n && !strncasecmp(line, brief, n))))
		return NULL;
	return colon + 1 + strspn(colon + 1, " \t");
}

static void
take_sip_header(struct sip_message *m, const char *line)
{
	const char *v;

	if ((v = header_value(line, "Call-ID", "i"))) {
		(void)snprintf(m->call_id, VALUE, "%s", v);
	} else if ((v = header_value(line, "From", "f"))) {
		take_sip_user(m->from, v);
		take_tag(m->tag, v);
	} else if ((v = header_value(line, "To", "t"))) {
		take_sip_user(m->to, v);
		take_tag(m->to_tag, v);
	} else if (m->status && (v = header_value(line, "CSeq", "cseq"))) {
		v += strcspn(v, " \t");
		v += strspn(v, " \t");
		(void)snprintf(m->method, sizeof m->method, "%s", v);
	}
}

static bool
parse_sip_message(struct sip_message *m, const char *s, size_t n)
{
	char line[VALUE * 2];
	bool first = true;

	*m = (struct sip_message){0};
	while (n > 0) {
		const char *end = memchr(s, '\n', n);
		size_t length = end ? (size_t)(end - s) : n, kept = length;

		if (kept >= sizeof line)
			kept = sizeof line - 1;
		memcpy(line, s, kept);
		while (kept > 0 && line[kept - 1] == '\r')
			kept--;
		line[kept] = '\0';
		length += end != NULL;
		s += length;
		n -= length;
		if (first && sscanf(line, "SIP/2.0 %3d", &m->status) != 1)
			(void)sscanf(line, "%15s", m->method);
		else if (!first && kept == 0)
			break;
		else if (!first)
			take_sip_header(m, line);
		first = false;
	}
	m->body = s;
	m->body_bytes = n;
	return m->call_id[0] != '\0';
}

static struct sip_call *
call_of_message(struct sip *sip, const struct sip_message *m, int64_t at_us)
{
	struct sip_call *c;

	/* Finds the Call-ID, nearly always in one of the latest calls. */
	for (size_t i = sip->calls; i > 0; i--)
		if (strcmp(sip->call[i - 1].call_id, m->call_id) == 0)
			return &sip->call[i - 1];
	if (m->status || strcmp(m->method, "INVITE") != 0 ||
	    sip->calls == SIP_CALLS)
		return NULL;
	if ((sip->calls & (sip->calls - 1)) == 0)
		sip->call = mem_resize(
		    sip->call, sip->calls ? sip->calls * 2 : 1, sizeof *c);
	c = &sip->call[sip->calls++];
	*c = (struct sip_call){.call_id = text_dup(m->call_id),
	    .from = text_dup(m->from),
	    .to = text_dup(m->to),
	    .from_tag = text_dup(m->tag),
	    /* RFC 3261, 12.2.1.1: only requests in a dialog have that tag. */
	    .joined = m->to_tag[0] != '\0',
	    .began_us = at_us};
	return c;
}

static void
note_hold(struct sip_call *c, enum sip_side side, bool held, int64_t at_us)
{
	bool before = c->held[0] || c->held[1], after;

	c->held[side] = held;
	after = c->held[0] || c->held[1];
	if (before == after || c->answer_us == 0 || c->holds == SIP_HOLDS)
		return;
	c->hold = mem_resize(c->hold, c->holds + 1, sizeof *c->hold);
	c->hold[c->holds++] = (struct sip_hold){at_us, after};
}

static void
take_body(struct sip_call *c, enum sip_side author, const struct sip_message *m,
    int64_t at_us)
{
	struct sdp sdp;
	int line = -1;

	sdp_parse(&sdp, m->body, m->body_bytes);
	for (size_t i = 0; i < sdp.count; i++) {
		const struct sdp_media *s = &sdp.media[i];
		bool known = false;

		line += s->audio;
		/* SIPREC always only sends. */
		if (s->audio && line == 0 && c->answer_us > 0)
			note_hold(c, author, s->held, at_us);
		for (size_t k = 0; k < c->medias; k++)
			known |=
			    c->media[k].author == author &&
			    packet_end_same(&c->media[k].sdp.at, &s->at) &&
			    payload_map_same(&c->media[k].sdp.map, &s->map);
		if (known || s->at.port == 0 || c->medias == SIP_MEDIA)
			continue;
		c->media =
		    mem_resize(c->media, c->medias + 1, sizeof *c->media);
		c->media[c->medias++] =
		    (struct sip_media){author, line, *s, at_us};
	}
}

void
sip_take(struct sip *sip, const struct packet *p)
{
	const char *s = (const char *)p->payload;
	struct sip_message m;
	struct sip_call *c;
	bool of_caller, invite;

	if (!is_sip(s, p->bytes) || !parse_sip_message(&m, s, p->bytes) ||
	    !(c = call_of_message(sip, &m, p->at_us)))
		return;
	/* An answer has the From of its request. */
	of_caller = (strcmp(m.tag, c->from_tag) == 0) == (m.status == 0);
	invite = strcmp(m.method, "INVITE") == 0;
	if (invite && m.status >= 200 && c->answer_us == 0)
		c->status = m.status;
	if (invite && m.status >= 200 && m.status < 300 && c->answer_us == 0)
		c->answer_us = p->at_us;
	if (strcmp(m.method, "BYE") == 0 && !m.status && c->end_us == 0)
		c->end_us = p->at_us;
	if (m.body_bytes > 0 && m.status < 300)
		take_body(c, of_caller ? SIP_CALLER : SIP_CALLEE, &m, p->at_us);
}

void
sip_free(struct sip *sip)
{
	for (size_t i = 0; i < sip->calls; i++) {
		struct sip_call *c = &sip->call[i];

		free(c->call_id);
		free(c->from);
		free(c->to);
		free(c->from_tag);
		free(c->media);
		free(c->hold);
	}
	free(sip->call);
	*sip = (struct sip){0};
}
