/* SPDX-License-Identifier: ISC */
#ifndef SPOOL_H
#define SPOOL_H

/*
 * The spool: rec-spool(5). A call is a folder. The directory that contains the
 * folder shows which program the call waits for. One rename moves it to the
 * next directory.
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
 * A taken folder is locked by flock(2) on its directory. The kernel releases
 * the lock when the process dies. A program that moves a folder keeps the lock
 * until the folder is in the next directory, so a program that the rename wakes
 * may find it locked for an instant: look again some milliseconds later.
 *
 * All paths are relative to open directories and never follow a link. Functions
 * return 0, or -1 with why, unless their comment says otherwise.
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
	SPOOL_NOTICE, /* notices that are still to be sent; no calls */
	SPOOL_STAGES
};
extern const char *const spool_stage_names[SPOOL_STAGES + 1];

struct spool {
	char *path; /* as given, for messages */
	int fd;
	int stage_fd[SPOOL_STAGES];
};

/* Makes a new spool; the path must not exist, or be an empty directory. */
int spool_create(const char *path, struct why *why);
/* Checks the marker, the owner and the mode of the directory. */
int spool_open(struct spool *sp, const char *path, struct why *why);
/* The exit status if it could not be opened. */
int spool_fault(const struct why *why);
void spool_close(struct spool *sp);
/*
 * True with why if the directory that was opened is no longer at its path:
 * calls that enter at that path are not seen here.
 */
bool spool_moved(const struct spool *sp, struct why *why);

/* The names of the folders of a stage, oldest first; free each and the list. */
int spool_list(const struct spool *sp, enum spool_stage stage, char ***names,
    size_t *count, struct why *why);
void spool_list_free(char **names, size_t count);

/* "20261122T100000Z-c1042": its parts, or -1 if it is not such a name. */
int spool_parse_name(const char *name, int64_t *entered_us, const char **id);

struct spool_item {
	const struct spool *spool;
	enum spool_stage stage;
	char *name;
	const char *id; /* within name */
	int64_t entered_us;
	int fd; /* the folder, locked */
};

/* 1: taken, 0: another program has it or it is gone, -1: why. */
int spool_take(const struct spool *sp, enum spool_stage stage, const char *name,
    struct spool_item *it, struct why *why);
/*
 * The same for the sweep: a folder of any name (its id is "-" if the name has
 * none), and with held_too also one that another program has locked.
 */
int spool_seize(const struct spool *sp, enum spool_stage stage,
    const char *name, bool held_too, struct spool_item *it, struct why *why);
/* True if a taken folder is no longer at its path: it was swept. */
bool spool_gone(const struct spool_item *it);
/*
 * Makes a folder in tmp/ for a call that enters now. The call is in the spool
 * once spool_move() to SPOOL_MIX is done. The caller finds out whether the call
 * is there already: see door.h.
 */
int spool_begin(const struct spool *sp, const char *id, int64_t now_us,
    struct spool_item *it, struct why *why);
/* fsync of the folder, rename, fsync of both parents. Still held. */
int spool_move(struct spool_item *it, enum spool_stage stage, struct why *why);
/* Only the rename, for many folders that are synced together. */
int spool_rename(
    struct spool_item *it, enum spool_stage stage, struct why *why);
/* Writes failed.ini (stage, program, time, reason), then moves to failed/. */
int spool_fail(struct spool_item *it, const char *program, const char *reason,
    int64_t now_us, struct why *why);
/*
 * Removes a taken folder and everything in it. One rename moves it to tmp/;
 * only then are its files unlinked, so that nobody sees a folder that is partly
 * deleted.
 */
int spool_remove(struct spool_item *it, struct why *why);
/*
 * The same in steps, for many folders together: spool_toss() each into tmp/
 * (*it then has the name there), spool_sync() tmp/ and the stages,
 * spool_erase() each, spool_sync() tmp/.
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
