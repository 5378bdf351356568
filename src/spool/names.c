/* SPDX-License-Identifier: ISC */
#include "names.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"
#include "newfile.h"
#include "tree.h"

#define NAMES  "names"
#define SEALED "sealed:"

enum { HEX = 64, SALT = 32, BYTES_MAX = 1 << 20 };

static int
names_fault(const char *id, struct why *why)
{
	return why_errno(why, NAMES "/%s", id);
}

/* Opens the directory, and makes it if it is missing. */
static int
open_names_folder(int spool_fd)
{
	if (mkdirat(spool_fd, NAMES, 0700) == 0) {
		if (fsync(spool_fd) != 0)
			return -1;
	} else if (errno != EEXIST) {
		return -1;
	}
	return tree_open(spool_fd, NAMES);
}

/* Reads the lines of a call, NUL-terminated; empty if there are none. -1 with
 * errno. */
static int
read_name_lines(int dir, const char *id, struct buf *text)
{
	int fd =
	    openat(dir, id, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char part[4096];
	ssize_t n = 0;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	while (text->len < BYTES_MAX && (n = read(fd, part, sizeof part)) > 0)
		buf_add(text, part, (size_t)n);
	buf_add(text, "", 0);
	(void)close(fd);
	return n < 0 ? -1 : 0;
}

/* The line after this one, or NULL. */
static const char *
next_name_line(const char *line)
{
	const char *end = strchr(line, '\n');

	return end && end[1] ? end + 1 : NULL;
}

static bool
is_line(const char *line)
{
	return strspn(line, "0123456789abcdef") == HEX && line[HEX] == ' ' &&
	       strspn(line + HEX + 1, "0123456789abcdef") == SALT &&
	       line[HEX + 1 + SALT] == ' ';
}

/* The text after hash and salt, and its length. */
static const char *
text_of_line(const char *line, size_t *n)
{
	const char *text = line + HEX + 1 + SALT + 1;

	*n = strcspn(text, "\n");
	return text;
}

/* False for a line that was changed. */
static bool
is_hash_of(const char *line)
{
	const char *salted = line + HEX + 1;
	char hex[HASH_HEX_SIZE];

	hash_text(HASH_SHA256, salted, strcspn(salted, "\n"), hex);
	return strncmp(hex, line, HEX) == 0;
}

/* Finds the line of a text, or that of a hash. */
static const char *
find_name_line(const struct buf *lines, const char *text, const char *hex)
{
	size_t n;

	for (const char *at = lines->s; at && *at; at = next_name_line(at))
		if (is_line(at) && is_hash_of(at) &&
		    (text ? strncmp(text_of_line(at, &n), text, strlen(text)) ==
				    0 &&
				n == strlen(text)
			  : strncmp(at, hex, HEX) == 0))
			return at;
	return NULL;
}

static int
add_name_line(struct buf *lines, const char *text, char hex[HASH_HEX_SIZE])
{
	unsigned char random[SALT / 2];
	struct buf salted = {0};

	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return -1;
	for (size_t i = 0; i < sizeof random; i++)
		buf_format(&salted, "%02x", random[i]);
	buf_format(&salted, " %s", text);
	hash_text(HASH_SHA256, salted.s, salted.len, hex);
	buf_format(lines, "%s %s\n", hex, salted.s);
	buf_free(&salted);
	return 0;
}

char *
names_seal(int spool_fd, const char *id, const char *text, struct why *why)
{
	struct buf lines = {0};
	char hex[HASH_HEX_SIZE] = "";
	int dir = open_names_folder(spool_fd), status = -1;
	const char *line;

	/* Two folders of one call must not lose each other's lines. */
	if (dir >= 0 && flock(dir, LOCK_EX) == 0)
		status = read_name_lines(dir, id, &lines);
	line = status == 0 ? find_name_line(&lines, text, NULL) : NULL;
	if (line)
		(void)snprintf(hex, sizeof hex, "%.64s", line);
	else if (status == 0 &&
		 (add_name_line(&lines, text, hex) != 0 ||
		     newfile_put(dir, id, lines.s, lines.len, true) != 0))
		status = -1;
	if (status != 0)
		(void)names_fault(id, why);
	if (dir >= 0)
		(void)close(dir);
	buf_free(&lines);
	return status == 0 ? text_format(SEALED "%s", hex) : NULL;
}

bool
names_is_sealed(const char *word)
{
	return strncmp(word, SEALED, sizeof SEALED - 1) == 0 &&
	       strspn(word + sizeof SEALED - 1, "0123456789abcdef") == HEX;
}

char *
names_open(int spool_fd, const char *id, const char *word)
{
	struct buf lines = {0};
	const char *line = NULL, *text;
	char *found = NULL;
	size_t n;
	int dir;

	if (!names_is_sealed(word))
		return text_dup(word);
	dir = tree_open(spool_fd, NAMES);
	if (dir >= 0 && read_name_lines(dir, id, &lines) == 0)
		line = find_name_line(&lines, NULL, word + sizeof SEALED - 1);
	if (line) {
		text = text_of_line(line, &n);
		found = text_ndup(text, n);
	}
	if (dir >= 0)
		(void)close(dir);
	buf_free(&lines);
	return found;
}

char *
names_show(int spool_fd, const char *id, const char *line)
{
	enum { WORD = sizeof SEALED - 1 + HEX };
	struct buf out = {0};
	const char *at;

	while ((at = strstr(line, SEALED))) {
		char *word = text_ndup(at, WORD), *text = NULL;

		if (names_is_sealed(word))
			text = names_open(spool_fd, id, word);
		buf_add(&out, line, (size_t)(at - line));
		buf_format(&out, "%s", text ? text : word);
		line = at + strlen(word);
		free(text);
		free(word);
	}
	buf_format(&out, "%s", line);
	return out.s;
}

int
names_forget(int spool_fd, const char *id, struct why *why)
{
	int dir = tree_open(spool_fd, NAMES), status = 0;

	if (dir < 0)
		return errno == ENOENT ? 0 : names_fault(id, why);
	if (unlinkat(dir, id, 0) == 0)
		status = fsync(dir);
	else if (errno != ENOENT)
		status = -1;
	if (status != 0)
		status = names_fault(id, why);
	(void)close(dir);
	return status;
}
