/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * The spool: rec-spool(5). A call is a folder; the directory that it stands
 * in says which program it waits for; one rename moves it on.
 *
 *	struct spool sp;
 *	struct spool_item it;
 *	spool_open(&sp, path, &why);
 *	spool_list(&sp, SPOOL_MIX, &names, &count, &why);
 *	if (spool_take(&sp, SPOOL_MIX, names[i], &it, &why) == 1) {
 *		... work inside it.fd, a directory that is locked ...
 *		spool_move(&it, SPOOL_SPLIT, &why);	or spool_fail()
 *		spool_release(&it);
 *	}
 *
 * A taken folder is held by flock(2) on its directory, which the kernel frees
 * when the process dies. Whoever moves a folder holds it until it stands in
 * the next directory, so who is woken by the rename may find it busy for an
 * instant: look again some milliseconds later.
 *
 * All paths are relative to open directories and never follow a link. Unless
 * said otherwise the answer is 0, or -1 with why.
 */

#include <stdint.h>

#include "text.h"

enum spool_stage {
	SPOOL_TMP,
	SPOOL_MIX,
	SPOOL_SPLIT,
	SPOOL_UPLOAD,
	SPOOL_FAILED,
	SPOOL_HELD,   /* uploaded, but on hold: see hold.h */
	SPOOL_NOTICE, /* what somebody is to be told: no call is in it */
	SPOOL_STAGES
};
extern const char *const spool_stage_names[SPOOL_STAGES + 1];

struct spool {
	char *path; /* as given, for messages */
	int fd;
	int stage_fd[SPOOL_STAGES];
};

/* Makes a new spool where nothing, or an empty directory, is. */
int spool_create(const char *path, struct why *why);
/* Checks the marker, the owner and the mode of the directory. */
int spool_open(struct spool *sp, const char *path, struct why *why);
/* The exit status where it could not be opened: whose fault that is. */
int spool_fault(const struct why *why);
void spool_close(struct spool *sp);
/*
 * Is something else at its path now, or nothing? Then what comes there is not
 * seen by whoever has it open. why says so.
 */
bool spool_moved(const struct spool *sp, struct why *why);

/* The names of the folders of a stage, oldest first; free each and the list. */
int spool_list(const struct spool *sp, enum spool_stage stage, char ***names,
    size_t *count, struct why *why);
void spool_list_free(char **names, size_t count);

/* "20261122T100000Z-c1042": its parts, or -1 where it is no folder's name. */
int spool_parse_name(const char *name, int64_t *entered_us, const char **id);

struct spool_item {
	const struct spool *spool;
	enum spool_stage stage;
	char *name;
	const char *id; /* within name */
	int64_t entered_us;
	int fd; /* the folder, locked */
};

/* 1: taken, 0: somebody else has it or it has gone, -1: why. */
int spool_take(const struct spool *sp, enum spool_stage stage, const char *name,
    struct spool_item *it, struct why *why);
/*
 * The same for the sweep: whatever name the folder has (an id of "-" where it
 * has none), and with held_too also while a program is at it.
 */
int spool_seize(const struct spool *sp, enum spool_stage stage,
    const char *name, bool held_too, struct spool_item *it, struct why *why);
/* True where a taken folder no longer stands where it was: it was swept. */
bool spool_gone(const struct spool_item *it);
/*
 * A new folder in tmp/ for a call that enters now; spool_move() to SPOOL_MIX
 * is the instant at which the call is in the spool. Whether it is there already
 * knows who holds the door (door.h).
 */
int spool_begin(const struct spool *sp, const char *id, int64_t now_us,
    struct spool_item *it, struct why *why);
/* fsync of the folder, rename, fsync of both parents. Still held. */
int spool_move(struct spool_item *it, enum spool_stage stage, struct why *why);
/* The rename alone, where many folders share their syncs. */
int spool_rename(
    struct spool_item *it, enum spool_stage stage, struct why *why);
/* Writes failed.ini (stage, program, time, reason), then moves to failed/. */
int spool_fail(struct spool_item *it, const char *program, const char *reason,
    int64_t now_us, struct why *why);
/*
 * Removes a held folder and all that is in it: it leaves its stage by one
 * rename into tmp/, and only then are its files unlinked, so that nobody ever
 * sees a folder that is half gone.
 */
int spool_remove(struct spool_item *it, struct why *why);
/*
 * The same in steps, for many folders at a time: toss all of them (*it then
 * tells where in tmp/), sync tmp/ and the stages, erase all, sync tmp/.
 */
int spool_toss(struct spool_item *it, struct why *why);
int spool_erase(struct spool_item *it, struct why *why);
int spool_sync(const struct spool *sp, enum spool_stage stage, struct why *why);
void spool_release(struct spool_item *it);

/*
 * A descriptor that becomes readable when a folder comes into a stage, or -1
 * with why; spool_drain() empties it. List the stage after watching it.
 */
int spool_watch(
    const struct spool *sp, enum spool_stage stage, struct why *why);
void spool_drain(int watch_fd);

#endif
