/* SPDX-License-Identifier: ISC */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "newfile.h"
#include "retention.h"
#include "spool.h"

#define DAY_US     INT64_C(86400000000)
#define LAST_SWEEP ".last-sweep"

struct options {
	const char *spool, *story;
	int64_t keep_us, warn_us; /* warn_us: -1 where not asked */
	bool dry_run, clock_ok, verify;
};

struct sweep {
	const struct options *o;
	struct spool spool;
	int64_t now_us;
	size_t deleted, unsent, warned;
	int status;
};

static const char help[] =
    "usage: recsweep [-nv] [-d DAYS] [--clock-ok] -s SPOOL\n"
    "       recsweep [-d DAYS] --warn DAYS -s SPOOL\n"
    "       recsweep --verify | --story ID -s SPOOL\n"
    "\n"
    "Deletes whatever entered the spool seven days ago, uploaded or not. "
    "Every\n"
    "recording that was never uploaded is named on standard error.\n"
    "\n"
    "  -s, --spool DIR   the spool\n"
    "  -d, --days N      keep so long: 7, 7d, 36h (default: 7)\n"
    "  -n, --dry-run     only print what would be deleted\n"
    "      --warn DAYS   print what will be deleted, not uploaded, within "
    "that\n"
    "                    time; status 1 if there is any\n"
    "      --clock-ok    believe the clock although it has jumped\n"
    "      --verify      check the chain of the audit log\n"
    "      --story ID    print the audit log's lines of one call\n"
    "  -v, --verbose     tell what is done\n"
    "  -h, --help        this text\n"
    "      --version     name and version\n"
    "\n"
    "Status: 0 done, 1 something was found, 2 usage or spool, 75 try again\n"
    "later.\n";

static void
later(struct sweep *w, const char *text)
{
	cli_warn("%s", text);
	w->status = cli_worse(w->status, EXIT_LATER);
}

/* ---- folders ---- */

static void
swept(struct sweep *w, const char *stage, const char *name, const char *id)
{
	struct why why;
	bool unsent = strcmp(stage, "tmp") != 0;

	w->deleted++;
	if (unsent) {
		w->unsent++;
		cli_warn("%s/%s/%s: deleted, never uploaded", w->o->spool,
		    stage, name);
	} else {
		cli_say("%s/%s/%s: deleted", w->o->spool, stage, name);
	}
	if (audit_add(w->spool.fd, w->now_us, id, "swept", &why,
		"stage=%s uploaded=%s", stage, unsent ? "no" : "unknown") != 0)
		later(w, why.text);
}

static void
delete_folder(struct sweep *w, enum spool_stage stage, const char *name)
{
	struct spool_item it;
	struct why why;
	char *id;
	int taken = spool_take(&w->spool, stage, name, &it, &why);

	if (taken < 0) {
		later(w, why.text);
		return;
	}
	if (taken == 0) {
		/* What is being put in is young, whatever its name says. */
		if (stage != SPOOL_TMP)
			cli_warn("%s/%s/%s: due, but a program is at it",
			    w->o->spool, spool_stage_names[stage], name);
		return;
	}
	id = util_strdup(it.id);
	if (spool_remove(&it, &why) != 0)
		later(w, why.text);
	else
		swept(w, spool_stage_names[stage], name, id);
	free(id);
	spool_release(&it);
}

static void
look_at(struct sweep *w, enum spool_stage stage, const char *name)
{
	const struct options *o = w->o;
	int64_t entered;
	const char *id;

	(void)spool_parse_name(name, &entered, &id);
	if (o->warn_us >= 0) {
		if (stage == SPOOL_TMP ||
		    !retention_due(entered, w->now_us + o->warn_us, o->keep_us))
			return;
		w->warned++;
		(void)printf(
		    "%s/%s/%s\n", o->spool, spool_stage_names[stage], name);
	} else if (retention_due(entered, w->now_us, o->keep_us)) {
		if (o->dry_run)
			(void)printf("%s/%s/%s\n", o->spool,
			    spool_stage_names[stage], name);
		else
			delete_folder(w, stage, name);
	}
}

/* What has no folder's name is not ours to delete: it is told and stays. */
static void
report_strangers(struct sweep *w, enum spool_stage stage)
{
	int fd = openat(
	    w->spool.stage_fd[stage], ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *d;
	int64_t entered;
	const char *id;

	if (!dir) {
		if (fd >= 0)
			(void)close(fd);
		return;
	}
	while ((d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 &&
		    strcmp(d->d_name, "..") != 0 &&
		    spool_parse_name(d->d_name, &entered, &id) != 0)
			cli_warn("%s/%s/%s: not a call's folder, kept",
			    w->o->spool, spool_stage_names[stage], d->d_name);
	(void)closedir(dir);
}

static void
sweep_stage(struct sweep *w, enum spool_stage stage)
{
	char **names;
	size_t count;
	struct why why;

	if (spool_list(&w->spool, stage, &names, &count, &why) != 0) {
		later(w, why.text);
		return;
	}
	for (size_t i = 0; i < count; i++)
		look_at(w, stage, names[i]);
	spool_list_free(names, count);
	report_strangers(w, stage);
}

/* ---- the clock ---- */

static int64_t
since_boot_us(void)
{
	struct timespec ts = {0, 0};

	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static void
boot_id(char id[40])
{
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : util_read(fd, id, 36);

	id[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

/* "NOW_US BOOT_US BOOT_ID" of the sweep before. */
static void
read_last(const struct sweep *w, struct retention_clock *c)
{
	char text[128] = "", was[40] = "", is[40];
	long long last = 0, boot = 0;
	int fd =
	    openat(w->spool.fd, LAST_SWEEP, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	boot_id(is);
	*c = (struct retention_clock){
	    .now_us = w->now_us, .boot_us = since_boot_us()};
	if (fd < 0)
		return;
	if (util_read(fd, text, sizeof text - 1) > 0 &&
	    sscanf(text, "%lld %lld %39s", &last, &boot, was) == 3) {
		c->last_us = last;
		c->last_boot_us = boot;
		c->same_boot = strcmp(is, was) == 0;
	}
	(void)close(fd);
}

static void
write_last(struct sweep *w)
{
	char id[40], *text;

	boot_id(id);
	text = util_format("%lld %lld %s\n", (long long)w->now_us,
	    (long long)since_boot_us(), *id ? id : "-");
	if (newfile_put(w->spool.fd, LAST_SWEEP, text, strlen(text), true) != 0)
		later(w, strerror(errno));
	free(text);
}

/* ---- one sweep ---- */

static int
sweep(struct sweep *w)
{
	struct retention_clock clock;
	const char *fault;

	if (flock(w->spool.fd, LOCK_EX | LOCK_NB) != 0) {
		cli_warn("%s: another sweep is at work", w->o->spool);
		return EXIT_LATER;
	}
	read_last(w, &clock);
	fault = retention_clock_fault(&clock);
	if (fault && !w->o->clock_ok) {
		cli_warn("%s: nothing deleted: %s (--clock-ok if it is right)",
		    w->o->spool, fault);
		return EXIT_LATER;
	}
	for (int stage = 0; stage < SPOOL_STAGES; stage++)
		sweep_stage(w, (enum spool_stage)stage);
	if (!w->o->dry_run && w->o->warn_us < 0)
		write_last(w);
	cli_say(
	    "%zu deleted, %zu of them never uploaded", w->deleted, w->unsent);
	return w->warned > 0 ? cli_worse(w->status, EXIT_GIVEN_UP) : w->status;
}

static int
read_log(const struct sweep *w)
{
	struct why why;
	FILE *file;
	char *line = NULL;
	size_t size = 0;
	int fd =
	    openat(w->spool.fd, "audit.log", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || !(file = fdopen(fd, "r"))) {
		if (fd >= 0)
			(void)close(fd);
		cli_warn("%s/audit.log: %s", w->o->spool, strerror(errno));
		return EXIT_GIVEN_UP;
	}
	while (w->o->story && getline(&line, &size, file) >= 0) {
		char id[130] = "";
		if (sscanf(line, "%*s %*s %129s", id) == 1 &&
		    strcmp(id, w->o->story) == 0)
			(void)fputs(line, stdout);
	}
	free(line);
	(void)fclose(file);
	if (w->o->verify && audit_verify(w->spool.fd, &why) != 0) {
		cli_warn("%s/%s", w->o->spool, why.text);
		return EXIT_GIVEN_UP;
	}
	return EXIT_DONE;
}

static void
take_time(const char *name, const char *s, int64_t *us)
{
	if (retention_parse(s, us) != 0)
		cli_usage("%s: a time like 7, 7d or 36h, not '%s'", name, s);
}

static void
parse(struct options *o, int argc, char **argv)
{
	enum { WARN = 256, CLOCK, VERIFY, STORY, VERSION_OPTION };
	static const struct option longs[] = {
	    {"spool", required_argument, NULL, 's'},
	    {"days", required_argument, NULL, 'd'},
	    {"dry-run", no_argument, NULL, 'n'},
	    {"warn", required_argument, NULL, WARN},
	    {"clock-ok", no_argument, NULL, CLOCK},
	    {"verify", no_argument, NULL, VERIFY},
	    {"story", required_argument, NULL, STORY},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, VERSION_OPTION}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "s:d:nvh", longs, NULL)) != -1)
		switch (c) {
		case 's':
			o->spool = optarg;
			break;
		case 'd':
			take_time("days", optarg, &o->keep_us);
			break;
		case 'n':
			o->dry_run = true;
			break;
		case WARN:
			take_time("warn", optarg, &o->warn_us);
			break;
		case CLOCK:
			o->clock_ok = true;
			break;
		case VERIFY:
			o->verify = true;
			break;
		case STORY:
			o->story = optarg;
			break;
		case 'v':
			cli_verbose();
			break;
		case 'h':
			(void)fputs(help, stdout);
			exit(cli_end(EXIT_DONE));
		case VERSION_OPTION:
			cli_version();
		default:
			cli_usage("unknown option or missing argument");
		}
}

int
main(int argc, char **argv)
{
	struct options o = {.keep_us = 7 * DAY_US, .warn_us = -1};
	struct sweep w = {.o = &o, .now_us = util_now_us()};
	struct why why;
	int status;

	cli_start("recsweep");
	opterr = 0;
	parse(&o, argc, argv);
	if (!o.spool || argc > optind)
		cli_usage("expected -s SPOOL and no other argument");
	if (spool_open(&w.spool, o.spool, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = o.verify || o.story ? read_log(&w) : sweep(&w);
	spool_close(&w.spool);
	return cli_end(status);
}
