/* SPDX-License-Identifier: ISC */
#include "trial.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "hash.h"

static const char probe[] = "rectools probe\n";

/* A descriptor that holds the probe, or -1 with errno. */
static int
probe_fd(void)
{
	int fd = memfd_create("probe", MFD_CLOEXEC);

	if (fd >= 0 && util_write(fd, probe, sizeof probe - 1) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* Written, read back, deleted; a probe that may not be deleted stays. */
static enum dest_result
try_probe(
    struct dest *d, int64_t now_us, struct buf *report, struct dest_answer *a)
{
	char hex[HASH_HEX_SIZE];
	char *object =
	    util_format("rectools-probe-%ld-%" PRId64, (long)getpid(), now_us);
	char *where = d->kind->where(d, object);
	int fd = probe_fd();
	struct dest_item item = {.object = object,
	    .fd = fd,
	    .bytes = sizeof probe - 1,
	    .sha256 = hex,
	    .content_type = "text/plain",
	    .key = object};
	struct dest_answer drop = {.retry_after_s = -1, .date_us = -1};
	enum dest_result r;

	hash_text(HASH_SHA256, probe, sizeof probe - 1, hex);
	r = fd < 0 ? dest_answer(a, DEST_LATER, "%s", strerror(errno))
		   : dest_deliver(d, &item, a);
	if (r == DEST_DONE && d->kind->drop(d, object, &drop) == DEST_DONE)
		buf_format(report, "%s: written, read back, deleted\n", where);
	else if (r == DEST_DONE)
		buf_format(report,
		    "%s: written, read back; stays there, for it cannot be "
		    "deleted: %s\n",
		    where, drop.why.text);
	if (fd >= 0)
		(void)close(fd);
	free(where);
	free(object);
	return r;
}

static void
add_clock(struct buf *report, int64_t now_us, int64_t date_us)
{
	enum { WORTH_A_WORD_S = 5 };
	int64_t ahead_s = (now_us - date_us) / 1000000;

	if (date_us < 0)
		return;
	if (ahead_s > -WORTH_A_WORD_S && ahead_s < WORTH_A_WORD_S)
		buf_format(report, "clock: as here\n");
	else
		buf_format(report,
		    "clock: ours is %" PRId64 " s %s; set it by NTP\n",
		    ahead_s < 0 ? -ahead_s : ahead_s,
		    ahead_s < 0 ? "behind" : "ahead");
}

bool
trial_make(struct dest *d, int64_t now_us, struct buf *report, struct why *why)
{
	struct dest_answer a = {.retry_after_s = -1, .date_us = -1};
	enum dest_result r = DEST_DONE;

	if (d->kind->test)
		r = d->kind->test(d, report, &a);
	if (r == DEST_DONE && !d->kind->no_probe)
		r = try_probe(d, now_us, report, &a);
	if (d->max_bytes > 0)
		buf_format(
		    report, "limit: %" PRIu64 " bytes a file\n", d->max_bytes);
	else
		buf_format(report, "limit: none known\n");
	add_clock(report, now_us, a.date_us);
	*why = a.why;
	return r == DEST_DONE;
}
