/* SPDX-License-Identifier: ISC */
#include "path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

const char *
path_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

char *
path_dir(const char *path)
{
	return text_ndup(path, (size_t)(path_name(path) - path));
}

char *
path_beside(const char *path, const char *name)
{
	int dir = (int)(path_name(path) - path);

	return text_format("%.*s%s", name[0] == '/' ? 0 : dir, path, name);
}

void
path_plain(char *path)
{
	char *to = path;

	for (const char *at = path; *at;) {
		size_t n = strcspn(at, "/"), slash = at[n] == '/';

		if (n > 1 || (n == 1 && *at != '.') || (n == 0 && at == path)) {
			memmove(to, at, n + slash);
			to += n + slash;
		}
		at += n + slash;
	}
	*to = '\0';
}

int
path_open(struct path *p, const char *path)
{
	p->dir = path_dir(path);
	p->name = path_name(path);
	p->fd =
	    open(*p->dir ? p->dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return p->fd < 0 ? -1 : 0;
}

void
path_close(struct path *p)
{
	if (p->fd >= 0)
		(void)close(p->fd);
	free(p->dir);
}
