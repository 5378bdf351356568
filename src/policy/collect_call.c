/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "check.h"
#include "cli.h"
#include "decide.h"
#include "intake.h"
#include "text.h"
#include "when.h"

/* A recorder writes at least so often, and it ends so near to the call. */
enum { QUIET_S = 60, NEAR_US = 300000, CLOCK_US = 2000000 };

/* ---- what is said ---- */

/* Said once: the audit log has it then. */
static void
say_once(struct taking *t, const char *event, const char *text)
{
	struct collect *c = t->c;
	const char *id = t->read ? t->call.id : "-";
	char *details = text_format("from=%s what=%s", t->shown, text);

	if (admit_say(&c->admit, id, event, details)) {
		cli_warn("%s: %s", t->shown, text);
		c->status = cli_worse(c->status, EXIT_GIVEN_UP);
	}
	free(details);
}

/* By its own fault: it stays, and is swept in the end. */
static void
give_up(struct taking *t, const struct why *why)
{
	struct collect *c = t->c;

	if (why_status(why) == EXIT_LATER) {
		cli_warn("%s: %s", t->shown, why->text);
		c->status = cli_worse(c->status, EXIT_LATER);
		return;
	}
	c->count[COLLECT_UNUSABLE]++;
	say_once(t, "unusable", why->text);
}

static int64_t
age_us(const struct taking *t)
{
	int64_t now_s = (int64_t)time(NULL);

	if (t->changed_s > 0)
		return (now_s - t->changed_s) * 1000000;
	/* Nothing is there of it: it is as old as the log says. */
	return t->call.started_us > 0 ? when_now_us() - t->call.started_us : 0;
}

static bool
is_quiet(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec + QUIET_S <= (int64_t)time(NULL);
}

/* ---- finished? ---- */

/* Closed: nobody has written to it for long, or it has all of the call. */
static bool
is_closed(const struct taking *t, int64_t end_us)
{
	for (size_t i = 0; i < t->call.legs; i++) {
		const struct call_leg *leg = &t->call.leg[i];
		const struct source *s = &t->bag.file[t->bag.of_leg[i]].source;
		int64_t us;

		if (s->fd < 0 || is_quiet(&s->st))
			continue;
		us = taking_leg_us(t, i);
		if (us < 0 || leg->start_us + us + NEAR_US <
				  (leg->end_us >= 0 ? leg->end_us : end_us))
			return false;
	}
	return true;
}

/* Events that no call can have: the clock was changed meanwhile. */
static int
check_clock(const struct taking *t, struct why *why)
{
	const struct call *call = &t->call;
	int64_t end_us = taking_end_us(t);

	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_ANSWER && end_us >= 0 &&
		    call->event[i].at_us > end_us + CLOCK_US)
			return why_set(why,
			    "answered after its end: the clock was changed "
			    "meanwhile");
	return 0;
}

/* ---- one call ---- */

static void
refuse(struct taking *t, const struct decision *d, struct source *call_file)
{
	struct collect *c = t->c;
	char *details;
	struct why why;

	cli_say("%s: not recorded: %s", t->call.id, d->plan.reason);
	details = intake_refusal(d, &t->bag);
	taking_fill(t, call_file);
	/* What was recorded nowhere was not refused either. */
	if (t->bag.files > 0 && admit_refuse(&c->admit, t->call.id, details,
				    &t->bag, NULL, &why) != 0) {
		give_up(t, &why);
		c->stop = true;
	}
	free(details);
}

/* Nobody has written it yet: it is no reason to delete anything. */
static void
say_policy_is_empty(struct taking *t)
{
	struct collect *c = t->c;
	struct taking all = {.c = c, .cand = t->cand, .shown = c->dir};

	c->count[COLLECT_WAITING]++;
	if (!c->policy_told && age_us(t) >= c->late_us)
		say_once(&all, "late",
		    "the policy lets nothing be recorded: all that is here "
		    "stays");
	c->policy_told = true;
}

static void
enter(struct taking *t, const struct decision *d, struct source *call_file)
{
	struct collect *c = t->c;
	struct why why;

	taking_fill(t, call_file);
	if (admit_enter(&c->admit, d, &t->bag, NULL, &why) != 0) {
		taking_empty(t);
		give_up(t, &why);
		/* The machine's fault is that of all others, too. */
		c->stop =
		    why_status(&why) == EXIT_LATER && why.errnum != EAGAIN;
	}
}

static void
decide(struct taking *t, struct source *call_file)
{
	struct collect *c = t->c;
	struct decision d;
	struct why why;

	decide_call(&d, c->policy, &t->call, taking_end_us(t));
	if (check_decision(&d, &why) != 0) {
		if (!c->policy_told)
			cli_warn("%s: not decided: %s", t->shown, why.text);
		c->policy_told = true;
		c->count[COLLECT_WAITING]++;
		c->status = cli_worse(c->status, EXIT_USAGE);
	} else if (!policy_records(c->policy)) {
		say_policy_is_empty(t);
	} else if (d.plan.record) {
		enter(t, &d, call_file);
	} else {
		refuse(t, &d, call_file);
	}
	decide_free(&d);
}

/* Why it has to wait; NULL: it is finished. */
static const char *
unfinished(const struct taking *t)
{
	int64_t end_us = taking_end_us(t);

	if (t->call.legs == 0)
		return "names no leg";
	if (end_us < 0)
		return "has no end";
	if (t->missing > 0 && !known_id(t->c->door.known, t->call.id))
		return "a leg is not there";
	return is_closed(t, end_us) ? NULL : "a leg is being written";
}

static void
wait(struct taking *t, const char *reason)
{
	struct collect *c = t->c;

	/* In a log stands every call, recorded or not. */
	if (t->call.legs == 0 && t->cand->is_imported) {
		c->unrecorded++;
		return;
	}
	c->count[COLLECT_WAITING]++;
	cli_say("%s: waits: %s", t->shown, reason);
	if (age_us(t) < c->late_us)
		return;
	c->count[COLLECT_LATE]++;
	say_once(t, "late", reason);
}

/* 0, or -1 with why. */
static int
read_call(struct taking *t, struct why *why)
{
	if (call_from_doc(&t->call, &t->doc, why) != 0)
		return -1;
	t->read = true;
	if (taking_open_legs(t, why) != 0)
		return -1;
	return check_clock(t, why);
}

static void
take(struct taking *t, struct source *call_file)
{
	struct collect *c = t->c;
	const char *reason;
	struct why why;

	if (read_call(t, &why) != 0) {
		/* It may be being written, too. */
		if (!t->read && call_file->fd >= 0 && !is_quiet(&call_file->st))
			c->count[COLLECT_WAITING]++;
		else
			give_up(t, &why);
		return;
	}
	reason = unfinished(t);
	if (reason && c->torn_us >= 0 && !t->torn && age_us(t) >= c->torn_us &&
	    taking_tear(t)) {
		admit_bag_free(&t->bag);
		t->read = false;
		take(t, call_file);
	} else if (reason) {
		wait(t, reason);
	} else {
		decide(t, call_file);
	}
}

void
collect_call(struct collect *c, struct collect_candidate *cand)
{
	struct taking t = {.c = c, .cand = cand};
	struct source call_file = SOURCE_NONE;
	struct why why;
	int status = 0;

	if (cand->is_imported) {
		t.doc = cand->doc;
		cand->doc = (struct doc){0};
	}
	t.shown = cand->is_imported ? t.doc.file : cand->file->path;
	if (cand->file)
		status = taking_read(&t, &call_file, &why);
	/* Swapped or gone since it was listed, or being written. */
	if (status != 0 && why.errnum == ENOENT)
		c->count[COLLECT_WAITING]++;
	else if (status != 0 && call_file.fd >= 0 && !is_quiet(&call_file.st))
		c->count[COLLECT_WAITING]++;
	else if (status != 0)
		give_up(&t, &why);
	else
		take(&t, &call_file);
	if (t.read)
		call_free(&t.call);
	source_close(&call_file);
	admit_bag_free(&t.bag);
	doc_free(&t.doc);
}
