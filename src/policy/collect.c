/* SPDX-License-Identifier: ISC */
#include "collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "hash.h"
#include "intake.h"
#include "json.h"
#include "mem.h"
#include "metrics.h"
#include "space.h"
#include "text.h"
#include "when.h"

/* After so many calls, other processes may take the lock. */
enum { TURN = 128 };

const char *const collect_outcome_names[] = {
    "entered", "known", "refused", "waiting", "late", "unusable", NULL};

struct collect_candidate *
collect_add(struct collect *c)
{
	if ((c->candidates & (c->candidates - 1)) == 0)
		c->candidate = mem_resize(c->candidate,
		    c->candidates ? c->candidates * 2 : 1,
		    sizeof *c->candidate);
	c->candidate[c->candidates] = (struct collect_candidate){0};
	return &c->candidate[c->candidates++];
}

static void
free_candidates(struct collect *c)
{
	for (size_t i = 0; i < c->candidates; i++) {
		struct collect_candidate *cand = &c->candidate[i];

		doc_free(&cand->doc);
		free(cand->stem);
		for (size_t k = 0; k < cand->owns; k++)
			free(cand->own[k]);
		free(cand->own);
	}
	free(c->candidate);
	for (size_t i = 0; i < c->faults; i++)
		free(c->fault[i]);
	free(c->fault);
}

static void
find_call_files(struct collect *c)
{
	for (size_t i = 0; i < c->in.files; i++) {
		const char *path = c->in.file[i].path;
		size_t n = strlen(path);
		struct collect_candidate *cand;

		if (n <= 4 || strcmp(path + n - 4, ".ini") != 0)
			continue;
		cand = collect_add(c);
		cand->file = &c->in.file[i];
		cand->stem = text_ndup(path, n - 4);
	}
}

/* ---- what became of them ---- */

static char *
said_details(const char *of, const char *what)
{
	char hex[HASH_HEX_SIZE];

	hash_text(HASH_SHA256, of, strlen(of), hex);
	return text_format(
	    "of=%.16s%s%s", hex, what ? " what=" : "", what ? what : "");
}

bool
collect_was_said(const struct collect *c, const char *id, const char *event,
    const char *of, const char *what)
{
	char *details = said_details(of, what);
	const struct audit_event e = {id, event, details};
	bool was = known_event(c->door.known, &e);

	free(details);
	return was;
}

void
collect_say_once(struct collect *c, const char *id, const char *event,
    const char *of, const char *what, const char *text)
{
	char *details = said_details(of, what);

	if (admit_say(&c->admit, id, event, details)) {
		cli_warn("%s", text);
		c->status = cli_worse(c->status, EXIT_GIVEN_UP);
	}
	free(details);
}

static void
tell_collected(const struct admit_done *done, void *arg)
{
	struct collect *c = arg;

	c->count[done->refused ? COLLECT_REFUSED
		 : done->known ? COLLECT_KNOWN
			       : COLLECT_ENTERED]++;
	if (strcmp(done->told, done->id) != 0 && !done->known)
		cli_warn("%s: another call with this id was in the spool "
			 "before: this one enters as %s",
		    done->told, done->id);
	if (done->known)
		cli_say("%s: was taken before", done->told);
	if (done->kept)
		cli_warn(
		    "%s: has changed since it was taken, and is not deleted",
		    done->kept);
	if (done->why.errnum) {
		cli_warn("%s", done->why.text);
		c->status = cli_worse(c->status, EXIT_LATER);
	}
	if (done->path && !done->known)
		c->status = cli_print_path(done->path, c->nul, c->status);
}

/* Prints a file that no call names and that was not written to for long. */
static void
each_orphan(struct collect *c,
    void (*each)(const struct collect *c, const struct incoming_file *f))
{
	int64_t now_s = (int64_t)time(NULL);

	for (size_t i = 0; i < c->in.files; i++) {
		const struct incoming_file *f = &c->in.file[i];

		if (f->known || (now_s - f->changed_s) * 1000000 < c->late_us)
			continue;
		c->orphans++;
		each(c, f);
	}
}

static void
say_orphan(const struct collect *c, const struct incoming_file *f)
{
	cli_say("%s/%s: no call names it", c->in.shown, f->path);
}

/* In the format of --audit. */
static void
print_orphan(const struct collect *c, const struct incoming_file *f)
{
	char *path = text_format("%s/%s", c->in.shown, f->path);
	struct json *j = json_new();
	char *text;

	json_set_text(j, "file", path);
	json_set_text(j, "problem", "orphan");
	json_set_text(j, "detail", "no call names it");
	json_set_number(j, "bytes", f->bytes);
	text = c->json ? json_write(j) : text_shown(path);
	(void)printf(
	    "%s%s\n", text, c->json ? "" : ": orphan: no call names it");
	free(text);
	free(path);
	json_free(j);
}

/* A host may collect from several directories, each with its own metrics. */
static void
add_outcome_metric(const struct collect *c, struct buf *b, const char *name,
    const char *outcome, int64_t n)
{
	char *label = metrics_label(c->in.shown);

	buf_format(b, "%s{directory%s", name, label + strlen("spool"));
	if (outcome)
		buf_format(b, ",outcome=\"%s\"", outcome);
	buf_format(b, "} %" PRId64 "\n", n);
	free(label);
}

static void
add_gauge(const struct collect *c, struct buf *b, const char *name,
    const char *help, int64_t n)
{
	metrics_head(b, name, "gauge", help);
	add_outcome_metric(c, b, name, NULL, n);
}

/* Adds to what the file has: calls that enter or are refused do so once. */
static void
add_total(const struct collect *c, struct buf *b, const char *old,
    const char *name, const char *help, size_t n)
{
	char *label = metrics_label(c->in.shown);
	char *directory = text_format("directory%s", label + strlen("spool"));
	uint64_t before = metrics_figure(old, name, c->spool_path, directory);

	metrics_head(b, name, "counter", help);
	add_outcome_metric(c, b, name, NULL, (int64_t)(before + n));
	free(directory);
	free(label);
}

static int
write_collect_metrics(const struct collect *c)
{
	char *old = metrics_read(c->metrics);
	struct buf b = {0};
	int status = EXIT_DONE;

	add_total(c, &b, old, "rectools_collect_entered_total",
	    "Calls that entered the spool.", c->count[COLLECT_ENTERED]);
	add_total(c, &b, old, "rectools_collect_refused_total",
	    "Calls that the policy refused.", c->count[COLLECT_REFUSED]);
	metrics_head(&b, "rectools_collect_calls", "gauge",
	    "Calls of the last run, by what became of them.");
	for (int i = 0; i < COLLECT_OUTCOMES; i++)
		add_outcome_metric(c, &b, "rectools_collect_calls",
		    collect_outcome_names[i], (int64_t)c->count[i]);
	add_gauge(c, &b, "rectools_collect_orphans",
	    "Files in the directory that no call names.", (int64_t)c->orphans);
	add_gauge(c, &b, "rectools_collect_oldest_seconds",
	    "Age of the oldest call that waits.",
	    c->oldest_s > 0 ? (int64_t)time(NULL) - c->oldest_s : 0);
	add_gauge(c, &b, "rectools_collect_status",
	    "Exit status of the last run.", c->status);
	add_gauge(c, &b, "rectools_collect_last_timestamp_seconds",
	    "When the last run was.", when_now_us() / 1000000);
	if (metrics_put(c->metrics, c->spool_path, &b) != 0) {
		cli_warn("%s: %s", c->metrics, strerror(errno));
		status = EXIT_LATER;
	}
	buf_free(&b);
	free(old);
	return status;
}

static void
say_sums(const struct collect *c)
{
	cli_say("%s: %zu entered, %zu taken before, %zu refused, %zu wait, %zu "
		"unusable, %zu files that no call names",
	    c->in.shown, c->count[COLLECT_ENTERED], c->count[COLLECT_KNOWN],
	    c->count[COLLECT_REFUSED], c->count[COLLECT_WAITING],
	    c->count[COLLECT_UNUSABLE], c->orphans);
	if (c->unrecorded > 0)
		cli_say("%zu calls of the log have no recording here",
		    c->unrecorded);
}

/* ---- one run ---- */

/* Under the door's lock. 0, or -1 with why. */
static int
take_all(struct collect *c, struct why *why)
{
	for (size_t i = 0; i < c->faults; i++)
		collect_say_once(
		    c, "-", "unusable", c->fault[i], NULL, c->fault[i]);
	for (size_t i = 0; i < c->candidates; i++)
		collect_name_files(c, &c->candidate[i]);
	for (size_t i = 0; i < c->candidates && !c->stop; i++) {
		collect_call(c, &c->candidate[i]);
		if (i % TURN == TURN - 1 && !c->stop &&
		    (admit_flush(&c->admit, why) != 0 ||
			door_yield(&c->door, why) != 0))
			return -1;
	}
	/* Complete calls enter, also if there were faults. */
	return admit_flush(&c->admit, why);
}

static int
take_calls(struct collect *c)
{
	struct why why;
	int status = EXIT_DONE;

	if (door_open(&c->door, &c->spool, &why) != 0 ||
	    door_lock(&c->door, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	c->admit = (struct admit){.door = &c->door,
	    .hold_fd = c->in.hold_fd,
	    .together = true,
	    .take_erased = c->take_erased,
	    .now_us = when_now_us(),
	    .done = tell_collected,
	    .arg = c};
	if (take_all(c, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_LATER;
	}
	admit_free(&c->admit);
	intake_save_known(&c->door);
	return status;
}

static int
run_collect(struct collect *c, int argc, char **argv)
{
	struct why why;
	int status = EXIT_DONE;

	if (incoming_scan(&c->in, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (c->in.closed) {
		cli_warn("%s: uid %u may not read and write here; it needs a "
			 "group of this user and mode 2770",
		    c->in.closed, (unsigned)geteuid());
		status = EXIT_USAGE;
	}
	if (c->from)
		status = cli_worse(status, collect_logs(c, argc, argv));
	else
		find_call_files(c);
	status = cli_worse(status, take_calls(c));
	c->status = cli_worse(c->status, status);
	each_orphan(c, say_orphan);
	say_sums(c);
	return c->metrics ? cli_worse(c->status, write_collect_metrics(c))
			  : c->status;
}

/* Checks the paths before anything else. */
static int
open_all(struct collect *c, bool *none)
{
	struct why why;
	int status, found = 0;

	if (spool_open(&c->spool, c->spool_path, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = intake_check_clock(&c->spool, &why) == 0
		     ? space_check(&c->spool, 0, &why)
		     : EXIT_LATER;
	if (status == EXIT_DONE) {
		found = incoming_open(&c->in, c->dir, c->spool_path, &why);
		if (found < 0)
			status = incoming_fault(&why);
	}
	if (status != EXIT_DONE)
		cli_warn("%s", why.text);
	*none = found > 0;
	return status;
}

int
collect_run(struct collect *c, int argc, char **argv)
{
	bool none = false;
	int status;

	c->in.fd = c->in.hold_fd = -1;
	c->door.fd = -1;
	status = open_all(c, &none);
	/* There is no PBX here yet. */
	if (status == EXIT_DONE && none)
		cli_hint("%s: there is no such directory", c->in.shown);
	else if (status == EXIT_DONE)
		status = run_collect(c, argc, argv);
	free_candidates(c);
	door_close(&c->door);
	incoming_close(&c->in);
	spool_close(&c->spool);
	return status;
}

int
collect_orphans(struct collect *c, int argc, char **argv)
{
	struct why why;
	int found = incoming_open(&c->in, c->dir, NULL, &why);
	int status = EXIT_DONE;

	if (found == 0 && incoming_scan(&c->in, &why) != 0)
		found = -1;
	if (found > 0)
		cli_hint("%s: there is no such directory", c->in.shown);
	else if (found < 0)
		cli_warn("%s", why.text), status = incoming_fault(&why);
	else if (c->from)
		status = collect_logs(c, argc, argv);
	else
		find_call_files(c);
	for (size_t i = 0; i < c->candidates; i++)
		collect_name_files(c, &c->candidate[i]);
	each_orphan(c, print_orphan);
	if (c->orphans > 0)
		status = cli_worse(status, EXIT_GIVEN_UP);
	free_candidates(c);
	incoming_close(&c->in);
	return status;
}
