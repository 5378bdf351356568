/* SPDX-License-Identifier: ISC */
#ifndef ADMIT_H
#define ADMIT_H

/*
 * Puts decided calls into the spool. A call enters with all its legs or not at
 * all; only then are its sources unlinked.
 *
 * Calls that come together share their syncs. The legs are copied into folders
 * in tmp/, and plan.ini after them. All of that is synced at once. The audit
 * lines "entered" have a digest of each leg. The folders move to mix/, that is
 * synced, and only then are the sources unlinked.
 *
 *	struct admit a = {.door = &door, .hold_fd = -1, .done = done};
 *	admit_enter(&a, &d, &bag, &why);
 *	admit_refuse(&a, "c7", "at=policy.ini:4", &bag, &why);
 *	admit_flush(&a, &why);		also when there are many
 *	admit_free(&a);
 *
 * Errors: -1 with why. If the machine is at fault, no call that was not flushed
 * is in the spool, and all sources are still there.
 */

#include "decide.h"
#include "door.h"
#include "source.h"

#include "text.h"

/* The files of a call. */
struct admit_file {
	struct source source;
	bool remove; /* once the spool has the call */
};
struct admit_bag {
	struct admit_file *file;
	size_t files, legs; /* the first ones are legs, each file once */
	size_t *of_leg;     /* for each leg of the call, its file */
};
/* Adds a file, {0} and not open. */
struct admit_file *admit_bag_add(struct admit_bag *bag);
/*
 * Which file of the bag the last one is: an earlier one, if both are the same
 * file by different paths; then the last one is removed from the bag.
 */
size_t admit_bag_settle(struct admit_bag *bag);
void admit_bag_free(struct admit_bag *bag);

struct admit_done {
	const char *told; /* the id in the call file */
	const char *id;   /* the id in the spool */
	char *path;       /* of its folder; NULL: none */
	bool known;       /* it entered before */
	bool refused;
	const char *kept; /* a source that has changed and stays, or NULL */
	struct why why;   /* errnum: a source cannot be unlinked */
	void *tag;
};

struct admit_item;
struct admit {
	struct door *door;
	int hold_fd;      /* for source_remove() */
	bool together;    /* calls come together: the file system is synced */
	bool take_erased; /* calls that were erased enter again */
	int64_t now_us;
	/* Called for each call that is finished, in order. */
	void (*done)(const struct admit_done *done, void *arg);
	void *arg;
	/* private */
	struct admit_item *item;
	struct closer *closer;
	struct source_dir *left; /* by files; to be synced */
	size_t items, files;
	uint64_t bytes;
};

/*
 * Enters a call and owns its bag from then on. If another call entered with that
 * id, this one gets a new id. Legs that are gone (not open in the bag) are
 * accepted only if the call entered before. 0, or -1 with why (errnum is ENOENT
 * if a leg is missing); the bag then remains the caller's.
 */
int admit_enter(struct admit *a, const struct decision *d,
    struct admit_bag *bag, void *tag, struct why *why);
/* True if the call with this id was erased, and must be refused. */
bool admit_is_erased(const struct admit *a, const char *told);
/* Deletes the files of a call that entered before. 0, or -1 with why. */
int admit_known(
    struct admit *a, const char *told, struct admit_bag *bag, struct why *why);
/* Refuses a call: logs it, and deletes its files. */
int admit_refuse(struct admit *a, const char *id, const char *details,
    struct admit_bag *bag, void *tag, struct why *why);
/* Logs an event alone. False: the log has it already. */
bool admit_say(
    struct admit *a, const char *id, const char *event, const char *details);
int admit_flush(struct admit *a, struct why *why);
void admit_free(struct admit *a);

#endif
