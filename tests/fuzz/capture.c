/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"

/* Any bytes as a packet capture, all streams read to a bounded length. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	struct capture *c = NULL;
	static float out[4096];
	int64_t total = 0;
	ssize_t n = 0;

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size && capture_is(fd))
		c = capture_open(fd, &(struct capture_how){0}, NULL);
	while (
	    c && total < 4000000 && (n = capture_read(c, out, 4096, NULL)) > 0)
		total += n;
	if (c && n == 0 && total > capture_samples(c))
		abort();
	capture_close(c);
	close(fd);
	return 0;
}
