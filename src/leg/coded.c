/* SPDX-License-Identifier: ISC */
#include "coded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "codec.h"
#include "io.h"
#include "mem.h"

/* A multiple of the frames of all codecs: 10 bytes of G.729, 5 of G.726 at 40
 * kbit/s ... */
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
	unsigned bits = payload_g726_bits(p);

	if (p->kind == PAYLOAD_G722)
		return bytes * 2;
	return bits > 0 ? bytes * 8 / bits : bytes / 10 * 80;
}

/* Recognized by bytes at a place or, if there are none, by the suffix. */
static const struct {
	size_t at;
	const char *magic;
	size_t bytes;
	const char *ending, *name, *command;
} refused[] = {
    {0, "\x1a\x45\xdf\xa3", 4, "", "WebM", "ffmpeg -i FILE -c copy FILE.opus"},
    {0, "#!AMR-WB", 8, "", "AMR-WB", "ffmpeg -i FILE FILE.wav"},
    {0, "#!AMR", 5, "", "AMR", "ffmpeg -i FILE FILE.wav"},
    {4, "ftyp", 4, "", "MP4 (AAC)", "ffmpeg -i FILE FILE.wav"},
    {0, "\xff\xf1", 2, "", "AAC", "ffmpeg -i FILE FILE.wav"},
    {0, "\xff\xf9", 2, "", "AAC", "ffmpeg -i FILE FILE.wav"},
    {0, "\x30\x26\xb2\x75", 4, "", "Windows Media", "ffmpeg -i FILE FILE.wav"},
    {28, "Speex   ", 8, "", "Speex", "ffmpeg -i FILE FILE.wav"},
    {0, "", 0, "g723", "G.723.1", "ffmpeg -f g723_1 -i FILE FILE.wav"},
    {0, "", 0, "g723sf", "G.723.1", "ffmpeg -f g723_1 -i FILE FILE.wav"},
    {0, "", 0, "ilbc", "iLBC", "asterisk -rx 'file convert FILE FILE.wav'"},
    {0, "", 0, "siren7", "Siren 7",
	"asterisk -rx 'file convert FILE FILE.wav'"},
    {0, "", 0, "siren14", "Siren 14",
	"asterisk -rx 'file convert FILE FILE.wav'"},
};

/* RFC 2361, and other formats that recorders write into WAV files. */
static const struct {
	unsigned tag;
	const char *name;
} waves[] = {{0x0042, "G.723.1"}, {0x0111, "G.723.1"}, {0x0083, "G.729"},
    {0x0133, "G.729"}, {0x0134, "G.729"}, {0x0045, "G.726"}, {0x0064, "G.726"},
    {0x0065, "G.722"}, {0x0055, "MP3"}, {0x0022, "TrueSpeech"}, {0x00ff, "AAC"},
    {0x1600, "AAC"}, {0x0130, "ACELP"}, {0xa109, "Speex"},
    {0x0160, "Windows Media"}, {0x0161, "Windows Media"}};

/* The format of a WAV that is PCM or similar is not the reason. */
static bool
refuse_wave(const unsigned char *head, const char *name, struct why *why)
{
	unsigned tag = (unsigned)head[21] << 8 | head[20];
	const char *codec = NULL;
	char number[24];

	if (memcmp(head, "RIFF", 4) != 0 ||
	    memcmp(head + 8, "WAVEfmt ", 8) != 0 || tag <= 7 || tag == 0x11 ||
	    tag == 0x31 || tag == 0xfffe)
		return false;
	for (size_t i = 0; i < sizeof waves / sizeof *waves; i++)
		if (waves[i].tag == tag)
			codec = waves[i].name;
	(void)snprintf(number, sizeof number, "codec 0x%04x", tag);
	why_set(why,
	    "%s: WAV with %s is not supported; convert it: ffmpeg -i FILE -c:a "
	    "pcm_s16le NEW.wav",
	    name, codec ? codec : number);
	return true;
}

bool
coded_refuse(int fd, const char *name, struct why *why)
{
	const char *dot = strrchr(name, '.');
	unsigned char head[36] = "";

	(void)!io_pread(fd, head, sizeof head, 0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		bool fits =
		    refused[i].bytes > 0
			? memcmp(head + refused[i].at, refused[i].magic,
			      refused[i].bytes) == 0
			: dot && strcasecmp(dot + 1, refused[i].ending) == 0;
		if (!fits)
			continue;
		why_set(why, "%s: %s is not supported; convert it: %s", name,
		    refused[i].name, refused[i].command);
		return true;
	}
	return refuse_wave(head, name, why);
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
fill_coded(struct coded *c)
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
		int got = c->next < c->have ? 1 : fill_coded(c);

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
