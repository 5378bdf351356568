/* SPDX-License-Identifier: ISC */
#include "mem.h"

#include <stdlib.h>
#include <unistd.h>

#include "text.h"

static int speech_fd = STDERR_FILENO;

void
mem_speak_to(int fd)
{
	speech_fd = fd;
}

void *
mem_must(void *p)
{
	if (!p) {
		static const char text[] = "rectools: out of memory\n";
		(void)!write(speech_fd, text, sizeof text - 1);
		_exit(EXIT_LATER);
	}
	return p;
}

void *
mem_alloc(size_t bytes)
{
	return mem_must(calloc(1, bytes ? bytes : 1));
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return mem_must(NULL);
	return mem_must(realloc(p, bytes ? bytes : 1));
}
