/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "formats.h"
#include "num.h"
#include "setup.h"
#include "text.h"
#include "when.h"

static const char help[] =
    "usage: recpolicy -c POLICY [options] [CALL ...]\n"
    "Decides whether a call may be recorded, and prints the plan.\n"
    "Without CALL one path per line is read from standard input.\n\n"
    "  -c, --config FILE  the policy, rec-policy(5)\n"
    "  -s, --spool DIR    put the call into this spool\n"
    "      --init         make a new spool at DIR and end\n"
    "      --move         unlink the legs that the spool has\n"
    "      --collect DIR  take what a PBX left in DIR: call files, or\n"
    "                     with --from what a log tells of\n"
    "      --late-after TIME  a call that waits so long is told of (1h)\n"
    "      --torn-after TIME  and one without an end or a leg enters\n"
    "      --metrics FILE figures of --collect for node_exporter\n"
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
    "      --check-recorder NAME\n"
    "                     CALL is its logs and legs, or directories with\n"
    "                     them: tell what calls need that they lack\n"
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
	CHECK_RECORDER,
	AGAINST,
	MESSAGE,
	FOR,
	RATE,
	COLLECT,
	LATE,
	TORN,
	METRICS
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
    {"check-recorder", required_argument, NULL, CHECK_RECORDER},
    {"against", required_argument, NULL, AGAINST},
    {"message", required_argument, NULL, MESSAGE},
    {"for", required_argument, NULL, FOR},
    {"rate", required_argument, NULL, RATE},
    {"collect", required_argument, NULL, COLLECT},
    {"late-after", required_argument, NULL, LATE},
    {"torn-after", required_argument, NULL, TORN},
    {"metrics", required_argument, NULL, METRICS}, CLI_OPTIONS};

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
	else if (c == CHECK_RECORDER)
		o->recorder = optarg;
	else if (c == EVENT && import_add_rule(im, optarg, &why) != 0)
		cli_usage("--event: %s", why.text);
	else if (c == TYPE && import_add_type(im, optarg, &why) != 0)
		cli_usage("--type: %s", why.text);
	else if (c == TOLERANCE && num_seconds(optarg, &o->tolerance_us) != 0)
		cli_usage("--tolerance: '%s' is not a time in seconds", optarg);
	else if (c != EVENT && c != TYPE && c != TOLERANCE)
		cli_option(c, help);
}

/* "90", "90s", "15m", "2h", "1d". */
static int64_t
parse_time(const char *name, const char *text)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = {{'s', 1000000}, {'m', 60000000}, {'h', 3600000000},
	    {'d', 86400000000}, {'\0', 1000000}};
	size_t n = strspn(text, "0123456789");
	char *digits = text_ndup(text, n);
	int64_t count, us = -1;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (num_integer(digits, 0, 100000000, &count) == 0 &&
		    text[n] == units[i].unit && (!text[n] || !text[n + 1]))
			us = count * units[i].us;
	free(digits);
	if (us < 0)
		cli_usage("--%s: a time like 90s, 15m, 2h or 1d, not '%s'",
		    name, text);
	return us;
}

static void
parse_collect(int c, struct options *o)
{
	if (c == COLLECT)
		o->collect = optarg;
	else if (c == METRICS)
		o->metrics = optarg;
	else if (c == LATE)
		o->late_us = parse_time("late-after", optarg);
	else if (c == TORN)
		o->torn_us = parse_time("torn-after", optarg);
	else
		parse_source(c, o);
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
			parse_collect(c, o);
		}
}

static void
check_recorder(const struct options *o)
{
	const char *near = setup_nearest(o->recorder);

	if (!near || strcmp(near, o->recorder) != 0)
		cli_usage("unknown recorder '%s'%s%s%s", o->recorder,
		    near ? "; did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
	if (o->from || o->spool || o->test || o->live || o->replay ||
	    o->audit || o->explain || o->message.name)
		cli_usage("--check-recorder goes only with -c, --json and the "
			  "options that say how logs are read");
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
	if (o->recorder)
		check_recorder(o);
	if (!o->from && !o->recorder &&
	    (im->legs || im->type || im->type_rules || im->zone ||
		im->queue_log || im->rules || im->columns || im->streams ||
		im->answered))
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
check_collect(struct options *o, int args)
{
	struct import_options *im = &o->import;

	if (!o->collect && (o->late_us >= 0 || o->torn_us >= 0 || o->metrics))
		cli_usage("--late-after, --torn-after and --metrics need "
			  "--collect");
	if (o->late_us < 0)
		o->late_us = INT64_C(3600000000);
	if (!o->collect)
		return;
	if (!o->spool)
		cli_usage("--collect needs -s");
	if (o->move || o->audit || im->legs)
		cli_usage("--collect moves what it takes out of DIR: none of "
			  "--move, --legs, --audit");
	if (!o->from && args > 0)
		cli_usage("--collect DIR takes logs only, with --from");
	if (o->from && o->torn_us > 0)
		im->torn_after_us = o->torn_us;
	/* Where it is not there yet, nothing is taken. */
	if (o->from)
		im->legs = o->legs = realpath(o->collect, NULL);
}

static void
check(struct options *o, int args)
{
	if (o->init && !o->spool)
		cli_usage("--init needs -s");
	if (o->init)
		return;
	check_source(o);
	check_collect(o, args);
	if (o->recorder && args == 0)
		cli_usage("--check-recorder needs logs, legs, or a directory");
	if (!o->config && (!o->from || o->spool || o->explain) && !o->audit &&
	    !o->recorder)
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

void
options_parse(struct options *o, int argc, char **argv)
{
	o->tolerance_us = 300000;
	o->late_us = o->torn_us = -1;
	parse(argc, argv, o);
	check(o, argc - optind);
}

void
options_free(struct options *o)
{
	import_options_free(&o->import);
	free(o->legs);
}
