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
	const char *spool, *story, *metrics;
	int64_t keep_us, warn_us; /* warn_us: -1 where not asked */
	bool dry_run, clock_ok, verify, json;
};

struct sweep {
	const struct options *o;
	struct spool spool;
	int64_t now_us;
	size_t deleted, unsent, warned;
	size_t folders[SPOOL_STAGES];    /* that stay */
	int64_t oldest_us[SPOOL_STAGES]; /* entry of the first of them */
	long long deleted_ever, unsent_ever;
	int status;
};

static const char help[] =
    "usage: recsweep [-nv] [-d DAYS] [--clock-ok] [--json] [--metrics FILE]\n"
    "                -s SPOOL\n"
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
    "      --json        one JSON object for each folder that is printed or\n"
    "                    deleted\n"
    "      --metrics FILE\n"
    "                    write figures for node_exporter's textfile collector\n"
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

/* Names and ids need no quoting: they have letters, digits, '.', '_', '-'. */
static void
print_folder(const struct sweep *w, enum spool_stage stage, const char *name,
    const char *action)
{
	const char *where = spool_stage_names[stage], *id = "";
	char when[UTIL_TIME_SIZE];
	int64_t entered = 0;

	if (!w->o->json) {
		(void)printf("%s/%s/%s\n", w->spool.path, where, name);
		return;
	}
	(void)spool_parse_name(name, &entered, &id);
	(void)printf("{\"stage\":\"%s\",\"folder\":\"%s\",\"call\":\"%s\","
		     "\"entered\":\"%s\",\"age_seconds\":%lld,"
		     "\"action\":\"%s\"}\n",
	    where, name, id, util_time_text(entered, when),
	    (long long)((w->now_us - entered) / 1000000), action);
}

static int
log_swept(struct sweep *w, enum spool_stage stage, const char *id)
{
	struct why why;

	return audit_add(w->spool.fd, w->now_us, id, "swept", &why,
	    "stage=%s uploaded=%s", spool_stage_names[stage],
	    stage == SPOOL_TMP ? "unknown" : "no");
}

static void
swept(struct sweep *w, enum spool_stage stage, const char *name)
{
	const char *where = spool_stage_names[stage];

	w->deleted++;
	if (stage != SPOOL_TMP) {
		w->unsent++;
		cli_warn("%s/%s/%s: deleted, never uploaded", w->spool.path,
		    where, name);
	} else {
		cli_say("%s/%s/%s: deleted", w->spool.path, where, name);
	}
	if (w->o->json)
		print_folder(w, stage, name, "deleted");
}

static void
delete_folder(struct sweep *w, enum spool_stage stage, const char *name)
{
	struct spool_item it;
	struct why why;
	bool logged;
	int taken = spool_take(&w->spool, stage, name, &it, &why);

	if (taken < 0) {
		later(w, why.text);
		return;
	}
	if (taken == 0) {
		/* What is being put in is young, whatever its name says. */
		if (stage != SPOOL_TMP)
			cli_warn("%s/%s/%s: due, but a program is at it",
			    w->spool.path, spool_stage_names[stage], name);
		return;
	}
	/*
	 * Logged first: a kill in between must not let a recording go without
	 * a line. A full disk cannot take the line, but must be made empty.
	 */
	logged = log_swept(w, stage, it.id) == 0;
	if (spool_remove(&it, &why) != 0)
		later(w, why.text);
	else
		swept(w, stage, name);
	if (!logged && log_swept(w, stage, it.id) != 0)
		later(w, "the audit log cannot be written");
	spool_release(&it);
}

static void
look_at(struct sweep *w, enum spool_stage stage, const char *name)
{
	const struct options *o = w->o;
	int64_t entered;
	const char *id;

	(void)spool_parse_name(name, &entered, &id);
	if (entered > w->now_us + DAY_US)
		cli_warn("%s/%s/%s: entered in the future", w->spool.path,
		    spool_stage_names[stage], name);
	if (o->warn_us >= 0) {
		if (stage == SPOOL_TMP ||
		    !retention_due(entered, w->now_us + o->warn_us, o->keep_us))
			return;
		w->warned++;
		print_folder(w, stage, name, "warned");
	} else if (retention_due(entered, w->now_us, o->keep_us)) {
		if (o->dry_run)
			print_folder(w, stage, name, "due");
		else
			delete_folder(w, stage, name);
	} else if (w->folders[stage]++ == 0) {
		w->oldest_us[stage] = entered;
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
			    w->spool.path, spool_stage_names[stage], d->d_name);
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

/* "NOW_US BOOT_US BOOT_ID DELETED UNSENT" of the sweep before. */
static void
read_last(struct sweep *w, struct retention_clock *c)
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
	    sscanf(text, "%lld %lld %39s %lld %lld", &last, &boot, was,
		&w->deleted_ever, &w->unsent_ever) >= 3) {
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
	w->deleted_ever += (long long)w->deleted;
	w->unsent_ever += (long long)w->unsent;
	text = util_format("%lld %lld %s %lld %lld\n", (long long)w->now_us,
	    (long long)since_boot_us(), *id ? id : "-", w->deleted_ever,
	    w->unsent_ever);
	if (newfile_put(w->spool.fd, LAST_SWEEP, text, strlen(text), true) !=
	    0) {
		cli_warn(
		    "%s/" LAST_SWEEP ": %s", w->spool.path, strerror(errno));
		w->status = cli_worse(w->status, EXIT_LATER);
	}
	free(text);
}

/* ---- figures ---- */

static void
add_figure(struct buf *b, const char *name, const char *kind, long long value)
{
	buf_format(b, "# TYPE %s %s\n%s %lld\n", name, kind, name, value);
}

static void
format_metrics(const struct sweep *w, struct buf *b)
{
	buf_format(b, "# TYPE rectools_spool_folders gauge\n");
	for (int i = 0; i < SPOOL_STAGES; i++)
		buf_format(b, "rectools_spool_folders{stage=\"%s\"} %zu\n",
		    spool_stage_names[i], w->folders[i]);
	buf_format(b, "# TYPE rectools_spool_oldest_seconds gauge\n");
	for (int i = 0; i < SPOOL_STAGES; i++)
		buf_format(b,
		    "rectools_spool_oldest_seconds{stage=\"%s\"} %lld\n",
		    spool_stage_names[i],
		    w->folders[i]
			? (long long)((w->now_us - w->oldest_us[i]) / 1000000)
			: 0LL);
	add_figure(
	    b, "rectools_sweep_deleted_total", "counter", w->deleted_ever);
	add_figure(b, "rectools_sweep_unsent_total", "counter", w->unsent_ever);
	add_figure(b, "rectools_sweep_status", "gauge", w->status);
	add_figure(b, "rectools_sweep_last_timestamp_seconds", "gauge",
	    (long long)(w->now_us / 1000000));
}

static void
write_metrics(struct sweep *w)
{
	const char *path = w->o->metrics, *slash = strrchr(path, '/');
	char *dir = slash ? util_strndup(path, (size_t)(slash - path) + 1)
			  : util_strdup(".");
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct newfile nf = NEWFILE_NONE;
	struct buf b = {0};

	format_metrics(w, &b);
	/* Another user collects it. */
	if (fd < 0 || newfile_create(&nf, fd, slash ? slash + 1 : path) != 0 ||
	    fchmod(nf.fd, 0644) != 0 || util_write(nf.fd, b.s, b.len) != 0 ||
	    newfile_commit(&nf, true) != 0) {
		cli_warn("%s: %s", path, strerror(errno));
		w->status = cli_worse(w->status, EXIT_LATER);
	}
	newfile_abort(&nf);
	if (fd >= 0)
		(void)close(fd);
	buf_free(&b);
	free(dir);
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
	if (w->o->metrics)
		write_metrics(w);
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
	enum {
		WARN = 256,
		CLOCK,
		VERIFY,
		STORY,
		JSON,
		METRICS,
		VERSION_OPTION
	};
	static const struct option longs[] = {
	    {"spool", required_argument, NULL, 's'},
	    {"days", required_argument, NULL, 'd'},
	    {"dry-run", no_argument, NULL, 'n'},
	    {"warn", required_argument, NULL, WARN},
	    {"clock-ok", no_argument, NULL, CLOCK},
	    {"verify", no_argument, NULL, VERIFY},
	    {"story", required_argument, NULL, STORY},
	    {"json", no_argument, NULL, JSON},
	    {"metrics", required_argument, NULL, METRICS},
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
		case JSON:
			o->json = true;
			break;
		case METRICS:
			o->metrics = optarg;
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
	if (o.metrics && (o.dry_run || o.warn_us >= 0))
		cli_usage("--metrics goes with a sweep, not with -n, --warn");
	if (spool_open(&w.spool, o.spool, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = o.verify || o.story ? read_log(&w) : sweep(&w);
	spool_close(&w.spool);
	return cli_end(status);
}
