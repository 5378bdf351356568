/* SPDX-License-Identifier: ISC */
/* recmix: the legs of a call and its plan become MP3s. See recmix(1). */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "folder.h"
#include "legs.h"
#include "render.h"
#include "work.h"

static struct {
	struct render_options render;
	const char *out, *spool;
	bool watch, nul;
	bool file_made; /* -o FILE.mp3 holds a recording already */
} opt = {.render = {.quality = 7}};

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

	folder_copy_facts(r->call, &t);
	status = render_one(r, i, outdir, name, ticket_add(&t, name), &why);
	if (status == EXIT_DONE &&
	    folder_put_ticket(&t, outdir, ini, &why) != 0)
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
		name = single
			   ? util_strdup(base)
			   : folder_name(r->call->id, i, r->plan->recordings);
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
		folder_tell(&r);
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
	doc_free(&doc);
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

static int
spool_folder(struct spool_item *it, void *arg)
{
	struct why why = {""};
	int status = folder_mix(it->fd, &opt.render, &why);

	(void)arg;
	if (status == EXIT_GIVEN_UP)
		return work_fail(it, why.text);
	if (status == EXIT_DONE) {
		/* The log first: a folder that moved on is not seen again. */
		work_log(it, "mixed", "folder=%s", it->name);
		if (spool_move(it, SPOOL_SPLIT, &why) != 0)
			status = EXIT_LATER;
	}
	if (status == EXIT_DONE)
		cli_say("%s: mixed", it->name);
	else
		cli_warn("%s: %s", it->name, why.text);
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
	    "      --verify               decode each MP3 before it is named\n"
	    "  -j, --jobs N               threads (one for each core)\n"
	    "  -0, --null                 paths end with NUL, not newline\n"
	    "  -v, --verbose              tell more\n"
	    "  -h, --help                 this text\n"
	    "      --version              the version\n",
	    stdout);
	exit(cli_end(EXIT_DONE));
}

enum { OPT_MONO = 256, OPT_PAD, OPT_VERIFY, OPT_VERSION };

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
	case OPT_VERIFY:
		opt.render.verify = true;
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
	    {"verify", no_argument, NULL, OPT_VERIFY},
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
		status = work_spool(
		    opt.spool, SPOOL_MIX, opt.watch, spool_folder, NULL);
	else if (optind < argc)
		status = mix_arguments(argc - optind, argv + optind);
	else
		status = mix_stdin();
	return cli_end(status);
}
