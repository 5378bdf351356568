/* SPDX-License-Identifier: ISC */
#include "tape.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fragments.h"
#include "mem.h"
#include "order.h"
#include "pcapng.h"

/* Read by libpcap or by pcapng.h. */
struct tape {
	pcap_t *pcap;
	struct pcapng *ng;
	FILE *file; /* for pcapng.h; libpcap closes its own */
	int link;   /* the link type, or the last one that is not supported */
	bool torn, clipped, any, strange;
	/* Of the times. */
	int64_t latest_us, offset_us, back_us;
	unsigned char *held; /* a frame, while the next one is examined */
	struct pcapng_frame peeked;
	bool has_peeked;
	struct fragments *fragments;
	struct order *order; /* NULL: they are in order */
	bool ended;
};

#define AHEAD_US INT64_C(1000000)
#define HOUR_US  (INT64_C(3600) * 1000000)

static const unsigned char pcapng_magic[4] = {0x0a, 0x0d, 0x0d, 0x0a};

int
tape_is(int fd)
{
	static const unsigned char magic[][4] = {{0xa1, 0xb2, 0xc3, 0xd4},
	    {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d},
	    {0x4d, 0x3c, 0xb2, 0xa1}};
	unsigned char head[4];
	ssize_t n = pread(fd, head, 4, 0);

	if (n != 4)
		return n < 0 ? -1 : 0;
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (memcmp(head, magic[i], 4) == 0)
			return 1;
	return memcmp(head, pcapng_magic, 4) == 0;
}

static int
strange_link(int link, struct why *why)
{
	return why_set(why,
	    "a capture of link type %d, which is not supported (tcpdump -y "
	    "EN10MB "
	    "captures Ethernet)",
	    link);
}

static int
open_pcap(struct tape *t, FILE *file, struct why *why)
{
	char text[PCAP_ERRBUF_SIZE];

	errno = 0;
	t->pcap = pcap_fopen_offline(file, text);
	if (!t->pcap) {
		bool failed = ferror(file) != 0;

		errno = errno ? errno : EIO;
		if (failed)
			(void)why_errno(why, "%s", "");
		(void)fclose(file);
		if (failed)
			return -1;
		return why_set(why, "not a packet capture: %.120s", text);
	}
	t->link = pcap_datalink(t->pcap);
	return packet_link_known(t->link) ? 0 : strange_link(t->link, why);
}

struct tape *
tape_open(int fd, bool sort, struct why *why)
{
	char path[40];
	unsigned char head[4] = {0};
	struct tape *t = mem_alloc(sizeof *t);
	FILE *file;

	/* A dup() would share its position with all other tapes. */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	file = fopen(path, "rbe");
	if (!file) {
		(void)why_errno(why, "%s", "");
		goto bad;
	}
	t->fragments = fragments_new();
	t->order = sort ? order_new() : NULL;
	(void)setvbuf(file, NULL, _IOFBF, 1 << 16);
	if (pread(fd, head, 4, 0) == 4 && memcmp(head, pcapng_magic, 4) == 0) {
		t->file = file;
		t->ng = pcapng_open(file);
		return t;
	}
	if (open_pcap(t, file, why) == 0)
		return t;
bad:
	tape_close(t);
	return NULL;
}

/* Why libpcap stopped: the file ends within a packet, or another reason. */
static int
end_of_file(struct tape *t, struct why *why)
{
	const char *said = pcap_geterr(t->pcap);

	if (ferror(pcap_file(t->pcap))) {
		errno = errno ? errno : EIO;
		return why_errno(why, "%s", "");
	}
	if (strstr(said, "truncated dump file")) {
		t->torn = true;
		return 0;
	}
	return why_set(why,
	    "a capture that libpcap cannot read to its end: %.160s (tshark -r "
	    "FILE -w NEW saves what was read)",
	    said);
}

static int
next_of_pcap(struct tape *t, struct pcapng_frame *f, struct why *why)
{
	struct pcap_pkthdr *h;
	int got = pcap_next_ex(t->pcap, &h, &f->bytes);

	if (got != 1)
		return got == PCAP_ERROR_BREAK ? 0 : end_of_file(t, why);
	f->link = t->link;
	f->at_us = (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;
	f->n = h->caplen;
	f->whole = h->len;
	return 1;
}

/* Interfaces that are not supported are beside others. */
static int
end_of_ng(struct tape *t, struct why *why)
{
	t->torn = pcapng_is_torn(t->ng);
	if (!t->any && pcapng_untimed(t->ng) > 0)
		return why_set(why,
		    "a capture whose packets have no time (simple packet "
		    "blocks)");
	return t->strange && !t->any ? strange_link(t->link, why) : 0;
}

/* Reads the next frame with a supported link type. */
static int
next_known(struct tape *t, struct pcapng_frame *f, struct why *why)
{
	int got;

	while ((got = t->ng ? pcapng_next(t->ng, f, why)
			    : next_of_pcap(t, f, why)) == 1) {
		if (packet_link_known(f->link))
			return 1;
		t->strange = true;
		t->link = f->link;
	}
	return got;
}

static int
read_tape_frame(struct tape *t, struct pcapng_frame *f, struct why *why)
{
	if (t->has_peeked) {
		t->has_peeked = false;
		*f = t->peeked;
		return 1;
	}
	if (!t->order)
		return next_known(t, f, why);
	while (!t->ended && order_wants(t->order)) {
		int got = next_known(t, f, why);
		if (got < 0)
			return -1;
		if (got == 1)
			order_put(t->order, f);
		t->ended = got == 0;
	}
	return order_get(t->order, f);
}

/* True if the packet after this one, at us, has a time like those before: then
 * the time of this one is wrong. 1, 0, or -1 with why. */
static int
is_alone(struct tape *t, struct pcapng_frame *f, int64_t us, struct why *why)
{
	int got;

	t->held = mem_resize(t->held, f->n + 1, 1);
	memcpy(t->held, f->bytes, f->n);
	f->bytes = t->held;
	got = read_tape_frame(t, &t->peeked, why);
	if (got < 0)
		return -1;
	t->has_peeked = got == 1;
	us += t->offset_us;
	return got == 1 &&
	       llabs(t->peeked.at_us + t->offset_us - t->latest_us) <
		   llabs(t->peeked.at_us + t->offset_us - us);
}

/* Corrects the frame's time after the clock was set back. 0, or -1 with why. */
static int
set_frame_time(struct tape *t, struct pcapng_frame *f, struct why *why)
{
	int64_t us = f->at_us + t->offset_us, back = t->latest_us - us;
	int alone;

	if (!t->any)
		back = 0;
	if (back > TAPE_BACK_US || back < -AHEAD_US) {
		alone = is_alone(t, f, f->at_us, why);
		if (alone < 0)
			return -1;
		if (alone)
			us = t->latest_us;
		else if (back > 0 && t->back_us < HOUR_US)
			t->back_us += back;
		if (!alone && back > 0 && t->back_us < HOUR_US) {
			t->offset_us += back;
			us += back;
		}
	}
	t->any = true;
	t->latest_us = f->at_us = us;
	return 0;
}

int
tape_next(struct tape *t, struct packet *p, struct why *why)
{
	struct pcapng_frame f;
	int got;

	while ((got = read_tape_frame(t, &f, why)) == 1) {
		int64_t file_us = f.at_us;

		if (set_frame_time(t, &f, why) != 0)
			return -1;
		if (packet_parse(f.link, f.bytes, f.n, p) ||
		    fragments_take(t->fragments, p, f.at_us)) {
			p->at_us = f.at_us;
			p->file_us = file_us;
			t->clipped |= p->clipped;
			return 1;
		}
		t->clipped |= f.n < f.whole;
	}
	return got == 0 && t->ng ? end_of_ng(t, why) : got;
}

int64_t
tape_back_us(const struct tape *t)
{
	return t->back_us;
}

int64_t
tape_untimed(const struct tape *t)
{
	return t->ng ? pcapng_untimed(t->ng) : 0;
}

bool
tape_is_torn(const struct tape *t)
{
	return t->torn;
}

bool
tape_is_clipped(const struct tape *t)
{
	return t->clipped;
}

void
tape_close(struct tape *t)
{
	if (!t)
		return;
	if (t->pcap)
		pcap_close(t->pcap);
	pcapng_close(t->ng);
	if (t->file)
		(void)fclose(t->file);
	free(t->held);
	fragments_free(t->fragments);
	order_free(t->order);
	free(t);
}
