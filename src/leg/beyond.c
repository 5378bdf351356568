/* SPDX-License-Identifier: ISC */
#include "beyond.h"

#include <stdbool.h>
#include <string.h>
#include <sys/types.h>

#include "io.h"

/* So many chunks have real files at the most, several times over. */
#define CHUNKS_MOST 1000

/* A chunk has a name of four bytes, its size, and so many bytes. */
static const struct chunked {
	char magic[5];
	int64_t first; /* where the first chunk is */
	int size, align;
	bool big;
} kinds[] = {
    {"RIFF", 12, 4, 2, false},
    {"RF64", 12, 4, 2, false},
    {"FORM", 12, 4, 2, true},
    {"caff", 8, 8, 1, true},
};

static uint64_t
file_number(const unsigned char *p, int n, bool big)
{
	uint64_t v = 0;

	for (int i = 0; i < n; i++)
		v = v << 8 | p[big ? i : n - 1 - i];
	return v;
}

static bool
has_name(const unsigned char *p)
{
	for (int i = 0; i < 4; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

/* Zeros fill up a file that was allocated in blocks. 1, 0, or -1 with errno. */
static int
are_zeros(int fd, int64_t at, int64_t length)
{
	unsigned char block[4096];

	while (at < length) {
		ssize_t n = io_pread(fd, block, sizeof block, at);

		if (n <= 0)
			return n < 0 ? -1 : 1;
		for (ssize_t i = 0; i < n; i++)
			if (block[i] != 0)
				return 0;
		at += n;
	}
	return 1;
}

static int64_t
all_but_zeros(int fd, int64_t at, int64_t length)
{
	int zeros = at < length ? are_zeros(fd, at, length) : 1;

	return zeros < 0 ? -1 : zeros > 0 ? 0 : length - at;
}

/* A size that was never written, or of a torn file: all that follows is sound. */
static bool
size_is_untold(uint64_t size, int64_t rest)
{
	return size == 0 || rest < 0 || size > (uint64_t)rest;
}

static int64_t
beyond_chunks(int fd, int64_t length, const struct chunked *k)
{
	int64_t at = k->first, wide = -1;
	bool sound = false;

	for (int i = 0; i < CHUNKS_MOST && at < length; i++) {
		unsigned char h[24] = {0};
		int64_t body = at + 4 + k->size;
		uint64_t size;

		if (io_pread(fd, h, sizeof h, at) < 0)
			return -1;
		size = file_number(h + 4, k->size, k->big);
		/* The sizes of RF64 are in its first chunk. */
		if (memcmp(h, "ds64", 4) == 0)
			wide = (int64_t)file_number(h + 16, 8, false);
		if (memcmp(h, "data", 4) == 0 && wide >= 0)
			size = (uint64_t)wide;
		if (memcmp(h, "data", 4) == 0 || memcmp(h, "SSND", 4) == 0) {
			/* One of 32 bits wraps. */
			if (size_is_untold(size, length - body) ||
			    (wide < 0 && length - body >= 0xffffff00))
				return 0;
			sound = true;
		}
		if (!has_name(h) || body > length ||
		    size > (uint64_t)(length - body))
			break;
		at = body + (int64_t)size;
		at += (k->align - at % k->align) % k->align;
	}
	return sound ? all_but_zeros(fd, at, length) : 0;
}

int64_t
beyond_bytes(int fd, int64_t length)
{
	unsigned char h[12] = {0};
	int64_t head;
	uint64_t size;

	if (io_pread(fd, h, sizeof h, 0) < 0)
		return -1;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (memcmp(h, kinds[i].magic, 4) == 0)
			return beyond_chunks(fd, length, &kinds[i]);
	size = file_number(h + 8, 4, true);
	head = (int64_t)file_number(h + 4, 4, true);
	if (memcmp(h, ".snd", 4) != 0 || size_is_untold(size, length - head))
		return 0;
	return all_but_zeros(fd, head + (int64_t)size, length);
}
