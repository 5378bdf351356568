/* SPDX-License-Identifier: ISC */
#include "freeswitch_recordings.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"
#include "num.h"
#include "path.h"
#include "text.h"

/* 25 frames of 20 ms are buffered, unless RECORD_PRE_BUFFER_FRAMES is set. */
#define FRAME_US 20000
enum { FRAMES = 25, FRAMES_MAX = 3000 };

void
recordings_free(struct recordings *all)
{
	for (size_t i = 0; i < all->count; i++) {
		free(all->list[i].file);
		free(all->list[i].codec);
		free(all->list[i].still);
	}
	for (size_t i = 0; i < all->marks; i++)
		free(all->mark[i].file);
	free(all->list);
	free(all->mark);
	free(all->seam);
	*all = (struct recordings){0};
}

void
recordings_seam(
    struct recordings *all, int64_t at_us, int64_t from_us, enum seam_kind kind)
{
	all->seam = mem_resize(all->seam, all->seams + 1, sizeof *all->seam);
	all->seam[all->seams++] = (struct seam){at_us, from_us, kind};
}

void
recordings_no_seam(struct recordings *all, int64_t from_us, int64_t to_us)
{
	size_t kept = 0;

	for (size_t i = 0; i < all->seams; i++)
		if (all->seam[i].kind != SEAM_MAYBE ||
		    all->seam[i].at_us < from_us || all->seam[i].at_us > to_us)
			all->seam[kept++] = all->seam[i];
	all->seams = kept;
}

void
recordings_mark(
    struct recordings *all, const char *file, int64_t at_us, bool on)
{
	all->mark = mem_resize(all->mark, all->marks + 1, sizeof *all->mark);
	all->mark[all->marks] =
	    (struct mark){text_dup(file), at_us, all->marks, on};
	all->marks++;
}

/* "/rec/x.wav +60 {RECORD_STEREO=true,...}": a recording's own variable takes
 * precedence over the channel's. */
static char *
own_variable(const struct switch_record *r, const char *data, const char *name)
{
	size_t n = strlen(name);
	const char *at = strchr(data, '{');

	for (; at; at = strchr(at, ','))
		if (strncasecmp(++at, name, n) == 0 && at[n] == '=')
			return text_ndup(at + n + 1, strcspn(at + n + 1, ",}"));
	return switch_variable(r, name);
}

static bool
own_is_true(const struct switch_record *r, const char *data, const char *name)
{
	char *text = own_variable(r, data, name);
	bool is = switch_is_true(text);

	free(text);
	return is;
}

/* -1: missing. */
static int64_t
recording_number(const struct switch_record *r, const char *data,
    const char *name, int64_t max)
{
	char *text = own_variable(r, data, name);
	int64_t n;

	if (num_integer(text, 0, max, &n) != 0)
		n = -1;
	free(text);
	return n;
}

static int64_t
end_of_record(const struct switch_record *r)
{
	int64_t us = switch_variable_us(r, "end_uepoch");

	return us > 0 || switch_parts(r) == 0
		   ? us
		   : switch_part_us(
			 r, switch_parts(r) - 1, "times.hangup_time");
}

static enum recording_kind
kind_of(const struct switch_record *r, const char *data, const char *file)
{
	if (!strchr(path_name(file), '.'))
		return RECORDING_NATIVE;
	if (own_is_true(r, data, "RECORD_STEREO") ||
	    own_is_true(r, data, "RECORD_STEREO_SWAP"))
		return RECORDING_STEREO;
	if (own_is_true(r, data, "RECORD_READ_ONLY"))
		return RECORDING_READ;
	if (own_is_true(r, data, "RECORD_WRITE_ONLY"))
		return RECORDING_WRITE;
	return RECORDING_MIXED;
}

static int64_t
first_bridge(const struct switch_record *r)
{
	for (size_t part = 0; part < switch_parts(r); part++) {
		int64_t us = switch_part_us(r, part, "times.bridged_time");
		if (us > 0)
			return us;
	}
	return switch_variable_us(r, "bridge_uepoch");
}

/* It begins when it is executed, or later if its variables say so. */
static int64_t
begin_of_recording(
    const struct switch_record *r, const char *data, int64_t at_us)
{
	int64_t answer = switch_variable_us(r, "answer_uepoch");
	int64_t bridge = first_bridge(r);

	if (own_is_true(r, data, "RECORD_ANSWER_REQ") && answer > at_us)
		at_us = answer;
	if (own_is_true(r, data, "RECORD_BRIDGE_REQ") && bridge > at_us)
		at_us = bridge;
	return at_us;
}

static struct recording *
begin_recording(struct recordings *all, const struct switch_record *r,
    const char *data, const char *file, bool first)
{
	struct recording *rec;
	int64_t frames =
	    recording_number(r, data, "RECORD_PRE_BUFFER_FRAMES", FRAMES_MAX);

	all->list = mem_resize(all->list, all->count + 1, sizeof *all->list);
	rec = &all->list[all->count++];
	*rec = (struct recording){.first = first, .open = true};
	rec->file = text_dup(file);
	rec->kind = kind_of(r, data, file);
	rec->codec = switch_variable(r, "read_codec");
	rec->swapped = own_is_true(r, data, "RECORD_STEREO_SWAP");
	rec->append = own_is_true(r, data, "RECORD_APPEND");
	rec->bridged_only = own_is_true(r, data, "RECORD_BRIDGE_REQ");
	rec->held_us = (frames < 0 ? FRAMES : frames) * FRAME_US;
	rec->start_us = rec->length_us = -1;
	rec->end_us = end_of_record(r);
	rec->end_unsure = recording_number(r, data, "RECORD_FINAL_TIMEOUT_MS",
			      INT32_MAX) > 0 ||
			  recording_number(r, data, "RECORD_INITIAL_TIMEOUT_MS",
			      INT32_MAX) > 0;
	return rec;
}

/* record_ms is that of the last file that was closed on the channel: it is only
 * certain if there is one file. */
static void
set_recording_length(
    struct recordings *all, const struct switch_record *r, bool first)
{
	struct recording *only = NULL;
	int64_t ms = switch_variable_us(r, "record_ms");

	for (size_t i = 0; i < all->count; i++) {
		if (all->list[i].first != first)
			continue;
		if (only)
			return;
		only = &all->list[i];
	}
	if (only && ms > 0 && !only->append)
		only->length_us = ms * 1000;
}

void
recordings_add(struct recordings *all, const struct switch_record *r,
    const char *file, bool first, int64_t start_us)
{
	struct recording *rec;

	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].file, file) == 0)
			return;
	rec = begin_recording(all, r, "", file, first);
	if (start_us > 0)
		rec->start_us = begin_of_recording(r, "", start_us);
	rec->open = false;
	set_recording_length(all, r, first);
}

static struct recording *
find_recorded(struct recordings *all, const char *file)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i].file, file) == 0)
			return &all->list[i];
	return NULL;
}

/* From here on nothing is written to the file. */
static void
stand(struct recording *rec, int64_t at_us)
{
	rec->still =
	    mem_resize(rec->still, rec->stills + 1, sizeof *rec->still);
	rec->still[rec->stills++] = (struct still){at_us, at_us};
}

static void
go_on(struct recording *rec, int64_t at_us)
{
	if (rec->stills > 0)
		rec->still[rec->stills - 1].to_us = at_us;
}

static void
set_limit(struct recording *rec, const char *data, int64_t at_us)
{
	const char *plus = strstr(data, " +");
	char *text =
	    plus ? text_ndup(plus + 2, strspn(plus + 2, "0123456789")) : NULL;
	int64_t s;

	if (text && num_integer(text, 1, 1000000, &s) == 0 &&
	    at_us + s * 1000000 < rec->end_us)
		rec->end_us = at_us + s * 1000000;
	free(text);
}

static void
stop_recording(struct recording *rec, int64_t at_us)
{
	if (!rec->open)
		return;
	rec->open = false;
	if (rec->paused)
		at_us = rec->still[--rec->stills].from_us;
	rec->paused = false;
	if (at_us < rec->end_us)
		rec->end_us = at_us;
}

/* The same file again: appended to it, or overwriting it. */
static void
begin_again(struct recording *rec, const struct switch_record *r,
    const char *data, int64_t at_us)
{
	if (!rec->open && rec->append) {
		stand(rec, rec->end_us);
		go_on(rec, at_us);
	} else if (!rec->open) {
		rec->start_us = begin_of_recording(r, data, at_us);
		rec->stills = 0;
	} else if (own_is_true(r, data, "RECORD_TOGGLE_ON_REPEAT")) {
		stop_recording(rec, at_us);
		return;
	} else {
		return; /* it is recorded already */
	}
	rec->open = true;
	rec->end_us = end_of_record(r);
	set_limit(rec, data, at_us);
}

static void
note_recording(struct recordings *all, const struct switch_record *r,
    const struct switch_app *app, bool first)
{
	char *file = text_ndup(app->data, strcspn(app->data, " "));
	struct recording *rec = find_recorded(all, file);

	if (rec && rec->first == first) {
		begin_again(rec, r, app->data, app->at_us);
	} else if (*file && !rec) {
		rec = begin_recording(all, r, app->data, file, first);
		if (app->at_us > 0)
			rec->start_us =
			    begin_of_recording(r, app->data, app->at_us);
		set_limit(rec, app->data, app->at_us);
	}
	free(file);
}

static void
stop_all(struct recordings *all, const char *file, bool first, int64_t at_us)
{
	for (size_t i = 0; i < all->count; i++) {
		struct recording *rec = &all->list[i];

		if (rec->first != first ||
		    (strcmp(file, "all") != 0 && strcmp(file, rec->file) != 0))
			continue;
		stop_recording(rec, at_us);
		recordings_mark(all, rec->file, at_us, false);
	}
}

static void
pause_or_resume(
    struct recordings *all, const struct switch_app *app, bool pauses)
{
	struct recording *rec = find_recorded(all, app->data);

	recordings_mark(all, app->data, app->at_us, pauses);
	/* Silence is written to native files. */
	if (!rec || !rec->open || rec->kind == RECORDING_NATIVE ||
	    rec->paused == pauses)
		return;
	rec->paused = pauses;
	if (pauses)
		stand(rec, app->at_us);
	else
		go_on(rec, app->at_us);
}

static void
take_record_app(struct recordings *all, const struct switch_record *r,
    const struct switch_app *app, bool first)
{
	if (strcmp(app->name, "record_session") == 0)
		note_recording(all, r, app, first);
	else if (app->at_us <= 0)
		return;
	else if (strcmp(app->name, "stop_record_session") == 0)
		stop_all(all, app->data, first, app->at_us);
	else if (strcmp(app->name, "record_session_mask") == 0)
		recordings_mark(all, app->data, app->at_us, true);
	else if (strcmp(app->name, "record_session_unmask") == 0)
		recordings_mark(all, app->data, app->at_us, false);
	else if (strcmp(app->name, "record_session_pause") == 0)
		pause_or_resume(all, app, true);
	else if (strcmp(app->name, "record_session_resume") == 0)
		pause_or_resume(all, app, false);
}

/* "uuid_record UUID start FILE", as FusionPBX has it in api_on_answer. */
static void
take_api(struct recordings *all, const struct switch_record *r, bool first)
{
	char *api = switch_variable(r, "api_on_answer");
	const char *at = strstr(api, "uuid_record ");
	char *uuid = switch_variable(r, "uuid");

	at = at && strstr(at, uuid) ? strstr(at, " start ") : NULL;
	if (at) {
		char *file = text_ndup(at + 7, strcspn(at + 7, " ;|"));
		recordings_add(all, r, file, first,
		    switch_variable_us(r, "answer_uepoch"));
		free(file);
	}
	free(uuid);
	free(api);
}

/*
 * Deleted by FreeSWITCH because it was too short: this is no missing recording.
 */
static void
discard(struct recordings *all, const struct switch_record *r)
{
	char *text = switch_variable(r, "RECORD_DISCARDED");
	int64_t least = recording_number(r, "", "RECORD_MIN_SEC", 86400);
	size_t kept = 0;

	if (switch_is_true(text))
		for (size_t i = 0; i < all->count; i++) {
			struct recording *rec = &all->list[i];
			int64_t us = rec->end_us - rec->start_us;

			if (rec->start_us > 0 && us > least * 1000000 &&
			    all->count > 1) {
				all->list[kept++] = *rec;
				continue;
			}
			free(rec->file);
			free(rec->codec);
			free(rec->still);
			all->discarded = true;
		}
	else
		kept = all->count;
	all->count = kept;
	free(text);
}

void
recordings_gather(
    struct recordings *all, const struct switch_record *r, bool first)
{
	size_t before = all->count;

	for (size_t n = switch_apps(r), i = 0; i < n; i++) {
		struct switch_app app;

		switch_app_get(r, i, &app);
		take_record_app(all, r, &app, first);
		switch_app_free(&app);
	}
	take_api(all, r, first);
	for (size_t i = before; i < all->count; i++)
		if (all->list[i].paused)
			stop_recording(&all->list[i], all->list[i].end_us);
	set_recording_length(all, r, first);
	discard(all, r);
}
