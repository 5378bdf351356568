/* SPDX-License-Identifier: ISC */
#ifndef LEGFILE_H
#define LEGFILE_H

/*
 * Reads an audio file as frames of floats with libsndfile: the formats of
 * recmix(1), and the headerless formats that recorders write. Used by leg.h.
 *
 *	f = legfile_open(fd, name, format, rate, &facts, &why);
 *	while ((n = legfile_read(f, out, count, &why)) > 0) ...
 *	legfile_close(f);
 *
 * If the data size in a WAV header was never written (0 or 0xFFFFFFFF, after a
 * kill of the recorder), or wrapped above 4 GB, the size of the file counts.
 * Time and memory for any header are limited.
 */

#include <stdint.h>
#include <sys/types.h>

#include "text.h"

struct legfile_facts {
	unsigned rate;
	int channels;
	int64_t samples; /* per channel, in the file */
	int64_t cut_off; /* by the header, but after the end of the file */
	int64_t beyond;  /* after the end by the header, in the file */
	int64_t rounded; /* by at most so many, to fill the last block */
	bool plain;      /* the number of bytes gives that of samples */
	bool coded;      /* 16-bit sound that takes time to decode */
	bool empty;      /* an audio file without a sample */
	bool failed;     /* the machine failed, such as by an I/O error */
};

/* The format of a file without a header. */
struct legfile_plain {
	const char *format; /* a suffix, such as "ulaw"; NULL: the file's own */
	unsigned rate;      /* 0: that of the format */
	int channels;       /* interleaved; 0: one */
};

struct legfile;
/*
 * fd is borrowed, must be a regular file, and is read by pread only. A header
 * takes precedence over plain. plain NULL: the suffix of the name gives the
 * format. NULL with why.
 */
struct legfile *legfile_open(int fd, const char *name,
    const struct legfile_plain *plain, struct legfile_facts *facts,
    struct why *why);
/*
 * Reads up to count frames, channels interleaved. Each sample is finite and
 * within 16 times full scale. 0 at the end; -1 with why.
 */
ssize_t legfile_read(
    struct legfile *f, float *out, size_t count, struct why *why);
void legfile_close(struct legfile *f); /* NULL is fine */

/* True if this is the suffix of a headerless format. */
bool legfile_has_format(const char *format);

#endif
