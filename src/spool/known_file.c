/* SPDX-License-Identifier: ISC */
#include "known_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crc32c.h"
#include "io.h"
#include "mem.h"
#include "newfile.h"
#include "text.h"

#define NAME  ".known"
#define MAGIC "rectools known calls, version 3\n"

struct head {
	char magic[sizeof MAGIC - 1];
	uint64_t spool; /* the inode of the spool that it was made for */
	uint64_t records, end;
	char hex[AUDIT_HASH_SIZE - 1]; /* of the last line that is included */
	uint32_t spare, crc;           /* CRC-32C of all before, and records */
};

static uint64_t
spool_inode(const struct spool *sp)
{
	struct stat st;

	return fstat(sp->fd, &st) == 0 ? st.st_ino : 0;
}

static uint32_t
crc_of(const struct head *head)
{
	size_t bytes = head->records * sizeof(struct known_record);
	uint32_t crc = crc32c_add(0, head, offsetof(struct head, crc));

	return crc32c_add(crc, head + 1, bytes);
}

/* True if a file of this size is as it was written. */
static bool
is_whole_head(const struct head *head, size_t bytes)
{
	return head && bytes >= sizeof *head &&
	       memcmp(head->magic, MAGIC, sizeof head->magic) == 0 &&
	       (bytes - sizeof *head) / sizeof(struct known_record) ==
		   head->records &&
	       (bytes - sizeof *head) % sizeof(struct known_record) == 0 &&
	       crc_of(head) == head->crc;
}

/* Reads a regular file; of anything else nothing. 0, or -1 with errno. */
static int
read_known_whole(struct known_file *f, int fd)
{
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) != 0)
		return -1;
	if (!S_ISREG(st.st_mode) || st.st_size == 0)
		return 0;
	f->head = mem_alloc((size_t)st.st_size);
	n = io_pread(fd, f->head, (size_t)st.st_size, 0);
	f->bytes = n > 0 ? (size_t)n : 0;
	return n < 0 ? -1 : 0;
}

/* 1, 0 if there is none, or -1 with why. */
static int
read_known_file(struct known_file *f, const struct spool *sp, struct why *why)
{
	int fd = openat(
	    sp->fd, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	int status;

	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno == ELOOP)
		return 1; /* a link is not followed */
	status = fd < 0 ? -1 : read_known_whole(f, fd);
	if (status != 0)
		why_errno(why, "%s/" NAME, sp->path);
	if (fd >= 0)
		(void)close(fd);
	return status == 0 ? 1 : -1;
}

int
known_file_load(struct known_file *f, const struct spool *sp, struct why *why)
{
	struct audit_place place = {0};
	bool here;
	int is;

	*f = (struct known_file){0};
	is = read_known_file(f, sp, why);
	if (is <= 0)
		return is;
	if (!is_whole_head(f->head, f->bytes)) {
		f->fault =
		    "it was damaged, and is made again from the audit log";
		return 0;
	}
	place.end = (int64_t)f->head->end;
	memcpy(place.head, f->head->hex, sizeof f->head->hex);
	if (audit_has_place(sp->fd, &place, &here, why) != 0)
		return -1;
	if (!here && f->head->spool != spool_inode(sp)) {
		f->fault = "it was of another audit log, and is made again "
			   "from this one";
		return 0;
	}
	f->record = (const struct known_record *)(f->head + 1);
	f->records = f->head->records;
	f->fault = here ? NULL
			: "its last line is not in the audit log: lines are "
			  "missing there, and calls in them may come again";
	if (here)
		f->place = place;
	return 0;
}

/* Head and records; to be freed. */
static struct head *
make_known_head(const struct spool *sp, struct known_set *set,
    const struct audit_place *place, size_t *bytes)
{
	size_t records = set->olds + set->freshes;
	struct head *head;

	*bytes = sizeof *head + records * sizeof(struct known_record);
	head = mem_alloc(*bytes);
	known_set_merge(set, (struct known_record *)(head + 1));
	memcpy(head->magic, MAGIC, sizeof head->magic);
	memcpy(head->hex, place->head, sizeof head->hex);
	head->spool = spool_inode(sp);
	head->records = records;
	head->end = (uint64_t)place->end;
	head->crc = crc_of(head);
	return head;
}

int
known_file_put(const struct spool *sp, struct known_set *set,
    const struct audit_place *place, struct why *why)
{
	size_t bytes;
	struct head *head = make_known_head(sp, set, place, &bytes);
	int status = newfile_put(sp->fd, NAME, head, bytes, true);

	if (status != 0)
		why_errno(why, "%s/" NAME, sp->path);
	free(head);
	return status;
}

void
known_file_free(struct known_file *f)
{
	free(f->head);
	*f = (struct known_file){0};
}
