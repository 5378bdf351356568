/* SPDX-License-Identifier: ISC */
#include "metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
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

char *
metrics_label(const char *spool)
{
	struct buf b = {0};

	buf_format(&b, "spool=\"");
	for (const char *c = spool; *c; c++)
		if (*c == '"' || *c == '\\')
			buf_format(&b, "\\%c", *c);
		else if (*c == '\n')
			buf_format(&b, "\\n");
		else
			buf_add(&b, c, 1);
	buf_add(&b, "\"", 1);
	return b.s;
}

char *
metrics_read(const char *path)
{
	enum { MOST = 1 << 20 };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = mem_alloc(MOST + 1);

	if (fd >= 0 && io_read(fd, text, MOST) < 0)
		text[0] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return text;
}

uint64_t
metrics_figure(
    const char *text, const char *name, const char *spool, const char *label)
{
	char *of = metrics_label(spool);
	char *head = text_format(
	    "\n%s{%s%s%s} ", name, of, label ? "," : "", label ? label : "");
	const char *at = strstr(text, head);
	uint64_t n = at ? strtoull(at + strlen(head), NULL, 10) : 0;

	free(head);
	free(of);
	return n;
}

/* Adds a label to "name 1" and "name{a="b"} 1". */
static void
add_label(struct buf *to, const char *text, const char *label)
{
	while (*text) {
		size_t n = strcspn(text, "\n"), name = strcspn(text, "{ \n");

		n += text[n] == '\n';
		if (*text == '#') {
			buf_add(to, text, n);
		} else {
			bool more = text[name] == '{';

			buf_add(to, text, name);
			buf_format(to, "{%s%s", label, more ? "," : "}");
			buf_add(to, text + name + more, n - name - more);
		}
		text += n;
	}
}

int
metrics_put(const char *path, const char *spool, const struct buf *b)
{
	char *label = metrics_label(spool);
	struct buf text = {0};
	struct path p = PATH_NONE;
	struct newfile nf = NEWFILE_NONE;
	int status = -1, saved;

	add_label(&text, b->s ? b->s : "", label);
	if (path_open(&p, path) == 0 &&
	    newfile_create(&nf, p.fd, p.name) == 0 &&
	    fchmod(nf.fd, 0644) == 0 && io_write(nf.fd, text.s, text.len) == 0)
		status = newfile_commit(&nf, true);
	saved = errno;
	newfile_abort(&nf);
	path_close(&p);
	buf_free(&text);
	free(label);
	errno = saved;
	return status;
}
