/* SPDX-License-Identifier: ISC */
#include "door.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "mem.h"
#include "text.h"
#include "when.h"
#include "where.h"

#define NAME ".door"

enum { WAIT_S = 60, LOOK_MS = 20, HELD_US = 500000 };

static void
sleep_ms(long ms)
{
	struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

	(void)nanosleep(&ts, NULL);
}

static int
lock_door(struct door *door, struct why *why)
{
	int64_t until_us = when_steady_us() + WAIT_S * INT64_C(1000000);

	while (flock(door->fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return why_errno(why, "%s/" NAME, door->sp->path);
		if (when_steady_us() > until_us)
			return why_later(why,
			    "%s: another program is entering calls",
			    door->sp->path);
		sleep_ms(LOOK_MS);
	}
	door->since_us = when_steady_us();
	return 0;
}

/* ---- the folders ---- */

static size_t *
slot_of_folder(const struct door *door, uint64_t own)
{
	size_t i = own & (door->slots - 1);

	while (door->slot[i] && door->folder[door->slot[i] - 1].own != own)
		i = (i + 1) & (door->slots - 1);
	return &door->slot[i];
}

static void
grow_door(struct door *door)
{
	door->slots = door->slots ? door->slots * 2 : 1024;
	door->folder =
	    mem_resize(door->folder, door->slots, sizeof *door->folder);
	free(door->slot);
	door->slot = mem_alloc(door->slots * sizeof *door->slot);
	for (size_t n = 0; n < door->folders; n++)
		*slot_of_folder(door, door->folder[n].own) = n + 1;
}

/* A later stage replaces an earlier one, and any stage replaces tmp/. */
static void
add_door_folder(struct door *door, enum spool_stage stage, const char *name)
{
	uint64_t own = known_hash(name + 17);
	size_t *slot;

	if (door->folders * 2 >= door->slots)
		grow_door(door);
	slot = slot_of_folder(door, own);
	if (!*slot) {
		door->folder[door->folders++] =
		    (struct door_folder){.own = own};
		*slot = door->folders;
	}
	free(door->folder[*slot - 1].name);
	door->folder[*slot - 1].stage = stage;
	door->folder[*slot - 1].name = text_dup(name);
}

void
door_add(struct door *door, const struct spool_item *it)
{
	add_door_folder(door, it->stage, it->name);
}

static void
forget_folders(struct door *door)
{
	for (size_t i = 0; i < door->folders; i++)
		free(door->folder[i].name);
	free(door->folder);
	free(door->slot);
	door->folder = NULL;
	door->slot = NULL;
	door->folders = door->slots = 0;
}

/* A folder that moves meanwhile is seen twice, but never missed. */
static int
list_door(struct door *door, struct why *why)
{
	forget_folders(door);
	for (size_t n = 0; n < WHERE_STAGES; n++) {
		char **names;
		size_t count;

		if (spool_list(
			door->sp, where_stages[n], &names, &count, why) != 0)
			return -1;
		for (size_t i = 0; i < count; i++)
			add_door_folder(door, where_stages[n], names[i]);
		spool_list_free(names, count);
	}
	return 0;
}

const struct door_folder *
door_find(const struct door *door, uint64_t own)
{
	size_t n = door->slots ? *slot_of_folder(door, own) : 0;

	return n && door->folder[n - 1].stage != SPOOL_TMP
		   ? &door->folder[n - 1]
		   : NULL;
}

int
door_clear(struct door *door, uint64_t own, struct why *why)
{
	char **names;
	size_t count;
	int status = 0;

	if (!door->slots || !*slot_of_folder(door, own))
		return 0;
	/* There may be several, from several runs. */
	if (spool_list(door->sp, SPOOL_TMP, &names, &count, why) != 0)
		return -1;
	for (size_t i = 0; i < count && status == 0; i++) {
		struct spool_item it;

		if (known_hash(names[i] + 17) != own ||
		    spool_take(door->sp, SPOOL_TMP, names[i], &it, why) != 1)
			continue;
		status = spool_remove(&it, why);
		spool_release(&it);
	}
	spool_list_free(names, count);
	return status;
}

/* ---- the door ---- */

int
door_open(struct door *door, const struct spool *sp, struct why *why)
{
	*door = (struct door){.sp = sp};
	door->fd = openat(sp->fd, NAME,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (door->fd >= 0)
		return 0;
	return why_errno(why, "%s/" NAME, sp->path);
}

void
door_close(struct door *door)
{
	if (door->fd >= 0)
		(void)close(door->fd);
	known_free(door->known);
	forget_folders(door);
	*door = (struct door){.fd = -1};
}

int
door_lock(struct door *door, struct why *why)
{
	bool changed = true;

	if (lock_door(door, why) != 0)
		return -1;
	if (!door->known)
		door->known = known_open(door->sp, why);
	else if (known_catch_up(door->known, &changed, why) != 0)
		door_unlock(door);
	/* A program that moves a folder writes to the log first. */
	if (door->known && (!changed || list_door(door, why) == 0))
		return 0;
	door_unlock(door);
	return -1;
}

void
door_unlock(struct door *door)
{
	(void)flock(door->fd, LOCK_UN);
}

int
door_yield(struct door *door, struct why *why)
{
	if (when_steady_us() - door->since_us < HELD_US)
		return 0;
	door_unlock(door);
	sleep_ms(LOOK_MS + LOOK_MS / 4);
	return door_lock(door, why);
}
