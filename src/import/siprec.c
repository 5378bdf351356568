/* SPDX-License-Identifier: ISC */
#include "siprec.h"

#include <stdlib.h>
#include <string.h>

#include "found.h"
#include "mem.h"
#include "rtpengine.h"
#include "rtpengine_sides.h"
#include "text.h"

enum { MANY = 64, WORD = 128 };

struct person {
	char id[WORD], aor[WORD];
};

struct stream {
	char id[WORD], label[WORD], sender[WORD];
	int64_t start_us;
};

/* One document while it is read. */
struct reader {
	struct import *im;
	struct import_call *c;
	char session[WORD], sip_session[WORD];
	int64_t start_us, end_us;
	struct person person[MANY];
	struct stream stream[MANY];
	size_t persons, streams;
	/* The element at hand. */
	char outer[WORD], who[WORD], sends[WORD];
	int64_t from_us, to_us;
};

/* One tag and the text behind it. */
struct tag {
	char name[WORD];
	bool closes, empty;
	const char *attributes;
	size_t attributes_len;
	char text[WORD];
};

static void
copy(char to[WORD], const char *from, size_t n)
{
	static const struct {
		const char *name, c[2];
	} entities[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""},
	    {"&apos;", "'"}, {"&amp;", "&"}};
	size_t made = 0;

	while (n > 0 && strchr(" \t\r\n", *from)) {
		from++;
		n--;
	}
	while (n > 0 && strchr(" \t\r\n", from[n - 1]))
		n--;
	while (n > 0 && made < WORD - 1) {
		size_t skip = 1;

		to[made] = *from;
		for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
			if (n >= strlen(entities[i].name) &&
			    strncmp(from, entities[i].name,
				strlen(entities[i].name)) == 0) {
				to[made] = *entities[i].c;
				skip = strlen(entities[i].name);
			}
		made++;
		from += skip;
		n -= skip;
	}
	to[made] = '\0';
}

/* The name without its namespace. */
static void
take_name(struct tag *t, const char *s, size_t n)
{
	const char *colon;

	n = strcspn(s, " \t\r\n/>") < n ? strcspn(s, " \t\r\n/>") : n;
	colon = memchr(s, ':', n);
	if (colon) {
		n -= (size_t)(colon + 1 - s);
		s = colon + 1;
	}
	copy(t->name, s, n);
}

/* The next tag, or NULL; comments and declarations are passed over. */
static const char *
next_tag(const char *p, struct tag *t)
{
	const char *end;

	while ((p = strchr(p, '<'))) {
		if (strncmp(p, "<!--", 4) == 0) {
			p = strstr(p, "-->");
			if (!p)
				return NULL;
			continue;
		}
		if (p[1] != '?' && p[1] != '!')
			break;
		p++;
	}
	end = p ? strchr(p, '>') : NULL;
	if (!end)
		return NULL;
	t->closes = p[1] == '/';
	t->empty = end[-1] == '/';
	p += 1 + t->closes;
	t->attributes = p;
	t->attributes_len = (size_t)(end - p);
	take_name(t, p, t->attributes_len);
	copy(t->text, end + 1, strcspn(end + 1, "<"));
	return end + 1;
}

static void
attribute(const struct tag *t, const char *name, char to[WORD])
{
	char *all = text_ndup(t->attributes, t->attributes_len);
	char *head = text_format("%s=", name), *at = strstr(all, head);

	to[0] = '\0';
	if (at) {
		at += strlen(head);
		if (*at == '"' || *at == '\'') {
			const char quote[2] = {*at, '\0'};
			copy(to, at + 1, strcspn(at + 1, quote));
		}
	}
	free(head);
	free(all);
}

static struct stream *
stream_of(struct reader *r, const char *id)
{
	for (size_t i = 0; i < r->streams; i++)
		if (strcmp(r->stream[i].id, id) == 0)
			return &r->stream[i];
	if (r->streams == MANY || !*id)
		return NULL;
	r->stream[r->streams] = (struct stream){.start_us = 0};
	copy(r->stream[r->streams].id, id, strlen(id));
	return &r->stream[r->streams++];
}

static void
open_tag(struct reader *r, const struct tag *t)
{
	static const char *const outer[] = {"session", "participant", "stream",
	    "sessionrecordingassoc", "participantsessionassoc",
	    "participantstreamassoc"};
	char id[WORD];

	for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
		if (strcmp(t->name, outer[i]) == 0) {
			copy(r->outer, t->name, strlen(t->name));
			r->from_us = r->to_us = 0;
			r->sends[0] = '\0';
			attribute(t, "participant_id", r->who);
		}
	if (strcmp(t->name, "session") == 0) {
		attribute(t, "session_id", id);
		if (!r->session[0])
			copy(r->session, id, strlen(id));
	} else if (strcmp(t->name, "participant") == 0 && r->persons < MANY) {
		attribute(t, "participant_id", r->person[r->persons].id);
		r->person[r->persons++].aor[0] = '\0';
	} else if (strcmp(t->name, "nameID") == 0 && r->persons > 0) {
		attribute(t, "aor", r->person[r->persons - 1].aor);
	} else if (strcmp(t->name, "stream") == 0) {
		attribute(t, "stream_id", id);
		if (stream_of(r, id))
			copy(r->sends, id, strlen(id));
	}
}

static void
take_text(struct reader *r, const struct tag *t)
{
	struct stream *s;
	int64_t us;

	if (strcmp(t->name, "label") == 0 && (s = stream_of(r, r->sends)))
		copy(s->label, t->text, strlen(t->text));
	else if (strcmp(t->name, "sipSessionID") == 0)
		copy(r->sip_session, t->text, strlen(t->text));
	else if (strcmp(t->name, "send") == 0)
		copy(r->sends, t->text, strlen(t->text));
	else if (strcmp(t->name, "associate-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->from_us = us;
	else if (strcmp(t->name, "disassociate-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->to_us = us;
	else if (strcmp(t->name, "start-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->start_us = us;
	else if (strcmp(t->name, "end-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->end_us = us;
}

/* Who sends what since when; what began again after it ended was held. */
static void
end_stream(struct reader *r)
{
	struct stream *s = stream_of(r, r->sends);

	if (!s)
		return;
	if (!s->sender[0])
		copy(s->sender, r->who, strlen(r->who));
	if (s->start_us > 0 && r->from_us > s->start_us)
		import_event(r->c, r->from_us, "unhold");
	if (s->start_us == 0 || (r->from_us > 0 && r->from_us < s->start_us))
		s->start_us = r->from_us;
	if (r->to_us > 0)
		import_event(r->c, r->to_us, "hold");
}

static void
close_tag(struct reader *r, const struct tag *t)
{
	if (strcmp(t->name, r->outer) != 0)
		return;
	if (strcmp(t->name, "participantstreamassoc") == 0) {
		end_stream(r);
	} else if (strcmp(t->name, "sessionrecordingassoc") == 0) {
		if (r->from_us > 0)
			r->start_us = r->from_us;
		if (r->to_us > 0)
			r->end_us = r->to_us;
	}
	r->outer[0] = '\0';
}

/* The part of an address that names a person. */
static char *
user_of(const char *aor)
{
	const char *colon = strchr(aor, ':');
	const char *user = colon ? colon + 1 : aor;

	return text_ndup(user, strcspn(user, "@;"));
}

static const char *
aor_of(const struct reader *r, const char *id)
{
	for (size_t i = 0; i < r->persons; i++)
		if (strcmp(r->person[i].id, id) == 0)
			return r->person[i].aor;
	return "";
}

static void
add_people(struct reader *r)
{
	struct import_call *c = r->c;
	static const char *const keys[2] = {"caller", "callee"};

	for (size_t i = 0; i < r->persons && i < 2; i++) {
		char *user = user_of(r->person[i].aor);

		import_fact(c, keys[i], user);
		import_about(c, i == 0 ? IMPORT_CALLER : IMPORT_CALLEE, user);
		free(user);
	}
}

/* "customer" by the label, else by the order of those who send. */
static const char *
role_of(const struct reader *r, size_t at, bool outbound)
{
	const char *said = rtpengine_role(r->stream[at].label);
	size_t number = 0;

	if (said)
		return said;
	for (size_t i = 0; i < r->persons; i++)
		if (strcmp(r->person[i].id, r->stream[at].sender) == 0)
			number = i;
	if (!r->stream[at].sender[0])
		number = at;
	return number == 0   ? (outbound ? "agent" : "customer")
	       : number == 1 ? (outbound ? "customer" : "agent")
			     : "third-party";
}

static void
add_legs(struct reader *r, const char *base)
{
	bool outbound = import_is_outbound(r->im->o, r->c);
	char *whole = NULL;

	for (size_t i = 0; i < r->streams; i++) {
		const struct stream *s = &r->stream[i];
		char *stem = text_format("%s-%s", base, s->label);
		char *path = *s->label ? import_found_stem(r->im, stem) : NULL;
		struct import_leg *leg = NULL;

		free(stem);
		stem = text_format("%s-%s", base, s->id);
		if (!path)
			path = import_found_stem(r->im, stem);
		if (path)
			leg = import_leg(r->c, role_of(r, i, outbound), path,
			    s->start_us > 0 ? s->start_us : -1, 0);
		if (leg && *aor_of(r, s->sender) == '\0')
			import_untold(r->c, "whose a stream is");
		free(stem);
		free(path);
	}
	if (r->c->legs > 0)
		return;
	whole = import_found_stem(r->im, base);
	for (size_t i = 0; i < r->streams && whole; i++)
		(void)import_leg(r->c, role_of(r, i, outbound), whole,
		    r->start_us > 0 ? r->start_us : -1, (int)i + 1);
	free(whole);
}

static int
take_document(
    struct reader *r, const char *xml, const char *path, struct why *why)
{
	char *base = rtpengine_base(path);
	struct tag t = {0};
	bool found = false;

	r->c = import_call(r->im, base);
	while ((xml = next_tag(xml, &t))) {
		found |= strcmp(t.name, "recording") == 0;
		if (!found)
			continue;
		if (!t.closes) {
			open_tag(r, &t);
			take_text(r, &t);
		}
		if (t.closes || t.empty)
			close_tag(r, &t);
		if (t.closes && strcmp(t.name, "recording") == 0)
			break;
	}
	if (!found || r->streams == 0) {
		import_drop(r->c, "no streams of SIPREC");
		why_set(why, "%s: no rs-metadata of SIPREC (RFC 7865)", path);
		free(base);
		return -1;
	}
	import_file(r->c, path);
	import_fact(r->c, "sip_session_id", r->sip_session);
	add_people(r);
	add_legs(r, base);
	free(base);
	return 0;
}

/* The call begins with its first stream, if nobody says when. */
static void
take_times(struct reader *r)
{
	for (size_t i = 0; i < r->streams; i++)
		if (r->stream[i].start_us > 0 &&
		    (r->start_us == 0 || r->stream[i].start_us < r->start_us))
			r->start_us = r->stream[i].start_us;
	r->c->started_us = r->start_us;
	if (r->end_us > 0)
		r->c->end_us = r->end_us;
	else
		import_untold(r->c, "the end");
	if (r->start_us == 0)
		import_untold(r->c, "any time");
	if (r->im->o->answered)
		r->c->answer_us = r->start_us;
	else
		import_untold(r->c, "the answer");
	import_untold(r->c, "consent, payments, transfers");
}

static int
add_one(struct import *im, const char *path, struct why *why)
{
	struct reader *r = mem_alloc(sizeof *r);
	struct buf text = {0};
	int bad;

	r->im = im;
	bad = rtpengine_read(im, path, &text, why);
	if (bad == 0)
		bad = take_document(r, text.s, path, why);
	if (bad == 0)
		take_times(r);
	buf_free(&text);
	free(r);
	return bad;
}

int
siprec_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	for (size_t i = 0; i < paths; i++) {
		struct why own = {0};

		if (add_one(im, path[i], &own) == 0)
			continue;
		if (own.errnum != 0 || paths == 1) {
			if (why)
				*why = own;
			return -1;
		}
		import_skip(im, own.text);
	}
	return 0;
}
