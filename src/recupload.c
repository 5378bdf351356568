/* SPDX-License-Identifier: ISC */
/* recupload: uploads recordings to their destinations. See recupload(1). */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "by_name.h"
#include "ciphertext.h"
#include "cli.h"
#include "courier.h"
#include "dry_run.h"
#include "erase.h"
#include "ini.h"
#include "list.h"
#include "list_notices.h"
#include "loop.h"
#include "metadata.h"
#include "notifier.h"
#include "num.h"
#include "stored_check.h"
#include "test.h"
#include "text.h"
#include "upload_metrics.h"
#include "when.h"

struct recupload_options {
	const char *config, *spool, *retry, *metrics, *what, *since;
	bool watch, check, list, json, test, delete, nul, validate, dry_run;
	struct erase_order erase;
};

struct upload_run {
	struct recupload_options o;
	struct upload up, next; /* the settings, and those that replace them */
	char tried[17];         /* settings that were invalid */
	struct spool sp;
	struct courier courier;
	struct by_name *hand;
	struct upload_metrics *metrics;
	struct courier_report report;
	int64_t told_us, first_us; /* when metrics were last written; start */
};

static volatile sig_atomic_t hung_up;

static void
on_stop(int sig)
{
	(void)sig;
	if (lanes_stopped())
		loop_abandon();
	lanes_stop();
}

static void
on_hangup(int sig)
{
	(void)sig;
	hung_up = 1;
}

static int
by_hand(const char *path, void *arg)
{
	return by_name_add(arg, path);
}

/* -t: reports settings that are valid, and perhaps a mistake. */
static int
caution_all(const struct upload_run *run)
{
	for (size_t i = 0; i < run->up.dests; i++) {
		const struct dest *d = &run->up.dest[i];

		char *caution = metadata_caution(d);

		if (ciphertext_caution(d))
			cli_warn("%s: %s", d->name, ciphertext_caution(d));
		if (caution)
			cli_warn("%s: %s", d->name, caution);
		free(caution);
	}
	return EXIT_DONE;
}

/* --test: tests every destination; each line begins with its name. */
static int
test_all(const struct upload_run *run)
{
	int status = EXIT_DONE;

	for (size_t i = 0; i < run->up.dests; i++) {
		struct buf report = {0};
		struct test t;
		bool good = test_make(&t, &run->up.dest[i]);

		test_add(&t, run->o.json, &report);
		(void)fwrite(report.s, 1, report.len, stdout);
		if (!good) {
			cli_warn("%s: %s", run->up.dest[i].name, t.why.text);
			status = EXIT_LATER;
		}
		test_end(&t);
		buf_free(&report);
	}
	return status;
}

/* With the settings, the list has destinations that were not tried yet. */
static int
list_spool(const struct upload_run *run)
{
	struct buf out = {0};
	struct why why;
	int status = EXIT_DONE;

	if (list_add(&run->sp, run->o.config ? &run->up.routes : NULL,
		run->o.what, when_now_us(), run->o.json, &out, &why)) {
		cli_warn("%s", why.text);
		status = EXIT_LATER;
	} else if (out.len > 0) {
		(void)fwrite(out.s, 1, out.len, stdout);
	} else if (run->o.what) {
		cli_warn("%s: no call in upload/ or failed/, and no "
			 "destination for which something waits (recsweep "
			 "--story finds a call)",
		    run->o.what);
	}
	buf_free(&out);
	return status;
}

/* A time, or (7d, 36h) a time before now. */
static int
parse_since(const char *text, int64_t *us)
{
	static const struct {
		char unit;
		int64_t seconds;
	} spans[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t n = strlen(text);
	char number[16];
	int64_t count;

	if (when_parse(text, us) == 0)
		return 0;
	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++) {
		if (n < 2 || n > 8 || text[n - 1] != spans[i].unit)
			continue;
		(void)snprintf(number, sizeof number, "%.*s", (int)n - 1, text);
		if (num_integer(number, 1, 9999999, &count) != 0)
			return -1;
		*us = when_now_us() - count * spans[i].seconds * 1000000;
		return 0;
	}
	return -1;
}

static int
check_stored(const struct upload_run *run)
{
	struct stored_report r;
	struct buf out = {0};
	int64_t since_us = 0;
	int status;

	if (run->o.since && parse_since(run->o.since, &since_us) != 0)
		cli_usage("--since: a time such as 2026-11-22T10:00:00Z, or "
			  "7d, not '%.40s'",
		    run->o.since);
	status =
	    stored_check(&run->up, &run->sp, since_us, run->o.json, &out, &r);
	if (out.len > 0)
		(void)fwrite(out.s, 1, out.len, stdout);
	cli_say("%zu asked for, %zu missing, %zu differ, %zu unknown", r.asked,
	    r.missing, r.differs, r.unknown);
	buf_free(&out);
	return status;
}

static int
retry(const struct upload_run *run)
{
	struct why why;
	size_t count;

	if (list_retry(&run->sp, run->o.retry, when_now_us(), &count, &why) !=
	    0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (count == 0 && strcmp(run->o.retry, "all") != 0) {
		cli_warn("%s: neither a call in upload/ or failed/ nor a "
			 "destination for which something waits (recupload -l "
			 "lists both)",
		    run->o.retry);
		return EXIT_GIVEN_UP;
	}
	return EXIT_DONE;
}

static uint64_t
bytes_sent(const struct upload_run *run)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < run->up.dests; i++)
		bytes += lane_count(run->courier.site.lanes, i).bytes;
	return bytes;
}

static int
write_upload_metrics(struct upload_run *run, const struct courier_report *r)
{
	if (!run->metrics ||
	    upload_metrics_write(run->metrics, run->courier.site.lanes, r,
		list_notices_count(&run->sp), when_now_us()) == 0)
		return 0;
	cli_warn("%s: %s", run->o.metrics, strerror(errno));
	return -1;
}

/* Called repeatedly while the courier works. */
static void
tell_report(const struct courier_report *r, void *arg)
{
	enum { METRICS_US = 10000000 };
	struct upload_run *run = arg;
	int64_t now_us = when_now_us(), us = now_us - run->first_us;

	run->report = *r;
	cli_progress("%zu of %zu calls, %.1f MB/s", r->done + r->failed,
	    r->done + r->failed + r->waiting,
	    us > 0 ? (double)bytes_sent(run) / (double)us : 0.0);
	if (now_us - run->told_us < METRICS_US)
		return;
	run->told_us = now_us;
	(void)write_upload_metrics(run, r);
}

static int
read_upload_settings(
    const struct upload_run *run, struct upload *up, struct why *why)
{
	struct doc doc;
	int status = ini_read(&doc, run->o.config, why);

	if (status != 0)
		return -1;
	status = upload_from_doc(up, &doc, why);
	doc_free(&doc);
	return status;
}

/* If a destination waits for a person: true if its settings or secrets have
 * changed. Invalid ones are not tried again. */
static bool
is_put_right(struct upload_run *run)
{
	struct doc doc;
	bool other = false;

	for (size_t i = 0; i < run->up.dests && !other; i++) {
		const struct dest *d = &run->up.dest[i];
		char now[17];

		if (!lane_needs_person(run->courier.site.lanes, i) ||
		    ini_read(&doc, run->o.config, NULL) != 0)
			continue;
		upload_settings_of(&doc, d->name, now);
		other = strcmp(now, d->settings) != 0 &&
			strcmp(now, run->tried) != 0;
		if (other)
			(void)snprintf(
			    run->tried, sizeof run->tried, "%s", now);
		doc_free(&doc);
	}
	return other;
}

/* After SIGHUP, or if a refused login was corrected: true if they are valid. */
static bool
has_new_settings(void *arg)
{
	struct upload_run *run = arg;
	bool asked = hung_up;
	struct why why;

	hung_up = 0;
	if (!asked && !is_put_right(run))
		return false;
	if (read_upload_settings(run, &run->next, &why) != 0) {
		cli_warn("%s; the settings stay as they were", why.text);
		return false;
	}
	return true;
}

/* The old ones are no longer used. */
static void
take_new_settings(struct upload_run *run)
{
	lanes_free(run->courier.site.lanes);
	upload_free(&run->up);
	run->up = run->next;
	run->next = (struct upload){0};
	run->courier.site.lanes = lanes_new(&run->up, run->sp.fd);
	lanes_resume();
	cli_say("%s: read again", run->o.config);
}

/* Works with these settings, once or until they change. */
static int
serve_on(struct upload_run *run, bool *changed)
{
	struct notifier *notifier =
	    notifier_start(&run->up, &run->sp, run->o.watch);
	int status;

	*changed = false;
	if (run->o.metrics)
		run->metrics =
		    upload_metrics_open(run->o.metrics, run->o.spool, &run->up);
	run->first_us = run->told_us = when_now_us();
	status = run->o.watch ? courier_watch(&run->courier, changed)
			      : courier_spool(&run->courier);
	status = cli_worse(status, notifier_end(notifier));
	cli_progress_end();
	if (write_upload_metrics(run, &run->report) != 0)
		status = cli_worse(status, EXIT_LATER);
	upload_metrics_close(run->metrics);
	run->metrics = NULL;
	return status;
}

/* Works on the spool, once or until it is stopped. */
static int
serve_spool(struct upload_run *run)
{
	bool changed;
	int status;

	run->courier.tell = tell_report;
	run->courier.changed = has_new_settings;
	run->courier.arg = run;
	for (;;) {
		status = serve_on(run, &changed);
		if (!changed)
			return status;
		take_new_settings(run);
	}
}

static const char help[] =
    "usage: recupload -c FILE [-nv0] [--delete] [RECORDING ...]\n"
    "       recupload -c FILE -s SPOOL [-nwv] [--metrics FILE]\n"
    "       recupload [-c FILE] -s SPOOL -l [--json] [ID|DESTINATION]\n"
    "       recupload -s SPOOL --retry ID|DESTINATION|all\n"
    "       recupload -c FILE -s SPOOL --check [--since TIME] [--json]\n"
    "       recupload -c FILE -s SPOOL --erase ID --reason TEXT [-n]\n"
    "       recupload -c FILE -t | --test [--json]\n"
    "Copies recordings to their destinations. Without RECORDING or -s it "
    "reads\n"
    "paths from standard input.\n"
    "\n"
    "  -c, --config FILE   settings of the destinations, see rec-upload(5)\n"
    "  -s, --spool SPOOL   upload all that is due in this spool\n"
    "  -w, --watch         with -s: stay and upload what comes\n"
    "  -n, --dry-run       only print what would be sent, or erased\n"
    "  -l, --list          list what waits or has failed\n"
    "      --check         is everything still there that was stored?\n"
    "      --since TIME    with --check: only what was stored since then (7d)\n"
    "      --json          with -l, --check, --test: one JSON object a line\n"
    "      --retry WHAT    try a call, a destination, or all again now\n"
    "      --erase ID      delete a call here and at its destinations\n"
    "      --reason TEXT   why, for the audit log\n"
    "      --metrics FILE  with -s: write metrics for Prometheus\n"
    "  -t, --check-config  check the settings; no server is asked\n"
    "      --test          write, read and delete a small file everywhere\n"
    "      --delete        by hand: remove what has arrived\n"
    "  -0, --null          paths end with NUL instead of newline\n"
    "  -v, --verbose       report what is done\n"
    "  -h, --help          print this text\n"
    "      --version       print the version\n"
    "\n"
    "Examples:\n"
    "  recupload -c upload.ini c1042-1.mp3\n"
    "  recupload -c upload.ini -s /var/spool/rectools\n"
    "\n"
    "Exit status: 0 done, 1 a recording was given up, 2 usage or "
    "configuration,\n"
    "75 try again later.\n";

static void
parse_recupload(struct recupload_options *o, int argc, char **argv)
{
	const struct cli_option options[] = {
	    {"config", 'c', .text = &o->config},
	    {"spool", 's', .text = &o->spool},
	    {"watch", 'w', .yes = &o->watch},
	    {"list", 'l', .yes = &o->list},
	    {"json", .yes = &o->json},
	    {"retry", .text = &o->retry},
	    {"metrics", .text = &o->metrics},
	    {"test", .yes = &o->test},
	    {"delete", .yes = &o->delete},
	    {"check-config", 't', .yes = &o->validate},
	    {"dry-run", 'n', .yes = &o->dry_run},
	    {"check", .yes = &o->check},
	    {"since", .text = &o->since},
	    {"erase", .text = &o->erase.id},
	    {"reason", .text = &o->erase.reason},
	    {"null", '0', .yes = &o->nul},
	    {.name = NULL},
	};

	cli_options(argc, argv, options, help);
}

static void
check_erase(const struct recupload_options *o, int args)
{
	const char *id = o->erase.id;
	const char *fault = id ? text_id_fault(id) : NULL;

	if (fault)
		cli_usage("'%s': %s", id, fault);
	if ((id != NULL) != (o->erase.reason && *o->erase.reason))
		cli_usage("--erase needs --reason TEXT");
	if (id && (!o->spool || args > 0))
		cli_usage("--erase takes one call of -s SPOOL");
	if (id && (o->metrics || o->list + o->test + o->watch + o->validate +
					 o->check + !!o->retry >
				     0))
		cli_usage("--erase can only be used with --dry-run");
}

static void
check_recupload(const struct recupload_options *o, int args)
{
	check_erase(o, args);
	if ((o->list || o->retry || o->watch) && !o->spool)
		cli_usage("-w, -l and --retry need -s SPOOL");
	if (o->metrics && (!o->spool || o->list || o->retry))
		cli_usage("--metrics needs -s, without -l or --retry");
	if (o->json && !o->list && !o->test && !o->check)
		cli_usage("--json needs --list, --check or --test");
	if (o->check && !o->spool)
		cli_usage("--check needs -s SPOOL, whose log it reads");
	if (o->since && !o->check)
		cli_usage("--since needs --check");
	if (o->list + o->test + o->watch + o->validate + o->dry_run + o->check +
		!!o->retry >
	    1)
		cli_usage("only one of -w, -l, -t, --check, --test, --dry-run "
			  "and --retry");
	if (o->delete &&(o->spool || o->test))
		cli_usage("--delete is for recordings given by hand");
	if (o->list && args > 1)
		cli_usage("-l: one call or destination, or all");
	if (args > 0 && !o->list && (o->spool || o->test || o->validate))
		cli_usage("recordings by name, or -s SPOOL, not both");
	if (!o->config && !o->list && !o->retry)
		cli_usage("-c FILE is missing");
}

static int
read_routes(struct upload_run *run, struct why *why)
{
	struct doc doc;
	int status = ini_read(&doc, run->o.config, why);

	if (status != 0)
		return -1;
	status = routes_from_doc(&run->up.routes, &doc, why);
	doc_free(&doc);
	return status;
}

static void
read_config(struct upload_run *run)
{
	struct why why;

	/* The list needs no secrets. */
	if ((run->o.list ? read_routes(run, &why)
			 : read_upload_settings(run, &run->up, &why)) != 0) {
		cli_warn("%s", why.text);
		exit(EXIT_USAGE);
	}
}

/* Secrets must not get into a core file. */
static void
leave_no_core(void)
{
	struct rlimit none;

	if (getrlimit(RLIMIT_CORE, &none) == 0) {
		none.rlim_cur = 0;
		(void)setrlimit(RLIMIT_CORE, &none);
	}
}

/* Does what was requested, with everything open. */
static int
act_on_options(struct upload_run *run, int argc, char **argv)
{
	int status;

	if (run->o.list)
		return list_spool(run);
	if (run->o.retry)
		return retry(run);
	if (run->o.validate)
		return caution_all(run);
	if (run->o.test)
		return test_all(run);
	if (run->o.check)
		return check_stored(run);
	if (run->o.erase.id) {
		run->o.erase.dry_run = run->o.dry_run;
		return erase_call(&run->up, &run->sp, &run->o.erase);
	}
	if (run->o.spool && run->o.dry_run)
		return dry_run_spool(&run->courier.site);
	run->courier.site.lanes =
	    lanes_new(&run->up, run->o.spool ? run->sp.fd : -1);
	if (run->o.spool)
		return serve_spool(run);
	run->hand = by_name_new(
	    &run->courier.site, run->o.nul, run->o.delete, run->o.dry_run);
	status = cli_each(argc, argv, run->o.nul, by_hand, run->hand);
	return cli_worse(status, by_name_end(run->hand));
}

int
main(int argc, char **argv)
{
	struct upload_run run = {.sp.fd = -1};
	struct sigaction stop = {.sa_handler = on_stop};
	struct sigaction hangup = {.sa_handler = on_hangup};
	struct why why;
	int status;

	run.courier.site.up = &run.up;
	run.courier.site.sp = &run.sp;
	cli_start("recupload");
	parse_recupload(&run.o, argc, argv);
	check_recupload(&run.o, argc - optind);
	if (run.o.list && optind < argc)
		run.o.what = argv[optind];
	leave_no_core();
	(void)sigaction(SIGTERM, &stop, NULL);
	(void)sigaction(SIGINT, &stop, NULL);
	(void)sigaction(SIGHUP, &hangup, NULL);
	if (run.o.config)
		read_config(&run);
	if (run.o.spool && spool_open(&run.sp, run.o.spool, &why) != 0) {
		cli_warn("%s", why.text);
		exit(spool_fault(&why));
	}
	status = act_on_options(&run, argc - optind, argv + optind);
	if (run.o.spool)
		spool_close(&run.sp);
	lanes_free(run.courier.site.lanes);
	upload_free(&run.up);
	loop_end();
	return cli_end(status);
}
