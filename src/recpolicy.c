/* SPDX-License-Identifier: ISC */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "config.h"
#include "decide.h"
#include "enter.h"
#include "examine.h"
#include "explain.h"
#include "live.h"
#include "sound.h"

struct options {
	const char *config, *spool, *replay;
	bool init, move, test, explain, json, live, nul;
};

struct job {
	struct options o;
	struct doc policy_doc, new_doc;
	struct policy policy, new_policy;
	struct spool spool;
	bool printed;
};

static void
help(void)
{
	puts(
	    "usage: recpolicy -c POLICY [options] [CALL ...]\n"
	    "Decides whether a call may be recorded, and prints the plan.\n"
	    "Without CALL one path per line is read from standard input.\n\n"
	    "  -c, --config FILE  the policy, rec-policy(5)\n"
	    "  -s, --spool DIR    put the call into this spool\n"
	    "      --init         make a new spool at DIR and end\n"
	    "      --move         unlink the legs that the spool has\n"
	    "  -t, --test         check the policy, decide nothing\n"
	    "  -e, --explain      tell each value and the line it comes from\n"
	    "      --json         the decision as JSON, one line each\n"
	    "  -l, --live         read events on standard input, act at once\n"
	    "      --replay FILE  list the calls that this policy would alter\n"
	    "  -0, --null         paths end in NUL, here and there\n"
	    "  -v, --verbose      tell more\n"
	    "  -h, --help         this text\n"
	    "      --version      the version");
	exit(cli_end(EXIT_DONE));
}

static void
parse(int argc, char **argv, struct options *o)
{
	enum { INIT = 256, MOVE, JSON, REPLAY, VERSION_ };
	static const struct option longs[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"spool", required_argument, NULL, 's'},
	    {"init", no_argument, NULL, INIT},
	    {"move", no_argument, NULL, MOVE}, {"test", no_argument, NULL, 't'},
	    {"explain", no_argument, NULL, 'e'},
	    {"json", no_argument, NULL, JSON}, {"live", no_argument, NULL, 'l'},
	    {"replay", required_argument, NULL, REPLAY},
	    {"null", no_argument, NULL, '0'},
	    {"verbose", no_argument, NULL, 'v'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, VERSION_}, {NULL, 0, NULL, 0}};
	int c;

	while ((c = getopt_long(argc, argv, "c:s:tel0vh", longs, NULL)) != -1)
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case 's':
			o->spool = optarg;
			break;
		case INIT:
			o->init = true;
			break;
		case MOVE:
			o->move = true;
			break;
		case 't':
			o->test = true;
			break;
		case 'e':
			o->explain = true;
			break;
		case JSON:
			o->json = true;
			break;
		case 'l':
			o->live = true;
			break;
		case REPLAY:
			o->replay = optarg;
			break;
		case '0':
			o->nul = true;
			break;
		case 'v':
			cli_verbose();
			break;
		case 'h':
			help();
			break;
		case VERSION_:
			cli_version();
		default:
			cli_usage("see the options above");
		}
}

static void
check(const struct options *o, int args)
{
	if (o->init && !o->spool)
		cli_usage("--init needs -s");
	if (o->init)
		return;
	if (!o->config)
		cli_usage("-c POLICY is needed");
	if (o->move && !o->spool)
		cli_usage("--move needs -s");
	if (o->test + o->live + (o->replay != NULL) + (o->explain || o->json) +
		(o->spool != NULL) >
	    1)
		cli_usage("only one of -t, -l, -s, --replay, and -e or --json");
	if (o->explain && o->json)
		cli_usage("-e or --json, not both");
	if (o->live && args != 1)
		cli_usage("-l takes one call file");
	if (o->test && args != 0)
		cli_usage("-t takes no call file");
}

static void
tell(void (*how)(const char *fmt, ...), struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		how("%s", notes->text[i]);
	policy_notes_free(notes);
}

/* Every fault on its own line where `all`, else the first. */
static int
load_policy(const char *path, bool all, struct doc *doc, struct policy *policy)
{
	struct policy_notes faults = {0};
	struct why why;

	if (config_read(doc, path, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (policy_from_doc(policy, doc, &faults) == 0)
		return EXIT_DONE;
	while (!all && faults.count > 1)
		free(faults.text[--faults.count]);
	tell(cli_warn, &faults);
	return EXIT_USAGE;
}

static int
test_policy(const struct policy *p)
{
	struct policy_notes notes = {0}, faults = {0}, facts = {0};
	int status;

	examine_effects(p, &notes);
	examine_messages(p, &faults, &facts);
	status = faults.count > 0 ? EXIT_USAGE : EXIT_DONE;
	tell(cli_warn, &notes);
	tell(cli_warn, &faults);
	tell(cli_say, &facts);
	cli_say("%s: %s", p->doc->file,
	    status == EXIT_DONE ? "the policy is good" : "there are faults");
	return status;
}

/* Where a call ends whose log does not say so. */
static int64_t
end_of(const struct call *call)
{
	int64_t end = 0;

	if (decide_has_end(call))
		return 0;
	if (call->events > 0)
		end = call->event[call->events - 1].at_us;
	for (size_t i = 0; i < call->legs; i++) {
		const struct call_leg *leg = &call->leg[i];
		char *path = decide_path(call->doc->file, leg->file);
		struct why why;
		int64_t us = 0;

		if (leg->end_us >= 0)
			us = leg->end_us;
		else if (sound_length(path, &us, NULL, &why) == 0)
			us += leg->start_us;
		else
			cli_say(
			    "%s: no end, and %s", call->doc->file, why.text);
		if (us > end)
			end = us;
		free(path);
	}
	return end;
}

/* Documents of a stream begin with [call], so a blank line may part them. */
static int
print_plan(struct job *j, const struct decision *d)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct why why;
	int status = EXIT_DONE;

	decide_to_doc(d, &doc);
	if (doc_write(&doc, &text, &why) != 0) {
		cli_warn("%s: %s", d->call->doc->file, why.text);
		status = EXIT_USAGE;
	} else {
		printf("%s%s", j->printed ? "\n" : "", text.s);
		j->printed = true;
	}
	buf_free(&text);
	doc_free(&doc);
	return status;
}

static int
print_explanation(const struct job *j, const struct decision *d)
{
	struct buf text = {0};

	if (j->o.json)
		explain_json(d, &text);
	else
		explain_text(d, &text);
	fputs(text.s, stdout);
	buf_free(&text);
	return EXIT_DONE;
}

static int
put_into_spool(struct job *j, const struct decision *d)
{
	struct why why;
	char *path;
	bool kept;
	int status;

	if (!d->plan.record) {
		cli_say("%s: not recorded: %s", d->call->id, d->plan.reason);
		return EXIT_DONE;
	}
	status = enter_spool(
	    &j->spool, d, j->o.move, util_now_us(), &path, &kept, &why);
	if (status != EXIT_DONE)
		cli_warn("%s: %s", d->call->doc->file, why.text);
	if (kept)
		cli_warn("%s: call %s is in the spool already, and not shown "
			 "to have these legs: they stay",
		    d->call->doc->file, d->call->id);
	if (path)
		status = cli_print_path(path, j->o.nul, status);
	free(path);
	return status;
}

static int
replay(struct job *j, const struct decision *old)
{
	struct decision new;
	struct buf text = {0};

	decide_call(&new, &j->new_policy, old->call, end_of(old->call));
	explain_difference(old, &new, &text);
	if (text.s)
		fputs(text.s, stdout);
	buf_free(&text);
	decide_free(&new);
	return EXIT_DONE;
}

static int
each_call(const char *path, void *arg)
{
	struct job *j = arg;
	struct doc doc = {0};
	struct call call;
	struct decision d;
	struct why why;
	int status;

	if (config_read(&doc, path, &why) != 0 ||
	    call_from_doc(&call, &doc, &why) != 0) {
		cli_warn("%s", why.text);
		doc_free(&doc);
		return EXIT_USAGE;
	}
	decide_call(&d, &j->policy, &call, end_of(&call));
	if (j->o.replay)
		status = replay(j, &d);
	else if (j->o.spool)
		status = put_into_spool(j, &d);
	else if (j->o.explain || j->o.json)
		status = print_explanation(j, &d);
	else
		status = print_plan(j, &d);
	if (!d.plan.record && !j->o.replay)
		status = cli_worse(status, EXIT_GIVEN_UP);
	decide_free(&d);
	call_free(&call);
	doc_free(&doc);
	return status;
}

/* What was added to `out` goes to the PBX at once. */
static int
answer(struct buf *out)
{
	int bad = out->len > 0 &&
		  (fputs(out->s, stdout) == EOF || fflush(stdout) != 0);

	buf_free(out);
	return bad ? EXIT_LATER : EXIT_DONE;
}

static int
live(struct job *j, const struct call *call)
{
	int64_t started = call->started_us ? call->started_us : util_now_us();
	char line[1024];
	struct buf out = {0};
	struct live l;
	ssize_t n;
	int status;

	live_begin(&l, &j->policy, call, started, &out);
	status = answer(&out);
	/* Also behind the end: a no still counts. */
	while (status != EXIT_LATER &&
	       (n = util_line(stdin, line, sizeof line)) >= 0) {
		struct why why;

		if (live_line(&l, line, (size_t)n, util_now_us(), &out, &why) !=
		    0) {
			cli_warn("standard input:%d: %s", l.lines, why.text);
			status = EXIT_USAGE;
		}
		status = cli_worse(status, answer(&out));
	}
	live_end(&l, util_now_us(), &out);
	status = cli_worse(status, answer(&out));
	if (!l.decision.plan.record)
		status = cli_worse(status, EXIT_GIVEN_UP);
	live_free(&l);
	return status;
}

static int
run_live(struct job *j, const char *path)
{
	struct doc doc = {0};
	struct call call;
	struct why why;
	int status = EXIT_USAGE;

	if (config_read(&doc, path, &why) != 0 ||
	    call_from_doc(&call, &doc, &why) != 0) {
		cli_warn("%s", why.text);
	} else {
		status = live(j, &call);
		call_free(&call);
	}
	doc_free(&doc);
	return status;
}

static int
run(struct job *j, int argc, char **argv)
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
	status = load_policy(o->config, o->test, &j->policy_doc, &j->policy);
	if (status == EXIT_DONE && o->replay)
		status =
		    load_policy(o->replay, false, &j->new_doc, &j->new_policy);
	if (status != EXIT_DONE)
		return status;
	if (o->test)
		return test_policy(&j->policy);
	if (o->live)
		return run_live(j, argv[0]);
	if (o->spool && spool_open(&j->spool, o->spool, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	status = cli_each(argc, argv, o->nul, each_call, j);
	if (o->spool)
		spool_close(&j->spool);
	return status;
}

int
main(int argc, char **argv)
{
	struct job j = {0};
	int status;

	cli_start("recpolicy");
	parse(argc, argv, &j.o);
	check(&j.o, argc - optind);
	status = run(&j, argc - optind, argv + optind);
	policy_free(&j.policy);
	policy_free(&j.new_policy);
	doc_free(&j.policy_doc);
	doc_free(&j.new_doc);
	return cli_end(status);
}
