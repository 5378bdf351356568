/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "check.h"
#include "cli.h"
#include "decide.h"
#include "intake.h"
#include "proof.h"
#include "text.h"
#include "when.h"

/* A recorder writes at least this often; a leg may end so near to the call. */
enum { QUIET_S = 60, NEAR_US = 300000, CLOCK_US = 2000000 };

/* ---- what is said ---- */

/* Prints a message once. */
static void
say_of(struct taking *t, const char *event, const char *of, const char *what,
    const char *text)
{
	size_t n = strlen(t->shown);
	bool named = strncmp(text, t->shown, n) == 0;
	char *line = text_format(
	    "%s%s%s", named ? "" : t->shown, named ? "" : ": ", text);

	collect_say_once(
	    t->c, t->read ? t->call.id : "-", event, of, what, line);
	free(line);
}

/* The key of what is said of this very file, with values that cannot be guessed. */
static char *
this_file(const struct taking *t)
{
	const struct stat *st = &t->call_file.st;

	return text_format("%s %llu %lld.%09ld", t->shown,
	    (unsigned long long)st->st_ino, (long long)st->st_mtim.tv_sec,
	    (long)st->st_mtim.tv_nsec);
}

static void
say_once(
    struct taking *t, const char *event, const char *what, const char *text)
{
	char *of = this_file(t);

	say_of(t, event, of, what, text);
	free(of);
}

static bool
is_quiet(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec + QUIET_S <= (int64_t)time(NULL);
}

static void
count_waiting(struct taking *t)
{
	struct collect *c = t->c;

	c->count[COLLECT_WAITING]++;
	if (t->changed_s > 0 &&
	    (c->oldest_s == 0 || t->changed_s < c->oldest_s))
		c->oldest_s = t->changed_s;
}

/* A call with a fault of its own stays, and is swept eventually. */
static void
give_up_call(struct taking *t, const struct why *why)
{
	struct collect *c = t->c;

	if (why_status(why) == EXIT_LATER) {
		cli_warn("%s: %s", t->shown, why->text);
		c->status = cli_worse(c->status, EXIT_LATER);
		return;
	}
	c->count[COLLECT_UNUSABLE]++;
	say_once(t, "unusable", NULL, why->text);
}

/* The time since its end or, if it has none, since the last change. */
static int64_t
age_us(const struct taking *t)
{
	int64_t now_s = (int64_t)time(NULL), end_us = taking_end_us(t);

	if (t->call_file.fd >= 0 && end_us >= 0)
		return (now_s - t->call_file.st.st_mtim.tv_sec) * 1000000;
	if (end_us >= 0 && t->call.started_us > 0)
		return when_now_us() - t->call.started_us - end_us;
	return t->changed_s > 0 ? (now_s - t->changed_s) * 1000000 : 0;
}

/* ---- finished? ---- */

/* True if it was not written to for long, or is as long as the call. */
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

/* Events at impossible times: the clock was changed. */
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

/* Why it must wait; NULL: it is finished. */
static const char *
unfinished(const struct taking *t, const struct decision *d)
{
	int64_t end_us = taking_end_us(t);
	uint64_t own;
	bool known = known_id(t->c->door.known, t->call.id) &&
		     (t->missing < t->bag.legs ||
			 proof_came(t->c->door.known, &t->call, &own));

	if (end_us < 0)
		return "has no end";
	/* A call that may not be recorded needs no legs. */
	if (!d->plan.record && t->call_file.fd >= 0 &&
	    (t->call.legs == 0 || is_quiet(&t->call_file.st)))
		known = true;
	else if (t->call.legs == 0)
		return "names no legs";
	if (t->missing > 0 && !known)
		return "a leg is missing";
	return is_closed(t, end_us) ? NULL : "a leg is being written";
}

static void
wait(struct taking *t, const char *reason)
{
	struct collect *c = t->c;

	count_waiting(t);
	cli_say("%s: waits: %s", t->shown, reason);
	if (age_us(t) < c->late_us)
		return;
	c->count[COLLECT_LATE]++;
	say_once(t, "late", reason, reason);
}

/* ---- one call ---- */

static void
refuse_call(struct taking *t, const char *reason)
{
	struct collect *c = t->c;
	char *details = intake_refusal(reason, &t->bag);
	struct why why;

	cli_say("%s: not recorded: %s", t->call.id, reason);
	taking_fill(t);
	if (admit_refuse(&c->admit, t->call.id, details, &t->bag, NULL, &why) !=
	    0) {
		give_up_call(t, &why);
		c->stop = true;
	}
	free(details);
}

/* A log comes again and again: there the text counts. */
static char *
late_key(const struct taking *t, const struct taking_late *late)
{
	char *of = t->call_file.fd >= 0 ? this_file(t) : text_dup("a log");
	char *key = text_format("%s %s %016llx", of,
	    t->call_file.fd >= 0 ? "" : late->is.text,
	    (unsigned long long)late->own);

	free(of);
	return key;
}

/* The call was taken before: what was added since is reported. False: nothing
 * more can be done. */
static bool
tell_late(struct taking *t, const struct taking_late *late)
{
	const char *what = taken_kind_names[late->is.kind];
	char *text, *of = late_key(t, late);
	struct why why;

	/* A person may have let it go on since. */
	if (t->cand->bare &&
	    collect_was_said(t->c, t->call.id, "late", of, what)) {
		free(of);
		return true;
	}
	if (taking_hold(t, late, &text, &why) != 0) {
		free(of);
		give_up_call(t, &why);
		return false;
	}
	say_of(t, "late", of, what, text);
	free(text);
	free(of);
	/* Its legs may be the only copy. */
	if (late->is.kind == TAKEN_NO || !taken_is_wrong(late->is.kind) ||
	    t->missing == t->bag.legs)
		return true;
	t->c->count[COLLECT_UNUSABLE]++;
	return false;
}

/* It is unknown now what the spool has of it. */
static void
look_again(struct taking *t, const struct why *why)
{
	if (why->errnum == ENOENT || why->errnum == EAGAIN)
		count_waiting(t);
	else
		give_up_call(t, why);
}

/* 1: it came before, 0: it did not, -1: nothing more can be done. */
static int
tell_all_late(struct taking *t, const struct decision *d)
{
	struct taking_late late = {0};
	struct why why;
	int status = late_find(&t->c->admit, &t->call, &t->bag,
	    d->timeline.declined, &late.found, &why);
	int came = late.found.count > 0;

	for (size_t i = 0; i < late.found.count && status == 0 && came > 0;
	     i++) {
		status = taking_late(t, d, i, &late, &why);
		if (status == 0 && late.is.kind != TAKEN_SAME &&
		    !tell_late(t, &late))
			came = -1;
	}
	late_free(&late.found);
	if (status == 0)
		return came;
	look_again(t, &why);
	return -1;
}

/* The policy is not written yet: that is no reason to delete anything. */
static void
say_policy_is_empty(struct taking *t)
{
	struct collect *c = t->c;

	count_waiting(t);
	if (!c->policy_told && age_us(t) >= c->late_us) {
		char *line = text_format("%s: the policy allows no call to be "
					 "recorded: all files stay here",
		    c->in.shown);

		collect_say_once(
		    c, "-", "late", c->in.shown, "no policy yet", line);
		free(line);
		c->policy_told = true;
	}
}

/* A bad block of the disk; other calls need not wait for it. */
static bool
is_unreadable(const struct admit_bag *bag)
{
	for (size_t i = 0; i < bag->files; i++)
		if (bag->file[i].source.unreadable)
			return true;
	return false;
}

static void
enter_call(struct taking *t, const struct decision *d)
{
	struct collect *c = t->c;
	struct why why;

	taking_fill(t);
	if (admit_enter(&c->admit, d, &t->bag, NULL, &why) == 0)
		return;
	taking_empty(t);
	if (why.errnum == EAGAIN) {
		count_waiting(t); /* a leg has grown meanwhile */
		return;
	}
	give_up_call(t, &why);
	/* A fault of the machine applies to all calls. */
	c->stop = why_status(&why) == EXIT_LATER && !is_unreadable(&t->bag);
}

/* Only the log, or a file of a hook, has anything of it: it was taken before, or
 * not recorded at all. */
static void
look_back_at_call(struct taking *t, const struct decision *d)
{
	struct collect *c = t->c;
	struct why why;
	int came = 0;

	if (check_decision(d, &why) == 0 && policy_records(c->policy))
		came = tell_all_late(t, d);
	if (came == 0)
		c->unrecorded++;
	if (came <= 0)
		return;
	taking_fill(t);
	if (t->bag.files > 0 &&
	    admit_known(&c->admit, t->call.id, &t->bag, &why) != 0) {
		taking_empty(t);
		give_up_call(t, &why);
		c->stop = true;
	}
}

static void
act_on_decision(struct taking *t, const struct decision *d)
{
	struct collect *c = t->c;
	struct why why;

	if (check_decision(d, &why) != 0) {
		if (!c->policy_told)
			cli_warn("%s: not decided: %s", t->shown, why.text);
		c->policy_told = true;
		count_waiting(t);
		c->status = cli_worse(c->status, EXIT_USAGE);
	} else if (!policy_records(c->policy)) {
		say_policy_is_empty(t);
	} else if (tell_all_late(t, d) < 0) {
		return;
	} else if (!d->plan.record) {
		refuse_call(t, d->plan.reason);
	} else if (admit_is_erased(&c->admit, t->call.id)) {
		refuse_call(t, INTAKE_ERASED);
	} else {
		enter_call(t, d);
	}
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

/* It cannot be read; a call file may still be written. */
static void
fail_call(struct taking *t, const struct why *why)
{
	if (!t->read && t->call_file.fd >= 0 && !is_quiet(&t->call_file.st))
		count_waiting(t);
	else
		give_up_call(t, why);
}

static void
take_call_file(struct taking *t)
{
	struct collect *c = t->c;
	struct decision d;
	const char *reason;
	struct why why;

	if (read_call(t, &why) != 0) {
		if (t->cand->bare)
			c->unrecorded++;
		else
			fail_call(t, &why);
		return;
	}
	decide_call(&d, c->policy, &t->call, taking_end_us(t));
	reason = t->cand->bare ? NULL : unfinished(t, &d);
	if (t->cand->bare)
		look_back_at_call(t, &d);
	else if (!reason)
		act_on_decision(t, &d);
	decide_free(&d);
	if (!reason)
		return;
	if (c->torn_us < 0 || t->torn || age_us(t) < c->torn_us ||
	    !taking_tear(t)) {
		wait(t, reason);
		return;
	}
	take_call_file(t);
}

void
collect_call(struct collect *c, struct collect_candidate *cand)
{
	struct taking t = {.c = c, .cand = cand};
	struct why why;
	int status = taking_read(&t, &why);

	/* It is gone since it was listed. */
	if (status != 0 && why.errnum == ENOENT)
		c->count[COLLECT_WAITING]++;
	else if (status != 0)
		fail_call(&t, &why);
	else
		take_call_file(&t);
	taking_free(&t);
}
