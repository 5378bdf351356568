/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "leg.h"

enum { SAMPLES_MOST = 1 << 18 };

/* Reads on; all samples must be valid. */
static void
listen(struct leg *leg)
{
	float block[4096];
	size_t all = 0;
	ssize_t n;

	while (
	    all < SAMPLES_MOST && (n = leg_read(leg, block, 4096, NULL)) > 0) {
		for (ssize_t i = 0; i < n; i++)
			if (!(fabsf(block[i]) <= 16))
				abort();
		all += (size_t)n;
	}
}

/*
 * Any bytes as a leg. The first byte chooses whether they have a header, and
 * which channel is read.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const formats[] = {
	    NULL, NULL, NULL, NULL, NULL, "ulaw", "gsm", "sln16"};
	struct leg_how how = {.follow = true};
	enum leg_fault fault;
	struct leg *leg, *other;
	char path[40];
	int fd;

	if (size < 2)
		return 0;
	how.format = formats[data[0] & 7];
	how.channel = data[0] >> 6;
	fd = memfd_create("leg", MFD_CLOEXEC);
	if (fd < 0 || io_write(fd, data + 1, size - 1) != 0)
		abort();
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	leg = leg_open(-1, path, &how, &fault, NULL);
	if (leg) {
		other = leg_again(leg, leg_channels(leg), NULL);
		listen(leg);
		if (other)
			listen(other);
		leg_close(other);
	}
	leg_close(leg);
	(void)close(fd);
	return 0;
}
