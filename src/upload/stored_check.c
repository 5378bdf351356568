/* SPDX-License-Identifier: ISC */
#include "stored_check.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "json.h"
#include "lane.h"
#include "mem.h"
#include "stored.h"
#include "when.h"

enum check_state { UNASKED, THERE, MISSING, DIFFERS, UNKNOWN };
static const char *const state_names[] = {
    "unknown", "there", "missing", "differs", "unknown"};

struct answer {
	enum check_state state;
	bool never; /* unknown, and another attempt would not help */
	bool by_size;
	char *why;
};

struct check {
	const struct upload *up;
	struct stored *all;
	struct answer *answer; /* of each */
	size_t count;
	pthread_mutex_t lock; /* protects everything below */
	size_t *next;         /* index, for each destination */
	size_t asked;
};

/* A thread; a destination has as many as parallel transfers. */
struct asker {
	struct check *c;
	size_t dest;
	pthread_t thread;
};

static void
set_answer(
    struct answer *to, enum check_state state, bool never, const char *why)
{
	*to = (struct answer){
	    .state = state, .never = never, .why = text_dup(why)};
}

static void
ask_destination(struct dest *d, const struct stored *s, struct answer *to)
{
	struct dest_answer a = DEST_ANSWER_NONE;
	struct dest_item item;
	struct ticket t;

	if (d->kind->fact && (!s->record || !s->key)) {
		set_answer(to, UNKNOWN, true,
		    "the log does not say which record it went to: an earlier "
		    "version wrote it");
		return;
	}
	stored_item(s, &item, &t);
	switch (d->kind->look(d, &item, &a)) {
	case DEST_DONE:
		to->state = THERE;
		to->by_size = a.by_size;
		break;
	case DEST_ABSENT:
		to->state = MISSING;
		break;
	case DEST_NEVER:
		set_answer(to, DIFFERS, false, a.why.text);
		break;
	case DEST_EXEMPT:
		set_answer(to, UNKNOWN, true, a.why.text);
		break;
	default:
		set_answer(to, UNKNOWN, false, a.why.text);
	}
	ticket_free(&t);
}

/* Under lock. Gets the next one of that destination; false: there is none. */
static bool
take_next(struct check *c, size_t dest, size_t *at)
{
	size_t *next = &c->next[dest];

	while (*next < c->count &&
	       strcmp(c->all[*next].dest, c->up->dest[dest].name) != 0)
		++*next;
	if (*next == c->count || lanes_stopping())
		return false;
	*at = (*next)++;
	c->asked++;
	return true;
}

static void *
serve_checks(void *arg)
{
	const struct asker *me = arg;
	struct check *c = me->c;
	size_t at;

	(void)pthread_mutex_lock(&c->lock);
	while (take_next(c, me->dest, &at)) {
		(void)pthread_mutex_unlock(&c->lock);
		ask_destination(
		    &c->up->dest[me->dest], &c->all[at], &c->answer[at]);
		(void)pthread_mutex_lock(&c->lock);
	}
	(void)pthread_mutex_unlock(&c->lock);
	return NULL;
}

static void
ask_all(struct check *c)
{
	struct asker *all;
	size_t count = 0, n = 0;

	for (size_t i = 0; i < c->up->dests; i++)
		count += c->up->dest[i].parallel;
	all = mem_alloc((count + 1) * sizeof *all);
	c->next = mem_alloc((c->up->dests + 1) * sizeof *c->next);
	(void)pthread_mutex_init(&c->lock, NULL);
	for (size_t i = 0; i < c->up->dests; i++)
		for (unsigned k = 0; k < c->up->dest[i].parallel; k++) {
			all[n] = (struct asker){.c = c, .dest = i};
			if (pthread_create(&all[n].thread, NULL, serve_checks,
				&all[n]) == 0)
				n++;
			else if (k == 0)
				(void)serve_checks(&all[n]);
		}
	for (size_t i = 0; i < n; i++)
		(void)pthread_join(all[i].thread, NULL);
	(void)pthread_mutex_destroy(&c->lock);
	free(c->next);
	free(all);
}

/* ---- what came of it ---- */

static void
add_check_json(
    struct buf *out, const struct stored *s, const struct answer *a, char *why)
{
	struct json *j = json_new();
	char stored[WHEN_SIZE], *text;

	json_set_text(j, "id", s->id);
	json_set_text(j, "destination", s->dest);
	json_set_text(j, "object", s->object);
	json_set_number(j, "bytes", (int64_t)s->bytes);
	json_set_text(j, "sha256", s->sha256);
	json_set_text(j, "stored", when_text(s->time_us, stored));
	json_set_text(j, "state", state_names[a->state]);
	json_set_text(j, "why", why);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}

static int
add_answer(struct buf *out, const struct stored *s, const struct answer *a,
    bool json, struct stored_report *r)
{
	char *why =
	    a->why ? text_utf8(a->why)
	    : a->state == UNASKED
		? text_dup("no destination of this name is in the settings")
		: text_dup("");

	r->asked += a->state != UNASKED;
	r->missing += a->state == MISSING;
	r->by_size += a->by_size;
	r->differs += a->state == DIFFERS;
	r->unknown += a->state == UNKNOWN || a->state == UNASKED;
	if (a->state != THERE && json)
		add_check_json(out, s, a, why);
	else if (a->state != THERE)
		buf_format(out, "%s: %s: %s: %s%s%s\n", state_names[a->state],
		    s->id, s->dest, s->object, *why ? ": " : "", why);
	free(why);
	return a->state == THERE                  ? EXIT_DONE
	       : a->state == UNKNOWN && !a->never ? EXIT_LATER
						  : EXIT_GIVEN_UP;
}

static void
add_counts(struct buf *out, const struct stored_report *r)
{
	struct json *j = json_new();
	char *text;

	json_set_number(j, "asked", (int64_t)r->asked);
	json_set_number(j, "missing", (int64_t)r->missing);
	json_set_number(j, "differs", (int64_t)r->differs);
	json_set_number(j, "unknown", (int64_t)r->unknown);
	json_set_number(j, "by_size", (int64_t)r->by_size);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
}

int
stored_check(const struct upload *up, const struct spool *sp, int64_t since_us,
    bool json, struct buf *out, struct stored_report *r)
{
	struct check c = {.up = up};
	struct why why;
	int status = EXIT_DONE;

	*r = (struct stored_report){0};
	if (stored_since(sp->fd, since_us, &c.all, &c.count, &why) != 0) {
		cli_warn("%s/%s", sp->path, why.text);
		stored_free(c.all, c.count);
		return EXIT_LATER;
	}
	c.answer = mem_alloc((c.count + 1) * sizeof *c.answer);
	ask_all(&c);
	for (size_t i = 0; i < c.count; i++) {
		int one =
		    lanes_stopping() && c.answer[i].state == UNASKED
			? EXIT_LATER
			: add_answer(out, &c.all[i], &c.answer[i], json, r);

		/* Missing objects determine the status, also if others could
		 * not be checked. */
		if (one == EXIT_GIVEN_UP || status == EXIT_DONE)
			status = one;
	}
	if (json)
		add_counts(out, r);
	for (size_t i = 0; i < c.count; i++)
		free(c.answer[i].why);
	free(c.answer);
	stored_free(c.all, c.count);
	return status;
}
