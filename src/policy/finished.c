/* SPDX-License-Identifier: ISC */
#include "finished.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ini.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "ticket.h"

/* The object that a vCon of recupload has as an attachment. */
#define VCON_BODY "attachments.0.body."

enum { METADATA_MOST = 1 << 20, TAG_MOST = 1 << 16 };

static void
add_finished(struct finished *f, const char *id, char *path, const char *doubt,
    const char *sha256)
{
	if (!id || !*id) {
		free(path);
		return;
	}
	f->file = mem_resize(f->file, f->files + 1, sizeof *f->file);
	f->file[f->files++] = (struct finished_file){
	    text_dup(id), path, text_dup(doubt), text_dup(sha256)};
}

/* A file that is not a ticket is ignored; an unreadable one may be a ticket. */
static void
add_finished_ticket(struct finished *f, const char *path, struct why *fault)
{
	struct ticket ticket;
	struct doc doc;
	struct why why = {0};

	if (ini_read(&doc, path, &why) != 0) {
		if (why_status(&why) == EXIT_LATER)
			*fault = why;
		return;
	}
	if (ticket_from_doc(&ticket, &doc, NULL) == 0) {
		const char *id = ticket_fact(&ticket, "id");

		for (size_t i = 0; i < ticket.files; i++)
			add_finished(f, id,
			    path_beside(path, ticket.file[i].name),
			    doc_value(&ticket.file[i].extra, "doubt"),
			    ticket.file[i].sha256[0] ? ticket.file[i].sha256
						     : NULL);
		ticket_free(&ticket);
	}
	doc_free(&doc);
}

/* Reads the beginning of a file. The number of bytes; 0: it cannot be read, see
 * fault. */
static size_t
read_head(const char *path, char *to, size_t most, struct why *fault)
{
	struct why why = {0};
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	ssize_t n = fd < 0 ? -1 : io_read(fd, to, most);

	if (n < 0)
		why_errno(&why, "%s", path);
	if (why_status(&why) == EXIT_LATER)
		*fault = why;
	if (fd >= 0)
		(void)close(fd);
	return n < 0 ? 0 : (size_t)n;
}

/* "NAME.mp3" for "NAME.json". */
static char *
mp3_of(const char *path)
{
	return text_format("%.*s.mp3", (int)strlen(path) - 5, path);
}

static void
add_metadata(struct finished *f, const char *path, struct why *fault)
{
	char *text = mem_alloc(METADATA_MOST);
	size_t n = read_head(path, text, METADATA_MOST, fault);
	struct json *j = json_parse(text, n);

	if (json_text(j, "object") && json_text(j, "sha256"))
		add_finished(f, json_text(j, "call.id"), mp3_of(path),
		    json_text(j, "doubt"), json_text(j, "sha256"));
	else if (json_text(j, VCON_BODY "object") &&
		 json_text(j, VCON_BODY "sha256"))
		add_finished(f, json_text(j, VCON_BODY "call.id"), mp3_of(path),
		    json_text(j, VCON_BODY "doubt"),
		    json_text(j, VCON_BODY "sha256"));
	json_free(j);
	free(text);
}

/* recmix writes the frame TXXX "call" into its tag: encoding, name, value. */
static void
add_mp3(struct finished *f, const char *path, struct why *fault)
{
	unsigned char *tag = mem_alloc(TAG_MOST);
	size_t n = read_head(path, (char *)tag, TAG_MOST, fault), at = 10;

	while (n > at + 16 && memcmp(tag, "ID3\4", 4) == 0) {
		const unsigned char *h = tag + at;
		size_t size = (size_t)h[4] << 21 | (size_t)h[5] << 14 |
			      (size_t)h[6] << 7 | h[7];

		if (size > n - at - 10 || h[0] < 'A')
			break;
		if (memcmp(h, "TXXX", 4) == 0 && size > 6 &&
		    memcmp(h + 11, "call", 5) == 0) {
			char *id = text_ndup((const char *)h + 16, size - 6);

			if (!text_id_fault(id))
				add_finished(f, id, text_dup(path), NULL, NULL);
			free(id);
			break;
		}
		at += 10 + size;
	}
	free(tag);
}

static void
add_finished_file(
    struct finished *f, const char *path, size_t length, struct why *fault)
{
	const char *end = path + length;

	if (length > 4 && strcmp(end - 4, ".ini") == 0)
		add_finished_ticket(f, path, fault);
	else if (length > 5 && (strcmp(end - 5, ".json") == 0 ||
				   strcmp(end - 5, ".vcon") == 0))
		add_metadata(f, path, fault);
	else if (length > 4 && strcmp(end - 4, ".mp3") == 0)
		add_mp3(f, path, fault);
}

static int
by_finished_id(const void *a, const void *b)
{
	const struct finished_file *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	return order ? order : strcmp(x->path, y->path);
}

static void
free_file(struct finished_file *x)
{
	free(x->id);
	free(x->path);
	free(x->doubt);
	free(x->sha256);
}

/* Takes what the first does not have. */
static void
take_missing_text(char **to, char **from)
{
	if (*to)
		return;
	*to = *from;
	*from = NULL;
}

/* A recording that both its ticket and its tag name is listed once. */
static void
take_out_doubles(struct finished *f)
{
	size_t kept = 0;

	if (f->files > 1)
		qsort(f->file, f->files, sizeof *f->file, by_finished_id);
	for (size_t i = 0; i < f->files; i++) {
		struct finished_file *last =
		    kept > 0 ? &f->file[kept - 1] : NULL;

		if (!last || by_finished_id(last, &f->file[i]) != 0) {
			f->file[kept++] = f->file[i];
			continue;
		}
		take_missing_text(&last->doubt, &f->file[i].doubt);
		take_missing_text(&last->sha256, &f->file[i].sha256);
		free_file(&f->file[i]);
	}
	f->files = kept;
}

int
finished_read(struct finished *f, const char *dir, struct why *why)
{
	char *path = text_dup(dir);
	char *paths[] = {path, NULL};
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *e;
	struct why fault = {0};
	int bad = fts ? 0 : why_errno(why, "%s", dir);

	*f = (struct finished){0};
	while (fts && bad == 0 && (e = fts_read(fts))) {
		if (e->fts_info == FTS_NS || e->fts_info == FTS_DNR ||
		    e->fts_info == FTS_ERR) {
			errno = e->fts_errno;
			why_errno(&fault, "%s", e->fts_path);
			if (e->fts_level > 0 && fault.errnum == ENOENT)
				fault = (struct why){0};
		} else if (e->fts_info == FTS_F) {
			add_finished_file(
			    f, e->fts_path, e->fts_pathlen, &fault);
		}
		/* A file that may be a recording is not missing. */
		if (fault.errnum != 0) {
			*why = fault;
			bad = -1;
		}
	}
	if (fts)
		(void)fts_close(fts);
	free(path);
	take_out_doubles(f);
	if (bad)
		finished_free(f);
	return bad;
}

void
finished_free(struct finished *f)
{
	for (size_t i = 0; i < f->files; i++)
		free_file(&f->file[i]);
	free(f->file);
	*f = (struct finished){0};
}

const struct finished_file *
finished_of(const struct finished *f, const char *id, size_t *count)
{
	size_t low = 0, high = f->files, first;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(f->file[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (first = low; low < f->files && !strcmp(f->file[low].id, id);)
		low++;
	*count = low - first;
	return f->file + first;
}
