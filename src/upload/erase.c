/* SPDX-License-Identifier: ISC */
#include "erase.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "ciphertext.h"
#include "cli.h"
#include "delivery.h"
#include "hold.h"
#include "lane.h"
#include "mem.h"
#include "metadata.h"
#include "names.h"
#include "state.h"
#include "stored.h"
#include "template.h"
#include "text.h"
#include "tree.h"
#include "when.h"
#include "where.h"

struct erase_folder {
	enum spool_stage stage;
	char *name;
	struct spool_item it; /* it.fd -1: not taken */
};

struct erase {
	const struct upload *up;
	const struct spool *sp;
	const struct erase_order *o;
	char *words; /* the reason as one line */
	struct stored *all;
	size_t count;
	struct erase_folder *folder;
	size_t folders;
	size_t lines; /* lines of the log about the call */
	size_t gone, kept;
	bool again; /* a folder must stay for the next run */
	int status;
};

/* ---- what there is ---- */

static void
count_line(const char *line, void *arg)
{
	struct erase *e = arg;

	(void)line;
	e->lines++;
}

static int
read_erased_log(struct erase *e, struct why *why)
{
	struct stored *all = NULL;
	size_t count = 0;
	int status = stored_since(e->sp->fd, INT64_MIN, &all, &count, why);

	e->all = mem_alloc((count + 1) * sizeof *e->all);
	for (size_t i = 0; i < count && status == 0; i++)
		if (strcmp(all[i].id, e->o->id) == 0) {
			e->all[e->count++] = all[i];
			all[i] = (struct stored){0};
		}
	stored_free(all, count);
	if (status == 0)
		status = audit_story(e->sp->fd, e->o->id, count_line, e, why);
	/* Nothing has been logged yet. */
	return status != 0 && why->errnum == ENOENT ? 0 : status;
}

static int
find_folders(struct erase *e, enum spool_stage stage, struct why *why)
{
	char **names;
	size_t count;

	if (spool_list(e->sp, stage, &names, &count, why) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		const char *id;
		int64_t us;

		if (spool_parse_name(names[i], &us, &id) != 0 ||
		    strcmp(id, e->o->id) != 0)
			continue;
		e->folder =
		    mem_resize(e->folder, e->folders + 1, sizeof *e->folder);
		e->folder[e->folders++] = (struct erase_folder){
		    .stage = stage, .name = text_dup(names[i]), .it.fd = -1};
	}
	spool_list_free(names, count);
	return 0;
}

static bool
is_listed_object(const struct erase *e, const char *dest, const char *object)
{
	for (size_t i = 0; i < e->count; i++)
		if (strcmp(e->all[i].dest, dest) == 0 &&
		    strcmp(e->all[i].object, object) == 0)
			return true;
	return false;
}

/* Takes the object's name, which may be NULL. */
static void
add_object(struct erase *e, const struct dest *d, const struct ticket *t,
    const struct ticket_file *f, char *object, const struct state_entry *c)
{
	const char *fact = d->kind->fact ? d->kind->fact(d) : NULL;
	const char *record = fact ? ticket_fact(t, fact) : NULL;
	struct stored *s;

	if (!object || is_listed_object(e, d->name, object) ||
	    (fact && !record)) {
		free(object);
		return;
	}
	e->all = mem_resize(e->all, e->count + 1, sizeof *e->all);
	s = &e->all[e->count++];
	*s = (struct stored){.id = text_dup(e->o->id),
	    .dest = text_dup(d->name),
	    .object = object,
	    .logged =
		template_is_personal(d->pattern) ? NULL : text_dup(object),
	    .key = dest_key(t, f),
	    .bytes = c ? c->cipher_bytes : f->bytes};
	(void)snprintf(s->sha256, sizeof s->sha256, "%s",
	    c ? c->cipher_sha256 : f->sha256);
	if (record)
		s->record = text_format("%s:%s", fact, record);
}

/* The names under which a file may have been stored without a line in the log,
 * for instance after a kill: also that of an earlier version. c is the
 * ciphertext that was sent, or NULL. 0, or -1 with why: the machine cannot tell
 * them. */
static int
add_candidate(struct erase *e, const struct dest *d, const struct ticket *t,
    const struct ticket_file *f, bool encrypted, const struct state_entry *c,
    struct why *why)
{
	struct why own = {0};
	char *object = ciphertext_object(d, encrypted, t, f, &own);

	if (!object && why_status(&own) == EXIT_LATER) {
		*why = own;
		return -1;
	}
	if (object)
		add_object(e, d, t, f,
		    ciphertext_former(d, encrypted, t, f, object), c);
	add_object(e, d, t, f, object, c);
	return 0;
}

/* Encrypted, not encrypted, or both, because the settings may have changed. A
 * state that is lost or damaged has no information. */
static int
add_erase_file(struct erase *e, const struct dest *d, const struct ticket *t,
    const struct ticket_file *f, const struct state *q, struct why *why)
{
	const struct state_entry *s = state_find(q, d->name, f->name);
	const struct state_entry *c = s && s->cipher_sha256[0] ? s : NULL;
	int status = 0;

	if (c || (q->entries == 0 && d->envelope))
		status = add_candidate(e, d, t, f, true, c, why);
	if (status == 0 && (!c || !c->done))
		status = add_candidate(e, d, t, f, false, NULL, why);
	return status;
}

/* 0, or -1 with why: the machine cannot read it now. */
static int
add_candidates(struct erase *e, const struct erase_folder *g, struct why *why)
{
	int fd = tree_open(e->sp->stage_fd[g->stage], g->name);
	char *folder =
	    text_format("%s/%s", spool_stage_names[g->stage], g->name);
	struct ticket t = {0};
	struct state q = {0};
	int status = fd < 0 ? why_errno(why, "%s", folder) : 0;

	if (status == 0 && state_load(&q, fd, folder, why) != 0 &&
	    why_status(why) == EXIT_LATER)
		status = -1;
	if (status == 0)
		status = delivery_ticket(fd, "ticket.ini", folder, &t, why);
	for (size_t k = 0; status == 0 && k < t.files; k++)
		for (size_t i = 0; status == 0 && i < e->up->dests; i++)
			status = add_erase_file(
			    e, &e->up->dest[i], &t, &t.file[k], &q, why);
	ticket_free(&t);
	state_free(&q);
	free(folder);
	if (fd >= 0)
		(void)close(fd);
	/* A folder without a valid ticket was not sent anywhere. */
	return status != 0 && why_status(why) == EXIT_LATER ? -1 : 0;
}

static int
find_all(struct erase *e, struct why *why)
{
	static const enum spool_stage stages[] = {SPOOL_MIX, SPOOL_SPLIT,
	    SPOOL_UPLOAD, SPOOL_FAILED, SPOOL_HELD, SPOOL_NOTICE, SPOOL_TMP};

	for (size_t i = 0; i < sizeof stages / sizeof *stages; i++)
		if (find_folders(e, stages[i], why) != 0)
			return -1;
	return 0;
}

static int
read_erase_log(struct erase *e, struct why *why)
{
	if (read_erased_log(e, why) != 0)
		return -1;
	for (size_t i = 0; i < e->folders; i++)
		if (where_may_be_sent(e->folder[i].stage) &&
		    add_candidates(e, &e->folder[i], why) != 0)
			return -1;
	return 0;
}

/* ---- destinations ---- */

static struct dest *
dest_of(const struct erase *e, const struct stored *s)
{
	for (size_t i = 0; i < e->up->dests; i++)
		if (strcmp(e->up->dest[i].name, s->dest) == 0)
			return &e->up->dest[i];
	return NULL;
}

/* Why the destination need not be asked, or NULL. */
static const char *
obstacle(const struct dest *d, const struct stored *s)
{
	if (!d)
		return "no destination of this name is in the settings";
	if (d->kind->fact && (!s->record || !s->key))
		return "the log does not say which record it went to: version "
		       "0.1 wrote it; delete it there by hand";
	if (names_is_sealed(s->object))
		return "its name there was removed from the spool by an "
		       "earlier run, or by hand";
	if (!d->kind->erase && !d->kind->drop)
		return "this type of destination cannot delete";
	return NULL;
}

/* Without asking: until when the log says that it is kept; or NULL. */
static char *
still_kept(const struct dest_item *item)
{
	char until[WHEN_SIZE];

	if (item->keep.until_us > 0)
		return text_format("to be kept until %s by its retention%s",
		    when_text(item->keep.until_us, until),
		    item->keep.hold ? ", and by a legal hold" : "");
	return item->keep.hold
		   ? text_dup("to be kept by a legal hold, unless that has "
			      "ended there")
		   : NULL;
}

static char *
shown_object(
    const struct dest *d, const struct stored *s, const struct ticket *t)
{
	return !d               ? text_dup(s->object)
	       : d->kind->place ? d->kind->place(d, t, s->object)
				: d->kind->where(d, s->object);
}

static enum dest_result
delete_at(struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	struct dest_item beside = *item;
	enum dest_result r = d->kind->erase ? d->kind->erase(d, item, a)
					    : d->kind->drop(d, item->object, a);

	/* Also if metadata is no longer sent: it may have been. */
	for (int vcon = 0; vcon < 2 && (r == DEST_DONE || r == DEST_ABSENT) &&
			   d->kind->traits & DEST_OBJECTS;
	     vcon++) {
		char *name = metadata_name(item->object, vcon);

		beside.object = name;
		r = d->kind->erase ? d->kind->erase(d, &beside, a)
				   : d->kind->drop(d, name, a);
		free(name);
	}
	return r;
}

static void
log_object(
    struct erase *e, struct stored *s, const char *event, const char *reason)
{
	char *words = audit_words(reason);
	struct why why;

	if (!s->logged)
		s->logged = names_seal(e->sp->fd, e->o->id, s->object, &why);
	if (!s->logged)
		s->logged = text_dup("-"); /* the log reports why */
	/* It may be the URL, which contains the name. */
	if (names_is_sealed(s->logged))
		*words = '\0';
	if (audit_add(e->sp->fd, when_now_us(), e->o->id, event, &why,
		"destination=%s object=%s bytes=%" PRIu64 " sha256=%s%s%s%s",
		s->dest, s->logged, s->bytes, s->sha256,
		*words ? " reason=\"" : "", words, *words ? "\"" : "") != 0) {
		cli_warn("%s", why.text);
		e->status = cli_worse(e->status, EXIT_LATER);
	}
	free(words);
}

static void
keep_object(
    struct erase *e, struct stored *s, const char *where, const char *reason)
{
	e->kept++;
	e->status = cli_worse(e->status, EXIT_GIVEN_UP);
	(void)printf("kept: %s: %s: %s\n", s->dest, where, reason);
	if (!e->o->dry_run)
		log_object(e, s, "kept", reason);
}

static void
erase_object(struct erase *e, struct stored *s)
{
	struct dest *d = dest_of(e, s);
	const char *why = obstacle(d, s);
	struct dest_answer a = DEST_ANSWER_NONE;
	struct dest_item item;
	struct ticket t;
	enum dest_result r = DEST_DONE;
	char *where, *kept;

	stored_item(s, &item, &t);
	where = shown_object(d, s, &t);
	kept = e->o->dry_run ? still_kept(&item) : NULL;
	if (!why)
		why = kept;
	if (!why && !e->o->dry_run)
		r = delete_at(d, &item, &a);
	if (why) {
		keep_object(e, s, where, why);
	} else if (r == DEST_LATER) {
		cli_warn("%s: %s: %s", e->o->id, d->name, a.why.text);
		e->status = cli_worse(e->status, EXIT_LATER);
		e->again = true;
	} else if (r != DEST_DONE && r != DEST_ABSENT) {
		keep_object(e, s, where, a.why.text);
	} else {
		e->gone++;
		(void)printf("%s: %s: %s\n",
		    e->o->dry_run ? "would erase" : "erased", s->dest, where);
		if (!e->o->dry_run)
			log_object(e, s, "erased", "");
	}
	ticket_free(&t);
	free(kept);
	free(where);
}

/* ---- here ---- */

/* Locks all of them. 0, or -1 with why. */
static int
take_folders(struct erase *e, struct why *why)
{
	for (size_t i = 0; i < e->folders; i++) {
		struct erase_folder *g = &e->folder[i];
		int taken =
		    spool_seize(e->sp, g->stage, g->name, false, &g->it, why);

		if (taken == 0)
			why_later(why,
			    "a program is at work on it; nothing is erased "
			    "yet: run it again");
		if (taken != 1)
			return why_in(why, e->o->id);
	}
	return 0;
}

static void
erase_folder(struct erase *e, struct erase_folder *g)
{
	const char *stage = spool_stage_names[g->stage];
	struct why why;

	/* It must not be uploaded before the next run. */
	if (e->again && g->stage == SPOOL_UPLOAD) {
		if (spool_fail(&g->it, "recupload",
			"it is being erased: run recupload --erase again",
			when_now_us(), &why) != 0)
			cli_warn("%s", why.text);
		return;
	}
	if (e->again && where_may_be_sent(g->stage))
		return;
	if (audit_add(e->sp->fd, when_now_us(), e->o->id, "erased", &why,
		"stage=%s folder=%s", stage, g->name) != 0 ||
	    spool_remove(&g->it, &why) != 0) {
		cli_warn("%s", why.text);
		e->status = cli_worse(e->status, EXIT_LATER);
		return;
	}
	(void)printf("erased: %s/%s/%s\n", e->sp->path, stage, g->name);
}

static void
finish_erase(struct erase *e)
{
	struct why why;

	if (e->status == EXIT_LATER)
		return;
	if (e->kept == 0 && names_forget(e->sp->fd, e->o->id, &why) != 0) {
		cli_warn("%s", why.text);
		e->status = EXIT_LATER;
		return;
	}
	if (audit_add(e->sp->fd, when_now_us(), e->o->id, "erased", &why,
		"reason=\"%s\" objects=%zu folders=%zu kept=%zu", e->words,
		e->gone, e->folders, e->kept) != 0) {
		cli_warn("%s", why.text);
		e->status = EXIT_LATER;
	}
}

static void
erase_objects(struct erase *e)
{
	struct why why;

	if (audit_add(e->sp->fd, when_now_us(), e->o->id, "erasing", &why,
		"reason=\"%s\"", e->words) != 0) {
		cli_warn("%s", why.text);
		e->status = EXIT_LATER;
		return;
	}
	for (size_t i = 0; i < e->count; i++) {
		if (lanes_stopping()) {
			e->status = cli_worse(e->status, EXIT_LATER);
			return;
		}
		erase_object(e, &e->all[i]);
		(void)fflush(stdout);
	}
	for (size_t i = 0; i < e->folders; i++)
		erase_folder(e, &e->folder[i]);
	finish_erase(e);
}

static void
only_tell(struct erase *e)
{
	for (size_t i = 0; i < e->count; i++)
		erase_object(e, &e->all[i]);
	for (size_t i = 0; i < e->folders; i++)
		(void)printf("would erase: %s/%s/%s\n", e->sp->path,
		    spool_stage_names[e->folder[i].stage], e->folder[i].name);
}

static void
work_off_erase(struct erase *e)
{
	struct why why = {0};

	if (hold_has(e->sp, e->o->id)) {
		cli_warn("%s: is on hold and is not erased (recsweep --holds "
			 "shows why, recsweep --release ends it)",
		    e->o->id);
		e->status = EXIT_GIVEN_UP;
	} else if (find_all(e, &why) != 0 ||
		   /* First, so that the folders do not change any more. */
		   (!e->o->dry_run && take_folders(e, &why) != 0) ||
		   read_erase_log(e, &why) != 0) {
		cli_warn("%s", why.text);
		e->status = EXIT_LATER;
	} else if (e->lines == 0 && e->folders == 0) {
		cli_warn("%s: no call of this id is in the spool or in its "
			 "audit log",
		    e->o->id);
		e->status = EXIT_GIVEN_UP;
	} else if (e->o->dry_run) {
		only_tell(e);
	} else {
		erase_objects(e);
	}
}

int
erase_call(const struct upload *up, const struct spool *sp,
    const struct erase_order *order)
{
	struct erase e = {.up = up, .sp = sp, .o = order};
	/* No hold can be set between the check and the removal. */
	int hold = hold_lock(sp, false);

	e.words = audit_words(order->reason);
	work_off_erase(&e);
	if (hold >= 0)
		(void)close(hold);
	for (size_t i = 0; i < e.folders; i++) {
		spool_release(&e.folder[i].it);
		free(e.folder[i].name);
	}
	free(e.folder);
	stored_free(e.all, e.count);
	free(e.words);
	return e.status;
}
