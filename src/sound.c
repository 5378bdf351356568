/* SPDX-License-Identifier: ISC */
#include "sound.h"

#include <errno.h>
#include <sndfile.h>
#include <string.h>
#include <sys/stat.h>

int
sound_length(const char *path, int64_t *us, unsigned *rate, struct why *why)
{
	SF_INFO info = {0};
	struct stat st;
	SNDFILE *file;

	/* libsndfile says "System error." and would wait at a named pipe. */
	if (stat(path, &st) != 0)
		return why_set(why, "%s: %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return why_set(why, "%s: not a regular file", path);
	file = sf_open(path, SFM_READ, &info);
	if (!file)
		return why_set(why, "%s: not an audio file", path);
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
