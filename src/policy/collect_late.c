/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "ini.h"
#include "mem.h"
#include "num.h"
#include "text.h"
#include "ticket.h"
#include "tree.h"
#include "when.h"

/* Times in files have three decimals. */
enum { NEAR_US = 1000, STORIES_MAX = 32 };

/* Are the legs that are there those that it came with? -1 with why. */
static int
has_its_legs(struct taking *t, uint64_t *own, struct why *why)
{
	const char **digest = mem_alloc((t->bag.legs + 1) * sizeof *digest);
	int status = 0;
	size_t n = 0;

	for (size_t i = 0; i < t->bag.legs && status == 0; i++) {
		struct source *s = &t->bag.file[i].source;

		if (s->fd < 0)
			continue;
		status = source_hash(s, why);
		digest[n++] = s->digest;
	}
	if (status == 0)
		status = n == 0 || known_legs(t->c->door.known, t->call.id,
				       digest, n, own);
	free(digest);
	return status;
}

/*
 * 1: the spool took it before, in an earlier run or this one. 0: it did not.
 * -1 with why.
 */
static int
find_taken(struct taking *t, struct taking_late *late, struct why *why)
{
	struct collect *c = t->c;
	uint64_t own = known_hash(t->call.id);
	int status;

	if (!known_id(c->door.known, t->call.id) && !door_find(&c->door, own))
		return 0;
	status = has_its_legs(t, &own, why);
	if (status != 1)
		return status;
	/* It may wait for the sync of this run. */
	if (!door_find(&c->door, own) && !known_went_on(c->door.known, own) &&
	    c->admit.items > 0 && admit_flush(&c->admit, why) != 0)
		return -1;
	late->own = own;
	late->folder = door_find(&c->door, own);
	return late->folder || known_went_on(c->door.known, own);
}

/* ---- what it was cut by ---- */

/* The MP3s of a ticket as the recordings that they are. */
static void
plan_of_ticket(const struct ticket *ticket, struct plan *p)
{
	for (size_t i = 0; i < ticket->files; i++) {
		const struct ticket_file *f = &ticket->file[i];
		struct plan_recording *r;
		int64_t end_us = INT64_MAX;

		for (size_t k = 0; k < ticket->files; k++)
			if (ticket->file[k].start_us > f->start_us &&
			    ticket->file[k].start_us < end_us)
				end_us = ticket->file[k].start_us;
		r = plan_add_recording(p, f->start_us, end_us);
		for (size_t k = 0; k < f->cuts; k++)
			plan_add_cut(r, f->cut[k].start_us, f->cut[k].end_us,
			    f->cut[k].reason);
	}
}

static int
read_plan(int fd, struct doc *doc, struct plan *p, struct why *why)
{
	struct ticket ticket;
	int status = ini_read_at(doc, fd, "ticket.ini", "ticket.ini", why);

	if (status == 0) {
		status = ticket_from_doc(&ticket, doc, why);
		if (status == 0) {
			plan_of_ticket(&ticket, p);
			ticket_free(&ticket);
		}
	} else if (why->errnum == ENOENT) {
		status = ini_read_at(doc, fd, "plan.ini", "plan.ini", why);
		if (status == 0)
			status = plan_from_doc(p, doc, why);
	}
	return status;
}

/*
 * A folder's plan, or once it is mixed its ticket. Somebody may be at it, and
 * move it meanwhile: then why->errnum is ENOENT.
 */
static int
read_folder(const struct collect *c, const struct door_folder *f,
    struct plan *p, bool *torn, struct why *why)
{
	int fd = tree_open(c->spool.stage_fd[f->stage], f->name), status;
	const char *told;
	struct doc doc = {0};

	if (fd < 0)
		return why_errno(why, "%s/%s/%s", c->spool.path,
		    spool_stage_names[f->stage], f->name);
	status = read_plan(fd, &doc, p, why);
	(void)close(fd);
	told = doc_value(doc_find(&doc, "call"), "torn");
	*torn = told && strstr(told, "no end");
	doc_free(&doc);
	return status;
}

/* "TIME PREVIOUS CALL mixed recordings=1 file=... cut=1.000-2.000:pause" */
static void
take_line(const char *line, void *arg)
{
	struct plan *p = arg;
	const char *at = strstr(line, " mixed recordings=");
	double from, to;

	if (!at)
		return;
	if (p->recordings == 0)
		plan_add_recording(p, 0, INT64_MAX);
	while ((at = strstr(at, " cut="))) {
		at += strlen(" cut=");
		if (sscanf(at, "%lf-%lf:", &from, &to) == 2)
			plan_add_cut(&p->recording[0], (int64_t)(from * 1e6),
			    (int64_t)(to * 1e6), "pause");
	}
}

/* Is there sound in this recording that was to be cut out? */
static bool
has_sound_of(const struct plan_recording *r, const struct plan_cut *cut)
{
	int64_t at_us =
	    cut->start_us > r->start_us ? cut->start_us : r->start_us;
	int64_t end_us = cut->end_us < r->end_us ? cut->end_us : r->end_us;

	for (size_t i = 0; i < r->cuts; i++)
		if (r->cut[i].start_us <= at_us + NEAR_US &&
		    r->cut[i].end_us > at_us)
			at_us = r->cut[i].end_us;
	return at_us + NEAR_US < end_us;
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

/* What is to be cut out now, and is heard in what was taken. */
static const struct plan_cut *
find_uncut(const struct plan *old, const struct plan *now)
{
	for (size_t i = 0; i < now->recordings; i++)
		for (size_t k = 0; k < now->recording[i].cuts; k++) {
			const struct plan_cut *cut = &now->recording[i].cut[k];

			if (!plan_is_redaction(cut->reason))
				continue;
			for (size_t n = 0; n < old->recordings; n++)
				if (has_sound_of(&old->recording[n], cut))
					return cut;
		}
	return NULL;
}

/* ---- what came late ---- */

static void
note_pause(struct taking_late *late, const struct plan_cut *cut)
{
	char from[NUM_SECONDS_SIZE], to[NUM_SECONDS_SIZE];

	late->kind = TAKING_LATE_PAUSE;
	(void)snprintf(late->text, sizeof late->text,
	    "a pause (%s to %s) was told after the call was taken",
	    num_seconds_text(cut->start_us, from),
	    num_seconds_text(cut->end_us, to));
}

/* What was cut out of it. 1: not known in this run. -1 with why. */
static int
read_taken(struct taking *t, const struct taking_late *late, struct plan *old,
    bool *torn, struct why *why)
{
	struct collect *c = t->c;

	if (late->folder)
		return read_folder(c, late->folder, old, torn, why);
	if (late->own != known_hash(t->call.id))
		return 0;
	/* Each costs as much as the log is long. */
	if (c->stories == STORIES_MAX) {
		errno = EAGAIN;
		return why_errno(why, "%s", t->call.id);
	}
	c->stories++;
	return audit_story(c->spool.fd, t->call.id, take_line, old, why);
}

/* A pause that was not cut, or the end of what was taken without. */
static int
compare(struct taking *t, const struct decision *d, struct taking_late *late,
    struct why *why)
{
	const struct plan_cut *cut;
	struct plan old = {0};
	bool torn = false;
	int status = 0;

	if (late->folder || has_redaction(&d->plan))
		status = read_taken(t, late, &old, &torn, why);
	cut = status == 0 ? find_uncut(&old, &d->plan) : NULL;
	if (cut) {
		note_pause(late, cut);
	} else if (status == 0 && torn && !t->torn) {
		late->kind = TAKING_LATE_END;
		(void)snprintf(late->text, sizeof late->text,
		    "its end was told after the call was taken without one");
	}
	plan_free(&old);
	return status;
}

int
taking_late(struct taking *t, const struct decision *d,
    struct taking_late *late, struct why *why)
{
	int status;

	*late = (struct taking_late){.kind = TAKING_IN_TIME};
	if (admit_is_erased(&t->c->admit, t->call.id))
		return 0;
	status = find_taken(t, late, why);
	if (status != 1)
		return status;
	if (!d->timeline.declined)
		return compare(t, d, late, why);
	late->kind = TAKING_LATE_NO;
	(void)snprintf(late->text, sizeof late->text,
	    "consent was declined after the call was taken");
	return 0;
}

/* Nobody delivers it from failed/. */
static int
hold_folder(struct collect *c, const struct taking_late *late, struct why *why)
{
	const struct door_folder *f = late->folder;
	char *reason =
	    text_format("%s: recupload --erase deletes it", late->text);
	struct spool_item it;
	int status = spool_take(&c->spool, f->stage, f->name, &it, why);

	if (status == 0)
		status = why_later(why, "%s, and another program is at %s/%s",
		    late->text, spool_stage_names[f->stage], f->name);
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
	bool goes_on = late->kind == TAKING_LATE_END && waits;
	char *id = text_dup(f ? f->name + 17 : t->call.id);
	int status = 0;

	*text = NULL;
	if (waits && !goes_on && f->stage < SPOOL_FAILED)
		status = hold_folder(t->c, late, why);
	if (status == 0)
		*text = text_format(
		    "%s; it %s (recupload --erase %s deletes it)", late->text,
		    goes_on ? "goes on as it is"
		    : waits ? "is kept in failed/"
		    : f     ? "was uploaded"
			    : "is not in the spool any more",
		    id);
	free(id);
	return status;
}
