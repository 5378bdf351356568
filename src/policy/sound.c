/* SPDX-License-Identifier: ISC */
#include "sound.h"

#include <math.h>
#include <sndfile.h>
#include <stdlib.h>

#include "guard.h"
#include "mem.h"
#include "text.h"

static SNDFILE *
open_sound(const char *path, SF_INFO *info, struct why *why)
{
	SNDFILE *file;
	int fd = guard_open(path, INT64_MAX, why);

	*info = (SF_INFO){0};
	if (fd < 0)
		return NULL;
	/* Closed with it, and also where it cannot be opened. */
	file = sf_open_fd(fd, SFM_READ, info, SF_TRUE);
	if (!file)
		why_set(why, "%s: not an audio file", path);
	return file;
}

int
sound_length(const char *path, int64_t *us, unsigned *rate, struct why *why)
{
	SF_INFO info;
	SNDFILE *file = open_sound(path, &info, why);

	if (!file)
		return -1;
	(void)sf_close(file);
	if (info.samplerate <= 0 || info.frames <= 0)
		return why_set(why, "%s: no audio in it", path);
	/* In two steps: frames can be so many that the product overflows. */
	*us = info.frames / info.samplerate * 1000000 +
	      info.frames % info.samplerate * 1000000 / info.samplerate;
	if (rate)
		*rate = (unsigned)info.samplerate;
	return 0;
}

int
sound_peaks(const char *path, float peak[SOUND_CHANNELS], int *channels,
    struct why *why)
{
	enum { SAMPLES = 8192 };
	SF_INFO info;
	SNDFILE *file = open_sound(path, &info, why);
	float *block;
	sf_count_t n;

	if (!file)
		return -1;
	for (int c = 0; c < SOUND_CHANNELS; c++)
		peak[c] = 0;
	*channels = info.channels;
	block =
	    mem_alloc(SAMPLES * sizeof *block * (size_t)(info.channels + 1));
	while ((n = sf_readf_float(file, block, SAMPLES)) > 0)
		for (sf_count_t i = 0; i < n * info.channels; i++) {
			int c = (int)(i % info.channels);
			if (c < SOUND_CHANNELS && fabsf(block[i]) > peak[c])
				peak[c] = fabsf(block[i]);
		}
	free(block);
	(void)sf_close(file);
	return 0;
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
	/* What a filter lifts above full scale would wrap. */
	(void)sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	written = sf_writef_float(file, sample, (sf_count_t)n);
	bad = sf_close(file);
	if (written != (sf_count_t)n || bad)
		return why_set(why, "it cannot be written");
	return 0;
}
