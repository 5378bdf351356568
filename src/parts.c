/* SPDX-License-Identifier: ISC */
#include "parts.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "newfile.h"

/* BATCH is how many files are open at a time, each thread's share is CHUNK. */
enum { BATCH = 64, THREADS_MAX = 8, CHUNK = 1 << 18 };

struct shop {
	const struct source *src;
	const struct split *split;
	struct ticket_file *file; /* of part 0 */
	struct newfile *nf;       /* of part `first` */
	int dirfd;
	size_t first, end;
	atomic_size_t next;
	atomic_int error;
};

char *
parts_name(const char *name, size_t n, size_t parts)
{
	size_t stem = strlen(name);
	int width = 1;

	for (size_t i = parts; i >= 10; i /= 10)
		width++;
	if (stem > 4 && strcmp(name + stem - 4, ".mp3") == 0)
		stem -= 4;
	if (width < 2)
		width = 2;
	return util_format("%.*s-%0*zuof%0*zu.mp3", (int)stem, name, width,
	    n + 1, width, parts);
}

static int
write_body(
    const struct source *src, struct split_piece *piece, int fd, struct hash *h)
{
	hash_add(h, piece->head.s, piece->head.len);
	if (util_write(fd, piece->head.s, piece->head.len) != 0)
		return -1;
	for (size_t at = piece->from; at < piece->to; at += CHUNK) {
		size_t n = piece->to - at < CHUNK ? piece->to - at : CHUNK;

		hash_add(h, src->p + at, n);
		if (util_write(fd, src->p + at, n) != 0)
			return -1;
		source_pass(src, at, at + n);
	}
	return 0;
}

static int
write_part(struct shop *shop, size_t n)
{
	struct newfile *nf = &shop->nf[n - shop->first];
	struct ticket_file *f = &shop->file[n];
	struct split_piece piece = {.from = 0};
	struct hash *h = hash_new(HASH_SHA256);
	int status = -1;

	split_make(shop->split, n, &piece);
	source_pass(shop->src, 0, piece.from);
	if (newfile_create(nf, shop->dirfd, f->name) == 0)
		status = write_body(shop->src, &piece, nf->fd, h);
	if (status == 0)
		newfile_start_sync(nf);
	hash_hex(h, f->sha256);
	f->bytes = piece.head.len + (piece.to - piece.from);
	buf_free(&piece.head);
	return status;
}

static void *
work_on(void *arg)
{
	struct shop *shop = arg;
	size_t n;

	while (
	    (n = atomic_fetch_add(&shop->next, 1)) < shop->end && !shop->error)
		if (write_part(shop, n) != 0)
			shop->error = errno ? errno : EIO;
	return NULL;
}

/* This thread works too; without another one the work is done all the same. */
static void
work_together(struct shop *shop)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[THREADS_MAX];
	int threads = 0;

	while (threads < THREADS_MAX && threads + 1 < processors &&
	       (size_t)threads + 1 < shop->end - shop->first &&
	       pthread_create(&thread[threads], NULL, work_on, shop) == 0)
		threads++;
	(void)work_on(shop);
	while (threads > 0)
		(void)pthread_join(thread[--threads], NULL);
}

static int
write_batch(struct shop *shop, size_t first, size_t end)
{
	struct newfile nf[BATCH];
	int status = -1, error;

	for (size_t i = 0; i < BATCH; i++)
		nf[i] = (struct newfile)NEWFILE_NONE;
	shop->nf = nf;
	shop->first = first;
	shop->end = end;
	shop->next = first;
	work_together(shop);
	error = shop->error;
	if (!error) {
		status = newfile_commit_all(nf, end - first, true);
		error = errno;
	}
	for (size_t i = 0; i < end - first; i++)
		newfile_abort(&nf[i]);
	errno = error;
	return status;
}

int
parts_write(const struct source *src, const struct split *split, int dirfd,
    const char *name, const struct ticket_file *file, struct ticket *out)
{
	struct shop shop = {.src = src, .split = split, .dirfd = dirfd};
	size_t before = out->files;
	int status = 0;

	for (size_t n = 0; n < split->parts; n++) {
		const struct split_part *p = &split->part[n];
		char *part = parts_name(name, n, split->parts);
		struct ticket_file *f = ticket_add_like(out, file, part);

		if (file->sha256[0] && file->bytes == src->n)
			doc_add(&f->extra, "whole_sha256", file->sha256, 0);
		f->part = (int)n + 1;
		f->parts = (int)split->parts;
		f->first_sample = p->first_smp;
		f->samples = p->samples;
		f->rate = mp3_stretch(split->m, p->first)->format.rate;
		f->channels = mp3_stretch(split->m, p->first)->format.channels;
		free(part);
	}
	shop.file = out->file + before;
	for (size_t n = 0; n < split->parts && status == 0; n += BATCH)
		status = write_batch(&shop, n,
		    n + BATCH < split->parts ? n + BATCH : split->parts);
	return status;
}

/* ---- tickets ---- */

char *
parts_ticket_name(const char *mp3)
{
	size_t n = strlen(mp3);

	if (n > 4 && strcmp(mp3 + n - 4, ".mp3") == 0)
		n -= 4;
	return util_format("%.*s.ini", (int)n, mp3);
}

static int
begin_ticket(struct newfile *nf, int dirfd, const struct ticket *t, size_t n,
    struct why *why)
{
	struct ticket one = {t->call, &t->file[n], 1};
	char *name = parts_ticket_name(t->file[n].name);
	struct doc doc = {0};
	struct buf text = {0};
	int status;

	ticket_to_doc(&one, &doc);
	errno = 0;
	status = doc_write(&doc, &text, why);
	if (status == 0 && (newfile_create(nf, dirfd, name) != 0 ||
			       util_write(nf->fd, text.s, text.len) != 0))
		status = why_set(why, "%s: %s", name, strerror(errno));
	doc_free(&doc);
	buf_free(&text);
	free(name);
	return status;
}

int
parts_write_tickets(int dirfd, const struct ticket *t, struct why *why)
{
	struct newfile nf[BATCH];
	int status = 0, error = 0;

	for (size_t first = 0; first < t->files && status == 0;
	     first += BATCH) {
		size_t n = 0;

		while (n < BATCH && first + n < t->files && status == 0) {
			nf[n] = (struct newfile)NEWFILE_NONE;
			status = begin_ticket(&nf[n], dirfd, t, first + n, why);
			n++;
		}
		if (status == 0 && newfile_commit_all(nf, n, true) != 0)
			status = why_set(why, "%s", strerror(errno));
		error = errno;
		while (n > 0)
			newfile_abort(&nf[--n]);
	}
	errno = error;
	return status;
}
