/* SPDX-License-Identifier: ISC */
#include "swept.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "io.h"
#include "newfile.h"
#include "text.h"

#define NAME ".last-sweep"

static int64_t
us_of_timespec(struct timespec ts)
{
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
swept_load(struct swept *r, int spool_fd)
{
	char text[512] = "";
	long long now = 0, boot = 0, success = 0;
	int fd = openat(
	    spool_fd, NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

	*r = (struct swept){0};
	if (fd < 0)
		return;
	(void)io_read(fd, text, sizeof text - 1);
	(void)close(fd);
	if (sscanf(text, "%lld %lld %39s %lld %lld %lld %64[0-9a-f]", &now,
		&boot, r->boot_id, &r->deleted, &r->unsent, &success,
		r->head) < 3)
		return;
	r->now_us = now;
	r->boot_us = boot;
	r->success_us = success;
}

void
swept_stamp(struct swept *r, int64_t now_us)
{
	struct timespec ts = {0, 0};
	int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : io_read(fd, r->boot_id, 36);

	r->boot_id[n > 0 ? n : 0] = '\0';
	if (n <= 0)
		(void)strcpy(r->boot_id, "-");
	if (fd >= 0)
		(void)close(fd);
	(void)clock_gettime(CLOCK_BOOTTIME, &ts);
	r->boot_us = us_of_timespec(ts);
	r->now_us = now_us;
}

int
swept_save(const struct swept *r, int spool_fd)
{
	char *text = text_format("%lld %lld %s %lld %lld %lld %s\n",
	    (long long)r->now_us, (long long)r->boot_us, r->boot_id, r->deleted,
	    r->unsent, (long long)r->success_us, r->head);
	int status = newfile_put(spool_fd, NAME, text, strlen(text), true);

	free(text);
	return status;
}

/* The last change in a spool that was never swept. */
static int64_t
last_spool_change(int spool_fd)
{
	static const char *const names[] = {"audit.log", ".rectools"};
	int64_t last_us = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct stat st;

		if (fstatat(spool_fd, names[i], &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    us_of_timespec(st.st_mtim) > last_us)
			last_us = us_of_timespec(st.st_mtim);
	}
	return last_us;
}

struct retention_clock
swept_clock(const struct swept *last, int spool_fd, int64_t now_us)
{
	struct swept now = {0};

	swept_stamp(&now, now_us);
	if (last->now_us == 0)
		return (struct retention_clock){
		    .now_us = now_us, .last_us = last_spool_change(spool_fd)};
	return (struct retention_clock){.now_us = now_us,
	    .last_us = last->now_us,
	    .boot_us = now.boot_us,
	    .last_boot_us = last->boot_us,
	    .same_boot = strcmp(last->boot_id, now.boot_id) == 0 &&
			 strcmp(now.boot_id, "-") != 0};
}
