/* SPDX-License-Identifier: ISC */
#include "mapped.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "mem.h"
#include "text.h"

#define WINDOW ((size_t)1 << 20)
#define TASTE  ((size_t)1 << 26)
#define AROUND ((size_t)1 << 21)
/* The largest page of Linux for a mapping; smaller ones divide it. */
#define PAGE ((size_t)1 << 16)

/* Before the disk is filled: checks that the beginning contains sound. */
static int
taste(int copy, struct why *why)
{
	void *p = mmap(NULL, TASTE, PROT_READ, MAP_SHARED, copy, 0);
	struct mp3 m;
	int status;

	if (p == MAP_FAILED)
		return why_errno(why, "cannot map the copy");
	status = mp3_open(&m, p, TASTE, why);
	mp3_free(&m);
	(void)munmap(p, TASTE);
	return status;
}

/* Opens a file without a name or, if not supported, one that is unlinked. */
static int
open_nameless(int dirfd)
{
	int fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *name;

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	name = text_format(".recsplit.%ld", (long)getpid());
	fd = openat(dirfd, name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		(void)unlinkat(dirfd, name, 0);
	free(name);
	return fd;
}

/* The length of a pipe is unknown; the copy has one. */
static int
copy_pipe(struct mapped *s, int dirfd, struct why *why)
{
	enum { CHUNK = 1 << 16 };
	int copy = open_nameless(dirfd);
	int status =
	    copy < 0 ? why_errno(why, "cannot create a temporary copy") : 0;
	char *chunk = mem_alloc(CHUNK);
	size_t copied = 0;
	ssize_t n;

	while (status == 0 && (n = io_read(s->fd, chunk, CHUNK)) != 0) {
		if (n < 0 || io_write(copy, chunk, (size_t)n) != 0) {
			status = why_errno(why, "cannot copy the pipe");
			break;
		}
		copied += (size_t)n;
		if (copied == TASTE)
			status = taste(copy, why);
	}
	free(chunk);
	(void)close(s->fd);
	s->fd = copy;
	s->pipe = true;
	return status;
}

/* ---- the mapping ---- */

/* The open ones, for the signal handler. */
static struct mapped *mapped;

static int
map(struct mapped *s, struct why *why)
{
	struct stat st;
	void *p;

	if (fstat(s->fd, &st) != 0)
		return why_errno(why, "cannot read its size");
	if (st.st_size == 0)
		return why_set(why, "the file is empty");
	s->n = (size_t)st.st_size;
	p = mmap(NULL, s->n, PROT_READ, MAP_SHARED, s->fd, 0);
	if (p == MAP_FAILED)
		return why_errno(why, "cannot map the file");
	s->p = p;
	(void)madvise(p, s->n, MADV_SEQUENTIAL);
	/* Reading one byte must not make two megabytes resident. */
	(void)madvise(p, s->n, MADV_NOHUGEPAGE);
	s->next = mapped;
	mapped = s;
	return 0;
}

/* Zeros replace the page that is lost, and everything after it. */
static void
lost_page(int number, siginfo_t *info, void *context)
{
	const unsigned char *at = info->si_addr;
	struct mapped *s = mapped;
	size_t from;

	(void)context;
	while (s && (at < s->p || at >= s->p + s->n))
		s = s->next;
	if (s) {
		from = (size_t)(at - s->p) / PAGE * PAGE;
		s->lost = true;
		if (mmap((void *)(s->p + from), s->n - from, PROT_READ,
			MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1,
			0) != MAP_FAILED)
			return;
	}
	(void)signal(number, SIG_DFL);
}

void
mapped_guard(void)
{
	struct sigaction a = {
	    .sa_sigaction = lost_page, .sa_flags = SA_SIGINFO};

	(void)sigaction(SIGBUS, &a, NULL);
}

int
mapped_lost(const struct mapped *s, struct why *why)
{
	struct stat st;

	if (fstat(s->fd, &st) != 0)
		return why_errno(why, "cannot read its size");
	if ((size_t)st.st_size > s->n)
		return why_later(why, "it is still being written");
	/* Within the last page there is no fault. */
	if (s->lost || (size_t)st.st_size < s->n)
		return why_later(
		    why, "it became shorter, or unreadable, while it was read");
	return 0;
}

int
mapped_open(struct mapped *s, int dirfd, const char *name, int flags,
    int copy_dirfd, struct why *why)
{
	struct stat st;
	int status;

	*s = (struct mapped)MAPPED_NONE;
	s->fd = strcmp(name, "-") == 0 && copy_dirfd >= 0
		    ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
		    : openat(dirfd, name,
			  O_RDONLY | O_CLOEXEC | flags |
			      (copy_dirfd < 0 ? O_NONBLOCK : 0));
	if (s->fd < 0 || fstat(s->fd, &st) != 0)
		return why_errno(why, "%s", "");
	if (S_ISDIR(st.st_mode) || S_ISBLK(st.st_mode) ||
	    (!S_ISREG(st.st_mode) && copy_dirfd < 0))
		return why_set(why, "not a regular file");
	if (!S_ISREG(st.st_mode) && copy_pipe(s, copy_dirfd, why) != 0)
		return -1;
	if (map(s, why) != 0)
		return -1;
	status = mp3_open(&s->mp3, s->p, s->n, why);
	return mapped_lost(s, why) != 0 ? -1 : status;
}

void
mapped_pass(const struct mapped *s, size_t from, size_t to)
{
	/* A fault also maps pages around it, even those that were passed. */
	from -= from % AROUND;
	to -= to % PAGE;
	if (to > from)
		(void)madvise((void *)(s->p + from), to - from, MADV_DONTNEED);
}

int
mapped_read(struct mapped *s, size_t at, void *p, size_t n)
{
	ssize_t got = io_pread(s->fd, p, n, (int64_t)at);

	if (got == (ssize_t)n)
		return 0;
	s->lost = true;
	errno = got < 0 ? errno : EIO;
	return -1;
}

/* ---- the scan ---- */

static void
walk_frames(struct mapped *s)
{
	size_t passed = 0;

	do {
		mapped_pass(s, passed, s->mp3.at);
		passed = s->mp3.at;
	} while (mp3_walk(&s->mp3, s->mp3.at + WINDOW) && !s->lost);
	mapped_pass(s, passed, s->n);
}

struct blocks {
	struct mapped *s;
	atomic_size_t next;
};

/*
 * By read(2), not from the mapping, so that it stays in the processor's cache.
 */
static void *
add_up(void *arg)
{
	struct blocks *b = arg;
	struct mapped *s = b->s;
	unsigned char *block = mem_alloc(MP3_BLOCK);
	size_t i;

	while ((i = atomic_fetch_add(&b->next, 1)) < s->n / MP3_BLOCK &&
	       mapped_read(s, i * MP3_BLOCK, block, MP3_BLOCK) == 0)
		s->block_crc[i] = mpeg_crc(0, block, MP3_BLOCK);
	free(block);
	return NULL;
}

/* A second thread computes CRCs while this one scans, which then helps it. */
static void
walk_and_add_up(struct mapped *s)
{
	struct blocks b = {.s = s};
	pthread_t thread;
	bool helped;

	s->block_crc =
	    mem_resize(NULL, s->n / MP3_BLOCK + 1, sizeof *s->block_crc);
	helped = pthread_create(&thread, NULL, add_up, &b) == 0;
	walk_frames(s);
	(void)add_up(&b);
	if (helped)
		(void)pthread_join(thread, NULL);
	s->mp3.block_crc = s->block_crc;
}

int
mapped_scan(struct mapped *s, bool crc, struct why *why)
{
	(crc ? walk_and_add_up : walk_frames)(s);
	if (mapped_lost(s, why) != 0)
		return -1;
	return mp3_end(&s->mp3, why);
}

static void
forget_mapping(const struct mapped *s)
{
	struct mapped **at = &mapped;

	while (*at && *at != s)
		at = &(*at)->next;
	if (*at)
		*at = s->next;
}

void
mapped_close(struct mapped *s)
{
	mp3_free(&s->mp3);
	free(s->block_crc);
	forget_mapping(s);
	if (s->p)
		(void)munmap((void *)s->p, s->n);
	if (s->fd >= 0)
		(void)close(s->fd);
	*s = (struct mapped)MAPPED_NONE;
}
