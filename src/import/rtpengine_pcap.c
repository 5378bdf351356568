/* SPDX-License-Identifier: ISC */
#include "rtpengine_pcap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "guard.h"
#include "mem.h"
#include "rtpengine.h"
#include "rtpengine_sides.h"
#include "streams.h"
#include "text.h"
#include "when.h"

/* If two streams begin within this time, neither is the first. */
#define TOGETHER_US (INT64_C(500) * 1000)
/* The default of rtpengine's silent-timeout. */
#define SILENT_US (INT64_C(3600) * 1000000)
/* rtpengine's random part of a name: "-" and 16 digits. */
enum { RANDOM = 17, LOOK_BACK = 256 };

struct rtpengine_reader {
	struct import *im;
	struct import_call *c;
	char *pcap;
	bool tail;        /* after "call end time": METADATA */
	bool closed;      /* its end was written */
	int64_t first_us; /* of the monologues */
	int64_t end_us;
	bool labelled; /* the first party has a label */
	bool has_sdp;
	/* Of the current block. */
	char label[32], mode[16];
	struct buf sdp;
	struct rtpengine_sides sides;
};

/* "1763805600123.456" milliseconds; 0 or -1. */
static int
us_of_ms_text(const char *text, int64_t *us)
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

/* "2026-11-22T10:00:30 (1763805630250.000 ms)": only the milliseconds have a
 * zone. */
static void
take_pause_line(struct rtpengine_reader *r, const char *rest, const char *event)
{
	const char *open = strchr(rest, '(');
	int64_t us;

	if (open && us_of_ms_text(open + 1, &us) == 0 && us > 0)
		import_event(r->c, us, "%s", event);
}

static void
end_block(struct rtpengine_reader *r)
{
	if (r->sdp.len > 0)
		rtpengine_sides_add(
		    &r->sides, r->mode, r->label, r->sdp.s, r->sdp.len);
	r->sdp.len = 0;
	r->mode[0] = '\0';
}

static void
take_label(struct rtpengine_reader *r, const char *label)
{
	end_block(r);
	(void)snprintf(r->label, sizeof r->label, "%.31s", label);
	import_fact(r->c, r->labelled ? "label_2" : "label", label);
	r->labelled = true;
}

static void
take_started(struct rtpengine_reader *r, const char *rest)
{
	int64_t us;

	/* A label is before it, in the same block. */
	if (r->sdp.len > 0) {
		end_block(r);
		r->label[0] = '\0';
	}
	if (us_of_ms_text(rest, &us) == 0 && us > 0 &&
	    (r->first_us == 0 || us < r->first_us))
		r->first_us = us;
}

static void
take_meta_line(struct rtpengine_reader *r, const char *line)
{
	const char *rest;
	int64_t us;

	if (r->tail) {
		rtpengine_metadata(r->c, line);
	} else if ((rest = after(line, "Timestamp started ms: "))) {
		take_started(r, rest);
	} else if ((rest = after(
			line, "Timestamp terminated ms(first monologue): "))) {
		r->closed = true;
		if (us_of_ms_text(rest, &us) == 0 && us > 0)
			r->end_us = us;
	} else if ((rest = after(line, "Recording paused at: "))) {
		take_pause_line(r, rest, "pause");
	} else if ((rest = after(line, "Recording resumed at: "))) {
		take_pause_line(r, rest, "resume");
	} else if ((rest = after(line, "Label: "))) {
		take_label(r, rest);
	} else if ((rest = after(line, "SDP mode: "))) {
		(void)snprintf(r->mode, sizeof r->mode, "%.15s", rest);
	} else if (after(line, "call end time: ")) {
		r->tail = r->closed = true;
	} else if (r->mode[0] && *line >= 'a' && *line <= 'z' &&
		   line[1] == '=') {
		buf_format(&r->sdp, "%s\n", line);
	}
}

static const char by_order[] =
    "which stream is the customer's (the first to begin is taken)";

/* The role of this port in an earlier part of the call, or NULL. */
static const char *
role_in_earlier_part(const struct rtpengine_reader *r, unsigned port)
{
	char word[16];
	size_t n = (size_t)snprintf(word, sizeof word, ">:%u", port);

	for (size_t i = 0; i < r->c->legs; i++) {
		const struct import_leg *leg = &r->c->leg[i];
		const char *at = leg->streams;

		while (at && (at = strstr(at, word))) {
			at += n;
			if (*at != '\0' && *at != ' ')
				continue;
			for (size_t k = 0; k < CALL_PARTIES; k++)
				if (after(leg->name, call_party_names[k]))
					return call_party_names[k];
		}
	}
	return NULL;
}

/* The role of the port to which a stream goes, by SDP; or NULL. A part that
 * began with "start recording" has no SDP: it is that of an earlier part. */
static const char *
role_by_port(const struct rtpengine_reader *r, const struct stream *x)
{
	for (size_t i = 0; i < r->sides.ports; i++)
		if (r->sides.port[i].port == x->path.to.port)
			return r->sides.port[i].role;
	return r->sides.ports > 0 ? NULL
				  : role_in_earlier_part(r, x->path.to.port);
}

static bool
has_known_port(const struct rtpengine_reader *r, const struct streams *s)
{
	bool known = r->sides.ports > 0;

	for (size_t i = 0; i < s->count && !known; i++)
		known = role_by_port(r, &s->stream[i]) != NULL;
	return known;
}

/*
 * Without SDP, as after a late "start recording", the first to begin is the
 * caller; if two begin together, the one with the higher port, because
 * rtpengine opens the port of the called party first. Since version 12 ports
 * are random: it is a guess.
 */
static const char *
role_by_order(const struct rtpengine_reader *r, const struct streams *s,
    const struct stream *x)
{
	int first = 0;

	if (s->parties == 2 &&
	    s->party[1].start_us - s->party[0].start_us < TOGETHER_US)
		for (size_t i = 0; i < s->count; i++)
			for (size_t k = 0; k < s->count; k++)
				if (s->stream[i].party == 1 &&
				    s->stream[k].party == 0)
					first = s->stream[i].path.to.port >
						s->stream[k].path.to.port;
	return x->party == first       ? r->sides.caller
	       : x->party == 1 - first ? r->sides.called
				       : "third-party";
}

/* By SDP; else by the SDP of other streams of the same party. */
static const char *
role_of_stream(
    const struct rtpengine_reader *r, const struct streams *s, size_t at)
{
	const struct stream *x = &s->stream[at];
	const char *role = role_by_port(r, x);

	for (size_t i = 0; i < s->count && !role; i++)
		if (s->stream[i].party == x->party)
			role = role_by_port(r, &s->stream[i]);
	if (role || has_known_port(r, s))
		return role ? role : "third-party";
	return role_by_order(r, s, x);
}

/* ">:31300" for each port, if no other party uses it. */
static void
add_word(struct buf *words, const struct streams *s, const char *const *role,
    size_t at)
{
	const struct stream *x = &s->stream[at];
	bool shared = false, told = false;

	for (size_t i = 0; i < s->count; i++)
		if (s->stream[i].path.to.port == x->path.to.port) {
			shared |= role[i] && role[i] != role[at];
			told |= i < at && role[i] == role[at];
		}
	if (told && !shared)
		return;
	if (words->len > 0)
		buf_add(words, " ", 1);
	if (shared)
		streams_pick_text(x, words);
	else
		buf_format(words, ">:%u", (unsigned)x->path.to.port);
}

/* Adds a leg with all streams of that role. */
static void
add_rtpengine_leg(struct rtpengine_reader *r, const struct streams *s,
    const char *const *role, const char *name, const char *path)
{
	bool *pick = mem_alloc(s->count + 1);
	struct buf words = {0}, payloads = {0};
	struct import_leg *leg = NULL;
	int64_t end_us;

	for (size_t i = 0; i < s->count; i++)
		if (role[i] && strcmp(role[i], name) == 0) {
			pick[i] = true;
			add_word(&words, s, role, i);
		}
	if (words.len > 0)
		leg = import_leg_streams(r->c, name, path, words.s);
	if (leg) {
		streams_payloads(s, pick, &payloads);
		leg->payloads = payloads.len ? text_dup(payloads.s) : NULL;
		(void)streams_span(s, pick, &leg->start_us, &end_us);
	}
	buf_free(&words);
	buf_free(&payloads);
	free(pick);
}

static void
take_parties(
    struct rtpengine_reader *r, const struct streams *s, const char *path)
{
	const char **role = mem_alloc((s->count + 1) * sizeof *role);
	bool guessed = !has_known_port(r, s);
	int64_t from_us = 0, to_us = 0;

	for (size_t i = 0; i < s->count; i++)
		if (!s->stream[i].copy)
			role[i] = role_of_stream(r, s, i);
	for (size_t i = 0; i < CALL_PARTIES; i++)
		add_rtpengine_leg(r, s, role, call_party_names[i], path);
	for (size_t i = 0; i < s->parties; i++) {
		if (from_us == 0 || s->party[i].start_us < from_us)
			from_us = s->party[i].start_us;
		if (s->party[i].end_us > to_us)
			to_us = s->party[i].end_us;
	}
	if (r->first_us == 0)
		r->first_us = from_us;
	if (r->end_us == 0)
		r->end_us = to_us;
	if (guessed)
		import_guess(r->c, by_order);
	free(role);
}

/* If the capture cannot be read, uses the ports of the SDP. */
static void
take_ports(struct rtpengine_reader *r, const char *path)
{
	for (size_t k = 0; k < CALL_PARTIES; k++) {
		struct buf words = {0};

		for (size_t i = 0; i < r->sides.ports; i++)
			if (strcmp(r->sides.port[i].role,
				call_party_names[k]) == 0)
				buf_format(&words, "%s>:%u",
				    words.len ? " " : "",
				    r->sides.port[i].port);
		if (words.len > 0)
			(void)import_leg_streams(
			    r->c, call_party_names[k], path, words.s);
		buf_free(&words);
	}
	if (r->sides.ports == 0) {
		import_leg(r->c, r->sides.caller, path, -1, 1);
		import_leg(r->c, r->sides.called, path, -1, 2);
		import_guess(r->c, by_order);
	}
	import_untold(r->c, "when the capture begins");
}

/* Takes the path that rtpengine wrote, else a file in --legs. */
static int
take_capture(struct rtpengine_reader *r, struct why *why)
{
	char *path = import_leg_path(r->im, r->pcap);
	struct why what = {0};
	FILE *file = import_open(r->im, path, GUARD_LEG_MAX, &what);
	struct buf payloads = {0};
	struct streams s = {0};
	int bad = -1;

	for (size_t i = 0; i < r->sides.map.count; i++)
		payload_text(&r->sides.map.of[i], &payloads);
	if (file)
		bad = streams_survey(
		    &s, fileno(file), payloads.len ? payloads.s : NULL, &what);
	if (bad == 0 && s.count > 0)
		take_parties(r, &s, path);
	else if (bad == 0 || what.errnum == 0 || what.errnum == ENOENT)
		take_ports(r, path);
	bad = bad != 0 && what.errnum != 0 && what.errnum != ENOENT;
	if (bad && why)
		*why = what;
	if (file)
		(void)fclose(file);
	streams_free(&s);
	buf_free(&payloads);
	free(path);
	return bad ? -1 : 0;
}

/* The call with the same name except for the random part: one that was stopped
 * and started again. */
static struct import_call *
earlier_part(const struct import *im, const char *base, size_t look_back)
{
	size_t n = strlen(base);
	size_t i = im->calls;

	if (n <= RANDOM || base[n - RANDOM] != '-' ||
	    strspn(base + n - RANDOM + 1, "0123456789abcdef") != RANDOM - 1)
		return NULL;
	for (size_t k = 0; i > 0 && k < look_back; k++, i--) {
		struct import_call *c = &im->call[i - 1];
		if (strlen(c->key) == n && strcmp(c->key, base) != 0 &&
		    strncmp(c->key, base, n - RANDOM + 1) == 0)
			return c;
	}
	return NULL;
}

static int
take_meta_text(
    struct rtpengine_reader *r, char *text, const char *path, struct why *why)
{
	char *line = text, *end;
	char *base;

	end = strchr(text, '\n');
	if (end)
		*end = '\0';
	if (strlen(line) < 6 || !strstr(line, ".pcap"))
		return why_set(why,
			   "%s: its first line names no .pcap: not a metadata "
			   "file of rtpengine",
			   path),
		       -1;
	r->pcap = text_dup(line);
	base = rtpengine_base(line);
	/* Parts without SDP come after all others: it may be far back. */
	r->c = earlier_part(r->im, base, r->has_sdp ? LOOK_BACK : SIZE_MAX);
	if (!r->c)
		r->c = import_call(r->im, base);
	free(base);
	import_file(r->c, path);
	while (end) {
		line = end + 1;
		end = strchr(line, '\n');
		if (end)
			*end = '\0';
		line[strcspn(line, "\r")] = '\0';
		take_meta_line(r, line);
	}
	end_block(r);
	rtpengine_sides_end(&r->sides);
	/* METADATA, which comes last, may have the type. */
	if (import_is_outbound(r->im->o, r->c))
		rtpengine_sides_swap(&r->sides);
	return 0;
}

/*
 * A call whose metadata file rtpengine has not closed is in progress, or
 * rtpengine was killed: then no packet came for longer than rtpengine would
 * wait.
 */
static bool
is_dead(const struct rtpengine_reader *r)
{
	int64_t after_us = r->im->o->torn_after_us;

	if (after_us == 0)
		after_us = SILENT_US;
	return when_now_us() - r->end_us > after_us;
}

/* The time between two parts was not recorded: recording was stopped. */
static void
place_part(struct rtpengine_reader *r)
{
	struct import_call *c = r->c;

	if (c->started_us == 0) {
		c->started_us = r->first_us;
		c->end_us = r->end_us;
	} else if (r->first_us >= c->end_us) {
		import_event(c, c->end_us, "pause");
		import_event(c, r->first_us, "resume");
		c->end_us = r->end_us;
	} else {
		if (r->end_us > 0 && r->end_us <= c->started_us) {
			import_event(c, r->end_us, "pause");
			import_event(c, c->started_us, "resume");
		}
		if (r->first_us > 0 && r->first_us < c->started_us)
			c->started_us = r->first_us;
		if (r->end_us > c->end_us)
			c->end_us = r->end_us;
	}
	if (!r->closed)
		c->part = is_dead(r) ? IMPORT_TORN : IMPORT_GOES_ON;
}

/* Recording starts with the first sound, because no one speaks before the
 * answer. */
static void
take_sdp_answer(struct rtpengine_reader *r)
{
	int64_t first_us = 0;

	if (!r->im->o->answered) {
		import_untold(r->c, "the answer");
		return;
	}
	for (size_t i = 0; i < r->c->legs; i++)
		if (r->c->leg[i].start_us > 0 &&
		    (first_us == 0 || r->c->leg[i].start_us < first_us))
			first_us = r->c->leg[i].start_us;
	r->c->answer_us =
	    first_us > r->c->started_us ? first_us : r->c->started_us;
}

static int
add_rtpengine_text(struct import *im, const char *path, bool has_sdp,
    char *text, struct why *why)
{
	struct rtpengine_reader r = {
	    .im = im, .sides = {"customer", "agent"}, .has_sdp = has_sdp};
	int bad = take_meta_text(&r, text, path, why);

	if (bad == 0) {
		bad = take_capture(&r, why);
		place_part(&r);
		take_sdp_answer(&r);
		if (r.c->end_us == 0)
			import_untold(r.c, "the end");
		import_untold(r.c, "consent, payments, transfers, who joined "
				   "and left");
	}
	rtpengine_sides_free(&r.sides);
	buf_free(&r.sdp);
	free(r.pcap);
	return bad;
}

/* A file without SDP is left for later if only_sdp. */
static int
add_rtpengine_call(struct import *im, const char *path, bool only_sdp,
    bool *left, struct why *why)
{
	struct buf text = {0};
	int bad = rtpengine_read(im, path, &text, why);
	bool has_sdp = bad == 0 && strstr(text.s, "\nSDP mode: ");

	*left = bad == 0 && only_sdp && !has_sdp;
	if (bad == 0 && !*left)
		bad = add_rtpengine_text(im, path, has_sdp, text.s, why);
	buf_free(&text);
	return bad;
}

/* All files at once, because several may be of one call. Those without SDP come
 * last: the SDP of the first part shows who is who. */
int
rtpengine_pcap_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	bool *left = mem_alloc(paths + 1);
	int bad = 0;

	for (size_t i = 0; i < paths; i++)
		left[i] = true;
	for (size_t i = 0; i < paths * 2 && bad == 0; i++) {
		/* A single file may be a pipe, which is read only once. */
		bool only_sdp = i < paths && paths > 1;
		size_t at = i % paths;
		struct why own = {0};

		if (!left[at] || add_rtpengine_call(im, path[at], only_sdp,
				     &left[at], &own) == 0)
			continue;
		if (why_status(&own) == EXIT_LATER || paths == 1) {
			if (why)
				*why = own;
			bad = -1;
		} else if (own.errnum != ENOENT) {
			/* Else rtpengine has closed and renamed it since it
			 * was listed. */
			import_skip(im, own.text);
		}
	}
	free(left);
	return bad;
}
