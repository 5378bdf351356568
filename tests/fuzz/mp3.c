/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include "split.h"

/* Any bytes as an MP3, cut into parts of a size that the first byte tells. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mp3 m;
	struct split s;
	unsigned char *copy;

	if (size < 2)
		return 0;
	/* An exact allocation, so that a read past its end is seen. */
	copy = malloc(size - 1);
	memcpy(copy, data + 1, size - 1);
	if (mp3_scan(&m, copy, size - 1, NULL) == 0) {
		if (split_plan(&s, &m, 500 + 32 * (unsigned)data[0], NULL) ==
		    0) {
			for (size_t i = 0; i < s.parts; i++) {
				struct buf head = {0};
				size_t from, to;
				split_make(&s, i, &head, &from, &to);
				if (to > size - 1 || from > to)
					abort();
				buf_free(&head);
			}
			split_free(&s);
		}
		mp3_free(&m);
	}
	free(copy);
	return 0;
}
