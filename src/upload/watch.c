/* SPDX-License-Identifier: ISC */
/*
 * The main thread of recupload -s: watches upload/ and the requests of --retry.
 */
#include "crew.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "mem.h"
#include "pauses.h"
#include "when.h"

enum { LEAST_SCAN_US = 10000, TICK_S = 1 };

void
crew_free_entry(struct entry *e)
{
	free(e->name);
	free(e);
}

static struct entry *
new_entry(const struct crew *w, char *name)
{
	size_t dests = w->c->site.up->dests;
	struct entry *e = mem_alloc(sizeof *e + dests * sizeof e->due_us[0]);

	e->name = name;
	e->left = dests == ROUTES_MAX ? UINT64_MAX : (UINT64_C(1) << dests) - 1;
	return e;
}

/* Under lock. Updates the entries to the folders that exist; owns the names. */
static void
merge_folders(struct crew *w, char **names, size_t count)
{
	struct entry **all = mem_alloc((w->entries + count + 1) * sizeof *all);
	size_t n = 0, k = 0;

	for (size_t i = 0; i < w->entries || k < count;) {
		struct entry *old = i < w->entries ? w->entry[i] : NULL;
		int order = !old         ? 1
			    : k == count ? -1
					 : strcmp(old->name, names[k]);

		if (order > 0) {
			all[n++] = new_entry(w, names[k++]);
			continue;
		}
		i++;
		if (order == 0) /* it may be back because of --retry */
			free(names[k++]);
		if (old->users == 0 && !old->closing && old->gone && order == 0)
			all[n++] = new_entry(w, text_dup(old->name));
		if (old->users > 0 || old->closing ||
		    (!old->gone && order == 0))
			all[n++] = old;
		else
			crew_free_entry(old);
	}
	free(w->entry);
	free(names);
	w->entry = all;
	w->entries = n;
	w->gone = 0;
	(void)pthread_cond_broadcast(&w->change);
}

int
crew_scan(struct crew *w)
{
	char **names;
	size_t count;
	struct why why;

	if (spool_list(w->c->site.sp, SPOOL_UPLOAD, &names, &count, &why)) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	(void)pthread_mutex_lock(&w->lock);
	merge_folders(w, names, count);
	(void)pthread_mutex_unlock(&w->lock);
	return EXIT_DONE;
}

/* Under lock. */
void
crew_tell(struct crew *w)
{
	struct courier_report r = w->report;

	if (!w->c->tell)
		return;
	for (size_t i = 0; i < w->entries; i++)
		r.waiting += !w->entry[i]->gone;
	(void)pthread_mutex_unlock(&w->lock);
	w->c->tell(&r, w->c->arg);
	(void)pthread_mutex_lock(&w->lock);
}

/* ---- what --retry asks for ---- */

/* Under lock. Makes a call, a destination's calls, or all due at once. */
static void
force(struct crew *w, const char *what)
{
	const struct upload *up = w->c->site.up;
	bool all = strcmp(what, "all") == 0;
	uint64_t lanes = 0;

	for (size_t i = 0; i < up->dests; i++)
		if (all || strcmp(what, up->dest[i].name) == 0)
			lanes |= UINT64_C(1) << i;
	for (size_t n = 0; n < w->entries; n++) {
		struct entry *e = w->entry[n];
		int64_t entered_us;
		const char *id;

		e->forced |= lanes;
		if (spool_parse_name(e->name, &entered_us, &id) != 0 ||
		    strcmp(id, what) != 0)
			continue;
		e->forced = UINT64_MAX;
		lanes |= e->left;
	}
	for (size_t i = 0; i < up->dests; i++)
		if (lanes >> i & 1)
			lane_retry(w->c->site.lanes, i);
}

void
crew_retry(struct crew *w)
{
	int64_t seen = w->retries;
	struct pauses p;

	(void)pauses_load(&p, w->c->site.sp->fd, NULL);
	/* Requests from before the start have been carried out. */
	for (size_t i = 0; w->started && i < p.retries; i++)
		if (p.retry[i].number > seen)
			force(w, i == 0 && p.retry[i].number > seen + 1
				     ? "all" /* more than are stored */
				     : p.retry[i].what);
	w->retries = pauses_number(&p);
	w->started = true;
	pauses_free(&p);
}

/* ---- watching ---- */

/* A descriptor that is readable when the spool's state changes; -1: poll. */
static int
watch_state(const struct spool *sp)
{
	char path[64];
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", sp->fd);
	if (fd >= 0 &&
	    inotify_add_watch(fd, path, IN_MOVED_TO | IN_ONLYDIR) < 0) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* Looks at everything that may have changed. */
static void
look_for_folders(struct crew *w)
{
	(void)crew_scan(w);
	(void)pthread_mutex_lock(&w->lock);
	crew_retry(w);
	crew_tell(w);
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->lock);
}

static bool
watch(struct crew *w, struct pollfd p[2], const sigset_t *old)
{
	const struct timespec least = {0, LEAST_SCAN_US * 1000L};
	const struct timespec tick = {TICK_S, 0};
	struct why why;

	while (!lanes_stopping()) {
		if (spool_moved(w->c->site.sp, &why)) {
			cli_warn("%s", why.text);
			lanes_stop();
			break;
		}
		for (int i = 0; i < 2; i++)
			if (p[i].fd >= 0)
				spool_drain(p[i].fd);
		look_for_folders(w);
		if (w->c->changed && w->c->changed(w->c->arg)) {
			lanes_leave();
			return true;
		}
		(void)ppoll(NULL, 0, &least, old);
		if (!lanes_stopping())
			(void)ppoll(p, 2, &tick, old);
	}
	return false;
}

bool
crew_watch(struct crew *w)
{
	struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};
	sigset_t block, old;
	struct why why;
	bool changed;

	p[0].fd = spool_watch(w->c->site.sp, SPOOL_UPLOAD, &why);
	p[1].fd = watch_state(w->c->site.sp);
	if (p[0].fd < 0 || p[1].fd < 0)
		cli_say("no inotify; looking once a second instead");
	sigemptyset(&block);
	sigaddset(&block, SIGTERM);
	sigaddset(&block, SIGINT);
	sigaddset(&block, SIGHUP);
	/* A signal between the test and the wait must not be lost. */
	(void)pthread_sigmask(SIG_BLOCK, &block, &old);
	changed = watch(w, p, &old);
	(void)pthread_sigmask(SIG_SETMASK, &old, NULL);
	(void)pthread_mutex_lock(&w->lock);
	(void)pthread_cond_broadcast(&w->change);
	(void)pthread_mutex_unlock(&w->lock);
	for (int i = 0; i < 2; i++)
		if (p[i].fd >= 0)
			(void)close(p[i].fd);
	return changed;
}
