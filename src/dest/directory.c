/* SPDX-License-Identifier: ISC */
/* type = directory: a directory of this machine, local or mounted. */
#include "kinds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "hash.h"
#include "io.h"
#include "loop.h"
#include "mem.h"
#include "newfile.h"
#include "num.h"
#include "rights.h"
#include "text.h"
#include "when.h"

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_CLOEXEC)

struct directory {
	char *path;
	bool create;
	struct rights rights;
};

static const char *const keys[] = {"path", "create", "mode", "group", NULL};

static int
directory_open(struct dest *d, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const char *path = doc_value(s, "path");
	const struct doc_key *create = doc_key(s, "create");
	struct directory *own;

	if (!path || !*path)
		return doc_error(
		    doc, s->line, why, "[%s]: path is missing", s->name);
	own = d->own = mem_alloc(sizeof *own);
	own->path = text_dup(path);
	if (create && num_bool(create->value, &own->create) != 0)
		return doc_error(doc, create->line, why,
		    "create: yes or no, not '%.40s'", create->value);
	return rights_from_doc(&own->rights, doc, s, why);
}

static void
directory_close(struct dest *d)
{
	struct directory *own = d->own;

	if (own)
		free(own->path);
	free(own);
}

static char *
directory_where(const struct dest *d, const char *object)
{
	const struct directory *own = d->own;

	return text_format("%s/%s", own->path, object);
}

/* How long to wait after the disk was full. */
#define FULL_RETRY_S 300

static const struct fault {
	int number;
	enum dest_result result;
	const char *advice;
} faults[] = {
    {EACCES, DEST_PAUSED,
	" (the user who runs recupload must be able to write there)"},
    {EPERM, DEST_PAUSED,
	" (the user who runs recupload must be able to write there)"},
    {EROFS, DEST_PAUSED, ""},
    {ENOSPC, DEST_LATER, ""},
    {EDQUOT, DEST_LATER, ""},
    {ENOTDIR, DEST_NEVER, " (a file or a link; links are not followed)"},
    {ELOOP, DEST_NEVER, " (a link; links are not followed)"},
    {ENAMETOOLONG, DEST_NEVER, " (see name in the settings)"},
    {EISDIR, DEST_NEVER, ""},
};

/* True for a lack of resources of this machine, which is not the directory's
 * fault. */
static bool
is_our_errno(int number)
{
	return number == ENOMEM || number == EMFILE || number == ENFILE;
}

/* The result of an errno, for the recording or for the destination. */
static enum dest_result
errno_fault(
    struct dest *d, struct dest_answer *a, const char *object, int number)
{
	const struct directory *own = d->own;
	char *where = directory_where(d, object);
	const char *advice = "";
	enum dest_result r = DEST_LATER;

	a->machine = is_our_errno(number);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (faults[i].number == number) {
			r = faults[i].result;
			advice = faults[i].advice;
		}
	if (number == EPERM && own->rights.group != (gid_t)-1)
		advice =
		    " (the user who runs recupload must belong to the group)";
	if (number == ENOSPC || number == EDQUOT)
		a->retry_after_s = FULL_RETRY_S;
	dest_answer(a, r, "%s: %s%s", where, strerror(number), advice);
	free(where);
	return r;
}

/* Syncs the parent directory, so that a new directory survives a crash. If the
 * parent may not be read, this is not possible. */
static int
keep_in_parent(int fd)
{
	int parent = openat(fd, "..", DIR_FLAGS);
	int saved, status = parent >= 0 ? fsync(parent) : 0;

	saved = errno;
	if (parent >= 0)
		(void)close(parent);
	if (status == 0)
		return fd;
	(void)close(fd);
	errno = saved;
	return -1;
}

static int
open_base(const struct directory *own)
{
	int fd = open(own->path, DIR_FLAGS), saved;

	if (fd >= 0 || errno != ENOENT || !own->create)
		return fd;
	if (mkdir(own->path, 0700) != 0 && errno != EEXIST)
		return -1;
	fd = open(own->path, DIR_FLAGS);
	if (fd >= 0 && rights_give(fd, &own->rights) != 0) {
		saved = errno;
		(void)close(fd);
		errno = saved;
		return -1;
	}
	return fd < 0 ? -1 : keep_in_parent(fd);
}

/* Opens the next folder; no link below the destination's path is followed. */
static int
step(int dir, const char *name, const struct rights *make)
{
	int fd = openat(dir, name, DIR_FLAGS | O_NOFOLLOW);

	if (fd >= 0 || errno != ENOENT || !make)
		return fd;
	/* ENOENT: another transfer has made it with the same temporary name. */
	if (rights_make_folder(dir, name, make) != 0 && errno != EEXIST &&
	    errno != ENOENT)
		return -1;
	if (fsync(dir) != 0)
		return -1;
	return openat(dir, name, DIR_FLAGS | O_NOFOLLOW);
}

/* Opens the folder of the object; *base is the object's name in it. */
static int
open_object_parent(
    int dir, const char *object, const struct rights *make, const char **base)
{
	const char *slash;

	while (dir >= 0 && (slash = strchr(object, '/'))) {
		char *name = text_ndup(object, (size_t)(slash - object));
		int next = step(dir, name, make), saved = errno;

		free(name);
		(void)close(dir);
		dir = next;
		errno = saved;
		object = slash + 1;
	}
	*base = object;
	return dir;
}

/* It may not be mounted: recordings must wait. */
static enum dest_result
no_base(const struct directory *own, struct dest_answer *a, int number)
{
	a->machine = is_our_errno(number);
	return dest_answer(a, a->machine ? DEST_LATER : DEST_PAUSED, "%s: %s%s",
	    own->path, strerror(number),
	    number == ENOENT ? " (mount it, create it, or set create = yes)"
			     : "");
}

/* Opens the parent folder, or sets *r. */
static int
enter_parent(struct dest *d, const char *object, bool make, const char **base,
    enum dest_result *r, struct dest_answer *a)
{
	const struct directory *own = d->own;
	int dir = open_base(own);

	if (dir < 0) {
		*r = no_base(own, a, errno);
		return -1;
	}
	dir = open_object_parent(dir, object, make ? &own->rights : NULL, base);
	if (dir < 0)
		*r = errno == ENOENT && !make
			 ? DEST_ABSENT
			 : errno_fault(d, a, object, errno);
	return dir;
}

static enum dest_result
compare_stored(
    struct dest *d, int fd, const struct dest_item *item, struct dest_answer *a)
{
	char hex[HASH_HEX_SIZE];
	uint64_t bytes = 0;
	struct stat st;
	char *where;

	if (fstat(fd, &st) != 0)
		return errno_fault(d, a, item->object, errno);
	if (S_ISREG(st.st_mode) && (uint64_t)st.st_size == item->bytes) {
		/* Read from the disk if possible, not from the cache. */
		(void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
		if (hash_fd(HASH_SHA256, fd, hex, &bytes) != 0)
			return errno_fault(d, a, item->object, errno);
		if (bytes == item->bytes && strcmp(hex, item->sha256) == 0)
			return DEST_DONE;
	}
	where = directory_where(d, item->object);
	dest_answer(a, DEST_NEVER,
	    "%s: a different file of this name exists; not overwritten", where);
	free(where);
	return DEST_NEVER;
}

/* An empty file that was left by a kill: see newfile.c on file systems without
 * hard links. */
static bool
is_empty_object(int dir, int fd, const char *base)
{
	char *temporary = text_format(".%s.new", base);
	struct stat st, beside;
	bool is = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
		  st.st_size == 0 &&
		  fstatat(dir, temporary, &beside, AT_SYMLINK_NOFOLLOW) == 0;

	free(temporary);
	return is;
}

static enum dest_result
directory_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	enum dest_result r = DEST_LATER;
	const char *base;
	int dir = enter_parent(d, item->object, false, &base, &r, a);
	int fd;

	if (dir < 0)
		return r;
	fd = openat(dir, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0) {
		r = item->bytes > 0 && is_empty_object(dir, fd, base)
			? DEST_ABSENT
			: compare_stored(d, fd, item, a);
		/* The process that put it there may have been killed before the
		 * syncs. */
		if (r == DEST_DONE && (fsync(fd) != 0 || fsync(dir) != 0))
			r = errno_fault(d, a, item->object, errno);
		(void)close(fd);
	} else {
		r = errno == ENOENT ? DEST_ABSENT
				    : errno_fault(d, a, item->object, errno);
	}
	(void)close(dir);
	return r;
}

/* Returns 0, an errno of the copy, or -1: the source is not the file of its
 * ticket. */
static int
copy_item(int to, const struct dest_item *item, struct pace *pace)
{
	enum { CHUNK = 1 << 17 };
	struct hash *h = hash_new(HASH_SHA256);
	unsigned char *chunk = mem_alloc(CHUNK);
	char hex[HASH_HEX_SIZE];
	uint64_t total = 0;
	ssize_t n;
	int status = 0;

	if (lseek(item->fd, 0, SEEK_SET) != 0)
		status = errno;
	while (status == 0 && (n = io_read(item->fd, chunk, CHUNK)) != 0) {
		if (n > 0)
			pace_bytes(pace, (size_t)n);
		if (loop_abandoned()) {
			status = ECANCELED;
			break;
		}
		if (n < 0 || io_write(to, chunk, (size_t)n) != 0) {
			status = errno;
			break;
		}
		hash_add(h, chunk, (size_t)n);
		total += (uint64_t)n;
	}
	hash_hex(h, hex);
	free(chunk);
	if (status == 0 &&
	    (total != item->bytes || strcmp(hex, item->sha256) != 0))
		status = -1;
	return status;
}

static enum dest_result
directory_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a)
{
	const struct directory *own = d->own;
	struct newfile nf = NEWFILE_NONE;
	enum dest_result r = DEST_DONE;
	const char *base;
	int dir = enter_parent(d, item->object, true, &base, &r, a);
	int failed;

	if (dir < 0)
		return r;
	failed = newfile_create(&nf, dir, base) == 0
		     ? copy_item(nf.fd, item, d->pace)
		     : errno;
	if (failed == 0 && rights_give(nf.fd, &own->rights) != 0)
		failed = errno;
	if (failed == 0 && newfile_commit(&nf, false) != 0)
		failed = errno;
	newfile_abort(&nf);
	(void)close(dir);
	if (failed < 0)
		return dest_answer(
		    a, DEST_NEVER, "the file differs from its ticket");
	/* If another process was faster: look again and compare. */
	if (failed == 0 || failed == EEXIST)
		return DEST_DONE;
	return errno_fault(d, a, item->object, failed);
}

static enum dest_result
directory_drop(struct dest *d, const char *object, struct dest_answer *a)
{
	enum dest_result r = DEST_DONE;
	const char *base;
	int dir = enter_parent(d, object, false, &base, &r, a);

	if (dir < 0)
		return r;
	if (unlinkat(dir, base, 0) != 0 && errno != ENOENT)
		r = errno_fault(d, a, object, errno);
	(void)close(dir);
	return r;
}

/* Reports the attributes of the directory that the file system enforces. */
static void
tell_attributes(int fd, struct findings *f)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0)
		findings_tell(f, "retention",
		    "unknown: this file system has no such attributes");
	else if (flags & FS_IMMUTABLE_FL)
		findings_tell(f, "retention",
		    "immutable: nothing can be stored there; chattr -i");
	else if (flags & FS_APPEND_FL)
		findings_tell(f, "retention",
		    "append-only: what is there cannot be deleted (chattr +a)");
	else
		findings_tell(f, "retention", "none");
}

static const char *
file_system(int fd)
{
	static const struct {
		long magic;
		const char *name;
	} known[] = {{0xef53, "ext4"}, {0x58465342, "xfs"},
	    {0x9123683e, "btrfs"}, {0x2fc12fc1, "zfs"}, {0x6969, "NFS"},
	    {0xff534d42, "CIFS"}, {0xfe534d42, "CIFS"}, {0x01021994, "tmpfs"},
	    {0x4d44, "FAT"}, {0x65735546, "FUSE"}, {0x794c7630, "overlay"}};
	struct statfs fs;

	if (fstatfs(fd, &fs) == 0)
		for (size_t i = 0; i < sizeof known / sizeof *known; i++)
			if (known[i].magic == (long)(unsigned)fs.f_type)
				return known[i].name;
	return "of another kind";
}

static void
tell_owner(const struct stat *st, struct findings *f)
{
	findings_tell(f, "owner", "mode %04o, owner %s",
	    (unsigned)st->st_mode & 07777,
	    st->st_uid == geteuid() ? "this user"
	    : st->st_uid == 0       ? "root"
				    : "another user");
	if ((st->st_mode & 022) && !(st->st_mode & S_ISVTX))
		findings_tell(
		    f, "warning", "other users may rename what is there");
}

static void
tell_space(const struct statvfs *fs, struct findings *f)
{
	findings_space(f, (uint64_t)fs->f_bavail * fs->f_frsize);
	if (fs->f_files > 0 && fs->f_favail == 0)
		findings_tell(
		    f, "space", "none: no more files can be created (inodes)");
	if (fs->f_flag & ST_RDONLY)
		findings_tell(f, "space", "none: mounted read-only");
}

/* For --test: reports who else may write there, and how much. */
static enum dest_result
directory_test(struct dest *d, struct findings *f, struct dest_answer *a)
{
	const struct directory *own = d->own;
	int fd = open_base(own);
	struct statvfs fs;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) != 0 || fstatvfs(fd, &fs) != 0) {
		(void)no_base(own, a, errno);
		findings_tell(f, "connection", "none: %s", a->why.text);
		if (fd >= 0)
			(void)close(fd);
		return DEST_PAUSED;
	}
	findings_tell(f, "connection", "a file system: %s", file_system(fd));
	findings_right(f, RIGHT_LIST, MAY, "%s", ""); /* it was opened */
	tell_owner(&st, f);
	tell_space(&fs, f);
	tell_attributes(fd, f);
	(void)close(fd);
	return DEST_DONE;
}

/* The largest offset of a file in this file system: beyond it lseek fails, and
 * nothing is changed. pathconf() does not support most file systems. */
static int64_t
largest_file(int fd)
{
	int64_t most = 0;

	for (int bit = 62; bit >= 0; bit--)
		if (lseek(fd, (off_t)(most | INT64_C(1) << bit), SEEK_SET) >= 0)
			most |= INT64_C(1) << bit;
	return most;
}

/* The limit of ulimit -f counts too. */
static int64_t
limit_of_process(int64_t most)
{
	struct rlimit own;

	if (getrlimit(RLIMIT_FSIZE, &own) == 0 &&
	    own.rlim_cur != RLIM_INFINITY && (int64_t)own.rlim_cur < most)
		return (int64_t)own.rlim_cur;
	return most;
}

/* The probe could be made: if no inode is free, they are not counted. */
static void
tell_uncounted(int fd, struct findings *f)
{
	struct statvfs fs;

	if (fstatvfs(fd, &fs) == 0 && fs.f_files > 0 && fs.f_favail == 0 &&
	    !(fs.f_flag & ST_RDONLY))
		findings_space(f, (uint64_t)fs.f_bavail * fs.f_frsize);
}

/* The clock may be that of a file server. */
static void
directory_examine(
    struct dest *d, const struct dest_item *probe, struct findings *f)
{
	enum dest_result unused_r;
	struct dest_answer unused;
	const char *base;
	int dir =
	    enter_parent(d, probe->object, false, &base, &unused_r, &unused);
	int fd =
	    dir < 0 ? -1 : openat(dir, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;

	if (fd >= 0 && fstat(fd, &st) == 0) {
		findings_clock(
		    f, (int64_t)st.st_mtim.tv_sec * 1000000, when_now_us());
		f->most = limit_of_process(largest_file(fd));
		tell_uncounted(fd, f);
	}
	if (fd >= 0)
		(void)close(fd);
	if (dir >= 0)
		(void)close(dir);
}

const struct dest_kind dest_directory = {.type = "directory",
    .keys = keys,
    .open = directory_open,
    .close = directory_close,
    .look = directory_look,
    .put = directory_put,
    .drop = directory_drop,
    .where = directory_where,
    .traits = DEST_OBJECTS | DEST_UTF8,
    .test = directory_test,
    .examine = directory_examine};
