/* SPDX-License-Identifier: ISC */
#include "space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "ini.h"
#include "num.h"
#include "text.h"

#define SETTINGS "spool.ini"

/* "5%" or "2.5%" of all, or bytes: the bytes to leave free, or -1. */
static int
take_min_free(const char *value, uint64_t all, uint64_t *bytes)
{
	size_t n = strlen(value);
	char *share;
	int64_t millionths;
	int status;

	if (n < 2 || value[n - 1] != '%')
		return num_bytes(value, bytes);
	share = text_ndup(value, n - 1);
	/* Seconds are parsed with six decimals and without floats: so are
	 * shares. */
	status = num_seconds(share, &millionths);
	free(share);
	if (status != 0 || millionths > 100000000)
		return -1;
	*bytes = num_part(all, (uint32_t)millionths, 100000000);
	return 0;
}

static int
read_space_settings(
    const struct doc *doc, uint64_t all, uint64_t *bytes, struct why *why)
{
	for (size_t i = 0; i < doc->sections; i++) {
		const struct doc_section *s = &doc->section[i];

		if (!doc_is(s, "spool", NULL))
			return doc_error(doc, s->line, why,
			    "[%.40s]: only [spool] is allowed here", s->name);
		for (size_t k = 0; k < s->keys; k++) {
			if (strcmp(s->key[k].name, "min_free") != 0)
				return doc_error(doc, s->key[k].line, why,
				    "unknown key '%.40s'; the only key is "
				    "min_free",
				    s->key[k].name);
			if (take_min_free(s->key[k].value, all, bytes) != 0)
				return doc_error(doc, s->key[k].line, why,
				    "min_free: bytes like 2GB or a share like "
				    "5%%, not '%.40s'",
				    s->key[k].value);
		}
	}
	return 0;
}

static int
settings(const struct spool *sp, uint64_t all, uint64_t *bytes, struct why *why)
{
	char *shown_as;
	struct doc doc;
	int status;

	*bytes = 0;
	if (faccessat(sp->fd, SETTINGS, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT)
		return 0;
	shown_as = text_format("%s/" SETTINGS, sp->path);
	status = ini_read_at(&doc, sp->fd, SETTINGS, shown_as, why);
	free(shown_as);
	if (status != 0)
		return -1;
	status = read_space_settings(&doc, all, bytes, why);
	doc_free(&doc);
	return status;
}

int
space_check(const struct spool *sp, uint64_t bytes, struct why *why)
{
	struct statvfs fs;
	uint64_t least, left;

	if (fstatvfs(sp->fd, &fs) != 0) {
		why_errno(why, "%s", sp->path);
		return EXIT_LATER;
	}
	if (settings(sp, (uint64_t)fs.f_blocks * fs.f_frsize, &least, why) != 0)
		return EXIT_USAGE;
	left = (uint64_t)fs.f_bavail * fs.f_frsize;
	left = left > bytes ? left - bytes : 0;
	if (least == 0 || left >= least)
		return EXIT_DONE;
	why_set(why,
	    "%s: the disk is nearly full: %llu MB would be left, min_free "
	    "in " SETTINGS " is %llu MB; no new work until there is room",
	    sp->path, (unsigned long long)(left / 1000000),
	    (unsigned long long)((least + 999999) / 1000000));
	return EXIT_LATER;
}
