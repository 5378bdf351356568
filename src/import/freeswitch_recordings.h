/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_RECORDINGS_H
#define FREESWITCH_RECORDINGS_H

/*
 * What FreeSWITCH recorded of a call, by the CDRs of its channels.
 *
 *	struct recordings all = {0};
 *	recordings_gather(&all, &record, first);	for each channel
 *	recordings_choose(&all, c);
 *	recordings_marks(&all, c);			pause and resume
 *	recordings_legs(&all, im, c);
 *	recordings_free(&all);
 *
 * Where a file stands in the call: record_session begins when it is run, and
 * the file ends with the channel or with stop_record_session. In between sound
 * is lost: FreeSWITCH holds back 25 frames (RECORD_PRE_BUFFER_FRAMES) while only
 * one side of the channel has sound, as while the other phone rings, and throws
 * them away at the bridge (switch_core_media_bug_flush_all in
 * switch_core_session_perform_receive_message; switch_core_media_bug_read).
 * A time at which that can happen is a seam. With record_session_pause nothing
 * is written; native files (a name without an ending) go on with silence.
 */

#include "freeswitch_record.h"
#include "import.h"

enum seam_kind {
	SEAM_RINGS, /* the other phone rang, and nothing was heard of it */
	SEAM_MAYBE, /* music, a hold, an application run by a key */
	SEAM_ANY    /* all of its time may be lost, not the frames alone */
};

struct seam {
	int64_t at_us;
	int64_t from_us; /* since when the channel may have had one side only */
	enum seam_kind kind;
};

/* The file stands still from..to. */
struct still {
	int64_t from_us, to_us;
};

enum recording_kind {
	RECORDING_MIXED,
	RECORDING_STEREO,
	RECORDING_READ, /* what comes from the channel alone */
	RECORDING_WRITE,
	RECORDING_NATIVE /* two files, -in and -out */
};

struct recording {
	char *file;
	enum recording_kind kind;
	bool swapped, first, append, bridged_only;
	char *codec;      /* of native files */
	int64_t start_us; /* -1: not told */
	int64_t end_us;
	int64_t length_us;             /* as the CDR has it; -1: not told */
	int64_t held_us;               /* the frames that are held back */
	bool open, paused, end_unsure; /* silence may have stopped it */
	struct still *still;
	size_t stills;
};

struct mark {
	char *file;
	int64_t at_us;
	size_t number;
	bool on;
};

struct recordings {
	struct recording *list;
	size_t count;
	struct mark *mark;
	size_t marks;
	struct seam *seam;
	size_t seams;
	bool discarded; /* FreeSWITCH removed one that was too short */
};

/* first: the channel that began the call. */
void recordings_gather(
    struct recordings *all, const struct switch_record *r, bool first);
/* One whose beginning no CDR tells; or -1 for start_us. */
void recordings_add(struct recordings *all, const struct switch_record *r,
    const char *file, bool first, int64_t start_us);
void recordings_seam(struct recordings *all, int64_t at_us, int64_t from_us,
    enum seam_kind kind);
/* A file is paused or goes on; "": the desktop says so, whatever records. */
void recordings_mark(
    struct recordings *all, const char *file, int64_t at_us, bool on);
/* None of those that only may lose, from..to. */
void recordings_no_seam(struct recordings *all, int64_t from_us, int64_t to_us);
/* Several of one sound: the one that has most of it. */
void recordings_choose(struct recordings *all, struct import_call *c);
void recordings_marks(const struct recordings *all, struct import_call *c);
void recordings_legs(
    struct recordings *all, struct import *im, struct import_call *c);
void recordings_free(struct recordings *all);

/* freeswitch_place.c: the leg's times and places by what is known of it. */
void recording_place(const struct recordings *all, const struct recording *rec,
    int64_t length_us, struct import_call *c, struct import_leg *leg);
/* freeswitch_native.c: the same of one of the two files, by its pauses. */
void recording_place_native(const struct recordings *all,
    const struct recording *rec, const char *path, struct import_call *c,
    struct import_leg *leg);

#endif
