/* SPDX-License-Identifier: ISC */
#include "stored.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "delivery.h"
#include "hash.h"
#include "mem.h"
#include "names.h"
#include "num.h"
#include "template.h"
#include "when.h"

/* "" if it cannot be read: then only the size is compared. */
static void
md5_of_file(int dirfd, const char *name, char hex[HASH_HEX_SIZE])
{
	int fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	uint64_t bytes = 0;

	if (fd < 0 || hash_fd(HASH_MD5, fd, hex, &bytes) != 0)
		hex[0] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

static void
add_keep(struct buf *b, const struct keep *k)
{
	char until[WHEN_SIZE];

	if (k->until_us > 0)
		buf_format(b, " retain_until=%s retain_mode=%s",
		    when_text(k->until_us, until),
		    k->compliance ? "compliance" : "governance");
	if (k->hold)
		buf_format(b, " legal_hold=yes");
}

char *
stored_details(int spool_fd, const struct delivery *v, struct why *why)
{
	const struct dest *d = v->dest;
	const struct ticket *t = v->ticket;
	const struct ticket_file *f = v->file;
	const struct ciphertext *c = v->cipher.name ? &v->cipher : NULL;
	const char *fact = d->kind->fact ? d->kind->fact(d) : NULL;
	const char *record = fact ? ticket_fact(t, fact) : NULL;
	char *key = dest_key(t, f), md5[HASH_HEX_SIZE] = "";
	const char *id = ticket_fact(t, "id");
	char *word =
	    id && !text_id_fault(id) && template_is_personal(d->pattern)
		? names_seal(spool_fd, id, v->object, why)
		: text_dup(v->object);
	struct buf b = {0};

	if (!word) {
		free(key);
		return NULL;
	}
	buf_format(&b,
	    "destination=%s object=%s bytes=%" PRIu64 " sha256=%s key=%s",
	    d->name, word, c ? c->bytes : f->bytes, c ? c->sha256 : f->sha256,
	    key);
	free(word);
	if (record && !text_id_fault(record))
		buf_format(&b, " record=%s:%s", fact, record);
	if (d->kind->traits & DEST_MD5)
		md5_of_file(v->dirfd, c ? c->name : f->name, md5);
	if (md5[0])
		buf_format(&b, " md5=%s", md5);
	if (c)
		buf_format(&b, " plain_bytes=%" PRIu64 " plain_sha256=%s",
		    f->bytes, f->sha256);
	add_keep(&b, &v->keep);
	free(key);
	return b.s;
}

char *
stored_failure(const struct dest *d, size_t dests, const char *failure)
{
	const char *rest = strstr(failure, ": ");
	bool personal = false;

	for (size_t i = 0; i < dests; i++)
		personal = personal || template_is_personal(d[i].pattern);
	if (rest)
		rest = strstr(rest + 2, ": ");
	return personal && rest ? text_format("%.*s: see failed.ini",
				      (int)(rest - failure), failure)
				: text_dup(failure);
}

/* ---- reading it again ---- */

struct stored_reader {
	int64_t since_us;
	struct stored *all;
	size_t count, room;
	size_t *slot; /* by a hash of destination and object; 0: none */
	size_t slots;
};

static void
free_one(struct stored *s)
{
	free(s->id);
	free(s->dest);
	free(s->object);
	free(s->logged);
	free(s->key);
	free(s->record);
	free(s->md5);
	*s = (struct stored){0};
}

/* The value of KEY=... in the details, to be freed, or NULL. */
static char *
word(const char *details, const char *key)
{
	size_t n = strlen(key);

	for (const char *p = details; p && *p; p = strchr(p, ' ')) {
		p += *p == ' ';
		if (strncmp(p, key, n) == 0 && p[n] == '=')
			return text_ndup(p + n + 1, strcspn(p + n + 1, " "));
	}
	return NULL;
}

static uint64_t
place_hash(const char *dest, const char *object)
{
	uint64_t h = UINT64_C(14695981039346656037);

	for (; *dest; dest++)
		h = (h ^ (unsigned char)*dest) * UINT64_C(1099511628211);
	h = (h ^ ' ') * UINT64_C(1099511628211);
	for (; *object; object++)
		h = (h ^ (unsigned char)*object) * UINT64_C(1099511628211);
	return h;
}

/* The slot of the object, or the free slot for it. */
static size_t *
slot_of_object(
    const struct stored_reader *r, const char *dest, const char *object)
{
	size_t i = place_hash(dest, object) & (r->slots - 1);

	while (r->slot[i] != 0) {
		const struct stored *s = &r->all[r->slot[i] - 1];

		if (s->dest && strcmp(s->dest, dest) == 0 &&
		    strcmp(s->logged, object) == 0)
			break;
		i = (i + 1) & (r->slots - 1);
	}
	return &r->slot[i];
}

/* Makes twice as many slots as there can be entries. */
static void
grow_stored(struct stored_reader *r)
{
	r->room = r->room ? r->room * 2 : 256;
	r->all = mem_resize(r->all, r->room, sizeof *r->all);
	free(r->slot);
	r->slots = r->room * 2;
	r->slot = mem_alloc(r->slots * sizeof *r->slot);
	for (size_t i = 0; i < r->count; i++)
		if (r->all[i].dest)
			*slot_of_object(r, r->all[i].dest, r->all[i].logged) =
			    i + 1;
}

static struct keep
read_keep(const char *details)
{
	char *until = word(details, "retain_until");
	char *mode = word(details, "retain_mode");
	char *hold = word(details, "legal_hold");
	struct keep k = {.hold = hold && strcmp(hold, "yes") == 0};

	if (until && when_parse(until, &k.until_us) != 0)
		k.until_us = 0;
	k.compliance = mode && strcmp(mode, "compliance") == 0;
	free(hold);
	free(mode);
	free(until);
	return k;
}

/* Owns the texts. If an object occurs again, the later entry counts. */
static void
add_stored_object(
    struct stored_reader *r, int64_t us, const char *id, const char *details)
{
	struct stored s = {.time_us = us,
	    .dest = word(details, "destination"),
	    .logged = word(details, "object"),
	    .key = word(details, "key"),
	    .record = word(details, "record"),
	    .md5 = word(details, "md5"),
	    .keep = read_keep(details)};
	char *bytes = word(details, "bytes"), *sum = word(details, "sha256");
	size_t *slot;
	int64_t n;

	if (r->count == r->room)
		grow_stored(r);
	if (!s.dest || !s.logged || !bytes || !sum ||
	    num_integer(bytes, 0, INT64_MAX, &n) != 0 || strlen(sum) != 64) {
		free_one(&s);
	} else {
		s.id = text_dup(id);
		s.bytes = (uint64_t)n;
		(void)snprintf(s.sha256, sizeof s.sha256, "%s", sum);
		slot = slot_of_object(r, s.dest, s.logged);
		if (*slot == 0)
			*slot = ++r->count;
		else
			free_one(&r->all[*slot - 1]);
		r->all[*slot - 1] = s;
	}
	free(sum);
	free(bytes);
}

/* It was erased there. */
static void
erase(struct stored_reader *r, const char *details)
{
	char *dest = word(details, "destination");
	char *object = word(details, "object");
	size_t *slot = dest && object && r->slots > 0
			   ? slot_of_object(r, dest, object)
			   : NULL;

	/* The slot remains in use: others may come after it. */
	if (slot && *slot != 0)
		free_one(&r->all[*slot - 1]);
	free(object);
	free(dest);
}

static void
take_stored_line(const char *line, size_t n, void *arg)
{
	struct stored_reader *r = arg;
	char time[WHEN_SIZE], id[TEXT_ID_MAX + 2], event[32], *text;
	int at = 0;
	int64_t us;

	text = text_ndup(line, n);
	if (sscanf(text, "%39s %*64[0-9a-f] %129s %31[a-z] %n", time, id, event,
		&at) == 3 &&
	    at > 0 && when_parse(time, &us) == 0) {
		if (strcmp(event, "uploaded") == 0 && us >= r->since_us)
			add_stored_object(r, us, id, text + at);
		else if (strcmp(event, "erased") == 0)
			erase(r, text + at);
	}
	free(text);
}

int
stored_since(int spool_fd, int64_t since_us, struct stored **all, size_t *count,
    struct why *why)
{
	struct stored_reader r = {.since_us = since_us};
	struct audit_place place = {0};
	int status = audit_since(spool_fd, &place, take_stored_line, &r, why);
	size_t n = 0;

	for (size_t i = 0; i < r.count; i++)
		if (r.all[i].dest)
			r.all[n++] = r.all[i];
	for (size_t i = 0; i < n; i++) {
		struct stored *s = &r.all[i];

		s->object = names_open(spool_fd, s->id, s->logged);
		if (!s->object)
			s->object = text_dup(s->logged);
	}
	free(r.slot);
	*all = r.all;
	*count = n;
	return status;
}

void
stored_free(struct stored *all, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free_one(&all[i]);
	free(all);
}

void
stored_item(const struct stored *s, struct dest_item *item, struct ticket *t)
{
	const char *colon = s->record ? strchr(s->record, ':') : NULL;
	struct doc_section *call;
	char *fact;

	*t = (struct ticket){0};
	call = doc_add_section(&t->call, "call", 0);
	doc_add(call, "id", s->id, 0);
	if (colon) {
		fact = text_ndup(s->record, (size_t)(colon - s->record));
		doc_add(call, fact, colon + 1, 0);
		free(fact);
	}
	*item = (struct dest_item){.object = s->object,
	    .fd = -1,
	    .bytes = s->bytes,
	    .sha256 = s->sha256,
	    .md5 = s->md5,
	    .content_type = "audio/mpeg",
	    .key = s->key ? s->key : "",
	    .attempts = 1,
	    .keep = s->keep,
	    .ticket = t};
	/* What is over need not be so any more. */
	if (item->keep.until_us < when_now_us())
		item->keep.until_us = 0;
}
