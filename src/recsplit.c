/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "config.h"
#include "hash.h"
#include "newfile.h"
#include "split.h"
#include "ticket.h"
#include "work.h"

struct options {
	const char *output, *spool;
	bool watch, nul;
	uint64_t max_bytes;
};

static const char help[] =
    "usage: recsplit [-0v] [-b BYTES] [-o DIR] [FILE ...]\n"
    "       recsplit [-vw] [-b BYTES] -s SPOOL\n"
    "\n"
    "Cuts MP3s above a size into parts that each play alone and together play\n"
    "the original, sample for sample, and prints the parts. Without FILE the\n"
    "paths are read from standard input. Smaller files pass through.\n"
    "\n"
    "  -b, --bytes N    most bytes of a part: 50M, 20MB, 8MiB (default: 50M)\n"
    "  -o, --output DIR  where the parts go (default: beside the file)\n"
    "  -s, --spool DIR  do all that waits in this spool\n"
    "  -w, --watch      with -s: stay and wait for more\n"
    "  -0, --null       paths end with NUL\n"
    "  -v, --verbose    tell what is done\n"
    "  -h, --help       this text\n"
    "      --version    name and version\n"
    "\n"
    "Status: 0 done, 1 a file was given up, 2 usage, 75 try again later.\n";

/* ---- one MP3 in an open directory ---- */

struct source {
	int fd;
	unsigned char *p;
	size_t n;
	struct mp3 mp3;
};

static void
close_source(struct source *s)
{
	mp3_free(&s->mp3);
	if (s->p)
		(void)munmap(s->p, s->n);
	if (s->fd >= 0)
		(void)close(s->fd);
}

static int
open_source(
    struct source *s, int dirfd, const char *name, int flags, struct why *why)
{
	struct stat st;
	struct why part;

	*s = (struct source){.fd = openat(dirfd, name,
				 O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)};
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return why_set(why, "%s: %s", name, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return why_set(why, "%s: not a regular file", name);
	if (st.st_size == 0)
		return why_set(why, "%s: the file is empty", name);
	s->n = (size_t)st.st_size;
	s->p = mmap(NULL, s->n, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (s->p == MAP_FAILED) {
		s->p = NULL;
		return why_set(why, "%s: %s", name, strerror(errno));
	}
	if (mp3_scan(&s->mp3, s->p, s->n, &part) != 0)
		return why_set(why, "%s: %s", name, part.text);
	return 0;
}

/* "call-01of03.mp3" */
static char *
part_name(const char *name, size_t n, size_t parts)
{
	size_t stem = strlen(name);
	int width = snprintf(NULL, 0, "%zu", parts);

	if (stem > 4 && strcmp(name + stem - 4, ".mp3") == 0)
		stem -= 4;
	if (width < 2)
		width = 2;
	return util_format(
	    "%.*s-%0*zuof%0*zu.mp3", (int)stem, name, width, n, width, parts);
}

static int
write_part(const struct source *s, const struct split *split, size_t n,
    int out_dir, const char *name, struct ticket_file *f)
{
	struct newfile nf = NEWFILE_NONE;
	struct buf head = {0};
	struct hash *h = hash_new(HASH_SHA256);
	size_t from, to;
	int status = -1;

	split_make(split, n, &head, &from, &to);
	hash_add(h, head.s, head.len);
	hash_add(h, s->p + from, to - from);
	hash_hex(h, f->sha256);
	f->bytes = head.len + (to - from);
	f->part = (int)n + 1;
	f->parts = (int)split->parts;
	f->first_sample = split->part[n].first_smp;
	f->samples = split->part[n].samples;
	if (newfile_create(&nf, out_dir, name) == 0 &&
	    util_write(nf.fd, head.s, head.len) == 0 &&
	    util_write(nf.fd, s->p + from, to - from) == 0)
		status = newfile_commit(&nf, true);
	newfile_abort(&nf);
	buf_free(&head);
	return status;
}

/*
 * Adds to `out` the parts of one file, or the file itself where it is small
 * enough. EXIT_DONE, EXIT_GIVEN_UP or EXIT_LATER with why.
 */
static int
split_file(const struct source *s, uint64_t max_bytes, int out_dir,
    const struct ticket_file *file, struct ticket *out, struct why *why)
{
	struct split split;
	int status = EXIT_DONE;

	if (s->n <= max_bytes) {
		(void)ticket_add_like(out, file, file->name);
		return EXIT_DONE;
	}
	if (split_plan(&split, &s->mp3, max_bytes, why) != 0) {
		struct why part = *why;
		why_set(why, "%s: %.300s", file->name, part.text);
		return EXIT_GIVEN_UP;
	}
	for (size_t n = 0; n < split.parts && status == EXIT_DONE; n++) {
		char *name = part_name(file->name, n + 1, split.parts);
		struct ticket_file *f = ticket_add_like(out, file, name);

		if (write_part(s, &split, n, out_dir, name, f) != 0) {
			why_set(why, "%s: %s", name, strerror(errno));
			status = EXIT_LATER;
		}
		free(name);
	}
	split_free(&split);
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

/* ---- by hand ---- */

struct place {
	char *dir; /* "" for the working directory */
	const char *name;
	int fd;
};

static int
open_place(struct place *pl, const char *path)
{
	const char *slash = strrchr(path, '/');

	pl->dir = slash ? util_strndup(path, (size_t)(slash - path) + 1)
			: util_strdup("");
	pl->name = slash ? slash + 1 : path;
	pl->fd =
	    open(*pl->dir ? pl->dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return pl->fd < 0 ? -1 : 0;
}

static char *
ini_name(const char *mp3)
{
	size_t n = strlen(mp3);

	if (n > 4 && strcmp(mp3 + n - 4, ".mp3") == 0)
		n -= 4;
	return util_format("%.*s.ini", (int)n, mp3);
}

/* NAME.ini beside NAME.mp3, or what the file itself tells. */
static int
read_ticket(const struct place *pl, const struct source *s, struct ticket *t,
    struct why *why)
{
	char *name = ini_name(pl->name);
	struct doc doc;
	struct ticket_file *f;
	int64_t from, to;
	int status = 0;

	*t = (struct ticket){0};
	if (faccessat(pl->fd, name, F_OK, 0) == 0) {
		status = config_read_at(&doc, pl->fd, name, name, why);
		if (status == 0) {
			status = ticket_from_doc(t, &doc, why);
			doc_free(&doc);
		}
		if (status == 0 &&
		    (t->files != 1 || strcmp(t->file[0].name, pl->name) != 0))
			status = why_set(
			    why, "%s: is not the ticket of %s", name, pl->name);
	} else {
		f = ticket_add(t, pl->name);
		mp3_kept(&s->mp3, &from, &to);
		f->recording = f->recordings = f->part = f->parts = 1;
		f->rate = s->mp3.format.rate;
		f->channels = s->mp3.format.channels;
		f->samples = to - from;
	}
	free(name);
	return status;
}

static int
print_parts(
    const struct options *o, const char *dir, int dirfd, struct ticket *t)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < t->files && status == EXIT_DONE; i++) {
		struct ticket one = {t->call, &t->file[i], 1};
		char *ini = ini_name(t->file[i].name);
		char *path = util_format("%s%s", dir, t->file[i].name);

		status = write_ticket(dirfd, ini, &one);
		if (status == EXIT_DONE)
			status = cli_print_path(path, o->nul, status);
		free(ini);
		free(path);
	}
	return status;
}

static int
split_by_hand(const struct options *o, const struct place *pl,
    const struct source *s, const char *path)
{
	struct ticket in = {0}, out = {0};
	struct why why;
	char *dir =
	    o->output ? util_format("%s/", o->output) : util_strdup(pl->dir);
	int dirfd = o->output
			? open(o->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
			: pl->fd;
	int status = EXIT_LATER;

	if (dirfd < 0) {
		cli_warn("%s: %s", o->output, strerror(errno));
		status = EXIT_USAGE;
	} else if (read_ticket(pl, s, &in, &why) != 0) {
		cli_warn("%s%s", pl->dir, why.text);
		status = EXIT_GIVEN_UP;
	} else if (s->n <= o->max_bytes) {
		status = cli_print_path(path, o->nul, EXIT_DONE);
	} else {
		doc_free(&out.call);
		for (size_t i = 0; i < in.call.sections; i++)
			doc_copy_section(&out.call, &in.call.section[i]);
		status =
		    split_file(s, o->max_bytes, dirfd, &in.file[0], &out, &why);
		if (status != EXIT_DONE)
			cli_warn("%s%s", pl->dir, why.text);
		else
			status = print_parts(o, dir, dirfd, &out);
	}
	if (o->output && dirfd >= 0)
		(void)close(dirfd);
	ticket_free(&in);
	ticket_free(&out);
	free(dir);
	return status;
}

static int
one_path(const char *path, void *arg)
{
	const struct options *o = arg;
	struct place pl;
	struct source s = {.fd = -1};
	struct why why;
	int status = EXIT_GIVEN_UP;

	if (open_place(&pl, path) != 0)
		cli_warn("%s: %s", path, strerror(errno));
	else if (open_source(&s, pl.fd, pl.name, 0, &why) != 0)
		cli_warn("%s%s", pl.dir, why.text);
	else
		status = split_by_hand(o, &pl, &s, path);
	close_source(&s);
	if (pl.fd >= 0)
		(void)close(pl.fd);
	free(pl.dir);
	return status;
}

/* ---- the spool ---- */

static bool
in_ticket(const struct ticket *t, const char *name)
{
	for (size_t i = 0; i < t->files; i++)
		if (strcmp(t->file[i].name, name) == 0)
			return true;
	return false;
}

/* MP3s that the ticket does not name were cut into parts, or are half a cut. */
static int
drop_others(int folder, const struct ticket *t)
{
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int status = 0;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	while ((d = readdir(dir))) {
		const char *dot = strrchr(d->d_name, '.');
		if (dot && strcmp(dot, ".mp3") == 0 &&
		    !in_ticket(t, d->d_name) &&
		    unlinkat(folder, d->d_name, 0) != 0)
			status = -1;
	}
	(void)closedir(dir);
	return status;
}

static int
split_all(struct spool_item *it, const struct options *o,
    const struct ticket *in, struct ticket *out, struct why *why)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < in->call.sections; i++)
		doc_copy_section(&out->call, &in->call.section[i]);
	for (size_t i = 0; i < in->files && status == EXIT_DONE; i++) {
		struct source s;

		status = EXIT_GIVEN_UP;
		if (open_source(
			&s, it->fd, in->file[i].name, O_NOFOLLOW, why) == 0)
			status = split_file(
			    &s, o->max_bytes, it->fd, &in->file[i], out, why);
		close_source(&s);
	}
	return status;
}

static int
replace_ticket(
    struct spool_item *it, const struct ticket *in, const struct ticket *out)
{
	int status = EXIT_DONE;

	if (out->files != in->files) {
		status = write_ticket(it->fd, "ticket.ini", out);
		if (status == EXIT_DONE)
			work_log(it, "split", "files=%zu", out->files);
	}
	/* From here on the parts are what travels on. */
	if (status == EXIT_DONE && drop_others(it->fd, out) != 0) {
		cli_warn("%s: %s", it->name, strerror(errno));
		status = EXIT_LATER;
	}
	return status;
}

static int
split_folder(struct spool_item *it, void *arg)
{
	struct doc doc;
	struct ticket in = {0}, out = {0};
	struct why why;
	int status = EXIT_GIVEN_UP;

	if (config_read_at(&doc, it->fd, "ticket.ini", "ticket.ini", &why) ==
	    0) {
		if (ticket_from_doc(&in, &doc, &why) == 0)
			status = split_all(it, arg, &in, &out, &why);
		doc_free(&doc);
	}
	if (status == EXIT_GIVEN_UP)
		status = work_fail(it, why.text);
	else if (status == EXIT_LATER)
		cli_warn("%s: %s", it->name, why.text);
	else
		status = replace_ticket(it, &in, &out);
	if (status == EXIT_DONE && spool_move(it, SPOOL_UPLOAD, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_LATER;
	}
	ticket_free(&in);
	ticket_free(&out);
	return status;
}

/* ---- the command line ---- */

static void
parse(struct options *o, int argc, char **argv)
{
	static const struct option longs[] = {
	    {"bytes", required_argument, NULL, 'b'},
	    {"output", required_argument, NULL, 'o'},
	    {"spool", required_argument, NULL, 's'},
	    {"watch", no_argument, NULL, 'w'}, {"null", no_argument, NULL, '0'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "b:o:s:w0vh", longs, NULL)) != -1)
		switch (c) {
		case 'b':
			if (util_bytes(optarg, &o->max_bytes) != 0 ||
			    o->max_bytes == 0)
				cli_usage(
				    "bytes: a size like 50M, not '%s'", optarg);
			break;
		case 'o':
			o->output = optarg;
			break;
		case 's':
			o->spool = optarg;
			break;
		case 'w':
			o->watch = true;
			break;
		case '0':
			o->nul = true;
			break;
		case 'v':
			cli_verbose();
			break;
		case 'h':
			(void)fputs(help, stdout);
			exit(cli_end(EXIT_DONE));
		case 'V':
			cli_version();
		default:
			cli_usage("unknown option or missing argument");
		}
}

int
main(int argc, char **argv)
{
	struct options o = {.max_bytes = 50000000};

	cli_start("recsplit");
	opterr = 0;
	parse(&o, argc, argv);
	if (o.watch && !o.spool)
		cli_usage("--watch goes with -s");
	if (!o.spool)
		return cli_end(cli_each(
		    argc - optind, argv + optind, o.nul, one_path, &o));
	if (argc > optind || o.output)
		cli_usage("-s takes no files and no -o");
	return cli_end(
	    work_spool(o.spool, SPOOL_SPLIT, o.watch, split_folder, &o));
}
