/* SPDX-License-Identifier: ISC */
/* recmix: mixes the legs of a call into MP3s by its plan. See recmix(1). */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apart.h"
#include "by_hand.h"
#include "cli.h"
#include "codec.h"
#include "encode.h"
#include "folder.h"
#include "legfile.h"
#include "mix.h"
#include "num.h"
#include "space.h"
#include "stage.h"
#include "text.h"
#include "when.h"

static struct {
	struct by_hand by;
	const char *spool, *metrics;
	bool watch;
	int rate; /* 0: the highest of the legs */
	int jobs; /* threads; 0: the number of cores */
} opt = {
    .by = {.set = {.quality = 7, .vbr = ENCODE_CBR, .first = MIX_CUSTOMER}}};

/* The outcomes of a call for --metrics; "later": the machine failed. */
static const char *const outcomes[] = {
    "mixed", "doubtful", "held", "failed", "later", NULL};
static struct stage_metrics *metrics;

/* For the progress line of a spool; shared by all workers. */
static struct {
	atomic_llong done_ms;
	atomic_int calls, accepted;
	int64_t began_us;
} tally;

static void
show_tally(void *arg, unsigned rate, int64_t n, int64_t done, int64_t all)
{
	double took = (double)(when_steady_us() - tally.began_us) / 1e6;

	(void)arg, (void)done, (void)all;
	tally.done_ms += n * 1000 / rate;
	cli_progress("%d calls mixed, %.0f x real time", (int)tally.calls,
	    (double)tally.done_ms / 1e3 / took);
}

/* The log first: a folder that has moved on is not seen again. */
static int
move_on(struct spool_item *it, struct why *why)
{
	struct buf text = {0};
	int status = EXIT_LATER;

	if (folder_describe(it->fd, &text, why) == 0) {
		why_set(why, "stays in mix/");
		if (stage_log(it, "mixed", "%s", text.s) == 0 &&
		    spool_move(it, SPOOL_SPLIT, why) == 0)
			status = EXIT_DONE;
	}
	buf_free(&text);
	return status;
}

/* New calls are only mixed if the disk has room; reported once. */
static int
has_room(const struct spool_item *it)
{
	static atomic_bool said; /* by any worker */
	struct why why;
	int status = folder_is_mixed(it->fd) ? EXIT_DONE
					     : space_check(it->spool, 0, &why);

	if (!atomic_exchange(&said, status != EXIT_DONE) && status != EXIT_DONE)
		cli_warn("%s", why.text);
	return status;
}

/* Keeps its legs for a person to look at; the MP3s move on. */
static int
keep_legs(struct spool_item *it, const struct folder_sources *s,
    const char *doubt, struct why *why)
{
	why_set(why, "stays in mix/");
	if (stage_log(it, "doubtful", "reason=\"%s\"", doubt) != 0)
		return EXIT_LATER;
	if (apart_keep(it, (const char *const *)s->name, s->count, "recmix",
		doubt, when_now_us(), why) != 0)
		return EXIT_LATER;
	cli_warn("%s: %s; mixed nevertheless, the legs are kept in failed/",
	    it->name, doubt);
	return EXIT_DONE;
}

/* It is mixed: its legs are deleted or kept, and it moves on. */
static int
finish_folder(
    struct spool_item *it, const struct folder_sources *s, struct why *why)
{
	static const struct folder_sources none;
	char *doubt = NULL;
	int status = EXIT_DONE;

	if (s->count > 0)
		status = folder_doubt(it->fd, &doubt, why);
	if (status == EXIT_DONE && doubt)
		status = keep_legs(it, s, doubt, why);
	/* If the legs were kept, only failed.ini of --accept may be left. */
	if (status == EXIT_DONE)
		status = folder_drop(it->fd, doubt ? &none : s, why);
	if (status == EXIT_DONE)
		status = move_on(it, why);
	if (status == EXIT_DONE && doubt)
		status = EXIT_GIVEN_UP;
	free(doubt);
	return status;
}

static const char *
mix_outcome(int status)
{
	return status == EXIT_DONE       ? "mixed"
	       : status == EXIT_GIVEN_UP ? "doubtful"
					 : "later";
}

static int
give_up_folder(struct spool_item *it, bool held, const char *reason)
{
	int status = stage_fail(it, reason);

	stage_metrics_count(metrics,
	    status != EXIT_GIVEN_UP ? "later"
	    : held                  ? "held"
				    : "failed",
	    false);
	return status;
}

static int
spool_folder(struct spool_item *it, void *arg)
{
	struct folder_sources left;
	struct why why = {.text = ""};
	int status = has_room(it);

	(void)arg;
	if (status != EXIT_DONE) {
		stage_metrics_count(metrics, "later", false);
		return status;
	}
	status = folder_mix(it->fd, &opt.by.set, &left, &why);
	if (status == EXIT_GIVEN_UP)
		return give_up_folder(it, left.held, why.text);
	if (status == EXIT_DONE)
		status = finish_folder(it, &left, &why);
	folder_sources_free(&left);
	stage_metrics_count(metrics, mix_outcome(status), status != EXIT_LATER);
	tally.calls += status == EXIT_DONE || status == EXIT_GIVEN_UP;
	if (status == EXIT_DONE)
		cli_say("%s: mixed", it->name);
	else if (status == EXIT_LATER)
		cli_warn("%s: %s", it->name, why.text);
	return status;
}

/* Moves it back from failed/, unchanged. */
static int
accept_folder(struct spool_item *it, void *arg)
{
	struct why why = {.text = ""};
	int status;

	(void)arg;
	if (strcmp(it->id, opt.by.accept) != 0)
		return EXIT_DONE;
	status = folder_accept(it->fd, &why);
	if (status == EXIT_DONE &&
	    (stage_log(it, "accepted", "by=recmix") != 0 ||
		spool_move(it, SPOOL_MIX, &why) != 0))
		status = EXIT_LATER;
	if (status != EXIT_DONE) {
		cli_warn("%s: %s", it->name, why.text);
		return status;
	}
	tally.accepted++;
	return spool_folder(it, arg);
}

static int
accept_one(void)
{
	int status =
	    stage_spool(opt.spool, SPOOL_FAILED, false, accept_folder, NULL);

	if (status == EXIT_DONE && tally.accepted == 0) {
		cli_warn("no call %s in failed/ (recupload -l lists the calls "
			 "there) (recupload -l lists the calls there)",
		    opt.by.accept);
		status = EXIT_GIVEN_UP;
	}
	return status;
}

static int
mix_spool(void)
{
	struct stage_work work = {.path = opt.spool,
	    .stage = SPOOL_MIX,
	    .watch = opt.watch,
	    .workers = opt.jobs,
	    .each = spool_folder};
	int status;

	if (opt.by.accept)
		return accept_one();
	if (cli_has_progress()) {
		tally.began_us = when_steady_us();
		opt.by.set.progress = show_tally;
	}
	if (opt.metrics)
		work.metrics = metrics = stage_metrics_open(
		    opt.metrics, opt.spool, SPOOL_MIX, outcomes);
	status = stage_serve(&work);
	cli_progress_end();
	stage_metrics_close(metrics);
	return status;
}

static const char help[] =
    "usage: recmix [options] [-o DIR|FILE.mp3|-] [plan.ini ...]\n"
    "       recmix [options] [-o DIR|FILE.mp3|-] customer.wav agent.wav\n"
    "       recmix [options] -s SPOOL [-w]\n"
    "Mixes the legs of ended calls into MP3s. Without arguments it reads a "
    "plan,\n"
    "or the paths of plans, from standard input.\n"
    "\n"
    "  -o, --output WHERE         directory, FILE.mp3, or - for standard "
    "output\n"
    "  -s, --spool SPOOL          mix all calls that wait in this spool\n"
    "  -w, --watch                with -s: stay and wait for more\n"
    "      --bitrate KBITS        constant bit rate in kbit/s\n"
    "  -q, --quality N            LAME's quality, 0 to 9 (default: 7)\n"
    "      --vbr N                variable bit rate, 0 (best) to 9\n"
    "  -r, --rate HZ              sample rate (default: that of the highest "
    "leg)\n"
    "      --mono                 mix everybody into one channel\n"
    "      --channel1 ROLE[,ROLE] who is on channel 1 (default: customer)\n"
    "  -L, --leg ROLE=FILE[,...]  add a leg by hand, see recmix(1)\n"
    "  -f, --format NAME[:HZ]     format of legs by hand that have no header\n"
    "      --pad SECONDS          widen every cut on both sides\n"
    "      --verify               decode each MP3 before it gets its name\n"
    "      --picture FILE.svg     also draw the call\n"
    "      --accept ID            go on with a call that is held in failed/\n"
    "      --metrics FILE         with -s: write metrics for Prometheus\n"
    "  -j, --jobs N               threads (default: one for each core)\n"
    "  -0, --null                 paths end with NUL instead of newline\n"
    "  -v, --verbose              report what is done\n"
    "  -h, --help                 print this text\n"
    "      --version              print the version\n"
    "\n"
    "Examples:\n"
    "  recpolicy -c policy.ini call.ini | recmix -o out/\n"
    "  recmix -s /var/spool/rectools\n"
    "\n"
    "Exit status: 0 done, 1 a call was given up, is held or is incomplete,\n"
    "2 usage or configuration, 75 try again later.\n";

/* "ulaw" or "sln:16000" */
static void
take_format(const char *name, const char *arg, void *to)
{
	const char *rate = strchr(arg, ':');
	int64_t hz;

	(void)to;
	if (rate && num_integer(rate + 1, 1000, 768000, &hz) != 0)
		cli_usage(
		    "%s: a rate from 1000 to 768000, not '%s'", name, rate + 1);
	if (rate)
		opt.by.rate = (unsigned)hz;
	opt.by.format =
	    rate ? text_ndup(arg, (size_t)(rate - arg)) : text_dup(arg);
	if (!legfile_has_format(opt.by.format))
		cli_usage(
		    "%s: unknown format '%s'; known are ulaw, alaw, gsm, sln "
		    "and sln12 to sln192",
		    name, opt.by.format);
}

static void
take_mono(const char *name, const char *arg, void *to)
{
	(void)name, (void)arg, (void)to;
	opt.by.set.channels = 1;
}

static void
take_channel1(const char *name, const char *arg, void *to)
{
	(void)to;
	if (mix_roles(arg, &opt.by.set.first) != 0)
		cli_usage("%s: customer, agent, third-party or emergency, "
			  "separated by commas, not '%s'",
		    name, arg);
}

static void
take_pad(const char *name, const char *arg, void *to)
{
	int64_t *us = to;

	if (num_seconds(arg, us) != 0 || *us > 3600000000)
		cli_usage("%s: seconds up to 3600, not '%s'", name, arg);
}

static void
take_leg_option(const char *name, const char *arg, void *to)
{
	(void)to;
	if (by_hand_leg(&opt.by, arg) != 0)
		cli_usage("%s: ROLE=FILE, where ROLE is customer, agent, "
			  "third-party or emergency",
		    name);
}

static const struct cli_option options[] = {
    {"accept", .text = &opt.by.accept},
    {"metrics", .text = &opt.metrics},
    {"output", 'o', .text = &opt.by.out},
    {"spool", 's', .text = &opt.spool},
    {"watch", 'w', .yes = &opt.watch},
    {"bitrate", .number = &opt.by.set.kbps, .min = 8, .max = 320},
    {"quality", 'q', .number = &opt.by.set.quality, .min = 0, .max = 9},
    {"vbr", .number = &opt.by.set.vbr, .min = 0, .max = 9},
    {"rate", 'r', .number = &opt.rate, .min = 8000, .max = 48000},
    {"mono", .bare = true, .take = take_mono},
    {"channel1", .take = take_channel1},
    {"leg", 'L', .many = true, .take = take_leg_option},
    {"format", 'f', .take = take_format},
    {"pad", .take = take_pad, .to = &opt.by.set.pad_us},
    {"verify", .yes = &opt.by.set.verify},
    {"picture", .text = &opt.by.picture},
    {"jobs", 'j', .number = &opt.jobs, .min = 1, .max = 64},
    {"null", '0', .yes = &opt.by.nul},
    {.name = NULL},
};

/* Options that cannot be used together. */
static void
check_options(bool arguments)
{
	const struct by_hand *by = &opt.by;
	const char *fault = session_fault(&by->set);

	if (fault)
		cli_usage("%s", fault);
	if (by->set.kbps != 0 && by->set.vbr != ENCODE_CBR)
		cli_usage(
		    "--bitrate is a constant bit rate, --vbr a variable one");
	if (opt.watch && !opt.spool)
		cli_usage("-w needs -s");
	if (opt.watch && by->accept)
		cli_usage("--accept cannot be used with -w");
	if (opt.metrics && (!opt.spool || by->accept))
		cli_usage("--metrics needs -s, without --accept");
	if (opt.spool && (by->out || by->legs > 0 || by->picture || arguments))
		cli_usage("-s takes neither -o, --leg, --picture nor files");
	if (by->legs > 0 && arguments)
		cli_usage("legs are arguments or --leg, not both");
	if (by->out && strcmp(by->out, "-") == 0 && isatty(STDOUT_FILENO))
		cli_usage("-o -: standard output is a terminal");
}

static void
take_recmix_options(int argc, char **argv)
{
	cli_options(argc, argv, options, help);
	opt.by.set.rate = (unsigned)opt.rate;
	check_options(optind < argc);
	if (opt.jobs == 0) {
		long cores = sysconf(_SC_NPROCESSORS_ONLN);
		opt.jobs = cores < 1 ? 1 : cores > 64 ? 64 : (int)cores;
	}
}

/* --version lists the codecs of packet captures in this build. */
static void
tell_codecs(void)
{
	static char lines[400];
	struct buf with = {0}, without = {0};

	codec_list(&with, &without);
	(void)snprintf(lines, sizeof lines, "codecs of captures: %s\n%s%s%s",
	    with.s, without.len ? "not built in: " : "",
	    without.len ? without.s : "", without.len ? "\n" : "");
	cli_version_more(lines);
	buf_free(&with);
	buf_free(&without);
}

int
main(int argc, char **argv)
{
	int status;

	cli_start("recmix");
	tell_codecs();
	take_recmix_options(argc, argv);
	cli_hush();
	cli_raise_files();
	encode_prepare();
	opt.by.set.pool = pool_new(opt.jobs);
	if (opt.spool)
		status = mix_spool();
	else
		status = by_hand_mix(&opt.by, argc - optind, argv + optind);
	pool_free(opt.by.set.pool);
	by_hand_free(&opt.by);
	return cli_end(status);
}
