/* SPDX-License-Identifier: ISC */
#include "leg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "io.h"
#include "kept.h"
#include "legfile.h"
#include "mem.h"
#include "newfile.h"
#include "runs.h"
#include "text.h"

#define BLOCK 4096
/* More samples per byte than this are not believed without counting. */
#define SAMPLES_PER_BYTE 64
#define LONGEST_S        (7 * 24 * 3600)

/* The kinds of legs: the first whose is() returns 1 is used. A kind that
 * selects the channel itself is mono, also if the facts say otherwise. */
struct leg_kind {
	int (*is)(int fd); /* -1 with errno */
	bool picks;
	void *(*open)(int fd, const char *name, const struct leg_how *how,
	    struct legfile_facts *facts, struct why *why);
	ssize_t (*read)(void *state, float *out, size_t count, struct why *why);
	void (*close)(void *state);
};

static void *
file_open(int fd, const char *name, const struct leg_how *how,
    struct legfile_facts *facts, struct why *why)
{
	const struct legfile_plain plain = {.format = how->format,
	    .rate = how->rate,
	    .channels = how->channels};

	return legfile_open(fd, name, &plain, facts, why);
}

static ssize_t
file_read(void *state, float *out, size_t count, struct why *why)
{
	return legfile_read(state, out, count, why);
}

static void
file_close(void *state)
{
	legfile_close(state);
}

static int
anything(int fd)
{
	(void)fd;
	return 1;
}

static void *
packets_open(int fd, const char *name, const struct leg_how *how,
    struct legfile_facts *facts, struct why *why)
{
	struct capture_how which = {.party = how->channel,
	    .streams = how->streams,
	    .payloads = how->payloads};
	struct capture *c = capture_open(fd, &which, why);

	if (!c) {
		(void)why_in(why, name);
		facts->failed = why && why->errnum != 0;
		return NULL;
	}
	facts->rate = capture_rate(c);
	facts->channels = capture_parties(c);
	facts->samples = capture_samples(c);
	return c;
}

static ssize_t
packets_read(void *state, float *out, size_t count, struct why *why)
{
	return capture_read(state, out, count, why);
}

static void
packets_close(void *state)
{
	capture_close(state);
}

static const struct leg_kind kinds[] = {
    {capture_is, true, packets_open, packets_read, packets_close},
    {anything, false, file_open, file_read, file_close},
};

struct leg {
	char *name, *format;
	int fd;
	struct leg_how how;
	dev_t dev;
	ino_t ino;
	const struct leg_kind *kind;
	void *state;
	struct legfile_facts facts;
	struct kept *kept; /* all that was read, or NULL */
	bool from_kept;    /* it is read now, and state stands at its end */
	struct leg_damage damage;
	float *block; /* of all channels, if there are several */
};

/* Without follow, a named pipe in a spool must not be waited for. */
static int
open_leg_file(
    int dirfd, const char *name, const struct leg_how *how, struct stat *st)
{
	int fd, wait = how->follow && !how->regular ? 0 : O_NONBLOCK;

	if (!how->follow && strchr(name, '/')) {
		errno = EPERM;
		return -1;
	}
	fd = openat(dirfd, name,
	    O_RDONLY | O_CLOEXEC | wait | (how->follow ? 0 : O_NOFOLLOW));
	if (fd >= 0 && fstat(fd, st) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Copies a pipe into a file, because libsndfile must seek. */
static int
keep_leg_pipe(int from)
{
	char block[1 << 16];
	int fd = newfile_nameless(), saved;
	ssize_t n = 0;

	while (fd >= 0 && (n = io_read(from, block, sizeof block)) > 0) {
		if (io_write(fd, block, (size_t)n) != 0) {
			n = -1;
			break;
		}
	}
	if (fd >= 0 && n < 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static int
start_kind(struct leg *leg, struct why *why)
{
	int is;

	leg->kind = kinds;
	while ((is = leg->kind->is(leg->fd)) == 0)
		leg->kind++;
	leg->facts.failed = is < 0;
	if (is < 0)
		return why_errno(why, "%s", leg->name);
	leg->state =
	    leg->kind->open(leg->fd, leg->name, &leg->how, &leg->facts, why);
	if (!leg->state)
		return -1;
	if (leg->how.channel > leg->facts.channels)
		return why_set(
		    why, "%s: has no channel %d", leg->name, leg->how.channel);
	free(leg->block);
	leg->block = NULL;
	if (leg->facts.channels > 1 && !leg->kind->picks)
		leg->block = mem_alloc(
		    sizeof(float) * BLOCK * (size_t)leg->facts.channels);
	return 0;
}

/*
 * If the header claims more samples than any usual format can have in so few
 * bytes, they are counted. Otherwise a few bytes would make a recording of
 * days.
 */
static int
count_plain_samples(struct leg *leg, int64_t bytes, struct why *why)
{
	int64_t most = (int64_t)LONGEST_S * leg->facts.rate, count = 0;
	float block[BLOCK];
	ssize_t n;

	if (leg->facts.samples / SAMPLES_PER_BYTE <= bytes)
		return 0;
	while ((n = leg_read(leg, block, BLOCK, why)) > 0 && count < most)
		count += n;
	leg->facts.failed = n < 0;
	leg->kind->close(leg->state);
	leg->state = NULL;
	if (n < 0 || start_kind(leg, why) != 0)
		return -1;
	leg->facts.samples = count;
	leg->facts.empty = count == 0;
	if (count == 0)
		return why_set(why, "%s: empty: no audio in it", leg->name);
	return 0;
}

/* A damaged file is read from a mended, temporary copy. */
static int
mend(struct leg *leg, struct why *why)
{
	struct runs r;
	int fd, found = runs_find(leg->fd, &r, why);

	leg->damage.first_lost = -1;
	if (found < 0)
		return -1;
	if (found == 0)
		return 0;
	fd = leg->fd;
	if (runs_damaged(&r))
		fd = runs_mend(leg->fd, &r, why);
	if (fd >= 0 && fd != leg->fd) {
		(void)close(leg->fd);
		leg->fd = fd;
		free(leg->format);
		leg->how.format = leg->format = text_dup("float32");
		leg->how.rate = r.rate;
		leg->how.channels = r.channels;
		leg->damage = (struct leg_damage){
		    r.lost, r.first_lost, r.cut_off, r.unsure, 0, 0};
	}
	leg->damage.late = r.late;
	runs_free(&r);
	return fd < 0 ? -1 : 0;
}

static enum leg_fault
open_leg_sound(struct leg *leg, int dirfd, struct why *why)
{
	struct stat st;
	int pipe = -1;

	leg->fd = open_leg_file(dirfd, leg->name, &leg->how, &st);
	if (leg->fd >= 0 && leg->how.follow && !leg->how.regular &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
		pipe = leg->fd;
		leg->fd = keep_leg_pipe(pipe);
		(void)close(pipe);
		if (leg->fd < 0 || fstat(leg->fd, &st) != 0) {
			why_errno(why,
			    "%s: cannot be copied to TMPDIR or /var/tmp",
			    leg->name);
			return LEG_LATER;
		}
	}
	if (leg->fd < 0) {
		bool missing = errno == ENOENT;

		why_errno(why, "%s", leg->name);
		return missing                         ? LEG_MISSING
		       : why_status(why) == EXIT_LATER ? LEG_LATER
						       : LEG_BAD;
	}
	leg->dev = st.st_dev;
	leg->ino = st.st_ino;
	if (!S_ISREG(st.st_mode)) {
		why_set(why, "%s: not a regular file", leg->name);
		return LEG_BAD;
	}
	if (mend(leg, why) != 0) {
		why_in(why, leg->name);
		return why_status(why) == EXIT_LATER ? LEG_LATER : LEG_BAD;
	}
	if (start_kind(leg, why) == 0 &&
	    count_plain_samples(leg, st.st_size, why) == 0)
		return LEG_FINE;
	if (leg->facts.failed)
		return LEG_LATER;
	return leg->facts.empty ? LEG_MISSING : LEG_BAD;
}

struct leg *
leg_open(int dirfd, const char *name, const struct leg_how *how,
    enum leg_fault *fault, struct why *why)
{
	struct leg *leg = mem_alloc(sizeof *leg);
	struct why unasked = {0};

	if (!why)
		why = &unasked;
	leg->name = text_dup(name);
	leg->format = text_dup(how->format);
	leg->how = *how;
	leg->how.format = leg->format;
	*fault = open_leg_sound(leg, dirfd, why);
	if (*fault == LEG_FINE)
		return leg;
	leg_close(leg);
	return NULL;
}

struct leg *
leg_again(const struct leg *leg, int channel, struct why *why)
{
	struct leg *other = mem_alloc(sizeof *other);
	char *path;

	other->name = text_dup(leg->name);
	other->format = text_dup(leg->format);
	other->how = leg->how;
	other->how.format = other->format;
	other->how.channel = channel;
	other->dev = leg->dev;
	other->ino = leg->ino;
	other->damage = leg->damage;
	/* Opened again for a position of its own; the file may have no name. */
	path = text_format("/proc/self/fd/%d", leg->fd);
	other->fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (other->fd < 0)
		why_errno(why, "%s", leg->name);
	else if (start_kind(other, why) == 0) {
		/* In a capture each channel has its own length, and perhaps its
		 * own rate. */
		if (!other->kind->picks)
			other->facts.samples = leg->facts.samples;
		return other;
	}
	leg_close(other);
	return NULL;
}

void
leg_keep(struct leg *leg)
{
	if (leg->facts.coded && leg->facts.channels == 1)
		leg->kept = kept_new(leg->facts.samples);
}

static void
drop_kept(struct leg *leg)
{
	kept_free(leg->kept);
	leg->kept = NULL;
	leg->from_kept = false;
}

int
leg_rewind(struct leg *leg, struct why *why)
{
	int64_t samples = leg->facts.samples;

	if (leg->kept) {
		kept_rewind(leg->kept);
		leg->from_kept = true;
		return 0;
	}
	leg->kind->close(leg->state);
	leg->state = NULL;
	if (start_kind(leg, why) != 0)
		return -1;
	leg->facts.samples = samples;
	return 0;
}

void
leg_close(struct leg *leg)
{
	if (!leg)
		return;
	if (leg->state)
		leg->kind->close(leg->state);
	if (leg->fd >= 0)
		(void)close(leg->fd);
	drop_kept(leg);
	free(leg->block);
	free(leg->format);
	free(leg->name);
	free(leg);
}

static void
pick_channel(const struct leg *leg, const float *frames, size_t n, float *out)
{
	size_t channels = (size_t)leg->facts.channels;

	if (leg->how.channel > 0) {
		frames += leg->how.channel - 1;
		for (size_t i = 0; i < n; i++)
			out[i] = frames[i * channels];
		return;
	}
	for (size_t i = 0; i < n; i++) {
		float sum = 0;
		for (size_t c = 0; c < channels; c++)
			sum += frames[i * channels + c];
		out[i] = sum / (float)channels;
	}
}

ssize_t
leg_read(struct leg *leg, float *out, size_t count, struct why *why)
{
	ssize_t n;

	if (count > BLOCK)
		count = BLOCK;
	if (leg->from_kept) {
		n = (ssize_t)kept_read(leg->kept, out, count);
		if (n > 0)
			return n;
		drop_kept(leg);
	}
	n = leg->kind->read(
	    leg->state, leg->block ? leg->block : out, count, why);
	if (n > 0 && leg->block)
		pick_channel(leg, leg->block, (size_t)n, out);
	if (leg->kept && n > 0 && !kept_add(leg->kept, out, (size_t)n))
		drop_kept(leg);
	return n;
}

unsigned
leg_rate(const struct leg *leg)
{
	return leg->facts.rate;
}

int
leg_channels(const struct leg *leg)
{
	return leg->facts.channels;
}

int64_t
leg_samples(const struct leg *leg)
{
	return leg->facts.samples;
}

struct leg_damage
leg_damage(const struct leg *leg)
{
	struct leg_damage damage = leg->damage;

	damage.cut_off += leg->facts.cut_off;
	/* Inserted bytes push as many out of the sound's end. */
	damage.late += leg->facts.beyond;
	/* A loss of less than a block does not show in the length. */
	damage.early = leg->facts.rounded;
	return damage;
}

bool
leg_is_timed(const struct leg *leg)
{
	return leg->kind->picks;
}

bool
leg_packets(const struct leg *leg, struct capture_counts *counts,
    const struct capture_hole **hole, size_t *holes)
{
	if (!leg->kind->picks)
		return false;
	capture_counts(leg->state, counts);
	*holes = capture_holes(leg->state, hole);
	return true;
}

bool
leg_is_plain(const struct leg *leg)
{
	return leg->facts.plain;
}

void
leg_identity(const struct leg *leg, dev_t *dev, ino_t *ino)
{
	*dev = leg->dev;
	*ino = leg->ino;
}

bool
leg_is_file(const struct leg *leg, dev_t dev, ino_t ino)
{
	return leg->dev == dev && leg->ino == ino;
}
