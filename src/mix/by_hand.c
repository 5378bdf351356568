/* SPDX-License-Identifier: ISC */
#include "by_hand.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "folder.h"
#include "ini.h"
#include "mem.h"
#include "mix.h"
#include "newfile.h"
#include "num.h"
#include "path.h"
#include "picture.h"
#include "text.h"
#include "ticket_facts.h"
#include "when.h"

/* The state of one run without a spool. */
struct by_hand_run {
	const struct by_hand *o;
	struct session_options set;
	bool whole; /* no plan: all of the legs */
	bool file_made, picture_made;
	const char *name; /* of the current MP3, for the progress line */
	int64_t began_us;
};

static bool
to_stdout(const struct by_hand *o)
{
	return o->out && strcmp(o->out, "-") == 0;
}

static bool
names_a_file(const char *out)
{
	size_t n = strlen(out);
	struct stat st;

	return n > 4 && strcasecmp(out + n - 4, ".mp3") == 0 &&
	       (stat(out, &st) != 0 || !S_ISDIR(st.st_mode));
}

/* The directory part of a path, open; *base is the rest. -1 with a message. */
static int
open_output_parent(const char *path, const char **base)
{
	struct path p = PATH_NONE;
	int fd;

	if (path_open(&p, path) != 0)
		cli_warn("%s: %s", *p.dir ? p.dir : ".", strerror(errno));
	*base = p.name;
	fd = p.fd;
	p.fd = -1;
	path_close(&p);
	return fd;
}

static int
open_out(const struct by_hand *o, char **dir)
{
	const char *out = o->out ? o->out : ".";
	size_t n = strlen(out);
	int fd;

	if (mkdir(out, 0700) != 0 && errno != EEXIST) {
		cli_warn("%s: %s", out, strerror(errno));
		return -1;
	}
	fd = open(out, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cli_warn("%s: %s", out, strerror(errno));
	if (!o->out)
		*dir = text_dup("");
	else
		*dir = text_format(
		    "%s%s", out, n > 0 && out[n - 1] == '/' ? "" : "/");
	return fd;
}

static void
show_progress(void *arg, unsigned rate, int64_t n, int64_t done, int64_t all)
{
	const struct by_hand_run *h = arg;
	double took = (double)(when_steady_us() - h->began_us) / 1e6;

	(void)n;
	cli_progress("%s: %3d %%, %.0f x real time", h->name,
	    (int)(done * 100 / all), (double)done / rate / took);
}

/* Makes one recording: NAME.mp3, NAME.ini beside it, its path on stdout. */
static int
make_one(struct by_hand_run *h, struct session *r, size_t i, int outdir,
    const char *dir, const char *name)
{
	struct ticket t = {0};
	struct why why;
	char *ini = text_format("%.*s.ini", (int)strlen(name) - 4, name);
	char *path = text_format("%s%s", dir, name);
	int status = EXIT_GIVEN_UP;

	ticket_facts_add(r, &t);
	h->name = path;
	h->began_us = when_steady_us();
	if (folder_is_ours(outdir, ini))
		status =
		    render_file(r, i, outdir, name, ticket_add(&t, name), &why);
	else
		why_set(&why,
		    "%s: exists and is not a ticket: not overwritten, see -o",
		    ini);
	cli_progress_end();
	folder_tell(r, "");
	if (status == EXIT_DONE &&
	    folder_put_ticket(&t, outdir, ini, &why) != 0)
		status = EXIT_LATER;
	if (status != EXIT_DONE)
		cli_warn("%s%s", dir, why.text);
	else
		status = cli_print_path(path, h->o->nul, status);
	ticket_free(&t);
	free(path);
	free(ini);
	return status;
}

static int
send_one(struct by_hand_run *h, struct session *r)
{
	struct why why;
	int status;

	h->name = "standard output";
	h->began_us = when_steady_us();
	status = render_to(r, 0, STDOUT_FILENO, &why);
	cli_progress_end();
	folder_tell(r, "");
	if (status != EXIT_DONE)
		cli_warn("standard output: %s", why.text);
	return status;
}

static int
make_by_hand(struct by_hand_run *h, struct session *r)
{
	const char *base = NULL;
	char *dir = NULL, *name;
	bool single = h->o->out && names_a_file(h->o->out);
	int status = EXIT_DONE, fd;

	if (to_stdout(h->o))
		return send_one(h, r);
	fd = single ? open_output_parent(h->o->out, &base)
		    : open_out(h->o, &dir);
	if (fd < 0) {
		free(dir);
		return EXIT_USAGE;
	}
	if (single)
		dir = text_ndup(h->o->out, (size_t)(base - h->o->out));
	for (size_t i = 0; i < r->recordings; i++) {
		name = single ? text_dup(base)
			      : folder_name(r->call->id, i, r->recordings);
		status = cli_worse(status, make_one(h, r, i, fd, dir, name));
		free(name);
	}
	(void)close(fd);
	free(dir);
	return status;
}

static int
put_picture(struct by_hand_run *h, const struct session *r)
{
	const char *base;
	struct buf svg = {0};
	int dir = open_output_parent(h->o->picture, &base), status = EXIT_LATER;

	picture_end(r, &svg);
	if (dir >= 0 && newfile_put(dir, base, svg.s, svg.len, true) == 0)
		status = EXIT_DONE;
	else if (dir >= 0)
		cli_warn("%s: %s", h->o->picture, strerror(errno));
	if (dir >= 0)
		(void)close(dir);
	buf_free(&svg);
	return status;
}

static int
make_with_picture(struct by_hand_run *h, struct session *r)
{
	int status;

	if (!h->o->picture)
		return make_by_hand(h, r);
	if (r->recordings == 0)
		return EXIT_DONE;
	r->picture = picture_begin(r);
	status = make_by_hand(h, r);
	if (status == EXIT_DONE)
		status = put_picture(h, r);
	picture_free(r->picture);
	return status;
}

/* One file, pipe or picture can have only one recording or call. */
static int
check_single(
    struct by_hand_run *h, const struct call *call, const struct plan *plan)
{
	bool single = h->o->out && (to_stdout(h->o) || names_a_file(h->o->out));

	if (single && (plan->recordings > 1 || h->file_made)) {
		cli_warn("%s: %s: one file cannot take a second recording; "
			 "name a directory",
		    call->doc->file, h->o->out);
		return EXIT_USAGE;
	}
	if (h->o->picture && h->picture_made) {
		cli_warn("%s: %s: one picture cannot show a second call",
		    call->doc->file, h->o->picture);
		return EXIT_USAGE;
	}
	h->file_made = single;
	h->picture_made = true;
	return EXIT_DONE;
}

/* Reports that the recordings do not match the call file. */
static int
tell_doubt(const struct session *r)
{
	char *doubt = session_doubt(r);
	int status = doubt ? EXIT_GIVEN_UP : EXIT_DONE;

	if (doubt)
		cli_warn("%s: %s%s", r->call->id, doubt,
		    r->set.accept ? "; accepted" : "");
	free(doubt);
	return status;
}

/* Mixes a call without a spool. dirfd is the directory of its legs. Without a
 * plan everything is recorded, to the end of the last leg. */
static int
mix_call(struct by_hand_run *h, const struct call *call, struct plan *plan,
    int dirfd)
{
	bool whole = plan->recordings == 0 && h->whole;
	struct session r;
	struct why why;
	int status;

	if (!plan->record || (plan->recordings == 0 && !whole)) {
		cli_say("%s: nothing to record: %s", call->id,
		    plan->reason ? plan->reason : "no recording in the plan");
		return EXIT_DONE;
	}
	status = check_single(h, call, plan);
	if (status != EXIT_DONE)
		return status;
	h->set.accept = h->o->accept && strcmp(h->o->accept, call->id) == 0;
	status = session_open(&r, call, dirfd, true, &h->set, &why);
	if (status == EXIT_DONE) {
		if (whole)
			plan_add_recording(plan, 0, session_end_us(&r));
		status = session_start(&r, plan, &why);
	}
	if (status != EXIT_DONE && whole) {
		cli_warn("%s", why.text);
	} else if (status != EXIT_DONE) {
		cli_warn("%s: %s", call->doc->file, why.text);
	} else {
		folder_tell(&r, "");
		status = make_with_picture(h, &r);
		status = cli_worse(status, tell_doubt(&r));
	}
	session_close(&r);
	return status;
}

static int
mix_doc(struct by_hand_run *h, const struct doc *doc, int dirfd)
{
	struct call call;
	struct plan plan;
	struct why why;
	int status;

	if (call_facts_from_doc(&call, doc, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (plan_from_doc(&plan, doc, &why) != 0) {
		cli_warn("%s", why.text);
		call_free(&call);
		return EXIT_USAGE;
	}
	status = mix_call(h, &call, &plan, dirfd);
	plan_free(&plan);
	call_free(&call);
	return status;
}

/* Mixes all plans of an open file. */
static int
mix_stream(
    struct by_hand_run *h, FILE *file, const char *name, int line, int dirfd)
{
	struct ini_stream cs = {.file = file, .name = name, .line = line};
	struct doc doc = {0};
	struct why why;
	int got, status = EXIT_DONE;

	while ((got = ini_next(&cs, &doc, &why)) > 0) {
		status = cli_worse(status, mix_doc(h, &doc, dirfd));
		doc_free(&doc);
	}
	if (got < 0) {
		cli_warn("%s", why.text);
		status = cli_worse(status, EXIT_USAGE);
	}
	doc_free(&doc);
	free(cs.pushed);
	return status;
}

/* Skips blank and comment lines; true if what follows is INI. */
static bool
begins_as_plan(FILE *file, int *line)
{
	int c;

	while ((c = getc(file)) != EOF) {
		if (c == '\n')
			++*line;
		if (isspace(c))
			continue;
		if (c != ';' && c != '#')
			break;
		while ((c = getc(file)) != EOF && c != '\n')
			;
		++*line;
	}
	if (c != EOF)
		(void)ungetc(c, file);
	return c == '[';
}

static int
mix_plan(const char *path, void *arg)
{
	const char *base;
	FILE *file = fopen(path, "re");
	int line = 0, status = EXIT_GIVEN_UP, dirfd;

	if (!file) {
		cli_warn("%s: %s", path, strerror(errno));
		return EXIT_GIVEN_UP;
	}
	dirfd = open_output_parent(path, &base);
	if (dirfd >= 0 && begins_as_plan(file, &line))
		status = mix_stream(arg, file, path, line, dirfd);
	else if (dirfd >= 0)
		cli_warn(
		    "%s: not a plan: it does not begin with a [section]", path);
	if (dirfd >= 0)
		(void)close(dirfd);
	(void)fclose(file);
	return status;
}

/*
 * True for a name in brackets: the samples of a leg may begin with a bracket.
 */
static bool
is_section(FILE *file)
{
	int c = getc(file), n = 0;

	if (c != '[')
		return false;
	while (isprint(c = getc(file)) && c != ']')
		n++;
	return n > 0 && c == ']';
}

/* True if the file is a plan, by its beginning. */
static bool
is_plan(const char *path)
{
	struct stat st;
	FILE *file;
	int line = 0;
	bool plan;

	/* What was read from a pipe would be lost. */
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	file = fopen(path, "re");
	plan = file && begins_as_plan(file, &line) && is_section(file);

	if (file)
		(void)fclose(file);
	return plan;
}

/* The call's id from the name of its MP3, or of its first leg. */
static char *
id_of(const struct by_hand *o, const char *first)
{
	const char *name = o->out && names_a_file(o->out) ? o->out : first;
	char *id;

	name = path_name(name);
	id = text_ndup(name, strcspn(name, "."));
	if (!text_id_fault(id) && strcmp(id, "-") != 0)
		return id;
	free(id);
	return text_dup("call");
}

/* Mixes legs without a plan: all of each, from its start. */
static int
mix_legs(struct by_hand_run *h, struct call_leg *leg, size_t legs)
{
	struct plan plan = {.record = true, .channels = 2};
	struct doc doc = {0};
	struct doc_section *facts;
	struct call call = {.doc = &doc, .leg = leg, .legs = legs};
	char *id = id_of(h->o, leg[0].file);
	int status;

	doc_set_file(&doc, leg[0].file);
	facts = doc_add_section(&doc, "call", 0);
	doc_add(facts, "id", id, 0);
	call.facts = facts;
	call.id = id;
	for (size_t i = 0; i < legs; i++)
		if (strcmp(leg[i].file, "-") == 0)
			leg[i].file = "/dev/stdin";
	/* The file was named on the command line: if it is missing, that is an
	 * error. */
	h->whole = h->set.strict = h->set.untold = true;
	status = mix_call(h, &call, &plan, AT_FDCWD);
	plan_free(&plan);
	doc_free(&doc);
	free(id);
	return status;
}

static int
mix_arguments(struct by_hand_run *h, int argc, char **argv)
{
	struct call_leg *leg;
	int plans = 0, status;

	for (int i = 0; i < argc; i++)
		plans += is_plan(argv[i]);
	if (plans == argc)
		return cli_each(argc, argv, h->o->nul, mix_plan, h);
	if (plans > 0)
		cli_usage("plans and legs cannot be mixed in one command");
	leg = mem_alloc((size_t)argc * sizeof *leg);
	for (int i = 0; i < argc; i++)
		leg[i] = (struct call_leg){
		    .role = call_party_names[i == 0 ? CALL_PARTY_CUSTOMER
						    : CALL_PARTY_AGENT],
		    .label = "",
		    .file = argv[i],
		    .end_us = -1,
		    .format = h->o->format,
		    .rate = h->o->rate};
	h->set.pair = true;
	status = mix_legs(h, leg, (size_t)argc);
	free(leg);
	return status;
}

static int
mix_stdin(struct by_hand_run *h)
{
	int line = 0;

	cli_tell_terminal("a plan, or paths of plans,");
	if (!h->o->nul && begins_as_plan(stdin, &line))
		return mix_stream(h, stdin, "standard input", line, AT_FDCWD);
	return cli_each(0, NULL, h->o->nul, mix_plan, h);
}

/* Takes one ",key=value" from the end of a --leg; false: there is none left. */
static bool
take_setting(char *text, struct call_leg *leg)
{
	static const char *const keys[] = {"start", "end", "fits", "within",
	    "channel", "format", "rate", "channels"};
	char *key = strrchr(text, ','), *value;
	bool known = false;

	value = key ? strchr(key, '=') : NULL;
	if (!value)
		return false;
	*key++ = *value++ = '\0';
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		known = known || strcmp(key, keys[i]) == 0;
	if (!known) { /* the comma is part of the file's name */
		key[-1] = ',';
		value[-1] = '=';
		return false;
	}
	if (strcmp(key, "format") == 0)
		leg->format = value;
	else if (call_leg_take(leg, key, value) != 0)
		cli_usage("--leg: %s: not '%s'", key, value);
	return true;
}

int
by_hand_leg(struct by_hand *o, const char *told)
{
	struct call_leg leg = {.label = "", .end_us = -1};
	char *text = text_dup(told), *file = strchr(text, '=');
	unsigned roles;

	if (file)
		*file++ = '\0';
	if (!file || mix_roles(text, &roles) != 0 || strchr(text, ',')) {
		free(text);
		return -1;
	}
	leg.role = text;
	while (take_setting(file, &leg))
		;
	leg.file = file;
	if (leg.fits == CALL_FITS_END && leg.end_us < 0)
		cli_usage("--leg: %s: has fits=end, but no end", file);
	o->leg = mem_resize(o->leg, o->legs + 1, sizeof leg);
	o->told = mem_resize(o->told, o->legs + 1, sizeof *o->told);
	o->told[o->legs] = text;
	o->leg[o->legs++] = leg;
	return *file ? 0 : -1;
}

/* The ticket beside FILE.mp3 must be able to name it. */
static void
check_name(const struct by_hand *o)
{
	const char *fault = NULL;

	if (o->out && !to_stdout(o) && names_a_file(o->out))
		fault = ticket_name_fault(path_name(o->out));
	if (fault)
		cli_usage("-o: '%s': no ticket can name that file: %s",
		    path_name(o->out), fault);
}

void
by_hand_free(struct by_hand *o)
{
	for (size_t i = 0; i < o->legs; i++)
		free(o->told[i]);
	free(o->told);
	free(o->leg);
}

int
by_hand_mix(const struct by_hand *o, int argc, char **argv)
{
	struct by_hand_run h = {.o = o, .set = o->set};

	check_name(o);

	if (cli_has_progress() && !to_stdout(o)) {
		h.set.progress = show_progress;
		h.set.progress_arg = &h;
	}
	if (o->legs > 0)
		return mix_legs(&h, o->leg, o->legs);
	return argc > 0 ? mix_arguments(&h, argc, argv) : mix_stdin(&h);
}
