/* SPDX-License-Identifier: ISC */
#include "admit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "audit.h"
#include "closer.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "path.h"
#include "space.h"
#include "text.h"

/* So much goes in by one sync. */
enum { CALLS_MAX = 128, FILES_MAX = 512, BYTES_MAX = 256 << 20 };

struct admit_item {
	struct spool_item folder; /* in tmp/; fd -1: there is none */
	char *told, *id;
	char *event, *details; /* to be logged; event NULL: nothing is */
	bool known, refused;
	char *path; /* of its folder where it is known */
	struct admit_bag bag;
	void *tag;
};

struct admit_file *
admit_bag_add(struct admit_bag *bag)
{
	bag->file = mem_resize(bag->file, bag->files + 1, sizeof *bag->file);
	bag->file[bag->files] =
	    (struct admit_file){.source = SOURCE_NONE, .remove = true};
	return &bag->file[bag->files++];
}

void
admit_bag_free(struct admit_bag *bag)
{
	for (size_t i = 0; i < bag->files; i++)
		source_close(&bag->file[i].source);
	free(bag->file);
	free(bag->of_leg);
	*bag = (struct admit_bag){0};
}

static void
item_free(struct admit_item *it)
{
	spool_release(&it->folder);
	admit_bag_free(&it->bag);
	free(it->told);
	free(it->id);
	free(it->event);
	free(it->details);
	free(it->path);
}

/* The directory that files went from last. */
static void
sync_left(struct admit *a)
{
	if (a->left) {
		(void)fsync(a->left->fd);
		source_dir_release(a->left);
	}
	a->left = NULL;
}

/* All of the spool's file system was synced. */
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

static void
drop_items(struct admit *a)
{
	for (size_t i = 0; i < a->items; i++) {
		struct admit_item *it = &a->item[i];

		/* Never committed: nothing of it stays. */
		if (it->folder.fd >= 0 && it->folder.stage == SPOOL_TMP)
			(void)spool_remove(&it->folder, NULL);
		item_free(it);
	}
	free(a->item);
	a->item = NULL;
	a->items = a->files = 0;
	a->bytes = 0;
}

void
admit_free(struct admit *a)
{
	drop_items(a);
	sync_left(a);
	closer_free(a->closer);
	a->closer = NULL;
}

static struct admit_item *
add_item(struct admit *a, const char *told, const char *id, void *tag)
{
	struct admit_item *it;

	a->item = mem_resize(a->item, a->items + 1, sizeof *a->item);
	it = &a->item[a->items++];
	*it = (struct admit_item){.folder = {.fd = -1},
	    .told = text_dup(told),
	    .id = text_dup(id),
	    .tag = tag};
	return it;
}

static void
take_bag(struct admit *a, struct admit_item *it, struct admit_bag *bag)
{
	it->bag = *bag;
	a->files += bag->files + 1;
	*bag = (struct admit_bag){0};
}

/* ---- one call ---- */

/* "leg-1.wav"; what the source's name ends with tells recmix its kind. */
static char *
leg_name(size_t n, const char *path)
{
	const char *base = path_name(path);
	const char *dot = strrchr(base, '.');
	bool plain = dot && dot != base && strlen(dot) <= 9;

	for (const char *c = dot ? dot + 1 : ""; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
			*c))
			plain = false;
	return text_format("leg-%zu%s", n, plain ? dot : "");
}

static int
folder_error(const struct admit *a, const struct spool_item *it,
    const char *name, struct why *why)
{
	return why_errno(
	    why, "%s/tmp/%s/%s", a->door->sp->path, it->name, name);
}

/* A new file in the folder, which nobody else looks into. */
static int
create(const struct admit *a, const struct spool_item *it, const char *name,
    struct why *why)
{
	int fd = openat(it->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

	if (fd < 0)
		folder_error(a, it, name, why);
	return fd;
}

/* Calls that come together are synced together. */
static int
finish(const struct admit *a, const struct spool_item *it, int fd,
    const char *name, int status, struct why *why)
{
	if (status == 0 && !a->together && fsync(fd) != 0)
		status = folder_error(a, it, name, why);
	/* The disk is at it while the next one is copied. */
	if (a->together)
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (close(fd) != 0 && status == 0)
		status = folder_error(a, it, name, why);
	return status;
}

static int
put_leg(const struct admit *a, const struct spool_item *it, const char *name,
    struct source *s, struct why *why)
{
	int fd = create(a, it, name, why);

	if (fd < 0)
		return -1;
	return finish(
	    a, it, fd, name, source_copy(s, fd, a->door->sp->path, why), why);
}

static int
put_plan(const struct admit *a, const struct spool_item *it,
    const struct doc *doc, struct why *why)
{
	struct buf text = {0};
	int status = doc_write(doc, &text, why), fd;

	if (status == 0) {
		fd = create(a, it, "plan.ini", why);
		status = fd < 0 ? -1 : io_write(fd, text.s, text.len);
		if (fd >= 0 && status != 0)
			folder_error(a, it, "plan.ini", why);
		if (fd >= 0)
			status = finish(a, it, fd, "plan.ini", status, why);
	}
	buf_free(&text);
	return status;
}

static int
fill_folder(const struct admit *a, const struct spool_item *it,
    const struct decision *d, struct admit_bag *bag, struct why *why)
{
	struct doc doc = {0};
	int status = 0;

	decide_to_doc(d, &doc);
	/* [call] comes first in the document, then the legs. */
	doc_set(&doc.section[0], "id", it->id);
	for (size_t i = 0; i < d->call->legs; i++) {
		size_t n = bag->of_leg[i];
		char *name = leg_name(n + 1, d->call->leg[i].file);

		doc_set(&doc.section[i + 1], "file", name);
		/* One file may have several legs. */
		for (size_t k = 0; k < i; k++)
			if (bag->of_leg[k] == n)
				n = bag->legs;
		if (status == 0 && n < bag->legs)
			status =
			    put_leg(a, it, name, &bag->file[n].source, why);
		free(name);
	}
	if (status == 0)
		status = put_plan(a, it, &doc, why);
	doc_free(&doc);
	return status;
}

static uint64_t
bag_bytes(const struct admit_bag *bag)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < bag->legs; i++)
		bytes += (uint64_t)bag->file[i].source.st.st_size;
	return bytes;
}

/* The id, and where that is another call's its first digits of a hash. */
static char *
own_id(const struct admit_bag *bag, const char *told)
{
	struct hash *h = hash_new(HASH_SHA256);
	char hex[HASH_HEX_SIZE];

	for (size_t i = 0; i < bag->legs; i++)
		hash_add(h, bag->file[i].source.digest, 64);
	hash_hex(h, hex);
	return text_format("%.*s-%.16s", TEXT_ID_MAX - 17, told, hex);
}

static char *
entered_details(
    const struct admit_bag *bag, size_t legs, const char *told, const char *id)
{
	struct buf text = {0};

	buf_format(&text, "legs=%zu sha256=", legs);
	for (size_t i = 0; i < bag->legs; i++)
		buf_format(
		    &text, "%s%s", i ? "," : "", bag->file[i].source.digest);
	if (strcmp(told, id) != 0)
		buf_format(&text, " told=%s", told);
	return text.s;
}

/* It is not in the spool: goes in under that id. */
static int
enter_new(struct admit *a, const struct decision *d, struct admit_bag *bag,
    const char *id, bool logged, void *tag, struct why *why)
{
	const struct spool *sp = a->door->sp;
	struct admit_item *it;
	int status = space_check(sp, bag_bytes(bag), why);

	if (status != EXIT_DONE) {
		if (why && why->errnum == 0)
			why->errnum = status == EXIT_LATER ? ENOSPC : 0;
		return -1;
	}
	if (door_clear(a->door, known_hash(id), why) != 0)
		return -1;
	it = add_item(a, d->call->id, id, tag);
	if (spool_begin(sp, id, a->now_us, &it->folder, why) != 0 ||
	    fill_folder(a, &it->folder, d, bag, why) != 0) {
		if (it->folder.fd >= 0)
			(void)spool_remove(&it->folder, NULL);
		item_free(it);
		a->items--;
		return -1;
	}
	a->bytes += bag_bytes(bag);
	it->details = entered_details(bag, d->call->legs, d->call->id, id);
	it->event = logged ? NULL : text_dup("entered");
	known_add(
	    a->door->known, &(struct audit_event){id, "entered", it->details});
	door_add(a->door, &it->folder);
	take_bag(a, it, bag);
	return 0;
}

/* It came before, and is in the spool or went through it. */
static void
enter_known(struct admit *a, const char *told, uint64_t own,
    struct admit_bag *bag, void *tag)
{
	const struct door_folder *f = door_find(a->door, own);
	struct admit_item *it = add_item(a, told, told, tag);

	it->known = true;
	if (f) {
		free(it->id);
		it->id = text_dup(f->name + 17);
		it->path = text_format("%s/%s/%s", a->door->sp->path,
		    spool_stage_names[f->stage], f->name);
	}
	take_bag(a, it, bag);
}

/* Is there an item that will have brought it with the next flush? */
static bool
is_pending(const struct admit *a, uint64_t own)
{
	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].folder.fd >= 0 &&
		    known_hash(a->item[i].id) == own)
			return true;
	return false;
}

/* Those that are there; *digest is their list, to be freed. -1 with why. */
static int
hash_legs(
    struct admit_bag *bag, const char ***digest, size_t *count, struct why *why)
{
	*digest = mem_alloc((bag->legs + 1) * sizeof **digest);
	*count = 0;
	for (size_t i = 0; i < bag->legs; i++) {
		struct source *s = &bag->file[i].source;

		if (s->fd < 0)
			continue;
		if (source_hash(s, why) != 0)
			return -1;
		(*digest)[(*count)++] = s->digest;
	}
	return 0;
}

static int
check_missing(const struct admit_bag *bag, struct why *why)
{
	for (size_t i = 0; i < bag->legs; i++)
		if (bag->file[i].source.fd < 0) {
			errno = ENOENT;
			return why_errno(why, "%s", bag->file[i].source.shown);
		}
	return 0;
}

/* Somebody had that id before: the same call or another one? */
static int
enter_other(struct admit *a, const struct decision *d, struct admit_bag *bag,
    void *tag, struct why *why)
{
	const char *told = d->call->id;
	const char **digest;
	uint64_t own = 0;
	size_t count;
	bool same = false;
	char *id;
	int status = hash_legs(bag, &digest, &count, why);

	if (status == 0)
		same = known_legs(a->door->known, told, digest, count, &own);
	free(digest);
	if (status == 0 &&
	    ((count == 0 && bag->legs > 0) ||
		(same && (known_went_on(a->door->known, own) ||
			     door_find(a->door, own) || is_pending(a, own))))) {
		enter_known(a, told, own ? own : known_hash(told), bag, tag);
		return 0;
	}
	if (status != 0 || check_missing(bag, why) != 0)
		return -1;
	id = same && own == known_hash(told) ? text_dup(told)
					     : own_id(bag, told);
	status = enter_new(a, d, bag, id, same, tag, why);
	free(id);
	return status;
}

static bool
is_full(const struct admit *a)
{
	return a->items >= CALLS_MAX || a->files >= FILES_MAX ||
	       a->bytes >= BYTES_MAX;
}

int
admit_enter(struct admit *a, const struct decision *d, struct admit_bag *bag,
    void *tag, struct why *why)
{
	const char *told = d->call->id;
	int status;

	/* Before it adds: what then fails is this call's alone. */
	if (is_full(a) && admit_flush(a, why) != 0)
		return -1;
	if (known_id(a->door->known, told) ||
	    door_find(a->door, known_hash(told)))
		status = enter_other(a, d, bag, tag, why);
	else if (check_missing(bag, why) != 0)
		status = -1;
	else
		status = enter_new(a, d, bag, told, false, tag, why);
	return status;
}

bool
admit_is_erased(const struct admit *a, const char *told)
{
	return !a->take_erased &&
	       known_erased(a->door->known, known_hash(told));
}

int
admit_refuse(struct admit *a, const char *id, const char *details,
    struct admit_bag *bag, void *tag, struct why *why)
{
	const struct audit_event e = {id, "refused", details};
	struct admit_item *it;

	if (is_full(a) && admit_flush(a, why) != 0)
		return -1;
	it = add_item(a, id, id, tag);
	it->refused = true;
	it->details = text_dup(details);
	if (!known_event(a->door->known, &e)) {
		it->event = text_dup(e.event);
		known_add(a->door->known, &e);
	}
	take_bag(a, it, bag);
	return 0;
}

bool
admit_say(
    struct admit *a, const char *id, const char *event, const char *details)
{
	const struct audit_event e = {id, event, details};
	struct admit_item *it;

	if (known_event(a->door->known, &e))
		return false;
	known_add(a->door->known, &e);
	it = add_item(a, id, id, NULL);
	it->event = text_dup(event);
	it->details = text_dup(details);
	return true;
}

/* ---- all of them ---- */

/* Since 5.8 syncfs(2) tells what could not be written. */
static bool
has_syncfs(void)
{
	struct utsname u;
	int major = 0, minor = 0;

	return uname(&u) == 0 &&
	       sscanf(u.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 8));
}

static int
sync_all(struct admit *a, struct why *why)
{
	const struct spool *sp = a->door->sp;

	if (a->together && has_syncfs() && syncfs(sp->fd) == 0) {
		forget_left(a);
		return 0;
	}
	if (a->together)
		return why_errno(why, "%s", sp->path);
	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].folder.fd >= 0 &&
		    fsync(a->item[i].folder.fd) != 0)
			return why_errno(
			    why, "%s/%s", sp->path, a->item[i].folder.name);
	return spool_sync(sp, SPOOL_TMP, why);
}

static int
log_all(const struct admit *a, struct why *why)
{
	struct audit_event *event = mem_alloc((a->items + 1) * sizeof *event);
	struct why part;
	size_t n = 0;
	int status;

	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].event)
			event[n++] = (struct audit_event){a->item[i].id,
			    a->item[i].event, a->item[i].details};
	status = audit_add_all(a->door->sp->fd, a->now_us, event, n, &part);
	if (status != 0 && why) {
		why_set(why, "%s/%s", a->door->sp->path, part.text);
		why->errnum = part.errnum;
	}
	free(event);
	return status;
}

/* From here on the calls are in the spool. */
static int
move_all(struct admit *a, struct why *why)
{
	const struct spool *sp = a->door->sp;
	bool moved = false;

	for (size_t i = 0; i < a->items; i++) {
		struct admit_item *it = &a->item[i];

		/* Who put a known one in may have been killed before that was
		 * durable. */
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
is_same(int fd, int other)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(other, &b) == 0 &&
	       a.st_ino == b.st_ino && a.st_dev == b.st_dev;
}

/* A directory from which something went is synced once, with the next flush
 * at the latest. */
static void
note_left(struct admit *a, const struct source *s)
{
	if (a->left == s->dir)
		return;
	if (a->left && !is_same(a->left->fd, s->dir->fd))
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

		/* Where a leg stays, what names it stays for the next run. */
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
	bool folders = false;

	for (size_t i = 0; i < a->items; i++)
		folders = folders || a->item[i].folder.fd >= 0;
	if ((folders && sync_all(a, why) != 0) || log_all(a, why) != 0 ||
	    move_all(a, why) != 0) {
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
	/* Its own lines are nothing new at the next look. */
	return known_catch_up(a->door->known, NULL, why);
}
