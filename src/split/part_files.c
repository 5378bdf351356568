/* SPDX-License-Identifier: ISC */
#include "part_files.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frames.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "newfile.h"
#include "part.h"
#include "text.h"

/* BATCH: the number of files that are open at a time. The CHUNK of a thread
 * stays in its processor's cache between reading, hashing and writing. */
enum { BATCH = 64, THREADS_MAX = 8, CHUNK = 1 << 17 };

struct shop {
	struct mapped *src;
	const struct split *split;
	struct ticket_file *file; /* of part 0 */
	struct newfile *nf;       /* of part `first` */
	int dirfd;
	size_t first, end;
	int (*step)(struct shop *shop, size_t n);
	atomic_size_t next;
	atomic_int error;
};

char *
part_files_name(const char *name, size_t n, size_t parts)
{
	size_t stem = strlen(name);
	int width = 1;

	for (size_t i = parts; i >= 10; i /= 10)
		width++;
	if (stem > 4 && strcmp(name + stem - 4, ".mp3") == 0)
		stem -= 4;
	if (width < 2)
		width = 2;
	return text_format("%.*s-%0*zuof%0*zu.mp3", (int)stem, name, width,
	    n + 1, width, parts);
}

static int
write_body(
    struct mapped *src, struct split_piece *piece, int fd, struct hash *h)
{
	size_t all = piece->to - piece->from;
	unsigned char *chunk = mem_alloc(all < CHUNK ? all : CHUNK);
	int status = io_write(fd, piece->head.s, piece->head.len);

	hash_add(h, piece->head.s, piece->head.len);
	for (size_t at = piece->from; at < piece->to && status == 0;
	     at += CHUNK) {
		size_t n = piece->to - at < CHUNK ? piece->to - at : CHUNK;

		status = mapped_read(src, at, chunk, n);
		if (status == 0) {
			hash_add(h, chunk, n);
			status = io_write(fd, chunk, n);
		}
	}
	free(chunk);
	return status;
}

static int
write_part_file(struct shop *shop, size_t n)
{
	struct newfile *nf = &shop->nf[n - shop->first];
	struct ticket_file *f = &shop->file[n];
	struct split_piece piece = {.from = 0};
	struct hash *h = hash_new(HASH_SHA256);
	int status = -1;

	part_make(shop->split, n, &piece);
	mapped_pass(shop->src, 0, piece.to);
	if (newfile_create(nf, shop->dirfd, f->name) == 0)
		status = write_body(shop->src, &piece, nf->fd, h);
	if (status == 0)
		newfile_start_sync(nf);
	hash_hex(h, f->sha256);
	f->bytes = piece.head.len + (piece.to - piece.from);
	buf_free(&piece.head);
	return status;
}

static int
sync_part(struct shop *shop, size_t n)
{
	return newfile_sync(&shop->nf[n - shop->first]);
}

/* This also frees the pages of an old part, which takes time. */
static int
rename_part(struct shop *shop, size_t n)
{
	return newfile_rename(&shop->nf[n - shop->first], true);
}

static void *
work_on(void *arg)
{
	struct shop *shop = arg;
	size_t n;

	while (
	    (n = atomic_fetch_add(&shop->next, 1)) < shop->end && !shop->error)
		if (shop->step(shop, n) != 0)
			shop->error = errno ? errno : EIO;
	return NULL;
}

/* Runs one step for every part of the batch. This thread works too, also if no
 * other could be started. */
static int
work_together(struct shop *shop, int (*step)(struct shop *shop, size_t n))
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[THREADS_MAX];
	int threads = 0;

	shop->step = step;
	shop->next = shop->first;
	while (threads < THREADS_MAX && threads + 1 < processors &&
	       (size_t)threads + 1 < shop->end - shop->first &&
	       pthread_create(&thread[threads], NULL, work_on, shop) == 0)
		threads++;
	(void)work_on(shop);
	while (threads > 0)
		(void)pthread_join(thread[--threads], NULL);
	errno = shop->error;
	return shop->error ? -1 : 0;
}

static int
write_and_commit(struct shop *shop)
{
	if (work_together(shop, write_part_file) != 0 ||
	    mapped_lost(shop->src, NULL) != 0)
		return -1;
	if (work_together(shop, sync_part) != 0 ||
	    work_together(shop, rename_part) != 0)
		return -1;
	return newfile_end_all(shop->nf, shop->end - shop->first);
}

static int
write_batch(struct shop *shop, size_t first, size_t end)
{
	struct newfile nf[BATCH];
	int status, error;

	for (size_t i = 0; i < BATCH; i++)
		nf[i] = (struct newfile)NEWFILE_NONE;
	shop->nf = nf;
	shop->first = first;
	shop->end = end;
	status = write_and_commit(shop);
	error = errno;
	for (size_t i = 0; i < end - first; i++)
		newfile_abort(&nf[i]);
	errno = error;
	return status;
}

int
part_files_write(struct mapped *src, const struct split *split, int dirfd,
    const char *name, const struct ticket_file *file, struct ticket *out,
    struct why *why)
{
	struct shop shop = {.src = src, .split = split, .dirfd = dirfd};
	size_t before = out->files;
	int status = 0;

	for (size_t n = 0; n < split->parts; n++) {
		const struct split_part *p = &split->part[n];
		char *part = part_files_name(name, n, split->parts);
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
	if (status != 0 && mapped_lost(src, why) == 0)
		why_errno(why, "cannot write the parts");
	return status;
}

/* ---- tickets ---- */

char *
part_files_ticket_name(const char *mp3)
{
	size_t n = strlen(mp3);

	if (n > 4 && strcmp(mp3 + n - 4, ".mp3") == 0)
		n -= 4;
	return text_format("%.*s.ini", (int)n, mp3);
}

static int
begin_ticket(struct newfile *nf, int dirfd, const struct ticket *t, size_t n,
    struct why *why)
{
	struct ticket one = {t->call, &t->file[n], 1};
	char *name = part_files_ticket_name(t->file[n].name);
	struct doc doc = {0};
	struct buf text = {0};
	int status;

	ticket_to_doc(&one, &doc);
	status = doc_write(&doc, &text, why);
	if (status == 0 && (newfile_create(nf, dirfd, name) != 0 ||
			       io_write(nf->fd, text.s, text.len) != 0))
		status = why_errno(why, "%s", name);
	doc_free(&doc);
	buf_free(&text);
	free(name);
	return status;
}

int
part_files_write_tickets(int dirfd, const struct ticket *t, struct why *why)
{
	struct newfile nf[BATCH];
	int status = 0;

	for (size_t first = 0; first < t->files && status == 0;
	     first += BATCH) {
		size_t n = 0;

		while (n < BATCH && first + n < t->files && status == 0) {
			nf[n] = (struct newfile)NEWFILE_NONE;
			status = begin_ticket(&nf[n], dirfd, t, first + n, why);
			n++;
		}
		if (status == 0 && newfile_commit_all(nf, n, true) != 0)
			status = why_errno(why, "%s", t->file[first].name);
		while (n > 0)
			newfile_abort(&nf[--n]);
	}
	return status;
}
