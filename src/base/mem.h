/* SPDX-License-Identifier: ISC */
#ifndef MEM_H
#define MEM_H

/*
 * Memory: these functions return valid memory or end the process with status
 * 75 and one line; they are the only ones below the programs that speak or
 * exit, because no caller could do better. All work is safe on disk by then.
 */

#include <stddef.h>

void mem_speak_to(int fd);     /* that line; standard error otherwise */
void *mem_alloc(size_t bytes); /* zeroed */
void *mem_resize(void *p, size_t count, size_t size);
void *mem_must(void *p); /* p, unless it is NULL */

#endif
