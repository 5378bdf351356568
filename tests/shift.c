/* SPDX-License-Identifier: ISC */
/*
 * LD_PRELOAD for tests: the program sees another day. It reads the wall clock and
 * all times of files SHIFT seconds off, and the times that it sets are moved back,
 * so that a file that is written now was written "now" for the program.
 * (libfaketime misses fstatat() and statx() with glibc 2.36.)
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <utime.h>

static time_t
shift_s(void)
{
	static time_t shift;
	static int known;

	if (!known) {
		const char *s = getenv("SHIFT");

		shift = s ? atoll(s) : 0;
		known = 1;
	}
	return shift;
}

/* The real function of that name. */
#define REAL(name)                     \
	static __typeof__(name) *real; \
	if (!real)                     \
	real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

int
clock_gettime(clockid_t clock, struct timespec *t)
{
	REAL(clock_gettime);
	int r = real(clock, t);

	if (r == 0 &&
	    (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
		t->tv_sec += shift_s();
	return r;
}

time_t
time(time_t *to)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	if (to)
		*to = t.tv_sec;
	return t.tv_sec;
}

int
gettimeofday(struct timeval *restrict to, void *restrict zone)
{
	struct timespec t;

	(void)zone;
	clock_gettime(CLOCK_REALTIME, &t);
	to->tv_sec = t.tv_sec;
	to->tv_usec = t.tv_nsec / 1000;
	return 0;
}

int
timespec_get(struct timespec *t, int base)
{
	clock_gettime(CLOCK_REALTIME, t);
	return base;
}

#define MOVE(st)                                                   \
	((st)->st_atime += shift_s(), (st)->st_mtime += shift_s(), \
	    (st)->st_ctime += shift_s())
#define STAT_PATH(name, type)                                         \
	int name(const char *restrict path, struct type *restrict st) \
	{                                                             \
		REAL(name);                                           \
		int r = real(path, st);                               \
		if (r == 0)                                           \
			MOVE(st);                                     \
		return r;                                             \
	}
#define STAT_FD(name, type)               \
	int name(int fd, struct type *st) \
	{                                 \
		REAL(name);               \
		int r = real(fd, st);     \
		if (r == 0)               \
			MOVE(st);         \
		return r;                 \
	}
#define STAT_AT(name, type)                                                   \
	int name(int fd, const char *restrict path, struct type *restrict st, \
	    int flags)                                                        \
	{                                                                     \
		REAL(name);                                                   \
		int r = real(fd, path, st, flags);                            \
		if (r == 0)                                                   \
			MOVE(st);                                             \
		return r;                                                     \
	}
STAT_PATH(stat, stat)
STAT_PATH(lstat, stat)
STAT_PATH(stat64, stat64)
STAT_PATH(lstat64, stat64)
STAT_FD(fstat, stat)
STAT_FD(fstat64, stat64)
STAT_AT(fstatat, stat)
STAT_AT(fstatat64, stat64)

int
statx(int fd, const char *restrict path, int flags, unsigned mask,
    struct statx *restrict st)
{
	REAL(statx);
	int r = real(fd, path, flags, mask, st);

	if (r == 0) {
		st->stx_atime.tv_sec += shift_s();
		st->stx_mtime.tv_sec += shift_s();
		st->stx_ctime.tv_sec += shift_s();
		st->stx_btime.tv_sec += shift_s();
	}
	return r;
}

/* The two times of a file as they are stored. */
static const struct timespec *
moved_back(const struct timespec *t, struct timespec *to)
{
	if (!t)
		return NULL;
	for (int i = 0; i < 2; i++) {
		to[i] = t[i];
		if (t[i].tv_nsec != UTIME_NOW && t[i].tv_nsec != UTIME_OMIT)
			to[i].tv_sec -= shift_s();
	}
	return to;
}

int
utimensat(int fd, const char *path, const struct timespec t[2], int flags)
{
	struct timespec to[2];

	REAL(utimensat);
	return real(fd, path, moved_back(t, to), flags);
}

int
futimens(int fd, const struct timespec t[2])
{
	struct timespec to[2];

	REAL(futimens);
	return real(fd, moved_back(t, to));
}

int
utimes(const char *path, const struct timeval v[2])
{
	struct timespec t[2];

	for (int i = 0; v && i < 2; i++)
		t[i] = (struct timespec){v[i].tv_sec, v[i].tv_usec * 1000};
	return utimensat(AT_FDCWD, path, v ? t : NULL, 0);
}

int
utime(const char *path, const struct utimbuf *u)
{
	struct timespec t[2] = {
	    {u ? u->actime : 0, 0}, {u ? u->modtime : 0, 0}};

	return utimensat(AT_FDCWD, path, u ? t : NULL, 0);
}

/* A wait by the wall clock ends as early as it would; one by the monotonic
 * clock, whose times are small, is left alone. */
int
pthread_cond_timedwait(pthread_cond_t *restrict cond,
    pthread_mutex_t *restrict mutex, const struct timespec *restrict until)
{
	static int (*real)(
	    pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
	struct timespec t = *until;

	if (!real)
		real = (__typeof__(real))dlvsym(
		    RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
	if (t.tv_sec > 1000000000)
		t.tv_sec -= shift_s();
	return real(cond, mutex, &t);
}

int
sem_timedwait(sem_t *restrict sem, const struct timespec *restrict until)
{
	struct timespec t = *until;

	REAL(sem_timedwait);
	t.tv_sec -= shift_s();
	return real(sem, &t);
}

int
clock_nanosleep(clockid_t clock, int flags, const struct timespec *wait,
    struct timespec *left)
{
	struct timespec t = *wait;

	REAL(clock_nanosleep);
	if (clock == CLOCK_REALTIME && (flags & TIMER_ABSTIME))
		t.tv_sec -= shift_s();
	return real(clock, flags, &t, left);
}
