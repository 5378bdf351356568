/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "mem.h"
#include "proof.h"
#include "text.h"
#include "tree.h"
#include "when.h"

/* ---- which call it is ---- */

static void
add_owner(uint64_t own, void *arg)
{
	struct taking_late *late = arg;

	for (size_t i = 0; i < late->owners; i++)
		if (late->owner[i] == own)
			return;
	late->owner =
	    mem_resize(late->owner, late->owners + 1, sizeof *late->owner);
	late->owner[late->owners++] = own;
}

/* By the marks of its call file. Two calls of one id may have the same ones. */
static void
find_by_marks(
    const struct taking *t, const struct decision *d, struct taking_late *late)
{
	const struct known *known = t->c->door.known;
	const char *id = t->call.id;
	uint64_t own = 0;
	struct proof p;

	proof_of(&t->call, &p);
	if (!known_has_marks(known, id))
		add_owner(known_hash(id), late);
	else if (known_mark(known, id, p.all, &own))
		add_owner(own, late);
	else
		known_owners(known, id,
		    t->call.started_us > 0 ? p.started : p.legs, add_owner,
		    late);
	/* A no counts without proof: who said it must not be heard. */
	if (late->owners > 0 || !d->timeline.declined)
		return;
	add_owner(known_hash(id), late);
	known_owners(known, id, NULL, add_owner, late);
}

/* By its legs or, if all are gone, by its marks. 0, or -1 with why. */
static int
find_owners(struct taking *t, const struct decision *d,
    struct taking_late *late, struct why *why)
{
	const char **digest = mem_alloc((t->bag.legs + 1) * sizeof *digest);
	uint64_t own;
	int status = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->bag.legs && status == 0; i++) {
		struct source *s = &t->bag.file[i].source;

		if (s->fd < 0)
			continue;
		status = source_hash(s, why);
		digest[n++] = s->digest;
	}
	if (status == 0 && n == 0)
		find_by_marks(t, d, late);
	else if (status == 0 &&
		 known_legs(t->c->door.known, t->call.id, digest, n, &own))
		add_owner(own, late);
	free(digest);
	return status;
}

int
taking_find_late(struct taking *t, const struct decision *d,
    struct taking_late *late, struct why *why)
{
	struct collect *c = t->c;
	const struct known *known = c->door.known;
	size_t n = 0;

	*late = (struct taking_late){.is = {.kind = TAKEN_SAME}};
	if (admit_is_erased(&c->admit, t->call.id) ||
	    (!known_id(known, t->call.id) &&
		!door_find(&c->door, known_hash(t->call.id))))
		return 0;
	if (find_owners(t, d, late, why) != 0)
		return -1;
	for (size_t i = 0; i < late->owners; i++) {
		uint64_t own = late->owner[i];

		/* It may wait for the sync of this run. */
		if (!door_find(&c->door, own) && !known_went_on(known, own) &&
		    c->admit.items > 0 && admit_flush(&c->admit, why) != 0)
			return -1;
		if (door_find(&c->door, own) || known_went_on(known, own))
			late->owner[n++] = own;
	}
	late->owners = n;
	return 0;
}

void
taking_late_free(struct taking_late *late)
{
	free(late->owner);
}

/* ---- what came late ---- */

/* Reads a folder's plan or ticket. If another program moves it meanwhile,
 * why->errnum is ENOENT. */
static int
read_folder(const struct collect *c, const struct door_folder *f,
    struct taken *old, struct why *why)
{
	int fd = tree_open(c->spool.stage_fd[f->stage], f->name), status;

	if (fd < 0)
		return why_errno(why, "%s/%s/%s", c->spool.path,
		    spool_stage_names[f->stage], f->name);
	status = taken_read(old, fd, why);
	(void)close(fd);
	return status;
}

static bool
has_redaction(const struct plan *p)
{
	for (size_t i = 0; i < p->recordings; i++)
		for (size_t k = 0; k < p->recording[i].cuts; k++)
			if (plan_is_redaction(p->recording[i].cut[k].reason))
				return true;
	return false;
}

static void
add_cut(int64_t from_us, int64_t to_us, void *arg)
{
	taken_add_cut(arg, from_us, to_us);
}

static void
note(struct taking_late *late, enum taken_kind kind, const char *text)
{
	late->is.kind = kind;
	(void)snprintf(late->is.text, sizeof late->is.text, "%s", text);
}

/* Compares what no plan has: the marks of the call file. */
static void
compare_marks(const struct taking *t, const struct taken *old,
    const struct proof *p, struct taking_late *late)
{
	const struct known *known = t->c->door.known;
	enum taken_kind kind = late->is.kind;

	if (!known_has_marks(known, t->call.id))
		return;
	if ((kind == TAKEN_SAME || kind > TAKEN_LEGS) && !old->torn &&
	    !known_mark(known, t->call.id, p->legs, &late->own))
		note(late, TAKEN_LEGS,
		    "another [leg] was reported after the call was taken");
	else if (kind == TAKEN_SAME && !late->folder)
		note(late, TAKEN_OTHER,
		    "other facts or events were reported after the call was "
		    "taken");
}

/*
 * For a call of a log a difference may be due to a killed run that deleted the
 * hooks' files, or to a log that was rotated: only additions count.
 */
static bool
is_addition(
    const struct taking *t, const struct taken *old, enum taken_kind kind)
{
	if (t->call_file.fd >= 0 || kind == TAKEN_PAUSE || old->torn)
		return true;
	return t->cand->hooks && (kind == TAKEN_WHO || kind == TAKEN_FACT);
}

/* Compares the call file with what it was. */
static int
compare(struct taking *t, const struct decision *d, const struct proof *p,
    struct taking_late *late, struct why *why)
{
	struct taken old = {0};
	int status = 0;

	if (late->folder)
		status = read_folder(t->c, late->folder, &old, why);
	/* Of a call that has left the spool, the log has the cuts. */
	else if (has_redaction(&d->plan) &&
		 known_cuts(t->c->door.known, late->own, add_cut, &old))
		taken_add_mixed(&old);
	if (status == 0) {
		taken_compare(&old, &t->call, &d->plan, &late->is);
		if (t->call_file.fd >= 0)
			compare_marks(t, &old, p, late);
		else if (!is_addition(t, &old, late->is.kind))
			late->is.kind = TAKEN_SAME;
	}
	taken_free(&old);
	return status;
}

int
taking_late(struct taking *t, const struct decision *d, size_t i,
    struct taking_late *late, struct why *why)
{
	struct proof p;

	late->is = (struct taken_difference){.kind = TAKEN_SAME};
	late->own = late->owner[i];
	late->folder = door_find(&t->c->door, late->own);
	if (d->timeline.declined) {
		note(late, TAKEN_NO,
		    "consent was declined after the call was taken");
		return 0;
	}
	proof_of(&t->call, &p);
	/* The call file is the same, word for word. */
	if (known_mark(t->c->door.known, t->call.id, p.all, &late->own))
		return 0;
	return compare(t, d, &p, late, why);
}

/* Moves the folder to failed/, from where it is not uploaded. */
static int
hold_folder(struct collect *c, const struct taking_late *late, struct why *why)
{
	const struct door_folder *f = late->folder;
	char *reason =
	    text_format("%s: recupload --erase deletes it", late->is.text);
	struct spool_item it;
	int status = spool_take(&c->spool, f->stage, f->name, &it, why);

	if (status == 0)
		status = why_later(why, "%s, and another program is at %s/%s",
		    late->is.text, spool_stage_names[f->stage], f->name);
	else if (status == 1) {
		status = audit_add(c->spool.fd, when_now_us(), it.id, "failed",
		    why, "by=%s reason=\"%s\"", cli_name(), reason);
		if (status == 0)
			status = spool_fail(
			    &it, cli_name(), reason, when_now_us(), why);
		if (status == 0)
			door_add(&c->door, &it);
		spool_release(&it);
	}
	free(reason);
	return status;
}

int
taking_hold(const struct taking *t, const struct taking_late *late, char **text,
    struct why *why)
{
	const struct door_folder *f = late->folder;
	bool waits = f && f->stage <= SPOOL_FAILED;
	bool goes_on = !taken_is_wrong(late->is.kind) && waits;
	bool named = f || late->own == known_hash(t->call.id);
	char *id = text_dup(f ? f->name + 17 : t->call.id);
	int status = 0;

	*text = NULL;
	if (waits && !goes_on && f->stage < SPOOL_FAILED)
		status = hold_folder(t->c, late, why);
	if (status == 0)
		*text = text_format("%s; it %s (%s%s%s)", late->is.text,
		    goes_on ? "goes on as it is"
		    : waits ? "is kept in failed/"
		    : f     ? "was uploaded"
			    : "is not in the spool any more",
		    named ? "recupload --erase " : "the audit log has told=",
		    id, named ? " deletes it" : " after its id");
	free(id);
	return status;
}
