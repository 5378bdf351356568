/* SPDX-License-Identifier: ISC */
#include "payload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "num.h"

/* Of most packets; and no sender waits longer than LATE. */
#define PACKET_US INT64_C(20000)
#define LATE_US   INT64_C(500000)

/* By the name in SDP; type: that of RFC 3551, or -1. */
static const struct known {
	const char *sdp, *name;
	enum payload_kind kind;
	unsigned hz;
	int type;
	bool packed;
} known[] = {
    {"PCMU", "G.711 mu-law", PAYLOAD_PCMU, 8000, 0, false},
    {"PCMA", "G.711 A-law", PAYLOAD_PCMA, 8000, 8, false},
    /*
     * The RTP clock of G.722 is half of its sample rate, see RFC 3551, 4.5.2.
     */
    {"G722", "G.722", PAYLOAD_G722, 8000, 9, false},
    {"G726-16", "G.726 at 16 kbit/s", PAYLOAD_G726_16, 8000, -1, false},
    {"G726-24", "G.726 at 24 kbit/s", PAYLOAD_G726_24, 8000, -1, false},
    {"G726-32", "G.726 at 32 kbit/s", PAYLOAD_G726_32, 8000, 2, false},
    {"G726-40", "G.726 at 40 kbit/s", PAYLOAD_G726_40, 8000, -1, false},
    {"AAL2-G726-16", "G.726 at 16 kbit/s", PAYLOAD_G726_16, 8000, -1, true},
    {"AAL2-G726-24", "G.726 at 24 kbit/s", PAYLOAD_G726_24, 8000, -1, true},
    {"AAL2-G726-32", "G.726 at 32 kbit/s", PAYLOAD_G726_32, 8000, -1, true},
    {"AAL2-G726-40", "G.726 at 40 kbit/s", PAYLOAD_G726_40, 8000, -1, true},
    {"GSM", "GSM 06.10", PAYLOAD_GSM, 8000, 3, false},
    {"G729", "G.729", PAYLOAD_G729, 8000, 18, false},
    {"G729A", "G.729", PAYLOAD_G729, 8000, -1, false},
    {"opus", "Opus", PAYLOAD_OPUS, 48000, -1, false},
    {"AMR", "AMR", PAYLOAD_AMR, 8000, -1, false},
    {"CN", "comfort noise", PAYLOAD_QUIET, 8000, 13, false},
    {"CN", "comfort noise", PAYLOAD_QUIET, 8000, 19, false},
    {"telephone-event", "telephone-event", PAYLOAD_QUIET, 8000, -1, false},
    {"G723", "G.723.1", PAYLOAD_OTHER, 8000, 4, false},
    {"DVI4", "DVI4", PAYLOAD_OTHER, 8000, 5, false},
    {"DVI4", "DVI4", PAYLOAD_OTHER, 16000, 6, false},
    {"LPC", "LPC", PAYLOAD_OTHER, 8000, 7, false},
    {"L16", "L16", PAYLOAD_OTHER, 44100, 10, false},
    {"L16", "L16", PAYLOAD_OTHER, 44100, 11, false},
    {"QCELP", "QCELP", PAYLOAD_OTHER, 8000, 12, false},
    {"MPA", "MPEG audio", PAYLOAD_OTHER, 90000, 14, false},
    {"G728", "G.728", PAYLOAD_OTHER, 8000, 15, false},
    {"DVI4", "DVI4", PAYLOAD_OTHER, 11025, 16, false},
    {"DVI4", "DVI4", PAYLOAD_OTHER, 22050, 17, false},
    {"AMR-WB", "AMR-WB", PAYLOAD_OTHER, 16000, -1, false},
    {"CelB", "video", PAYLOAD_VIDEO, 90000, 25, false},
    {"JPEG", "video", PAYLOAD_VIDEO, 90000, 26, false},
    {"nv", "video", PAYLOAD_VIDEO, 90000, 28, false},
    {"H261", "video", PAYLOAD_VIDEO, 90000, 31, false},
    {"MPV", "video", PAYLOAD_VIDEO, 90000, 32, false},
    {"MP2T", "video", PAYLOAD_VIDEO, 90000, 33, false},
    {"H263", "video", PAYLOAD_VIDEO, 90000, 34, false},
    {"H263-1998", "video", PAYLOAD_VIDEO, 90000, -1, false},
    {"H264", "video", PAYLOAD_VIDEO, 90000, -1, false},
    {"H265", "video", PAYLOAD_VIDEO, 90000, -1, false},
    {"VP8", "video", PAYLOAD_VIDEO, 90000, -1, false},
    {"VP9", "video", PAYLOAD_VIDEO, 90000, -1, false},
    {"AV1", "video", PAYLOAD_VIDEO, 90000, -1, false},
};
enum { KNOWN = sizeof known / sizeof *known };

static const struct known *
by_sdp(const char *name, size_t n)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (strlen(known[i].sdp) == n &&
		    strncasecmp(known[i].sdp, name, n) == 0)
			return &known[i];
	return NULL;
}

static const struct known *
by_type(int type)
{
	for (size_t i = 0; i < KNOWN; i++)
		if (known[i].type == type)
			return &known[i];
	return NULL;
}

static struct payload
from_known(const struct known *k, int type)
{
	struct payload p = {
	    .type = type, .kind = k->kind, .hz = k->hz, .packed = k->packed};

	(void)snprintf(p.name, sizeof p.name, "%s", k->sdp);
	return p;
}

bool
payload_map_same(const struct payload_map *a, const struct payload_map *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++) {
		const struct payload *x = &a->of[i], *y = &b->of[i];

		same = x->type == y->type && x->kind == y->kind &&
		       x->hz == y->hz && x->packed == y->packed &&
		       x->aligned == y->aligned &&
		       strcmp(x->name, y->name) == 0;
	}
	return same;
}

struct payload
payload_of(const struct payload_map *map, int type)
{
	const struct known *k;

	for (size_t i = 0; map && i < map->count; i++)
		if (map->of[i].type == type)
			return map->of[i];
	k = by_type(type);
	return k ? from_known(k, type) : (struct payload){.type = type};
}

static struct payload *
find_payload(struct payload_map *map, int type)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->of[i].type == type)
			return &map->of[i];
	return NULL;
}

/* "opus/48000/2": a name that consists of letters can be part of a message. */
static struct payload
from_rtpmap(int type, const char *rtpmap)
{
	size_t n = strcspn(rtpmap, "/ \t");
	const struct known *k = by_sdp(rtpmap, n);
	struct payload p = {.type = type, .kind = PAYLOAD_OTHER};
	unsigned long hz =
	    rtpmap[n] == '/' ? strtoul(rtpmap + n + 1, NULL, 10) : 0;

	if (k)
		p = from_known(k, type);
	for (size_t i = 0; !k && i < n && i < sizeof p.name - 1; i++)
		p.name[i] = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopq"
				   "rstuvwxyz0123456789.-",
				rtpmap[i])
				? rtpmap[i]
				: '_';
	if (hz >= 1000 && hz <= 192000) {
		/* L16 and telephone events have the clock of the rtpmap. */
		if (k && hz != k->hz && payload_is_sound(&p))
			p.kind = PAYLOAD_OTHER;
		p.hz = (unsigned)hz;
	}
	return p;
}

void
payload_add(struct payload_map *map, int type, const char *rtpmap)
{
	struct payload *p = find_payload(map, type);

	if (type < 0 || type > 127 || (!p && map->count == PAYLOADS))
		return;
	if (!p)
		p = &map->of[map->count++];
	*p = from_rtpmap(type, rtpmap);
}

void
payload_parameters(struct payload_map *map, int type, const char *text)
{
	struct payload *p = find_payload(map, type);

	if (p && p->kind == PAYLOAD_AMR)
		p->aligned = strstr(text, "octet-align=1") != NULL;
}

int
payload_parse(struct payload_map *map, const char *text, struct why *why)
{
	while (*(text += strspn(text, " \t"))) {
		size_t n = strcspn(text, " \t");
		char *word = text_ndup(text, n), *equals = strchr(word, '=');
		int64_t type = -1;

		if (equals)
			*equals = '\0';
		if (!equals || num_integer(word, 0, 127, &type) != 0 ||
		    !equals[1]) {
			free(word);
			return why_set(why,
			    "'%.*s' is not like 96=opus/48000/2",
			    (int)(n < 60 ? n : 60), text);
		}
		payload_add(map, (int)type, equals + 1);
		if (strstr(equals + 1, "octet-align"))
			payload_parameters(map, (int)type, "octet-align=1");
		free(word);
		text += n;
	}
	return 0;
}

/* The rate of the codec's timestamps. */
static unsigned
own_hz(const struct payload *p)
{
	return p->kind == PAYLOAD_OPUS ? 48000 : 8000;
}

void
payload_text(const struct payload *p, struct buf *out)
{
	const struct known *k = by_type(p->type);

	if (p->kind == PAYLOAD_UNKNOWN ||
	    (k && k->kind == p->kind && k->hz == p->hz &&
		k->packed == p->packed))
		return;
	buf_format(out, "%s%d=%s/%u%s", out->len ? " " : "", p->type, p->name,
	    payload_is_sound(p) ? own_hz(p) : p->hz,
	    p->aligned ? "/octet-align" : "");
}

const char *
payload_name(const struct payload *p, char name[40])
{
	const struct known *k = by_sdp(p->name, strlen(p->name));

	if (p->kind == PAYLOAD_UNKNOWN || !p->name[0])
		(void)snprintf(name, 40, "payload type %d", p->type);
	else
		(void)snprintf(name, 40, "%s", k ? k->name : p->name);
	return name;
}

bool
payload_is_sound(const struct payload *p)
{
	return p->kind != PAYLOAD_UNKNOWN && p->kind != PAYLOAD_QUIET &&
	       p->kind != PAYLOAD_VIDEO && p->kind != PAYLOAD_OTHER;
}

unsigned
payload_g726_bits(const struct payload *p)
{
	switch (p->kind) {
	case PAYLOAD_G726_16:
		return 2;
	case PAYLOAD_G726_24:
		return 3;
	case PAYLOAD_G726_32:
		return 4;
	case PAYLOAD_G726_40:
		return 5;
	default:
		return 0;
	}
}

int
payload_amr_bits(unsigned frame_type)
{
	static const short bits[9] = {
	    95, 103, 118, 134, 148, 159, 204, 244, 39};

	if (frame_type == 15) /* no data */
		return 0;
	return frame_type < 9 ? bits[frame_type] : -1;
}

/* RFC 4867, 4.3 and 4.4: one table entry for each frame comes first. */
static int
amr_frames(const struct payload *p, const unsigned char *b, size_t n)
{
	size_t bit = p->aligned ? 8 : 4, step = p->aligned ? 8 : 6;
	int frames = 0;
	bool more = true;

	while (more && bit + step <= n * 8 && frames < 50) {
		more = b[bit / 8] >> (7 - bit % 8) & 1;
		bit += step;
		frames++;
	}
	return frames;
}

/* RFC 6716, 3.1: frames of a packet, and how long each is at 48 kHz. */
static int
opus_ticks(const unsigned char *b, size_t n)
{
	static const int celt[4] = {120, 240, 480, 960};
	static const int silk[4] = {480, 960, 1920, 2880};
	int config = b[0] >> 3, frames = 1, one;

	one = config < 12   ? silk[config & 3]
	      : config < 16 ? 480 << (config & 1)
			    : celt[config & 3];
	if ((b[0] & 3) == 3)
		frames = n > 1 ? b[1] & 63 : 0;
	else if ((b[0] & 3) > 0)
		frames = 2;
	return frames * one <= 5760 ? frames * one : 0;
}

static int
own_ticks(const struct payload *p, const unsigned char *b, size_t n)
{
	switch (p->kind) {
	case PAYLOAD_PCMU:
	case PAYLOAD_PCMA:
	case PAYLOAD_G722:
		return (int)n;
	case PAYLOAD_G726_16:
	case PAYLOAD_G726_24:
	case PAYLOAD_G726_32:
	case PAYLOAD_G726_40:
		return (int)(n * 8 / payload_g726_bits(p));
	case PAYLOAD_GSM:
		return (int)(n / 33) * 160;
	case PAYLOAD_G729:
		/* A last frame of 2 bytes describes silence. */
		return (int)(n / 10) * 80 + (n % 10 == 2 ? 80 : 0);
	case PAYLOAD_AMR:
		return amr_frames(p, b, n) * 160;
	case PAYLOAD_OPUS:
		return opus_ticks(b, n);
	default:
		return 0;
	}
}

int
payload_ticks(const struct payload *p, const unsigned char *b, size_t n)
{
	int ticks = own_ticks(p, b, n);

	if (!payload_is_sound(p) || p->hz == own_hz(p))
		return ticks;
	return (int)((int64_t)ticks * p->hz / own_hz(p));
}

size_t
payload_bytes(const struct payload *p, int64_t ticks)
{
	if (payload_is_sound(p) && p->hz > 0)
		ticks = ticks * own_hz(p) / p->hz;
	switch (p->kind) {
	case PAYLOAD_PCMU:
	case PAYLOAD_PCMA:
	case PAYLOAD_G722:
		return (size_t)ticks;
	case PAYLOAD_G726_16:
	case PAYLOAD_G726_24:
	case PAYLOAD_G726_32:
	case PAYLOAD_G726_40:
		return (size_t)ticks * payload_g726_bits(p) / 8;
	case PAYLOAD_GSM:
		return (size_t)ticks / 160 * 33;
	case PAYLOAD_G729:
		return (size_t)ticks / 80 * 10;
	default:
		return 0;
	}
}

int64_t
payload_late_us(const struct payload *p, int ticks)
{
	int64_t us = p->hz > 0 ? INT64_C(1000000) * ticks / p->hz : 0;

	if (p->at_once)
		return 0;
	us = us < LATE_US ? us : LATE_US;
	return us > PACKET_US ? us - PACKET_US : 0;
}
