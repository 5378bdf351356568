/* SPDX-License-Identifier: ISC */
#include "naming.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

static char
fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	return c == '_' ? '-' : c;
}

char *
naming_key(const char *name)
{
	char *key = text_dup(name);

	for (char *c = key; *c; c++)
		*c = fold(*c);
	return key;
}

char *
naming_path(const char *channel, const char *queue)
{
	size_t n = strlen(channel);
	struct buf path = {0};

	buf_add(&path, channel, n);
	queue = queue ? queue + strspn(queue, "/") : "";
	if (strncasecmp(queue, channel, n) == 0 && queue[n] == '/')
		queue += n;
	while (*(queue += strspn(queue, "/"))) {
		size_t step = strcspn(queue, "/");

		buf_format(&path, "/%.*s", (int)step, queue);
		queue += step;
	}
	return path.s;
}
