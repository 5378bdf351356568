/* SPDX-License-Identifier: ISC */
#include "by_name.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "delivery.h"
#include "dry_run.h"
#include "hash.h"
#include "loop.h"
#include "mem.h"
#include "path.h"
#include "sniff.h"
#include "text.h"
#include "when.h"

/* One recording. */
struct parcel {
	char *path;
	struct ticket ticket;
	bool told;        /* by a ticket of its own, which has its hash */
	uint64_t blocked; /* destinations that failed an earlier part */
	enum { WAITING, UNDER_WAY, THROUGH } state;
	int status;
	char **where; /* its places at the destinations */
	int dirfd;    /* its directory, and that of ciphertexts; -1: not open */
	size_t wheres;
	char **made; /* the ciphertexts in it */
	size_t mades;
	struct parcel *next;
};

/* A call of which a part has failed: later parts must not overtake it. */
struct stuck {
	char *id;
	uint64_t to;
	struct stuck *next;
};

struct by_name {
	const struct job_site *site;
	bool nul, remove, dry;
	pthread_mutex_t lock; /* protects everything below */
	pthread_cond_t change;
	struct parcel *first, *last;
	size_t parcels;
	struct stuck *stuck;
	bool ending;
	int64_t end_us; /* of the grace period after a stop; 0: no stop */
	int status;
	size_t through; /* recordings that are finished */
	pthread_t *thread;
	size_t threads;
};

/* Reads NAME.ini beside NAME.mp3, or makes a ticket from the file itself. */
static int
read_parcel_ticket(struct parcel *p, struct why *why)
{
	size_t n = strlen(p->path);
	const char *base = path_name(p->path);
	char *stem, *ini;
	int status = 0;

	if (n > 4 && strcmp(p->path + n - 4, ".mp3") == 0)
		n -= 4;
	ini = text_format("%.*s.ini", (int)n, p->path);
	stem = text_ndup(base, n - (size_t)(base - p->path));
	if (access(ini, F_OK) == 0) {
		p->told = true;
		status = delivery_ticket(AT_FDCWD, ini, ini, &p->ticket, why);
	} else {
		struct ticket_file *f = ticket_add(&p->ticket, base);

		f->recording = f->recordings = f->part = f->parts = 1;
		doc_add(
		    doc_add_section(&p->ticket.call, "call", 0), "id", stem, 0);
	}
	free(stem);
	free(ini);
	return status;
}

static struct ticket_file *
parcel_file(struct parcel *p)
{
	for (size_t i = 0; i < p->ticket.files; i++)
		if (strcmp(p->ticket.file[i].name, path_name(p->path)) == 0)
			return &p->ticket.file[i];
	return NULL;
}

static const char *
parcel_call(const struct parcel *p)
{
	const char *id = ticket_fact(&p->ticket, "id");

	return id ? id : "";
}

/* Reports errno, which may be a fault of this machine and not of the file's. */
static void
tell_errno(struct parcel *p)
{
	static const int passing[] = {
	    EIO, ENOMEM, EMFILE, ENFILE, EWOULDBLOCK, EINTR};
	int number = errno;

	p->status = EXIT_GIVEN_UP;
	for (size_t i = 0; i < sizeof passing / sizeof *passing; i++)
		if (passing[i] == number)
			p->status = EXIT_LATER;
	cli_warn("%s: %s", p->path,
	    number == EWOULDBLOCK ? "another recupload is sending it"
				  : strerror(number));
}

/* A web page that was saved as .mp3 is not a recording. A file with a ticket is
 * recognized by its hash. */
static bool
is_recording(struct parcel *p, int fd)
{
	int found = p->told ? 1 : sniff_mp3(fd);

	if (found < 0)
		tell_errno(p);
	if (found == 0)
		cli_warn("%s: not an MP3: there are no frames in it", p->path);
	return found == 1;
}

/* Opens the directory, in which the ciphertexts are kept. */
static bool
open_place(struct parcel *p)
{
	char *dir = path_dir(p->path);

	p->dirfd = open(*dir ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(dir);
	if (p->dirfd < 0)
		tell_errno(p);
	return p->dirfd >= 0;
}

/* Opens the file and checks its hash; -1 after a message. */
static int
open_parcel_file(struct parcel *p, struct ticket_file *f)
{
	int fd = open(p->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0)
		tell_errno(p);
	else if (!S_ISREG(st.st_mode))
		cli_warn("%s: not a regular file", p->path);
	else if (st.st_size == 0)
		cli_warn("%s: the file is empty", p->path);
	else if (!f)
		cli_warn("%s: its ticket names another file", p->path);
	else if ((flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) ||
		 (!p->told &&
		     hash_fd(HASH_SHA256, fd, f->sha256, &f->bytes) != 0))
		tell_errno(p);
	else if (is_recording(p, fd) && open_place(p))
		return fd;
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

static void
add_where(struct parcel *p, const struct dest *d, const char *object)
{
	p->where = mem_resize(p->where, p->wheres + 1, sizeof *p->where);
	p->where[p->wheres++] = d->kind->place
				    ? d->kind->place(d, &p->ticket, object)
				    : d->kind->where(d, object);
}

static void
keep_made_name(struct parcel *p, const char *name)
{
	if (!name)
		return;
	p->made = mem_resize(p->made, p->mades + 1, sizeof *p->made);
	p->made[p->mades++] = text_dup(name);
}

static void
deliver_by_name(struct by_name *h, struct parcel *p,
    const struct ticket_file *f, int fd, size_t i)
{
	struct dest *d = &h->site->up->dest[i];
	struct delivery v = {.dest = d,
	    .ticket = &p->ticket,
	    .file = f,
	    .dirfd = p->dirfd,
	    .fd = fd};
	struct lane_attempt at = {
	    .answer = &v.answer, .bytes = f->bytes, .seed = p->path};
	enum dest_result r;
	int64_t until_us;
	bool paused;

	if (h->dry) {
		p->where =
		    mem_resize(p->where, p->wheres + 1, sizeof *p->where);
		p->where[p->wheres++] =
		    dry_run_line(h->site, p->path, &p->ticket, f, i);
		return;
	}
	if (!lane_begin(h->site->lanes, i, &until_us)) {
		p->status = cli_worse(p->status, EXIT_LATER);
		p->blocked |= UINT64_C(1) << i;
		return;
	}
	r = at.result = delivery_make(&v);
	(void)lane_end(h->site->lanes, i, &at, &paused);
	if (r == DEST_DONE) {
		add_where(p, d, v.object);
	} else if (r == DEST_EXEMPT) {
		cli_say("%s: %s: %s; is not required there", p->path, d->name,
		    v.answer.why.text);
	} else {
		cli_warn("%s: %s: %s", p->path, d->name, v.answer.why.text);
		p->status = cli_worse(
		    p->status, r == DEST_NEVER ? EXIT_GIVEN_UP : EXIT_LATER);
		p->blocked |= UINT64_C(1) << i;
	}
	if (paused)
		cli_say("%s: paused; no more is sent to it now", d->name);
	keep_made_name(p, v.cipher.name);
	keep_made_name(p, v.beside);
	delivery_end(&v);
}

static void
carry(struct by_name *h, struct parcel *p)
{
	struct ticket_file *f = parcel_file(p);
	int fd = open_parcel_file(p, f);
	uint64_t to, before = p->blocked;

	if (fd < 0) {
		if (p->status == EXIT_DONE)
			p->status = EXIT_GIVEN_UP;
		return;
	}
	to = routes_for(&h->site->up->routes, &p->ticket, f);
	for (size_t i = 0; i < h->site->up->dests; i++) {
		if (!(to >> i & 1))
			continue;
		if (before >> i & 1) {
			cli_warn("%s: %s: waits for an earlier part of its "
				 "call",
			    p->path, h->site->up->dest[i].name);
			p->status = cli_worse(p->status, EXIT_LATER);
			continue;
		}
		deliver_by_name(h, p, f, fd, i);
	}
	(void)close(fd);
	if (p->status == EXIT_DONE && p->wheres == 0) {
		cli_warn("%s: no destination requires it", p->path);
		p->status = EXIT_GIVEN_UP;
	}
	if (p->status == EXIT_DONE && h->remove) {
		if (unlink(p->path) != 0) {
			cli_warn("%s: %s", p->path, strerror(errno));
			p->status = EXIT_LATER;
			return;
		}
		for (size_t i = 0; i < p->mades; i++)
			(void)unlinkat(p->dirfd, p->made[i], 0);
	}
}

/* Under lock. The first one of whose call no other part is being sent. */
static struct parcel *
pick_parcel(struct by_name *h)
{
	for (struct parcel *p = h->first; p; p = p->next) {
		const struct parcel *q = h->first;

		if (p->state != WAITING)
			continue;
		while (
		    q != p && (q->state == THROUGH ||
				  strcmp(parcel_call(q), parcel_call(p)) != 0))
			q = q->next;
		if (q == p)
			return p;
	}
	return NULL;
}

/*
 * Under lock. The destinations that an earlier part of the call did not reach.
 */
static uint64_t *
stuck_of(struct by_name *h, const struct parcel *p, bool add)
{
	struct stuck *s = h->stuck;

	while (s && strcmp(s->id, parcel_call(p)) != 0)
		s = s->next;
	if (!s && add) {
		s = mem_alloc(sizeof *s);
		s->id = text_dup(parcel_call(p));
		s->next = h->stuck;
		h->stuck = s;
	}
	return s ? &s->to : NULL;
}

static void
free_parcel(struct parcel *p)
{
	for (size_t i = 0; i < p->wheres; i++)
		free(p->where[i]);
	free(p->where);
	for (size_t i = 0; i < p->mades; i++)
		free(p->made[i]);
	free(p->made);
	if (p->dirfd >= 0)
		(void)close(p->dirfd);
	ticket_free(&p->ticket);
	free(p->path);
	free(p);
}

/* Under lock. Prints what is finished, in the order of the paths. */
static void
print(struct by_name *h)
{
	while (h->first && h->first->state == THROUGH) {
		struct parcel *p = h->first;

		h->status = cli_worse(h->status, p->status);
		for (size_t i = 0; i < p->wheres; i++)
			h->status =
			    cli_print_path(p->where[i], h->nul, h->status);
		h->first = p->next;
		if (!h->first)
			h->last = NULL;
		h->parcels--;
		cli_progress("%zu recordings", ++h->through);
		free_parcel(p);
	}
}

/*
 * Under lock. Waits for a change; after a stop transfers have a grace period.
 */
static void
wait_for_change(struct by_name *h)
{
	enum { LOOK_MS = 200 };
	struct timespec ts;
	int64_t now_us = when_steady_us();

	if (lanes_stopped() && h->end_us == 0)
		h->end_us = now_us + h->site->up->grace_us;
	if (lanes_stopped() && now_us >= h->end_us)
		loop_abandon();
	now_us += INT64_C(1000) * LOOK_MS;
	ts = (struct timespec){now_us / 1000000, now_us % 1000000 * 1000};
	(void)pthread_cond_timedwait(&h->change, &h->lock, &ts);
}

static void *
parcel_worker(void *arg)
{
	struct by_name *h = arg;
	struct parcel *p;

	(void)pthread_mutex_lock(&h->lock);
	for (;;) {
		p = pick_parcel(h);
		if (!p && h->ending && !h->first)
			break;
		if (!p) {
			(void)pthread_cond_wait(&h->change, &h->lock);
			continue;
		}
		p->state = UNDER_WAY;
		if (stuck_of(h, p, false))
			p->blocked = *stuck_of(h, p, false);
		(void)pthread_mutex_unlock(&h->lock);
		if (lanes_stopping())
			p->status = EXIT_LATER;
		else
			carry(h, p);
		(void)pthread_mutex_lock(&h->lock);
		if (p->blocked && p->told)
			*stuck_of(h, p, true) |= p->blocked;
		p->state = THROUGH;
		print(h);
		(void)pthread_cond_broadcast(&h->change);
	}
	(void)pthread_mutex_unlock(&h->lock);
	return NULL;
}

struct by_name *
by_name_new(const struct job_site *site, bool nul, bool remove, bool dry)
{
	struct by_name *h = mem_alloc(sizeof *h);
	pthread_condattr_t attr;
	sigset_t all, old;
	unsigned most = 1;

	*h = (struct by_name){
	    .site = site, .nul = nul, .remove = remove, .dry = dry};
	(void)pthread_mutex_init(&h->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&h->change, &attr);
	(void)pthread_condattr_destroy(&attr);
	for (size_t i = 0; i < site->up->dests; i++)
		if (site->up->dest[i].parallel > most)
			most = site->up->dest[i].parallel;
	most *= 2; /* one reads or ends while another one sends */
	h->thread = mem_alloc(most * sizeof *h->thread);
	sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &old);
	while (h->threads < most && pthread_create(&h->thread[h->threads], NULL,
					parcel_worker, h) == 0)
		h->threads++;
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	return h;
}

int
by_name_add(struct by_name *h, const char *path)
{
	struct parcel *p = mem_alloc(sizeof *p);
	struct why why;

	p->path = text_dup(path);
	p->dirfd = -1;
	if (h->threads == 0 || read_parcel_ticket(p, &why) != 0) {
		cli_warn("%s",
		    h->threads == 0 ? "no thread can be started" : why.text);
		free_parcel(p);
		return h->threads == 0 ? EXIT_LATER : EXIT_GIVEN_UP;
	}
	(void)pthread_mutex_lock(&h->lock);
	while (h->parcels >= 4 * h->threads)
		wait_for_change(h);
	if (h->last)
		h->last->next = p;
	else
		h->first = p;
	h->last = p;
	h->parcels++;
	(void)pthread_cond_broadcast(&h->change);
	(void)pthread_mutex_unlock(&h->lock);
	return EXIT_DONE;
}

int
by_name_end(struct by_name *h)
{
	struct stuck *s;
	int status;

	(void)pthread_mutex_lock(&h->lock);
	h->ending = true;
	(void)pthread_cond_broadcast(&h->change);
	while (h->first)
		wait_for_change(h);
	(void)pthread_mutex_unlock(&h->lock);
	for (size_t i = 0; i < h->threads; i++)
		(void)pthread_join(h->thread[i], NULL);
	while ((s = h->stuck)) {
		h->stuck = s->next;
		free(s->id);
		free(s);
	}
	status = h->status;
	cli_progress_end();
	(void)pthread_mutex_destroy(&h->lock);
	(void)pthread_cond_destroy(&h->change);
	free(h->thread);
	free(h);
	return status;
}
