/* SPDX-License-Identifier: ISC */
#ifndef PCAPNG_H
#define PCAPNG_H

/*
 * Frames of a pcapng file (draft-ietf-opsawg-pcapng), one after another: of
 * all its sections and interfaces, each of which has a link type and a clock of
 * its own. libpcap refuses what has more than one of these.
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
	size_t n, whole; /* as kept, and as it was */
};

struct pcapng;
/* The file is borrowed, and read from where it stands. */
struct pcapng *pcapng_open(FILE *file);
/*
 * The next frame that has a time. 1: there is one, good until the next call; 0:
 * the end, or where the file was torn off; -1 with why.
 */
int pcapng_next(struct pcapng *ng, struct pcapng_frame *f, struct why *why);
bool pcapng_is_torn(const struct pcapng *ng); /* after the end */
void pcapng_close(struct pcapng *ng);         /* NULL is fine */

#endif
