/* SPDX-License-Identifier: ISC */
#ifndef LEGFILE_H
#define LEGFILE_H

/*
 * An audio file as frames of floats, by libsndfile: the formats in recmix(1),
 * and the headerless kinds that recorders leave. A source of leg.h.
 *
 *	f = legfile_open(fd, name, format, rate, &facts, &why);
 *	while ((n = legfile_read(f, out, count, &why)) > 0) ...
 *	legfile_close(f);
 *
 * A WAV whose data size was never filled in (0 or 0xFFFFFFFF, as a recorder
 * that was killed leaves it) or wrapped above 4 GB has the length that its file
 * has. Time and memory for a header are bounded whatever stands in it.
 */

#include <stdint.h>
#include <sys/types.h>

#include "text.h"

struct legfile_facts {
	unsigned rate;
	int channels;
	int64_t samples; /* per channel, as the header has it */
	int64_t cut_off; /* promised beyond that, where the file has no more */
	bool plain;      /* their number follows from that of the bytes */
	bool empty;      /* an audio file, but without audio */
	bool failed;     /* the disk did, or what it hangs on */
};

/* Of a file without a header. */
struct legfile_plain {
	const char *format; /* "ulaw", as its ending would be; NULL: by that */
	unsigned rate;      /* 0: as its kind says */
	int channels;       /* interleaved; 0: one */
};

struct legfile;
/*
 * fd is borrowed, regular, and read with pread only. A file that has a header
 * is read by that, others as plain says; NULL: by their names. NULL with why.
 */
struct legfile *legfile_open(int fd, const char *name,
    const struct legfile_plain *plain, struct legfile_facts *facts,
    struct why *why);
/* Up to count frames, channels interleaved, each sample finite and within 16
 * times full scale; 0 at the end; -1 with why: it could not be read. */
ssize_t legfile_read(
    struct legfile *f, float *out, size_t count, struct why *why);
void legfile_close(struct legfile *f); /* NULL is fine */

/* Whether there is such a headerless format. */
bool legfile_has_format(const char *format);

#endif
