/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "path.h"
#include "text.h"

static int
open_legs_folder(const struct import_options *o)
{
	return open(o->legs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* The part of a path beneath a directory, or NULL. */
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
	/* The files in --legs are written by the PBX. */
	dir = open_legs_folder(im->o);
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

/*
 * "/rec//2026/x.wav" becomes "/rec/2026/x.wav": a variable may end in a slash.
 */
static char *
single_slashes(const char *path)
{
	char *text = text_dup(path), *to = text;

	for (const char *c = text; *c; c++)
		if (*c != '/' || c[1] != '/')
			*to++ = *c;
	*to = '\0';
	return text;
}

/*
 * The longest tail of the path that is a file beneath the directory, or NULL.
 */
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

/* With --legs, a path that a recorder wrote is never opened as it is: it is not
 * trusted, and --legs may be a copy of the recordings. */
char *
import_leg_path(struct import *im, const char *written)
{
	char *file = single_slashes(written);
	const char *rest, *name = path_name(file), *dot = strrchr(name, '.');
	char *path, *stem;
	int dir;

	if (!im->o->legs)
		return file;
	rest = beneath(im->o->legs, file);
	dir = rest ? -1 : open_legs_folder(im->o);
	if (dir >= 0) {
		rest = end_beneath(dir, file);
		(void)close(dir);
	}
	path = rest ? text_format("%s/%s", im->o->legs, rest)
		    : import_found(im, name);
	/* It may have been converted to FLAC. */
	stem = text_ndup(name, dot ? (size_t)(dot - name) : strlen(name));
	if (!path)
		path = import_found_stem(im, stem);
	if (!path)
		path = text_format("%s/%s", im->o->legs, name);
	free(stem);
	free(file);
	return path;
}
