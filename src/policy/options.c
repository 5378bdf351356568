/* SPDX-License-Identifier: ISC */
#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "formats.h"
#include "num.h"
#include "setup.h"
#include "text.h"
#include "when.h"

static const char help[] =
    "usage: recpolicy -c POLICY [options] [CALL ...]\n"
    "       recpolicy -c POLICY -s SPOOL --collect DIR [--from FORMAT LOG "
    "...]\n"
    "       recpolicy -s SPOOL --init\n"
    "Decides whether a call may be recorded, and prints the plan. Without CALL "
    "it\n"
    "reads paths from standard input.\n"
    "\n"
    "  -c, --config FILE  the policy, see rec-policy(5)\n"
    "  -s, --spool SPOOL  put the call into this spool\n"
    "      --init         make a new spool and end\n"
    "      --move         delete the legs that the spool has\n"
    "      --take-erased  also take calls that were erased\n"
    "      --collect DIR  take what a PBX left in DIR: call files, or with "
    "--from\n"
    "                     the calls of a log\n"
    "      --late-after TIME  report a call that waits for so long (default: "
    "1h)\n"
    "      --torn-after TIME  take a call without an end, or without a leg, "
    "then\n"
    "      --metrics FILE with --collect: write metrics for Prometheus\n"
    "  -t, --test         check the policy\n"
    "      --against LOG  with -t: list the queues that no call of LOG was in\n"
    "      --message NAME[:LANGUAGE]  make this message of the sound file "
    "CALL,\n"
    "                     --for asterisk or freeswitch, --rate 8000 or 16000,\n"
    "                     and print the policy's line for it\n"
    "  -e, --explain      print each value and the line that decided it\n"
    "      --json         print one JSON object for each call\n"
    "      --live         read events from standard input and answer each\n"
    "      --replay FILE  list the calls that this policy would treat "
    "differently\n"
    "      --from FORMAT  CALL is what a recorder leaves: asterisk-cdr,\n"
    "                     asterisk-cel, freeswitch-json, rtpengine-meta,\n"
    "                     rtpengine-pcap-txt, pcap, siprec; without -c it "
    "prints\n"
    "                     call files\n"
    "      --legs DIR     where the recordings are\n"
    "      --type [FACT:PATTERN=]TYPE\n"
    "                     call type of calls whose format does not record it\n"
    "      --zone ZONE    of times without one: utc, local, +01:00\n"
    "      --queue-log FILE   Asterisk's queue_log, for queues and agents\n"
    "      --event NAME=EVENT what a custom event of the recorder means\n"
    "      --columns LIST names of the columns of a CSV file\n"
    "      --streams FILE rtpengine's table recording_streams\n"
    "      --numbers      also add who called whom: caller and callee\n"
    "      --answered     treat calls as answered from their start\n"
    "      --audit        list the calls without a good recording\n"
    "      --tickets DIR  with --audit: look at the finished recordings in "
    "DIR\n"
    "      --tolerance S  allowed difference in seconds (default: 0.3)\n"
    "      --check-recorder NAME\n"
    "                     CALL is its logs and legs, or directories with "
    "them:\n"
    "                     report what is missing\n"
    "  -0, --null         paths end with NUL instead of newline\n"
    "  -v, --verbose      report more\n"
    "  -h, --help         print this text\n"
    "      --version      print the version\n"
    "\n"
    "Examples:\n"
    "  recpolicy -c policy.ini call.ini | recmix -o out/\n"
    "  recpolicy -c policy.ini -s /var/spool/rectools call.ini\n"
    "\n"
    "Exit status: 0 done, 1 the call is not to be recorded, 2 usage or\n"
    "configuration, 75 try again later.\n";

static void
take_event_option(const char *name, const char *arg, void *to)
{
	struct why why;

	if (import_add_rule(to, arg, &why) != 0)
		cli_usage("%s: %s", name, why.text);
}

static void
take_type_option(const char *name, const char *arg, void *to)
{
	struct why why;

	if (import_add_type(to, arg, &why) != 0)
		cli_usage("%s: %s", name, why.text);
}

static void
take_tolerance(const char *name, const char *arg, void *to)
{
	if (num_seconds(arg, to) != 0)
		cli_usage("%s: '%s' is not a time in seconds", name, arg);
}

/* "90", "90s", "15m", "2h", "1d". */
static void
take_now_option(const char *name, const char *arg, void *to)
{
	static const struct {
		char unit;
		int64_t us;
	} units[] = {{'s', 1000000}, {'m', 60000000}, {'h', 3600000000},
	    {'d', 86400000000}, {'\0', 1000000}};
	size_t n = strspn(arg, "0123456789");
	char *digits = text_ndup(arg, n);
	int64_t count, us = -1;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (num_integer(digits, 0, 100000000, &count) == 0 &&
		    arg[n] == units[i].unit && (!arg[n] || !arg[n + 1]))
			us = count * units[i].us;
	free(digits);
	if (us < 0)
		cli_usage(
		    "%s: a time like 90s, 15m, 2h or 1d, not '%s'", name, arg);
	*(int64_t *)to = us;
}

static void
parse_recpolicy(int argc, char **argv, struct options *o)
{
	struct import_options *im = &o->import;
	const struct cli_option options[] = {
	    {"config", 'c', .text = &o->config},
	    {"spool", 's', .text = &o->spool},
	    {"init", .yes = &o->init},
	    {"move", .yes = &o->move},
	    {"take-erased", .yes = &o->take_erased},
	    {"test", 't', .yes = &o->test},
	    {"explain", 'e', .yes = &o->explain},
	    {"json", .yes = &o->json},
	    {"live", .yes = &o->live},
	    {"replay", .text = &o->replay},
	    {"null", '0', .yes = &o->nul},
	    {"against", .text = &o->against},
	    {"message", .text = &o->message.name},
	    {"for", .text = &o->message.pbx},
	    {"rate", .text = &o->message.rate},
	    {"collect", .text = &o->collect},
	    {"metrics", .text = &o->metrics},
	    {"late-after", .take = take_now_option, .to = &o->late_us},
	    {"torn-after", .take = take_now_option, .to = &o->torn_us},
	    {"from", .text = &o->from},
	    {"legs", .text = &im->legs},
	    {"zone", .text = &im->zone},
	    {"queue-log", .text = &im->queue_log},
	    {"columns", .text = &im->columns},
	    {"streams", .text = &im->streams},
	    {"answered", .yes = &im->answered},
	    {"numbers", .yes = &im->numbers},
	    {"audit", .yes = &o->audit},
	    {"tickets", .text = &o->tickets},
	    {"check-recorder", .text = &o->recorder},
	    {"event", .many = true, .take = take_event_option, .to = im},
	    {"type", .many = true, .take = take_type_option, .to = im},
	    {"tolerance", .take = take_tolerance, .to = &o->tolerance_us},
	    {.name = NULL},
	};

	cli_options(argc, argv, options, help);
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
		cli_usage(
		    "--check-recorder can only be used with -c, --json and the "
		    "options that say how logs are read");
}

/* Checks what options of --from and --audit need each other. */
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
		im->answered || im->numbers))
		cli_usage("--legs, --type, --zone, --queue-log, --event, "
			  "--columns, --streams, --answered and --numbers "
			  "need --from");
	if (o->from && (o->live || (o->test && !o->against)))
		cli_usage("--from cannot be used with --live, nor with -t "
			  "without --against");
	if (o->tickets && !o->audit)
		cli_usage("--tickets needs --audit");
	if (o->audit && (o->explain || o->spool || o->replay || o->live))
		cli_usage(
		    "--audit cannot be used with -e, -s, --live or --replay");
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
	if (!o->spool && !o->audit)
		cli_usage("--collect needs -s, or --audit");
	if (o->move || im->legs)
		cli_usage("--collect cannot be used with --move or --legs: it "
			  "moves files out of DIR anyway");
	if (!o->from && args > 0)
		cli_usage("--collect DIR takes logs only, with --from");
	if (o->from && o->torn_us > 0)
		im->torn_after_us = o->torn_us;
	/* A directory that does not exist has no calls. */
	if (o->from)
		im->legs = o->legs = realpath(o->collect, NULL);
}

static void
check_recpolicy(struct options *o, int args)
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
	if ((o->move || o->take_erased) && !o->spool)
		cli_usage("--move and --take-erased need -s");
	if (o->test + o->live + (o->replay != NULL) + (o->explain || o->json) +
		(o->spool != NULL) + (o->message.name != NULL) >
	    1)
		cli_usage(
		    "only one of -t, --live, -s, --replay, --message, and -e "
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
		cli_usage("--live takes one call file");
	if (o->test && args != 0)
		cli_usage("-t takes no call file");
}

void
options_parse(struct options *o, int argc, char **argv)
{
	o->tolerance_us = 300000;
	o->late_us = o->torn_us = -1;
	parse_recpolicy(argc, argv, o);
	check_recpolicy(o, argc - optind);
}

void
options_free(struct options *o)
{
	import_options_free(&o->import);
	free(o->legs);
}
