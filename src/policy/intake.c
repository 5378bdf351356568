/* SPDX-License-Identifier: ISC */
#include "intake.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "guard.h"
#include "late.h"
#include "mem.h"
#include "path.h"
#include "policy.h"
#include "proof.h"
#include "swept.h"
#include "taken.h"
#include "text.h"
#include "when.h"

/* No call was recorded by this program before. */
#define EARLIEST "2026-01-01T00:00:00Z"

/* A recorder writes at least this often. */
enum { QUIET_S = 60 };

int
intake_check_clock(const struct spool *sp, struct why *why)
{
	const int64_t hour_us = INT64_C(3600000000);
	int64_t now_us = when_now_us(), earliest_us = 0;
	struct swept last;

	(void)when_parse(EARLIEST, &earliest_us);
	if (now_us < earliest_us)
		return why_later(why,
		    "%s: the clock of this host is before " EARLIEST ": set it",
		    sp->path);
	swept_load(&last, sp->fd);
	if (last.now_us - now_us <= hour_us)
		return 0;
	return why_later(why,
	    "%s: the clock is behind the last sweep's: set it (or, if it is "
	    "right, run recsweep --clock-ok)",
	    sp->path);
}

char *
intake_refusal(const char *reason, const struct admit_bag *bag)
{
	int64_t bytes = 0;

	for (size_t i = 0; i < bag->legs; i++)
		if (bag->file[i].source.fd >= 0)
			bytes += bag->file[i].source.st.st_size;
	return text_format(
	    "legs=%zu bytes=%lld at=%s", bag->legs, (long long)bytes, reason);
}

/* Did it say something else when it was taken? Older logs do not tell. */
static bool
says_otherwise(const struct intake *in, const struct call *call)
{
	const struct known *known = in->door.known;
	uint64_t own = 0;
	struct proof p;

	proof_of(call, &p);
	return known_has_marks(known, call->id) &&
	       !known_mark(known, call->id, p.all, &own);
}

static void
tell_admitted(const struct admit_done *done, void *arg)
{
	struct intake *in = arg;
	const struct call *call = done->tag;

	if (done->refused)
		return;
	if (strcmp(done->told, done->id) != 0 && !done->known)
		cli_warn("%s: another call with this id was in the spool "
			 "before: this one enters as %s",
		    done->told, done->id);
	if (done->known)
		cli_say("%s: was taken before%s", done->told,
		    done->path ? "" : ", and is not in the spool any more");
	if (done->known && call && says_otherwise(in, call)) {
		cli_warn(
		    "%s: was taken before, with other contents: what was taken "
		    "stays as it is (recupload --erase %s deletes it)",
		    done->told, done->id);
		in->status = cli_worse(in->status, EXIT_GIVEN_UP);
	}
	if (done->kept)
		cli_warn(
		    "%s: has changed since it was taken, and is not deleted",
		    done->kept);
	if (done->why.errnum) {
		cli_warn("%s", done->why.text);
		in->status = cli_worse(in->status, EXIT_LATER);
	}
	if (done->path)
		in->status = cli_print_path(done->path, in->nul, in->status);
}

void
intake_save_known(const struct door *door)
{
	struct why why;

	if (!door->known)
		return;
	if (known_fault(door->known))
		cli_warn(
		    "%s/.known: %s", door->sp->path, known_fault(door->known));
	if (known_save(door->known, &why) != 0)
		cli_warn("%s", why.text);
}

int
intake_open(struct intake *in, const char *spool)
{
	struct why why;
	int status = EXIT_USAGE;

	in->status = EXIT_DONE;
	in->locked = false;
	in->door.fd = -1;
	if (spool_open(&in->spool, spool, &why) == 0) {
		status = EXIT_LATER;
		if (intake_check_clock(&in->spool, &why) == 0 &&
		    door_open(&in->door, &in->spool, &why) == 0)
			status = EXIT_DONE;
	}
	if (status != EXIT_DONE)
		cli_warn("%s", why.text);
	in->admit = (struct admit){.door = &in->door,
	    .hold_fd = -1,
	    .together = in->together,
	    .take_erased = in->take_erased,
	    .now_us = when_now_us(),
	    .done = tell_admitted,
	    .arg = in};
	return status;
}

void
intake_close(struct intake *in)
{
	admit_free(&in->admit);
	intake_save_known(&in->door);
	door_close(&in->door);
	spool_close(&in->spool);
}

/* ---- one call ---- */

/* The file of an earlier leg, or a new one. */
static size_t
find_file(const struct call *call, const struct admit_bag *bag, size_t leg)
{
	for (size_t i = 0; i < leg; i++)
		if (strcmp(call->leg[i].file, call->leg[leg].file) == 0)
			return bag->of_leg[i];
	return bag->files;
}

static int
open_bag_leg(const struct intake *in, struct admit_bag *bag, const char *path,
    struct why *why)
{
	struct admit_file *f = admit_bag_add(bag);
	struct path p = PATH_NONE;
	int status;

	bag->legs = bag->files;
	f->remove = in->move;
	status = source_open(&f->source, path, GUARD_LEG_MAX, why);
	if (status == 0 || why->errnum != ENOENT)
		return status;
	/* A run that was killed may have renamed it before deleting it; a file
	 * that is not certainly the right one is moved back. */
	if (in->move && path_open(&p, path) == 0)
		source_settle(p.fd, p.fd, p.name);
	path_close(&p);
	source_close(&f->source);
	status = source_open(&f->source, path, GUARD_LEG_MAX, why);
	return status != 0 && why->errnum == ENOENT ? 0 : status;
}

/* A leg that is missing gets an entry that is not open. */
static int
open_bag_legs(const struct intake *in, const struct call *call,
    struct admit_bag *bag, struct why *why)
{
	int status = 0;

	bag->of_leg = mem_alloc((call->legs + 1) * sizeof *bag->of_leg);
	for (size_t i = 0; i < call->legs && status == 0; i++) {
		char *path = decide_path(call->doc->file, call->leg[i].file);

		bag->of_leg[i] = find_file(call, bag, i);
		if (bag->of_leg[i] == bag->files)
			status = open_bag_leg(in, bag, path, why);
		if (status == 0 && bag->of_leg[i] == bag->files - 1) {
			bag->of_leg[i] = admit_bag_settle(bag);
			bag->legs = bag->files;
		}
		free(path);
	}
	return status;
}

/* True if the call is still being recorded: its recording would be deleted. */
static bool
goes_on(const struct call *call, const struct admit_bag *bag)
{
	time_t now = time(NULL);

	if (decide_has_end(call))
		return false;
	for (size_t i = 0; i < bag->legs; i++)
		if (bag->file[i].source.fd >= 0 &&
		    bag->file[i].source.st.st_mtim.tv_sec + QUIET_S > now)
			return true;
	return false;
}

static int
refuse_intake(struct intake *in, const struct decision *d, const char *reason,
    struct admit_bag *bag, struct why *why)
{
	char *details = intake_refusal(reason, bag);
	int status;

	cli_say("%s: not recorded: %s", d->call->id, reason);
	/* A policy that is not written yet is no reason to delete. */
	for (size_t i = 0; i < bag->files; i++)
		bag->file[i].remove =
		    in->together && in->move && policy_records(d->policy);
	status = admit_refuse(&in->admit, d->call->id, details, bag, NULL, why);
	free(details);
	return status;
}

/* A call that was taken before is held, once: a person may let it go on. */
static int
hold_one(
    struct intake *in, const struct call *call, uint64_t own, struct why *why)
{
	char *details = text_format(
	    "of=%016" PRIx64 " what=%s", own, taken_kind_names[TAKEN_NO]);
	const struct audit_event e = {call->id, "late", details};
	char *text = NULL;
	int status = 0;

	if (!known_event(in->door.known, &e))
		status = late_hold(&in->door, call->id, own,
		    "consent was declined after the call was taken", true,
		    &text, why);
	if (text) {
		cli_warn("%s: %s", call->id, text);
		(void)admit_say(&in->admit, e.id, e.event, e.details);
		in->status = cli_worse(in->status, EXIT_GIVEN_UP);
	}
	free(text);
	free(details);
	return status;
}

/* The caller's no may come when the call is in the spool. */
static int
hold_declined(struct intake *in, const struct decision *d,
    struct admit_bag *bag, struct why *why)
{
	struct late late;
	int status = late_find(&in->admit, d->call, bag, true, &late, why);

	for (size_t i = 0; i < late.count && status == 0; i++)
		status = hold_one(in, d->call, late.own[i], why);
	late_free(&late);
	return status;
}

static int
take_intake(struct intake *in, const struct decision *d, struct admit_bag *bag,
    struct why *why)
{
	if (open_bag_legs(in, d->call, bag, why) != 0)
		return -1;
	if (d->timeline.declined && hold_declined(in, d, bag, why) != 0)
		return -1;
	if (!d->plan.record)
		return refuse_intake(in, d, d->plan.reason, bag, why);
	if (admit_is_erased(&in->admit, d->call->id)) {
		cli_warn("%s: was erased, and does not enter again (see "
			 "--take-erased)",
		    d->call->id);
		in->status = cli_worse(in->status, EXIT_GIVEN_UP);
		return refuse_intake(in, d, INTAKE_ERASED, bag, why);
	}
	if (in->move && goes_on(d->call, bag))
		return why_later(why,
		    "its legs are still being written, and [events] has no "
		    "end");
	/* A log is read again and again, and by other options. */
	return admit_enter(&in->admit, d, bag,
	    in->together ? NULL : (void *)(uintptr_t)d->call, why);
}

static void
unlock(struct intake *in)
{
	if (in->locked)
		door_unlock(&in->door);
	in->locked = false;
}

int
intake_call(struct intake *in, const struct decision *d)
{
	struct admit_bag bag = {0};
	struct why why;
	int status = in->locked ? 0 : door_lock(&in->door, &why);

	in->locked = status == 0;
	if (status == 0)
		status = take_intake(in, d, &bag, &why);
	if (status == 0 && !in->together)
		status = admit_flush(&in->admit, &why);
	if (status != 0) {
		cli_warn("%s: %s", d->call->doc->file, why.text);
		/* A leg is not as the call file says. */
		status =
		    why_status(&why) == EXIT_LATER ? EXIT_LATER : EXIT_USAGE;
	}
	admit_bag_free(&bag);
	if (!in->together)
		unlock(in);
	in->status = cli_worse(in->status, status);
	status = in->status;
	in->status = EXIT_DONE;
	return status;
}

int
intake_flush(struct intake *in, int status)
{
	struct why why;

	if (in->locked && admit_flush(&in->admit, &why) != 0) {
		cli_warn("%s", why.text);
		in->status = cli_worse(in->status, EXIT_LATER);
	}
	unlock(in);
	return cli_worse(in->status, status);
}
