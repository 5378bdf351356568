/* SPDX-License-Identifier: ISC */
#include "place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

int
place_open(struct place *pl, const char *path)
{
	const char *slash = strrchr(path, '/');

	pl->dir =
	    slash ? text_ndup(path, (size_t)(slash - path) + 1) : text_dup("");
	pl->name = slash ? slash + 1 : path;
	pl->fd =
	    open(*pl->dir ? pl->dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return pl->fd < 0 ? -1 : 0;
}

void
place_close(struct place *pl)
{
	if (pl->fd >= 0)
		(void)close(pl->fd);
	free(pl->dir);
}
