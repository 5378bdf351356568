/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "tree.h"

/* Folders by date are usual; so deep they are looked for. */
enum { DEPTH = 8 };

static int
open_legs(const struct import_options *o)
{
	return open(o->legs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* What of a path lies beneath a directory, or NULL. */
static const char *
beneath(const char *dir, const char *path)
{
	size_t n = strlen(dir);

	if (strncmp(path, dir, n) != 0 || path[n] != '/')
		return NULL;
	return path + n + 1;
}

FILE *
import_open(const struct import *im, const char *path, int64_t max_bytes,
    struct why *why)
{
	const char *rest = im->o->legs ? beneath(im->o->legs, path) : NULL;
	FILE *file;
	int dir, fd;

	if (!rest)
		return guard_stream(path, max_bytes, why);
	/* Whoever writes the recordings writes here. */
	dir = open_legs(im->o);
	fd = dir < 0 ? why_errno(why, "%s", im->o->legs)
		     : guard_open_beneath(dir, rest, max_bytes, NULL, why);
	file = fd < 0 ? NULL : fdopen(fd, "r");
	if (fd >= 0 && !file) {
		why_errno(why, "%s", path);
		(void)close(fd);
	}
	if (dir >= 0)
		(void)close(dir);
	return file;
}

/* The longest end of the path that is a file beneath the directory, or NULL. */
static const char *
end_beneath(int dir, const char *path)
{
	const char *at = path + strspn(path, "/");

	for (int i = 0; i < 64 && at; i++) {
		const char *slash = strchr(at, '/');
		int fd = guard_open_beneath(dir, at, INT64_MAX, NULL, NULL);

		if (fd >= 0) {
			(void)close(fd);
			return at;
		}
		at = slash ? slash + strspn(slash, "/") : NULL;
	}
	return NULL;
}

/*
 * What a recorder wrote is never opened as it is where there is --legs: it may
 * lead anywhere, and whoever gives a copy of the recordings means the copy.
 */
char *
import_leg_path(const struct import_options *o, const char *file)
{
	const char *rest;
	char *path;
	int dir;

	if (!o->legs)
		return text_dup(file);
	rest = beneath(o->legs, file);
	dir = rest ? -1 : open_legs(o);
	if (dir >= 0) {
		rest = end_beneath(dir, file);
		(void)close(dir);
	}
	path = text_format("%s/%s", o->legs, rest ? rest : path_name(file));
	return path;
}

/* By their last names; equal ones by their folders. */
static int
by_name(const void *a, const void *b)
{
	const char *x = *(char *const *)a, *y = *(char *const *)b;
	int order = strcmp(path_name(x), path_name(y));

	return order ? order : strcmp(x, y);
}

struct listing {
	struct import *im;
	const char *under; /* "2026/11/" */
	int fd, depth;
};

static void list_folder(
    struct import *im, int fd, const char *under, int depth);

static void
add_name(const struct dirent *d, void *arg)
{
	const struct listing *l = arg;
	struct import *im = l->im;
	char *path = text_format("%s%s", l->under, d->d_name);

	if (d->d_type == DT_DIR || d->d_type == DT_UNKNOWN) {
		int fd = *d->d_name == '.' ? -1 : tree_open(l->fd, d->d_name);
		char *folder = text_format("%s/", path);

		if (fd >= 0) {
			list_folder(im, fd, folder, l->depth + 1);
			(void)close(fd);
		}
		free(folder);
	}
	if (d->d_type == DT_DIR) {
		free(path);
		return;
	}
	if ((im->names & (im->names - 1)) == 0)
		im->name = mem_resize(
		    im->name, im->names ? im->names * 2 : 1, sizeof *im->name);
	im->name[im->names++] = path;
}

static void
list_folder(struct import *im, int fd, const char *under, int depth)
{
	struct listing l = {im, under, fd, depth};

	if (depth <= DEPTH)
		(void)tree_each(fd, add_name, &l);
}

/* Once for all calls: a day's directory is large. */
static void
list_recordings(struct import *im)
{
	int fd = open_legs(im->o);

	im->listed = true;
	if (fd >= 0) {
		list_folder(im, fd, "", 0);
		(void)close(fd);
	}
	if (im->names > 1)
		qsort(im->name, im->names, sizeof *im->name, by_name);
}

/* The first of "X-in.wav", "X-in.PCMU" ... by name, or NULL. */
static const char *
find_recording(const struct import *im, const char *base, const char *side)
{
	char *head = text_format("%s%s.", base, side);
	size_t n = strlen(head), low = 0, high = im->names;
	const char *found = NULL;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(path_name(im->name[middle]), head) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < im->names && !found; low++) {
		const char *end = path_name(im->name[low]);

		if (strncmp(end, head, n) != 0)
			break;
		end += n;
		if (*end && !strchr(end, '.') && strcmp(end, "ini") != 0 &&
		    strcmp(end, "events") != 0 && strcmp(end, "json") != 0)
			found = im->name[low];
	}
	free(head);
	return found;
}

static bool
try_side(struct import *im, struct import_call *c, const char *base,
    const char *side, const char *role)
{
	const char *found = find_recording(im, base, side);
	char *path;

	if (!found)
		return false;
	path = text_format("%s/%s", im->o->legs, found);
	import_leg(c, role, path, -1, 0);
	free(path);
	return true;
}

void
import_find_legs(struct import *im, struct import_call *c, const char *base)
{
	bool outbound;
	if (!im->o->legs || c->legs > 0 || !*base || strchr(base, '/'))
		return;
	if (!im->listed)
		list_recordings(im);
	outbound = import_is_outbound(im->o, c);
	(void)try_side(im, c, base, outbound ? "-out" : "-in", "customer");
	(void)try_side(im, c, base, outbound ? "-in" : "-out", "agent");
	if (c->legs == 0 && try_side(im, c, base, "", "customer"))
		import_untold(c, "who is on which channel of the recording");
}
