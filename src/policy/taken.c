/* SPDX-License-Identifier: ISC */
#include "taken.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ini.h"
#include "mem.h"
#include "num.h"
#include "text.h"
#include "ticket.h"

/* Times in files have three decimals. The account allows 0.3 s. An end in the
 * log may differ by a second from that found in the sound. */
enum { NEAR_US = 1000, SLACK_US = 300000, LACKS_US = 1000000 };

const char *const taken_kind_names[TAKEN_KINDS] = {
    [TAKEN_SAME] = "as it was",
    [TAKEN_NO] = "declined after it was taken",
    [TAKEN_PAUSE] = "paused after it was taken",
    [TAKEN_HEARD] = "not to be recorded, reported after it was taken",
    [TAKEN_WHO] = "others have it, reported after it was taken",
    [TAKEN_LEGS] = "other legs after it was taken",
    [TAKEN_END] = "ended after it was taken",
    [TAKEN_LACKS] = "more to be recorded, reported after it was taken",
    [TAKEN_FACT] = "a fact reported after it was taken",
    [TAKEN_OTHER] = "changed after it was taken",
};

bool
taken_is_wrong(enum taken_kind kind)
{
	static const bool wrong[TAKEN_KINDS] = {
	    [TAKEN_NO] = true,
	    [TAKEN_PAUSE] = true,
	    [TAKEN_HEARD] = true,
	    [TAKEN_WHO] = true,
	    [TAKEN_LEGS] = true,
	};

	return wrong[kind];
}

/* ---- what was taken ---- */

static bool
has_later_part(const struct ticket *t, const struct ticket_file *f)
{
	for (size_t i = 0; i < t->files; i++)
		if (t->file[i].recording == f->recording &&
		    t->file[i].first_sample > f->first_sample)
			return true;
	return false;
}

/* Makes recordings of the MP3s of a ticket. */
static void
plan_of_ticket(const struct ticket *ticket, struct taken *old)
{
	old->extents = true;
	for (size_t i = 0; i < ticket->files; i++) {
		const struct ticket_file *f = &ticket->file[i];
		int64_t end_us = ticket_end_us(f);
		struct plan_recording *r;

		if (has_later_part(ticket, f))
			continue;
		old->extents = old->extents && end_us >= 0;
		r = plan_add_recording(
		    &old->plan, f->start_us, end_us >= 0 ? end_us : INT64_MAX);
		r->queue = text_dup(f->queue);
		r->agent = text_dup(f->agent);
		for (size_t k = 0; k < f->cuts; k++)
			plan_add_cut(r, f->cut[k].start_us, f->cut[k].end_us,
			    f->cut[k].reason);
	}
}

int
taken_read(struct taken *old, int folder_fd, struct why *why)
{
	struct ticket ticket;
	const char *torn;
	int status;

	*old = (struct taken){.extents = true};
	status =
	    ini_read_at(&old->doc, folder_fd, "ticket.ini", "ticket.ini", why);
	if (status == 0) {
		status = ticket_from_doc(&ticket, &old->doc, why);
		if (status == 0) {
			plan_of_ticket(&ticket, old);
			ticket_free(&ticket);
		}
	} else if (why->errnum == ENOENT) {
		status = ini_read_at(
		    &old->doc, folder_fd, "plan.ini", "plan.ini", why);
		if (status == 0)
			status = plan_from_doc(&old->plan, &old->doc, why);
	}
	torn = doc_value(doc_find(&old->doc, "call"), "torn");
	old->torn = torn && strstr(torn, "no end");
	return status;
}

void
taken_add_mixed(struct taken *old)
{
	if (old->plan.recordings == 0)
		plan_add_recording(&old->plan, 0, INT64_MAX);
}

void
taken_add_cut(struct taken *old, int64_t from_us, int64_t to_us)
{
	taken_add_mixed(old);
	plan_add_cut(&old->plan.recording[0], from_us, to_us, "pause");
}

void
taken_free(struct taken *old)
{
	plan_free(&old->plan);
	doc_free(&old->doc);
}

/* ---- what is heard ---- */

/* True if there is sound in this recording that should be cut out. */
static bool
has_sound_of(const struct plan_recording *r, const struct plan_cut *cut)
{
	int64_t at_us =
	    cut->start_us > r->start_us ? cut->start_us : r->start_us;
	int64_t end_us = cut->end_us < r->end_us ? cut->end_us : r->end_us;

	for (size_t i = 0; i < r->cuts; i++)
		if (r->cut[i].start_us <= at_us + NEAR_US &&
		    r->cut[i].end_us > at_us)
			at_us = r->cut[i].end_us;
	return at_us + NEAR_US < end_us;
}

static bool
is_uncut(const struct taken *old, const struct plan_recording *now,
    const struct plan_cut *cut)
{
	struct plan_cut part = *cut;
	int64_t least_us = cut->start_us + 2 * NEAR_US;

	/* Where the old recording ended is unknown: of a cut that lasts to the
	 * end, the beginning counts. */
	if (!old->extents && cut->end_us + NEAR_US >= now->end_us) {
		part.end_us -= LACKS_US;
		if (part.end_us < least_us)
			part.end_us = least_us;
	}
	for (size_t n = 0; n < old->plan.recordings; n++)
		if (has_sound_of(&old->plan.recording[n], &part))
			return true;
	return false;
}

/* A cut of the present plan that can be heard in the old recordings. */
static const struct plan_cut *
find_uncut(const struct taken *old, const struct plan *now)
{
	for (size_t i = 0; i < now->recordings; i++)
		for (size_t k = 0; k < now->recording[i].cuts; k++) {
			const struct plan_recording *r = &now->recording[i];

			if (plan_is_redaction(r->cut[k].reason) &&
			    is_uncut(old, r, &r->cut[k]))
				return &r->cut[k];
		}
	return NULL;
}

/* Gets the next time [*from, *to) from at_us that a plan keeps. */
static bool
next_heard(const struct plan *p, int64_t at_us, int64_t *from, int64_t *to)
{
	for (size_t i = 0; i < p->recordings; i++) {
		const struct plan_recording *r = &p->recording[i];

		*from = at_us > r->start_us ? at_us : r->start_us;
		for (size_t k = 0; k < r->cuts; k++)
			if (r->cut[k].start_us <= *from &&
			    r->cut[k].end_us > *from)
				*from = r->cut[k].end_us;
		*to = r->end_us;
		for (size_t k = 0; k < r->cuts; k++)
			if (r->cut[k].start_us > *from &&
			    r->cut[k].start_us < *to)
				*to = r->cut[k].start_us;
		if (*from < *to)
			return true;
	}
	return false;
}

/*
 * Finds the first time that only one of two plans keeps, if it is long enough.
 */
static bool
find_more(const struct plan *a, const struct plan *b, int64_t least_us,
    int64_t *from, int64_t *to)
{
	int64_t at_us = 0, other, other_to;

	while (next_heard(a, at_us, from, to)) {
		bool heard = next_heard(b, *from, &other, &other_to);

		at_us = *from;
		if (heard && other <= at_us) {
			at_us = other_to;
			continue;
		}
		if (heard && other < *to)
			*to = other;
		if (*to - *from > least_us)
			return true;
		at_us = *to;
	}
	return false;
}

/* ---- who may hear it ---- */

static bool
is_same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

/* Whether the queue or the agent differs while both plans record; or NULL. */
static const char *
find_other_holder(const struct plan *old, const struct plan *now)
{
	for (size_t i = 0; i < old->recordings; i++)
		for (size_t k = 0; k < now->recordings; k++) {
			const struct plan_recording *o = &old->recording[i];
			const struct plan_recording *n = &now->recording[k];

			if (o->start_us + SLACK_US >= n->end_us ||
			    n->start_us + SLACK_US >= o->end_us)
				continue;
			if (!is_same_text(o->queue, n->queue))
				return "queue";
			if (!is_same_text(o->agent, n->agent))
				return "agent";
		}
	return NULL;
}

/* A fixed word for a key, because the keys of a PBX are not trusted. */
static const char *
word_of(const char *key)
{
	static const char *const words[] = {
	    "queue", "agent", "type", "channel", "language", NULL};

	for (size_t i = 0; words[i]; i++)
		if (strcmp(key, words[i]) == 0)
			return words[i];
	return "fact";
}

/* A fact that has changed or, with `fresh`, one that was missing. */
static const char *
find_fact(const struct taken *old, const struct call *call, bool fresh)
{
	const struct doc_section *was = doc_find(&old->doc, "call");

	for (size_t i = 0; was && i < call->facts->keys; i++) {
		const struct doc_key *key = &call->facts->key[i];
		const char *value = doc_value(was, key->name);

		if (strcmp(key->name, "id") == 0 ||
		    strcmp(key->name, "torn") == 0)
			continue;
		if (fresh ? !value : value && strcmp(value, key->value) != 0)
			return word_of(key->name);
	}
	return NULL;
}

/* ---- all of it ---- */

static void
note_difference(
    struct taken_difference *found, enum taken_kind kind, const char *what)
{
	found->kind = kind;
	(void)snprintf(found->text, sizeof found->text,
	    "%s was reported after the call was taken", what);
}

static void
note_time(struct taken_difference *found, enum taken_kind kind,
    const char *what, int64_t from_us, int64_t to_us)
{
	char from[NUM_SECONDS_SIZE], to[NUM_SECONDS_SIZE];

	found->kind = kind;
	(void)snprintf(found->text, sizeof found->text,
	    "%s (%s to %s) was reported after the call was taken", what,
	    num_seconds_text(from_us, from), num_seconds_text(to_us, to));
}

static int64_t
end_told(const struct call *call)
{
	int64_t us = INT64_MAX;

	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_END)
			us = call->event[i].at_us;
	return us;
}

/* Finds something that can be heard and should not be, by the present plan. */
static bool
compare_heard(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found)
{
	const struct plan_cut *cut = find_uncut(old, plan);
	int64_t from, to;

	if (cut) {
		note_time(
		    found, TAKEN_PAUSE, "a pause", cut->start_us, cut->end_us);
		return true;
	}
	if (!old->extents || !find_more(&old->plan, plan, SLACK_US, &from, &to))
		return false;
	/* After this, no one can be heard. */
	if (plan->record && from + SLACK_US >= end_told(call))
		return false;
	note_time(
	    found, TAKEN_HEARD, "that a part may not be recorded", from, to);
	return true;
}

static bool
compare_who(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found)
{
	const char *what = find_fact(old, call, false);
	char text[40];

	if (!what && old->extents)
		what = find_other_holder(&old->plan, plan);
	if (!what)
		return false;
	(void)snprintf(text, sizeof text, "another %s", what);
	note_difference(found, TAKEN_WHO, text);
	return true;
}

/* Nothing can be heard that should not be: finds what is missing. */
static void
compare_rest(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found)
{
	int64_t from, to;

	if (old->extents && find_more(plan, &old->plan, LACKS_US, &from, &to))
		note_time(found, TAKEN_LACKS, "that more was to be recorded",
		    from, to);
	else if (old->extents &&
		 find_more(&old->plan, plan, LACKS_US, &from, &to))
		note_difference(found, TAKEN_END, "an earlier end");
	else if (find_fact(old, call, true))
		note_difference(found, TAKEN_FACT, "a fact");
}

void
taken_compare(const struct taken *old, const struct call *call,
    const struct plan *plan, struct taken_difference *found)
{
	bool torn = doc_value(call->facts, "torn");

	*found = (struct taken_difference){.kind = TAKEN_SAME};
	if (compare_heard(old, call, plan, found))
		return;
	if (compare_who(old, call, plan, found))
		return;
	if (old->torn && !torn) {
		found->kind = TAKEN_END;
		(void)snprintf(found->text, sizeof found->text,
		    "its end was reported after the call was taken without "
		    "one");
		return;
	}
	compare_rest(old, call, plan, found);
}
