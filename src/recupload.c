/* SPDX-License-Identifier: ISC */
/* recupload: recordings to their destinations. See recupload(1). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
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
#include "http.h"
#include "listing.h"
#include "queue.h"
#include "spool.h"
#include "template.h"
#include "ticket.h"
#include "upload.h"

/* So many failures in a row, and a destination is left alone for a while. */
#define BREAKER_FAILURES 5
#define PAUSE_US         (INT64_C(300) * 1000000)

struct health {
	int failures;     /* in a row */
	int64_t until_us; /* not tried before; 0: open for business */
};

struct options {
	const char *config, *spool, *retry;
	bool watch, list, json, test, delete, nul;
};

struct run {
	struct options o;
	struct upload up;
	struct health *health; /* one for each destination */
	struct spool sp;
	int64_t next_us; /* when something is due again; 0: nothing is */
	bool busy;       /* a folder was held by somebody else */
};

static volatile sig_atomic_t stopping;

static void
on_stop(int sig)
{
	(void)sig;
	stopping = 1;
	http_abandon();
}

static void
wake_at(struct run *run, int64_t us)
{
	if (run->next_us == 0 || us < run->next_us)
		run->next_us = us;
}

/* What an attempt says about the destination itself. */
static void
note_health(struct run *run, size_t i, enum dest_result r, int64_t now_us,
    int64_t retry_after_s)
{
	struct health *h = &run->health[i];

	if (r == DEST_DONE || r == DEST_NEVER) {
		*h = (struct health){0, 0};
		return;
	}
	h->failures++;
	if (r == DEST_PAUSED)
		h->until_us = now_us + PAUSE_US;
	else if (retry_after_s > 0 || h->failures >= BREAKER_FAILURES)
		h->until_us = backoff_due(now_us, h->failures, retry_after_s,
		    backoff_seed(run->up.dest[i].name, h->failures));
	if (h->until_us > now_us)
		cli_say("%s: paused%s", run->up.dest[i].name,
		    r == DEST_PAUSED ? " until its settings or rights are "
				       "put right"
				     : "; its recordings wait in the spool");
}

/* One file to one destination, whatever came before. */
static enum dest_result
deliver(struct dest *d, const struct ticket *t, const struct ticket_file *f,
    int fd, char **object, struct dest_answer *a)
{
	struct dest_item item = {
	    .fd = fd, .bytes = f->bytes, .sha256 = f->sha256};
	struct stat st;

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
	return dest_deliver(d, &item, a);
}

/* A folder of the spool. */
struct job {
	struct run *run;
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
	const char *dest = job->run->up.dest[i].name;
	struct queue_entry *e = queue_entry(&job->queue, dest, f->name);
	struct why why;

	e->due_us = 0;
	if (r == DEST_DONE) {
		e->done = true;
		queue_set_error(e, "");
		if (audit_add(job->run->sp.fd, job->now_us, job->it->id,
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
			e->due_us = backoff_due(job->now_us, e->attempts,
			    a->retry_after_s,
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

/* The files of one call for one destination, in order, as far as it goes. */
static void
job_dest(struct job *job, size_t i)
{
	struct run *run = job->run;
	struct dest *d = &run->up.dest[i];

	for (size_t k = 0; k < job->ticket.files && !stopping; k++) {
		const struct ticket_file *f = &job->ticket.file[k];
		struct queue_entry *e =
		    queue_entry(&job->queue, d->name, f->name);
		int64_t due = e->due_us > run->health[i].until_us
				  ? e->due_us
				  : run->health[i].until_us;
		struct dest_answer a = {.retry_after_s = -1};
		enum dest_result r = DEST_NEVER;
		char *object = NULL;
		int fd, kept;

		if (e->done)
			continue;
		if (e->failed) {
			set_failure(job, e->error ? e->error : "failed");
			return;
		}
		if (due > job->now_us) {
			wake_at(run, due);
			job->waiting = true;
			return;
		}
		fd = openat(job->it->fd, f->name,
		    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd < 0)
			why_set(&a.why, "%s", strerror(errno));
		else
			r = deliver(d, &job->ticket, f, fd, &object, &a);
		if (fd >= 0)
			(void)close(fd);
		if (stopping && r == DEST_LATER) {
			free(object);
			break;
		}
		kept = record(job, f, i, r, object, &a);
		free(object);
		note_health(run, i, r, job->now_us, a.retry_after_s);
		if (r == DEST_DONE && kept == 0)
			continue;
		if (r != DEST_NEVER) {
			job->waiting = true;
			e = queue_entry(&job->queue, d->name, f->name);
			wake_at(run, e->due_us > 0 ? e->due_us : job->now_us);
		}
		return;
	}
	job->waiting |= stopping;
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
		bad = audit_add(job->run->sp.fd, job->now_us, it->id, "failed",
		    &why, "program=recupload");
		if (bad == 0)
			bad = spool_fail(
			    it, "recupload", job->failure, job->now_us, &why);
	} else {
		/* From here on the recordings are safe. */
		bad = audit_add(job->run->sp.fd, job->now_us, it->id, "removed",
		    &why, "files=%zu", job->ticket.files);
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

static int
read_ticket(int dirfd, const char *name, const char *shown_as, struct ticket *t,
    struct why *why)
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
do_item(struct run *run, struct spool_item *it)
{
	struct job job = {.run = run, .it = it, .now_us = util_now_us()};
	char *folder = util_format("%s/upload/%s", run->sp.path, it->name);
	char *name = util_format("%s/ticket.ini", folder);
	struct why why;

	if (queue_load(&job.queue, it->fd, folder, &why) != 0)
		cli_warn("%s; what was tried is forgotten", why.text);
	if (read_ticket(it->fd, "ticket.ini", name, &job.ticket, &why) != 0) {
		cli_warn("%s", why.text);
		set_failure(&job, why.text);
	} else {
		for (size_t i = 0; i < run->up.dests && !stopping; i++)
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
static int
do_spool(struct run *run)
{
	char **names;
	size_t count;
	struct why why;
	int status = EXIT_DONE;

	run->next_us = 0;
	run->busy = false;
	if (spool_list(&run->sp, SPOOL_UPLOAD, &names, &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	for (size_t i = 0; i < count && !stopping; i++) {
		struct spool_item it;
		int taken =
		    spool_take(&run->sp, SPOOL_UPLOAD, names[i], &it, &why);

		if (taken < 0) {
			cli_warn("%s", why.text);
			status = cli_worse(status, EXIT_LATER);
		} else if (taken == 0) {
			run->busy = true;
		} else {
			status = cli_worse(status, do_item(run, &it));
			spool_release(&it);
		}
	}
	spool_list_free(names, count);
	return status;
}

/* How long to sleep when nothing comes in: until the next one is due. */
static int
sleep_ms(const struct run *run, int busy_rounds)
{
	int64_t ms = 60000, now_us = util_now_us();

	if (run->busy)
		ms = busy_rounds < 20 ? 20 : 1000;
	if (run->next_us > 0 && (run->next_us - now_us) / 1000 + 1 < ms)
		ms = (run->next_us - now_us) / 1000 + 1;
	return ms < 10 ? 10 : (int)ms;
}

static int
watch_spool(struct run *run)
{
	struct why why;
	struct pollfd p = {.events = POLLIN};
	int rounds = 0;
	sigset_t block, old;

	p.fd = spool_watch(&run->sp, SPOOL_UPLOAD, &why);
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
		(void)do_spool(run);
		rounds = run->busy ? rounds + 1 : 0;
		ms = sleep_ms(run, rounds);
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

/* By hand: NAME.ini beside NAME.mp3, or what the file itself tells. */
static int
hand_ticket(const char *path, int fd, struct ticket *t, struct why *why)
{
	const char *base = strrchr(path, '/');
	size_t n = strlen(path);
	char *ini = util_format("%.*s.ini",
	    (int)(n > 4 && strcmp(path + n - 4, ".mp3") == 0 ? n - 4 : n),
	    path);
	struct ticket_file *f;
	int status = 0;

	*t = (struct ticket){0};
	base = base ? base + 1 : path;
	if (access(ini, F_OK) == 0) {
		status = read_ticket(AT_FDCWD, ini, ini, t, why);
	} else {
		f = ticket_add(t, base);
		f->recording = f->recordings = f->part = f->parts = 1;
		n = strlen(base);
		base = util_strndup(base, n > 4 ? n - 4 : n);
		doc_add(doc_add_section(&t->call, "call", 0), "id", base, 0);
		free((char *)base);
		if (hash_fd(HASH_SHA256, fd, f->sha256, &f->bytes) != 0)
			status = why_set(why, "%s: %s", path, strerror(errno));
	}
	free(ini);
	return status;
}

static const struct ticket_file *
file_of(const struct ticket *t, const char *path)
{
	const char *base = strrchr(path, '/');

	base = base ? base + 1 : path;
	for (size_t i = 0; i < t->files; i++)
		if (strcmp(t->file[i].name, base) == 0)
			return &t->file[i];
	return NULL;
}

/* One file to every destination; prints where it went. */
static int
hand_deliver(struct run *run, const char *path, int fd, const struct ticket *t)
{
	const struct ticket_file *f = file_of(t, path);
	int status = EXIT_DONE;

	if (!f) {
		cli_warn("%s: its ticket names another file", path);
		return EXIT_GIVEN_UP;
	}
	for (size_t i = 0; i < run->up.dests; i++) {
		struct dest *d = &run->up.dest[i];
		struct dest_answer a;
		char *object = NULL, *where;
		enum dest_result r;

		if (run->health[i].until_us > 0) {
			status = cli_worse(status, EXIT_LATER);
			continue;
		}
		r = deliver(d, t, f, fd, &object, &a);
		if (r == DEST_DONE) {
			where = d->kind->where(d, object);
			status = cli_print_path(where, run->o.nul, status);
			free(where);
		} else {
			cli_warn("%s: %s: %s", path, d->name, a.why.text);
			status = cli_worse(status,
			    r == DEST_NEVER ? EXIT_GIVEN_UP : EXIT_LATER);
		}
		note_health(run, i, r, util_now_us(), a.retry_after_s);
		free(object);
	}
	return status;
}

static int
by_hand(const char *path, void *arg)
{
	struct run *run = arg;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct ticket t = {0};
	struct stat st;
	struct why why;
	int status;

	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		cli_warn("%s: %s", path,
		    fd < 0 ? strerror(errno) : "not a regular file");
		if (fd >= 0)
			(void)close(fd);
		return EXIT_GIVEN_UP;
	}
	if (hand_ticket(path, fd, &t, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_GIVEN_UP;
	} else {
		status = hand_deliver(run, path, fd, &t);
	}
	if (status == EXIT_DONE && run->o.delete &&unlink(path) != 0) {
		cli_warn("%s: %s", path, strerror(errno));
		status = EXIT_LATER;
	}
	ticket_free(&t);
	(void)close(fd);
	return status;
}

/* --test: a probe goes there, is read back, and is deleted. */
static int
test_dest(struct dest *d)
{
	static const char probe[] = "rectools probe\n";
	char hex[HASH_HEX_SIZE];
	char *object = util_format(
	    "rectools-probe-%ld-%" PRId64, (long)getpid(), util_now_us());
	char *where = d->kind->where(d, object);
	int fd = memfd_create("probe", MFD_CLOEXEC);
	struct dest_item item = {object, fd, sizeof probe - 1, hex};
	struct dest_answer a;
	enum dest_result r = DEST_LATER;

	hash_text(HASH_SHA256, probe, sizeof probe - 1, hex);
	if (fd < 0 || util_write(fd, probe, sizeof probe - 1) != 0)
		dest_answer(&a, r, "%s", strerror(errno));
	else
		r = dest_deliver(d, &item, &a);
	if (r == DEST_DONE)
		r = d->kind->drop(d, object, &a);
	if (r == DEST_DONE)
		printf("%s: %s: written, read back, deleted\n", d->name, where);
	else
		cli_warn("%s: %s", d->name, a.why.text);
	if (fd >= 0)
		(void)close(fd);
	free(where);
	free(object);
	return r == DEST_DONE ? EXIT_DONE : EXIT_LATER;
}

static int
test_all(struct run *run)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < run->up.dests; i++)
		status = cli_worse(status, test_dest(&run->up.dest[i]));
	return status;
}

static int
list(const struct run *run)
{
	struct buf out = {0};
	struct why why;
	int status = EXIT_DONE;

	if (listing_add(&run->sp, util_now_us(), run->o.json, &out, &why)) {
		cli_warn("%s", why.text);
		status = EXIT_LATER;
	} else if (out.len > 0) {
		(void)fwrite(out.s, 1, out.len, stdout);
	}
	buf_free(&out);
	return status;
}

static int
retry(const struct run *run)
{
	struct why why;
	size_t count;

	if (listing_retry(
		&run->sp, run->o.retry, util_now_us(), &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (count == 0 && strcmp(run->o.retry, "all") != 0) {
		cli_warn("%s: waits neither in upload/ nor in failed/, or is "
			 "being worked on",
		    run->o.retry);
		return EXIT_GIVEN_UP;
	}
	return EXIT_DONE;
}

static void
usage(void)
{
	fputs("usage: recupload -c FILE [-v0] [--delete] [RECORDING ...]\n"
	      "       recupload -c FILE -s SPOOL [-wv]\n"
	      "       recupload -s SPOOL -l [--json] | --retry ID|all\n"
	      "       recupload -c FILE --test\n"
	      "Takes recordings to their destinations.\n"
	      "  -c, --config FILE   destinations, see rec-upload(5)\n"
	      "  -s, --spool SPOOL   all that is due in this spool\n"
	      "  -w, --watch         stay, and take what comes\n"
	      "  -l, --list          what waits or has failed\n"
	      "      --json          the list, one JSON object a line\n"
	      "      --retry ID      try a call again now, or all\n"
	      "      --test          write, read and delete a probe\n"
	      "      --delete        by hand: remove what arrived\n"
	      "  -0, --null          paths end with NUL, not newline\n"
	      "  -v, --verbose       tell more\n"
	      "  -h, --help          this text\n"
	      "      --version       the version\n",
	    stdout);
}

static void
parse(struct options *o, int argc, char **argv)
{
	enum { JSON = 256, RETRY, TEST, DELETE, VERSION_ };
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"spool", required_argument, NULL, 's'},
	    {"watch", no_argument, NULL, 'w'},
	    {"list", no_argument, NULL, 'l'},
	    {"json", no_argument, NULL, JSON},
	    {"retry", required_argument, NULL, RETRY},
	    {"test", no_argument, NULL, TEST},
	    {"delete", no_argument, NULL, DELETE},
	    {"null", no_argument, NULL, '0'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, VERSION_},
	    {NULL, 0, NULL, 0},
	};

	for (int c;
	     (c = getopt_long(argc, argv, "c:s:wl0vh", longs, NULL)) != -1;) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->spool = optarg;
			break;
		case 'w':
			o->watch = true;
			break;
		case 'l':
			o->list = true;
			break;
		case JSON:
			o->json = true;
			break;
		case RETRY:
			o->retry = optarg;
			break;
		case TEST:
			o->test = true;
			break;
		case DELETE:
			o->delete = true;
			break;
		case '0':
			o->nul = true;
			break;
		case 'v':
			cli_verbose();
			break;
		case 'h':
			usage();
			exit(cli_end(EXIT_DONE));
		case VERSION_:
			cli_version();
		default:
			fprintf(stderr, "Try '%s --help'.\n", cli_name());
			exit(EXIT_USAGE);
		}
	}
}

static void
check(const struct options *o, int args)
{
	if ((o->list || o->retry || o->watch) && !o->spool)
		cli_usage("-w, -l and --retry need -s SPOOL");
	if (o->json && !o->list)
		cli_usage("--json goes with --list");
	if (o->list + o->test + o->watch + !!o->retry > 1)
		cli_usage("only one of -w, -l, --test and --retry");
	if (o->delete &&(o->spool || o->test))
		cli_usage("--delete is for recordings given by hand");
	if (args > 0 && (o->spool || o->test))
		cli_usage("recordings by name, or -s SPOOL, not both");
	if (!o->config && !o->list && !o->retry)
		cli_usage("-c FILE is missing");
}

static void
read_config(struct run *run)
{
	struct doc doc;
	struct why why;

	if (config_read(&doc, run->o.config, &why) != 0 ||
	    upload_from_doc(&run->up, &doc, &why) != 0) {
		cli_warn("%s", why.text);
		exit(EXIT_USAGE);
	}
	doc_free(&doc);
	run->health = util_alloc(run->up.dests * sizeof *run->health);
}

int
main(int argc, char **argv)
{
	struct run run = {.sp.fd = -1};
	struct sigaction stop = {.sa_handler = on_stop};
	struct why why;
	int status;

	cli_start("recupload");
	parse(&run.o, argc, argv);
	check(&run.o, argc - optind);
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	if (run.o.config)
		read_config(&run);
	if (run.o.spool && spool_open(&run.sp, run.o.spool, &why) != 0) {
		cli_warn("%s", why.text);
		exit(EXIT_USAGE);
	}
	if (run.o.list)
		status = list(&run);
	else if (run.o.retry)
		status = retry(&run);
	else if (run.o.test)
		status = test_all(&run);
	else if (run.o.watch)
		status = watch_spool(&run);
	else if (run.o.spool)
		status = do_spool(&run);
	else
		status = cli_each(
		    argc - optind, argv + optind, run.o.nul, by_hand, &run);
	if (run.o.spool)
		spool_close(&run.sp);
	upload_free(&run.up);
	free(run.health);
	return cli_end(status);
}
