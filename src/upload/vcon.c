/* SPDX-License-Identifier: ISC */
#include "vcon.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "hash.h"
#include "io.h"
#include "json.h"
#include "mem.h"
#include "metadata.h"
#include "num.h"
#include "path.h"
#include "plan.h"
#include "speakers.h"
#include "text.h"
#include "when.h"

#define SYNTAX "0.4.0"

struct vcon {
	const struct dest *d;
	const struct dest_item *of;
	const struct ticket *t;
	const struct ticket_file *f;
	struct speakers speakers;
	int64_t call_us; /* when the call began; -1: not known */
	int64_t from_us; /* when this file begins, and its length */
	int64_t length_us;
	struct ticket_stretch part; /* its place in the call */
	int64_t made_us;            /* when the vCon is said to be made */
	struct json *j;
};

static void
find_times(struct vcon *v, int64_t made_us)
{
	const char *started = ticket_fact(v->t, "started");

	v->part = ticket_stretch_of(v->f);
	v->length_us = -1;
	if (v->f->rate > 0 && v->f->samples / v->f->rate < INT64_MAX / 1000000)
		v->length_us = num_us(v->f->samples, v->f->rate);
	if (!started || when_parse(started, &v->call_us) != 0) {
		v->call_us = -1;
		v->from_us = v->made_us = made_us;
		return;
	}
	v->from_us = v->call_us + v->part.start_us;
	v->made_us = v->from_us + (v->length_us > 0 ? v->length_us : 0);
}

static void
set_vcon_time(struct json *j, const char *path, int64_t us)
{
	char text[WHEN_SIZE];
	int ms = (int)(us / 1000 % 1000);
	size_t n;

	(void)when_text(us, text);
	n = strcspn(text, "Z");
	if (ms > 0)
		(void)snprintf(text + n, sizeof text - n, ".%03dZ", ms);
	json_set_text(j, path, text);
}

/* What RFC 3966 has of a number; an address of SIP is one of its own. */
static void
set_party_number(struct json *one, const char *number)
{
	struct buf b = {0};

	if (strncmp(number, "sip:", 4) == 0 ||
	    strncmp(number, "sips:", 5) == 0) {
		json_set_text(one, "sip", strchr(number, ':') + 1);
		return;
	}
	for (const char *c = number; *c; c++)
		if (strchr("+0123456789*#", *c))
			buf_add(&b, c, 1);
	if (b.len > 0)
		json_set_text(one, "tel", b.s);
	buf_free(&b);
}

/* As the extension spells it. */
static const char *
role_of_party(enum call_party party)
{
	return party == CALL_PARTY_THIRD ? "thirdparty"
					 : call_party_names[party];
}

static void
put_json(struct json *j, const char *list, struct json *one)
{
	char *path = text_format("%s.%zu", list, json_count(j, list));

	json_put(j, path, one);
	free(path);
}

/* Who speaks, and we: who attaches something is a party. */
static void
add_vcon_parties(struct vcon *v)
{
	const char *version =
	    doc_value(doc_find(&v->t->call, "mixed"), "rectools");
	struct json *we = json_new();
	char *name = text_format(
	    "rectools%s%s", version ? " " : "", version ? version : "");

	for (size_t i = 0; i < v->speakers.count; i++) {
		const struct speaker *s = &v->speakers.one[i];
		struct json *one = json_new();

		if (s->number)
			set_party_number(one, s->number);
		if (s->name)
			json_set_text(one, "validation", "none");
		if (s->name || !s->number)
			json_set_text(
			    one, "name", s->name ? s->name : "anonymous");
		json_set_text(one, "role", role_of_party(s->role));
		put_json(v->j, "parties", one);
	}
	json_set_text(we, "name", name);
	json_set_text(we, "validation", "none");
	json_set_text(we, "type", "bot");
	put_json(v->j, "parties", we);
	free(name);
}

/* For each channel who is heard on it; null: nobody. Of one all of them. */
static void
add_channels(const struct vcon *v, struct json *dialog)
{
	unsigned channels = v->f->channels == 2 ? 2 : 1;
	char *path;
	size_t n;

	json_set_list(dialog, "parties");
	for (unsigned c = 1; c <= channels; c++) {
		n = 0;
		for (size_t i = 0; i < v->speakers.count; i++) {
			if (channels == 2 &&
			    v->speakers.one[i].channel != (int)c)
				continue;
			path = channels == 2
				   ? text_format("parties.%u.%zu", c - 1, n++)
				   : text_format("parties.%zu", n++);
			json_set_number(dialog, path, (int64_t)i);
			free(path);
		}
		path = text_format("parties.%u", c - 1);
		if (n == 0 && channels == 2)
			json_set_null(dialog, path);
		free(path);
	}
}

/* The first party is taken for the one who called, where it is not said. */
static void
add_originator(const struct vcon *v, struct json *dialog)
{
	enum call_class class = ticket_class(v->t);

	if (class != CALL_OUTBOUND && class != CALL_CALLBACK)
		return;
	for (size_t i = 0; i < v->speakers.count; i++)
		if (v->speakers.one[i].role == CALL_PARTY_AGENT) {
			json_set_number(dialog, "originator", (int64_t)i);
			return;
		}
}

static void
add_history(const struct vcon *v, struct json *dialog)
{
	if (v->call_us < 0)
		return;
	for (size_t i = 0; i < v->speakers.events; i++) {
		const struct speaker_event *e = &v->speakers.event[i];
		struct json *one;

		if (e->at_us < v->part.start_us || e->at_us > v->part.end_us)
			continue;
		one = json_new();
		json_set_number(one, "party", (int64_t)e->who);
		set_vcon_time(one, "time", v->call_us + e->at_us);
		json_set_text(one, "event", e->what);
		put_json(dialog, "party_history", one);
	}
}

/* "sha512-", and the hash in Base64 for URLs; NULL with errno. */
static char *
hash_of_content(int fd)
{
	enum { CHUNK = 1 << 17 };
	struct hash *h = hash_new(HASH_SHA512);
	unsigned char *chunk = mem_alloc(CHUNK), raw[HASH_BYTES];
	int64_t at = 0;
	ssize_t n;
	char *text, *hash;

	while ((n = io_pread(fd, chunk, CHUNK, at)) > 0) {
		hash_add(h, chunk, (size_t)n);
		at += n;
	}
	free(chunk);
	if (n < 0) {
		hash_drop(h);
		return NULL;
	}
	hash_bytes(h, raw);
	text = base64_url(raw, sizeof raw);
	hash = text_format("sha512-%s", text);
	free(text);
	return hash;
}

/* Where it is, which the draft wants to be HTTPS: else its name alone. */
static void
add_content(const struct vcon *v, struct json *dialog, const char *hash)
{
	char *where = v->d->kind->where(v->d, v->of->object);
	bool secret = v->d->envelope != NULL;

	json_set_text(
	    dialog, "mediatype", secret ? v->of->content_type : "audio/x-mp3");
	json_set_text(dialog, "filename", path_name(v->of->object));
	if (strncmp(where, "https://", 8) == 0)
		json_set_text(dialog, "url", where);
	json_set_text(dialog, "content_hash", hash);
	free(where);
}

static void
add_dialog(struct vcon *v, const char *hash)
{
	const char *id = ticket_fact(v->t, "id");
	struct json *dialog = json_new();

	json_set_text(dialog, "type", "recording");
	set_vcon_time(dialog, "start", v->from_us);
	if (v->length_us >= 0)
		json_set_seconds(dialog, "duration", v->length_us);
	add_channels(v, dialog);
	add_originator(v, dialog);
	add_history(v, dialog);
	add_content(v, dialog, hash);
	if (id && speakers_may_tell(v->d->facts, "id"))
		json_set_text(dialog, "interaction_id", id);
	put_json(v->j, "dialog", dialog);
}

/* What was cut out was never in a vCon: there is no other to refer to. */
static void
add_redaction(struct vcon *v)
{
	static const char *const kinds[] = {"pause", "payment"};
	struct buf b = {0};

	for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
		for (size_t i = 0; i < v->f->cuts; i++)
			if (strstr(v->f->cut[i].reason, kinds[k]) &&
			    plan_is_redaction(v->f->cut[i].reason)) {
				buf_format(&b, "%s%s", b.len > 0 ? ", " : "",
				    kinds[k]);
				break;
			}
	if (b.s)
		json_set_text(v->j, "redacted.type", b.s);
	buf_free(&b);
}

static void
add_attachment(struct vcon *v)
{
	struct json *one = json_new();

	json_set_text(one, "purpose", "rectools-metadata");
	set_vcon_time(one, "start", v->made_us);
	json_set_number(one, "party", (int64_t)v->speakers.count);
	json_set_number(one, "dialog", 0);
	json_set_text(one, "mediatype", "application/json");
	json_set_text(one, "encoding", "json");
	json_put(
	    one, "body", metadata_json(v->t, v->f, v->of->object, v->d->facts));
	put_json(v->j, "attachments", one);
}

/*
 * Version 8 of RFC 9562: the time in milliseconds, and a hash of the vCon in the
 * place of chance and of a host's name, so that a second try has the same.
 */
static void
set_uuid(struct vcon *v)
{
	uint64_t ms = v->made_us > 0 ? (uint64_t)v->made_us / 1000 : 0;
	struct hash *h = hash_new(HASH_SHA256);
	unsigned char b[HASH_BYTES];
	char *text = json_write(v->j), *uuid;

	hash_add(h, v->d->name, strlen(v->d->name));
	hash_add(h, text, strlen(text));
	hash_bytes(h, b);
	uuid = text_format("%08x-%04x-8%01x%02x-%02x%02x-"
			   "%02x%02x%02x%02x%02x%02x",
	    (unsigned)(ms >> 16 & 0xffffffff), (unsigned)(ms & 0xffff),
	    b[0] & 15u, b[1], (b[2] & 0x3fu) | 0x80u, b[3], b[4], b[5], b[6],
	    b[7], b[8], b[9]);
	json_set_text(v->j, "uuid", uuid);
	free(uuid);
	free(text);
}

char *
vcon_text(
    const struct dest *d, const struct dest_item *recording, int64_t made_us)
{
	struct vcon v = {.d = d,
	    .of = recording,
	    .t = recording->ticket,
	    .f = recording->file};
	char *hash = hash_of_content(recording->fd), *line, *text;

	if (!hash)
		return NULL;
	find_times(&v, made_us);
	speakers_find(&v.speakers, v.t, v.f, d->facts);
	v.j = json_new();
	json_set_text(v.j, "vcon", SYNTAX);
	json_set_text(v.j, "uuid", "");
	json_set_text(v.j, "extensions.0", "CC");
	set_vcon_time(v.j, "created_at", v.made_us);
	add_redaction(&v);
	add_vcon_parties(&v);
	add_dialog(&v, hash);
	add_attachment(&v);
	set_uuid(&v);
	line = json_write(v.j);
	text = text_format("%s\n", line);
	json_free(v.j);
	speakers_free(&v.speakers);
	free(line);
	free(hash);
	return text;
}
