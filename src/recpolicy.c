/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "cli.h"
#include "collect.h"
#include "decide.h"
#include "dialogue.h"
#include "ending.h"
#include "explain.h"
#include "finished.h"
#include "ini.h"
#include "intake.h"
#include "logs.h"
#include "message_put.h"
#include "missing.h"
#include "options.h"
#include "recorder.h"
#include "text.h"

struct policy_job {
	struct options o;
	struct doc policy_doc, new_doc;
	struct policy policy, new_policy;
	struct intake intake;
	struct finished finished;
	bool printed;
};

/* For people; no name in it controls their terminal. */
static void
print_shown(const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, "\n");
		char *line = text_ndup(text, n), *shown = text_shown(line);

		printf("%s%s", shown, text[n] ? "\n" : "");
		text += n + (text[n] ? 1 : 0);
		free(shown);
		free(line);
	}
}

/* A document is for programs, unless a terminal shows it. */
static void
print_document(struct policy_job *j, const char *text)
{
	if (j->printed)
		putchar('\n');
	j->printed = true;
	if (isatty(STDOUT_FILENO))
		print_shown(text);
	else
		fputs(text, stdout);
}

/*
 * Documents of a stream begin with [call], so a blank line may separate them.
 */
static int
print_plan(
    struct policy_job *j, const struct decision *d, const struct ending *end)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct why why;
	int status = EXIT_DONE;

	if (end->unsure)
		cli_warn("%s: [events] has no end, and %s: the last event is "
			 "used as the end",
		    d->call->doc->file, end->why.text);
	decide_to_doc(d, &doc);
	if (doc_write(&doc, &text, &why) != 0) {
		cli_warn("%s: %s", d->call->doc->file, why.text);
		status = EXIT_USAGE;
	} else {
		print_document(j, text.s);
	}
	buf_free(&text);
	doc_free(&doc);
	return status;
}

static int
print_explanation(const struct policy_job *j, const struct decision *d)
{
	struct buf text = {0};

	if (j->o.json) {
		explain_json(d, &text);
		fputs(text.s, stdout);
	} else {
		explain_text(d, &text);
		print_shown(text.s);
	}
	buf_free(&text);
	return EXIT_DONE;
}

static int
put_into_spool(
    struct policy_job *j, const struct decision *d, const struct ending *end)
{
	/* Otherwise its legs would be deleted, with the sound after the last
	 * event. */
	if (d->plan.record && end->unsure) {
		cli_warn("%s: [events] has no end, and %s", d->call->doc->file,
		    end->why.text);
		return EXIT_USAGE;
	}
	/* There was no recorder; recmix could only set the call aside. */
	if (d->plan.record && d->call->legs == 0) {
		cli_warn("%s: should be recorded, and has no leg: not taken",
		    d->call->doc->file);
		return EXIT_GIVEN_UP;
	}
	return intake_call(&j->intake, d);
}

static int
replay(
    struct policy_job *j, const struct decision *old, const struct ending *end)
{
	struct decision new;
	struct buf text = {0};

	decide_call(&new, &j->new_policy, old->call, end->us);
	explain_difference(old, &new, &text);
	print_shown(text.s);
	buf_free(&text);
	decide_free(&new);
	return EXIT_DONE;
}

static int
audit(struct policy_job *j, const struct call *call, const struct decision *d)
{
	struct missing f;
	struct buf text = {0};

	if (!missing_check(call, d ? &d->plan : NULL,
		j->o.tickets ? &j->finished : NULL, j->o.tolerance_us, &f))
		return EXIT_DONE;
	if (f.later) {
		cli_warn("%s: %s", call->id, f.detail);
		missing_free(&f);
		return EXIT_LATER;
	}
	missing_print(call, &f, j->o.json, &text);
	if (j->o.json)
		fputs(text.s, stdout);
	else
		print_shown(text.s);
	buf_free(&text);
	missing_free(&f);
	return EXIT_GIVEN_UP;
}

/* True if it is a fault of the policy: the call is neither recorded nor
 * refused. */
static bool
is_undecided(const struct policy_job *j, const struct decision *d)
{
	struct why why;

	if (j->o.replay ||
	    (j->o.spool ? check_decision(d, &why) == 0 : !d->fault))
		return false;
	cli_warn("%s: not decided: %s", d->call->doc->file,
	    j->o.spool ? why.text : d->fault);
	return true;
}

static int
judge_call(struct policy_job *j, const struct call *call)
{
	bool shown = j->o.explain || (j->o.json && !j->o.audit);
	struct decision d;
	struct ending end;
	int status;

	if (!j->o.config)
		return audit(j, call, NULL);
	ending_find(call, &end);
	/*
	 * Before it enters, it matters whether there could be more to record.
	 */
	if (end.unsure && j->o.spool)
		end.us++;
	decide_call(&d, &j->policy, call, end.us);
	if (is_undecided(j, &d))
		status = shown ? cli_worse(EXIT_USAGE, print_explanation(j, &d))
			       : EXIT_USAGE;
	else if (j->o.audit)
		status = audit(j, call, &d);
	else if (j->o.replay)
		status = replay(j, &d, &end);
	else if (j->o.spool)
		status = put_into_spool(j, &d, &end);
	else if (shown)
		status = print_explanation(j, &d);
	else
		status = print_plan(j, &d, &end);
	if (!d.plan.record && !j->o.replay && !j->o.audit)
		status = cli_worse(status, EXIT_GIVEN_UP);
	decide_free(&d);
	return status;
}

/* Owns the document. */
static int
judge_doc(struct policy_job *j, struct doc *doc)
{
	struct call call;
	struct why why;
	int status = EXIT_USAGE;

	if (call_from_doc(&call, doc, &why) != 0) {
		cli_warn("%s", why.text);
	} else {
		status = judge_call(j, &call);
		call_free(&call);
	}
	doc_free(doc);
	return status;
}

static int
each_call(const char *path, void *arg)
{
	struct doc doc = {0};
	struct why why;

	if (ini_read(&doc, path, &why) == 0)
		return judge_doc(arg, &doc);
	cli_warn("%s", why.text);
	doc_free(&doc);
	return spool_fault(&why);
}

/* A call file made from a recorder's log: prints or judges it. */
static int
take_imported(const char *path, const struct import_call *c,
    const struct buf *text, void *arg)
{
	struct policy_job *j = arg;
	struct doc doc;
	struct why why;

	if (c->untold)
		cli_say(
		    "%s: call %s: not in the log: %s", path, c->id, c->untold);
	if (!j->o.config && !j->o.audit) {
		print_document(j, text->s);
		return EXIT_DONE;
	}
	if (import_doc(text, path, c->id, &doc, &why) == 0)
		return judge_doc(j, &doc);
	cli_warn("%s", why.text);
	return EXIT_USAGE;
}

/* What cannot be read in a log is skipped. */
static int
tell_reader_fault(
    const char *path, enum logs_fault fault, const struct why *why, void *arg)
{
	(void)arg;
	if (fault == LOGS_LINE)
		cli_warn("%s; skipped", why->text);
	else if (fault == LOGS_FILE)
		cli_warn("%s", why->text);
	else
		cli_warn("%s: %s", path, why->text);
	return fault == LOGS_LINE || fault == LOGS_PART ? EXIT_GIVEN_UP
							: EXIT_USAGE;
}

static int
end_log(int status, void *arg)
{
	struct policy_job *j = arg;

	return j->o.spool ? intake_flush(&j->intake, status) : status;
}

static int
read_logs(struct policy_job *j, int argc, char **argv)
{
	const struct logs logs = {.from = j->o.from,
	    .import = &j->o.import,
	    .nul = j->o.nul,
	    .take = take_imported,
	    .fault = tell_reader_fault,
	    .end = end_log,
	    .arg = j};

	return logs_read(&logs, argc, argv);
}

static int
collect_folder(struct policy_job *j, int argc, char **argv)
{
	const struct options *o = &j->o;
	struct collect c = {.dir = o->collect,
	    .spool_path = o->spool,
	    .metrics = o->metrics,
	    .from = o->from,
	    .policy = &j->policy,
	    .import = &o->import,
	    .late_us = o->late_us,
	    .torn_us = o->torn_us,
	    .nul = o->nul,
	    .take_erased = o->take_erased};

	c.json = o->json;
	return o->audit ? collect_orphans(&c, argc, argv)
			: collect_run(&c, argc, argv);
}

static int
run_recpolicy(struct policy_job *j, int argc, char **argv)
{
	const struct options *o = &j->o;
	struct why why;
	int status;

	if (o->init) {
		if (spool_create(o->spool, &why) == 0)
			return EXIT_DONE;
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = o->config ? check_load(
				 o->config, o->test, &j->policy_doc, &j->policy)
			   : EXIT_DONE;
	if (status == EXIT_DONE && o->replay)
		status =
		    check_load(o->replay, false, &j->new_doc, &j->new_policy);
	if (status != EXIT_DONE)
		return status;
	/* Facts with numbers are added if the policy has rules for them. */
	if (who_needs_numbers(&j->policy.who) ||
	    who_needs_numbers(&j->new_policy.who))
		j->o.import.numbers = true;
	if (o->recorder)
		return recorder_check(o->config ? &j->policy : NULL,
		    o->recorder, &o->import, o->json, argv, argc);
	if (o->test)
		return check_policy(&j->policy,
		    o->from ? o->from : "asterisk-cel", &o->import, o->against);
	if (o->message.name)
		return message_put(&j->policy, &o->message, argv[0]);
	if (o->collect)
		return collect_folder(j, argc, argv);
	if (o->live)
		return dialogue_run(&j->policy, argv[0]);
	if (o->tickets && finished_read(&j->finished, o->tickets, &why) != 0) {
		cli_warn("%s", why.text);
		return spool_fault(&why);
	}
	j->intake = (struct intake){.move = o->move,
	    .together = o->from != NULL,
	    .nul = o->nul,
	    .take_erased = o->take_erased};
	if (o->spool)
		status = intake_open(&j->intake, o->spool);
	if (status == EXIT_DONE)
		status = o->from ? read_logs(j, argc, argv)
				 : cli_each(argc, argv, o->nul, each_call, j);
	if (o->spool)
		intake_close(&j->intake);
	finished_free(&j->finished);
	return status;
}

int
main(int argc, char **argv)
{
	struct policy_job j = {0};
	int status;

	cli_start("recpolicy");
	options_parse(&j.o, argc, argv);
	if (j.o.audit)
		cli_hush(); /* libraries, of MP3s that cannot be read */
	status = run_recpolicy(&j, argc - optind, argv + optind);
	policy_free(&j.policy);
	policy_free(&j.new_policy);
	doc_free(&j.policy_doc);
	doc_free(&j.new_doc);
	options_free(&j.o);
	return cli_end(status);
}
