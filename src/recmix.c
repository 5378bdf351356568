/* SPDX-License-Identifier: ISC */
/* recmix: the legs of a call and its plan become MP3s. See recmix(1). */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "config.h"
#include "legs.h"
#include "newfile.h"
#include "render.h"
#include "spool.h"

static struct {
	struct render_options render;
	const char *out, *spool;
	bool watch, nul;
	bool file_made; /* -o FILE.mp3 holds a recording already */
} opt = {.render = {.quality = 7}};

static volatile sig_atomic_t stopped;

static void
stop(int signal)
{
	(void)signal;
	stopped = 1;
}

static void
tell(const struct render *r)
{
	for (size_t i = 0; i < r->warnings; i++)
		cli_warn("%s", r->warning[i]);
	for (size_t i = 0; i < r->notes; i++)
		cli_say("%s", r->note[i]);
}

static bool
names_a_file(const char *out)
{
	size_t n = strlen(out);
	struct stat st;

	return n > 4 && strcasecmp(out + n - 4, ".mp3") == 0 &&
	       (stat(out, &st) != 0 || !S_ISDIR(st.st_mode));
}

/* The directory part of a path, open; *base is the rest. -1 with a message. */
static int
open_parent(const char *path, const char **base)
{
	const char *slash = strrchr(path, '/');
	char *dir = slash ? util_strndup(path, (size_t)(slash - path) + 1)
			  : util_strdup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		cli_warn("%s: %s", dir, strerror(errno));
	*base = slash ? slash + 1 : path;
	free(dir);
	return fd;
}

static int
open_out(char **dir)
{
	const char *out = opt.out ? opt.out : ".";
	size_t n = strlen(out);
	int fd;

	if (mkdir(out, 0700) != 0 && errno != EEXIST) {
		cli_warn("%s: %s", out, strerror(errno));
		return -1;
	}
	fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cli_warn("%s: %s", out, strerror(errno));
	if (!opt.out)
		*dir = util_strdup("");
	else
		*dir = util_format(
		    "%s%s", out, n > 0 && out[n - 1] == '/' ? "" : "/");
	return fd;
}

/* "c1042.mp3", or of several "c1042-01.mp3". */
static char *
name_of(const char *id, size_t recording, size_t recordings)
{
	int width = snprintf(NULL, 0, "%zu", recordings);

	if (recordings == 1)
		return util_format("%s.mp3", id);
	return util_format("%s-%0*zu.mp3", id, width, recording + 1);
}

static int
put_ticket(const struct ticket *t, int dirfd, const char *name, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	int status = -1;

	ticket_to_doc(t, &doc);
	if (doc_write(&doc, &text, why) != 0)
		goto out;
	status = newfile_put(dirfd, name, text.s, text.len, true);
	if (status != 0)
		why_set(why, "%s: %s", name, strerror(errno));
out:
	buf_free(&text);
	doc_free(&doc);
	return status;
}

static void
copy_facts(const struct call *call, struct ticket *t)
{
	if (call->facts)
		doc_copy_section(&t->call, call->facts);
}

/* One recording by hand: NAME.mp3, NAME.ini beside it, its path on stdout. */
static int
make_one(
    struct render *r, size_t i, int outdir, const char *dir, const char *name)
{
	struct ticket t = {0};
	struct why why;
	char *ini = util_format("%.*s.ini", (int)strlen(name) - 4, name);
	char *path = util_format("%s%s", dir, name);
	int status;

	copy_facts(r->call, &t);
	status = render_one(r, i, outdir, name, ticket_add(&t, name), &why);
	if (status == EXIT_DONE && put_ticket(&t, outdir, ini, &why) != 0)
		status = EXIT_LATER;
	if (status != EXIT_DONE)
		cli_warn("%s%s", dir, why.text);
	else
		status = cli_print_path(path, opt.nul, status);
	ticket_free(&t);
	free(path);
	free(ini);
	return status;
}

static int
make_all(struct render *r)
{
	const char *base = NULL;
	char *dir = NULL, *name;
	bool single = opt.out && names_a_file(opt.out);
	int status = EXIT_DONE, fd;

	fd = single ? open_parent(opt.out, &base) : open_out(&dir);
	if (fd < 0) {
		free(dir);
		return EXIT_USAGE;
	}
	if (single)
		dir = util_strndup(opt.out, (size_t)(base - opt.out));
	for (size_t i = 0; i < r->plan->recordings; i++) {
		name = single ? util_strdup(base)
			      : name_of(r->call->id, i, r->plan->recordings);
		status = cli_worse(status, make_one(r, i, fd, dir, name));
		free(name);
	}
	(void)close(fd);
	free(dir);
	return status;
}

/* A call by hand. dirfd is where its legs are. */
static int
mix_call(const struct call *call, const struct plan *plan, int dirfd)
{
	struct render r;
	struct why why;
	int status;

	if (!plan->record || plan->recordings == 0) {
		cli_say("%s: nothing to record: %s", call->id,
		    plan->reason ? plan->reason : "no recording in the plan");
		return EXIT_DONE;
	}
	if (opt.out && names_a_file(opt.out)) {
		if (plan->recordings > 1 || opt.file_made) {
			cli_warn("%s: %s: one file cannot take a second "
				 "recording; name a directory",
			    call->doc->file, opt.out);
			return EXIT_USAGE;
		}
		opt.file_made = true;
	}
	status = render_open(&r, call, plan, dirfd, true, &opt.render, &why);
	if (status != EXIT_DONE) {
		cli_warn("%s: %s", call->doc->file, why.text);
	} else {
		tell(&r);
		status = make_all(&r);
	}
	render_close(&r);
	return status;
}

static int
mix_doc(const struct doc *doc, int dirfd)
{
	struct call call;
	struct plan plan;
	struct why why;
	int status;

	if (call_facts_from_doc(&call, doc, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (plan_from_doc(&plan, doc, &why) != 0) {
		cli_warn("%s", why.text);
		call_free(&call);
		return EXIT_USAGE;
	}
	status = mix_call(&call, &plan, dirfd);
	plan_free(&plan);
	call_free(&call);
	return status;
}

/* All the plans of an open file. */
static int
mix_stream(FILE *file, const char *name, int line, int dirfd)
{
	struct config_stream cs = {.file = file, .name = name, .line = line};
	struct doc doc = {0};
	struct why why;
	int got, status = EXIT_DONE;

	while ((got = config_next(&cs, &doc, &why)) > 0) {
		status = cli_worse(status, mix_doc(&doc, dirfd));
		doc_free(&doc);
	}
	if (got < 0) {
		cli_warn("%s", why.text);
		status = cli_worse(status, EXIT_USAGE);
	}
	free(cs.pushed);
	return status;
}

/* Skips blank and comment lines; true if what follows is INI. */
static bool
begins_as_plan(FILE *file, int *line)
{
	int c;

	while ((c = getc(file)) != EOF) {
		if (c == '\n')
			++*line;
		if (isspace(c))
			continue;
		if (c != ';' && c != '#')
			break;
		while ((c = getc(file)) != EOF && c != '\n')
			;
		++*line;
	}
	if (c != EOF)
		(void)ungetc(c, file);
	return c == '[';
}

static int
mix_plan(const char *path, void *arg)
{
	const char *base;
	FILE *file = fopen(path, "re");
	int line = 0, status = EXIT_GIVEN_UP, dirfd;

	(void)arg;
	if (!file) {
		cli_warn("%s: %s", path, strerror(errno));
		return EXIT_GIVEN_UP;
	}
	dirfd = open_parent(path, &base);
	if (dirfd >= 0 && begins_as_plan(file, &line))
		status = mix_stream(file, path, line, dirfd);
	else if (dirfd >= 0)
		cli_warn("%s: not a plan: no [section] at its head", path);
	if (dirfd >= 0)
		(void)close(dirfd);
	(void)fclose(file);
	return status;
}

static int
mix_stdin(void)
{
	int line = 0;

	if (!opt.nul && begins_as_plan(stdin, &line))
		return mix_stream(stdin, "standard input", line, AT_FDCWD);
	return cli_each(0, NULL, opt.nul, mix_plan, NULL);
}

/* Whether a file is a plan, by what it begins with. */
static bool
is_plan(const char *path)
{
	FILE *file = fopen(path, "re");
	int line = 0;
	bool plan = file && begins_as_plan(file, &line);

	if (file)
		(void)fclose(file);
	return plan;
}

/* The longest leg's end; -1 after a message about one that cannot be read. */
static int64_t
measure(struct call *call)
{
	int64_t end = 0;
	struct why why;

	for (size_t i = 0; i < call->legs; i++) {
		struct leg *leg =
		    leg_open(AT_FDCWD, call->leg[i].file, true, 0, &why);
		if (!leg) {
			cli_warn("%s", why.text);
			return -1;
		}
		int64_t us =
		    (int64_t)((double)leg_samples(leg) * 1e6 / leg_rate(leg) +
			      0.5);
		end = us > end ? us : end;
		/* One file with both sides in it. */
		if (call->legs == 1 && leg_channels(leg) == 2) {
			call->leg[0].channel = 1;
			call->leg[1] = call->leg[0];
			call->leg[1].role = "agent";
			call->leg[1].channel = 2;
			call->legs = 2;
		}
		leg_close(leg);
	}
	return end;
}

/* recmix -o call.mp3 customer.wav agent.wav: all of it, both from the start. */
static int
mix_legs(int argc, char **argv)
{
	const char *name = argv[0], *slash;
	struct call call = {0};
	struct plan plan = {.record = true, .channels = 2};
	struct doc doc = {0};
	struct doc_section *facts;
	char *id;
	int64_t end;
	int status = EXIT_GIVEN_UP;

	if (opt.out && names_a_file(opt.out))
		name = opt.out;
	slash = strrchr(name, '/');
	name = slash ? slash + 1 : name;
	id = util_strndup(name, strcspn(name, "."));
	if (util_id_fault(id)) {
		free(id);
		id = util_strdup("call");
	}
	doc_set_file(&doc, argv[0]);
	facts = doc_add_section(&doc, "call", 0);
	doc_add(facts, "id", id, 0);
	call.doc = &doc;
	call.facts = facts;
	call.id = id;
	call.leg = util_alloc(((size_t)argc + 1) * sizeof *call.leg);
	call.legs = (size_t)argc;
	for (int i = 0; i < argc; i++)
		call.leg[i] =
		    (struct call_leg){.role = i == 0 ? "customer" : "agent",
			.label = "",
			.file = argv[i],
			.end_us = -1};
	end = measure(&call);
	if (end >= 0) {
		plan_add_recording(&plan, 0, end);
		status = mix_call(&call, &plan, AT_FDCWD);
	}
	plan_free(&plan);
	free(call.leg);
	doc_free(&doc);
	free(id);
	return status;
}

static int
mix_arguments(int argc, char **argv)
{
	int plans = 0;

	for (int i = 0; i < argc; i++)
		plans += is_plan(argv[i]);
	if (plans == argc)
		return cli_each(argc, argv, opt.nul, mix_plan, NULL);
	if (plans > 0)
		cli_usage("plans and legs cannot be mixed in one command");
	return mix_legs(argc, argv);
}

/* Folder: everything that mixing makes, up to ticket.ini. */
static int
mix_folder(struct spool_item *it, const struct call *call,
    const struct plan *plan, struct why *why)
{
	struct ticket t = {0};
	struct render r = {0};
	int status = EXIT_DONE;

	if (!plan->record || plan->recordings == 0)
		return why_set(why, "the plan records nothing"), EXIT_GIVEN_UP;
	status = render_open(&r, call, plan, it->fd, false, &opt.render, why);
	if (status == EXIT_DONE)
		tell(&r);
	copy_facts(call, &t);
	for (size_t i = 0; i < plan->recordings && status == EXIT_DONE; i++) {
		char *name = name_of(call->id, i, plan->recordings);
		status =
		    render_one(&r, i, it->fd, name, ticket_add(&t, name), why);
		free(name);
	}
	/* From ticket.ini on the call is mixed. */
	if (status == EXIT_DONE &&
	    put_ticket(&t, it->fd, "ticket.ini", why) != 0)
		status = EXIT_LATER;
	render_close(&r);
	ticket_free(&t);
	return status;
}

/* The legs hold what was cut: they go as soon as the MP3s are durable. */
static int
drop_legs(struct spool_item *it, const struct call *call, struct why *why)
{
	struct doc doc;
	struct ticket t;
	int status = 0;

	if (config_read_at(&doc, it->fd, "ticket.ini", "ticket.ini", why) != 0)
		return -1;
	if (ticket_from_doc(&t, &doc, why) != 0) {
		doc_free(&doc);
		return -1;
	}
	for (size_t i = 0; i < call->legs && status == 0; i++) {
		const char *name = call->leg[i].file;
		bool made =
		    strchr(name, '/') || strcmp(name, "ticket.ini") == 0;
		for (size_t k = 0; k < t.files; k++)
			made = made || strcmp(name, t.file[k].name) == 0;
		if (!made && unlinkat(it->fd, name, 0) != 0 && errno != ENOENT)
			status = why_set(why, "%s: %s", name, strerror(errno));
	}
	if (status == 0 && unlinkat(it->fd, "plan.ini", 0) != 0)
		status = why_set(why, "plan.ini: %s", strerror(errno));
	ticket_free(&t);
	doc_free(&doc);
	return status;
}

static int
work_on(struct spool_item *it, struct why *why)
{
	bool mixed = faccessat(it->fd, "ticket.ini", F_OK, 0) == 0;
	struct doc doc;
	struct call call;
	struct plan plan;
	int status = EXIT_DONE;

	if (mixed && faccessat(it->fd, "plan.ini", F_OK, 0) != 0)
		return EXIT_DONE;
	if (config_read_at(&doc, it->fd, "plan.ini", "plan.ini", why) != 0)
		return EXIT_GIVEN_UP;
	if (call_facts_from_doc(&call, &doc, why) != 0) {
		doc_free(&doc);
		return EXIT_GIVEN_UP;
	}
	if (plan_from_doc(&plan, &doc, why) != 0) {
		status = EXIT_GIVEN_UP;
	} else {
		if (!mixed)
			status = mix_folder(it, &call, &plan, why);
		if (status == EXIT_DONE && drop_legs(it, &call, why) != 0)
			status = EXIT_LATER;
		plan_free(&plan);
	}
	call_free(&call);
	doc_free(&doc);
	return status;
}

static int
give_up(struct spool *sp, struct spool_item *it, const char *reason)
{
	struct why why;
	int64_t now = util_now_us();

	if (spool_fail(it, "recmix", reason, now, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (audit_add(sp->fd, now, it->id, "failed", &why, "program=recmix") !=
	    0)
		cli_warn("%s", why.text);
	return EXIT_GIVEN_UP;
}

static int
one_folder(struct spool *sp, const char *name)
{
	struct spool_item it;
	struct why why = {""};
	int status, taken = spool_take(sp, SPOOL_MIX, name, &it, &why);

	if (taken <= 0) {
		if (taken < 0)
			cli_warn("%s", why.text);
		return taken < 0 ? EXIT_LATER : EXIT_DONE;
	}
	status = work_on(&it, &why);
	if (status != EXIT_DONE)
		cli_warn("%s/mix/%s: %s", sp->path, name, why.text);
	if (status == EXIT_GIVEN_UP) {
		status = give_up(sp, &it, why.text);
	} else if (status == EXIT_DONE) {
		/* The log first: a folder that moved on is not seen again. */
		if (audit_add(sp->fd, util_now_us(), it.id, "mixed", &why,
			"folder=%s", name) != 0 ||
		    spool_move(&it, SPOOL_SPLIT, &why) != 0) {
			cli_warn("%s", why.text);
			status = EXIT_LATER;
		} else {
			cli_say("%s: mixed", name);
		}
	}
	spool_release(&it);
	return status;
}

static int
all_folders(struct spool *sp)
{
	struct why why;
	char **names;
	size_t count;
	int status = EXIT_DONE;

	if (spool_list(sp, SPOOL_MIX, &names, &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	for (size_t i = 0; i < count && !stopped; i++)
		status = cli_worse(status, one_folder(sp, names[i]));
	spool_list_free(names, count);
	return status;
}

/* Stays until SIGTERM; what had to wait is tried again every minute. */
static int
watch_spool(struct spool *sp)
{
	struct why why;
	struct sigaction sa = {.sa_handler = stop};
	struct pollfd p = {
	    .fd = spool_watch(sp, SPOOL_MIX, &why), .events = POLLIN};
	int status;

	if (p.fd < 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)sigaction(SIGINT, &sa, NULL);
	status = all_folders(sp);
	while (!stopped) {
		/* A signal between the test and poll() costs a second. */
		int got = poll(&p, 1, 1000);
		static int seconds;
		if (got <= 0 && ++seconds < 60)
			continue;
		seconds = 0;
		spool_drain(p.fd);
		/* The mover may hold the folder for an instant. */
		(void)poll(NULL, 0, 20);
		(void)all_folders(sp);
	}
	(void)close(p.fd);
	return stopped ? EXIT_DONE : status;
}

static int
run_spool(void)
{
	struct spool sp;
	struct why why;
	int status;

	if (spool_open(&sp, opt.spool, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = opt.watch ? watch_spool(&sp) : all_folders(&sp);
	spool_close(&sp);
	return status;
}

static _Noreturn void
help(void)
{
	fputs(
	    "usage: recmix [options] [-o DIR|FILE.mp3] [plan.ini ...]\n"
	    "       recmix [options] [-o DIR|FILE.mp3] customer.wav agent.wav\n"
	    "       recmix [options] -s SPOOL [-w]\n"
	    "  -o, --output DIR|FILE.mp3  where the MP3s go (here)\n"
	    "  -s, --spool SPOOL          do all that waits in a spool\n"
	    "  -w, --watch                stay and wait for more\n"
	    "  -b, --bitrate KBITS        constant bit rate in kbit/s\n"
	    "  -q, --quality N            LAME's quality, 0 to 9 (7)\n"
	    "  -r, --rate HZ              sample rate (the highest leg's)\n"
	    "      --mono                 everybody on one channel\n"
	    "      --pad SECONDS          widen every cut on both sides\n"
	    "  -j, --jobs N               threads (one for each core)\n"
	    "  -0, --null                 paths end with NUL, not newline\n"
	    "  -v, --verbose              tell more\n"
	    "  -h, --help                 this text\n"
	    "      --version              the version\n",
	    stdout);
	exit(cli_end(EXIT_DONE));
}

enum { OPT_MONO = 256, OPT_PAD, OPT_VERSION };

static int
number(const char *name, const char *text, int least, int most)
{
	int64_t v;

	if (util_integer(text, least, most, &v) != 0)
		cli_usage("%s: a number from %d to %d, not '%s'", name, least,
		    most, text);
	return (int)v;
}

static void
take_option(int c)
{
	switch (c) {
	case 'o':
		opt.out = optarg;
		break;
	case 's':
		opt.spool = optarg;
		break;
	case 'w':
		opt.watch = true;
		break;
	case 'b':
		opt.render.kbps = number("-b", optarg, 8, 320);
		break;
	case 'q':
		opt.render.quality = number("-q", optarg, 0, 9);
		break;
	case 'r':
		opt.render.rate = (unsigned)number("-r", optarg, 8000, 48000);
		break;
	case OPT_MONO:
		opt.render.channels = 1;
		break;
	case OPT_PAD:
		if (util_seconds(optarg, &opt.render.pad_us) != 0 ||
		    opt.render.pad_us > 3600000000)
			cli_usage(
			    "--pad: seconds up to 3600, not '%s'", optarg);
		break;
	case 'j':
		opt.render.jobs = number("-j", optarg, 1, 64);
		break;
	case '0':
		opt.nul = true;
		break;
	case 'v':
		cli_verbose();
		break;
	case 'h':
		help();
	case OPT_VERSION:
		cli_version();
	default:
		exit((fputs("Try 'recmix --help'.\n", stderr), EXIT_USAGE));
	}
}

static void
take_options(int argc, char **argv)
{
	static const struct option options[] = {
	    {"output", required_argument, NULL, 'o'},
	    {"spool", required_argument, NULL, 's'},
	    {"watch", no_argument, NULL, 'w'},
	    {"bitrate", required_argument, NULL, 'b'},
	    {"quality", required_argument, NULL, 'q'},
	    {"rate", required_argument, NULL, 'r'},
	    {"mono", no_argument, NULL, OPT_MONO},
	    {"pad", required_argument, NULL, OPT_PAD},
	    {"jobs", required_argument, NULL, 'j'},
	    {"null", no_argument, NULL, '0'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, OPT_VERSION}, {NULL, 0, NULL, 0}};
	const char *fault;
	int c;

	while ((c = getopt_long(
		    argc, argv, "o:s:wb:q:r:j:0vh", options, NULL)) != -1)
		take_option(c);
	fault = render_fault(&opt.render);
	if (fault)
		cli_usage("%s", fault);
	if (opt.watch && !opt.spool)
		cli_usage("-w needs -s");
	if (opt.spool && (opt.out || optind < argc))
		cli_usage("-s takes neither -o nor files");
	if (opt.render.jobs == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		opt.render.jobs = cores < 1 ? 1 : cores > 64 ? 64 : (int)cores;
	}
}

int
main(int argc, char **argv)
{
	int status;

	cli_start("recmix");
	take_options(argc, argv);
	if (opt.spool)
		status = run_spool();
	else if (optind < argc)
		status = mix_arguments(argc - optind, argv + optind);
	else
		status = mix_stdin();
	return cli_end(status);
}
