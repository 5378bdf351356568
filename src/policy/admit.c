/* SPDX-License-Identifier: ISC */
#include "admit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "hash.h"
#include "io.h"
#include "mem.h"
#include "newfile.h"
#include "path.h"
#include "space.h"
#include "text.h"

/* How much of the audit log's end a crash in between can concern. */
#define RECENT_BYTES 65536

static int
open_leg(const char *path, struct why *why)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	why_set(why, "%s: %s", path,
	    fd < 0 ? strerror(errno) : "not a regular file");
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* Reads a leg whole: into the digest, and into out unless that is -1. */
static int
read_leg(int fd, int out, struct hash *h, const char *path, const char *spool,
    struct why *why)
{
	enum { CHUNK = 1 << 16 };
	char *chunk = mem_alloc(CHUNK);
	int status = EXIT_DONE;
	ssize_t n;

	while ((n = io_read(fd, chunk, CHUNK)) > 0 && status == EXIT_DONE) {
		hash_add(h, chunk, (size_t)n);
		if (out >= 0 && io_write(out, chunk, (size_t)n) != 0) {
			why_set(why, "%s: %s", spool, strerror(errno));
			status = EXIT_LATER;
		}
	}
	if (n < 0) {
		why_set(why, "%s: %s", path, strerror(errno));
		status = EXIT_LATER;
	}
	free(chunk);
	return status;
}

/* "leg-1.wav"; what the source's name ends with tells recmix its kind. */
static char *
leg_name(size_t n, const char *path)
{
	const char *base = path_name(path);
	const char *dot = strrchr(base, '.');
	bool plain = dot && dot != base && strlen(dot) <= 9;

	for (const char *c = dot ? dot + 1 : ""; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
			*c))
			plain = false;
	return text_format("leg-%zu%s", n, plain ? dot : "");
}

static int
put_leg(const struct spool_item *it, const char *name, const char *path,
    char digest[HASH_HEX_SIZE], struct why *why)
{
	struct newfile nf = NEWFILE_NONE;
	struct hash *h;
	int in = open_leg(path, why);
	int status = EXIT_USAGE;

	if (in < 0)
		return EXIT_USAGE;
	h = hash_new(HASH_SHA256);
	if (newfile_create(&nf, it->fd, name) != 0) {
		why_set(why, "%s: %s", it->name, strerror(errno));
		status = EXIT_LATER;
	} else {
		status = read_leg(in, nf.fd, h, path, it->spool->path, why);
		if (status == EXIT_DONE && newfile_commit(&nf, true) != 0) {
			why_set(why, "%s: %s", it->name, strerror(errno));
			status = EXIT_LATER;
		}
	}
	newfile_abort(&nf);
	hash_hex(h, digest);
	(void)close(in);
	return status;
}

/* The leg before this one that is in the same file, or this one. */
static size_t
first_of_file(const struct call *call, size_t n)
{
	size_t i = 0;

	while (strcmp(call->leg[i].file, call->leg[n].file) != 0)
		i++;
	return i;
}

/* Adds the digests of the files to `digests`, with commas. */
static int
fill_folder(const struct spool_item *it, const struct decision *d,
    struct buf *digests, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	int status = EXIT_DONE;

	decide_to_doc(d, &doc);
	buf_add(digests, "", 0); /* a text, also without legs */
	for (size_t i = 0; i < d->call->legs && status == EXIT_DONE; i++) {
		const struct call_leg *leg = &d->call->leg[i];
		char *path = decide_path(d->call->doc->file, leg->file);
		size_t first = first_of_file(d->call, i);
		char *name = leg_name(first + 1, leg->file);
		char digest[HASH_HEX_SIZE] = "";

		/* [call] comes first in the document, then the legs. */
		doc_set(&doc.section[i + 1], "file", name);
		if (first == i) {
			status = put_leg(it, name, path, digest, why);
			buf_format(digests, "%s%s", i ? "," : "", digest);
		}
		free(path);
		free(name);
	}
	if (status == EXIT_DONE && doc_write(&doc, &text, why) != 0)
		status = EXIT_USAGE;
	if (status == EXIT_DONE &&
	    newfile_put(it->fd, "plan.ini", text.s, text.len, true) != 0) {
		why_set(why, "%s: %s", it->name, strerror(errno));
		status = EXIT_LATER;
	}
	buf_free(&text);
	doc_free(&doc);
	return status;
}

/* Does the audit log (its last bytes, or 0: all) say that these legs came? */
static bool
entered(const struct spool *sp, const char *id, const char *digest, off_t last)
{
	int fd = openat(sp->fd, "audit.log", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *mark = text_format(" %s entered ", id);
	char *line = NULL;
	size_t size = 0;
	struct stat st;
	bool found = false;

	if (file) {
		if (last > 0 && fstat(fd, &st) == 0 && st.st_size > last)
			(void)fseeko(file, st.st_size - last, SEEK_SET);
		while (!found && getline(&line, &size, file) >= 0)
			found = strstr(line, mark) && strstr(line, digest);
		(void)fclose(file);
	} else if (fd >= 0) {
		(void)close(fd);
	}
	free(line);
	free(mark);
	return found;
}

/* What a run that was killed on the way in has left of this call. */
static int
clear_leftovers(const struct spool *sp, const char *id, struct why *why)
{
	char **names;
	size_t count;
	int status = EXIT_DONE;

	if (spool_list(sp, SPOOL_TMP, &names, &count, why) != 0)
		return EXIT_LATER;
	for (size_t i = 0; i < count; i++) {
		struct spool_item it;

		if (strcmp(names[i] + 17, id) != 0 ||
		    spool_take(sp, SPOOL_TMP, names[i], &it, why) != 1)
			continue;
		if (spool_remove(&it, why) != 0)
			status = EXIT_LATER;
		spool_release(&it);
	}
	spool_list_free(names, count);
	return status;
}

static uint64_t
legs_bytes(const struct decision *d)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < d->call->legs; i++) {
		char *path =
		    decide_path(d->call->doc->file, d->call->leg[i].file);
		struct stat st;

		if (first_of_file(d->call, i) == i && stat(path, &st) == 0)
			bytes += (uint64_t)st.st_size;
		free(path);
	}
	return bytes;
}

static int
put_in(struct spool_item *it, const struct decision *d, int64_t now_us,
    struct why *why)
{
	struct buf digests = {0};
	struct why part;
	int status = space_check(it->spool, legs_bytes(d), why);

	if (status == EXIT_DONE)
		status = fill_folder(it, d, &digests, why);
	/* Before the move: once it is in mix/ another program may have it. */
	if (status == EXIT_DONE &&
	    !entered(it->spool, it->id, digests.s, RECENT_BYTES) &&
	    audit_add(it->spool->fd, now_us, it->id, "entered", &part,
		"legs=%zu sha256=%s", d->call->legs, digests.s) != 0) {
		why_set(why, "%s/%s", it->spool->path, part.text);
		status = EXIT_LATER;
	}
	if (status == EXIT_DONE && spool_move(it, SPOOL_MIX, why) != 0)
		status = EXIT_LATER;
	/* Nothing of it stays; its own fault is the one to tell. */
	if (status != EXIT_DONE && it->stage == SPOOL_TMP)
		(void)spool_remove(it, NULL);
	buf_free(&digests);
	return status;
}

/* Does the log show that the spool had this leg? One that is gone it had: a
 * run that was killed had begun to unlink them. */
static bool
was_put_in(const struct spool *sp, const char *id, const char *path)
{
	char digest[HASH_HEX_SIZE];
	uint64_t bytes;
	int fd;
	bool shown;

	if (access(path, F_OK) != 0 && errno == ENOENT)
		return true;
	fd = open_leg(path, NULL);
	shown = fd >= 0 && hash_fd(HASH_SHA256, fd, digest, &bytes) == 0 &&
		entered(sp, id, digest, 0);
	if (fd >= 0)
		(void)close(fd);
	return shown;
}

/* Unlinked, and not back after a power cut. */
static int
unlink_durably(const char *path)
{
	struct path p = PATH_NONE;
	int status = path_open(&p, path);

	if (status == 0 && unlinkat(p.fd, p.name, 0) != 0 && errno != ENOENT)
		status = -1;
	if (status == 0)
		status = fsync(p.fd);
	path_close(&p);
	return status;
}

/* Unlinks the source legs, all or none. */
static int
drop_sources(const struct spool *sp, const struct decision *d, bool *kept,
    struct why *why)
{
	const struct call *call = d->call;
	int status = EXIT_DONE;

	for (size_t i = 0; i < call->legs && !*kept; i++) {
		char *path = decide_path(call->doc->file, call->leg[i].file);

		*kept = !was_put_in(sp, call->id, path);
		free(path);
	}
	for (size_t i = 0; i < call->legs && !*kept; i++) {
		char *path = decide_path(call->doc->file, call->leg[i].file);

		if (unlink_durably(path) != 0) {
			why_set(why, "%s: %s", path, strerror(errno));
			status = EXIT_LATER;
		}
		free(path);
	}
	return status;
}

int
admit_call(const struct spool *sp, const struct decision *d, bool move,
    int64_t now_us, char **path, bool *kept, struct why *why)
{
	struct spool_item it;
	int status = clear_leftovers(sp, d->call->id, why);
	int begun;

	*path = NULL;
	*kept = false;
	if (status != EXIT_DONE)
		return status;
	begun = spool_begin(sp, d->call->id, now_us, &it, why);
	if (begun < 0)
		return EXIT_LATER;
	if (begun > 0)
		status = put_in(&it, d, now_us, why);
	/* Who put it in may have been killed before that was durable. */
	else if (spool_sync(sp, it.stage, why) != 0)
		status = EXIT_LATER;
	if (status == EXIT_DONE) {
		*path = text_format(
		    "%s/%s/%s", sp->path, spool_stage_names[it.stage], it.name);
		if (move)
			status = drop_sources(sp, d, kept, why);
	}
	spool_release(&it);
	return status;
}
