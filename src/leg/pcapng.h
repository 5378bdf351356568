/* SPDX-License-Identifier: ISC */
#ifndef PCAPNG_H
#define PCAPNG_H

/*
 * Reads the frames of a pcapng file (draft-ietf-opsawg-pcapng), of all its
 * sections and interfaces. Each interface has its own link type and its own
 * resolution of time. libpcap refuses files with several of these.
 *
 *	struct pcapng *ng = pcapng_open(file);
 *	while ((got = pcapng_next(ng, &frame, &why)) > 0) ...
 *	pcapng_close(ng);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "text.h"

struct pcapng_frame {
	int link;
	int64_t at_us; /* since 1970 */
	const unsigned char *bytes;
	size_t n, whole; /* captured length, and original length */
};

struct pcapng;
/* The file is borrowed, and read from its current position. */
struct pcapng *pcapng_open(FILE *file);
/*
 * Reads the next frame that has a time. 1: f is set, valid until the next call;
 * 0: the end of the file, which may be torn; -1 with why.
 */
int pcapng_next(struct pcapng *ng, struct pcapng_frame *f, struct why *why);
/* After the end: true if the file ends within a block. */
bool pcapng_is_torn(const struct pcapng *ng);
/* The frames without a time so far (simple packet blocks). */
int64_t pcapng_untimed(const struct pcapng *ng);
void pcapng_close(struct pcapng *ng); /* NULL is fine */

#endif
