/* SPDX-License-Identifier: ISC */
#include "ini.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "text.h"

#define TOO_LONG "the line has %zu bytes, at most %d are read"

struct ini_reader {
	struct ini_stream *cs;
	struct doc *doc;
	struct why *why;
	char line[2 * DOC_LINE_MAX];
	bool failed; /* why is filled */
	int left;    /* lines that this document may still have */
};

static void
fail_line(struct ini_reader *r, const char *text)
{
	r->failed = true;
	doc_error(r->doc, r->cs->line, r->why, "%s", text);
}

/* True if this line begins the next document. */
static bool
begins_next(const struct ini_reader *r, const char *text)
{
	return strncmp(text, "[call]", 6) == 0 && doc_find(r->doc, "call");
}

static void
open_section(struct ini_reader *r, const char *text)
{
	const char *end = strchr(text, ']');

	if (end) {
		char *name = text_ndup(text + 1, (size_t)(end - text) - 1);
		doc_add_section(r->doc, name, r->cs->line);
		free(name);
	}
}

/* The next line without its newline and leading blanks; NULL at the end. */
static char *
next_ini_line(struct ini_reader *r)
{
	char *text = r->line;
	ssize_t n;

	if (r->cs->pushed) {
		n = (ssize_t)strlen(r->cs->pushed);
		memcpy(r->line, r->cs->pushed, (size_t)n + 1);
		free(r->cs->pushed);
		r->cs->pushed = NULL;
	} else {
		n = io_line(r->cs->file, r->line, sizeof r->line);
		if (n < 0)
			return NULL;
		r->cs->line++;
	}
	if (r->left-- <= 0)
		return fail_line(r, "more lines than a document may have"),
		       NULL;
	if (n >= (ssize_t)sizeof r->line) {
		r->failed = true;
		doc_error(r->doc, r->cs->line, r->why, TOO_LONG, (size_t)n,
		    DOC_LINE_MAX);
		return NULL;
	}
	while (n > 0 && r->line[n - 1] == '\r')
		r->line[--n] = '\0';
	if (strlen(r->line) != (size_t)n)
		return fail_line(r, "a NUL byte: not a text file"), NULL;
	if (r->cs->line == 1 && strncmp(text, "\xEF\xBB\xBF", 3) == 0)
		text += 3;
	return text + strspn(text, " \t");
}

/* Replaces fgets: inih must only get complete lines. */
static char *
reader_line(char *out, int size, void *arg)
{
	struct ini_reader *r = arg;
	char *text = next_ini_line(r);
	size_t n;

	if (!text)
		return NULL;
	n = strlen(text);
	if (n > DOC_LINE_MAX || n + 2 > (size_t)size) {
		r->failed = true;
		doc_error(
		    r->doc, r->cs->line, r->why, TOO_LONG, n, DOC_LINE_MAX);
		return NULL;
	}
	if (begins_next(r, text)) {
		r->cs->pushed = text_dup(text);
		return NULL;
	}
	if (text[0] == '[')
		open_section(r, text);
	memcpy(out, text, n);
	out[n] = '\n';
	out[n + 1] = '\0';
	return out;
}

static int
take_ini_key(
    void *arg, const char *section, const char *name, const char *value)
{
	struct ini_reader *r = arg;

	(void)section; /* inih truncates it to 49 bytes; ours is complete */
	if (r->failed)
		return 0;
	if (r->doc->sections == 0 || name[0] == '\0') {
		fail_line(r, name[0] ? "a key before the first [section]"
				     : "'=' without a key");
		return 0;
	}
	doc_add(
	    &r->doc->section[r->doc->sections - 1], name, value, r->cs->line);
	return 1;
}

int
ini_next(struct ini_stream *cs, struct doc *doc, struct why *why)
{
	struct ini_reader r = {
	    .cs = cs, .doc = doc, .why = why, .left = INI_LINES_MAX};
	int before = cs->line - (cs->pushed ? 1 : 0);
	int bad;

	*doc = (struct doc){0};
	doc_set_file(doc, cs->name);
	errno = 0;
	bad = ini_parse_stream(reader_line, &r, take_ini_key, &r);
	if (!r.failed && bad > 0) {
		r.failed = true;
		doc_error(doc, before + bad, why,
		    "neither a [section] nor key = value");
	}
	if (!r.failed && (bad < 0 || ferror(cs->file))) {
		r.failed = true;
		errno = errno ? errno : EIO;
		why_errno(why, "%s", doc->file);
	}
	if (r.failed || doc->sections == 0)
		doc_free(doc);
	return r.failed ? -1 : doc->sections > 0;
}

/* Reads the only document of a file; a second [call] is an error. */
static int
read_ini_file(struct doc *doc, FILE *file, const char *name, struct why *why)
{
	struct ini_stream cs = {.file = file, .name = name};
	int got = ini_next(&cs, doc, why);

	if (cs.pushed) {
		if (got > 0)
			got = doc_error(
			    doc, cs.line, why, "section [call] appears twice");
		doc_free(doc);
	}
	free(cs.pushed);
	/* An empty file is a document too, which has a name for messages. */
	if (got == 0)
		doc_set_file(doc, name);
	return got < 0 ? -1 : 0;
}

int
ini_read(struct doc *doc, const char *path, struct why *why)
{
	FILE *file;
	int status;

	if (strcmp(path, "-") == 0)
		return read_ini_file(doc, stdin, "standard input", why);
	*doc = (struct doc){0};
	/* The number of lines is limited while reading. */
	file = guard_stream(path, INT64_MAX, why);
	if (!file)
		return -1;
	status = read_ini_file(doc, file, path, why);
	(void)fclose(file);
	return status;
}

/*
 * All of it, and a newline more: an empty stream of memory cannot be opened. What
 * is too long to be a document is found when its lines are read.
 */
static int
read_ini_text(struct buf *text, FILE *file, const char *name, struct why *why)
{
	char block[1 << 14];
	ssize_t n = 1;

	while (n > 0 && text->len < INI_BYTES_MAX) {
		n = io_read(fileno(file), block, sizeof block);
		if (n > 0)
			buf_add(text, block, (size_t)n);
	}
	if (n < 0)
		return why_errno(why, "%s", name);
	buf_add(text, "\n", 1);
	return 0;
}

int
ini_read_hashed(
    struct doc *doc, const char *path, char hex[HASH_HEX_SIZE], struct why *why)
{
	bool piped = strcmp(path, "-") == 0;
	const char *name = piped ? "standard input" : path;
	struct buf text = {0};
	FILE *file = guard_stream(path, INT64_MAX, why), *memory = NULL;
	int status = -1;

	*doc = (struct doc){0};
	if (file && read_ini_text(&text, file, name, why) == 0) {
		hash_text(HASH_SHA256, text.s, text.len - 1, hex);
		memory = fmemopen(text.s, text.len, "r");
		if (!memory)
			why_errno(why, "%s", name);
	}
	if (memory) {
		status = read_ini_file(doc, memory, name, why);
		(void)fclose(memory);
	}
	if (file && !piped)
		(void)fclose(file);
	buf_free(&text);
	return status;
}

int
ini_read_stream(struct doc *doc, FILE *file, const char *name, struct why *why)
{
	*doc = (struct doc){0};
	return read_ini_file(doc, file, name, why);
}

int
ini_read_at(struct doc *doc, int dirfd, const char *name, const char *shown_as,
    struct why *why)
{
	FILE *file;
	struct stat st;
	int status, fd;

	*doc = (struct doc){0};
	fd =
	    openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return why_errno(why, "%s", shown_as);
	if (fstat(fd, &st) != 0) {
		why_errno(why, "%s", shown_as);
		(void)close(fd);
		return -1;
	}
	if (!S_ISREG(st.st_mode)) {
		(void)close(fd);
		return why_set(why, "%s: not a regular file", shown_as);
	}
	file = fdopen(fd, "r");
	if (!file) {
		why_errno(why, "%s", shown_as);
		(void)close(fd);
		return -1;
	}
	status = read_ini_file(doc, file, shown_as, why);
	(void)fclose(file);
	return status;
}
