/* SPDX-License-Identifier: ISC */
#include "coded.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "codec.h"
#include "io.h"
#include "mem.h"

/* A multiple of all frames: 10 bytes of G.729, 5 of G.726 at 40 kbit/s ... */
enum { AT_ONCE = 960 };

struct coded {
	int fd;
	struct codec *codec;
	int64_t at;
	int16_t sound[CODEC_MOST];
	size_t next, have;
};

static const char *const kinds[][2] = {{"g722", "0=G722/8000"},
    {"g726", "0=G726-32/8000"}, {"g726-16", "0=G726-16/8000"},
    {"g726-24", "0=G726-24/8000"}, {"g726-32", "0=G726-32/8000"},
    {"g726-40", "0=G726-40/8000"}, {"g726aal2", "0=AAL2-G726-32/8000"},
    {"g729", "0=G729/8000"}};

bool
coded_payload(const char *format, struct payload *p)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (strcasecmp(format, kinds[i][0]) == 0) {
			struct payload_map map = {0};

			(void)payload_parse(&map, kinds[i][1], NULL);
			*p = payload_of(&map, 0);
			return true;
		}
	return false;
}

int
coded_check(const char *name, const struct payload *p, struct why *why)
{
	const char *library = NULL;
	char codec[40];

	if (codec_reads(p, &library))
		return 0;
	return why_set(why,
	    "%s: %s: this build has no %s; build rectools where it is "
	    "installed, or convert it: ffmpeg -i FILE FILE.wav",
	    name, payload_name(p, codec), library ? library : "codec");
}

int64_t
coded_samples(const struct payload *p, int64_t bytes)
{
	int64_t bits = 2 + (int64_t)p->kind - PAYLOAD_G726_16;

	if (p->kind == PAYLOAD_G722)
		return bytes * 2;
	return p->kind == PAYLOAD_G729 ? bytes / 10 * 80 : bytes * 8 / bits;
}

/* By the first bytes, or where there are none to go by, the ending. */
static const struct {
	const char *magic;
	size_t bytes;
	const char *ending, *name, *command;
} refused[] = {
    {"\x1a\x45\xdf\xa3", 4, "", "WebM", "ffmpeg -i FILE -c copy FILE.opus"},
    {"#!AMR", 5, "", "AMR", "ffmpeg -i FILE FILE.wav"},
    {"", 0, "g723", "G.723.1", "ffmpeg -f g723_1 -i FILE FILE.wav"},
    {"", 0, "g723sf", "G.723.1", "ffmpeg -f g723_1 -i FILE FILE.wav"},
    {"", 0, "ilbc", "iLBC", "asterisk -rx 'file convert FILE FILE.wav'"},
    {"", 0, "siren7", "Siren 7", "asterisk -rx 'file convert FILE FILE.wav'"},
    {"", 0, "siren14", "Siren 14", "asterisk -rx 'file convert FILE FILE.wav'"},
};

bool
coded_refuse(int fd, const char *name, struct why *why)
{
	const char *dot = strrchr(name, '.');
	char head[8] = "";

	(void)!io_pread(fd, head, sizeof head, 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		bool fits =
		    refused[i].bytes > 0
			? memcmp(head, refused[i].magic, refused[i].bytes) == 0
			: dot && strcasecmp(dot + 1, refused[i].ending) == 0;
		if (!fits)
			continue;
		why_set(why, "%s: %s is not read; convert it: %s", name,
		    refused[i].name, refused[i].command);
		return true;
	}
	return false;
}

struct coded *
coded_new(int fd, const struct payload *p)
{
	struct coded *c = mem_alloc(sizeof *c);

	c->fd = fd;
	c->codec = codec_new(p);
	return c;
}

static int
fill(struct coded *c)
{
	unsigned char bytes[AT_ONCE];
	ssize_t n = io_pread(c->fd, bytes, sizeof bytes, c->at);

	c->next = c->have = 0;
	if (n <= 0)
		return (int)n;
	c->at += n;
	c->have = codec_decode(c->codec, bytes, (size_t)n, c->sound);
	return c->have > 0;
}

ssize_t
coded_read(struct coded *c, int16_t *out, size_t count)
{
	size_t done = 0;

	while (done < count) {
		size_t now = count - done;
		int got = c->next < c->have ? 1 : fill(c);

		if (got < 0)
			return -1;
		if (got == 0)
			break;
		if (now > c->have - c->next)
			now = c->have - c->next;
		memcpy(out + done, c->sound + c->next, now * sizeof *out);
		c->next += now;
		done += now;
	}
	return (ssize_t)done;
}

void
coded_free(struct coded *c)
{
	if (!c)
		return;
	codec_free(c->codec);
	free(c);
}
