/* SPDX-License-Identifier: ISC */
#include "info.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frames.h"
#include "json.h"
#include "num.h"
#include "text.h"

/* The first NAMED places are listed; WINDOW bytes are resident. */
enum { NAMED = 20, WINDOW = 1 << 20 };

struct facts {
	size_t protected, wrong_crc; /* frames */
	size_t wrong_at[NAMED];
	size_t joint, reach_back, reach_most;
	unsigned kbps_least, kbps_most;
	uint64_t audio_bytes;
	int64_t from, to; /* samples that are played */
	int64_t length_us;
};

/* ---- counting ---- */

/* Over the header's last two bytes and the side info: ISO/IEC 11172-3, 2.4.3.1.
 */
static bool
crc_holds(const unsigned char *frame, const struct mpeg *f)
{
	unsigned crc = 0xFFFF;

	for (size_t i = 2; i < 6 + f->side; i++) {
		if (i == 4 || i == 5)
			continue;
		crc ^= (unsigned)frame[i] << 8;
		for (int k = 0; k < 8; k++)
			crc = crc & 0x8000 ? crc << 1 ^ 0x8005 : crc << 1;
	}
	return (crc & 0xFFFF) == ((unsigned)frame[4] << 8 | frame[5]);
}

struct counting {
	const struct mapped *src;
	struct facts *facts;
	size_t passed;
};

static void
count_frame(void *arg, size_t at, const struct mpeg *f)
{
	struct counting *c = arg;
	const unsigned char *frame = c->src->p + at;
	struct facts *x = c->facts;
	size_t back = mpeg_main_data_begin(frame, f);

	if (at - c->passed >= WINDOW) {
		mapped_pass(c->src, c->passed, at);
		c->passed = at;
	}
	x->audio_bytes += f->bytes;
	if (f->kbps > x->kbps_most)
		x->kbps_most = f->kbps;
	if (x->kbps_least == 0 || f->kbps < x->kbps_least)
		x->kbps_least = f->kbps;
	x->joint += frame[3] >> 6 == 1;
	x->reach_back += back > 0;
	if (back > x->reach_most)
		x->reach_most = back;
	if (f->head == 4)
		return;
	x->protected ++;
	if (crc_holds(frame, f))
		return;
	if (x->wrong_crc < NAMED)
		x->wrong_at[x->wrong_crc] = at;
	x->wrong_crc++;
}

static void
count_frames(const struct mapped *s, struct facts *x)
{
	const struct mp3 *m = &s->mp3;
	struct counting c = {s, x, 0};

	*x = (struct facts){.from = 0};
	mp3_each(m, count_frame, &c);
	mp3_kept(m, &x->from, &x->to);
	x->length_us = (x->to - x->from) * 1000000 / m->stretch[0].format.rate;
	for (size_t i = 1; i < m->stretches; i++) {
		size_t end =
		    i + 1 < m->stretches ? m->stretch[i + 1].frame : m->frames;
		const struct mpeg *f = &m->stretch[i].format;

		x->length_us += (int64_t)(end - m->stretch[i].frame) *
				f->samples * 1000000 / f->rate;
	}
}

/* ---- words ---- */

static const char *
version(const struct mp3_stretch *t)
{
	static const char *const names[] = {"2.5", "", "2", "1"};

	return names[t->like[1] >> 3 & 3];
}

static const char *
channels(const struct mp3 *m, const struct facts *x)
{
	static const char *const names[] = {
	    "stereo", "joint stereo", "dual channel", "mono"};
	unsigned mode = m->stretch[0].like[3] >> 6;

	return mode != 3 && x->joint > 0 ? names[1] : names[mode];
}

/* In bits per second; all frames of a stretch have the same samples. */
static uint64_t
mean_bits(const struct mp3 *m, const struct facts *x)
{
	const struct mpeg *f = &m->stretch[0].format;

	return x->audio_bytes * 8 * f->rate / f->samples / m->frames;
}

static const char *
kind(const struct mp3 *m, const struct facts *x)
{
	if (m->stretch[0].free_bytes > 0)
		return "free format";
	return x->kbps_least == x->kbps_most ? "CBR" : "VBR";
}

/* The kind of the first frame if it has counts instead of sound, or NULL. */
static const char *
tag_frame(const struct mp3 *m)
{
	const unsigned char *frame = m->p + m->info_at;

	if (m->info.kind == MPEG_TAG_NONE)
		return NULL;
	if (m->info.kind == MPEG_TAG_VBRI)
		return "VBRI";
	return m->info.frames_at >= 8 &&
		       memcmp(frame + m->info.frames_at - 8, "Info", 4) == 0
		   ? "Info"
		   : "Xing";
}

/* The name of the encoder in LAME's extension, if it is printable. */
static char *
encoder(const struct mp3 *m)
{
	const char *s = (const char *)m->p + m->info_at + m->info.extension;
	size_t n = 0;

	if (m->info.extension == 0)
		return NULL;
	while (n < 9 && s[n] > ' ' && s[n] < 127)
		n++;
	return text_ndup(s, n);
}

/* True if the number of frames in the tag frame is right. */
static bool
count_holds(const struct mp3 *m)
{
	uint64_t n = m->info.frames;

	return n == 0 || n == m->frames || n == m->frames + 1;
}

/* ---- for a person ---- */

static void
text_damage(const struct mp3 *m, const struct facts *x, struct buf *out)
{
	static const char *const what[MP3_FAULTS] = {"a tag between frames",
	    "no frame", "the format changes",
	    "frames reach back to bytes that are not there",
	    "the last frame is not whole"};

	if (!count_holds(m))
		buf_format(out,
		    "damage     at %zu: the tag counts %" PRIu64
		    " frames, there are %zu\n",
		    m->info_at, m->info.frames, m->frames);
	for (size_t i = 0; i < m->faults; i++)
		buf_format(out, "%s     at %zu: %zu bytes, frame %zu: %s\n",
		    m->fault[i].kind == MP3_TAG ? "noted " : "damage",
		    m->fault[i].at, m->fault[i].bytes, m->fault[i].frame,
		    what[m->fault[i].kind]);
	for (size_t i = 0; i < x->wrong_crc && i < NAMED; i++)
		buf_format(out, "damage     at %zu: a frame's CRC is wrong\n",
		    x->wrong_at[i]);
	if (x->wrong_crc > NAMED)
		buf_format(out, "damage     %zu frames have a wrong CRC\n",
		    x->wrong_crc);
}

static void
facts_text(const struct mp3 *m, const struct facts *x, struct buf *out)
{
	const struct mp3_stretch *t = &m->stretch[0];
	uint64_t bits = mean_bits(m, x);

	buf_format(out, "format     MPEG-%s layer III, %u Hz, %s%s\n",
	    version(t), t->format.rate, channels(m, x),
	    x->protected ? ", CRC" : "");
	buf_format(out, "bit rate   %s, %" PRIu64 ".%" PRIu64 " kbit/s",
	    kind(m, x), bits / 1000, bits / 100 % 10);
	if (x->kbps_least != x->kbps_most)
		buf_format(out, " (%u to %u)", x->kbps_least, x->kbps_most);
	buf_format(out, "\nframes     %zu of %u samples\n", m->frames,
	    t->format.samples);
	buf_format(out, "reservoir  ");
	if (x->reach_back > 0)
		buf_format(out, "%zu frames reach back, at most %zu bytes\n",
		    x->reach_back, x->reach_most);
	else
		buf_format(out, "not used\n");
}

void
info_text(const struct mapped *s, const char *path, struct buf *out)
{
	const struct mp3 *m = &s->mp3;
	char seconds[NUM_SECONDS_SIZE];
	char *name = encoder(m);
	struct facts x;

	count_frames(s, &x);
	buf_format(out, "file       %s, %zu bytes\n", path, m->n);
	facts_text(m, &x, out);
	buf_format(out, "length     %s s, %" PRId64 " samples\n",
	    num_seconds_text(x.length_us, seconds), x.to - x.from);
	if (tag_frame(m))
		buf_format(out, "tag frame  %s at %zu, %zu bytes\n",
		    tag_frame(m), m->info_at, m->info_bytes);
	if (name)
		buf_format(out, "delay      %u, padding %u (%s)\n",
		    m->info.delay, m->info.padding, name);
	for (size_t i = 0; i < m->tags; i++)
		buf_format(out, "tag        %s at %zu, %zu bytes\n",
		    tags_names[m->tag[i].kind], m->tag[i].at, m->tag[i].bytes);
	text_damage(m, &x, out);
	free(name);
}

/* ---- for a program ---- */

/* Sets member `name` of element n of a list. */
static void
set_info_number(struct json *j, const char *list, size_t n, const char *name,
    uint64_t value)
{
	char *path = text_format("%s.%zu.%s", list, n, name);

	json_set_number(j, path, (int64_t)value);
	free(path);
}

static void
set_info_text(struct json *j, const char *list, size_t n, const char *name,
    const char *value)
{
	char *path = text_format("%s.%zu.%s", list, n, name);

	json_set_text(j, path, value);
	free(path);
}

static void
json_damage(const struct mp3 *m, const struct facts *x, struct json *j)
{
	size_t n = 0;

	if (!count_holds(m)) {
		set_info_text(j, "damage", n, "kind", "count");
		set_info_number(j, "damage", n, "at", m->info_at);
		set_info_number(j, "damage", n++, "frames", m->info.frames);
	}
	for (size_t i = 0; i < m->faults; i++) {
		const struct mp3_fault *f = &m->fault[i];

		set_info_text(j, "damage", n, "kind", mp3_fault_names[f->kind]);
		set_info_number(j, "damage", n, "at", f->at);
		set_info_number(j, "damage", n, "bytes", f->bytes);
		set_info_number(j, "damage", n++, "frame", f->frame);
	}
	for (size_t i = 0; i < x->wrong_crc && i < NAMED; i++) {
		set_info_text(j, "damage", n, "kind", "crc");
		set_info_number(j, "damage", n++, "at", x->wrong_at[i]);
	}
	json_set_number(j, "wrong_crc", (int64_t)x->wrong_crc);
}

static void
json_format(const struct mp3 *m, const struct facts *x, struct json *j)
{
	const struct mpeg *f = &m->stretch[0].format;

	json_set_text(j, "version", version(&m->stretch[0]));
	json_set_number(j, "layer", 3);
	json_set_number(j, "rate", f->rate);
	json_set_number(j, "channels", f->channels);
	json_set_text(j, "mode", channels(m, x));
	json_set_yes(j, "crc", x->protected > 0);
	json_set_text(j, "bit_rate.kind", kind(m, x));
	json_set_number(j, "bit_rate.mean", (int64_t)mean_bits(m, x));
	json_set_number(j, "bit_rate.least", x->kbps_least * 1000);
	json_set_number(j, "bit_rate.most", x->kbps_most * 1000);
	json_set_number(j, "frames", (int64_t)m->frames);
	json_set_number(j, "frame_samples", f->samples);
	json_set_number(j, "samples", x->to - x->from);
	json_set_number(j, "length_ms", x->length_us / 1000);
	json_set_number(j, "formats", (int64_t)m->stretches);
	json_set_number(j, "reservoir.frames", (int64_t)x->reach_back);
	json_set_number(j, "reservoir.most", (int64_t)x->reach_most);
}

void
info_json(const struct mapped *s, const char *path, struct buf *out)
{
	const struct mp3 *m = &s->mp3;
	struct json *j = json_new();
	char *name = encoder(m), *line;
	struct facts x;

	count_frames(s, &x);
	json_set_text(j, "file", path);
	json_set_number(j, "bytes", (int64_t)m->n);
	json_format(m, &x, j);
	if (tag_frame(m)) {
		json_set_text(j, "tag_frame.kind", tag_frame(m));
		json_set_number(j, "tag_frame.at", (int64_t)m->info_at);
		json_set_number(j, "tag_frame.bytes", (int64_t)m->info_bytes);
	}
	if (name) {
		json_set_text(j, "tag_frame.encoder", name);
		json_set_number(j, "delay", m->info.delay);
		json_set_number(j, "padding", m->info.padding);
	}
	for (size_t i = 0; i < m->tags; i++) {
		set_info_text(j, "tags", i, "kind", tags_names[m->tag[i].kind]);
		set_info_number(j, "tags", i, "at", m->tag[i].at);
		set_info_number(j, "tags", i, "bytes", m->tag[i].bytes);
	}
	json_damage(m, &x, j);
	line = json_write(j);
	buf_format(out, "%s\n", line);
	free(line);
	free(name);
	json_free(j);
}
