/* SPDX-License-Identifier: ISC */
/* recupload: recordings to their destinations. See recupload(1). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "courier.h"
#include "hash.h"
#include "listing.h"
#include "loop.h"

struct options {
	const char *config, *spool, *retry;
	bool watch, list, json, test, delete, nul;
};

struct run {
	struct options o;
	struct upload up;
	struct spool sp;
	struct courier courier;
};

static void
on_stop(int sig)
{
	(void)sig;
	courier_stop();
}

/* By hand: NAME.ini beside NAME.mp3, or what the file itself tells. */
static int
hand_ticket(const char *path, int fd, struct ticket *t, struct why *why)
{
	size_t n = strlen(path);
	const char *base = strrchr(path, '/');
	char *stem, *ini;
	int status = 0;

	if (n > 4 && strcmp(path + n - 4, ".mp3") == 0)
		n -= 4;
	base = base ? base + 1 : path;
	ini = util_format("%.*s.ini", (int)n, path);
	stem = util_strndup(base, n - (size_t)(base - path));
	*t = (struct ticket){0};
	if (access(ini, F_OK) == 0) {
		status = courier_ticket(AT_FDCWD, ini, ini, t, why);
	} else {
		struct ticket_file *f = ticket_add(t, base);

		f->recording = f->recordings = f->part = f->parts = 1;
		doc_add(doc_add_section(&t->call, "call", 0), "id", stem, 0);
		if (hash_fd(HASH_SHA256, fd, f->sha256, &f->bytes) != 0)
			status = why_set(why, "%s: %s", path, strerror(errno));
	}
	free(stem);
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
	uint64_t to;

	if (!f) {
		cli_warn("%s: its ticket names another file", path);
		return EXIT_GIVEN_UP;
	}
	to = routes_for(&run->up.routes, t, f);
	for (size_t i = 0; i < run->up.dests; i++) {
		struct dest *d = &run->up.dest[i];
		struct dest_answer a;
		char *object = NULL, *where;
		enum dest_result r;

		if (!(to >> i & 1))
			continue;
		if (run->courier.health[i].until_us > 0) {
			status = cli_worse(status, EXIT_LATER);
			continue;
		}
		r = courier_deliver(d, t, f, fd, 0, &object, &a);
		if (r == DEST_DONE) {
			where = d->kind->place ? d->kind->place(d, t, object)
					       : d->kind->where(d, object);
			status = cli_print_path(where, run->o.nul, status);
			free(where);
		} else {
			cli_warn("%s: %s: %s", path, d->name, a.why.text);
			status = cli_worse(status,
			    r == DEST_NEVER ? EXIT_GIVEN_UP : EXIT_LATER);
		}
		courier_note(
		    &run->courier, i, r, util_now_us(), a.retry_after_s);
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
	struct dest_item item = {.object = object,
	    .fd = fd,
	    .bytes = sizeof probe - 1,
	    .sha256 = hex,
	    .content_type = "text/plain",
	    .key = object};
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
	run->courier.health =
	    util_alloc(run->up.dests * sizeof *run->courier.health);
}

int
main(int argc, char **argv)
{
	struct run run = {.sp.fd = -1};
	struct sigaction stop = {.sa_handler = on_stop};
	struct why why;
	int status;

	run.courier.up = &run.up;
	run.courier.sp = &run.sp;
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
		status = courier_watch(&run.courier);
	else if (run.o.spool)
		status = courier_spool(&run.courier);
	else
		status = cli_each(
		    argc - optind, argv + optind, run.o.nul, by_hand, &run);
	if (run.o.spool)
		spool_close(&run.sp);
	upload_free(&run.up);
	loop_end();
	free(run.courier.health);
	return cli_end(status);
}
