/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "info.h"
#include "ini.h"
#include "join_files.h"
#include "mapped.h"
#include "newfile.h"
#include "num.h"
#include "original.h"
#include "part_files.h"
#include "path.h"
#include "routes.h"
#include "split.h"
#include "stage.h"
#include "text.h"
#include "ticket.h"
#include "tree.h"

enum mode { SPLIT, JOIN, CHECK, INFO };
struct recsplit_options {
	enum mode mode;
	const char *output, *spool, *name, *upload, *metrics;
	struct stage_metrics *count; /* NULL: no --metrics */
	bool watch, nul, json, remove;
	struct split_want want;
};

static const char help[] =
    "usage: recsplit [-0v] [-b BYTES] [-c UPLOAD] [--quiet SECONDS] [-o DIR]\n"
    "                [--name NAME] [--delete] [FILE ...]\n"
    "       recsplit [-vw] [-b BYTES] [-c UPLOAD] [--quiet SECONDS]\n"
    "                [--metrics FILE] -s SPOOL\n"
    "       recsplit --join [-o DIR] [--name NAME] PART ...\n"
    "       recsplit --check PART ...\n"
    "       recsplit --info [--json] [FILE ...]\n"
    "Cuts MP3s above a size into parts. Each part plays alone; together they "
    "play\n"
    "the original, sample for sample. Prints the paths of the parts; smaller "
    "files\n"
    "pass through. Without FILE it reads paths from standard input; FILE - is "
    "an\n"
    "MP3 on standard input.\n"
    "\n"
    "  -b, --bytes N       largest part: 50M, 20MB, 8MiB (default: 50M)\n"
    "  -c, --config FILE   upload settings whose max_bytes also limit the "
    "parts\n"
    "      --quiet SECONDS cut at the quietest place within the last seconds\n"
    "  -o, --output DIR    directory for the parts (default: beside the file)\n"
    "      --name NAME     name of what comes from a pipe, or was joined\n"
    "  -s, --spool SPOOL   split all that waits in this spool\n"
    "      --delete        by hand: remove a file once its parts are on the "
    "disk\n"
    "  -w, --watch         with -s: stay and wait for more\n"
    "      --metrics FILE  with -s: write metrics for Prometheus\n"
    "      --join          put the original together again from its parts\n"
    "      --check         report what is wrong with a set of parts\n"
    "      --info          report what an MP3 is and where it is damaged\n"
    "      --json          with --info: one JSON object for each file\n"
    "  -0, --null          paths end with NUL instead of newline\n"
    "  -v, --verbose       report what is done\n"
    "  -h, --help          print this text\n"
    "      --version       print the version\n"
    "\n"
    "Examples:\n"
    "  recsplit -b 20MB -o parts/ long.mp3\n"
    "  recsplit --join long-*of*.mp3\n"
    "\n"
    "Exit status: 0 done, 1 a file was given up, 2 usage or configuration,\n"
    "75 try again later.\n";

/* ---- one MP3 in an open directory ---- */

static void
let_go(void *arg)
{
	const struct mapped *s = arg;

	mapped_pass(s, 0, s->n);
}

/* Adds to `out` the parts of one file, or the file itself if it is small
 * enough. EXIT_DONE, or EXIT_GIVEN_UP or EXIT_LATER with why. */
static int
split_file(struct mapped *s, const struct recsplit_options *o, int out_dir,
    const struct ticket_file *file, struct ticket *out, struct why *why)
{
	struct split_want want = o->want;
	struct split split;
	int status = EXIT_DONE;

	if (s->n <= o->want.max_bytes) {
		(void)ticket_add_like(out, file, file->name);
		return EXIT_DONE;
	}
	want.tidy = let_go;
	want.arg = s;
	if (mapped_scan(s, true, why) != 0 ||
	    split_plan(&split, &s->mp3, &want, why) != 0) {
		(void)mapped_lost(s, why);
		why_in(why, file->name);
		return why_status(why);
	}
	if (part_files_write(s, &split, out_dir, file->name, file, out, why) !=
	    0) {
		why_in(why, file->name);
		status = EXIT_LATER;
	}
	cli_say("%s: %zu parts", file->name, split.parts);
	split_free(&split);
	return status;
}

/* ---- by hand ---- */

/* Makes a ticket from the file itself. */
static void
make_ticket(const char *name, const struct mapped *s, struct ticket *t)
{
	struct ticket_file *f = ticket_add(t, name);
	const struct mpeg *format = &s->mp3.stretch[0].format;

	f->recording = f->recordings = f->part = f->parts = 1;
	f->rate = format->rate;
	f->channels = format->channels;
	f->bytes = s->n;
}

/* Reads NAME.ini beside NAME.mp3, if there is one. */
static int
read_split_ticket(const struct path *pl, const struct mapped *s,
    struct ticket *t, struct why *why)
{
	char *name = part_files_ticket_name(pl->name);
	struct doc doc;
	int status = 0;

	*t = (struct ticket){0};
	if (!s->pipe && faccessat(pl->fd, name, F_OK, 0) == 0) {
		status = ini_read_at(&doc, pl->fd, name, name, why);
		if (status == 0) {
			status = ticket_from_doc(t, &doc, why);
			doc_free(&doc);
		}
		if (status == 0 &&
		    (t->files != 1 || strcmp(t->file[0].name, pl->name) != 0))
			status = why_set(
			    why, "%s: is not the ticket of %s", name, pl->name);
	} else {
		make_ticket(pl->name, s, t);
	}
	free(name);
	return status;
}

static int
print_parts(const struct recsplit_options *o, const struct path *to,
    const struct ticket *t)
{
	struct why why;
	int status = EXIT_DONE;

	if (part_files_write_tickets(to->fd, t, &why) != 0) {
		status = why_status(&why);
		cli_warn("%s%s", to->dir, why.text);
	}
	for (size_t i = 0; i < t->files && status == EXIT_DONE; i++) {
		char *path = text_format("%s%s", to->dir, t->file[i].name);

		status = cli_print_path(path, o->nul, status);
		free(path);
	}
	return status;
}

/* A pipe that is small enough is written to a file. */
static int
keep_mp3_pipe(const struct recsplit_options *o, const struct path *to,
    const struct mapped *s, const struct ticket *in)
{
	const char *name = in->file[0].name;

	if (newfile_put(to->fd, name, s->p, s->n, true) != 0) {
		cli_warn("%s%s: %s", to->dir, name, strerror(errno));
		return EXIT_LATER;
	}
	return print_parts(o, to, in);
}

static int
split_by_hand(const struct recsplit_options *o, const struct path *from,
    const struct path *to, struct mapped *s, const char *path)
{
	struct ticket in = {0}, out = {0};
	const char *fault = ticket_name_fault(from->name);
	struct why why;
	int status;

	if (read_split_ticket(from, s, &in, &why) != 0) {
		cli_warn("%s%s", from->dir, why.text);
		status = why_status(&why);
	} else if (s->n <= o->want.max_bytes) {
		status = s->pipe ? keep_mp3_pipe(o, to, s, &in)
				 : cli_print_path(path, o->nul, EXIT_DONE);
	} else if (fault) {
		cli_warn("%s: no ticket can name its parts: %s; rename it",
		    path, fault);
		status = EXIT_GIVEN_UP;
	} else {
		for (size_t i = 0; i < in.call.sections; i++)
			doc_copy_section(&out.call, &in.call.section[i]);
		status = split_file(s, o, to->fd, &in.file[0], &out, &why);
		if (status != EXIT_DONE)
			cli_warn("%s%s", from->dir, why.text);
		else
			status = print_parts(o, to, &out);
		if (status == EXIT_DONE && o->remove && !s->pipe &&
		    original_remove(s->fd, from->fd, from->name, &why) != 0) {
			cli_warn("%s%s", from->dir, why.text);
			status = why_status(&why);
		}
	}
	ticket_free(&in);
	ticket_free(&out);
	return status;
}

/* Opens the input and the directory of the output. */
static int
one_path(const char *path, void *arg)
{
	const struct recsplit_options *o = arg;
	struct path from = PATH_NONE, to = PATH_NONE;
	struct mapped s = MAPPED_NONE;
	struct why why;
	char *out = o->output ? text_format("%s/", o->output) : NULL;
	char *named = NULL;
	int status = EXIT_GIVEN_UP;

	if (path_open(&from, path) != 0) {
		why_errno(&why, "%s", path);
		cli_warn("%s", why.text);
		status = why_status(&why);
	} else if (path_open(&to, out ? out : from.dir) != 0) {
		cli_warn("%s: %s", out ? o->output : path, strerror(errno));
		status = EXIT_USAGE;
	} else if (mapped_open(&s, from.fd, from.name, 0, to.fd, &why) != 0) {
		status = why_status(&why);
		cli_warn("%s: %s", path, why.text);
	} else {
		if (s.pipe && (o->name || strcmp(path, "-") == 0))
			named =
			    text_format("%s.mp3", o->name ? o->name : "stdin");
		if (named)
			from.name = named;
		status = split_by_hand(o, &from, &to, &s, path);
	}
	mapped_close(&s);
	path_close(&from);
	path_close(&to);
	free(named);
	free(out);
	return status;
}

/* ---- what a file is ---- */

static int
tell_path(const char *path, void *arg)
{
	const struct recsplit_options *o = arg;
	struct mapped s = MAPPED_NONE;
	struct buf out = {0};
	struct why why;
	const char *tmp = getenv("TMPDIR");
	int here = open(tmp ? tmp : "/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = EXIT_GIVEN_UP;

	if (mapped_open(&s, AT_FDCWD, path, 0, here, &why) != 0 ||
	    mapped_scan(&s, false, &why) != 0) {
		status = why_status(&why);
		cli_warn("%s: %s", path, why.text);
	} else {
		(o->json ? info_json : info_text)(&s, path, &out);
		status = EXIT_LATER;
		if (mapped_lost(&s, &why) != 0)
			cli_warn("%s: %s", path, why.text);
		else if (fputs(out.s, stdout) >= 0)
			status = EXIT_DONE;
	}
	mapped_close(&s);
	buf_free(&out);
	if (here >= 0)
		(void)close(here);
	return status;
}

/* ---- the spool ---- */

static int
split_all(struct spool_item *it, const struct recsplit_options *o,
    const struct ticket *in, struct ticket *out, struct why *why)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < in->call.sections; i++)
		doc_copy_section(&out->call, &in->call.section[i]);
	for (size_t i = 0; i < in->files && status == EXIT_DONE; i++) {
		const char *name = in->file[i].name;
		struct mapped s = MAPPED_NONE;

		if (mapped_open(&s, it->fd, name, O_NOFOLLOW, -1, why) == 0) {
			status =
			    split_file(&s, o, it->fd, &in->file[i], out, why);
		} else {
			why_in(why, name);
			status = why_status(why);
		}
		mapped_close(&s);
	}
	return status;
}

static int
write_ticket(int dirfd, const char *name, const struct ticket *t)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct why why;
	int status = EXIT_DONE;

	ticket_to_doc(t, &doc);
	if (doc_write(&doc, &text, &why) != 0) {
		cli_warn("%s: %s", name, why.text);
		status = EXIT_GIVEN_UP;
	} else if (newfile_put(dirfd, name, text.s, text.len, true) != 0) {
		cli_warn("%s: %s", name, strerror(errno));
		status = EXIT_LATER;
	}
	doc_free(&doc);
	buf_free(&text);
	return status;
}

static int
replace_ticket(
    struct spool_item *it, const struct ticket *in, const struct ticket *out)
{
	int status = EXIT_DONE;

	if (out->files != in->files) {
		/* The log first: a ticket of parts is not split again. */
		status = stage_log(it, "split", "files=%zu", out->files) == 0
			     ? write_ticket(it->fd, "ticket.ini", out)
			     : EXIT_LATER;
	}
	/* From here on the parts are the call's files. */
	if (status == EXIT_DONE && original_drop(it->fd, out) != 0) {
		cli_warn("%s: %s", it->name, strerror(errno));
		status = EXIT_LATER;
	}
	return status;
}

/* The outcomes of a call for --metrics; "whole": it was small enough. */
static const char *const outcomes[] = {
    "whole", "split", "failed", "later", NULL};

static const char *
split_outcome(int status, bool whole)
{
	if (status == EXIT_DONE)
		return whole ? "whole" : "split";
	return status == EXIT_GIVEN_UP ? "failed" : "later";
}

static int
split_folder(struct spool_item *it, void *arg)
{
	const struct recsplit_options *o = arg;
	struct doc doc;
	struct ticket in = {0}, out = {0};
	struct why why;
	int status;

	if (ini_read_at(&doc, it->fd, "ticket.ini", "ticket.ini", &why) != 0) {
		status = why_status(&why);
	} else {
		status = ticket_from_doc(&in, &doc, &why) == 0
			     ? split_all(it, o, &in, &out, &why)
			     : EXIT_GIVEN_UP;
		doc_free(&doc);
	}
	if (status == EXIT_GIVEN_UP)
		status = stage_fail(it, why.text);
	else if (status == EXIT_LATER)
		cli_warn("%s: %s", it->name, why.text);
	else
		status = replace_ticket(it, &in, &out);
	if (status == EXIT_DONE && spool_move(it, SPOOL_UPLOAD, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_LATER;
	}
	stage_metrics_count(o->count,
	    split_outcome(status, in.files == out.files), status == EXIT_DONE);
	ticket_free(&in);
	ticket_free(&out);
	return status;
}

static int
split_spool(struct recsplit_options *o)
{
	struct stage_work work = {.path = o->spool,
	    .stage = SPOOL_SPLIT,
	    .watch = o->watch,
	    .workers = 1,
	    .each = split_folder,
	    .arg = o};
	int status;

	if (o->metrics)
		work.metrics = o->count = stage_metrics_open(
		    o->metrics, o->spool, SPOOL_SPLIT, outcomes);
	status = stage_serve(&work);
	stage_metrics_close(o->count);
	return status;
}

/* ---- the command line ---- */

static void
take_bytes(const char *name, const char *arg, void *to)
{
	uint64_t *bytes = to;

	if (num_bytes(arg, bytes) != 0 || *bytes == 0)
		cli_usage("%s: a size like 50M, not '%s'", name, arg);
}

static void
take_quiet(const char *name, const char *arg, void *to)
{
	int64_t *us = to;

	if (num_seconds(arg, us) != 0 || *us > 3600 * INT64_C(1000000))
		cli_usage("%s: seconds, at most 3600, not '%s'", name, arg);
}

static void
take_name_option(const char *name, const char *arg, void *to)
{
	const char **out = to;

	if (!*arg || *arg == '.' || strchr(arg, '/'))
		cli_usage("%s: a file name, without a directory", name);
	*out = arg;
}

static void
parse_recsplit(struct recsplit_options *o, int argc, char **argv)
{
	bool join = false, check = false, info = false;
	const struct cli_option options[] = {
	    {"bytes", 'b', .take = take_bytes, .to = &o->want.max_bytes},
	    {"config", 'c', .text = &o->upload},
	    {"quiet", .take = take_quiet, .to = &o->want.quiet_us},
	    {"output", 'o', .text = &o->output},
	    {"name", .take = take_name_option, .to = &o->name},
	    {"spool", 's', .text = &o->spool},
	    {"metrics", .text = &o->metrics},
	    {"join", .yes = &join},
	    {"check", .yes = &check},
	    {"info", .yes = &info},
	    {"json", .yes = &o->json},
	    {"delete", .yes = &o->remove},
	    {"watch", 'w', .yes = &o->watch},
	    {"null", '0', .yes = &o->nul},
	    {.name = NULL},
	};

	cli_options(argc, argv, options, help);
	if (join + check + info > 1)
		cli_usage("only one of --join, --check and --info");
	o->mode = join ? JOIN : check ? CHECK : info ? INFO : SPLIT;
	if (o->watch && !o->spool)
		cli_usage("--watch needs -s");
	if (o->metrics && !o->spool)
		cli_usage("--metrics needs -s");
	if (o->json && o->mode != INFO)
		cli_usage("--json needs --info");
	if (o->mode != SPLIT &&
	    (o->spool || o->upload || o->want.quiet_us > 0 || o->remove))
		cli_usage("-s, -c, --quiet and --delete cannot be used with "
			  "--join, --check or --info");
	if (o->spool && (argc > optind || o->output || o->name))
		cli_usage("-s cannot be used with files, -o or --name");
}

/* The smallest of the size on the command line and the destinations' limits. */
static int
heed_destinations(struct recsplit_options *o)
{
	struct doc doc;
	struct why why;
	uint64_t most = 0;
	int status;

	if (!o->upload)
		return EXIT_DONE;
	if (ini_read(&doc, o->upload, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = routes_limit(&doc, &most, &why);
	doc_free(&doc);
	if (status != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (most > 0 && most < o->want.max_bytes)
		o->want.max_bytes = most;
	return EXIT_DONE;
}

/* Makes the directory of -o, as recmix does. */
static int
make_output(const char *dir)
{
	struct why why = {0};

	if (!dir || mkdir(dir, 0700) == 0 || errno == EEXIST)
		return EXIT_DONE;
	why_errno(&why, "%s", dir);
	cli_warn("%s", why.text);
	return why_status(&why) == EXIT_LATER ? EXIT_LATER : EXIT_USAGE;
}

int
main(int argc, char **argv)
{
	struct recsplit_options o = {.want.max_bytes = 50000000};
	int status;

	cli_start("recsplit");
	mapped_guard();
	parse_recsplit(&o, argc, argv);
	status = o.mode == CHECK ? EXIT_DONE : make_output(o.output);
	if (status != EXIT_DONE)
		return cli_end(status);
	if (o.mode == JOIN || o.mode == CHECK)
		return cli_end(join_files(&(struct join_files){o.mode == CHECK,
					      o.nul, o.output, o.name},
		    argc - optind, argv + optind));
	if (o.mode == INFO)
		return cli_end(cli_each(
		    argc - optind, argv + optind, o.nul, tell_path, &o));
	status = heed_destinations(&o);
	if (status != EXIT_DONE)
		return cli_end(status);
	if (o.spool)
		return cli_end(split_spool(&o));
	return cli_end(
	    cli_each(argc - optind, argv + optind, o.nul, one_path, &o));
}
