/* SPDX-License-Identifier: ISC */
#include "render.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "encode.h"
#include "hash.h"
#include "id3.h"
#include "io.h"
#include "mix.h"
#include "newfile.h"
#include "num.h"
#include "picture.h"
#include "text.h"
#include "verify.h"
#include "when.h"

#define CHAPTERS 255

/* The state while one recording is made. */
struct rendering {
	struct session *r;
	size_t number;
	const struct plan_recording *what;
	struct mix_piece *piece;
	size_t pieces;
	int64_t samples, done;
	int fd;
	struct encode *encode;
	struct verify *verify; /* NULL: no verification */
	/* The place of the picture: the piece, and the sample of the call. */
	size_t drawn;
	int64_t drawn_at;
};

static int
put_bytes(void *arg, const void *p, size_t n)
{
	return io_write(((struct rendering *)arg)->fd, p, n);
}

/* The picture has the call's time: a block may extend over several pieces. */
static void
draw(struct rendering *j, const float *const channel[2], size_t n)
{
	size_t at = 0;

	while (at < n) {
		const struct mix_piece *p = &j->piece[j->drawn];
		const float *from[2] = {
		    channel[0] + at, channel[1] ? channel[1] + at : NULL};
		size_t now = n - at;

		if (j->drawn_at < p->from)
			j->drawn_at = p->from;
		if (p->to - j->drawn_at < (int64_t)now)
			now = (size_t)(p->to - j->drawn_at);
		if (p->kind == MIX_KEEP)
			picture_add(j->r->picture, j->drawn_at, from, now);
		at += now;
		j->drawn_at += (int64_t)now;
		if (j->drawn_at == p->to)
			j->drawn++;
	}
}

static int
run_rendering(struct rendering *j, struct mix *m, struct why *why)
{
	const struct session_options *set = &j->r->set;
	const float *channel[2];
	ssize_t n;

	while ((n = mix_next(m, channel, why)) > 0) {
		if (j->verify)
			verify_add(j->verify, channel, (size_t)n);
		if (j->r->picture)
			draw(j, channel, (size_t)n);
		if (encode_add(j->encode, channel, (size_t)n, why) != 0)
			return EXIT_LATER;
		j->done += n;
		if (set->progress)
			set->progress(set->progress_arg, set->rate, n, j->done,
			    j->samples);
	}
	return n < 0 ? why_status(why) : EXIT_DONE;
}

static uint32_t
ms_of_samples(int64_t samples, unsigned rate)
{
	return (uint32_t)(samples * 1000 / rate);
}

/*
 * The reason of a cut or, for a kept piece, of the cut before it; NULL: none.
 */
static const char *
reason_of(const struct rendering *j, const struct mix_piece *p)
{
	const char *reason = NULL;
	unsigned rate = j->r->set.rate;

	for (size_t i = 0; i < j->what->cuts; i++) {
		const struct plan_cut *c = &j->what->cut[i];

		if (p->kind != MIX_KEEP &&
		    num_samples(c->end_us, rate) > p->from)
			return c->reason;
		if (num_samples(c->start_us, rate) < p->from)
			reason = c->reason;
	}
	return reason;
}

/* Adds a chapter for each part between cuts, if there are cuts. */
static int
add_mix_chapters(const struct rendering *j, struct buf *tag)
{
	int64_t before = 0;
	int n = 0;

	if (j->what->cuts == 0)
		return 0;
	for (size_t i = 0; i < j->pieces && n < CHAPTERS; i++) {
		const struct mix_piece *p = &j->piece[i];
		unsigned rate = j->r->set.rate;
		char from[NUM_SECONDS_SIZE], title[120];
		const char *reason = reason_of(j, p);
		int64_t length = p->to - p->from;

		num_seconds_text(p->from * 1000 / rate * 1000, from);
		(void)snprintf(title, sizeof title, "%s %s s%s%.60s",
		    p->kind == MIX_KEEP ? "from" : "removed at", from,
		    !reason               ? ""
		    : p->kind == MIX_KEEP ? ", after "
					  : ": ",
		    reason ? reason : "");
		id3_chapter(tag, ++n, ms_of_samples(before, rate),
		    ms_of_samples(before + length, rate), title);
		before += length;
	}
	return n;
}

static void
make_tag(const struct rendering *j, struct buf *tag)
{
	const struct session *r = j->r;
	char when[WHEN_SIZE], place[48];
	const char *id = r->call->id;

	(void)snprintf(
	    place, sizeof place, "%zu/%zu", j->number + 1, r->recordings);
	id3_begin(tag);
	id3_text(tag, "TIT2", id);
	id3_text(tag, "TRCK", place);
	id3_text(tag, "TPE1", j->what->agent);
	id3_text(tag, "TALB", j->what->queue);
	if (r->call->started_us > 0) {
		when_text(r->call->started_us + j->what->start_us, when);
		when[strcspn(when, "Z")] = '\0'; /* times in ID3 are in UTC */
		id3_text(tag, "TDRC", when);
	}
	id3_user(tag, "call", id);
	id3_user(tag, "queue", j->what->queue);
	id3_user(tag, "agent", j->what->agent);
	id3_user(tag, "recording", place);
	id3_end(tag, add_mix_chapters(j, tag));
}

static struct encode_settings
encode_set(const struct session_options *o, int64_t samples)
{
	return (struct encode_settings){.rate = o->rate,
	    .channels = o->channels,
	    .kbps = o->kbps,
	    .vbr = o->vbr,
	    .quality = o->quality,
	    .samples = samples,
	    .pool = o->pool};
}

static int
encode_pieces(struct rendering *j, struct mpeg_info *facts, struct why *why)
{
	const struct session_options *o = &j->r->set;
	struct encode_settings set = encode_set(o, j->samples);
	struct mix_what what = {.track = j->r->track,
	    .tracks = j->r->tracks,
	    .piece = j->piece,
	    .pieces = j->pieces,
	    .rate = o->rate,
	    .first = o->first,
	    .channels = o->channels};
	struct mix *m;
	int status;

	j->encode = encode_new(&set, put_bytes, j, why);
	if (!j->encode)
		return EXIT_GIVEN_UP;
	m = mix_new(&what);
	status = run_rendering(j, m, why);
	if (status == EXIT_DONE && encode_end(j->encode, facts, why) != 0)
		status = EXIT_LATER;
	mix_free(m);
	return status;
}

/* Writes the tag, the Info frame and the frames; the facts are known last. */
static int
write_file(struct rendering *j, struct why *why)
{
	struct mpeg_info facts = {.kbps = 0};
	unsigned char info[MPEG_INFO_MAX] = {0};
	struct buf tag = {0};
	size_t size, place;
	int status;

	make_tag(j, &tag);
	place = tag.len;
	facts.vbr = j->r->set.vbr != ENCODE_CBR;
	mpeg_header(j->r->set.rate, (unsigned)j->r->set.channels,
	    facts.vbr ? 0 : (unsigned)j->r->set.kbps, facts.like);
	size = mpeg_info_size(&facts);
	buf_add(&tag, info, size);
	status = put_bytes(j, tag.s, tag.len);
	buf_free(&tag);
	if (status != 0)
		return why_errno(why, "writing"), EXIT_LATER;
	status = encode_pieces(j, &facts, why);
	if (status != EXIT_DONE)
		return status;
	(void)mpeg_info(&facts, info);
	if (pwrite(j->fd, info, size, (off_t)place) != (ssize_t)size)
		return why_errno(why, "writing"), EXIT_LATER;
	return EXIT_DONE;
}

/* The path of a leg's file can contain anything. */
static void
add_ticket_text(struct ticket_file *f, const char *key, char *text)
{
	doc_add_text(&f->extra, key, text);
	free(text);
}

/* Adds which legs were corrected, what is missing, and what was accepted. */
static void
add_account_key(const struct session *r, struct ticket_file *f)
{
	char seconds[NUM_SECONDS_SIZE], *doubt = session_doubt(r);

	for (size_t i = 0; i < r->account.legs; i++) {
		const struct account_leg *l = &r->account.leg[i];
		double off = 100 * (account_stretch(l) - 1);

		if (off < 0 || off > 0)
			add_ticket_text(f, "clock",
			    text_format("%s %+.4f %%", l->what->file, off));
		if (l->missing_us > 0)
			add_ticket_text(f, "missing",
			    text_format("%s %s %.100s",
				num_seconds_text(l->missing_us, seconds),
				l->what->role, l->what->file));
		if (l->found.timed) {
			struct buf line = {0};

			account_packets_line(l, &line);
			add_ticket_text(f, "packets",
			    text_format("%s %s: %s", l->what->role,
				l->what->file, line.s));
			buf_free(&line);
		}
	}
	if (doubt)
		add_ticket_text(f, "doubt", doubt);
}

static void
fill_ticket(const struct rendering *j, struct ticket_file *f)
{
	f->recording = (int)j->number + 1;
	f->recordings = (int)j->r->recordings;
	f->part = f->parts = 1;
	f->start_us = j->what->start_us;
	f->queue = text_dup(j->what->queue);
	f->agent = text_dup(j->what->agent);
	f->rate = j->r->set.rate;
	f->channels = (unsigned)j->r->set.channels;
	f->samples = j->samples;
	for (size_t i = 0; i < j->what->cuts; i++)
		ticket_add_cut(f, j->what->cut[i].start_us,
		    j->what->cut[i].end_us, j->what->cut[i].reason);
	/*
	 * The place of a part in the call depends on whether cuts are removed.
	 */
	if (f->cuts > 0 && j->r->plan->style != PLAN_CUT)
		doc_add(&f->extra, "redaction_style",
		    plan_style_names[j->r->plan->style], 0);
	add_account_key(j->r, f);
}

static void
begin_rendering(struct rendering *j, struct session *r, size_t recording)
{
	size_t number = r->number[recording];

	*j = (struct rendering){.r = r, .number = recording, .fd = -1};
	j->what = &r->plan->recording[number];
	j->pieces = session_pieces(r, number, &j->piece);
	j->samples = mix_samples(j->piece, j->pieces);
	if (r->set.verify) {
		struct encode_settings set = encode_set(&r->set, j->samples);

		j->verify = verify_new(
		    r->set.rate, r->set.channels, encode_lowpass_hz(&set));
	}
}

static int
make_recording(struct rendering *j, struct why *why)
{
	int status = write_file(j, why);

	if (status == EXIT_DONE && j->verify &&
	    verify_fd(j->verify, j->fd, why) != 0)
		status = EXIT_GIVEN_UP;
	if (status == EXIT_DONE && lseek(j->fd, 0, SEEK_SET) != 0) {
		why_errno(why, "writing");
		status = EXIT_LATER;
	}
	return status;
}

static void
end_rendering(struct rendering *j)
{
	encode_free(j->encode);
	verify_free(j->verify);
	free(j->piece);
}

static bool
is_a_leg(const struct session *r, int outdir, const char *name)
{
	struct stat st;

	if (fstatat(outdir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return false;
	for (size_t i = 0; i < r->tracks; i++)
		if (leg_is_file(track_file(r->track[i]), st.st_dev, st.st_ino))
			return true;
	return false;
}

int
render_file(struct session *r, size_t recording, int outdir, const char *name,
    struct ticket_file *f, struct why *why)
{
	struct newfile file = NEWFILE_NONE;
	struct why reason = {0};
	struct rendering j;
	int status = EXIT_LATER;

	if (is_a_leg(r, outdir, name))
		return why_set(why,
			   "%s: is one of the legs, and is not overwritten",
			   name),
		       EXIT_GIVEN_UP;
	begin_rendering(&j, r, recording);
	if (newfile_create(&file, outdir, name) != 0) {
		why_errno(&reason, "writing");
	} else {
		j.fd = file.fd;
		status = make_recording(&j, &reason);
		newfile_start_sync(&file); /* while it is hashed */
	}
	fill_ticket(&j, f);
	if (status == EXIT_DONE &&
	    (hash_fd(HASH_SHA256, file.fd, f->sha256, &f->bytes) != 0 ||
		newfile_commit(&file, true) != 0)) {
		why_errno(&reason, "writing");
		status = EXIT_LATER;
	}
	if (status != EXIT_DONE)
		why_set(why, "%s: %.400s", name, reason.text);
	newfile_abort(&file);
	end_rendering(&j);
	return status;
}

static int
copy_mp3(int from, int to)
{
	char block[1 << 16];
	ssize_t n;

	while ((n = io_read(from, block, sizeof block)) > 0)
		if (io_write(to, block, (size_t)n) != 0)
			return -1;
	return n < 0 ? -1 : 0;
}

int
render_to(struct session *r, size_t recording, int to, struct why *why)
{
	struct rendering j;
	int status = EXIT_LATER;

	begin_rendering(&j, r, recording);
	j.fd = newfile_nameless();
	if (j.fd < 0)
		why_errno(why, "writing");
	else
		status = make_recording(&j, why);
	if (status == EXIT_DONE && copy_mp3(j.fd, to) != 0) {
		why_errno(why, "writing");
		status = EXIT_LATER;
	}
	if (j.fd >= 0)
		(void)close(j.fd);
	end_rendering(&j);
	return status;
}
