/* SPDX-License-Identifier: ISC */
#include "siprec.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "found.h"
#include "mem.h"
#include "rtpengine.h"
#include "rtpengine_sides.h"
#include "siprec_xml.h"
#include "text.h"

enum { MANY = 64, WORD = SIPREC_WORD, BASES = 8 };

struct person {
	char id[WORD], aor[WORD];
	bool in_document;
};

struct siprec_stream {
	char id[WORD], label[WORD], sender[WORD];
	bool begun, open, in_document;
	int64_t start_us, changed_us;
};

/* A stream ended or continued. */
struct siprec_change {
	int64_t at_us;
	int held; /* 1, -1 */
};

/* A session. Each change of the call may have left a document. */
struct siprec_reader {
	struct import *im;
	struct import_call *c;
	char *base[BASES], *file[BASES]; /* of its documents */
	size_t files;
	char session[WORD], sip_session[WORD];
	int64_t start_us, end_us;
	struct person *person;
	struct siprec_stream *stream;
	struct siprec_change *change;
	size_t persons, streams, changes;
	bool untimed; /* a change has no time */
	/* Of the current document. */
	bool partial;
	int64_t latest_us;
	/* Of the current element. */
	char outer[WORD], who[WORD], at[WORD];
	size_t sends[MANY], sending;
	int64_t from_us, to_us;
};

static struct siprec_stream *
stream_of(struct siprec_reader *r, const char *id)
{
	for (size_t i = 0; i < r->streams; i++)
		if (strcmp(r->stream[i].id, id) == 0)
			return &r->stream[i];
	if (r->streams == MANY || !*id)
		return NULL;
	r->stream = mem_resize(r->stream, r->streams + 1, sizeof *r->stream);
	r->stream[r->streams] = (struct siprec_stream){.start_us = 0};
	siprec_copy(r->stream[r->streams].id, id, strlen(id));
	return &r->stream[r->streams++];
}

static struct person *
person_of(struct siprec_reader *r, const char *id)
{
	for (size_t i = 0; i < r->persons; i++)
		if (strcmp(r->person[i].id, id) == 0)
			return &r->person[i];
	if (r->persons == MANY || !*id)
		return NULL;
	r->person = mem_resize(r->person, r->persons + 1, sizeof *r->person);
	r->person[r->persons] = (struct person){.in_document = false};
	siprec_copy(r->person[r->persons].id, id, strlen(id));
	return &r->person[r->persons++];
}

static void
open_tag(struct siprec_reader *r, const struct siprec_tag *t)
{
	static const char *const outer[] = {"session", "participant", "stream",
	    "sessionrecordingassoc", "participantsessionassoc",
	    "participantstreamassoc"};
	char id[WORD];
	struct person *p;

	for (size_t i = 0; i < sizeof outer / sizeof *outer; i++)
		if (strcmp(t->name, outer[i]) == 0) {
			siprec_copy(r->outer, t->name, strlen(t->name));
			r->from_us = r->to_us = 0;
			r->sending = 0;
			r->at[0] = '\0';
			siprec_attribute(t, "participant_id", r->who);
		}
	if (strcmp(t->name, "session") == 0) {
		siprec_attribute(t, "session_id", id);
		if (!r->session[0])
			siprec_copy(r->session, id, strlen(id));
	} else if (strcmp(t->name, "participant") == 0) {
		(void)person_of(r, r->who);
	} else if (strcmp(t->name, "nameID") == 0 &&
		   (p = person_of(r, r->who))) {
		siprec_attribute(t, "aor", p->aor);
	} else if (strcmp(t->name, "stream") == 0) {
		siprec_attribute(t, "stream_id", id);
		if (stream_of(r, id))
			siprec_copy(r->at, id, strlen(id));
	}
}

static void
take_send(struct siprec_reader *r, const char *id)
{
	const struct siprec_stream *s = stream_of(r, id);

	if (s && r->sending < MANY)
		r->sends[r->sending++] = (size_t)(s - r->stream);
}

static void
take_xml_text(struct siprec_reader *r, const struct siprec_tag *t)
{
	struct siprec_stream *s;
	int64_t us;

	if (strcmp(t->name, "label") == 0 && (s = stream_of(r, r->at)))
		siprec_copy(s->label, t->text, strlen(t->text));
	else if (strcmp(t->name, "sipSessionID") == 0)
		siprec_copy(r->sip_session, t->text, strlen(t->text));
	else if (strcmp(t->name, "datamode") == 0 ||
		 strcmp(t->name, "dataMode") == 0)
		r->partial = strcmp(t->text, "partial") == 0;
	else if (strcmp(t->name, "send") == 0)
		take_send(r, t->text);
	else if (strcmp(t->name, "associate-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->from_us = us;
	else if (strcmp(t->name, "disassociate-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->to_us = us;
	else if (strcmp(t->name, "start-time") == 0 &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->start_us = us;
	else if ((strcmp(t->name, "end-time") == 0 ||
		     strcmp(t->name, "stop-time") == 0) &&
		 import_time(r->im->o, t->text, &us) == 0)
		r->end_us = us;
}

static void
change_stream(
    struct siprec_reader *r, struct siprec_stream *s, bool opens, int64_t at_us)
{
	s->open = opens;
	if (at_us <= s->changed_us) {
		r->untimed = true;
		return;
	}
	s->changed_us = at_us;
	r->change = mem_resize(r->change, r->changes + 1, sizeof *r->change);
	r->change[r->changes++] = (struct siprec_change){at_us, opens ? -1 : 1};
}

/* The same document may be sent again: known streams do not change. */
static void
begin_stream(struct siprec_reader *r, struct siprec_stream *s)
{
	s->in_document = true;
	if (!s->sender[0])
		siprec_copy(s->sender, r->who, strlen(r->who));
	if (!s->begun) {
		s->begun = s->open = true;
		s->start_us = s->changed_us = r->from_us;
	} else if (!s->open &&
		   (r->from_us == 0 || r->from_us > s->changed_us)) {
		change_stream(
		    r, s, true, r->from_us ? r->from_us : r->latest_us);
	}
	if (s->open && r->to_us > s->changed_us)
		change_stream(r, s, false, r->to_us);
}

static void
close_tag(struct siprec_reader *r, const struct siprec_tag *t)
{
	if (strcmp(t->name, r->outer) != 0)
		return;
	r->latest_us = r->from_us > r->latest_us ? r->from_us : r->latest_us;
	r->latest_us = r->to_us > r->latest_us ? r->to_us : r->latest_us;
	if (strcmp(t->name, "participantstreamassoc") == 0) {
		struct person *p = person_of(r, r->who);

		if (p)
			p->in_document = true;
		for (size_t i = 0; i < r->sending; i++)
			begin_stream(r, &r->stream[r->sends[i]]);
	} else if (strcmp(t->name, "sessionrecordingassoc") == 0) {
		if (r->from_us > 0)
			r->start_us = r->from_us;
		if (r->to_us > 0)
			r->end_us = r->to_us;
	}
	r->outer[0] = '\0';
}

static void
begin_document(struct siprec_reader *r)
{
	r->partial = false;
	r->latest_us = 0;
	r->outer[0] = '\0';
	for (size_t i = 0; i < r->streams; i++)
		r->stream[i].in_document = false;
	for (size_t i = 0; i < r->persons; i++)
		r->person[i].in_document = false;
}

/* A participant that is named but does not send any more has stopped (RFC 8068,
 * 3.2.4). */
static void
end_document(struct siprec_reader *r)
{
	for (size_t i = 0; i < r->streams; i++) {
		struct siprec_stream *s = &r->stream[i];
		const struct person *p =
		    s->sender[0] ? person_of(r, s->sender) : NULL;

		if (s->open && !s->in_document &&
		    (!r->partial || (p && p->in_document)))
			change_stream(r, s, false, r->latest_us);
	}
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
aor_of(const struct siprec_reader *r, const char *id)
{
	for (size_t i = 0; i < r->persons; i++)
		if (strcmp(r->person[i].id, id) == 0)
			return r->person[i].aor;
	return "";
}

static void
add_people(struct siprec_reader *r)
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

/* "customer" by the label, else by the order of the senders. */
static const char *
role_of_participant(const struct siprec_reader *r, size_t at, bool outbound)
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

/* The file with the name of one of the documents and this suffix. */
static char *
found_beside(const struct siprec_reader *r, const char *name)
{
	char *path = NULL;

	for (size_t i = 0; i < r->files && !path; i++) {
		char *stem = *name ? text_format("%s-%s", r->base[i], name)
				   : text_dup(r->base[i]);

		path = import_found_stem(r->im, stem);
		free(stem);
	}
	return path;
}

static void
add_siprec_legs(struct siprec_reader *r)
{
	bool outbound = import_is_outbound(r->im->o, r->c);
	char *whole = NULL;

	for (size_t i = 0; i < r->streams; i++) {
		const struct siprec_stream *s = &r->stream[i];
		char *path = *s->label ? found_beside(r, s->label) : NULL;
		struct import_leg *leg = NULL;

		if (!path)
			path = found_beside(r, s->id);
		if (path)
			leg = import_leg(r->c,
			    role_of_participant(r, i, outbound), path,
			    s->start_us > 0 ? s->start_us : -1, 0);
		if (leg && !s->sender[0])
			import_guess(r->c, "which stream is whose");
		else if (leg && *aor_of(r, s->sender) == '\0')
			import_untold(r->c, "which stream is whose");
		free(path);
	}
	if (r->c->legs > 0)
		return;
	whole = found_beside(r, "");
	for (size_t i = 0; i < r->streams && whole; i++)
		(void)import_leg(r->c, role_of_participant(r, i, outbound),
		    whole, r->start_us > 0 ? r->start_us : -1, (int)i + 1);
	free(whole);
}

static int
by_siprec_time(const void *a, const void *b)
{
	const struct siprec_change *x = a, *y = b;

	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return y->held - x->held;
}

/*
 * The call is on hold from the first stream that ends until all have returned.
 */
static void
add_siprec_holds(struct siprec_reader *r)
{
	int held = 0;

	if (r->changes > 1)
		qsort(r->change, r->changes, sizeof *r->change, by_siprec_time);
	for (size_t i = 0; i < r->changes; i++) {
		const struct siprec_change *x = &r->change[i];

		held += x->held;
		/* Hanging up also ends streams. */
		if (r->end_us > 0 && x->at_us >= r->end_us)
			break;
		if (held == 1 && x->held > 0)
			import_event(r->c, x->at_us, "hold");
		else if (held == 0)
			import_event(r->c, x->at_us, "unhold");
	}
	if (r->untimed)
		import_untold(r->c, "when a hold began or ended");
}

/* The call begins with its first stream, if there is no other time. */
static void
take_siprec_times(struct siprec_reader *r)
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

static void
make_call(struct siprec_reader *r)
{
	r->c = import_call(r->im, r->base[0]);
	for (size_t i = 0; i < r->files; i++)
		import_file(r->c, r->file[i]);
	import_fact(r->c, "sip_session_id", r->sip_session);
	add_people(r);
	add_siprec_legs(r);
	add_siprec_holds(r);
	take_siprec_times(r);
}

static void
reader_free(struct siprec_reader *r)
{
	for (size_t i = 0; i < r->files; i++) {
		free(r->base[i]);
		free(r->file[i]);
	}
	free(r->person);
	free(r->stream);
	free(r->change);
	free(r);
}

/* All sessions of a run: a session may have several documents. */
struct sessions {
	struct siprec_reader **reader;
	size_t count;
};

/* The session of a document, from its first elements. */
static void
session_of(const char *xml, char id[WORD])
{
	struct siprec_tag t = {0};

	id[0] = '\0';
	while ((xml = siprec_next(xml, &t)) && !id[0] &&
	       !(t.closes && strcmp(t.name, "recording") == 0))
		if (strcmp(t.name, "session") == 0 && !t.closes)
			siprec_attribute(&t, "session_id", id);
}

/* "s1-2" is an update of "s1". */
static bool
is_update(const char *base, const char *of)
{
	size_t n = strlen(of);

	return strncmp(base, of, n) == 0 && base[n] && strchr("-._", base[n]) &&
	       base[n + 1] &&
	       base[n + 1 + strspn(base + n + 1, "0123456789")] == '\0';
}

static struct siprec_reader *
reader_of(struct sessions *all, struct import *im, const char *xml,
    const char *path, const char *base)
{
	char id[WORD];
	struct siprec_reader *r;

	session_of(xml, id);
	for (size_t i = all->count; i > 0; i--) {
		r = all->reader[i - 1];
		if (id[0] ? strcmp(r->session, id) == 0
			  : strcmp(path, r->file[0]) == 0 ||
				is_update(base, r->base[0]))
			return r;
	}
	r = mem_alloc(sizeof *r);
	r->im = im;
	all->reader =
	    mem_resize(all->reader, all->count + 1, sizeof *all->reader);
	all->reader[all->count++] = r;
	return r;
}

static void
add_siprec_file(struct siprec_reader *r, const char *path, const char *base)
{
	for (size_t i = 0; i < r->files; i++)
		if (strcmp(r->file[i], path) == 0)
			return;
	if (r->files == BASES)
		return;
	r->base[r->files] = text_dup(base);
	r->file[r->files++] = text_dup(path);
}

/* Reads one <recording>; returns what follows it, or NULL: there was none. */
static const char *
take_xml_document(struct siprec_reader *r, const char *xml)
{
	struct siprec_tag t = {0};
	bool found_it = false;

	begin_document(r);
	while ((xml = siprec_next(xml, &t))) {
		found_it |= strcmp(t.name, "recording") == 0;
		if (!found_it)
			continue;
		if (!t.closes) {
			open_tag(r, &t);
			take_xml_text(r, &t);
		}
		if (t.closes || t.empty)
			close_tag(r, &t);
		if (t.closes && strcmp(t.name, "recording") == 0)
			break;
	}
	if (xml)
		end_document(r);
	return xml;
}

static bool
has_recording(const char *xml)
{
	struct siprec_tag t = {0};

	while ((xml = siprec_next(xml, &t)))
		if (strcmp(t.name, "recording") == 0 && !t.closes)
			return true;
	return false;
}

/* A file with one document, or with several. */
static int
add_siprec_session(
    struct sessions *all, struct import *im, const char *path, struct why *why)
{
	struct buf text = {0};
	int bad = rtpengine_read(im, path, &text, why);
	const char *xml = text.s;
	char *base = rtpengine_base(path);
	size_t streams = 0;

	while (bad == 0 && xml && has_recording(xml)) {
		struct siprec_reader *r = reader_of(all, im, xml, path, base);

		add_siprec_file(r, path, base);
		xml = take_xml_document(r, xml);
		streams += r->streams;
	}
	if (bad == 0 && streams == 0)
		bad = why_set(
		    why, "%s: no rs-metadata of SIPREC (RFC 7865)", path);
	buf_free(&text);
	free(base);
	return bad;
}

int
siprec_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	struct sessions all = {0};
	int bad = 0;

	for (size_t i = 0; i < paths && bad == 0; i++) {
		struct why own = {0};

		if (add_siprec_session(&all, im, path[i], &own) == 0)
			continue;
		if (own.errnum == 0 && paths > 1) {
			import_skip(im, own.text);
			continue;
		}
		bad = -1;
		if (why)
			*why = own;
	}
	for (size_t i = 0; i < all.count; i++) {
		if (bad == 0 && all.reader[i]->streams > 0)
			make_call(all.reader[i]);
		reader_free(all.reader[i]);
	}
	free(all.reader);
	return bad;
}
