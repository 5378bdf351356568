/* SPDX-License-Identifier: ISC */
#include "from_pcap_txt.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "rtpengine.h"
#include "text.h"

struct reader {
	struct import *im;
	struct import_call *c;
	char *pcap;
	const char *tail; /* after "call end time": METADATA */
	int64_t first_us; /* of the monologues */
	bool labelled;    /* the first party is */
};

/* "1763805600123.456" milliseconds; 0 or -1. */
static int
milliseconds(const char *text, int64_t *us)
{
	char *number = text_ndup(text, strspn(text, "0123456789."));
	int64_t thousandths;
	int bad = import_epoch(number, &thousandths);

	free(number);
	*us = thousandths / 1000;
	return bad;
}

static const char *
after(const char *line, const char *head)
{
	size_t n = strlen(head);

	return strncmp(line, head, n) == 0 ? line + n : NULL;
}

/* "2026-11-22T10:00:30 (1763805630250.000 ms)": the milliseconds have a zone. */
static void
take_pause(struct reader *r, const char *rest, const char *event)
{
	const char *open = strchr(rest, '(');
	int64_t us;

	if (open && milliseconds(open + 1, &us) == 0 && us > 0)
		import_event(r->c, us, "%s", event);
}

static void
take_line(struct reader *r, const char *line)
{
	const char *rest;
	int64_t us;

	if ((rest = after(line, "Timestamp started ms: ")) &&
	    milliseconds(rest, &us) == 0 && us > 0) {
		if (r->first_us == 0 || us < r->first_us)
			r->first_us = us;
	} else if ((rest = after(
			line, "Timestamp terminated ms(first monologue): ")) &&
		   milliseconds(rest, &us) == 0 && us > 0) {
		r->c->end_us = us;
	} else if ((rest = after(line, "Recording paused at: "))) {
		take_pause(r, rest, "pause");
	} else if ((rest = after(line, "Recording resumed at: "))) {
		take_pause(r, rest, "resume");
	} else if ((rest = after(line, "Label: "))) {
		import_fact(r->c, r->labelled ? "label_2" : "label", rest);
		r->labelled = true;
	} else if (after(line, "call end time: ")) {
		r->tail = line;
	} else if (r->tail) {
		rtpengine_metadata(r->c, line);
	}
}

static uint32_t
get32(const unsigned char *b, bool big)
{
	return big ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 |
			 (uint32_t)b[2] << 8 | b[3]
		   : (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 |
			 (uint32_t)b[1] << 8 | b[0];
}

/* When its first packet came, which is the leg's time 0; -1: not told. */
static int64_t
capture_start(const struct import *im, const char *path)
{
	FILE *file = import_open(im, path, GUARD_LEG_MAX, NULL);
	unsigned char b[32];
	size_t n = file ? fread(b, 1, sizeof b, file) : 0;
	bool big;
	uint32_t magic;

	if (file)
		(void)fclose(file);
	if (n < sizeof b)
		return -1;
	big = b[0] == 0xa1;
	magic = get32(b, big);
	if (magic != 0xa1b2c3d4 && magic != 0xa1b23c4d)
		return -1;
	return (int64_t)get32(b + 24, big) * 1000000 +
	       (int64_t)get32(b + 28, big) / (magic == 0xa1b23c4d ? 1000 : 1);
}

/* The path as rtpengine wrote it, else in --legs. */
static void
take_capture(struct reader *r)
{
	struct import_call *c = r->c;
	char *path = import_leg_path(r->im, r->pcap);
	int64_t start_us = capture_start(r->im, path);

	if (c->started_us == 0 && start_us > 0)
		c->started_us = start_us;
	import_leg(c, "customer", path, start_us, 1);
	import_leg(c, "agent", path, start_us, 2);
	if (start_us < 0)
		import_untold(c, "when the capture begins");
	import_untold(c, "which stream is the customer's (the first to begin "
			 "is taken)");
	free(path);
}

static int
take_text(struct reader *r, char *text, const char *path, struct why *why)
{
	char *line = text, *end;
	char *base;

	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	if (strlen(line) < 6 || !strstr(line, ".pcap"))
		return why_set(why,
		    "%s: its first line names no .pcap: not a metadata file "
		    "of rtpengine",
		    path);
	r->pcap = text_dup(line);
	base = rtpengine_base(line);
	r->c = import_call(r->im, base);
	free(base);
	while (end) {
		line = end + 1;
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		line[strcspn(line, "\r")] = '\0';
		take_line(r, line);
	}
	return 0;
}

int
from_pcap_txt_add(struct import *im, const char *path, struct why *why)
{
	struct reader r = {.im = im};
	struct buf text = {0};
	int bad = rtpengine_read(im, path, &text, why);

	if (bad == 0)
		bad = take_text(&r, text.s, path, why);
	if (bad == 0 && r.c) {
		r.c->started_us = r.first_us;
		take_capture(&r);
		if (im->o->answered)
			import_event(r.c, r.c->started_us, "answer");
		else
			import_untold(r.c, "the answer");
		if (r.c->end_us == 0)
			import_untold(r.c, "the end");
		import_untold(r.c, "consent, payments, transfers, who joined "
				   "and left");
	}
	free(r.pcap);
	buf_free(&text);
	return bad;
}
