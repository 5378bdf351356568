/* SPDX-License-Identifier: ISC */
#include "sniff.h"

#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "io.h"
#include "mem.h"
#include "mpeg.h"

enum { MOST = 1 << 20, TAG_HEAD = 10, ID3V1 = 128, FREE_MOST = 4096 };

/* The size of a tag at the beginning, seven bits per byte; 0: none. */
static size_t
tag_bytes(int fd)
{
	unsigned char h[TAG_HEAD];

	if (io_pread(fd, h, sizeof h, 0) != (ssize_t)sizeof h ||
	    memcmp(h, "ID3", 3) != 0)
		return 0;
	return TAG_HEAD + ((size_t)(h[6] & 0x7f) << 21 |
			      (size_t)(h[7] & 0x7f) << 14 |
			      (size_t)(h[8] & 0x7f) << 7 | (h[9] & 0x7f));
}

/* True if another frame of its stream follows, or the end. */
static bool
is_followed_header(const unsigned char *p, size_t n, const struct mpeg *m)
{
	struct mpeg next;

	/* In free format the header does not give the size. */
	if (m->bytes == 0) {
		for (size_t i = m->head; i + 4 <= n && i < FREE_MOST; i++)
			if (mpeg_parse(p + i, &next) == 0 &&
			    mpeg_same(p, p + i))
				return true;
		return false;
	}
	if (m->bytes + 4 <= n)
		return (mpeg_parse(p + m->bytes, &next) == 0 &&
			   mpeg_same(p, p + m->bytes)) ||
		       (m->bytes + ID3V1 == n &&
			   memcmp(p + m->bytes, "TAG", 3) == 0);
	return m->bytes == n;
}

int
sniff_mp3(int fd)
{
	unsigned char *p = mem_alloc(MOST);
	ssize_t n = io_pread(fd, p, MOST, (int64_t)tag_bytes(fd));
	int found = n < 0 ? -1 : 0;
	struct mpeg m;

	for (size_t i = 0; found == 0 && i + 4 <= (size_t)n; i++)
		if (p[i] == 0xff && mpeg_parse(p + i, &m) == 0 &&
		    is_followed_header(p + i, (size_t)n - i, &m))
			found = 1;
	free(p);
	return found;
}
