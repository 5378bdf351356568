/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOAD: the NOMEM-th allocation of all threads fails; with a "+" after the
 * number, all later ones, too. The file NOMEM_REPORT is created if that happened.
 * For glibc.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static atomic_long count;
static long target;
static int later;

__attribute__((constructor)) static void
begin(void)
{
	const char *text = getenv("NOMEM");
	char *end;

	if (!text)
		return;
	target = strtol(text, &end, 10);
	later = *end == '+';
	count = 0;
}

static int
lacks(void)
{
	const char *report;
	long n;
	int fd;

	if (target == 0)
		return 0;
	n = atomic_fetch_add(&count, 1) + 1;
	if (n != target && !(later && n > target))
		return 0;
	report = n == target ? getenv("NOMEM_REPORT") : NULL;
	fd = report ? open(report, O_WRONLY | O_CREAT | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		(void)close(fd);
	errno = ENOMEM;
	return 1;
}

void *
malloc(size_t n)
{
	return lacks() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return lacks() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return lacks() ? NULL : __libc_realloc(p, n);
}
