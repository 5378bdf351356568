/* SPDX-License-Identifier: ISC */
#include "admit_item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "path.h"
#include "proof.h"
#include "space.h"
#include "text.h"

/* What enters with one sync, at most. */
enum { CALLS_MAX = 128, FILES_MAX = 512, BYTES_MAX = 256 << 20 };

struct admit_file *
admit_bag_add(struct admit_bag *bag)
{
	bag->file = mem_resize(bag->file, bag->files + 1, sizeof *bag->file);
	bag->file[bag->files] =
	    (struct admit_file){.source = SOURCE_NONE, .remove = true};
	return &bag->file[bag->files++];
}

size_t
admit_bag_settle(struct admit_bag *bag)
{
	size_t last = bag->files - 1;
	const struct source *s = &bag->file[last].source;

	/* Of two names of a file that is deleted, each must be. */
	if (s->fd < 0 || (bag->file[last].remove && s->st.st_nlink > 1))
		return last;
	for (size_t i = 0; i < last; i++) {
		const struct source *other = &bag->file[i].source;

		if (other->fd < 0 || other->st.st_ino != s->st.st_ino ||
		    other->st.st_dev != s->st.st_dev)
			continue;
		source_close(&bag->file[last].source);
		bag->files = last;
		return i;
	}
	return last;
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

/* "leg-1.wav"; the suffix of the source's name shows recmix its format. */
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

/* Creates a file in the folder, which no other process uses. */
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

static int
finish_admitted(const struct admit *a, const struct spool_item *it, int fd,
    const char *name, int status, struct why *why)
{
	if (status == 0 && !admit_shares_syncs(a) && fsync(fd) != 0)
		status = folder_error(a, it, name, why);
	if (close(fd) != 0 && status == 0)
		status = folder_error(a, it, name, why);
	return status;
}

static int
put_leg(const struct admit *a, const struct spool_item *it, const char *name,
    struct source *s, struct why *why)
{
	int fd = create(a, it, name, why), status;

	if (fd < 0)
		return -1;
	status = source_copy(s, fd, a->door->sp->path, why);
	/* The disk writes it while the next one is copied. */
	if (a->together)
		(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return finish_admitted(a, it, fd, name, status, why);
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
			status =
			    finish_admitted(a, it, fd, "plan.ini", status, why);
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

/*
 * The id or, if it is another call's, the id with the first digits of a hash.
 */
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
    const struct admit_bag *bag, const struct call *call, const char *id)
{
	struct buf text = {0};
	struct proof p;

	buf_format(&text, "legs=%zu sha256=", call->legs);
	for (size_t i = 0; i < bag->legs; i++)
		buf_format(
		    &text, "%s%s", i ? "," : "", bag->file[i].source.digest);
	proof_of(call, &p);
	buf_format(&text, " call=%s,%s,%s", p.started, p.legs, p.all);
	if (strcmp(call->id, id) != 0)
		buf_format(&text, " told=%s", call->id);
	return text.s;
}

/* It is not in the spool: it enters with that id. */
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
		admit_item_free(it);
		a->items--;
		return -1;
	}
	a->bytes += bag_bytes(bag);
	it->details = entered_details(bag, d->call, id);
	it->event = logged ? NULL : text_dup("entered");
	known_add(
	    a->door->known, &(struct audit_event){id, "entered", it->details});
	door_add(a->door, &it->folder);
	take_bag(a, it, bag);
	return 0;
}

/* It entered before, and is in the spool or was delivered. */
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

/* True if an item will enter it with the next flush. */
static bool
is_pending_folder(const struct admit *a, uint64_t own)
{
	for (size_t i = 0; i < a->items; i++)
		if (a->item[i].folder.fd >= 0 &&
		    known_hash(a->item[i].id) == own)
			return true;
	return false;
}

/* Hashes the legs that exist; *digest is the list, to be freed. -1 with why. */
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
check_bag_legs(const struct admit_bag *bag, struct why *why)
{
	for (size_t i = 0; i < bag->legs; i++)
		if (bag->file[i].source.fd < 0) {
			errno = ENOENT;
			return why_errno(why, "%s", bag->file[i].source.shown);
		}
	return 0;
}

/* The id entered before: as the same call, or as another one? */
static int
enter_other(struct admit *a, const struct decision *d, struct admit_bag *bag,
    void *tag, struct why *why)
{
	const char *told = d->call->id;
	const char **digest;
	uint64_t own = 0;
	size_t count;
	bool same = false, came;
	char *id;
	int status = hash_legs(bag, &digest, &count, why);

	if (status == 0)
		same = known_legs(a->door->known, told, digest, count, &own);
	free(digest);
	came = status == 0 && count == 0 && bag->legs > 0 &&
	       proof_came(a->door->known, d->call, &own);
	if (status == 0 &&
	    (came || (same && (known_went_on(a->door->known, own) ||
				  door_find(a->door, own) ||
				  is_pending_folder(a, own))))) {
		enter_known(a, told, own, bag, tag);
		return 0;
	}
	if (status != 0 || check_bag_legs(bag, why) != 0)
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

	/* Before it is added: a later failure concerns only this call. */
	if (is_full(a) && admit_flush(a, why) != 0)
		return -1;
	if (known_id(a->door->known, told) ||
	    door_find(a->door, known_hash(told)))
		status = enter_other(a, d, bag, tag, why);
	else if (check_bag_legs(bag, why) != 0)
		status = -1;
	else
		status = enter_new(a, d, bag, told, false, tag, why);
	return status;
}

int
admit_known(
    struct admit *a, const char *told, struct admit_bag *bag, struct why *why)
{
	if (is_full(a) && admit_flush(a, why) != 0)
		return -1;
	enter_known(a, told, known_hash(told), bag, NULL);
	return 0;
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
