/* SPDX-License-Identifier: ISC */
#include "work.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cli.h"

/* How often all folders are looked at again, for those that were busy or not
 * yet due. */
enum { AGAIN_MS = 500 };

static volatile sig_atomic_t stopping;

static void
stop(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

bool
work_stopping(void)
{
	return stopping;
}

static int
one_folder(const struct spool *sp, enum spool_stage stage, const char *name,
    int (*each)(struct spool_item *it, void *arg), void *arg)
{
	struct spool_item it;
	struct why why;
	int status = EXIT_DONE;
	int taken = spool_take(sp, stage, name, &it, &why);

	if (taken < 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	if (taken == 1) {
		status = each(&it, arg);
		if (status != EXIT_DONE && spool_gone(&it)) {
			cli_warn("%s: was swept while this program was at "
				 "it; nothing else is lost",
			    name);
			status = EXIT_GIVEN_UP;
		}
		spool_release(&it);
	}
	return status;
}

static int
one_round(const struct spool *sp, enum spool_stage stage,
    int (*each)(struct spool_item *it, void *arg), void *arg)
{
	char **names;
	size_t count;
	struct why why;
	int status = EXIT_DONE;

	if (spool_list(sp, stage, &names, &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	for (size_t i = 0; i < count && !stopping; i++)
		status = cli_worse(
		    status, one_folder(sp, stage, names[i], each, arg));
	spool_list_free(names, count);
	return status;
}

/* Sleeps until a folder comes, or until it is time to look again. */
static void
wait_for_folder(int watch_fd)
{
	struct pollfd p = {.fd = watch_fd, .events = POLLIN};

	if (poll(&p, 1, AGAIN_MS) > 0)
		spool_drain(watch_fd);
}

int
work_spool(const char *path, enum spool_stage stage, bool watch,
    int (*each)(struct spool_item *it, void *arg), void *arg)
{
	struct sigaction act = {.sa_handler = stop};
	struct spool sp;
	struct why why;
	int watch_fd = -1, status = EXIT_USAGE;

	if (spool_open(&sp, path, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (watch) {
		(void)sigaction(SIGTERM, &act, NULL);
		(void)sigaction(SIGINT, &act, NULL);
		/* Watched before it is listed, so that nothing falls between. */
		watch_fd = spool_watch(&sp, stage, &why);
		if (watch_fd < 0)
			cli_warn("%s", why.text);
	}
	if (!watch || watch_fd >= 0)
		status = one_round(&sp, stage, each, arg);
	while (watch_fd >= 0 && !stopping) {
		wait_for_folder(watch_fd);
		/* What a round met was said then; the end is clean. */
		(void)one_round(&sp, stage, each, arg);
		status = EXIT_DONE;
	}
	if (watch_fd >= 0)
		(void)close(watch_fd);
	spool_close(&sp);
	return status;
}

void
work_log(const struct spool_item *it, const char *event, const char *fmt, ...)
{
	char text[2048];
	struct why why;
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	if (audit_add(it->spool->fd, util_now_us(), it->id, event, &why, "%s",
		text) != 0)
		cli_warn("%s: %s", it->spool->path, why.text);
}

int
work_fail(struct spool_item *it, const char *reason)
{
	struct why why;

	cli_warn("%s: set aside: %s", it->name, reason);
	work_log(it, "failed", "by=%s reason=\"%s\"", cli_name(), reason);
	if (spool_fail(it, cli_name(), reason, util_now_us(), &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	return EXIT_GIVEN_UP;
}
