/* SPDX-License-Identifier: ISC */
#include "job.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "delivery.h"
#include "events.h"
#include "hold.h"
#include "loop.h"
#include "mem.h"
#include "notice.h"
#include "retry.h"
#include "state.h"
#include "stored.h"
#include "text.h"
#include "when.h"

/* Results are synced after this time, or when the folder is closed. */
#define SAVE_US INT64_C(1000000)

struct job {
	const struct job_site *site;
	char *name;
	pthread_mutex_t lock; /* protects everything below */
	bool opened;
	enum job_state state;
	struct spool_item it;
	struct ticket ticket; /* does not change once it is open */
	uint64_t *to;         /* destinations of each file */
	struct state queue;
	int64_t until_us[ROUTES_MAX]; /* until when breakers were open */
	struct events events;         /* not yet in the log */
	bool dirty;                   /* the state is not on disk yet */
	int64_t saved_us;
	char *failure; /* the first permanent failure */
	int status;
	/* What happens to the folder; STAYS also if it is not ours. */
	enum { STAYS, FAILS, LEAVES, HELD, SWEPT } end;
	struct job_outcome outcome;
};

struct job *
job_new(const struct job_site *site, const char *name)
{
	struct job *j = mem_alloc(sizeof *j);

	j->site = site;
	j->name = text_dup(name);
	j->it.fd = -1;
	(void)pthread_mutex_init(&j->lock, NULL);
	return j;
}

static void
set_failure(struct job *j, const char *text)
{
	if (!j->failure)
		j->failure = text_dup(text);
	j->status = cli_worse(j->status, EXIT_GIVEN_UP);
}

static void
read_job_folder(struct job *j)
{
	const struct spool *sp = j->site->sp;
	char *folder = text_format("%s/upload/%s", sp->path, j->name);
	char *name = text_format("%s/ticket.ini", folder);
	struct why why;

	j->state = JOB_OPEN;
	j->saved_us = when_now_us();
	if (state_load(&j->queue, j->it.fd, folder, &why) != 0)
		cli_warn("%s; the earlier attempts are forgotten", why.text);
	if (delivery_ticket(j->it.fd, "ticket.ini", name, &j->ticket, &why) !=
	    0) {
		cli_warn("%s", why.text);
		j->state = JOB_BAD;
		j->status = why_status(&why);
		if (j->status == EXIT_GIVEN_UP)
			set_failure(j, why.text);
	}
	j->to = mem_alloc((j->ticket.files + 1) * sizeof *j->to);
	for (size_t k = 0; k < j->ticket.files; k++)
		j->to[k] = routes_for(
		    &j->site->up->routes, &j->ticket, &j->ticket.file[k]);
	free(name);
	free(folder);
}

enum job_state
job_open(struct job *j)
{
	struct why why;
	int taken;

	(void)pthread_mutex_lock(&j->lock);
	if (!j->opened) {
		j->opened = true;
		j->state = JOB_BUSY;
		taken = spool_take(
		    j->site->sp, SPOOL_UPLOAD, j->name, &j->it, &why);
		if (taken == 1)
			read_job_folder(j);
		if (taken < 0) {
			cli_warn("%s", why.text);
			j->status = cli_worse(j->status, EXIT_LATER);
		}
	}
	(void)pthread_mutex_unlock(&j->lock);
	return j->state;
}

/* Under lock: the entry of a file and a destination. */
static struct state_entry *
entry(struct job *j, size_t k, size_t i)
{
	return state_entry(
	    &j->queue, j->site->up->dest[i].name, j->ticket.file[k].name);
}

uint64_t
job_left(struct job *j)
{
	uint64_t left = 0;

	(void)pthread_mutex_lock(&j->lock);
	for (size_t k = 0; j->state == JOB_OPEN && k < j->ticket.files; k++)
		for (size_t i = 0; i < j->site->up->dests; i++)
			if ((j->to[k] >> i & 1) && !entry(j, k, i)->done)
				left |= UINT64_C(1) << i;
	(void)pthread_mutex_unlock(&j->lock);
	return left;
}

/* Under lock. All events are written to the audit log with one sync. */
static void
note_event(struct job *j, const char *event, char *details)
{
	events_add(&j->events, j->it.id, event, details);
}

/* Under lock. 0, or -1 after a message. What is not in the log is not saved as
 * done: the next run looks for it again, and logs it. */
static int
save_state(struct job *j)
{
	struct events *events = &j->events;
	struct why why;

	if (events_log(&events, 1, j->site->sp->fd, &why) != 0 ||
	    (!spool_gone(&j->it) &&
		state_save(&j->queue, j->it.fd, &why) != 0)) {
		cli_warn("%s: %s", j->it.id, why.text);
		j->status = cli_worse(j->status, EXIT_LATER);
		return -1;
	}
	j->dirty = false;
	j->saved_us = when_now_us();
	return 0;
}

/* One file to one destination, and the result. */
struct attempt {
	struct job *job;
	size_t k, i;
	struct delivery v;
	enum dest_result result;
	int64_t due_us;
};

/* Under lock. It is stored: logs this, and does not send it again. */
static void
record_done(struct job *j, const struct attempt *at)
{
	size_t k = at->k, i = at->i;
	struct state_entry *e = entry(j, k, i);
	struct why why;
	char *details = stored_details(j->site->sp->fd, &at->v, &why);

	/* As with the log: the next run looks for it again, and logs it. */
	if (!details) {
		cli_warn("%s: %s", j->it.id, why.text);
		j->status = cli_worse(j->status, EXIT_LATER);
		e->due_us = when_now_us() + SAVE_US;
		return;
	}
	e->done = true;
	/* An earlier attempt may have been encrypted, this one was not. */
	if (!at->v.cipher.name)
		e->cipher_sha256[0] = '\0';
	state_set_error(e, "");
	note_event(j, "uploaded", details);
	if (when_now_us() - j->saved_us > SAVE_US)
		(void)save_state(j);
}

/* Under lock. Takes the result of an attempt, and the next time. */
static void
record_attempt(struct job *j, const struct attempt *at)
{
	const struct dest *d = &j->site->up->dest[at->i];
	const struct ticket_file *f = &j->ticket.file[at->k];
	struct state_entry *e = entry(j, at->k, at->i);
	enum dest_result r = at->result;
	char *text;

	e->due_us = at->due_us;
	j->dirty = true;
	if (r == DEST_DONE) {
		record_done(j, at);
		return;
	}
	if (r != DEST_EXEMPT && spool_gone(&j->it))
		return; /* finish() reports it */
	text =
	    text_format("%s: %s: %s", d->name, f->name, at->v.answer.why.text);
	state_set_error(e, at->v.answer.why.text);
	if (r == DEST_EXEMPT) {
		e->done = e->exempt = true;
		note_event(j, "exempt",
		    text_format("destination=%s file=%s", d->name, f->name));
		cli_say("%s: %s; is not required there", j->it.id, text);
	} else {
		e->attempts++;
		e->failed = r == DEST_NEVER;
		if (e->failed)
			set_failure(j, text);
		cli_warn("%s: %s", j->it.id, text);
		(void)save_state(j);
	}
	free(text);
}

/* Saves the ciphertext that is about to be sent. */
static int
note_cipher(const struct ciphertext *c, void *arg)
{
	const struct attempt *at = arg;
	struct job *j = at->job;
	struct state_entry *e;
	int status;

	(void)pthread_mutex_lock(&j->lock);
	e = entry(j, at->k, at->i);
	e->cipher_bytes = c->bytes;
	memcpy(e->cipher_sha256, c->sha256, sizeof e->cipher_sha256);
	status = save_state(j);
	(void)pthread_mutex_unlock(&j->lock);
	return status;
}

/* Delivers one file; false: later files of this call must wait for it. */
static bool
deliver_to(struct job *j, size_t k, size_t i, const struct state_entry *before)
{
	struct dest *d = &j->site->up->dest[i];
	/* --retry clears the number, but not what an attempt left there. */
	bool failed = before->attempts == 0 && before->error && *before->error;
	struct attempt at = {j, k, i,
	    .v = {d, &j->ticket, &j->ticket.file[k], j->it.fd, -1,
		failed ? 1 : before->attempts, .note = note_cipher, .arg = &at,
		.answer = DEST_ANSWER_NONE, .cipher = CIPHERTEXT_NONE}};
	struct lane_attempt lane = {.answer = &at.v.answer,
	    .bytes = at.v.file->bytes,
	    .failures = before->attempts,
	    .seed = j->name};
	bool paused;

	memcpy(at.v.known, before->cipher_sha256, sizeof at.v.known);
	if (!lane_begin(j->site->lanes, i, &j->until_us[i]))
		return false;
	at.result = lane.result = delivery_from_folder(&at.v);
	at.due_us = lane_end(j->site->lanes, i, &lane, &paused);
	/* An attempt that we aborted is not a failure. */
	if (at.result != DEST_LATER || !loop_abandoned()) {
		(void)pthread_mutex_lock(&j->lock);
		record_attempt(j, &at);
		(void)pthread_mutex_unlock(&j->lock);
	}
	if (paused)
		cli_say("%s: paused%s", d->name,
		    at.result == DEST_PAUSED
			? " until its settings or rights are corrected"
			: "; its recordings wait in the spool");
	delivery_end(&at.v);
	return at.result == DEST_DONE || at.result == DEST_EXEMPT;
}

void
job_run(struct job *j, size_t i, bool at_once)
{
	for (size_t k = 0; k < j->ticket.files; k++) {
		const struct state_entry *e;
		struct state_entry now;

		if (!(j->to[k] >> i & 1))
			continue;
		(void)pthread_mutex_lock(&j->lock);
		e = entry(j, k, i);
		now = *e;
		if (e->failed)
			set_failure(j, e->error ? e->error : "failed");
		(void)pthread_mutex_unlock(&j->lock);
		if (now.done)
			continue;
		if (now.failed || lanes_stopping() ||
		    (!at_once && !retry_is_due(&j->site->up->backoff,
				     now.due_us, when_now_us())) ||
		    !deliver_to(j, k, i, &now))
			return;
	}
}

/* Finds out what is left to do for a destination, and when. */
static void
look_at_dest(struct job *j, size_t i)
{
	struct job_outcome *o = &j->outcome;

	for (size_t k = 0; k < j->ticket.files; k++) {
		const struct state_entry *e;

		if (!(j->to[k] >> i & 1))
			continue;
		e = entry(j, k, i);
		if (e->failed)
			return;
		if (e->done)
			continue;
		o->left |= UINT64_C(1) << i;
		o->due_us[i] =
		    e->due_us > j->until_us[i] ? e->due_us : j->until_us[i];
		return;
	}
}

/* No call leaves the disk unless some destination has it. */
static void
check_somewhere(struct job *j)
{
	for (size_t k = 0; k < j->ticket.files; k++) {
		bool there = false;
		char *text;

		for (size_t i = 0; i < j->site->up->dests; i++)
			there |= (j->to[k] >> i & 1) && !entry(j, k, i)->exempt;
		if (there)
			continue;
		text = text_format("%s: no destination requires it: "
				   "name one that takes each call, or put the "
				   "missing record into [call] of its ticket "
				   "and recupload --retry it",
		    j->ticket.file[k].name);
		cli_warn("%s: %s", j->it.id, text);
		set_failure(j, text);
		free(text);
	}
}

/* Not yet: the whole folder is tried again later. */
static void
stay(struct job *j, const char *why)
{
	if (why)
		cli_warn("%s", why);
	j->end = STAYS;
	j->status = cli_worse(j->status, EXIT_LATER);
	for (size_t i = 0; i < j->site->up->dests; i++) {
		j->outcome.left |= UINT64_C(1) << i;
		j->outcome.due_us[i] = when_now_us() + SAVE_US;
	}
}

/* Writes the notice for on_stored before the folder leaves; false after a
 * message: it could not. */
static bool
put_notice(struct job *j)
{
	struct why why = {0};

	if (!j->site->up->hooks->word[HOOK_STORED] ||
	    notice_stored(&j->it, j->site->up, &j->ticket, j->to, &j->queue,
		when_now_us(), &why) == 0)
		return true;
	cli_warn("%s", why.text);
	return false;
}

/* Decides what happens to the folder, and adds the events. */
static void
settle_job(struct job *j)
{
	struct job_outcome *o = &j->outcome;
	char *failure;

	for (size_t i = 0; i < j->site->up->dests; i++)
		look_at_dest(j, i);
	if (spool_gone(&j->it)) {
		if (o->left != 0 || j->failure) {
			cli_warn(
			    "%s: was swept while this program worked on it; "
			    "nothing else is lost",
			    j->name);
			j->status = cli_worse(j->status, EXIT_GIVEN_UP);
		}
		j->end = SWEPT;
		o->left = 0;
		return;
	}
	if (j->state == JOB_BAD && !j->failure) {
		stay(j, NULL); /* the machine could not read it */
		return;
	}
	if (o->left == 0 && !j->failure)
		check_somewhere(j);
	if (o->left != 0) {
		j->end = STAYS;
		j->status = cli_worse(j->status, EXIT_LATER);
	} else if (j->failure) {
		j->end = FAILS;
		cli_say("%s: set aside in failed/", j->it.id);
		failure = stored_failure(
		    j->site->up->dest, j->site->up->dests, j->failure);
		note_event(j, "failed",
		    text_format("by=recupload reason=\"%s\"", failure));
		free(failure);
	} else if (!put_notice(j)) {
		stay(j, NULL);
	} else if (hold_has(j->site->sp, j->it.id)) {
		j->end = HELD;
		note_event(
		    j, "held", text_format("files=%zu", j->ticket.files));
	} else {
		j->end = LEAVES;
		note_event(
		    j, "removed", text_format("files=%zu", j->ticket.files));
	}
}

/* What the log does not have is neither saved as done nor removed. */
static void
log_ends(struct job *const *j, size_t n)
{
	struct events **all = mem_alloc(n * sizeof *all);
	struct why why;
	int status;

	for (size_t i = 0; i < n; i++)
		all[i] = &j[i]->events;
	status = events_log(all, n, j[0]->site->sp->fd, &why);
	free(all);
	if (status == 0)
		return;
	cli_warn("%s", why.text);
	for (size_t i = 0; i < n; i++) {
		if (j[i]->events.n == 0 || j[i]->end == SWEPT)
			continue;
		if (j[i]->end != STAYS)
			stay(j[i], NULL);
		j[i]->status = cli_worse(j[i]->status, EXIT_LATER);
		j[i]->dirty = false;
	}
}

/* A folder that stays, is set aside, or is kept for its hold. */
static void
keep_job(struct job *j)
{
	struct why why;

	if (j->dirty && save_state(j) != 0) {
		if (j->end != STAYS)
			stay(j, NULL);
		return;
	}
	if (j->events.n == 0) /* otherwise, what is done is not on disk */
		ciphertext_tidy(j->site->up->dest, j->site->up->dests,
		    &j->ticket, &j->queue, j->it.fd);
	if (j->end == HELD && spool_move(&j->it, SPOOL_HELD, &why) != 0)
		stay(j, why.text);
	if (j->end == FAILS && spool_fail(&j->it, "recupload", j->failure,
				   when_now_us(), &why) != 0)
		stay(j, why.text);
}

/* Does one step for all folders that leave; those that fail stay. Returns how
 * many succeeded. */
static size_t
step_all(struct job *const *j, size_t n,
    int (*step)(struct spool_item *it, struct why *why))
{
	struct why why;
	size_t done = 0;

	for (size_t i = 0; i < n; i++) {
		if (j[i]->end != LEAVES)
			continue;
		if (step(&j[i]->it, &why) == 0)
			done++;
		else
			stay(j[i], why.text);
	}
	return done;
}

/* Moves the folders that are completely delivered out of upload/. */
static void
toss_all(struct job *const *j, size_t n)
{
	const struct spool *sp = j[0]->site->sp;
	struct why why;

	if (step_all(j, n, spool_toss) == 0 ||
	    (spool_sync(sp, SPOOL_TMP, &why) == 0 &&
		spool_sync(sp, SPOOL_UPLOAD, &why) == 0))
		return;
	cli_warn("%s", why.text);
	for (size_t i = 0; i < n; i++)
		if (j[i]->end == LEAVES)
			stay(j[i], NULL);
}

bool
job_untouched(struct job *j)
{
	return j->state == JOB_BUSY || (!j->dirty && j->events.n == 0 &&
					   !j->failure && job_left(j) != 0);
}

void
job_commit_all(struct job *const *j, size_t n)
{
	/* No hold can be set between the check and the removal. */
	int hold = hold_lock(j[0]->site->sp, false);

	for (size_t i = 0; i < n; i++) {
		j[i]->outcome.busy = j[i]->state == JOB_BUSY;
		if (j[i]->state != JOB_BUSY)
			settle_job(j[i]);
	}
	log_ends(j, n);
	for (size_t i = 0; i < n; i++)
		if (j[i]->end != LEAVES && j[i]->end != SWEPT)
			keep_job(j[i]);
	toss_all(j, n);
	if (hold >= 0)
		(void)close(hold);
}

/*
 * Deletes them: their recordings are safe, and they are no longer in upload/.
 */
static void
erase_jobs(struct job *const *j, size_t n)
{
	const struct spool *sp = j[0]->site->sp;
	struct why why;

	if (step_all(j, n, spool_erase) == 0 ||
	    spool_sync(sp, SPOOL_TMP, &why) == 0)
		return;
	cli_warn("%s", why.text);
	for (size_t i = 0; i < n; i++)
		if (j[i]->end == LEAVES)
			j[i]->status = cli_worse(j[i]->status, EXIT_LATER);
}

static void
free_job(struct job *j)
{
	spool_release(&j->it);
	ticket_free(&j->ticket);
	state_free(&j->queue);
	events_free(&j->events);
	free(j->failure);
	free(j->to);
	free(j->name);
	(void)pthread_mutex_destroy(&j->lock);
	free(j);
}

void
job_close_all(struct job *const *j, size_t n, struct job_outcome *o)
{
	erase_jobs(j, n);
	for (size_t i = 0; i < n; i++) {
		if (j[i]->end == LEAVES)
			cli_say("%s: uploaded and removed", j[i]->it.id);
		o[i] = j[i]->outcome;
		o[i].gone = j[i]->end != STAYS;
		o[i].status = j[i]->status;
		free_job(j[i]);
	}
}
