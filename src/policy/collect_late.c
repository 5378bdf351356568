/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "proof.h"
#include "text.h"
#include "tree.h"

/* ---- what came late ---- */

/* Reads a folder's plan or ticket. If another program moves it meanwhile,
 * why->errnum is ENOENT. */
static int
read_late_folder(const struct collect *c, const struct door_folder *f,
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
plan_has_redaction(const struct plan *p)
{
	for (size_t i = 0; i < p->recordings; i++)
		for (size_t k = 0; k < p->recording[i].cuts; k++)
			if (plan_is_redaction(p->recording[i].cut[k].reason))
				return true;
	return false;
}

static void
keep_late_cut(int64_t from_us, int64_t to_us, void *arg)
{
	taken_add_cut(arg, from_us, to_us);
}

static void
note_late(struct taking_late *late, enum taken_kind kind, const char *text)
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
	if (!taken_is_wrong(kind) && !old->torn &&
	    !known_mark(known, t->call.id, p->legs, &late->own))
		note_late(late, TAKEN_LEGS,
		    "another [leg] was reported after the call was taken");
	else if (kind == TAKEN_SAME && !late->folder)
		note_late(late, TAKEN_OTHER,
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
compare_late(struct taking *t, const struct decision *d, const struct proof *p,
    struct taking_late *late, struct why *why)
{
	struct taken old = {0};
	int status = 0;

	if (late->folder)
		status = read_late_folder(t->c, late->folder, &old, why);
	/* Of a call that has left the spool, the log has the cuts. */
	else if (plan_has_redaction(&d->plan) &&
		 known_cuts(t->c->door.known, late->own, keep_late_cut, &old))
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
	late->own = late->found.own[i];
	late->folder = door_find(&t->c->door, late->own);
	if (d->timeline.declined) {
		note_late(late, TAKEN_NO,
		    "consent was declined after the call was taken");
		return 0;
	}
	proof_of(&t->call, &p);
	/* The call file is the same, word for word. */
	if (known_mark(t->c->door.known, t->call.id, p.all, &late->own))
		return 0;
	return compare_late(t, d, &p, late, why);
}

int
taking_hold(const struct taking *t, const struct taking_late *late, char **text,
    struct why *why)
{
	bool wrong = taken_is_wrong(late->is.kind);

	return late_hold(&t->c->door, t->call.id, late->own, late->is.text,
	    wrong, text, why);
}
