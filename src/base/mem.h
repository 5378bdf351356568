/* SPDX-License-Identifier: ISC */
#ifndef MEM_H
#define MEM_H

/*
 * Allocates memory. These functions never fail: without memory they print a line
 * and exit with status 75, because no caller could do better. All work is safe on
 * disk by then.
 */

#include <stddef.h>

void mem_speak_to(int fd);     /* where to print; default: standard error */
void *mem_alloc(size_t bytes); /* zeroed */
void *mem_resize(void *p, size_t count, size_t size);
void *mem_must(void *p); /* p, unless it is NULL */

#endif
