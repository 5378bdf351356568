/* SPDX-License-Identifier: ISC */
#include "tape.h"

#include <errno.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

struct tape {
	pcap_t *pcap;
	int link;
	bool torn, clipped;
};

bool
tape_is(int fd)
{
	static const unsigned char magic[][4] = {{0xa1, 0xb2, 0xc3, 0xd4},
	    {0xd4, 0xc3, 0xb2, 0xa1}, {0xa1, 0xb2, 0x3c, 0x4d},
	    {0x4d, 0x3c, 0xb2, 0xa1}, {0x0a, 0x0d, 0x0d, 0x0a}};
	unsigned char head[4];

	if (pread(fd, head, 4, 0) != 4)
		return false;
	for (size_t i = 0; i < sizeof magic / sizeof *magic; i++)
		if (memcmp(head, magic[i], 4) == 0)
			return true;
	return false;
}

struct tape *
tape_open(int fd, struct why *why)
{
	char text[PCAP_ERRBUF_SIZE], path[40];
	struct tape *t = mem_alloc(sizeof *t);
	FILE *file;

	/* A dup() would share its place in the file with all other tapes. */
	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	file = fopen(path, "rbe");
	if (!file) {
		(void)why_errno(why, "%s", "");
		goto bad;
	}
	(void)setvbuf(file, NULL, _IOFBF, 1 << 16);
	t->pcap = pcap_fopen_offline(file, text);
	if (!t->pcap) {
		(void)fclose(file);
		why_set(why, "not a packet capture: %.120s", text);
		goto bad;
	}
	t->link = pcap_datalink(t->pcap);
	if (packet_link_known(t->link))
		return t;
	why_set(why,
	    "a capture of link type %d, which is not read (tcpdump -y EN10MB "
	    "captures Ethernet)",
	    t->link);
bad:
	tape_close(t);
	return NULL;
}

/* What stopped libpcap: a file that ends within a packet, or something else. */
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
	    "a capture that libpcap cannot read to its end: %.160s (split it "
	    "into captures of one interface, or write it as pcap: tshark -F "
	    "pcap -r FILE -w NEW)",
	    said);
}

int
tape_next(struct tape *t, struct packet *p, struct why *why)
{
	struct pcap_pkthdr *h;
	const unsigned char *bytes;
	int got;

	while ((got = pcap_next_ex(t->pcap, &h, &bytes)) == 1) {
		if (packet_parse(t->link, bytes, h->caplen, p)) {
			p->at_us =
			    (int64_t)h->ts.tv_sec * 1000000 + h->ts.tv_usec;
			return 1;
		}
		t->clipped |= h->caplen < h->len;
	}
	return got == PCAP_ERROR_BREAK ? 0 : end_of_file(t, why);
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
	free(t);
}
