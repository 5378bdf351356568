/* SPDX-License-Identifier: ISC */
#include "sound.h"

#include <errno.h>
#include <math.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "mem.h"
#include "text.h"

static SNDFILE *
open_sound(const char *path, SF_INFO *info, struct why *why)
{
	struct stat st;
	SNDFILE *file;

	*info = (SF_INFO){0};
	/* libsndfile says "System error." and would wait at a named pipe. */
	if (stat(path, &st) != 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		return NULL;
	}
	if (!S_ISREG(st.st_mode)) {
		why_set(why, "%s: not a regular file", path);
		return NULL;
	}
	file = sf_open(path, SFM_READ, info);
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
