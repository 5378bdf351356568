/* SPDX-License-Identifier: ISC */
#include "late.h"

#include <stdlib.h>

#include "audit.h"
#include "cli.h"
#include "mem.h"
#include "proof.h"
#include "text.h"
#include "when.h"

static void
add_owner(uint64_t own, void *arg)
{
	struct late *late = arg;

	for (size_t i = 0; i < late->count; i++)
		if (late->own[i] == own)
			return;
	late->own = mem_resize(late->own, late->count + 1, sizeof *late->own);
	late->own[late->count++] = own;
}

/* By the marks of its call file. Two calls of one id may have the same ones. */
static void
find_by_marks(const struct known *known, const struct call *call, bool declined,
    struct late *late)
{
	uint64_t own = 0;
	struct proof p;

	proof_of(call, &p);
	if (!known_has_marks(known, call->id))
		add_owner(known_hash(call->id), late);
	else if (known_mark(known, call->id, p.all, &own))
		add_owner(own, late);
	else
		known_owners(known, call->id,
		    call->started_us > 0 ? p.started : p.legs, add_owner, late);
	/* A no counts without proof: who said it must not be heard. */
	if (late->count > 0 || !declined)
		return;
	add_owner(known_hash(call->id), late);
	known_owners(known, call->id, NULL, add_owner, late);
}

/* By its legs or, if all are gone, by its marks. 0, or -1 with why. */
static int
find_owners(const struct known *known, const struct call *call,
    struct admit_bag *bag, bool declined, struct late *late, struct why *why)
{
	const char **digest = mem_alloc((bag->legs + 1) * sizeof *digest);
	uint64_t own;
	int status = 0;
	size_t n = 0;

	for (size_t i = 0; i < bag->legs && status == 0; i++) {
		struct source *s = &bag->file[i].source;

		if (s->fd < 0)
			continue;
		status = source_hash(s, why);
		digest[n++] = s->digest;
	}
	if (status == 0 && n == 0)
		find_by_marks(known, call, declined, late);
	else if (status == 0 && known_legs(known, call->id, digest, n, &own))
		add_owner(own, late);
	free(digest);
	return status;
}

int
late_find(struct admit *a, const struct call *call, struct admit_bag *bag,
    bool declined, struct late *late, struct why *why)
{
	struct door *door = a->door;
	size_t n = 0;

	*late = (struct late){0};
	if (admit_is_erased(a, call->id) ||
	    (!known_id(door->known, call->id) &&
		!door_find(door, known_hash(call->id))))
		return 0;
	if (find_owners(door->known, call, bag, declined, late, why) != 0)
		return -1;
	for (size_t i = 0; i < late->count; i++) {
		uint64_t own = late->own[i];

		/* It may wait for the sync of this run. */
		if (!door_find(door, own) && !known_went_on(door->known, own) &&
		    a->items > 0 && admit_flush(a, why) != 0)
			return -1;
		if (door_find(door, own) || known_went_on(door->known, own))
			late->own[n++] = own;
	}
	late->count = n;
	return 0;
}

void
late_free(struct late *late)
{
	free(late->own);
}

/* Moves the folder to failed/, from where it is not uploaded. */
static int
hold_folder(struct door *door, const struct door_folder *f, const char *what,
    struct why *why)
{
	char *reason = text_format("%s: recupload --erase deletes it", what);
	struct spool_item it;
	int status = spool_take(door->sp, f->stage, f->name, &it, why);

	if (status == 0)
		status = why_later(why, "%s, and another program is at %s/%s",
		    what, spool_stage_names[f->stage], f->name);
	else if (status == 1) {
		status = audit_add(door->sp->fd, when_now_us(), it.id, "failed",
		    why, "by=%s reason=\"%s\"", cli_name(), reason);
		if (status == 0)
			status = spool_fail(
			    &it, cli_name(), reason, when_now_us(), why);
		if (status == 0)
			door_add(door, &it);
		spool_release(&it);
	}
	free(reason);
	return status;
}

int
late_hold(struct door *door, const char *told, uint64_t own, const char *reason,
    bool wrong, char **text, struct why *why)
{
	const struct door_folder *f = door_find(door, own);
	bool waits = f && f->stage != SPOOL_HELD, goes_on = !wrong && waits;
	bool named = f || own == known_hash(told);
	char *id = text_dup(f ? f->name + 17 : told);
	int status = 0;

	*text = NULL;
	if (waits && !goes_on && f->stage != SPOOL_FAILED)
		status = hold_folder(door, f, reason, why);
	if (status == 0)
		*text = text_format("%s; it %s (%s%s%s)", reason,
		    goes_on ? "goes on as it is"
		    : waits ? "is kept in failed/"
		    : f     ? "was uploaded"
			    : "is not in the spool any more",
		    named ? "recupload --erase " : "the audit log has told=",
		    id, named ? " deletes it" : " after its id");
	free(id);
	return status;
}
