/* SPDX-License-Identifier: ISC */
#include "rights.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "num.h"
#include "tree.h"

int
rights_mode(const char *text, mode_t *mode)
{
	/* Nothing is to be executed, and not everybody may write. */
	enum { OWNER = 0600, NEVER = 0113, MOST = 0666 };
	size_t n = strlen(text);
	unsigned long v;

	if (n < 3 || n > 4 || strspn(text, "01234567") != n)
		return -1;
	v = strtoul(text, NULL, 8);
	if (v > MOST || (v & OWNER) != OWNER || (v & NEVER))
		return -1;
	*mode = (mode_t)v;
	return 0;
}

static int
read_group(const char *text, gid_t *gid)
{
	const struct group *known = getgrnam(text);
	int64_t number;

	if (known)
		*gid = known->gr_gid;
	else if (num_integer(text, 0, UINT32_MAX - 1, &number) == 0)
		*gid = (gid_t)number;
	else
		return -1;
	return 0;
}

int
rights_from_doc(struct rights *r, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *mode = doc_key(s, "mode");
	const struct doc_key *group = doc_key(s, "group");

	*r = (struct rights){.group = (gid_t)-1};
	if (mode && rights_mode(mode->value, &r->mode) != 0)
		return doc_error(doc, mode->line, why,
		    "mode: 0600, 0640, 0660 or 0644, not '%.40s'", mode->value);
	if (group && read_group(group->value, &r->group) != 0)
		return doc_error(doc, group->line, why,
		    "group: there is no group '%.40s'", group->value);
	if (group && (r->mode & 060) == 0)
		return doc_error(doc, group->line, why,
		    "group has no effect without a mode for it, such as mode = "
		    "0640");
	return 0;
}

int
rights_give(int fd, const struct rights *r)
{
	mode_t mode = r->mode;
	struct stat st;

	if (mode == 0)
		return 0;
	if (fstat(fd, &st) != 0)
		return -1;
	if (S_ISDIR(st.st_mode))
		mode |= (mode & 0444) >> 2 | (st.st_mode & S_ISGID);
	if (r->group != (gid_t)-1 && fchown(fd, (uid_t)-1, r->group) != 0)
		return -1;
	return fchmod(fd, mode);
}

int
rights_make_folder(int dir, const char *name, const struct rights *r)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	int fd, status = -1, saved;
	char *temporary;

	if (r->mode == 0)
		return mkdirat(dir, name, 0700);
	temporary = text_format(".%s.new", name);
	/* One that a crash left is as good. */
	fd = mkdirat(dir, temporary, 0700) == 0 || errno == EEXIST
		 ? openat(dir, temporary, flags)
		 : -1;
	if (fd >= 0 && rights_give(fd, r) == 0)
		status = tree_rename(dir, temporary, dir, name);
	saved = errno;
	if (status != 0 && fd >= 0)
		(void)unlinkat(dir, temporary, AT_REMOVEDIR);
	if (fd >= 0)
		(void)close(fd);
	free(temporary);
	errno = saved;
	return status;
}
