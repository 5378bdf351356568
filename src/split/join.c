/* SPDX-License-Identifier: ISC */
#include "join.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "hash.h"
#include "ini.h"
#include "io.h"
#include "mapped.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "ticket.h"

enum { CHUNK = 1 << 20 };

static void part_fault(struct join_part *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void
part_fault(struct join_part *p, const char *fmt, ...)
{
	char text[256];
	va_list ap;

	if (p->fault)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	p->fault = text_dup(text);
}

/* ---- one part ---- */

/* The SHA-256 and the number of samples in a ticket for the part. */
static bool
find_ticket(const char *path, struct ticket *t, const struct ticket_file **file)
{
	const char *name = path_name(path);
	size_t dir = (size_t)(name - path), stem = strlen(path);
	char *tickets[2];
	struct doc doc;
	struct why why;

	if (stem > 4 && strcmp(path + stem - 4, ".mp3") == 0)
		stem -= 4;
	tickets[0] = text_format("%.*s.ini", (int)stem, path);
	tickets[1] = text_format("%.*sticket.ini", (int)dir, path);
	*file = NULL;
	for (int i = 0; i < 2; i++) {
		if (!*file && access(tickets[i], F_OK) == 0 &&
		    ini_read(&doc, tickets[i], &why) == 0) {
			ticket_free(t);
			if (ticket_from_doc(t, &doc, &why) != 0)
				*t = (struct ticket){0};
			doc_free(&doc);
			for (size_t k = 0; k < t->files; k++)
				if (strcmp(t->file[k].name, name) == 0)
					*file = &t->file[k];
		}
		free(tickets[i]);
	}
	return *file;
}

static void
compare_ticket(struct join_part *p, const struct mapped *s)
{
	struct ticket t = {0};
	const struct ticket_file *f;
	char hex[HASH_HEX_SIZE];

	if (find_ticket(p->path, &t, &f)) {
		if (f->bytes && f->bytes != s->n)
			part_fault(p,
			    "it has %zu bytes, its ticket says %" PRIu64, s->n,
			    f->bytes);
		if (f->sha256[0] &&
		    (hash_fd(HASH_SHA256, s->fd, hex, NULL) != 0 ||
			strcmp(f->sha256, hex) != 0))
			part_fault(p, "its SHA-256 is not that of its ticket");
		if (f->samples && f->samples != p->facts.samples)
			part_fault(p, "its ticket says %" PRId64 " samples",
			    f->samples);
		for (size_t i = 0; i < f->extra.keys; i++)
			if (strcmp(f->extra.key[i].name, "whole_sha256") == 0)
				p->whole = text_dup(f->extra.key[i].value);
	}
	ticket_free(&t);
}

static void
compare_audio(struct join_part *p, struct mapped *s)
{
	const struct mp3 *m = &s->mp3;
	const struct part_tag_facts *f = &p->facts;
	struct why why;
	size_t end = (size_t)(f->skip + f->bytes);

	if (f->skip > s->n || f->bytes > s->n - f->skip) {
		part_fault(p, "it is cut off: %" PRIu64 " bytes are missing",
		    f->skip + f->bytes - s->n);
		return;
	}
	if (mapped_scan(s, true, &why) != 0) {
		part_fault(p, "%.200s", why.text);
		return;
	}
	if (mp3_crc(m, (size_t)f->skip, end) != f->crc)
		part_fault(p, "its audio has changed");
	if (m->info.kind == MPEG_TAG_XING && m->info.frames &&
	    m->info.frames != m->frames)
		part_fault(p, "it has %zu frames, its tag says %" PRIu64,
		    m->frames, m->info.frames);
}

static unsigned char *
copy_of(struct part_tag_held held)
{
	unsigned char *p = mem_alloc(held.n + 1);

	if (held.n > 0)
		memcpy(p, held.p, held.n);
	return p;
}

int
join_add(struct join *r, const char *path, struct why *why)
{
	struct mapped s = MAPPED_NONE;
	struct part_tag_held head, tail;
	struct why inner = {.text = "not a part that recsplit made"};
	struct join_part p = {.given = r->parts};

	if (mapped_open(&s, AT_FDCWD, path, 0, -1, &inner) != 0 ||
	    part_tag_read(s.p, s.n, &p.facts, &head, &tail) != 0) {
		mapped_close(&s);
		return why_set(why, "%.300s: %.160s", path, inner.text);
	}
	p.path = text_dup(path);
	p.bytes = s.n;
	p.head = copy_of(head);
	p.head_n = head.n;
	p.tail = copy_of(tail);
	p.tail_n = tail.n;
	compare_audio(&p, &s);
	compare_ticket(&p, &s);
	if (mapped_lost(&s, &inner) != 0)
		part_fault(&p, "%.200s", inner.text);
	mapped_close(&s);
	r->part = mem_resize(r->part, r->parts + 1, sizeof *r->part);
	r->part[r->parts++] = p;
	return 0;
}

/* ---- the set ---- */

static int
by_place(const void *a, const void *b)
{
	const struct join_part *x = a, *y = b;

	if (x->facts.part != y->facts.part)
		return x->facts.part < y->facts.part ? -1 : 1;
	return x->given < y->given ? -1 : 1;
}

struct speech {
	void (*say)(void *arg, const char *line);
	void *arg;
	size_t lines;
};

static void speak_join(struct speech *to, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static void
speak_join(struct speech *to, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	to->say(to->arg, line);
	to->lines++;
}

/* Reports why part b cannot follow part a, or be the first if a is NULL. */
static void
check_pair(const struct join_part *a, const struct join_part *b, unsigned parts,
    struct speech *to)
{
	unsigned from = a ? a->facts.part + 1 : 1;

	if (a && b->facts.part == a->facts.part) {
		speak_join(
		    to, "%s: part %u appears twice", b->path, b->facts.part);
		return;
	}
	for (unsigned i = from; i < b->facts.part; i++)
		speak_join(to, "part %u of %u is missing", i, parts);
	if (!a || b->facts.part != from)
		return;
	if (b->facts.whole != a->facts.whole || b->facts.parts != parts)
		speak_join(
		    to, "%s: belongs to another set than %s", b->path, a->path);
	else if (b->facts.at != a->facts.at + a->facts.bytes)
		speak_join(to, "%s: does not follow %s", b->path, a->path);
	else if (b->facts.first_smp != a->facts.first_smp + a->facts.samples &&
		 b->facts.first_smp != 0)
		speak_join(
		    to, "%s: its first sample is not the next one", b->path);
}

size_t
join_check(struct join *r, bool order, void (*say)(void *arg, const char *line),
    void *arg)
{
	struct speech to = {say, arg, 0};
	unsigned parts;

	if (r->parts == 0)
		return 0;
	qsort(r->part, r->parts, sizeof *r->part, by_place);
	parts = r->part[0].facts.parts;
	for (size_t i = 0; i < r->parts; i++) {
		const struct join_part *p = &r->part[i];

		if (p->fault)
			speak_join(&to, "%s: %s", p->path, p->fault);
		check_pair(i ? &r->part[i - 1] : NULL, p, parts, &to);
		if (order && p->given != i)
			speak_join(&to,
			    "%s: is given in place %zu, but is part %u",
			    p->path, p->given + 1, p->facts.part);
	}
	for (unsigned i = r->part[r->parts - 1].facts.part + 1; i <= parts; i++)
		speak_join(&to, "part %u of %u is missing", i, parts);
	return to.lines;
}

/* ---- the original ---- */

static int
write_joined_part(const struct join_part *p, int fd, struct why *why)
{
	struct mapped s = MAPPED_NONE;
	size_t at = (size_t)p->facts.skip, end = at + (size_t)p->facts.bytes;
	unsigned char *chunk = mem_alloc(CHUNK);
	int status = mapped_open(&s, AT_FDCWD, p->path, 0, -1, why);

	if (status == 0 && s.n != p->bytes)
		status = why_set(why, "it changed while it was read");
	for (; status == 0 && at < end; at += CHUNK) {
		size_t n = end - at < CHUNK ? end - at : CHUNK;

		if (mapped_read(&s, at, chunk, n) != 0 ||
		    io_write(fd, chunk, n) != 0)
			status = why_errno(why, "joining");
	}
	mapped_close(&s);
	free(chunk);
	return status;
}

/* If a ticket has the original's hash, that decides. */
static int
compare_whole(const struct join_part *first, int fd, struct why *why)
{
	char hex[HASH_HEX_SIZE];

	if (!first->whole)
		return 0;
	if (lseek(fd, 0, SEEK_SET) != 0 ||
	    hash_fd(HASH_SHA256, fd, hex, NULL) != 0)
		return why_errno(why, "joining");
	if (strcmp(hex, first->whole) == 0)
		return 0;
	why_set(why, "its SHA-256 is not that of the original");
	return 2;
}

int
join_write(const struct join *r, int fd, struct why *why)
{
	const struct join_part *a = &r->part[0], *z = &r->part[r->parts - 1];
	uint64_t front = a->facts.at;
	uint64_t back = z->facts.whole - z->facts.at - z->facts.bytes;
	bool has_front = a->head_n == front, has_back = z->tail_n == back;

	if (has_front && io_write(fd, a->head, a->head_n) != 0)
		return why_errno(why, "joining");
	for (size_t i = 0; i < r->parts; i++)
		if (write_joined_part(&r->part[i], fd, why) != 0)
			return -1;
	if (has_back && io_write(fd, z->tail, z->tail_n) != 0)
		return why_errno(why, "joining");
	if (has_front && has_back)
		return compare_whole(a, fd, why);
	why_set(why,
	    "the frames are those of the original, but %" PRIu64
	    " bytes before and %" PRIu64 " behind them are not in the parts",
	    has_front ? 0 : front, has_back ? 0 : back);
	return 1;
}

/* Without "-01of03". */
char *
join_name(const struct join *r)
{
	const char *name = path_name(r->part[0].path);
	size_t n = strlen(name);

	if (n > 4 && strcmp(name + n - 4, ".mp3") == 0)
		n -= 4;
	while (n > 0 && isdigit((unsigned char)name[n - 1]))
		n--;
	if (n > 2 && memcmp(name + n - 2, "of", 2) == 0) {
		n -= 2;
		while (n > 0 && isdigit((unsigned char)name[n - 1]))
			n--;
		if (n > 1 && name[n - 1] == '-')
			return text_format("%.*s.mp3", (int)n - 1, name);
	}
	return text_dup("joined.mp3");
}

void
join_free(struct join *r)
{
	for (size_t i = 0; i < r->parts; i++) {
		free(r->part[i].path);
		free(r->part[i].head);
		free(r->part[i].tail);
		free(r->part[i].fault);
		free(r->part[i].whole);
	}
	free(r->part);
	*r = (struct join){0};
}
