/* SPDX-License-Identifier: ISC */
#include "apart.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doc.h"
#include "ini.h"
#include "newfile.h"
#include "text.h"
#include "tree.h"
#include "when.h"

static int
put_reason(int fd, const char *program, const char *reason, int64_t now_us,
    struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	struct doc_section *s = doc_add_section(&doc, "failed", 0);
	char when[WHEN_SIZE];
	int status;

	doc_add(s, "stage", APART_STAGE, 0);
	doc_add(s, "program", program, 0);
	doc_add(s, "time", when_text(now_us, when), 0);
	doc_add_text(s, "reason", reason);
	status = doc_write(&doc, &text, why);
	if (status == 0 &&
	    newfile_put(fd, "failed.ini", text.s, text.len, true) != 0)
		status = why_errno(why, "failed.ini");
	buf_free(&text);
	doc_free(&doc);
	return status;
}

/* Makes the folder in tmp/, where a killed run may have left it, and locks it,
 * because the sweep also works there. The descriptor, or -1 with why. */
static int
make_failed_folder(const struct spool_item *it, const char *program,
    const char *reason, int64_t now_us, struct why *why)
{
	int tmp = it->spool->stage_fd[SPOOL_TMP];
	int failed = it->spool->stage_fd[SPOOL_FAILED], fd = -1;

	if (mkdirat(tmp, it->name, 0700) != 0 && errno != EEXIST)
		goto bad;
	fd = tree_open(tmp, it->name);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0)
		goto bad;
	if (put_reason(fd, program, reason, now_us, why) != 0) {
		(void)close(fd);
		return -1;
	}
	if (tree_rename(tmp, it->name, failed, it->name) != 0 ||
	    fsync(failed) != 0 || fsync(tmp) != 0)
		goto bad;
	return fd;
bad:
	why_errno(why, "%s", it->name);
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

int
apart_keep(const struct spool_item *it, const char *const *names, size_t count,
    const char *program, const char *reason, int64_t now_us, struct why *why)
{
	int fd = tree_open(it->spool->stage_fd[SPOOL_FAILED], it->name);
	int status = 0;

	if (fd < 0 && errno == ENOENT)
		fd = make_failed_folder(it, program, reason, now_us, why);
	else if (fd < 0)
		why_errno(why, "failed/%s", it->name);
	if (fd < 0)
		return -1;
	for (size_t i = 0; i < count && status == 0; i++)
		if (tree_rename(it->fd, names[i], fd, names[i]) != 0 &&
		    errno != ENOENT)
			status = why_errno(why, "%s/%s", it->name, names[i]);
	/* The new folder is synced before the old one. */
	if (status == 0 && (fsync(fd) != 0 || fsync(it->fd) != 0))
		status = why_errno(why, "%s", it->name);
	(void)close(fd);
	return status;
}

bool
apart_is_kept(int folder)
{
	struct doc doc;
	const char *stage;
	bool kept;

	if (ini_read_at(&doc, folder, "failed.ini", "failed.ini", NULL) != 0)
		return false;
	stage = doc_value(doc_find(&doc, "failed"), "stage");
	kept = stage && strcmp(stage, APART_STAGE) == 0;
	doc_free(&doc);
	return kept;
}
