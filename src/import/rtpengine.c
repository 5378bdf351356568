/* SPDX-License-Identifier: ISC */
#include "rtpengine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "path.h"
#include "text.h"

enum { FILE_MAX = 16 << 20 };

static void
take_meta_pair(struct import_call *c, const char *key, const char *value)
{
	if (strcmp(key, "queue") == 0)
		import_set(&c->queue, value);
	else if (strcmp(key, "agent") == 0)
		import_set(&c->agent, value);
	else if (strcmp(key, "language") == 0)
		import_set(&c->language, value);
	else if (strcmp(key, "type") == 0)
		import_set(&c->type, value);
	else if (strcmp(key, "id") != 0 && strcmp(key, "started") != 0 &&
		 strcmp(key, "not_told") != 0 && strcmp(key, "sides") != 0)
		import_fact(c, key, value);
}

void
rtpengine_metadata(struct import_call *c, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "|\n");
		char *pair = text_ndup(text, n);
		char *colon = strchr(pair, ':');

		if (colon) {
			*colon = '\0';
			/* A key of [call] is a single word. */
			if (*pair && !strpbrk(pair, " \t\r=;#["))
				take_meta_pair(c, pair, colon + 1);
		}
		free(pair);
		text += n + (text[n] != '\0');
	}
}

int
rtpengine_read(const struct import *im, const char *path, struct buf *text,
    struct why *why)
{
	FILE *file = import_open(im, path, FILE_MAX, why);
	char chunk[16384];
	const char *fault = NULL;
	size_t n;

	if (!file)
		return -1;
	errno = 0;
	while (text->len < FILE_MAX &&
	       (n = fread(chunk, 1, sizeof chunk, file)) > 0)
		buf_add(text, chunk, n);
	if (ferror(file))
		fault = strerror(errno ? errno : EIO);
	else if (text->len == 0)
		fault = "an empty file";
	else if (text->len >= FILE_MAX)
		fault = "more than 16 MiB";
	if (file != stdin)
		(void)fclose(file);
	for (size_t i = 0; i < text->len; i++)
		if (text->s[i] == '\0')
			text->s[i] = '?';
	return fault ? why_set(why, "%s: %s", path, fault) : 0;
}

char *
rtpengine_base(const char *path)
{
	char *base = text_dup(path_name(path));
	char *dot = strrchr(base, '.');

	if (dot && dot != base)
		*dot = '\0';
	return base;
}
