/* SPDX-License-Identifier: ISC */
#include "pcapng.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"

enum {
	BLOCK_MOST = 1 << 24,
	INTERFACES = 4096, /* per section */
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14
};
#define SECTION  UINT32_C(0x0a0d0d0a)
#define ORDER    UINT32_C(0x1a2b3c4d)
#define MICRO    1000000
#define YEAR_MAX (INT64_C(1) << 40) /* seconds; a larger time is wrong */

enum block { INTERFACE = 1, PACKET = 2, SIMPLE = 3, ENHANCED = 6 };

struct interface {
	int link;
	unsigned exponent; /* a tick is 10^-exponent s, or 2^-exponent */
	bool binary;
	int64_t offset_s;
};

struct pcapng {
	FILE *file;
	bool big; /* byte order of the section */
	struct interface *interface;
	size_t interfaces;
	unsigned char *block;
	size_t room;
	bool torn;
	int64_t untimed;
};

struct pcapng *
pcapng_open(FILE *file)
{
	struct pcapng *ng = mem_alloc(sizeof *ng);

	ng->file = file;
	return ng;
}

void
pcapng_close(struct pcapng *ng)
{
	if (!ng)
		return;
	free(ng->interface);
	free(ng->block);
	free(ng);
}

bool
pcapng_is_torn(const struct pcapng *ng)
{
	return ng->torn;
}

int64_t
pcapng_untimed(const struct pcapng *ng)
{
	return ng->untimed;
}

static unsigned
get16(const struct pcapng *ng, const unsigned char *b)
{
	return ng->big ? (unsigned)b[0] << 8 | b[1]
		       : (unsigned)b[1] << 8 | b[0];
}

static uint32_t
get32(const struct pcapng *ng, const unsigned char *b)
{
	return ng->big ? (uint32_t)get16(ng, b) << 16 | get16(ng, b + 2)
		       : (uint32_t)get16(ng, b + 2) << 16 | get16(ng, b);
}

static uint64_t
get64(const struct pcapng *ng, const unsigned char *b)
{
	return ng->big ? (uint64_t)get32(ng, b) << 32 | get32(ng, b + 4)
		       : (uint64_t)get32(ng, b + 4) << 32 | get32(ng, b);
}

/* Reads n bytes. 1: all of them; 0: the file ends before; -1 with why. */
static int
read_bytes(struct pcapng *ng, unsigned char *to, size_t n, struct why *why)
{
	size_t got;

	errno = 0;
	got = fread(to, 1, n, ng->file);
	if (got == n)
		return 1;
	if (ferror(ng->file)) {
		errno = errno ? errno : EIO;
		return why_errno(why, "%s", "");
	}
	ng->torn |= got > 0;
	return 0;
}

/* The resolution of an interface, in the options of its description. */
static void
take_interface_options(
    struct pcapng *ng, struct interface *f, const unsigned char *b, size_t n)
{
	while (n >= 4) {
		unsigned code = get16(ng, b), length = get16(ng, b + 2);
		size_t padded = 4 + ((length + 3) & ~UINT32_C(3));

		if (code == 0 || padded > n)
			return;
		if (code == OPTION_TSRESOL && length == 1) {
			f->binary = b[4] & 0x80;
			f->exponent = b[4] & 0x7f;
		} else if (code == OPTION_TSOFFSET && length == 8) {
			f->offset_s = (int64_t)get64(ng, b + 4);
		}
		b += padded;
		n -= padded;
	}
}

static int
take_interface(struct pcapng *ng, size_t n, struct why *why)
{
	struct interface *f;

	if (n < 8 || ng->interfaces == INTERFACES)
		return why_set(why, "a capture with an invalid interface");
	if ((ng->interfaces & (ng->interfaces - 1)) == 0)
		ng->interface = mem_resize(ng->interface,
		    ng->interfaces ? ng->interfaces * 2 : 1, sizeof *f);
	f = &ng->interface[ng->interfaces++];
	*f = (struct interface){
	    .link = (int)get16(ng, ng->block), .exponent = 6};
	take_interface_options(ng, f, ng->block + 8, n - 8);
	return 0;
}

/* False: the time cannot be right. */
static bool
take_ticks(const struct interface *f, uint64_t ticks, int64_t *us)
{
	uint64_t hz = 1, seconds, rest;

	if (f->exponent > (f->binary ? 63 : 19))
		return false;
	for (unsigned i = 0; i < f->exponent; i++)
		hz *= f->binary ? 2 : 10;
	seconds = ticks / hz;
	rest = ticks % hz;
	if (seconds > YEAR_MAX || llabs(f->offset_s / 2) > YEAR_MAX / 2)
		return false;
	*us = ((int64_t)seconds + f->offset_s) * MICRO +
	      (int64_t)((double)rest * MICRO / (double)hz + 0.5);
	return true;
}

/* 1: a frame; 0: the block is skipped. */
static int
take_packet(
    const struct pcapng *ng, uint32_t type, size_t n, struct pcapng_frame *f)
{
	const unsigned char *b = ng->block;
	size_t which;

	if (n < 20)
		return 0;
	which = type == ENHANCED ? get32(ng, b) : get16(ng, b);
	if (which >= ng->interfaces)
		return 0;
	f->link = ng->interface[which].link;
	f->n = get32(ng, b + 12);
	f->whole = get32(ng, b + 16);
	f->bytes = b + 20;
	return f->n <= n - 20 &&
	       take_ticks(&ng->interface[which],
		   (uint64_t)get32(ng, b + 4) << 32 | get32(ng, b + 8),
		   &f->at_us);
}

/*
 * A new section has its own byte order, and ends the interfaces of the old one.
 */
static int
begin_section(struct pcapng *ng, unsigned char head[12], struct why *why)
{
	int got = read_bytes(ng, head + 8, 4, why);

	if (got <= 0)
		return got;
	ng->big = false;
	if (get32(ng, head + 8) != ORDER)
		ng->big = true;
	if (get32(ng, head + 8) != ORDER)
		return why_set(why, "a capture with an invalid section");
	ng->interfaces = 0;
	return 1;
}

/* Reads the body of the next block into ng->block, and its type and size;
 * returns what read_bytes() does. */
static int
read_block(struct pcapng *ng, uint32_t *type, size_t *n, struct why *why)
{
	unsigned char head[12];
	size_t begun = 8;
	uint32_t length;
	int got = read_bytes(ng, head, 8, why);

	if (got > 0 && get32(ng, head) == SECTION) {
		got = begin_section(ng, head, why);
		begun = 12;
	}
	if (got <= 0)
		return got;
	*type = get32(ng, head);
	length = get32(ng, head + 4);
	if (length % 4 || length < begun + 4 || length > BLOCK_MOST)
		return why_set(why,
		    "a capture whose blocks are damaged; pcapfix or "
		    "tshark -r FILE -w NEW saves what precedes them");
	*n = length - begun;
	if (*n > ng->room) {
		ng->room = *n * 2;
		ng->block = mem_resize(ng->block, ng->room, 1);
	}
	got = read_bytes(ng, ng->block, *n, why);
	ng->torn |= got == 0;
	*n -= 4; /* the length is repeated */
	return got;
}

int
pcapng_next(struct pcapng *ng, struct pcapng_frame *f, struct why *why)
{
	uint32_t type = 0;
	size_t n = 0;
	int got;

	while ((got = read_block(ng, &type, &n, why)) > 0) {
		if (type == INTERFACE && take_interface(ng, n, why) != 0)
			return -1;
		if ((type == ENHANCED || type == PACKET) &&
		    take_packet(ng, type, n, f))
			return 1;
		ng->untimed += type == SIMPLE;
	}
	return got;
}
