/* SPDX-License-Identifier: ISC */
#include "admit_item.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit.h"
#include "closer.h"
#include "mem.h"
#include "text.h"

/* Since Linux 5.8, syncfs(2) reports write errors. But a file system on top of
 * another, such as FUSE and overlayfs, may not pass them on. */
static bool
has_syncfs(int fd)
{
	static const unsigned long sound[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
	    BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC};
	struct utsname u;
	struct statfs fs;
	int major = 0, minor = 0;

	if (uname(&u) != 0 || fstatfs(fd, &fs) != 0 ||
	    sscanf(u.release, "%d.%d", &major, &minor) != 2 || major < 5 ||
	    (major == 5 && minor < 8))
		return false;
	for (size_t i = 0; i < sizeof sound / sizeof *sound; i++)
		if ((unsigned long)fs.f_type == sound[i])
			return true;
	return false;
}

bool
admit_shares_syncs(const struct admit *a)
{
	return a->together && has_syncfs(a->door->sp->fd);
}

/* Syncs the directory from which files were last deleted. */
static void
sync_left(struct admit *a)
{
	if (a->left) {
		(void)fsync(a->left->fd);
		source_dir_release(a->left);
	}
	a->left = NULL;
}

/* The whole file system of the spool was synced. */
static void
forget_left(struct admit *a)
{
	struct stat st, own;

	if (!a->left || fstat(a->left->fd, &st) != 0 ||
	    fstat(a->door->sp->fd, &own) != 0 || st.st_dev != own.st_dev)
		return;
	source_dir_release(a->left);
	a->left = NULL;
}

void
admit_item_free(struct admit_item *it)
{
	spool_release(&it->folder);
	admit_bag_free(&it->bag);
	free(it->told);
	free(it->id);
	free(it->event);
	free(it->details);
	free(it->path);
}

static void
drop_items(struct admit *a)
{
	for (size_t i = 0; i < a->items; i++) {
		struct admit_item *it = &a->item[i];

		/* It was not committed: removes it. */
		if (it->folder.fd >= 0 && it->folder.stage == SPOOL_TMP)
			(void)spool_remove(&it->folder, NULL);
		admit_item_free(it);
	}
	free(a->item);
	a->item = NULL;
	a->items = a->files = 0;
	a->bytes = 0;
}

void
admit_free(struct admit *a)
{
	if (a->items > 0)
		known_doubt(a->door->known);
	drop_items(a);
	sync_left(a);
	closer_free(a->closer);
	a->closer = NULL;
}

/* Syncs what calls that enter one by one have written. */
static int
sync_folders(const struct admit *a, struct why *why)
{
	const struct spool *sp = a->door->sp;

	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].folder.fd >= 0 &&
		    fsync(a->item[i].folder.fd) != 0)
			return why_errno(
			    why, "%s/%s", sp->path, a->item[i].folder.name);
	return spool_sync(sp, SPOOL_TMP, why);
}

static int
log_all(const struct admit *a, bool sync, struct why *why)
{
	struct audit_event *event = mem_alloc((a->items + 1) * sizeof *event);
	struct why part;
	size_t n = 0;
	int status;

	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].event)
			event[n++] = (struct audit_event){a->item[i].id,
			    a->item[i].event, a->item[i].details};
	status = (sync ? audit_add_all : audit_write_all)(
	    a->door->sp->fd, a->now_us, event, n, &part);
	if (status != 0 && why) {
		why_set(why, "%s/%s", a->door->sp->path, part.text);
		why->errnum = part.errnum;
	}
	free(event);
	return status;
}

/* One sync if possible. Then a line "entered" may be on disk without the files
 * of its call, as after a kill here: the call enters again. */
static int
write_admitted(struct admit *a, struct why *why)
{
	const struct spool *sp = a->door->sp;
	bool folders = false;

	for (size_t i = 0; i < a->items; i++)
		folders = folders || a->item[i].folder.fd >= 0;
	if (folders && !admit_shares_syncs(a) && sync_folders(a, why) != 0)
		return -1;
	if (!folders || !admit_shares_syncs(a))
		return log_all(a, true, why);
	if (log_all(a, false, why) != 0)
		return -1;
	if (syncfs(sp->fd) != 0)
		return why_errno(why, "%s", sp->path);
	forget_left(a);
	return 0;
}

/* From here on the calls are in the spool. */
static int
move_all(struct admit *a, struct why *why)
{
	const struct spool *sp = a->door->sp;
	bool moved = false;

	for (size_t i = 0; i < a->items; i++) {
		struct admit_item *it = &a->item[i];

		/* The process that entered a known call may have been killed
		 * before it was durable. */
		moved = moved || it->folder.fd >= 0 || it->path;
		if (it->folder.fd < 0)
			continue;
		if (spool_rename(&it->folder, SPOOL_MIX, why) != 0)
			return -1;
		door_add(a->door, &it->folder);
		it->path = text_format("%s/mix/%s", sp->path, it->folder.name);
	}
	if (!moved)
		return 0;
	if (spool_sync(sp, SPOOL_MIX, why) != 0)
		return -1;
	return spool_sync(sp, SPOOL_TMP, why);
}

static bool
is_same_content(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* Notes a directory from which a file was deleted; it is synced once, at the
 * latest with the next flush. */
static void
note_left(struct admit *a, const struct source *s)
{
	if (a->left == s->dir)
		return;
	if (a->left && !is_same_content(a->left->fd, s->dir->fd))
		(void)fsync(a->left->fd);
	source_dir_release(a->left);
	a->left = source_dir_hold(s->dir);
}

/* Its blocks are freed while the next calls are copied. */
static void
close_gone(struct admit *a, struct source *s)
{
	if (!a->together)
		return;
	if (!a->closer)
		a->closer = closer_new();
	closer_add(a->closer, s->fd);
	s->fd = -1;
}

static void
remove_sources(struct admit *a, struct admit_item *it, struct admit_done *done)
{
	for (size_t i = 0; i < it->bag.files; i++) {
		struct admit_file *f = &it->bag.file[i];
		int went;

		/*
		 * If a leg stays, the files that name it stay for the next run.
		 */
		if (i >= it->bag.legs && (done->why.errnum || done->kept))
			return;
		if (!f->remove || f->source.fd < 0)
			continue;
		went = source_remove(&f->source, a->hold_fd, &done->why);
		if (went > 0)
			done->kept = f->source.shown;
		note_left(a, &f->source);
		if (went == 0)
			close_gone(a, &f->source);
	}
}

int
admit_flush(struct admit *a, struct why *why)
{
	if (write_admitted(a, why) != 0 || move_all(a, why) != 0) {
		known_doubt(a->door->known);
		drop_items(a);
		return -1;
	}
	for (size_t i = 0; i < a->items; i++) {
		struct admit_item *it = &a->item[i];
		struct admit_done done = {.told = it->told,
		    .id = it->id,
		    .path = it->path,
		    .known = it->known,
		    .refused = it->refused,
		    .tag = it->tag};

		remove_sources(a, it, &done);
		if (it->folder.fd >= 0 || it->known || it->refused)
			a->done(&done, a->arg);
	}
	if (!a->together)
		sync_left(a);
	drop_items(a);
	/* Our own lines are not new at the next look. */
	return known_catch_up(a->door->known, NULL, why);
}
