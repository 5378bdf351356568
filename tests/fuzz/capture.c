/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <sys/mman.h>
#include <unistd.h>

#include "capture.h"

static void
read_all(int fd, const struct capture_how *how)
{
	struct capture *c = capture_open(fd, how, NULL);
	static float out[4096];
	const struct capture_hole *hole;
	int64_t total = 0;
	ssize_t n = 0;

	while (
	    c && total < 4000000 && (n = capture_read(c, out, 4096, NULL)) > 0)
		total += n;
	if (c && n == 0 && total != capture_samples(c))
		abort();
	if (c)
		(void)capture_holes(c, &hole);
	capture_close(c);
}

/* Any bytes as a packet capture, all of it and a part, to a bounded length. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size && capture_is(fd)) {
		read_all(fd, &(struct capture_how){0});
		read_all(
		    fd, &(struct capture_how){.streams = ">192.0.2.2 :4000> "
							 ">:30000",
			    .payloads =
				"96=opus/48000/2 97=AMR/8000 98=G729/8000 "
				"99=AMR/8000/octet-align 100=G726-24/8000"});
	}
	close(fd);
	return 0;
}
