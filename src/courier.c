/* SPDX-License-Identifier: ISC */
#include "courier.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "backoff.h"
#include "cli.h"
#include "config.h"
#include "hash.h"
#include "loop.h"
#include "metadata.h"
#include "queue.h"
#include "template.h"

/* So many failures in a row, and a destination is left alone for a while. */
#define BREAKER_FAILURES 5
#define PAUSE_US         (INT64_C(300) * 1000000)

static volatile sig_atomic_t stopping;

void
courier_stop(void)
{
	stopping = 1;
	loop_abandon();
}

static void
wake_at(struct courier *c, int64_t us)
{
	if (c->next_us == 0 || us < c->next_us)
		c->next_us = us;
}

/* What an attempt says about the destination itself. */
void
courier_note(struct courier *c, size_t i, enum dest_result r, int64_t now_us,
    int64_t retry_after_s)
{
	struct courier_health *h = &c->health[i];

	if (r == DEST_DONE || r == DEST_NEVER) {
		*h = (struct courier_health){0, 0};
		return;
	}
	h->failures++;
	if (r == DEST_PAUSED)
		h->until_us = now_us + PAUSE_US;
	else if (retry_after_s > 0 || h->failures >= BREAKER_FAILURES)
		h->until_us = backoff_due(&c->up->backoff, now_us, h->failures,
		    retry_after_s,
		    backoff_seed(c->up->dest[i].name, h->failures));
	if (h->until_us > now_us)
		cli_say("%s: paused%s", c->up->dest[i].name,
		    r == DEST_PAUSED ? " until its settings or rights are "
				       "put right"
				     : "; its recordings wait in the spool");
}

/* The recording is there: what is known about it goes beside it. */
static enum dest_result
deliver_metadata(
    struct dest *d, const struct dest_item *recording, struct dest_answer *a)
{
	struct dest_item item = *recording;
	char *text = metadata_text(item.ticket, item.file, recording->object);
	char *name = metadata_name(recording->object);
	char *key = util_format("%s-json", recording->key);
	char hex[HASH_HEX_SIZE];
	enum dest_result r = DEST_LATER;

	item.object = name;
	item.key = key;
	item.bytes = strlen(text);
	item.content_type = "application/json";
	hash_text(HASH_SHA256, text, item.bytes, hex);
	item.sha256 = hex;
	item.fd = memfd_create("metadata", MFD_CLOEXEC);
	if (item.fd < 0 || util_write(item.fd, text, item.bytes) != 0)
		dest_answer(a, r, "%s", strerror(errno));
	else
		r = dest_deliver(d, &item, a);
	if (item.fd >= 0)
		(void)close(item.fd);
	free(key);
	free(name);
	free(text);
	return r;
}

/* One file to one destination, whatever came before. */
enum dest_result
courier_deliver(struct dest *d, const struct ticket *t,
    const struct ticket_file *f, int fd, int attempts, char **object,
    struct dest_answer *a)
{
	struct dest_item item = {.fd = fd,
	    .bytes = f->bytes,
	    .sha256 = f->sha256,
	    .content_type = "audio/mpeg",
	    .attempts = attempts,
	    .ticket = t,
	    .file = f};
	enum dest_result r;
	struct stat st;
	char *key;

	*a = (struct dest_answer){.retry_after_s = -1};
	*object = template_name(d->pattern, t, f, &a->why);
	if (!*object)
		return DEST_NEVER;
	if (fstat(fd, &st) != 0)
		return dest_answer(a, DEST_LATER, "%s", strerror(errno));
	if ((uint64_t)st.st_size != f->bytes)
		return dest_answer(a, DEST_NEVER,
		    "has %lld bytes, its ticket says %" PRIu64,
		    (long long)st.st_size, f->bytes);
	item.object = *object;
	item.key = key = dest_key(t, f);
	r = dest_deliver(d, &item, a);
	if (r == DEST_DONE && d->metadata)
		r = deliver_metadata(d, &item, a);
	free(key);
	return r;
}

/* A folder of the spool. */
struct job {
	struct courier *courier;
	struct spool_item *it;
	struct ticket ticket;
	struct queue queue;
	int64_t now_us;
	int status;
	bool waiting;  /* something is left to do */
	char *failure; /* the first permanent one */
};

static void
set_failure(struct job *job, const char *text)
{
	if (!job->failure)
		job->failure = util_strdup(text);
	job->status = cli_worse(job->status, EXIT_GIVEN_UP);
}

/* Puts what came of an attempt on disk, then into the log. */
static int
record(struct job *job, const struct ticket_file *f, size_t i,
    enum dest_result r, const char *object, const struct dest_answer *a)
{
	const char *dest = job->courier->up->dest[i].name;
	struct queue_entry *e = queue_entry(&job->queue, dest, f->name);
	struct why why;

	e->due_us = 0;
	if (r == DEST_DONE) {
		e->done = true;
		queue_set_error(e, "");
		if (audit_add(job->courier->sp->fd, job->now_us, job->it->id,
			"uploaded", &why,
			"destination=%s object=%s bytes=%" PRIu64 " sha256=%s",
			dest, object, f->bytes, f->sha256) != 0)
			cli_warn("%s", why.text);
	} else {
		char *text =
		    util_format("%s: %s: %s", dest, f->name, a->why.text);

		e->attempts++;
		e->failed = r == DEST_NEVER;
		queue_set_error(e, a->why.text);
		if (e->failed)
			set_failure(job, text);
		else
			e->due_us = backoff_due(&job->courier->up->backoff,
			    job->now_us, e->attempts, a->retry_after_s,
			    backoff_seed(job->it->name, e->attempts));
		cli_warn("%s: %s", job->it->id, text);
		free(text);
	}
	if (queue_save(&job->queue, job->it->fd, &why) == 0)
		return 0;
	cli_warn("%s: %s", job->it->id, why.text);
	job->status = cli_worse(job->status, EXIT_LATER);
	return -1;
}

/* One attempt; false: the later files of the call must wait for this one. */
static bool
attempt(struct job *job, const struct ticket_file *f, size_t i)
{
	struct courier *c = job->courier;
	struct dest_answer a = {.retry_after_s = -1};
	enum dest_result r = DEST_NEVER;
	char *object = NULL;
	int fd = openat(job->it->fd, f->name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int kept = -1;

	if (fd >= 0) {
		r = courier_deliver(&c->up->dest[i], &job->ticket, f, fd,
		    queue_entry(&job->queue, c->up->dest[i].name, f->name)
			->attempts,
		    &object, &a);
		(void)close(fd);
	} else {
		r = errno == ENOENT || errno == ELOOP ? DEST_NEVER : DEST_LATER;
		why_set(&a.why, "%s", strerror(errno));
	}
	/* What we broke off ourselves is no failure. */
	if (!stopping || r != DEST_LATER) {
		kept = record(job, f, i, r, object, &a);
		courier_note(c, i, r, job->now_us, a.retry_after_s);
	}
	free(object);
	if (r != DEST_NEVER && (r != DEST_DONE || kept != 0)) {
		const struct queue_entry *e =
		    queue_entry(&job->queue, c->up->dest[i].name, f->name);

		job->waiting = true;
		wake_at(c, e->due_us > 0 ? e->due_us : job->now_us);
	}
	return r == DEST_DONE && kept == 0;
}

/* The files of one call for one destination, in order, as far as it goes. */
static void
job_dest(struct job *job, size_t i)
{
	const struct courier *c = job->courier;
	int64_t until_us = c->health[i].until_us;

	for (size_t k = 0; k < job->ticket.files && !stopping; k++) {
		const struct ticket_file *f = &job->ticket.file[k];
		const struct queue_entry *e =
		    queue_entry(&job->queue, c->up->dest[i].name, f->name);
		int64_t due_us = e->due_us > until_us ? e->due_us : until_us;

		if (e->done ||
		    !(routes_for(&c->up->routes, &job->ticket, f) >> i & 1))
			continue;
		if (e->failed) {
			set_failure(job, e->error ? e->error : "failed");
			return;
		}
		if (due_us > job->now_us) {
			wake_at(job->courier, due_us);
			job->waiting = true;
			return;
		}
		if (!attempt(job, f, i))
			return;
	}
}

/* All is done, or no more can be: the folder leaves upload/. */
static void
job_end(struct job *job)
{
	struct spool_item *it = job->it;
	struct why why;
	int bad;

	if (job->waiting) {
		job->status = cli_worse(job->status, EXIT_LATER);
		return;
	}
	if (job->failure) {
		cli_say("%s: set aside in failed/", it->id);
		bad = audit_add(job->courier->sp->fd, job->now_us, it->id,
		    "failed", &why, "program=recupload");
		if (bad == 0)
			bad = spool_fail(
			    it, "recupload", job->failure, job->now_us, &why);
	} else {
		/* From here on the recordings are safe. */
		bad = audit_add(job->courier->sp->fd, job->now_us, it->id,
		    "removed", &why, "files=%zu", job->ticket.files);
		if (bad == 0)
			bad = spool_remove(it, &why);
		if (bad == 0)
			cli_say("%s: uploaded and removed", it->id);
	}
	if (bad != 0) {
		cli_warn("%s", why.text);
		job->status = cli_worse(job->status, EXIT_LATER);
	}
}

int
courier_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why)
{
	struct doc doc;
	int status = config_read_at(&doc, dirfd, name, shown_as, why);

	if (status != 0)
		return -1;
	status = ticket_from_doc(t, &doc, why);
	doc_free(&doc);
	if (status == 0 && t->files == 0) {
		ticket_free(t);
		status = why_set(why, "%s: names no file", shown_as);
	}
	for (size_t i = 0; status == 0 && i < t->files; i++)
		if (!t->file[i].sha256[0]) {
			status = why_set(why, "%s: no sha256 for %.80s",
			    shown_as, t->file[i].name);
			ticket_free(t);
		}
	return status;
}

static int
do_item(struct courier *c, struct spool_item *it)
{
	struct job job = {.courier = c, .it = it, .now_us = util_now_us()};
	char *folder = util_format("%s/upload/%s", c->sp->path, it->name);
	char *name = util_format("%s/ticket.ini", folder);
	struct why why;

	if (queue_load(&job.queue, it->fd, folder, &why) != 0)
		cli_warn("%s; what was tried is forgotten", why.text);
	if (courier_ticket(it->fd, "ticket.ini", name, &job.ticket, &why) !=
	    0) {
		cli_warn("%s", why.text);
		set_failure(&job, why.text);
	} else {
		for (size_t i = 0; i < c->up->dests && !stopping; i++)
			job_dest(&job, i);
		job.waiting |= stopping;
	}
	job_end(&job);
	ticket_free(&job.ticket);
	queue_free(&job.queue);
	free(job.failure);
	free(name);
	free(folder);
	return job.status;
}

/* Everything that is due now. */
int
courier_spool(struct courier *c)
{
	char **names;
	size_t count;
	struct why why;
	int status = EXIT_DONE;

	c->next_us = 0;
	c->busy = false;
	if (spool_list(c->sp, SPOOL_UPLOAD, &names, &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	for (size_t i = 0; i < count && !stopping; i++) {
		struct spool_item it;
		int taken =
		    spool_take(c->sp, SPOOL_UPLOAD, names[i], &it, &why);

		if (taken < 0) {
			cli_warn("%s", why.text);
			status = cli_worse(status, EXIT_LATER);
		} else if (taken == 0) {
			c->busy = true;
		} else {
			status = cli_worse(status, do_item(c, &it));
			spool_release(&it);
		}
	}
	spool_list_free(names, count);
	return status;
}

/* How long to sleep when nothing comes in: until the next one is due. */
static int
sleep_ms(const struct courier *c, int busy_rounds)
{
	int64_t ms = 60000, now_us = util_now_us();

	if (c->busy)
		ms = busy_rounds < 20 ? 20 : 1000;
	if (c->next_us > 0 && (c->next_us - now_us) / 1000 + 1 < ms)
		ms = (c->next_us - now_us) / 1000 + 1;
	return ms < 10 ? 10 : (int)ms;
}

int
courier_watch(struct courier *c)
{
	struct why why;
	struct pollfd p = {.events = POLLIN};
	int rounds = 0;
	sigset_t block, old;

	p.fd = spool_watch(c->sp, SPOOL_UPLOAD, &why);
	if (p.fd < 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	while (!stopping) {
		struct timespec wait;
		int ms;

		spool_drain(p.fd);
		(void)courier_spool(c);
		rounds = c->busy ? rounds + 1 : 0;
		ms = sleep_ms(c, rounds);
		wait = (struct timespec){ms / 1000, ms % 1000 * 1000000L};
		/* A signal between the test and the sleep must not be lost. */
		(void)sigprocmask(SIG_BLOCK, &block, &old);
		if (!stopping)
			(void)ppoll(&p, 1, &wait, &old);
		(void)sigprocmask(SIG_SETMASK, &old, NULL);
	}
	(void)close(p.fd);
	return EXIT_DONE;
}
