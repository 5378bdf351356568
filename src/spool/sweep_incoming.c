/* SPDX-License-Identifier: ISC */
#include "sweep_incoming.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"
#include "doc.h"
#include "guard.h"
#include "hold.h"
#include "incoming.h"
#include "ini.h"
#include "json.h"
#include "mem.h"
#include "path.h"
#include "retention.h"
#include "text.h"
#include "when.h"

/* So many are logged with one sync. */
enum { TURN = 128 };

/* What is known about each file of the directory. */
struct fact {
	int64_t since_s; /* last change of the file, or of its call */
	char *id;        /* of a call that names it, or NULL */
};

struct incoming_run {
	struct sweep_incoming *s;
	struct incoming in;
	struct fact *fact; /* one for each of in.file */
	struct why why;
};

/* ---- how old ---- */

/* A copy keeps the time of its content; its ctime is when it was made here. */
static int64_t
last_file_change(const struct incoming_file *f)
{
	return f->changed_s > f->linked_s ? f->changed_s : f->linked_s;
}

static struct fact *
fact_of(struct incoming_run *r, const char *path)
{
	struct incoming_file *f = path ? incoming_find(&r->in, path) : NULL;

	return f ? &r->fact[f - r->in.file] : NULL;
}

/* A call, and the last change of any of its files. */
struct age {
	const char *id;
	int64_t youngest_s;
	bool known; /* the ages are complete, and are now assigned */
};

static void
join_age(struct fact *f, struct age *age)
{
	if (f && f->since_s > age->youngest_s)
		age->youngest_s = f->since_s;
	if (!f || !age->known)
		return;
	f->since_s = age->youngest_s;
	if (!f->id)
		f->id = text_dup(age->id);
}

static void
join_leg(struct incoming_run *r, const char *call_file,
    const struct doc_section *s, struct age *age)
{
	const char *file = doc_is(s, "leg", NULL) ? doc_value(s, "file") : NULL;
	char *path = file ? incoming_path(&r->in, call_file, file, NULL) : NULL;

	join_age(fact_of(r, path), age);
	free(path);
}

/* "c1.ini", its legs and "c1.events" have the age of the youngest of them. */
static void
join_ages(struct incoming_run *r, const char *call_file, const struct doc *doc)
{
	char *head = text_ndup(call_file, strlen(call_file) - 3);
	struct age age = {.id = doc_value(doc_find(doc, "call"), "id")};

	if (age.id && text_id_fault(age.id))
		age.id = NULL;
	for (int turn = 0; turn < 2; turn++) {
		age.known = turn == 1;
		for (size_t i = 0; i < doc->sections; i++)
			join_leg(r, call_file, &doc->section[i], &age);
		for (struct incoming_file *f = incoming_first(&r->in, head); f;
		     f = incoming_next(&r->in, f, head))
			join_age(&r->fact[f - r->in.file], &age);
	}
	free(head);
}

static void
look_into(struct incoming_run *r, const struct incoming_file *f)
{
	struct source s = SOURCE_NONE;
	struct doc doc = {0};
	FILE *file = NULL;

	if (incoming_source(&r->in, &s, f->path, GUARD_CALL_MAX, NULL, NULL) ==
	    0)
		file = fdopen(s.fd, "r");
	if (file && ini_read_stream(&doc, file, f->path, NULL) == 0)
		join_ages(r, f->path, &doc);
	if (file) {
		(void)fclose(file);
		s.fd = -1;
	}
	doc_free(&doc);
	source_close(&s);
}

static void
find_facts(struct incoming_run *r)
{
	r->fact = mem_alloc((r->in.files + 1) * sizeof *r->fact);
	for (size_t i = 0; i < r->in.files; i++)
		r->fact[i].since_s = last_file_change(&r->in.file[i]);
	for (size_t i = 0; i < r->in.files; i++) {
		const char *dot = strrchr(r->in.file[i].path, '.');

		if (dot && strcmp(dot, ".ini") == 0)
			look_into(r, &r->in.file[i]);
	}
}

static void
free_facts(struct incoming_run *r)
{
	for (size_t i = 0; i < r->in.files; i++)
		free(r->fact[i].id);
	free(r->fact);
}

/* ---- what is held ---- */

struct held_search {
	const char *name;
	bool found;
};

/* "c1-in.wav" and "c1.ini" belong to the call c1, "c12.ini" does not. */
static void
look_at_hold(const struct hold *hold, void *arg)
{
	struct held_search *h = arg;
	size_t n = strlen(hold->id);

	if (strncmp(h->name, hold->id, n) == 0 &&
	    !isalnum((unsigned char)h->name[n]))
		h->found = true;
}

static bool
is_path_held(struct incoming_run *r, const char *path)
{
	struct held_search h = {path_name(path), false};

	/* If holds cannot be read, any call may be on hold. */
	return hold_each(r->s->spool, look_at_hold, &h, &r->why) != 0 ||
	       h.found;
}

/* ---- deleting ---- */

/*
 * The name of a file may contain personal data, which must not be in the log.
 */
static char *
describe(const struct incoming_run *r, size_t i)
{
	const struct incoming_file *f = &r->in.file[i];
	char since[WHEN_SIZE];

	return text_format("stage=incoming bytes=%lld since=%s",
	    (long long)f->bytes,
	    when_text(r->fact[i].since_s * 1000000, since));
}

/* Prints a line on standard output, if requested. */
static void
show_incoming(const struct incoming_run *r, size_t i)
{
	const struct incoming_file *f = &r->in.file[i];
	char when[WHEN_SIZE];
	struct json *j;
	char *text = text_format("%s/%s", r->in.shown, f->path);

	if (r->s->json) {
		j = json_new();
		json_set_text(j, "stage", "incoming");
		json_set_text(j, "file", text);
		json_set_text(
		    j, "since", when_text(r->fact[i].since_s * 1000000, when));
		json_set_number(j, "bytes", f->bytes);
		json_set_text(j, "action", r->s->dry_run ? "due" : "deleted");
		free(text);
		text = json_write(j);
		json_free(j);
	}
	if (!r->s->json) {
		char *shown = text_shown(text);

		free(text);
		text = shown;
	}
	if (r->s->json || r->s->dry_run)
		(void)puts(text);
	free(text);
}

/* The log first: nothing may be deleted without a line. */
static int
delete_turn(struct incoming_run *r, const size_t *due, size_t count)
{
	struct audit_event event[TURN] = {{0}};
	int status = 0;

	for (size_t i = 0; i < count; i++)
		event[i] = (struct audit_event){
		    r->fact[due[i]].id ? r->fact[due[i]].id : "-", "swept",
		    describe(r, due[i])};
	if (audit_add_all(
		r->s->spool->fd, r->s->now_us, event, count, &r->why) != 0)
		status = why_in(&r->why, r->s->spool->path);
	for (size_t i = 0; i < count; i++) {
		const struct incoming_file *f = &r->in.file[due[i]];

		free((char *)(uintptr_t)event[i].details);
		if (status != 0)
			continue;
		show_incoming(r, due[i]);
		cli_warn(
		    "%s/%s: deleted, no call took it", r->in.shown, f->path);
		r->s->deleted++;
		status = incoming_delete(&r->in, f, &r->why) < 0 ? -1 : 0;
	}
	return status;
}

static int
sweep_files(struct incoming_run *r)
{
	struct sweep_incoming *s = r->s;
	size_t due[TURN], count = 0;
	int status = 0;

	for (size_t i = 0; i < r->in.files && status == 0; i++) {
		const struct incoming_file *f = &r->in.file[i];

		if (!retention_due(
			r->fact[i].since_s * 1000000, s->now_us, s->keep_us))
			continue;
		if (is_path_held(r, f->path)) {
			s->held++;
			continue;
		}
		if (s->dry_run) {
			show_incoming(r, i);
			continue;
		}
		due[count++] = i;
		if (count == TURN) {
			status = delete_turn(r, due, count);
			count = 0;
		}
	}
	return status == 0 && count > 0 ? delete_turn(r, due, count) : status;
}

int
sweep_incoming(struct sweep_incoming *s)
{
	struct incoming_run r = {.s = s};
	int found = incoming_open(
	    &r.in, s->dir, s->dry_run ? NULL : s->spool->path, &r.why);
	int status = EXIT_DONE;

	if (found > 0)
		cli_hint("%s: there is no such directory", r.in.shown);
	else if (found < 0)
		status = incoming_fault(&r.why);
	else if (incoming_scan(&r.in, &r.why) != 0)
		status = EXIT_LATER;
	if (found == 0 && status == EXIT_DONE) {
		find_facts(&r);
		status = sweep_files(&r) == 0 ? EXIT_DONE : EXIT_LATER;
		free_facts(&r);
	}
	if (status != EXIT_DONE)
		cli_warn("%s", r.why.text);
	if (r.in.closed) {
		cli_warn("%s: uid %u may not read and write here; it needs a "
			 "group of this user and mode 2770",
		    r.in.closed, (unsigned)geteuid());
		status = cli_worse(status, EXIT_USAGE);
	}
	incoming_close(&r.in);
	return status;
}
