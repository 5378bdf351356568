/* SPDX-License-Identifier: ISC */
/* The pages of Ogg (RFC 3533) with Opus (RFC 7845) or Vorbis. libvorbis, which
 * libsndfile also needs, gives the samples of a Vorbis packet. */
#include <stdlib.h>
#include <string.h>
#include <vorbis/codec.h>

#include "io.h"
#include "mem.h"
#include "runs.h"
#include "text.h"

enum { CHUNK = 1 << 16 };

struct ogg {
	int fd;
	int64_t at; /* the bytes before it were read */
	ogg_sync_state sync;
	ogg_stream_state stream;
	vorbis_info info;
	vorbis_comment comment;
	int serial, headers; /* packets of the head that are still to come */
	bool opus, ended;
	long before;    /* block size of the previous packet of Vorbis */
	int64_t expect; /* granule at the end of the previous page; -1: none */
	int64_t skip;   /* samples that a decoder drops at the beginning */
	int64_t broken; /* bytes since the previous page that are not a page */
	long sequence;
};

/* 1: the next page, [*from, at) of the file; 0: the end; -1 with errno. */
static int
next_page(struct ogg *o, ogg_page *page, int64_t *from)
{
	for (;;) {
		long n = ogg_sync_pageseek(&o->sync, page);
		char *to;
		ssize_t got;

		if (n > 0) {
			*from = o->at;
			o->at += n;
			return 1;
		}
		o->at -= n;
		o->broken -= n;
		if (n < 0)
			continue;
		if (o->ended)
			return 0;
		to = ogg_sync_buffer(&o->sync, CHUNK);
		if (!to)
			return -1;
		got = io_pread(
		    o->fd, to, CHUNK, o->at + o->sync.fill - o->sync.returned);
		if (got < 0)
			return -1;
		o->ended = got < CHUNK;
		(void)ogg_sync_wrote(&o->sync, got);
	}
}

/* RFC 6716, 3.1: samples of 48 kHz. */
static int64_t
opus_samples(const ogg_packet *p)
{
	static const int silk[] = {480, 960, 1920, 2880};
	int toc = p->bytes > 0 ? p->packet[0] : 0, config = toc >> 3, one;

	if (p->bytes == 0)
		return 0;
	one = config < 12   ? silk[config & 3]
	      : config < 16 ? 480 << (config & 1)
			    : 120 << (config & 3);
	if ((toc & 3) < 3)
		return (toc & 3) == 0 ? one : 2 * one;
	return p->bytes > 1 ? (int64_t)one * (p->packet[1] & 63) : 0;
}

static int64_t
packet_samples(struct ogg *o, ogg_packet *p)
{
	long now, before = o->before;

	if (o->opus)
		return opus_samples(p);
	now = vorbis_packet_blocksize(&o->info, p);
	o->before = now > 0 ? now : 0;
	return now > 0 && before > 0 ? (before + now) / 4 : 0;
}

/* Takes a packet of the head; -1: of an unknown kind. */
static int
take_head(struct ogg *o, struct runs *r, ogg_packet *p)
{
	if (p->b_o_s && p->bytes >= 19 &&
	    memcmp(p->packet, "OpusHead", 8) == 0) {
		o->opus = true;
		o->headers = 2;
		o->skip = p->packet[10] | p->packet[11] << 8;
		r->clock_hz = 48000;
	} else if (!o->opus &&
		   vorbis_synthesis_headerin(&o->info, &o->comment, p) != 0) {
		return -1;
	}
	return --o->headers;
}

static void
add_page_head(struct runs *r, const ogg_page *page)
{
	r->head = mem_resize(r->head,
	    r->head_bytes + (size_t)(page->header_len + page->body_len), 1);
	memcpy(r->head + r->head_bytes, page->header, (size_t)page->header_len);
	r->head_bytes += (size_t)page->header_len;
	memcpy(r->head + r->head_bytes, page->body, (size_t)page->body_len);
	r->head_bytes += (size_t)page->body_len;
}

static void
take_page(struct ogg *o, struct runs *r, ogg_page *page, int64_t from)
{
	int64_t granule = ogg_page_granulepos(page), sum = 0, begin;
	bool gap = o->broken > 0 || ogg_page_pageno(page) != o->sequence + 1;
	bool first = r->runs == 0, last = ogg_page_eos(page) != 0;
	ogg_packet p;
	int got;

	o->broken = 0;
	o->sequence = ogg_page_pageno(page);
	if (gap) {
		(void)ogg_stream_reset_serialno(&o->stream, o->serial);
		o->before = 0;
	}
	if (ogg_stream_pagein(&o->stream, page) != 0)
		return;
	while ((got = ogg_stream_packetout(&o->stream, &p)) != 0)
		if (got > 0)
			sum += packet_samples(o, &p);
	if (granule < 0) {
		if (!first && !gap)
			runs_grow(r, o->at, r->run[r->runs - 1].end);
		return;
	}
	begin = granule - sum;
	/* The last page may be shortened, and so may the first. */
	if (last && begin < o->expect)
		begin = o->expect;
	if (first) {
		runs_add(r, from, o->at, granule - o->skip);
		r->start = begin > 0 && gap ? begin : 0;
	} else if (gap || begin != o->expect) {
		if (begin < o->expect)
			r->unsure = true;
		runs_add(r, from, o->at, granule - o->skip);
	} else {
		runs_grow(r, o->at, granule - o->skip);
	}
	o->expect = granule;
}

/* Reads the head, then all pages. Returns what runs_ogg() does. */
static int
walk_ogg(struct ogg *o, struct runs *r)
{
	ogg_page page;
	ogg_packet p;
	int64_t from;
	int got;

	while ((got = next_page(o, &page, &from)) > 0) {
		if (r->head_bytes == 0) {
			if (!ogg_page_bos(&page) || o->broken > 0)
				return 0;
			o->serial = ogg_page_serialno(&page);
			(void)ogg_stream_init(&o->stream, o->serial);
		}
		/* Several streams are left to the decoder. */
		if (ogg_page_serialno(&page) != o->serial ||
		    (ogg_page_bos(&page) && r->head_bytes > 0))
			return 0;
		if (o->headers == 0) {
			take_page(o, r, &page, from);
			continue;
		}
		add_page_head(r, &page);
		o->sequence = ogg_page_pageno(&page);
		o->broken = 0;
		if (ogg_stream_pagein(&o->stream, &page) != 0)
			return 0;
		while (
		    o->headers > 0 && ogg_stream_packetout(&o->stream, &p) > 0)
			if (take_head(o, r, &p) < 0)
				return 0;
	}
	return got < 0 ? -1 : r->runs > 0;
}

int
runs_ogg(int fd, struct runs *r, struct why *why)
{
	struct ogg o = {.fd = fd, .headers = 3, .expect = -1};
	char magic[4] = "";
	ssize_t n = io_pread(fd, magic, 4, 0);
	int status;

	if (n < 0)
		return why_errno(why, "Ogg");
	if (n != 4 || memcmp(magic, "OggS", 4) != 0)
		return 0;
	(void)ogg_sync_init(&o.sync);
	vorbis_info_init(&o.info);
	vorbis_comment_init(&o.comment);
	status = walk_ogg(&o, r);
	if (status < 0)
		why_errno(why, "Ogg");
	(void)ogg_stream_clear(&o.stream);
	(void)ogg_sync_clear(&o.sync);
	vorbis_comment_clear(&o.comment);
	vorbis_info_clear(&o.info);
	return status;
}
