/* SPDX-License-Identifier: ISC */
#include "known.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "known_file.h"
#include "known_set.h"
#include "mem.h"
#include "text.h"

/* If the log grew by less than this, SPOOL/.known is not written again. */
enum { TAIL_BYTES = 1 << 20 };

/*
 * LEG: told and a leg's digest -> own. MARK: told and a mark -> own. WENT_ON,
 * ERASED, MIXED: own. EVENT: an id and the event. CUT: own and its times.
 */
enum kind { LEG = 1, WENT_ON, EVENT, ERASED, MARK, MIXED, CUT };
struct known {
	const struct spool *sp;
	struct known_set set;
	struct known_file file;
	struct audit_place place;
	uint64_t tail; /* bytes of the log that they are from */
	struct hash *hash;
	char *line; /* the one that is read */
	size_t line_size;
	bool unsure; /* events were added and not logged */
};

/* ---- records ---- */

uint64_t
known_hash(const char *id)
{
	struct hash *h = hash_new(HASH_SHA256);
	unsigned char digest[32];
	uint64_t own;

	hash_add(h, id, strlen(id));
	hash_bytes(h, digest);
	memcpy(&own, digest, sizeof own);
	return own ? own : 1;
}

static struct known_record
record_of_word(const struct known *k, enum kind kind, const char *key, size_t n)
{
	struct known_record r = {.kind = (unsigned char)kind};
	unsigned char digest[32];

	hash_add(k->hash, key, n);
	hash_again(k->hash, digest);
	memcpy(r.key, digest, sizeof r.key);
	return r;
}

static struct known_record
known_record_of(const struct known *k, enum kind kind, const char *key)
{
	return record_of_word(k, kind, key, strlen(key));
}

/* known_hash() of the word that this is the record of. */
static uint64_t
record_hash(const struct known_record *r)
{
	uint64_t own;

	memcpy(&own, r->key, sizeof own);
	return own ? own : 1;
}

static int
digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
				      : -1;
}

/* Parses the first bytes of a hexadecimal digest; false: invalid. */
static bool
set_value(struct known_record *r, const char *hex)
{
	for (size_t i = 0; i < sizeof r->value; i++) {
		int high = digit(hex[2 * i]);
		int low = high < 0 ? -1 : digit(hex[2 * i + 1]);

		if (low < 0)
			return false;
		r->value[i] = (unsigned char)(high << 4 | low);
	}
	return true;
}

static bool
any(const struct known_record *r, void *arg)
{
	(void)r;
	(void)arg;
	return true;
}

static bool
is_of(const struct known_record *r, void *arg)
{
	return memcmp(r->own, arg, sizeof r->own) == 0;
}

static void
add_once(struct known *k, const struct known_record *r)
{
	if (!known_set_each(&k->set, r, KNOWN_BY_ALL, any, NULL))
		known_set_add(&k->set, r);
}

/* ---- events ---- */

/* The value of "key=" in the details, up to the next blank; NULL if missing. */
static const char *
find_detail(const char *details, const char *key, size_t *len)
{
	size_t n = strlen(key);

	*len = 0;
	for (const char *at = details; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, key, n) == 0) {
			*len = strcspn(at + n, " ");
			return at + n;
		}
		if (!*at)
			break;
	}
	return NULL;
}

/* Adds each element of the list at "key=" in the details, under the name of r
 * -> own. */
static void
add_list(struct known *k, const char *details, const char *key, enum kind kind,
    struct known_record r)
{
	size_t left;
	const char *at = find_detail(details, key, &left);
	uint64_t own;

	memcpy(&own, r.own, sizeof own);
	r.kind = (unsigned char)kind;
	while (left > 0) {
		const char *comma = memchr(at, ',', left);
		size_t n = comma ? (size_t)(comma + 1 - at) : left;

		if (n >= 2 * sizeof r.value && set_value(&r, at) &&
		    !known_set_each(&k->set, &r, KNOWN_BY_ALL, is_of, &own))
			known_set_add(&k->set, &r);
		at += n;
		left -= n;
	}
}

static void
add_entered(struct known *k, const struct audit_event *e)
{
	struct known_record id = known_record_of(k, LEG, e->id), r = id;
	uint64_t own = record_hash(&id);
	size_t n;
	const char *told = find_detail(e->details, "told=", &n);

	if (n > 0)
		r = record_of_word(k, LEG, told, n);
	memcpy(r.own, &own, sizeof r.own);
	add_list(k, e->details, "sha256=", LEG, r);
	add_list(k, e->details, "call=", MARK, r);
}

static struct known_record
event_record(const struct known *k, const struct audit_event *e)
{
	struct known_record r = known_record_of(k, EVENT, e->id);
	unsigned char digest[32];

	hash_add(k->hash, e->event, strlen(e->event));
	hash_add(k->hash, " ", 1);
	hash_add(k->hash, e->details, strlen(e->details));
	hash_again(k->hash, digest);
	memcpy(r.value, digest, sizeof r.value);
	return r;
}

/* A time in milliseconds takes five bytes: 34 years. */
enum { MS_BYTES = 5 };

static void
put_ms(unsigned char *p, double s)
{
	uint64_t ms = s > 0 ? (uint64_t)(s * 1000 + 0.5) : 0;

	for (int i = MS_BYTES - 1; i >= 0; i--, ms >>= 8)
		p[i] = (unsigned char)ms;
}

static int64_t
get_us(const unsigned char *p)
{
	int64_t ms = 0;

	for (int i = 0; i < MS_BYTES; i++)
		ms = ms << 8 | p[i];
	return ms * 1000;
}

/* "recordings=1 file=... cut=1.000-2.000:pause" */
static void
add_mixed(struct known *k, const struct audit_event *e)
{
	struct known_record r = known_record_of(k, MIXED, e->id);
	double from, to;

	add_once(k, &r);
	r.kind = CUT;
	for (const char *at = e->details; (at = strstr(at, " cut="));) {
		at += strlen(" cut=");
		if (sscanf(at, "%lf-%lf:", &from, &to) != 2)
			continue;
		put_ms(r.value, from);
		put_ms(r.value + MS_BYTES, to);
		add_once(k, &r);
	}
}

static const char *const of_door[] = {"refused", "late", "unusable", NULL};
static const char *const onward[] = {"mixed", "split", "uploaded", "exempt",
    "removed", "failed", "retried", "swept", NULL};

static bool
is_known_word(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

void
known_add(struct known *k, const struct audit_event *e)
{
	struct known_record r;

	if (strcmp(e->event, "mixed") == 0)
		add_mixed(k, e);
	if (strcmp(e->event, "entered") == 0) {
		add_entered(k, e);
	} else if (is_known_word(e->event, of_door)) {
		r = event_record(k, e);
		add_once(k, &r);
	} else if (strcmp(e->event, "erasing") == 0) {
		r = known_record_of(k, ERASED, e->id);
		add_once(k, &r);
	} else if (is_known_word(e->event, onward) &&
		   /* Not for a call that never left tmp/. */
		   strncmp(e->details, "stage=tmp ", 10) != 0) {
		r = known_record_of(k, WENT_ON, e->id);
		add_once(k, &r);
	}
}

/* Ends the word; returns the next one, or NULL. */
static char *
cut_word(char *word)
{
	char *end = word ? strchr(word, ' ') : NULL;

	if (!end)
		return NULL;
	*end = '\0';
	return end + 1;
}

/* TIME PREVIOUS CALL EVENT details, without the newline. */
static void
take_known_line(const char *line, size_t n, void *arg)
{
	struct known *k = arg;
	char *id, *event, *details;

	if (n >= k->line_size)
		k->line = mem_resize(k->line, k->line_size = 2 * n + 1, 1);
	memcpy(k->line, line, n);
	k->line[n] = '\0';
	id = cut_word(cut_word(k->line));
	event = cut_word(id);
	details = cut_word(event);
	if (event)
		known_add(k,
		    &(struct audit_event){id, event, details ? details : ""});
	k->tail += n + 1;
}

/* ---- questions ---- */

bool
known_id(const struct known *k, const char *told)
{
	struct known_record r = known_record_of(k, LEG, told);

	return known_set_each(&k->set, &r, KNOWN_BY_KEY, any, NULL);
}

/* For the first leg: whether all others entered with it. */
struct known_group {
	const struct known *k;
	const struct known_record *leg;
	size_t legs;
	uint64_t own;
};

static bool
is_group(const struct known_record *r, void *arg)
{
	struct known_group *g = arg;

	memcpy(&g->own, r->own, sizeof g->own);
	for (size_t i = 1; i < g->legs; i++)
		if (!known_set_each(
			&g->k->set, &g->leg[i], KNOWN_BY_ALL, is_of, &g->own))
			return false;
	return true;
}

bool
known_legs(const struct known *k, const char *told, const char *const *digest,
    size_t legs, uint64_t *own)
{
	struct known_record *leg = mem_alloc((legs + 1) * sizeof *leg);
	struct known_group g = {.k = k, .leg = leg, .legs = legs};
	bool found = legs > 0;

	for (size_t i = 0; i < legs && found; i++) {
		leg[i] = known_record_of(k, LEG, told);
		found = set_value(&leg[i], digest[i]);
	}
	found = found &&
		known_set_each(&k->set, &leg[0], KNOWN_BY_ALL, is_group, &g);
	*own = found ? g.own : 0;
	free(leg);
	return found;
}

bool
known_has_marks(const struct known *k, const char *told)
{
	struct known_record r = known_record_of(k, MARK, told);

	return known_set_each(&k->set, &r, KNOWN_BY_KEY, any, NULL);
}

static bool
is_owner(const struct known_record *r, void *arg)
{
	uint64_t *own = arg;

	if (*own == 0)
		memcpy(own, r->own, sizeof *own);
	return is_of(r, own);
}

bool
known_mark(
    const struct known *k, const char *told, const char *mark, uint64_t *own)
{
	struct known_record r = known_record_of(k, MARK, told);

	return set_value(&r, mark) &&
	       known_set_each(&k->set, &r, KNOWN_BY_ALL, is_owner, own);
}

struct owners {
	void (*each)(uint64_t own, void *arg);
	void *arg;
};

static bool
take_owner(const struct known_record *r, void *arg)
{
	const struct owners *o = arg;
	uint64_t own;

	memcpy(&own, r->own, sizeof own);
	o->each(own, o->arg);
	return false;
}

void
known_owners(const struct known *k, const char *told, const char *mark,
    void (*each)(uint64_t own, void *arg), void *arg)
{
	struct known_record r = known_record_of(k, mark ? MARK : LEG, told);
	struct owners o = {each, arg};

	if (!mark || set_value(&r, mark))
		(void)known_set_each(&k->set, &r,
		    mark ? KNOWN_BY_ALL : KNOWN_BY_KEY, take_owner, &o);
}

/* By the hash alone, which begins the digest of the key. */
static bool
is_marked(const struct known *k, enum kind kind, uint64_t own)
{
	struct known_record r = {.kind = (unsigned char)kind};

	memcpy(r.key, &own, sizeof own);
	return known_set_each(&k->set, &r, sizeof own, any, NULL);
}

bool
known_went_on(const struct known *k, uint64_t own)
{
	return is_marked(k, WENT_ON, own);
}

bool
known_erased(const struct known *k, uint64_t own)
{
	return is_marked(k, ERASED, own);
}

struct cuts {
	void (*cut)(int64_t from_us, int64_t to_us, void *arg);
	void *arg;
};

static bool
take_cut_record(const struct known_record *r, void *arg)
{
	const struct cuts *c = arg;

	c->cut(get_us(r->value), get_us(r->value + MS_BYTES), c->arg);
	return false;
}

bool
known_cuts(const struct known *k, uint64_t own,
    void (*cut)(int64_t from_us, int64_t to_us, void *arg), void *arg)
{
	struct known_record r = {.kind = CUT};
	struct cuts c = {cut, arg};

	memcpy(r.key, &own, sizeof own);
	(void)known_set_each(&k->set, &r, sizeof own, take_cut_record, &c);
	return is_marked(k, MIXED, own);
}

bool
known_event(const struct known *k, const struct audit_event *e)
{
	struct known_record r = event_record(k, e);

	return known_set_each(&k->set, &r, KNOWN_BY_ALL, any, NULL);
}

/* ---- the file ---- */

struct known *
known_open(const struct spool *sp, struct why *why)
{
	struct known *k = mem_alloc(sizeof *k);

	k->sp = sp;
	k->hash = hash_new(HASH_SHA256);
	if (known_file_load(&k->file, sp, why) == 0) {
		k->set.old = k->file.record;
		k->set.olds = k->file.records;
		k->place = k->file.place;
		if (known_catch_up(k, NULL, why) == 0)
			return k;
	}
	known_free(k);
	return NULL;
}

const char *
known_fault(const struct known *k)
{
	return k->file.fault;
}

void
known_doubt(struct known *k)
{
	k->unsure = true;
}

int
known_catch_up(struct known *k, bool *changed, struct why *why)
{
	uint64_t before = k->tail;
	int status = audit_since(k->sp->fd, &k->place, take_known_line, k, why);

	if (changed)
		*changed = k->tail != before;
	return status;
}

int
known_save(struct known *k, struct why *why)
{
	bool small = k->tail < TAIL_BYTES || k->tail < k->file.bytes / 8;

	if (k->unsure || (small && !k->file.fault))
		return 0;
	return known_file_put(k->sp, &k->set, &k->place, why);
}

void
known_free(struct known *k)
{
	if (!k)
		return;
	known_file_free(&k->file);
	hash_drop(k->hash);
	free(k->line);
	known_set_free(&k->set);
	free(k);
}
