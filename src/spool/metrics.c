/* SPDX-License-Identifier: ISC */
#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/stat.h>

#include "io.h"
#include "newfile.h"
#include "path.h"

void
metrics_head(
    struct buf *b, const char *name, const char *kind, const char *help)
{
	buf_format(b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

void
metrics_line(struct buf *b, const char *name, const char *label,
    const char *value, int64_t n)
{
	if (label)
		buf_format(
		    b, "%s{%s=\"%s\"} %" PRId64 "\n", name, label, value, n);
	else
		buf_format(b, "%s %" PRId64 "\n", name, n);
}

int
metrics_put(const char *path, const struct buf *b)
{
	struct path p = PATH_NONE;
	struct newfile nf = NEWFILE_NONE;
	int status = -1, saved;

	if (path_open(&p, path) == 0 &&
	    newfile_create(&nf, p.fd, p.name) == 0 &&
	    fchmod(nf.fd, 0644) == 0 && io_write(nf.fd, b->s, b->len) == 0)
		status = newfile_commit(&nf, true);
	saved = errno;
	newfile_abort(&nf);
	path_close(&p);
	errno = saved;
	return status;
}
