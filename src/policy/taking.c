/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "ini.h"
#include "mem.h"
#include "num.h"
#include "proof.h"
#include "sound.h"
#include "text.h"

/* Bytes that are not UTF-8 are read as Latin-1, if there is room. */
static void
mend_text(struct doc *doc)
{
	for (size_t i = 0; i < doc->sections; i++)
		for (size_t k = 0; k < doc->section[i].keys; k++) {
			struct doc_key *key = &doc->section[i].key[k];
			char *text = text_utf8(key->value);

			if (strlen(text) + strlen(key->name) + 3 <=
			    DOC_LINE_MAX) {
				free(key->value);
				key->value = text;
			} else {
				free(text);
			}
		}
}

static void
note_change(struct taking *t, const struct stat *st)
{
	if ((int64_t)st->st_mtim.tv_sec > t->changed_s)
		t->changed_s = (int64_t)st->st_mtim.tv_sec;
}

static const struct source *
any_source(const struct admit_bag *bag)
{
	return bag->files > 0 ? &bag->file[0].source : NULL;
}

static int
read_doc(struct taking *t, struct why *why)
{
	int fd = dup(t->call_file.fd), status;
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file) {
		if (fd >= 0)
			(void)close(fd);
		return why_errno(why, "%s", t->shown);
	}
	status = ini_read_stream(&t->doc, file, t->shown, why);
	(void)fclose(file);
	if (status == 0)
		mend_text(&t->doc);
	return status;
}

int
taking_read(struct taking *t, struct why *why)
{
	struct collect_candidate *cand = t->cand;

	t->call_file = (struct source)SOURCE_NONE;
	if (!cand->file) {
		t->doc = cand->doc;
		cand->doc = (struct doc){0};
		t->shown = text_dup(t->doc.file);
		return 0;
	}
	t->shown = text_format("%s/%s", t->c->in.shown, cand->file->path);
	if (incoming_source(&t->c->in, &t->call_file, cand->file->path,
		GUARD_CALL_MAX, NULL, why) != 0)
		return -1;
	note_change(t, &t->call_file.st);
	return read_doc(t, why);
}

/* The file of an earlier leg, or a new one. */
static size_t
find_taken_leg(const struct taking *t, size_t leg)
{
	for (size_t i = 0; i < leg; i++)
		if (strcmp(t->call.leg[i].file, t->call.leg[leg].file) == 0)
			return t->bag.of_leg[i];
	return t->bag.files;
}

static char *
taken_leg_path(const struct taking *t, const char *file, struct why *why)
{
	return incoming_path(
	    &t->c->in, t->cand->file ? t->cand->file->path : NULL, file, why);
}

static int
open_taken_leg(struct taking *t, const char *file, struct why *why)
{
	char *path = taken_leg_path(t, file, why);
	const struct source *near = any_source(&t->bag);
	struct source s = SOURCE_NONE;
	int status = -1;

	if (path)
		status = incoming_source(
		    &t->c->in, &s, path, GUARD_LEG_MAX, near, why);
	if (status == 0)
		note_change(t, &s.st);
	if (status != 0 && path && why->errnum == ENOENT) {
		t->missing++;
		status = 0;
	}
	if (status == 0)
		admit_bag_add(&t->bag)->source = s;
	else
		source_close(&s);
	free(path);
	return status;
}

int
taking_open_legs(struct taking *t, struct why *why)
{
	t->missing = 0;
	t->bag.of_leg = mem_alloc((t->call.legs + 1) * sizeof(size_t));
	for (size_t i = 0; i < t->call.legs; i++) {
		size_t n = find_taken_leg(t, i);

		t->bag.of_leg[i] = n;
		if (n == t->bag.files) {
			if (open_taken_leg(t, t->call.leg[i].file, why) != 0)
				return -1;
			t->bag.of_leg[i] = admit_bag_settle(&t->bag);
		}
		t->bag.legs = t->bag.files;
	}
	return 0;
}

/* ---- what it names ---- */

/* Each path once, also if several legs are in one file. */
static void
each_leg_path(const struct taking *t, const struct call *call,
    void (*each)(const char *path, size_t leg, void *arg), void *arg)
{
	char **path = mem_alloc((call->legs + 1) * sizeof *path);

	for (size_t i = 0; i < call->legs; i++) {
		bool again = false;

		path[i] = taken_leg_path(t, call->leg[i].file, NULL);
		for (size_t k = 0; k < i && path[i]; k++)
			again = again || (path[k] && !strcmp(path[k], path[i]));
		if (path[i] && !again)
			each(path[i], i, arg);
	}
	for (size_t i = 0; i < call->legs; i++)
		free(path[i]);
	free(path);
}

/* The files that a hook or the PBX wrote beside a call and that are not legs:
 * "c1.events", the mix "c1-all.wav", and the recorder's own files. */
static void
each_companion(struct collect *c, const struct collect_candidate *cand,
    void (*each)(struct incoming_file *f, void *arg), void *arg)
{
	static const char *const tails[] = {".events", ".facts", "-all."};
	struct incoming_file *f;

	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		char *head = text_format("%s%s", cand->stem, tails[i]);
		size_t n = strlen(head);

		for (f = incoming_first(&c->in, head); f;
		     f = incoming_next(&c->in, f, head))
			if (head[n - 1] == '.' ? !strchr(f->path + n, '/')
					       : !f->path[n])
				each(f, arg);
		free(head);
	}
	for (size_t i = 0; i < cand->owns; i++)
		if ((f = incoming_find(&c->in, cand->own[i])))
			each(f, arg);
}

static void
name_companion(struct incoming_file *f, void *arg)
{
	(void)arg;
	f->named++;
	f->known = true;
}

static void
name_leg(const char *path, size_t leg, void *arg)
{
	const struct taking *t = arg;
	struct incoming_file *f = incoming_find(&t->c->in, path);

	(void)leg;
	if (f)
		name_companion(f, NULL);
}

static bool
is_taken(const struct collect *c, const struct call *call)
{
	uint64_t own;

	return c->door.known && known_id(c->door.known, call->id) &&
	       proof_came(c->door.known, call, &own);
}

void
collect_name_files(struct collect *c, struct collect_candidate *cand)
{
	struct taking t = {.c = c, .cand = cand, .call_file = SOURCE_NONE};
	struct call call;
	bool came = false;

	if (cand->file) {
		name_companion(cand->file, NULL);
		(void)taking_read(&t, NULL);
	}
	if (call_facts_from_doc(
		&call, cand->file ? &t.doc : &cand->doc, NULL) == 0) {
		each_leg_path(&t, &call, name_leg, &t);
		came = is_taken(c, &call);
		call_free(&call);
	}
	if (!cand->bare || came)
		each_companion(c, cand, name_companion, NULL);
	taking_free(&t);
}

/* True if no other call names it: then it is deleted with this one. */
static bool
may_remove(struct collect *c, const char *path)
{
	struct incoming_file *f = incoming_find(&c->in, path);

	return !f || f->named == 0 || --f->named == 0;
}

static void
add_companion(struct incoming_file *f, void *arg)
{
	struct taking *t = arg;
	struct source s;

	if (incoming_source(&t->c->in, &s, f->path, GUARD_LEG_MAX,
		any_source(&t->bag), NULL) == 0) {
		struct admit_file *file = admit_bag_add(&t->bag);

		file->source = s;
		file->remove = may_remove(t->c, f->path);
	} else {
		source_close(&s);
	}
}

static void
let_leg_go(const char *path, size_t leg, void *arg)
{
	struct taking *t = arg;

	t->bag.file[t->bag.of_leg[leg]].remove = may_remove(t->c, path);
}

void
taking_fill(struct taking *t)
{
	struct collect *c = t->c;

	each_leg_path(t, &t->call, let_leg_go, t);
	each_companion(c, t->cand, add_companion, t);
	if (t->call_file.fd >= 0) {
		struct admit_file *file = admit_bag_add(&t->bag);

		file->source = t->call_file;
		file->remove = may_remove(c, t->cand->file->path);
		t->call_file = (struct source)SOURCE_NONE;
	}
}

void
taking_empty(struct taking *t)
{
	struct collect *c = t->c;
	size_t top = strlen(c->in.shown) + 1;

	for (size_t i = 0; i < t->bag.files; i++) {
		const struct source *s = &t->bag.file[i].source;
		struct incoming_file *f =
		    s->shown ? incoming_find(&c->in, s->shown + top) : NULL;

		if (f)
			f->named++;
	}
}

void
taking_free(struct taking *t)
{
	if (t->read)
		call_free(&t->call);
	source_close(&t->call_file);
	admit_bag_free(&t->bag);
	doc_free(&t->doc);
	free(t->shown);
}

/* ---- how long ---- */

int64_t
taking_leg_us(const struct taking *t, size_t leg)
{
	const struct source *s = &t->bag.file[t->bag.of_leg[leg]].source;
	struct why why;
	int64_t us;

	if (s->fd < 0 || sound_length_at(s->dir->fd, s->name, &s->st,
			     &t->call.leg[leg], &us, &why) != 0)
		return -1;
	return us;
}

int64_t
taking_end_us(const struct taking *t)
{
	const struct call *call = &t->call;
	int64_t us = -1;

	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_END)
			us = call->event[i].at_us;
	return us;
}

/* ---- torn ---- */

static void
drop_section(struct doc *doc, const struct doc_section *s)
{
	struct doc one = {.section = mem_alloc(sizeof *s), .sections = 1};
	size_t n = (size_t)(s - doc->section);

	one.section[0] = *s;
	doc_free(&one);
	memmove(&doc->section[n], &doc->section[n + 1],
	    (doc->sections - n - 1) * sizeof *doc->section);
	doc->sections--;
}

/* The last certain time, at which a torn call ends. */
static int64_t
last_certain(const struct taking *t)
{
	int64_t last_us = 0;

	if (t->call.events > 0)
		last_us = t->call.event[t->call.events - 1].at_us;
	for (size_t i = 0; i < t->call.legs; i++) {
		int64_t us = taking_leg_us(t, i);

		if (us >= 0 && t->call.leg[i].start_us + us > last_us)
			last_us = t->call.leg[i].start_us + us;
	}
	return last_us;
}

/* Drops the sections of missing legs; text gets their names. */
static void
drop_leg_sections(struct taking *t, struct buf *text)
{
	const char *role = NULL;
	size_t dropped = 0;

	for (size_t i = t->call.legs; i-- > 0;) {
		const struct call_leg *leg = &t->call.leg[i];

		if (t->bag.file[t->bag.of_leg[i]].source.fd >= 0)
			continue;
		role = leg->role;
		dropped++;
		drop_section(&t->doc, leg->section);
	}
	if (dropped > 0)
		buf_format(text, "no [leg %s]", role);
	if (dropped > 1)
		buf_format(text, " and %zu more", dropped - 1);
}

bool
taking_tear(struct taking *t)
{
	char at[NUM_SECONDS_SIZE];
	struct buf text = {0};
	struct doc_section *s;
	int64_t end_us = taking_end_us(t), last_us = last_certain(t);

	if (t->missing >= t->bag.legs)
		return false;
	/* A leg that grows after its end is not torn yet. */
	if (end_us >= 0 && t->missing == 0)
		return false;
	drop_leg_sections(t, &text);
	if (end_us < 0) {
		buf_format(&text, "%sno end", text.len ? ", " : "");
		s = doc_find(&t->doc, "events");
		if (!s)
			s = doc_add_section(&t->doc, "events", 0);
		doc_add(s, num_seconds_text(last_us, at), "end", 0);
	}
	s = doc_find(&t->doc, "call");
	doc_set(s, "torn", text.s);
	buf_free(&text);
	call_free(&t->call);
	admit_bag_free(&t->bag);
	t->read = false;
	t->torn = true;
	return true;
}
