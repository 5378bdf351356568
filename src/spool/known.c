/* SPDX-License-Identifier: ISC */
#include "known.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "mem.h"
#include "newfile.h"
#include "text.h"

#define NAME  ".known"
#define MAGIC "rectools known calls, version 1\n"

/* If the log grew by less than this, SPOOL/.known is not written again. */
enum { TAIL_BYTES = 1 << 20 };

/*
 * LEG: told and a leg's digest -> own. MARK: told and a mark -> own. WENT_ON,
 * ERASED: own. EVENT: an id and the event. The file has the format of the
 * memory, because no other machine reads it.
 */
enum kind { LEG = 1, WENT_ON, EVENT, ERASED, MARK };
struct record {
	unsigned char key[12], value[11], kind;
	unsigned char own[8];
};

struct head {
	char magic[sizeof MAGIC - 1];
	uint64_t records, end;
	char hex[AUDIT_HASH_SIZE - 1]; /* of the last line that is included */
	char spare[8];
};

struct known {
	const struct spool *sp;
	const struct record *old; /* sorted; in the file */
	size_t olds;
	void *map;
	size_t map_bytes;
	struct record *fresh; /* added since */
	size_t freshes;
	size_t *slot, *next; /* a hash table of these by key */
	size_t slots;
	struct audit_place place;
	uint64_t tail; /* bytes of the log that they are from */
};

/* ---- records ---- */

static void
digest_of(const char *a, const char *b, unsigned char out[32])
{
	struct hash *h = hash_new(HASH_SHA256);

	hash_add(h, a, strlen(a));
	if (b) {
		hash_add(h, " ", 1);
		hash_add(h, b, strlen(b));
	}
	hash_bytes(h, out);
}

uint64_t
known_hash(const char *id)
{
	unsigned char digest[32];
	uint64_t own;

	digest_of(id, NULL, digest);
	memcpy(&own, digest, sizeof own);
	return own ? own : 1;
}

static struct record
record_of(enum kind kind, const char *key)
{
	struct record r = {.kind = (unsigned char)kind};
	unsigned char digest[32];

	digest_of(key, NULL, digest);
	memcpy(r.key, digest, sizeof r.key);
	return r;
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
set_value(struct record *r, const char *hex)
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

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct record));
}

/* How many bytes to compare: the key, or key, value and kind. */
enum { BY_KEY = 12, BY_ALL = 24 };

/* ---- what is fresh ---- */

static size_t
slot_of(const struct known *k, const struct record *r)
{
	size_t n;

	memcpy(&n, r->key, sizeof n);
	return n & (k->slots - 1);
}

static void
link_fresh(struct known *k, size_t n)
{
	size_t slot = slot_of(k, &k->fresh[n]);

	k->next[n] = k->slot[slot];
	k->slot[slot] = n + 1;
}

static void
add_record(struct known *k, const struct record *r)
{
	if (k->freshes == k->slots) {
		k->slots = k->slots ? k->slots * 2 : 256;
		k->fresh = mem_resize(k->fresh, k->slots, sizeof *k->fresh);
		k->next = mem_resize(k->next, k->slots, sizeof *k->next);
		free(k->slot);
		k->slot = mem_alloc(k->slots * sizeof *k->slot);
		for (size_t i = 0; i < k->freshes; i++)
			link_fresh(k, i);
	}
	k->fresh[k->freshes] = *r;
	link_fresh(k, k->freshes++);
}

/* Calls found(record, arg) for each record of the kind that begins with these
 * bytes, until it returns true. */
static bool
each_record(const struct known *k, const struct record *r, size_t bytes,
    bool (*found)(const struct record *r, void *arg), void *arg)
{
	size_t low = 0, high = k->olds;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (memcmp(&k->old[middle], r, bytes) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < k->olds && memcmp(&k->old[low], r, bytes) == 0; low++)
		if (k->old[low].kind == r->kind && found(&k->old[low], arg))
			return true;
	for (size_t n = k->slots ? k->slot[slot_of(k, r)] : 0; n;
	     n = k->next[n - 1])
		if (memcmp(&k->fresh[n - 1], r, bytes) == 0 &&
		    k->fresh[n - 1].kind == r->kind &&
		    found(&k->fresh[n - 1], arg))
			return true;
	return false;
}

static bool
any(const struct record *r, void *arg)
{
	(void)r;
	(void)arg;
	return true;
}

static bool
is_of(const struct record *r, void *arg)
{
	return memcmp(r->own, arg, sizeof r->own) == 0;
}

static void
add_once(struct known *k, const struct record *r)
{
	if (!each_record(k, r, BY_ALL, any, NULL))
		add_record(k, r);
}

/* ---- events ---- */

/* The value of "key=" in the details, up to the next blank; "" if missing. */
static char *
detail(const char *details, const char *key)
{
	size_t n = strlen(key);

	for (const char *at = details; at; at = strchr(at, ' ')) {
		at += *at == ' ';
		if (strncmp(at, key, n) == 0)
			return text_ndup(at + n, strcspn(at + n, " "));
		if (!*at)
			break;
	}
	return text_dup("");
}

/* Adds each element of the list at "key=" in the details, under the name ->
 * own. */
static void
add_list(struct known *k, const struct audit_event *e, enum kind kind,
    const char *key, const char *told)
{
	char *list = detail(e->details, key);
	struct record r = record_of(kind, told);
	uint64_t own = known_hash(e->id);

	memcpy(r.own, &own, sizeof r.own);
	for (const char *at = list; *at;) {
		if (set_value(&r, at) &&
		    !each_record(k, &r, BY_ALL, is_of, &own))
			add_record(k, &r);
		at += strcspn(at, ",");
		at += *at == ',';
	}
	free(list);
}

static void
add_entered(struct known *k, const struct audit_event *e)
{
	char *told = detail(e->details, "told=");

	add_list(k, e, LEG, "sha256=", *told ? told : e->id);
	add_list(k, e, MARK, "call=", *told ? told : e->id);
	free(told);
}

static struct record
event_record(const struct audit_event *e)
{
	struct record r = record_of(EVENT, e->id);
	unsigned char digest[32];

	digest_of(e->event, e->details, digest);
	memcpy(r.value, digest, sizeof r.value);
	return r;
}

static const char *const of_door[] = {"refused", "late", "unusable", NULL};
static const char *const onward[] = {"mixed", "split", "uploaded", "exempt",
    "removed", "failed", "retried", "swept", NULL};

static bool
is_one_of(const char *word, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(word, *list) == 0)
			return true;
	return false;
}

void
known_add(struct known *k, const struct audit_event *e)
{
	struct record r;

	if (strcmp(e->event, "entered") == 0) {
		add_entered(k, e);
	} else if (is_one_of(e->event, of_door)) {
		r = event_record(e);
		add_once(k, &r);
	} else if (strcmp(e->event, "erasing") == 0) {
		r = record_of(ERASED, e->id);
		add_once(k, &r);
	} else if (is_one_of(e->event, onward) &&
		   /* Not for a call that never left tmp/. */
		   strncmp(e->details, "stage=tmp ", 10) != 0) {
		r = record_of(WENT_ON, e->id);
		add_once(k, &r);
	}
}

/* TIME PREVIOUS CALL EVENT details, without the newline. */
static void
take_line(const char *line, size_t n, void *arg)
{
	struct known *k = arg;
	char *copy = text_ndup(line, n), *word[4];
	char none[] = "";
	size_t words = 0;

	for (char *at = copy; at && words < 4; words++) {
		word[words] = at;
		at = words < 3 ? strchr(at, ' ') : NULL;
		if (at)
			*at++ = '\0';
	}
	if (words == 4) {
		char *details = strchr(word[3], ' ');

		if (details)
			*details++ = '\0';
		known_add(k, &(struct audit_event){
				 word[2], word[3], details ? details : none});
	}
	k->tail += n + 1;
	free(copy);
}

/* ---- questions ---- */

bool
known_id(const struct known *k, const char *told)
{
	struct record r = record_of(LEG, told);

	return each_record(k, &r, BY_KEY, any, NULL);
}

/* For the first leg: whether all others entered with it. */
struct group {
	const struct known *k;
	const struct record *leg;
	size_t legs;
	uint64_t own;
};

static bool
is_group(const struct record *r, void *arg)
{
	struct group *g = arg;

	memcpy(&g->own, r->own, sizeof g->own);
	for (size_t i = 1; i < g->legs; i++)
		if (!each_record(g->k, &g->leg[i], BY_ALL, is_of, &g->own))
			return false;
	return true;
}

bool
known_legs(const struct known *k, const char *told, const char *const *digest,
    size_t legs, uint64_t *own)
{
	struct record *leg = mem_alloc((legs + 1) * sizeof *leg);
	struct group g = {.k = k, .leg = leg, .legs = legs};
	bool found = legs > 0;

	for (size_t i = 0; i < legs && found; i++) {
		leg[i] = record_of(LEG, told);
		found = set_value(&leg[i], digest[i]);
	}
	found = found && each_record(k, &leg[0], BY_ALL, is_group, &g);
	*own = found ? g.own : 0;
	free(leg);
	return found;
}

bool
known_has_marks(const struct known *k, const char *told)
{
	struct record r = record_of(MARK, told);

	return each_record(k, &r, BY_KEY, any, NULL);
}

static bool
is_owner(const struct record *r, void *arg)
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
	struct record r = record_of(MARK, told);

	return set_value(&r, mark) && each_record(k, &r, BY_ALL, is_owner, own);
}

/* By the hash alone, which begins the digest of the key. */
static bool
is_marked(const struct known *k, enum kind kind, uint64_t own)
{
	struct record r = {.kind = (unsigned char)kind};

	memcpy(r.key, &own, sizeof own);
	return each_record(k, &r, sizeof own, any, NULL);
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

bool
known_event(const struct known *k, const struct audit_event *e)
{
	struct record r = event_record(e);

	return each_record(k, &r, BY_ALL, any, NULL);
}

/* ---- the file ---- */

/* Maps SPOOL/.known; an incomplete file is ignored. */
static void
load(struct known *k)
{
	int fd = openat(
	    k->sp->fd, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	const struct head *head;
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size >= (off_t)sizeof *head) {
		k->map_bytes = (size_t)st.st_size;
		k->map = mmap(NULL, k->map_bytes, PROT_READ, MAP_SHARED, fd, 0);
		if (k->map == MAP_FAILED)
			k->map = NULL;
	}
	if (fd >= 0)
		(void)close(fd);
	head = k->map;
	if (!head || memcmp(head->magic, MAGIC, sizeof head->magic) != 0 ||
	    (k->map_bytes - sizeof *head) / sizeof *k->old != head->records ||
	    (k->map_bytes - sizeof *head) % sizeof *k->old != 0)
		return;
	k->old = (const struct record *)(head + 1);
	k->olds = head->records;
	k->place.end = (int64_t)head->end;
	memcpy(k->place.head, head->hex, sizeof head->hex);
}

struct known *
known_open(const struct spool *sp, struct why *why)
{
	struct known *k = mem_alloc(sizeof *k);

	k->sp = sp;
	load(k);
	if (known_catch_up(k, NULL, why) == 0)
		return k;
	known_free(k);
	return NULL;
}

int
known_catch_up(struct known *k, bool *changed, struct why *why)
{
	uint64_t before = k->tail;
	int status = audit_since(k->sp->fd, &k->place, take_line, k, why);

	if (changed)
		*changed = k->tail != before;
	return status;
}

int
known_save(struct known *k, struct why *why)
{
	struct buf text = {0};
	struct head head = {.end = (uint64_t)k->place.end};
	size_t i = 0, old = 0;
	int status;

	if (k->tail < TAIL_BYTES || k->tail < k->map_bytes / 8)
		return 0;
	qsort(k->fresh, k->freshes, sizeof *k->fresh, compare);
	memcpy(head.magic, MAGIC, sizeof head.magic);
	memcpy(head.hex, k->place.head, sizeof head.hex);
	head.records = k->olds + k->freshes;
	buf_add(&text, &head, sizeof head);
	while (i < k->freshes || old < k->olds) {
		bool take_old =
		    i == k->freshes ||
		    (old < k->olds && compare(&k->old[old], &k->fresh[i]) <= 0);

		buf_add(&text, take_old ? &k->old[old++] : &k->fresh[i++],
		    sizeof *k->fresh);
	}
	/* After sorting, they are no hash table any more. */
	k->freshes = k->slots = 0;
	status = newfile_put(k->sp->fd, NAME, text.s, text.len, true);
	if (status != 0)
		why_errno(why, "%s/" NAME, k->sp->path);
	buf_free(&text);
	return status;
}

void
known_free(struct known *k)
{
	if (!k)
		return;
	if (k->map)
		(void)munmap(k->map, k->map_bytes);
	free(k->fresh);
	free(k->slot);
	free(k->next);
	free(k);
}
