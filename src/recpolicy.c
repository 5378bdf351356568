/* SPDX-License-Identifier: ISC */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "admit.h"
#include "check.h"
#include "cli.h"
#include "decide.h"
#include "dialogue.h"
#include "explain.h"
#include "formats.h"
#include "ini.h"
#include "mem.h"
#include "message_put.h"
#include "missing.h"
#include "num.h"
#include "path.h"
#include "sound.h"
#include "swept.h"
#include "text.h"
#include "when.h"

struct options {
	const char *config, *spool, *replay, *from, *tickets;
	bool init, move, test, explain, json, live, nul, audit;
	int64_t tolerance_us;
	struct import_options import;
	char *legs; /* import.legs, made absolute */
	struct message_put message;
	const char *against;
};

struct job {
	struct options o;
	struct doc policy_doc, new_doc;
	struct policy policy, new_policy;
	struct spool spool;
	struct finished finished;
	bool printed;
};

static const char help[] =
    "usage: recpolicy -c POLICY [options] [CALL ...]\n"
    "Decides whether a call may be recorded, and prints the plan.\n"
    "Without CALL one path per line is read from standard input.\n\n"
    "  -c, --config FILE  the policy, rec-policy(5)\n"
    "  -s, --spool DIR    put the call into this spool\n"
    "      --init         make a new spool at DIR and end\n"
    "      --move         unlink the legs that the spool has\n"
    "  -t, --test         check the policy, decide nothing\n"
    "      --against LOG  and tell the queues that none of its calls "
    "had\n"
    "      --message NAME[:LANGUAGE]  CALL is an audio file: make the "
    "message\n"
    "                     of it, --for asterisk or freeswitch, "
    "--rate 8000\n"
    "                     or 16000, and print the policy's line for it\n"
    "  -e, --explain      tell each value and the line it comes from\n"
    "      --json         the decision as JSON, one line each\n"
    "  -l, --live         read events on standard input, act at once\n"
    "      --replay FILE  list the calls that this policy would alter\n"
    "      --from FORMAT  CALL is what a recorder leaves: "
    "asterisk-cdr,\n"
    "                     asterisk-cel, freeswitch-json, "
    "rtpengine-meta,\n"
    "                     rtpengine-pcap-txt, pcap, siprec; without "
    "-c\n"
    "                     print call files\n"
    "      --legs DIR     where its recordings are\n"
    "      --type [FACT:PATTERN=]TYPE\n"
    "                     of the calls whose format does not tell\n"
    "      --zone ZONE    of times that have none: utc, local, +01:00\n"
    "      --queue-log FILE   Asterisk's, for queues and agents\n"
    "      --event NAME=EVENT what a recorder's own name stands for\n"
    "      --columns LIST the names of the columns of a CSV file\n"
    "      --streams FILE rtpengine's table recording_streams\n"
    "      --answered     calls are answered when they begin\n"
    "      --audit        list the calls without a good recording\n"
    "      --tickets DIR  of finished recordings, for --audit\n"
    "      --tolerance S  seconds that lengths may differ (0.3)\n"
    "  -0, --null         paths end in NUL, here and there\n"
    "  -v, --verbose      tell more\n"
    "  -h, --help         this text\n"
    "      --version      the version\n";

enum {
	INIT = 256,
	MOVE,
	JSON,
	REPLAY,
	FROM,
	LEGS,
	TYPE,
	ZONE,
	QUEUE_LOG,
	EVENT,
	COLUMNS,
	STREAMS,
	ANSWERED,
	AUDIT,
	TICKETS,
	TOLERANCE,
	AGAINST,
	MESSAGE,
	FOR,
	RATE
};
static const struct option longs[] = {{"config", required_argument, NULL, 'c'},
    {"spool", required_argument, NULL, 's'}, {"init", no_argument, NULL, INIT},
    {"move", no_argument, NULL, MOVE}, {"test", no_argument, NULL, 't'},
    {"explain", no_argument, NULL, 'e'}, {"json", no_argument, NULL, JSON},
    {"live", no_argument, NULL, 'l'},
    {"replay", required_argument, NULL, REPLAY},
    {"null", no_argument, NULL, '0'}, {"from", required_argument, NULL, FROM},
    {"legs", required_argument, NULL, LEGS},
    {"type", required_argument, NULL, TYPE},
    {"zone", required_argument, NULL, ZONE},
    {"queue-log", required_argument, NULL, QUEUE_LOG},
    {"event", required_argument, NULL, EVENT},
    {"columns", required_argument, NULL, COLUMNS},
    {"streams", required_argument, NULL, STREAMS},
    {"answered", no_argument, NULL, ANSWERED},
    {"audit", no_argument, NULL, AUDIT},
    {"tickets", required_argument, NULL, TICKETS},
    {"tolerance", required_argument, NULL, TOLERANCE},
    {"against", required_argument, NULL, AGAINST},
    {"message", required_argument, NULL, MESSAGE},
    {"for", required_argument, NULL, FOR},
    {"rate", required_argument, NULL, RATE}, CLI_OPTIONS};

/* The options of --from and --audit. */
static void
parse_source(int c, struct options *o)
{
	struct import_options *im = &o->import;
	struct why why;

	if (c == FROM)
		o->from = optarg;
	else if (c == LEGS)
		im->legs = optarg;
	else if (c == ZONE)
		im->zone = optarg;
	else if (c == QUEUE_LOG)
		im->queue_log = optarg;
	else if (c == COLUMNS)
		im->columns = optarg;
	else if (c == STREAMS)
		im->streams = optarg;
	else if (c == ANSWERED)
		im->answered = true;
	else if (c == AUDIT)
		o->audit = true;
	else if (c == TICKETS)
		o->tickets = optarg;
	else if (c == EVENT && import_add_rule(im, optarg, &why) != 0)
		cli_usage("--event: %s", why.text);
	else if (c == TYPE && import_add_type(im, optarg, &why) != 0)
		cli_usage("--type: %s", why.text);
	else if (c == TOLERANCE && num_seconds(optarg, &o->tolerance_us) != 0)
		cli_usage("--tolerance: '%s' is not a time in seconds", optarg);
	else if (c != EVENT && c != TYPE && c != TOLERANCE)
		cli_option(c, help);
}

static void
parse(int argc, char **argv, struct options *o)
{
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
		case AGAINST:
			o->against = optarg;
			break;
		case MESSAGE:
			o->message.name = optarg;
			break;
		case FOR:
			o->message.pbx = optarg;
			break;
		case RATE:
			o->message.rate = optarg;
			break;
		default:
			parse_source(c, o);
		}
}

/* What the options of --from and --audit need of each other. */
static void
check_source(struct options *o)
{
	struct import_options *im = &o->import;
	const char *near = o->from ? formats_nearest(o->from) : NULL;
	int64_t us;

	if (o->from && (!near || strcmp(near, o->from) != 0))
		cli_usage("unknown format '%s'%s%s%s", o->from,
		    near ? "; did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
	if (!o->from && (im->legs || im->type || im->type_rules || im->zone ||
			    im->queue_log || im->rules || im->columns ||
			    im->streams || im->answered))
		cli_usage("--legs, --type, --zone, --queue-log, --event, "
			  "--columns, --streams and --answered need --from");
	if (o->from && (o->live || (o->test && !o->against)))
		cli_usage("--from goes with -l not, and with -t only where "
			  "there is --against");
	if (o->tickets && !o->audit)
		cli_usage("--tickets needs --audit");
	if (o->audit && (o->explain || o->spool || o->replay || o->live))
		cli_usage("--audit goes with none of -e, -s, -l, --replay");
	im->zone = im->zone && strcmp(im->zone, "UTC") == 0 ? "utc" : im->zone;
	if (im->zone && strcmp(im->zone, "utc") != 0 &&
	    strcmp(im->zone, "local") != 0) {
		char *time = text_format("2026-11-22T10:00:00%s", im->zone);
		bool bad = when_parse(time, &us) != 0;

		free(time);
		if (bad)
			cli_usage("--zone is utc, local or like +01:00, not "
				  "'%s'",
			    im->zone);
	}
	if (im->legs && !(o->legs = realpath(im->legs, NULL)))
		cli_usage("--legs: %s: %s", im->legs, strerror(errno));
	im->legs = o->legs;
}

static void
check(struct options *o, int args)
{
	if (o->init && !o->spool)
		cli_usage("--init needs -s");
	if (o->init)
		return;
	check_source(o);
	if (!o->config && (!o->from || o->spool || o->explain) && !o->audit)
		cli_usage("-c POLICY is needed");
	if (o->move && !o->spool)
		cli_usage("--move needs -s");
	if (o->test + o->live + (o->replay != NULL) + (o->explain || o->json) +
		(o->spool != NULL) + (o->message.name != NULL) >
	    1)
		cli_usage("only one of -t, -l, -s, --replay, --message, and -e "
			  "or --json");
	if (o->explain && o->json)
		cli_usage("-e or --json, not both");
	if (o->against && !o->test)
		cli_usage("--against needs -t");
	if ((o->message.pbx || o->message.rate) && !o->message.name)
		cli_usage("--for and --rate need --message");
	if (o->message.name && args != 1)
		cli_usage("--message takes one audio file");
	if (o->live && args != 1)
		cli_usage("-l takes one call file");
	if (o->test && args != 0)
		cli_usage("-t takes no call file");
}

/* Where a call ends whose log does not say so. */
struct end {
	int64_t us;
	bool unsure; /* or later: why */
	struct why why;
};

static void
find_end(const struct call *call, struct end *end)
{
	*end = (struct end){0};
	if (decide_has_end(call))
		return;
	if (call->events > 0)
		end->us = call->event[call->events - 1].at_us;
	for (size_t i = 0; i < call->legs; i++) {
		const struct call_leg *leg = &call->leg[i];
		char *path = decide_path(call->doc->file, leg->file);
		int64_t us = 0;

		if (leg->end_us >= 0)
			us = leg->end_us;
		else if (sound_length(path, leg, &us, &end->why) == 0)
			us += leg->start_us;
		else
			end->unsure = true;
		if (us > end->us)
			end->us = us;
		free(path);
	}
}

/* Documents of a stream begin with [call], so a blank line may part them. */
static int
print_plan(struct job *j, const struct decision *d, const struct end *end)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct why why;
	int status = EXIT_DONE;

	if (end->unsure)
		cli_warn("%s: [events] has no end, and %s: the last event is "
			 "taken for it",
		    d->call->doc->file, end->why.text);
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

/*
 * A folder's age is in its name. One that enters by a clock that has lost its
 * time, as after a boot without a battery, would be swept once it is set.
 */
static int
check_clock(const struct spool *sp, struct why *why)
{
	const int64_t hour_us = INT64_C(3600000000);
	struct swept last;

	swept_load(&last, sp->fd);
	if (last.now_us - when_now_us() <= hour_us)
		return EXIT_DONE;
	why_set(why,
	    "%s: the clock is behind the last sweep's: set it (or, if it is "
	    "right, run recsweep --clock-ok)",
	    sp->path);
	return EXIT_LATER;
}

static int
put_into_spool(struct job *j, const struct decision *d, const struct end *end)
{
	struct why why;
	char *path = NULL;
	bool kept = false;
	int status;

	if (!d->plan.record) {
		cli_say("%s: not recorded: %s", d->call->id, d->plan.reason);
		return EXIT_DONE;
	}
	/* Its legs would go, and what they hold behind the last event. */
	if (end->unsure) {
		cli_warn("%s: [events] has no end, and %s", d->call->doc->file,
		    end->why.text);
		return EXIT_USAGE;
	}
	status = check_clock(&j->spool, &why);
	if (status == EXIT_DONE)
		status = admit_call(
		    &j->spool, d, j->o.move, when_now_us(), &path, &kept, &why);
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
replay(struct job *j, const struct decision *old, const struct end *end)
{
	struct decision new;
	struct buf text = {0};

	decide_call(&new, &j->new_policy, old->call, end->us);
	explain_difference(old, &new, &text);
	if (text.s)
		fputs(text.s, stdout);
	buf_free(&text);
	decide_free(&new);
	return EXIT_DONE;
}

static int
audit(struct job *j, const struct call *call, const struct decision *d)
{
	struct missing f;
	struct buf text = {0};

	if (!missing_check(call, d ? &d->plan : NULL,
		j->o.tickets ? &j->finished : NULL, j->o.tolerance_us, &f))
		return EXIT_DONE;
	missing_print(call, &f, j->o.json, &text);
	fputs(text.s, stdout);
	buf_free(&text);
	missing_free(&f);
	return EXIT_GIVEN_UP;
}

/* By the policy's fault: it is neither recorded nor refused. */
static bool
is_undecided(const struct job *j, const struct decision *d)
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
judge(struct job *j, const struct call *call)
{
	bool shown = j->o.explain || (j->o.json && !j->o.audit);
	struct decision d;
	struct end end;
	int status;

	if (!j->o.config)
		return audit(j, call, NULL);
	find_end(call, &end);
	/* At the door it counts whether there could be something to record. */
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

/* Takes the document over. */
static int
judge_doc(struct job *j, struct doc *doc)
{
	struct call call;
	struct why why;
	int status = EXIT_USAGE;

	if (call_from_doc(&call, doc, &why) != 0) {
		cli_warn("%s", why.text);
	} else {
		status = judge(j, &call);
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
	return EXIT_USAGE;
}

/* A call file that was made of a recorder's: printed, or judged. */
static int
take_imported(struct job *j, const struct buf *text, const char *path,
    const struct import_call *c)
{
	struct ini_stream cs = {0};
	struct doc doc = {0};
	struct why why;
	char *name;
	int status = EXIT_USAGE;

	if (c->untold)
		cli_say("%s: call %s: not told: %s", path, c->id, c->untold);
	if (!j->o.config && !j->o.audit) {
		printf("%s%s", j->printed ? "\n" : "", text->s);
		j->printed = true;
		return EXIT_DONE;
	}
	/* Its lines are those that are printed without -c. */
	name = text_format("%s(%s)", path_name(path), c->id);
	cs.name = name;
	cs.file = fmemopen(text->s, text->len, "r");
	if (!cs.file)
		cli_warn("%s: %s", path, strerror(errno));
	else if (ini_next(&cs, &doc, &why) != 1)
		cli_warn("%s", why.text);
	else
		status = judge_doc(j, &doc);
	if (cs.file)
		(void)fclose(cs.file);
	free(name);
	return status;
}

/* A line of a log that could not be taken. */
static void
skipped(const char *why, void *arg)
{
	int *status = arg;

	cli_warn("%s; skipped", why);
	*status = cli_worse(*status, EXIT_GIVEN_UP);
}

/* What is read at once: a file, or the logs that are one. */
struct source {
	struct job *j;
	char **path;
	size_t paths;
	int status;
};

/* A part of a call is kept for the log that has the rest of it. */
static bool
is_whole(struct source *s, const struct import_call *c)
{
	if (c->part == IMPORT_GOES_ON)
		cli_say("%s: call %s goes on, or its end is in a newer log: "
			"kept for later",
		    s->path[0], c->id);
	if (c->part == IMPORT_NO_BEGINNING) {
		cli_warn("%s: call %s began before this log: not taken; give "
			 "the older log, too",
		    s->path[0], c->id);
		s->status = cli_worse(s->status, EXIT_GIVEN_UP);
	}
	return c->part == IMPORT_WHOLE || c->part == IMPORT_TORN;
}

static void
take_call(struct import *im, struct import_call *c, void *arg)
{
	struct source *s = arg;
	const char *dropped = import_dropped(im->o, c);
	struct buf text = {0};
	struct why why;

	if (s->status == EXIT_LATER)
		return;
	if (dropped) {
		cli_say("%s: %s: no call: %s", s->path[0], c->id, dropped);
	} else if (!is_whole(s, c)) {
		return;
	} else if (import_finish(im, c, &text, &why) != 0) {
		cli_warn("%s: %s", s->path[0], why.text);
		s->status = cli_worse(s->status, EXIT_USAGE);
	} else {
		s->status = cli_worse(
		    s->status, take_imported(s->j, &text, s->path[0], c));
	}
	buf_free(&text);
}

static int
read_source(struct source *s)
{
	struct import im = {.o = &s->j->o.import,
	    .skip = skipped,
	    .skip_arg = &s->status,
	    .done = take_call,
	    .done_arg = s};
	struct why why;

	if (formats_read(&im, s->j->o.from, (const char *const *)s->path,
		s->paths, &why) != 0) {
		cli_warn("%s", why.text);
		s->status = cli_worse(s->status, EXIT_USAGE);
	}
	for (size_t i = 0; i < im.calls; i++)
		take_call(&im, &im.call[i], s);
	import_free(&im);
	return s->status;
}

static int
each_source(const char *path, void *arg)
{
	char *one = text_dup(path);
	struct source s = {.j = arg, .path = &one, .paths = 1};
	int status = read_source(&s);

	free(one);
	return status;
}

static int
add_path(const char *path, void *arg)
{
	struct source *s = arg;

	s->path = mem_resize(s->path, s->paths + 1, sizeof *s->path);
	s->path[s->paths++] = text_dup(path);
	return EXIT_DONE;
}

/* Logs that were rotated hold parts of the same calls. */
static int
joined_sources(struct job *j, int argc, char **argv)
{
	struct source s = {.j = j};
	int status = cli_each(argc, argv, j->o.nul, add_path, &s);

	if (s.paths > 0)
		status = cli_worse(status, read_source(&s));
	for (size_t i = 0; i < s.paths; i++)
		free(s.path[i]);
	free(s.path);
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
	status = o->config ? check_load(
				 o->config, o->test, &j->policy_doc, &j->policy)
			   : EXIT_DONE;
	if (status == EXIT_DONE && o->replay)
		status =
		    check_load(o->replay, false, &j->new_doc, &j->new_policy);
	if (status != EXIT_DONE)
		return status;
	if (o->test)
		return check_policy(&j->policy,
		    o->from ? o->from : "asterisk-cel", &o->import, o->against);
	if (o->message.name)
		return message_put(&j->policy, &o->message, argv[0]);
	if (o->live)
		return dialogue_run(&j->policy, argv[0]);
	if ((o->spool && spool_open(&j->spool, o->spool, &why) != 0) ||
	    (o->tickets &&
		finished_read(&j->finished, o->tickets, &why) != 0)) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (o->from && formats_join(o->from))
		status = joined_sources(j, argc, argv);
	else
		status = cli_each(
		    argc, argv, o->nul, o->from ? each_source : each_call, j);
	if (o->spool)
		spool_close(&j->spool);
	finished_free(&j->finished);
	return status;
}

int
main(int argc, char **argv)
{
	struct job j = {.o.tolerance_us = 300000};
	int status;

	cli_start("recpolicy");
	parse(argc, argv, &j.o);
	check(&j.o, argc - optind);
	status = run(&j, argc - optind, argv + optind);
	policy_free(&j.policy);
	policy_free(&j.new_policy);
	doc_free(&j.policy_doc);
	doc_free(&j.new_doc);
	import_options_free(&j.o.import);
	free(j.o.legs);
	return cli_end(status);
}
