/* SPDX-License-Identifier: ISC */
#include "render.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "encode.h"
#include "hash.h"
#include "id3.h"
#include "legs.h"
#include "mixer.h"
#include "newfile.h"
#include "track.h"
#include "verify.h"

#define BLOCK    4096
#define LONGEST  (7 * 24 * 3600 * INT64_C(1000000))
#define CHAPTERS 255

const char *
render_fault(const struct render_options *o)
{
	bool known = false;

	if (o->rate != 0 && !encode_has_rate(o->rate))
		return "MP3 has no such rate; it has 8000, 11025, 12000, "
		       "16000, 22050, 24000, 32000, 44100 and 48000";
	for (int i = 0; encode_rates[i] != 0; i++)
		if ((o->rate == 0 || o->rate == encode_rates[i]) &&
		    encode_has_kbps(encode_rates[i], o->kbps))
			known = true;
	if (o->kbps != 0 && !known)
		return "MP3 has no such bit rate at this rate";
	return NULL;
}

__attribute__((format(printf, 3, 4))) static void
add_line(char ***list, size_t *n, const char *fmt, ...)
{
	struct why line;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line.text, sizeof line.text, fmt, ap);
	va_end(ap);
	*list = util_resize(*list, *n + 1, sizeof **list);
	(*list)[(*n)++] = util_strdup(line.text);
}

/*
 * A leg that has no sound becomes silence, one that is something else than
 * sound is a mistake.
 */
static int
open_legs(struct render *r, int dirfd, bool follow, struct why *why)
{
	struct why first = {""};

	r->track = util_alloc((r->call->legs + 1) * sizeof(struct track *));
	for (size_t i = 0; i < r->call->legs; i++) {
		const struct call_leg *leg = &r->call->leg[i];
		struct track *t = track_open(dirfd, follow, leg, why);
		if (t) {
			r->track[r->tracks++] = t;
			continue;
		}
		if (!leg_missing(dirfd, leg->file, follow))
			return EXIT_GIVEN_UP;
		if (!first.text[0])
			first = *why;
		add_line(&r->warning, &r->warnings,
		    "%s; [%s] is silence in the recording", why->text,
		    leg->section ? leg->section->name : leg->role);
	}
	if (r->tracks > 0)
		return EXIT_DONE;
	if (r->call->legs == 0)
		why_set(why, "%s: no [leg] section", r->call->doc->file);
	else
		why_set(why, "%.300s; no leg has sound", first.text);
	return EXIT_GIVEN_UP;
}

static void
choose_rate(struct render *r)
{
	unsigned highest = 0;

	if (r->set.rate != 0)
		return;
	for (size_t i = 0; i < r->tracks; i++)
		if (track_rate(r->track[i]) > highest)
			highest = track_rate(r->track[i]);
	for (int i = 0; encode_rates[i] != 0; i++) {
		r->set.rate = encode_rates[i];
		if (highest <= r->set.rate)
			break;
	}
}

/* On each channel somebody should be there to the end. */
static void
warn_of_short_legs(struct render *r)
{
	int64_t end = 0, last[2] = {0, 0};
	const char *name[2] = {NULL, NULL};

	for (size_t i = 0; i < r->plan->recordings; i++)
		end = r->plan->recording[i].end_us;
	for (size_t i = 0; i < r->tracks; i++) {
		const struct call_leg *leg = track_leg(r->track[i]);
		int c = mixer_channel(leg->role, 2);
		if (track_end_us(r->track[i]) > last[c]) {
			last[c] = track_end_us(r->track[i]);
			name[c] = leg->file;
		}
		if (track_stretch(r->track[i]) < 1 ||
		    track_stretch(r->track[i]) > 1)
			add_line(&r->note, &r->notes,
			    "%s: its clock is off by %.4f %%, mended",
			    leg->file, 100 * (track_stretch(r->track[i]) - 1));
	}
	for (int c = 0; c < 2; c++)
		if (name[c] && last[c] < end - 1000000)
			add_line(&r->warning, &r->warnings,
			    "%s: ends %.3f s before the recording; the rest "
			    "is silence",
			    name[c], (double)(end - last[c]) / 1e6);
}

static int
check_plan(struct render *r, struct why *why)
{
	for (size_t i = 0; i < r->plan->recordings; i++)
		if (r->plan->recording[i].end_us -
			r->plan->recording[i].start_us >
		    LONGEST)
			return why_set(why,
			    "%s: [recording %zu] is longer than seven days",
			    r->call->doc->file, i + 1);
	if (!encode_has_kbps(r->set.rate, r->set.kbps))
		return why_set(why,
		    "%d kbit/s: MP3 has no such bit rate at "
		    "%u Hz",
		    r->set.kbps, r->set.rate);
	return 0;
}

int
render_open(struct render *r, const struct call *call, const struct plan *plan,
    int dirfd, bool follow, const struct render_options *o, struct why *why)
{
	int status;

	*r = (struct render){.call = call, .plan = plan, .set = *o};
	status = open_legs(r, dirfd, follow, why);
	if (status != EXIT_DONE)
		return status;
	choose_rate(r);
	if (r->set.channels == 0)
		r->set.channels = plan->channels;
	if (r->set.kbps == 0)
		r->set.kbps = encode_default_kbps(r->set.rate, r->set.channels);
	if (check_plan(r, why) != 0)
		return EXIT_GIVEN_UP;
	for (size_t i = 0; i < r->tracks; i++)
		if (track_start(r->track[i], r->set.rate, why) != 0)
			return EXIT_GIVEN_UP;
	warn_of_short_legs(r);
	return EXIT_DONE;
}

void
render_close(struct render *r)
{
	for (size_t i = 0; i < r->tracks; i++)
		track_close(r->track[i]);
	for (size_t i = 0; i < r->warnings; i++)
		free(r->warning[i]);
	for (size_t i = 0; i < r->notes; i++)
		free(r->note[i]);
	free(r->track);
	free(r->warning);
	free(r->note);
	*r = (struct render){0};
}

/* One recording while it is made. */
struct job {
	struct render *r;
	const struct plan_recording *what;
	struct mixer_piece *piece;
	size_t pieces;
	struct mixer_limiter limiter[2];
	struct newfile file;
	struct encode *encode;
	struct verify *verify; /* NULL: not asked for */
	float channel[2][BLOCK], leg[BLOCK], pcm[2 * BLOCK];
};

static int
put(void *arg, const void *p, size_t n)
{
	return util_write(((struct job *)arg)->file.fd, p, n);
}

/* One block of a kept stretch. */
static int
mix(struct job *j, int64_t from, size_t n, struct why *why)
{
	memset(j->channel, 0, sizeof j->channel);
	for (size_t i = 0; i < j->r->tracks; i++) {
		struct track *t = j->r->track[i];
		float *to = j->channel[mixer_channel(
		    track_leg(t)->role, j->r->set.channels)];
		if (track_read(t, from, j->leg, n, why) != 0)
			return -1;
		for (size_t k = 0; k < n; k++)
			to[k] += j->leg[k];
	}
	for (int c = 0; c < j->r->set.channels; c++)
		mixer_limit(&j->limiter[c], j->channel[c], n, j->r->set.rate);
	return 0;
}

static int
run_piece(struct job *j, const struct mixer_piece *piece, struct why *why)
{
	size_t channels = (size_t)j->r->set.channels;
	size_t n;

	for (int64_t at = piece->from; at < piece->to; at += (int64_t)n) {
		n = piece->to - at < BLOCK ? (size_t)(piece->to - at) : BLOCK;
		memset(j->channel, 0, sizeof j->channel);
		if (piece->kind == MIXER_KEEP && mix(j, at, n, why) != 0)
			return EXIT_GIVEN_UP;
		for (size_t c = 0; c < channels; c++) {
			if (piece->kind == MIXER_TONE)
				mixer_tone(j->channel[c], n, at - piece->from,
				    j->r->set.rate);
			for (size_t k = 0; k < n; k++)
				j->pcm[k * channels + c] = j->channel[c][k];
		}
		if (j->verify)
			verify_add(j->verify, j->pcm, n);
		if (encode_add(j->encode, j->pcm, n, why) != 0)
			return EXIT_LATER;
	}
	return EXIT_DONE;
}

static uint32_t
milliseconds(int64_t samples, unsigned rate)
{
	return (uint32_t)(samples * 1000 / rate);
}

/* A chapter for each stretch between cuts, where there are cuts. */
static int
add_chapters(const struct job *j, struct buf *tag)
{
	int64_t before = 0;
	int n = 0;

	if (j->what->cuts == 0)
		return 0;
	for (size_t i = 0; i < j->pieces && n < CHAPTERS; i++) {
		const struct mixer_piece *p = &j->piece[i];
		unsigned rate = j->r->set.rate;
		char from[UTIL_SECONDS_SIZE], title[80];
		int64_t length = p->to - p->from;

		util_seconds_text(p->from * 1000 / rate * 1000, from);
		(void)snprintf(title, sizeof title, "%s %s s",
		    p->kind == MIXER_KEEP ? "from" : "removed at", from);
		id3_chapter(tag, ++n, milliseconds(before, rate),
		    milliseconds(before + length, rate), title);
		before += length;
	}
	return n;
}

static void
make_tag(const struct job *j, size_t recording, struct buf *tag)
{
	const struct render *r = j->r;
	char when[UTIL_TIME_SIZE], place[48];
	const char *id = r->call->id;

	(void)snprintf(
	    place, sizeof place, "%zu/%zu", recording + 1, r->plan->recordings);
	id3_begin(tag);
	id3_text(tag, "TIT2", id);
	id3_text(tag, "TRCK", place);
	id3_text(tag, "TPE1", j->what->agent);
	id3_text(tag, "TALB", j->what->queue);
	if (r->call->started_us > 0) {
		util_time_text(r->call->started_us + j->what->start_us, when);
		when[strcspn(when, "Z")] = '\0'; /* ID3 means UTC anyway */
		id3_text(tag, "TDRC", when);
	}
	id3_user(tag, "call", id);
	id3_user(tag, "queue", j->what->queue);
	id3_user(tag, "agent", j->what->agent);
	id3_user(tag, "recording", place);
	id3_end(tag, add_chapters(j, tag));
}

static int
encode_pieces(struct job *j, struct mpeg_info *facts, struct why *why)
{
	struct encode_settings set = {.rate = j->r->set.rate,
	    .channels = j->r->set.channels,
	    .kbps = j->r->set.kbps,
	    .quality = j->r->set.quality,
	    .jobs = j->r->set.jobs};
	int status = EXIT_DONE;

	j->encode = encode_new(&set, put, j, why);
	if (!j->encode)
		return EXIT_GIVEN_UP;
	for (size_t i = 0; i < j->pieces && status == EXIT_DONE; i++)
		status = run_piece(j, &j->piece[i], why);
	if (status == EXIT_DONE && encode_end(j->encode, facts, why) != 0)
		status = EXIT_LATER;
	return status;
}

/* Tag, frame of facts, frames; the facts are known last. */
static int
write_file(struct job *j, const struct buf *tag, struct why *why)
{
	struct mpeg_info facts = {.kbps = 0};
	unsigned char info[MPEG_INFO_MAX] = {0};
	size_t size;
	int status;

	mpeg_header(j->r->set.rate, (unsigned)j->r->set.channels, facts.like);
	size = mpeg_info_size(facts.like);
	if (put(j, tag->s, tag->len) != 0 || put(j, info, size) != 0)
		return why_set(why, "%s", strerror(errno)), EXIT_LATER;
	status = encode_pieces(j, &facts, why);
	if (status != EXIT_DONE)
		return status;
	(void)mpeg_info(&facts, info);
	if (pwrite(j->file.fd, info, size, (off_t)tag->len) != (ssize_t)size)
		return why_set(why, "%s", strerror(errno)), EXIT_LATER;
	return EXIT_DONE;
}

static void
fill_ticket(const struct job *j, size_t recording, struct ticket_file *f)
{
	f->recording = (int)recording + 1;
	f->recordings = (int)j->r->plan->recordings;
	f->part = f->parts = 1;
	f->start_us = j->what->start_us;
	f->queue = util_strdup(j->what->queue);
	f->agent = util_strdup(j->what->agent);
	f->rate = j->r->set.rate;
	f->channels = (unsigned)j->r->set.channels;
	f->samples = mixer_samples(j->piece, j->pieces);
	for (size_t i = 0; i < j->what->cuts; i++)
		ticket_add_cut(f, j->what->cut[i].start_us,
		    j->what->cut[i].end_us, j->what->cut[i].reason);
}

static int
finish(struct job *j, struct ticket_file *f, struct why *why)
{
	if (j->verify &&
	    verify_file(j->verify, j->file.dirfd, j->file.temporary, why) != 0)
		return EXIT_GIVEN_UP;
	if (lseek(j->file.fd, 0, SEEK_SET) != 0 ||
	    hash_fd(HASH_SHA256, j->file.fd, f->sha256, &f->bytes) != 0 ||
	    newfile_commit(&j->file, true) != 0)
		return why_set(why, "%s", strerror(errno)), EXIT_LATER;
	return EXIT_DONE;
}

static bool
is_a_leg(const struct render *r, int outdir, const char *name)
{
	struct stat st;

	if (fstatat(outdir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	for (size_t i = 0; i < r->tracks; i++)
		if (track_is_file(r->track[i], st.st_dev, st.st_ino))
			return true;
	return false;
}

int
render_one(struct render *r, size_t recording, int outdir, const char *name,
    struct ticket_file *f, struct why *why)
{
	struct job *j;
	struct buf tag = {0};
	struct why reason = {""};
	int status = EXIT_LATER;

	if (is_a_leg(r, outdir, name))
		return why_set(why, "%s: is one of the legs", name),
		       EXIT_GIVEN_UP;
	j = util_alloc(sizeof *j);
	j->file = (struct newfile)NEWFILE_NONE;
	j->r = r;
	j->what = &r->plan->recording[recording];
	j->limiter[0].gain = j->limiter[1].gain = 1;
	j->pieces = mixer_pieces(
	    j->what, r->plan->style, r->set.rate, r->set.pad_us, &j->piece);
	if (r->set.verify)
		j->verify = verify_new(r->set.rate, r->set.channels);
	make_tag(j, recording, &tag);
	if (newfile_create(&j->file, outdir, name) != 0)
		why_set(&reason, "%s", strerror(errno));
	else
		status = write_file(j, &tag, &reason);
	fill_ticket(j, recording, f);
	if (status == EXIT_DONE)
		status = finish(j, f, &reason);
	if (status != EXIT_DONE)
		why_set(why, "%s: %.400s", name, reason.text);
	newfile_abort(&j->file);
	encode_free(j->encode);
	verify_free(j->verify);
	buf_free(&tag);
	free(j->piece);
	free(j);
	return status;
}
