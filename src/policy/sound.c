/* SPDX-License-Identifier: ISC */
#include "sound.h"

#include <fcntl.h>
#include <sndfile.h>
#include <stdlib.h>

#include "guard.h"
#include "leg.h"
#include "mem.h"
#include "num.h"
#include "text.h"

static SNDFILE *
open_sound(const char *path, SF_INFO *info, struct why *why)
{
	SNDFILE *file;
	int fd = guard_open(path, INT64_MAX, why);

	*info = (SF_INFO){0};
	if (fd < 0)
		return NULL;
	/* It closes the descriptor, also on failure. */
	file = sf_open_fd(fd, SFM_READ, info, SF_TRUE);
	if (!file)
		why_set(why, "%s: not an audio file", path);
	return file;
}

static struct leg *
open_sound_leg(int dirfd, const char *name, bool follow,
    const struct call_leg *leg, struct why *why)
{
	const struct leg_how how = {.follow = follow,
	    .regular = true,
	    .channel = leg->channel,
	    .format = leg->format,
	    .rate = leg->rate,
	    .channels = leg->channels,
	    .streams = leg->streams,
	    .payloads = leg->payloads};
	enum leg_fault fault;

	return leg_open(dirfd, name, &how, &fault, why);
}

int
sound_length(
    const char *path, const struct call_leg *leg, int64_t *us, struct why *why)
{
	struct leg *l = open_sound_leg(AT_FDCWD, path, true, leg, why);

	if (!l)
		return -1;
	*us = num_us(leg_samples(l), leg_rate(l));
	leg_close(l);
	return 0;
}

int
sound_length_at(int dirfd, const char *name, const struct stat *st,
    const struct call_leg *leg, int64_t *us, struct why *why)
{
	struct leg *l = open_sound_leg(dirfd, name, false, leg, why);
	int status = 0;

	if (!l)
		return -1;
	*us = num_us(leg_samples(l), leg_rate(l));
	if (!leg_is_file(l, st->st_dev, st->st_ino))
		status = why_set(why, "%s: is another file by now", name);
	leg_close(l);
	return status;
}

bool
sound_is_pcm16_wav(const char *path)
{
	SF_INFO info;
	SNDFILE *file = open_sound(path, &info, NULL);
	int major = info.format & SF_FORMAT_TYPEMASK;

	if (!file)
		return false;
	(void)sf_close(file);
	return (major == SF_FORMAT_WAV || major == SF_FORMAT_WAVEX) &&
	       (info.format & SF_FORMAT_SUBMASK) == SF_FORMAT_PCM_16;
}

int
sound_write_wav(
    int fd, const float *sample, size_t n, unsigned rate, struct why *why)
{
	SF_INFO info = {.samplerate = (int)rate,
	    .channels = 1,
	    .format = SF_FORMAT_WAV | SF_FORMAT_PCM_16};
	SNDFILE *file = sf_open_fd(fd, SFM_WRITE, &info, SF_FALSE);
	sf_count_t written;
	int bad;

	if (!file)
		return why_set(why, "%s", sf_strerror(NULL));
	/* A filter may raise samples above full scale, which would wrap. */
	(void)sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	written = sf_writef_float(file, sample, (sf_count_t)n);
	bad = sf_close(file);
	if (written != (sf_count_t)n || bad)
		return why_set(why, "it cannot be written");
	return 0;
}
