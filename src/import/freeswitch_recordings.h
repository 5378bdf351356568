/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_RECORDINGS_H
#define FREESWITCH_RECORDINGS_H

/*
 * Finds the recordings that FreeSWITCH made of a call in the CDRs of its
 * channels, and at which times of the call their sound was.
 *
 *	struct recordings all = {0};
 *	recordings_gather(&all, &record, first);	for each channel
 *	recordings_choose(&all, c);
 *	recordings_marks(&all, c);			pause and resume
 *	recordings_legs(&all, im, c);
 *	recordings_free(&all);
 *
 * A file begins when record_session is executed, and ends with its channel or
 * with stop_record_session. Sound can be lost in between: while only one side
 * of the channel has sound, for instance while the other phone rings,
 * FreeSWITCH buffers 25 frames (RECORD_PRE_BUFFER_FRAMES) and discards them at
 * the bridge (switch_core_media_bug_flush_all in
 * switch_core_session_perform_receive_message; switch_core_media_bug_read).
 * A time at which this can happen is called a seam. While record_session_pause
 * is in effect nothing is written, except silence to native files (names
 * without a suffix).
 */

#include "freeswitch_record.h"
#include "import.h"

enum seam_kind {
	SEAM_RINGS, /* the other phone rang, without early media */
	SEAM_MAYBE, /* music, a hold, an application run by a key */
	SEAM_ANY    /* the whole time may be lost, not only the frames */
};

struct seam {
	int64_t at_us;
	int64_t from_us; /* from here on, one side may have had no sound */
	enum seam_kind kind;
};

/* Nothing is written to the file from from_us to to_us. */
struct still {
	int64_t from_us, to_us;
};

enum recording_kind {
	RECORDING_MIXED,
	RECORDING_STEREO,
	RECORDING_READ,  /* only the sound from the channel */
	RECORDING_WRITE, /* only the sound to the channel */
	RECORDING_NATIVE /* two files, -in and -out */
};

struct recording {
	char *file;
	enum recording_kind kind;
	bool swapped, first, append, bridged_only;
	char *codec;      /* of native files */
	int64_t start_us; /* -1: unknown */
	int64_t end_us;
	int64_t length_us;             /* by the CDR; -1: unknown */
	int64_t held_us;               /* the length of the buffered frames */
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
	bool discarded; /* FreeSWITCH deleted one that was too short */
};

/* Adds the recordings of one channel. first: it began the call. */
void recordings_gather(
    struct recordings *all, const struct switch_record *r, bool first);
/* Adds a file that no record_session names. start_us: -1 if unknown. */
void recordings_add(struct recordings *all, const struct switch_record *r,
    const char *file, bool first, int64_t start_us);
void recordings_seam(struct recordings *all, int64_t at_us, int64_t from_us,
    enum seam_kind kind);
/* Adds a pause (on) or its end; file "": of all recordings, by the desktop. */
void recordings_mark(
    struct recordings *all, const char *file, int64_t at_us, bool on);
/* Drops the SEAM_MAYBE from from_us to to_us. */
void recordings_no_seam(struct recordings *all, int64_t from_us, int64_t to_us);
/* If several recordings have the same sound, keeps the longest. */
void recordings_choose(struct recordings *all, struct import_call *c);
void recordings_marks(const struct recordings *all, struct import_call *c);
void recordings_legs(
    struct recordings *all, struct import *im, struct import_call *c);
void recordings_free(struct recordings *all);

/* freeswitch_place.c: sets the start, end and places (`at`) of the leg. */
void recording_place(const struct recordings *all, const struct recording *rec,
    int64_t length_us, struct import_call *c, struct import_leg *leg);
/* freeswitch_native.c: the same for one of two native files, by its pauses. */
void recording_place_native(const struct recordings *all,
    const struct recording *rec, const char *path, struct import_call *c,
    struct import_leg *leg);

#endif
