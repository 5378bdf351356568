/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "hold.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "metrics.h"
#include "names.h"
#include "newfile.h"
#include "retention.h"
#include "spool.h"
#include "sweep.h"
#include "sweep_incoming.h"
#include "swept.h"
#include "text.h"
#include "when.h"
#include "where.h"

#define DAY_US INT64_C(86400000000)

static struct {
	const char *spool, *story, *metrics, *seen;
	const char *hold, *release, *reason;
	char **incoming;
	size_t incomings;
	int64_t keep_us, warn_us; /* warn_us: -1 without --warn */
	bool dry_run, clock_ok, verify, head, json, holds;
} opt = {.keep_us = 7 * DAY_US, .warn_us = -1};

static const char help[] =
    "usage: recsweep [-nv] [-d TIME] [--clock-ok] [--json] [--metrics FILE]\n"
    "                -s SPOOL\n"
    "       recsweep [-d TIME] [--json] --warn TIME -s SPOOL\n"
    "       recsweep --verify[=HASH] | --head | --story ID -s SPOOL\n"
    "       recsweep --hold ID --reason TEXT | --release ID --reason TEXT |\n"
    "                --holds [--json] -s SPOOL\n"
    "Deletes everything that entered the spool at least seven days ago, "
    "uploaded or\n"
    "not. Each recording that was never uploaded is named on standard error.\n"
    "\n"
    "  -s, --spool SPOOL the spool\n"
    "  -d, --days TIME   keep for so long: 7, 7d, 36h (default: 7)\n"
    "  -n, --dry-run     only print what would be deleted\n"
    "      --incoming DIR[:DIR...]\n"
    "                    also delete what no call took from a PBX's "
    "directory\n"
    "      --warn TIME   print what will be deleted within that time and was "
    "not\n"
    "                    uploaded; status 1 if there is any\n"
    "      --clock-ok    trust the clock although it has jumped\n"
    "      --verify[=HASH]\n"
    "                    check the chain of the audit log, and that it has "
    "the\n"
    "                    line whose hash --head once printed\n"
    "      --head        check it and print the hash of its last line\n"
    "      --story ID    print the audit log's lines of one call, and where it "
    "is\n"
    "      --hold ID     never delete this call, until --release ID\n"
    "      --release ID  end its hold\n"
    "      --reason TEXT why, for the audit log\n"
    "      --holds       list the holds: id, since, reason\n"
    "      --json        print one JSON object for each folder, line or hold\n"
    "      --metrics FILE\n"
    "                    write metrics for Prometheus\n"
    "  -v, --verbose     report what is done\n"
    "  -h, --help        print this text\n"
    "      --version     print the version\n"
    "\n"
    "Examples:\n"
    "  recsweep -s /var/spool/rectools\n"
    "  recsweep --story c1042 -s /var/spool/rectools\n"
    "\n"
    "Exit status: 0 done, 1 something was found, 2 usage or configuration,\n"
    "75 try again later.\n";

static void
show_swept(
    const struct sweep *s, const struct sweep_folder *f, const char *action)
{
	const char *where = spool_stage_names[f->stage];
	char when[WHEN_SIZE];
	struct json *j;
	char *line;

	if (!opt.json) {
		if (s->dry_run || s->warn_us >= 0)
			(void)printf(
			    "%s/%s/%s\n", s->spool->path, where, f->name);
		return;
	}
	j = json_new();
	json_set_text(j, "stage", where);
	json_set_text(j, "folder", f->name);
	json_set_text(j, "call", f->id);
	json_set_text(j, "entered", when_text(f->entered_us, when));
	json_set_number(
	    j, "age_seconds", (s->now_us - f->entered_us) / 1000000);
	json_set_text(j, "action", action);
	line = json_write(j);
	(void)puts(line);
	free(line);
	json_free(j);
}

static int
worst_status(int status, const char *name)
{
	cli_warn("%s/%s: %s", opt.spool, name, strerror(errno));
	return cli_worse(status, EXIT_LATER);
}

/* Saves the record for the next sweep. */
static int
save_swept(const struct sweep *s, struct swept *r)
{
	int status = s->status;
	struct why why;

	r->deleted += (long long)s->deleted;
	r->unsent += (long long)s->unsent;
	swept_stamp(r, s->now_us);
	/* If the log is incomplete, the record is not changed. */
	if (audit_last(s->spool->fd, r->head, &why) != 0) {
		cli_warn("%s/%s", opt.spool, why.text);
		status = cli_worse(status, EXIT_LATER);
	}
	if (status == EXIT_DONE)
		r->success_us = s->now_us;
	return swept_save(r, s->spool->fd) == 0
		   ? status
		   : worst_status(status, ".last-sweep");
}

/* ---- holds, seen by a sweep ---- */

enum { OLD_HOLD_DAYS = 30 };

struct hold_count {
	int64_t now_us, oldest_us;
	long long count;
};

static void
count_hold(const struct hold *h, void *arg)
{
	struct hold_count *c = arg;

	c->count++;
	if (h->since_us && c->now_us - h->since_us > c->oldest_us)
		c->oldest_us = c->now_us - h->since_us;
}

/* A hold that was forgotten keeps a call for ever. */
static void
warn_of_old_hold(const struct hold *h, void *arg)
{
	const int64_t *now_us = arg;
	int64_t days = (*now_us - h->since_us) / 86400 / 1000000;

	if (h->since_us && days >= OLD_HOLD_DAYS)
		cli_warn("%s: on hold for %lld days: %s (recsweep --release "
			 "%s ends it)",
		    h->id, (long long)days, h->reason, h->id);
}

/* ---- figures ---- */

static void
add_figure(struct buf *b, const char *name, const char *kind, const char *text,
    long long value)
{
	metrics_head(b, name, kind, text);
	metrics_line(b, name, NULL, NULL, value);
}

static void
add_stages(struct buf *b, const char *name, const char *text,
    const long long value[SPOOL_STAGES])
{
	metrics_head(b, name, "gauge", text);
	for (int i = 0; i < SPOOL_STAGES; i++)
		metrics_line(b, name, "stage", spool_stage_names[i], value[i]);
}

static void
format_metrics(const struct sweep *s, const struct swept *r, struct buf *b)
{
	long long folders[SPOOL_STAGES], bytes[SPOOL_STAGES];
	long long oldest_s[SPOOL_STAGES] = {0};

	for (int i = 0; i < SPOOL_STAGES; i++) {
		folders[i] = (long long)s->folders[i];
		bytes[i] = (long long)sweep_bytes(s, (enum spool_stage)i);
		if (s->folders[i])
			oldest_s[i] = (s->now_us - s->oldest_us[i]) / 1000000;
	}
	add_stages(b, "rectools_spool_folders", "Calls that wait in a stage.",
	    folders);
	add_stages(b, "rectools_spool_bytes",
	    "Bytes of the files of these calls.", bytes);
	add_stages(b, "rectools_spool_oldest_seconds",
	    "Age of the oldest call in a stage.", oldest_s);
	add_figure(b, "rectools_sweep_deleted_total", "counter",
	    "Folders deleted since the spool was made.", r->deleted);
	add_figure(b, "rectools_sweep_unsent_total", "counter",
	    "Those of them that were not uploaded, or only in part.",
	    r->unsent);
	add_figure(b, "rectools_held_folders", "gauge",
	    "Calls past their time that a hold keeps.", (long long)s->held);
	add_figure(b, "rectools_sweep_status", "gauge",
	    "Exit status of the last sweep.", s->status);
	add_figure(b, "rectools_sweep_last_timestamp_seconds", "gauge",
	    "When the last sweep was.", (long long)(s->now_us / 1000000));
	add_figure(b, "rectools_sweep_last_success_timestamp_seconds", "gauge",
	    "When the last sweep was that ended with 0.",
	    (long long)(r->success_us / 1000000));
}

static int
write_sweep_metrics(const struct sweep *s, const struct swept *r)
{
	struct buf b = {0};
	struct hold_count holds = {.now_us = s->now_us};
	struct why why = {0};
	int status = s->status;

	format_metrics(s, r, &b);
	if (hold_each(s->spool, count_hold, &holds, &why) == 0) {
		add_figure(&b, "rectools_holds", "gauge",
		    "Calls on hold, in the spool or not.", holds.count);
		add_figure(&b, "rectools_oldest_hold_seconds", "gauge",
		    "Age of the oldest hold.",
		    (long long)(holds.oldest_us / 1000000));
	}
	if (metrics_put(opt.metrics, opt.spool, &b) != 0) {
		cli_warn("%s: %s", opt.metrics, strerror(errno));
		status = cli_worse(status, EXIT_LATER);
	}
	buf_free(&b);
	return status;
}

/* ---- one sweep ---- */

static int
sweep_incomings(struct sweep *s)
{
	int status = s->status;

	for (size_t i = 0; i < opt.incomings && s->warn_us < 0; i++) {
		struct sweep_incoming in = {s->spool, opt.incoming[i],
		    s->now_us, s->keep_us, s->dry_run, opt.json, 0, 0};

		status = cli_worse(status, sweep_incoming(&in));
		s->held += in.held, s->deleted += in.deleted;
	}
	return status;
}

static int
sweep_all(struct sweep *s, struct swept *r)
{
	struct why why = {0};

	sweep_root(s);
	for (int stage = 0; stage < SPOOL_STAGES; stage++)
		sweep_stage(s, (enum spool_stage)stage);
	s->status = sweep_incomings(s);
	if (s->warn_us >= 0)
		(void)hold_each(s->spool, warn_of_old_hold, &s->now_us, &why);
	if (s->warn_us >= 0)
		return s->warned > 0 ? cli_worse(s->status, EXIT_GIVEN_UP)
				     : s->status;
	if (s->dry_run)
		return s->status;
	cli_say(
	    "%zu deleted, %zu of them never uploaded", s->deleted, s->unsent);
	return save_swept(s, r);
}

static int
sweep_spool(const struct spool *sp)
{
	struct sweep s = {.spool = sp,
	    .now_us = when_now_us(),
	    .keep_us = opt.keep_us,
	    .warn_us = opt.warn_us,
	    .dry_run = opt.dry_run,
	    .show = show_swept};
	struct retention_clock clock;
	struct swept r;
	const char *wrong;

	if (flock(sp->fd, LOCK_EX | LOCK_NB) != 0) {
		cli_warn("%s: another sweep is running", opt.spool);
		return EXIT_LATER;
	}
	swept_load(&r, sp->fd);
	clock = swept_clock(&r, sp->fd, s.now_us);
	wrong = retention_clock_fault(&clock);
	if (wrong && !opt.clock_ok) {
		cli_warn("%s: nothing deleted: %s (set it, or use --clock-ok "
			 "if it is right)",
		    opt.spool, wrong);
		s.status = EXIT_LATER;
	} else {
		s.status = sweep_all(&s, &r);
	}
	return opt.metrics ? write_sweep_metrics(&s, &r) : s.status;
}

/* ---- the audit log ---- */

struct printing {
	int spool_fd;
	size_t lines;
};

static void
print_line(const char *line, void *arg)
{
	static const char *const names[] = {
	    "time", "previous", "call", "event"};
	struct printing *p = arg;
	char *shown = names_show(p->spool_fd, opt.story, line), *out;
	size_t n = strcspn(shown, "\n");
	const char *at = shown;
	struct json *j;

	p->lines++;
	if (!opt.json) {
		(void)fputs(shown, stdout);
		free(shown);
		return;
	}
	j = json_new();
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t word = strcspn(at, " \n");
		char *text = text_ndup(at, word);

		json_set_text(j, names[i], text);
		free(text);
		at += word + (at[word] == ' ');
	}
	out = text_ndup(at, n - (size_t)(at - shown));
	json_set_text(j, "details", out);
	free(out);
	out = json_write(j);
	(void)puts(out);
	free(out);
	free(shown);
	json_free(j);
}

static int
tell_story(const struct spool *sp)
{
	struct printing p = {.spool_fd = sp->fd};
	struct why why = {0};

	/* A new spool has no log yet. */
	if (audit_story(sp->fd, opt.story, print_line, &p, &why) != 0 &&
	    why.errnum != ENOENT) {
		cli_warn("%s/%s", opt.spool, why.text);
		return why_status(&why);
	}
	if (p.lines == 0) {
		cli_warn("%s: the audit log of %s has no call with this id",
		    opt.story, opt.spool);
		return EXIT_GIVEN_UP;
	}
	if (where_tell(sp, opt.story, print_line, &p, &why) != 0) {
		cli_warn("%s/%s", opt.spool, why.text);
		return why_status(&why);
	}
	return EXIT_DONE;
}

static int
read_audit_log(const struct spool *sp)
{
	struct audit_chain chain;
	struct swept r;
	struct why why;

	if (opt.story)
		return tell_story(sp);
	swept_load(&r, sp->fd);
	if (audit_verify(sp->fd, strlen(r.head) == 64 ? r.head : NULL, &chain,
		&why) != 0 ||
	    (opt.seen && audit_verify(sp->fd, opt.seen, &chain, &why) != 0)) {
		cli_warn("%s/%s", opt.spool, why.text);
		return EXIT_GIVEN_UP;
	}
	cli_say("%s/audit.log: %zu lines, the chain is intact", opt.spool,
	    chain.lines);
	if (opt.head)
		(void)printf("%s\n", chain.head);
	return EXIT_DONE;
}

/* ---- holds ---- */

static void
show_hold(const struct hold *h, void *arg)
{
	char since[WHEN_SIZE] = "-";
	struct json *j;
	char *line;

	(void)arg;
	if (h->since_us)
		(void)when_text(h->since_us, since);
	if (!opt.json) {
		(void)printf("%s\t%s\t%s\n", h->id, since, h->reason);
		return;
	}
	j = json_new();
	json_set_text(j, "call", h->id);
	json_set_text(j, "since", since);
	json_set_text(j, "reason", h->reason);
	line = json_write(j);
	(void)puts(line);
	free(line);
	json_free(j);
}

static int
change_holds(const struct spool *sp)
{
	int64_t now_us = when_now_us();
	struct why why;
	int status;

	if (opt.hold)
		status = hold_set(sp, opt.hold, opt.reason, now_us, &why);
	else if (opt.release)
		status =
		    hold_release(sp, opt.release, opt.reason, now_us, &why);
	else
		status = hold_each(sp, show_hold, NULL, &why);
	if (status != 0) {
		cli_warn("%s", why.text);
		return why_status(&why);
	}
	/* A typing error in an id must not look like a valid hold. */
	if (opt.hold && !where_is(sp, opt.hold))
		cli_warn("%s: no call of this id is in the spool now; it is "
			 "held as soon as it enters",
		    opt.hold);
	return EXIT_DONE;
}

static void
take_age_option(const char *name, const char *arg, void *to)
{
	if (retention_parse(arg, to) != 0)
		cli_usage("%s: a time like 7, 7d or 36h, not '%s'", name, arg);
}

/* Several directories are separated as in PATH, as in RECTOOLS_INCOMING. */
static void
take_incoming(const char *name, const char *arg, void *to)
{
	(void)name;
	(void)to;
	for (const char *end; *arg; arg = *end ? end + 1 : end) {
		end = arg + strcspn(arg, ":");
		if (end == arg)
			continue;
		opt.incoming = mem_resize(
		    opt.incoming, opt.incomings + 1, sizeof *opt.incoming);
		opt.incoming[opt.incomings++] =
		    text_ndup(arg, (size_t)(end - arg));
	}
}

static const struct cli_option options[] = {
    {"spool", 's', .text = &opt.spool},
    {"days", 'd', .take = take_age_option, .to = &opt.keep_us},
    {"dry-run", 'n', .yes = &opt.dry_run},
    {"incoming", .many = true, .take = take_incoming},
    {"warn", .take = take_age_option, .to = &opt.warn_us},
    {"clock-ok", .yes = &opt.clock_ok},
    {"verify", .optional = true, .yes = &opt.verify, .text = &opt.seen},
    {"head", .yes = &opt.head},
    {"story", .text = &opt.story},
    {"json", .yes = &opt.json},
    {"hold", .text = &opt.hold},
    {"release", .text = &opt.release},
    {"reason", .text = &opt.reason},
    {"holds", .yes = &opt.holds},
    {"metrics", .text = &opt.metrics},
    {.name = NULL},
};

static void
check_holds(void)
{
	const char *id = opt.hold ? opt.hold : opt.release;
	const char *fault = id ? text_id_fault(id) : NULL;

	if ((opt.hold != NULL) + (opt.release != NULL) + opt.holds > 1)
		cli_usage("only one of --hold, --release and --holds");
	if (fault)
		cli_usage("'%s': %s", id, fault);
	if ((id != NULL) != (opt.reason != NULL && *opt.reason))
		cli_usage("--hold and --release need --reason TEXT");
}

static void
check_recsweep(int arguments)
{
	bool holds = opt.hold || opt.release || opt.holds;
	bool reads = opt.verify || opt.head || opt.story || holds;

	if (!opt.spool || arguments > 0)
		cli_usage("expected -s SPOOL and no other argument");
	if (opt.metrics && (opt.dry_run || opt.warn_us >= 0 || reads))
		cli_usage("--metrics is only for a sweep");
	check_holds();
	if ((opt.verify || opt.head) + holds + (opt.story != NULL) +
		opt.dry_run + (opt.warn_us >= 0) >
	    1)
		cli_usage("only one of -n, --warn, --story, --hold, --release, "
			  "--holds, and --verify or --head");
	if (opt.seen && (strlen(opt.seen) != 64 ||
			    strspn(opt.seen, "0123456789abcdef") != 64))
		cli_usage("--verify: 64 hexadecimal digits, as --head prints");
}

int
main(int argc, char **argv)
{
	struct spool sp;
	struct why why;
	int status;

	cli_start("recsweep");
	cli_options(argc, argv, options, help);
	check_recsweep(argc - optind);
	if (spool_open(&sp, opt.spool, &why) != 0) {
		cli_warn("%s", why.text);
		return spool_fault(&why);
	}
	status = opt.verify || opt.head || opt.story    ? read_audit_log(&sp)
		 : opt.hold || opt.release || opt.holds ? change_holds(&sp)
							: sweep_spool(&sp);
	spool_close(&sp);
	return cli_end(status);
}
