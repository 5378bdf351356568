/* SPDX-License-Identifier: ISC */
#include "legs.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"

#define BLOCK 4096

struct leg {
	char *name;
	int fd, channel;
	dev_t dev;
	ino_t ino;
	SNDFILE *file;
	struct capture *capture; /* instead of file */
	SF_INFO info;
	float *block; /* of all channels, where there is more than one */
	/* The file as libsndfile sees it: [base, length) with a few bytes of
	 * the header replaced. */
	int64_t base, length, at;
	struct {
		int64_t at;
		unsigned char byte[4];
	} patch[2];
	int patches;
};

static sf_count_t
vio_length(void *arg)
{
	const struct leg *leg = arg;

	return leg->length - leg->base;
}

static sf_count_t
vio_seek(sf_count_t offset, int whence, void *arg)
{
	struct leg *leg = arg;
	int64_t from = 0;

	if (whence == SEEK_CUR)
		from = leg->at;
	else if (whence == SEEK_END)
		from = vio_length(arg);
	if (offset < -from || offset > INT64_MAX / 4)
		return -1;
	leg->at = from + offset;
	return leg->at;
}

static sf_count_t
vio_read(void *to, sf_count_t count, void *arg)
{
	struct leg *leg = arg;
	sf_count_t got = 0;

	while (got < count) {
		ssize_t n = pread(leg->fd, (char *)to + got,
		    (size_t)(count - got), leg->base + leg->at + got);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		got += n;
	}
	for (int i = 0; i < leg->patches; i++)
		for (int k = 0; k < 4; k++) {
			int64_t where = leg->patch[i].at + k - leg->at;
			if (where >= 0 && where < got)
				((unsigned char *)to)[where] =
				    leg->patch[i].byte[k];
		}
	leg->at += got;
	return got;
}

static sf_count_t
vio_write(const void *from, sf_count_t count, void *arg)
{
	(void)from, (void)count, (void)arg;
	return 0;
}

static sf_count_t
vio_tell(void *arg)
{
	return ((struct leg *)arg)->at;
}

static uint32_t
little(const unsigned char *p, int n)
{
	uint32_t v = 0;

	while (n-- > 0)
		v = v << 8 | p[n];
	return v;
}

static void
patch(struct leg *leg, int64_t at, int64_t value)
{
	leg->patch[leg->patches].at = at;
	for (int k = 0; k < 4; k++)
		leg->patch[leg->patches].byte[k] =
		    (unsigned char)(value >> 8 * k);
	leg->patches++;
}

/* What a WAVE format tag and width are without a header; 0: needs one. */
static int
raw_format(unsigned tag, unsigned bits)
{
	if (tag == 1)
		return bits == 8    ? SF_FORMAT_PCM_U8
		       : bits == 16 ? SF_FORMAT_PCM_16
		       : bits == 24 ? SF_FORMAT_PCM_24
		       : bits == 32 ? SF_FORMAT_PCM_32
				    : 0;
	if (tag == 3)
		return bits == 32   ? SF_FORMAT_FLOAT
		       : bits == 64 ? SF_FORMAT_DOUBLE
				    : 0;
	return tag == 6 ? SF_FORMAT_ALAW : tag == 7 ? SF_FORMAT_ULAW : 0;
}

/*
 * A data size that was never filled in, or that wrapped above 4 GB: the header
 * is mended on the fly while the size fits in it, beyond that the data is read
 * as raw samples.
 */
static void
mend_riff(struct leg *leg)
{
	unsigned char h[24];
	int format = 0;

	if (pread(leg->fd, h, 12, 0) != 12 || memcmp(h, "RIFF", 4) != 0 ||
	    memcmp(h + 8, "WAVE", 4) != 0)
		return;
	for (int64_t at = 12; pread(leg->fd, h, 24, at) >= 8;) {
		int64_t size = little(h + 4, 4), real = leg->length - at - 8;

		if (memcmp(h, "fmt ", 4) == 0) {
			format =
			    raw_format(little(h + 8, 2), little(h + 22, 2));
			leg->info.channels = (int)little(h + 10, 2);
			leg->info.samplerate =
			    (int)(little(h + 12, 4) & INT32_MAX);
		}
		if (memcmp(h, "data", 4) != 0) {
			at += 8 + size + (size & 1);
			continue;
		}
		/* Up to there recorders leave 0, -1 or "the most". */
		if (size != 0 && size < 0x7fffff00 && size <= real)
			return;
		if (size != 0 && size <= real && real < 0xffffff00)
			return;
		if (real < 0xffffff00) {
			patch(leg, 4, leg->length - 8);
			patch(leg, at + 4, real);
		} else if (format != 0) {
			leg->base = at + 8;
			leg->info.format = SF_FORMAT_RAW | format;
		}
		return;
	}
}

static void
headerless(struct leg *leg)
{
	static const struct {
		const char *ending;
		int format, rate;
	} table[] = {
	    {".ulaw", SF_FORMAT_ULAW, 8000},
	    {".ul", SF_FORMAT_ULAW, 8000},
	    {".pcm", SF_FORMAT_ULAW, 8000},
	    {".pcmu", SF_FORMAT_ULAW, 8000},
	    {".alaw", SF_FORMAT_ALAW, 8000},
	    {".al", SF_FORMAT_ALAW, 8000},
	    {".pcma", SF_FORMAT_ALAW, 8000},
	    {".gsm", SF_FORMAT_GSM610, 8000},
	    {".sln", SF_FORMAT_PCM_16, 8000},
	    {".slin", SF_FORMAT_PCM_16, 8000},
	    {".raw", SF_FORMAT_PCM_16, 8000},
	    {".sln12", SF_FORMAT_PCM_16, 12000},
	    {".sln16", SF_FORMAT_PCM_16, 16000},
	    {".sln24", SF_FORMAT_PCM_16, 24000},
	    {".sln32", SF_FORMAT_PCM_16, 32000},
	    {".sln44", SF_FORMAT_PCM_16, 44100},
	    {".sln48", SF_FORMAT_PCM_16, 48000},
	    {".sln96", SF_FORMAT_PCM_16, 96000},
	    {".sln192", SF_FORMAT_PCM_16, 192000},
	};
	const char *dot = strrchr(leg->name, '.');
	char head[4] = "";

	/* FreeSWITCH without an extension: call-in.PCMU */
	(void)!pread(leg->fd, head, 4, 0);
	if (!dot || memcmp(head, "RIFF", 4) == 0 ||
	    memcmp(head, "RF64", 4) == 0)
		return;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (strcasecmp(dot, table[i].ending) == 0) {
			leg->info.format = SF_FORMAT_RAW | table[i].format;
			leg->info.samplerate = table[i].rate;
			leg->info.channels = 1;
		}
}

static int
open_regular(int dirfd, const char *name, bool follow, struct stat *st)
{
	int fd;

	if (!follow && strchr(name, '/')) {
		errno = EPERM;
		return -1;
	}
	fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | (follow ? 0 : O_NOFOLLOW));
	if (fd >= 0 && fstat(fd, st) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* The streams of a capture are its channels. */
static int
start_capture(struct leg *leg, struct why *why)
{
	struct why inner;

	leg->capture = capture_open(leg->fd, leg->channel, &inner);
	if (!leg->capture)
		return why_set(why, "%s: %s", leg->name, inner.text);
	leg->info.samplerate = (int)capture_rate(leg->capture);
	leg->info.channels = capture_streams(leg->capture);
	leg->info.frames = capture_samples(leg->capture);
	return 0;
}

static int
start_reading(struct leg *leg, struct why *why)
{
	SF_VIRTUAL_IO vio = {
	    vio_length, vio_seek, vio_read, vio_write, vio_tell};

	if (capture_is(leg->fd))
		return start_capture(leg, why);
	headerless(leg);
	if (leg->info.format == 0)
		mend_riff(leg);
	if (leg->info.format == 0)
		leg->info = (SF_INFO){0};
	leg->file = sf_open_virtual(&vio, SFM_READ, &leg->info, leg);
	if (!leg->file)
		return why_set(why, "%s: not an audio file", leg->name);
	if (leg->info.frames <= 0)
		return why_set(why, "%s: empty: no audio in it", leg->name);
	if (leg->info.samplerate < 1000 || leg->info.samplerate > 768000 ||
	    leg->info.channels < 1 || leg->info.channels > 64)
		return why_set(why,
		    "%s: not a telephone's audio: %d Hz, %d channels",
		    leg->name, leg->info.samplerate, leg->info.channels);
	if (leg->channel > leg->info.channels)
		return why_set(
		    why, "%s: has no channel %d", leg->name, leg->channel);
	if (leg->info.channels > 1)
		leg->block = util_alloc(
		    sizeof(float) * BLOCK * (size_t)leg->info.channels);
	return 0;
}

struct leg *
leg_open(int dirfd, const char *name, bool follow, int channel, struct why *why)
{
	struct leg *leg = util_alloc(sizeof *leg);
	struct stat st;

	leg->name = util_strdup(name);
	leg->channel = channel;
	leg->fd = open_regular(dirfd, name, follow, &st);
	if (leg->fd < 0) {
		why_set(why, "%s: %s", name, strerror(errno));
		goto bad;
	}
	leg->dev = st.st_dev;
	leg->ino = st.st_ino;
	leg->length = st.st_size;
	if (!S_ISREG(st.st_mode)) {
		why_set(why, "%s: not a regular file", name);
		goto bad;
	}
	if (st.st_size == 0) {
		why_set(why, "%s: empty: no audio in it", name);
		goto bad;
	}
	if (start_reading(leg, why) == 0)
		return leg;
bad:
	leg_close(leg);
	return NULL;
}

void
leg_close(struct leg *leg)
{
	if (!leg)
		return;
	if (leg->file)
		(void)sf_close(leg->file);
	capture_close(leg->capture);
	if (leg->fd >= 0)
		(void)close(leg->fd);
	free(leg->block);
	free(leg->name);
	free(leg);
}

/* A float file may hold anything; what follows counts on sane numbers. */
static float
sane(float x)
{
	if (!isfinite(x))
		return 0;
	return x > 16 ? 16 : x < -16 ? -16 : x;
}

static float
pick(const struct leg *leg, const float *frame)
{
	float sum = 0;

	if (leg->channel > 0)
		return sane(frame[leg->channel - 1]);
	for (int c = 0; c < leg->info.channels; c++)
		sum += sane(frame[c]);
	return sum / (float)leg->info.channels;
}

ssize_t
leg_read(struct leg *leg, float *out, size_t count, struct why *why)
{
	float *to = leg->block ? leg->block : out;
	sf_count_t n;

	if (count > BLOCK)
		count = BLOCK;
	if (leg->capture)
		return capture_read(leg->capture, out, count, why);
	n = sf_readf_float(leg->file, to, (sf_count_t)count);
	if (n < 0)
		return why_set(why, "%s: %s", leg->name, strerror(errno));
	for (sf_count_t i = 0; i < n; i++)
		out[i] = leg->block ? pick(leg, to + i * leg->info.channels)
				    : sane(out[i]);
	return n;
}

unsigned
leg_rate(const struct leg *leg)
{
	return (unsigned)leg->info.samplerate;
}

int
leg_channels(const struct leg *leg)
{
	return leg->info.channels;
}

int64_t
leg_samples(const struct leg *leg)
{
	return leg->info.frames;
}

bool
leg_missing(int dirfd, const char *name, bool follow)
{
	struct stat st;
	struct leg *leg;
	struct why why;
	int fd = open_regular(dirfd, name, follow, &st);
	bool missing;

	if (fd < 0)
		return errno == ENOENT;
	(void)close(fd);
	if (st.st_size == 0)
		return true;
	leg = leg_open(dirfd, name, follow, 0, &why);
	missing = !leg && strstr(why.text, ": empty:") != NULL;
	leg_close(leg);
	return missing;
}

bool
leg_is_file(const struct leg *leg, dev_t dev, ino_t ino)
{
	return leg->dev == dev && leg->ino == ino;
}
