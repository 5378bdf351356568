/* SPDX-License-Identifier: ISC */
#include "runs.h"

#include <errno.h>
#include <sndfile.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "newfile.h"
#include "text.h"

enum { BLOCK = 4096 };

/* Longer than any call: a damaged number, or an attack. */
#define LONGEST_S (7 * 24 * 3600)

/* What a resampler, or the first block of a codec, may leave out. */
#define SLACK_US 25000

void
runs_add(struct runs *r, int64_t from, int64_t to, int64_t end)
{
	r->run = mem_resize(r->run, r->runs + 1, sizeof *r->run);
	r->run[r->runs++] = (struct run){from, to, end};
}

void
runs_grow(struct runs *r, int64_t to, int64_t end)
{
	r->run[r->runs - 1].to = to;
	r->run[r->runs - 1].end = end;
}

void
runs_free(struct runs *r)
{
	free(r->head);
	free(r->run);
	*r = (struct runs){0};
}

int
runs_find(int fd, struct runs *r, struct why *why)
{
	static int (*const kinds[])(int, struct runs *, struct why *) = {
	    runs_flac, runs_ogg, runs_mp3};
	int found = 0;

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds && found == 0;
	     i++) {
		*r = (struct runs){.first_lost = -1};
		found = kinds[i](fd, r, why);
		if (found <= 0)
			runs_free(r);
	}
	return found;
}

bool
runs_damaged(const struct runs *r)
{
	return r->runs > 1 || (r->runs == 1 && (r->start > 0 || r->unsure));
}

/* The head and one run, as a file. */
struct piece {
	int fd;
	const struct runs *r;
	const struct run *run;
	int64_t at;
	int error;
};

static sf_count_t
piece_length(void *arg)
{
	const struct piece *p = arg;

	return (sf_count_t)p->r->head_bytes + p->run->to - p->run->from;
}

static sf_count_t
piece_seek(sf_count_t offset, int whence, void *arg)
{
	struct piece *p = arg;
	int64_t from = whence == SEEK_CUR   ? p->at
		       : whence == SEEK_END ? piece_length(arg)
					    : 0;

	if (offset < -from || offset > INT64_MAX / 4)
		return -1;
	p->at = from + offset;
	return p->at;
}

static sf_count_t
piece_read(void *to, sf_count_t count, void *arg)
{
	struct piece *p = arg;
	int64_t head = (int64_t)p->r->head_bytes, n = 0;
	int64_t left = piece_length(arg) - p->at;
	ssize_t got;

	count = count < left ? count : left;
	if (count > 0 && p->at < head) {
		n = head - p->at < count ? head - p->at : count;
		memcpy(to, p->r->head + p->at, (size_t)n);
		p->at += n;
	}
	if (n >= count)
		return n;
	got = io_pread(p->fd, (char *)to + n, (size_t)(count - n),
	    p->run->from + p->at - head);
	if (got < 0) {
		p->error = errno;
		return n;
	}
	p->at += got;
	return n + got;
}

static sf_count_t
piece_write(const void *from, sf_count_t count, void *arg)
{
	(void)from, (void)count, (void)arg;
	return 0;
}

static sf_count_t
piece_tell(void *arg)
{
	return ((struct piece *)arg)->at;
}

/* Decodes a run into the file `to` from sample `at`, or only counts (to -1).
 * The number of samples, also 0 if it cannot be decoded; -1 with why. */
static int64_t
decode_run(int fd, struct runs *r, const struct run *run, int to, int64_t at,
    struct why *why)
{
	SF_VIRTUAL_IO vio = {
	    piece_length, piece_seek, piece_read, piece_write, piece_tell};
	struct piece p = {.fd = fd, .r = r, .run = run};
	SF_INFO info = {0};
	SNDFILE *file = sf_open_virtual(&vio, SFM_READ, &info, &p);
	int64_t samples = 0;
	sf_count_t n = 0;
	float *block;

	if (!file && p.error == 0)
		return 0;
	if (r->rate == 0 && file) {
		r->rate = (unsigned)info.samplerate;
		r->channels = info.channels;
	}
	block = mem_alloc(sizeof *block * BLOCK * (size_t)r->channels);
	while (file && info.channels == r->channels &&
	       (n = sf_readf_float(file, block, BLOCK)) > 0) {
		size_t frame = sizeof *block * (size_t)r->channels;
		int64_t skip = at + samples < 0 ? -(at + samples) : 0;

		samples += n;
		if (to < 0 || skip >= n)
			continue;
		if (lseek(to, (at + samples - n + skip) * (int64_t)frame,
			SEEK_SET) < 0 ||
		    io_write(to, (char *)block + (size_t)skip * frame,
			(size_t)(n - skip) * frame) != 0) {
			p.error = errno;
			break;
		}
	}
	free(block);
	if (file)
		(void)sf_close(file);
	if (p.error == 0)
		return samples;
	errno = p.error;
	return why_errno(why, "mending");
}

/* A place in the file's unit, in samples. */
static int64_t
place_of_byte(const struct runs *r, int64_t at)
{
	return r->clock_hz == 0 || r->rate == 0
		   ? at
		   : (int64_t)((double)at * r->rate / r->clock_hz + 0.5);
}

static bool
is_too_long(const struct runs *r, int64_t end)
{
	int64_t hz = r->clock_hz > 0 ? r->clock_hz : r->rate;

	return hz > 0 && end / hz > LONGEST_S;
}

/* Writes one run to its place, which is that of its last sample. */
static int
mend_run(int fd, struct runs *r, const struct run *run, int to, struct why *why)
{
	int64_t n = decode_run(fd, r, run, -1, 0, why), at, end;

	if (n <= 0)
		return (int)n;
	if (is_too_long(r, run->end))
		return why_set(why, "a sample's place is beyond seven days");
	end = place_of_byte(r, run->end);
	at = end - n;
	/* The padding that the header removes at the end. */
	if (run == r->run && r->start == 0 && at < 0)
		at = 0;
	if (decode_run(fd, r, run, to, at, why) < 0)
		return -1;
	at = at < 0 ? 0 : at;
	if (at - r->samples > (int64_t)r->rate * SLACK_US / 1000000) {
		if (r->first_lost < 0)
			r->first_lost = r->samples;
		r->lost += at - r->samples;
	}
	r->samples = end > r->samples ? end : r->samples;
	return 0;
}

int
runs_mend(int fd, struct runs *r, struct why *why)
{
	int to = newfile_nameless();

	if (to < 0)
		return why_errno(why, "a temporary file");
	for (size_t i = 0; i < r->runs; i++)
		if (mend_run(fd, r, &r->run[i], to, why) != 0)
			goto bad;
	if (is_too_long(r, r->total))
		r->total = 0;
	r->total = place_of_byte(r, r->total);
	if (r->total > 0 && r->samples > r->total)
		r->samples = r->total;
	if (r->lost > r->samples)
		r->lost = r->samples;
	if (r->total > r->samples)
		r->cut_off = r->total - r->samples;
	if (r->rate == 0) {
		why_set(why, "nothing in it can be decoded");
		goto bad;
	}
	if (ftruncate(to, r->samples * (int64_t)sizeof(float) * r->channels) ==
	    0)
		return to;
	why_errno(why, "a temporary file");
bad:
	(void)close(to);
	return -1;
}
