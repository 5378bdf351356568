/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "runs.h"

/* Any bytes as damaged FLAC, Ogg or MP3: the runs are in the file, in order, and
 * the repaired file has the announced length. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("leg", MFD_CLOEXEC), mended;
	struct runs r;
	struct why why = {0};
	int64_t before = 0;

	if (fd < 0 || io_write(fd, data, size) != 0)
		abort();
	if (runs_find(fd, &r, &why) > 0) {
		for (size_t i = 0; i < r.runs; i++) {
			if (r.run[i].from < before ||
			    r.run[i].to <= r.run[i].from ||
			    r.run[i].to > (int64_t)size)
				abort();
			before = r.run[i].to;
		}
		mended = runs_mend(fd, &r, &why);
		if (mended >= 0 &&
		    lseek(mended, 0, SEEK_END) !=
			r.samples * r.channels * (int64_t)sizeof(float))
			abort();
		if (mended >= 0 && (r.lost < 0 || r.lost > r.samples))
			abort();
		if (mended < 0 && why_status(&why) != EXIT_GIVEN_UP)
			abort();
		if (mended >= 0)
			(void)close(mended);
		runs_free(&r);
	}
	(void)close(fd);
	return 0;
}
