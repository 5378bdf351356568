/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "json.h"
#include "num.h"
#include "text.h"

char *
metadata_name(const char *object)
{
	size_t n = strlen(object);
	bool secret = n > 4 && strcmp(object + n - 4, ".cms") == 0;

	if (secret)
		n -= 4;
	if (n > 4 && strncmp(object + n - 4, ".mp3", 4) == 0)
		n -= 4;
	return text_format("%.*s.json%s", (int)n, object, secret ? ".cms" : "");
}

/* Adds the call, and the place of the recording in it. */
static void
add_place(struct json *j, const struct ticket *t, const struct ticket_file *f)
{
	const char *type = ticket_fact(t, "type");
	enum call_class class = type ? call_class_of(type) : CALL_CLASSES;

	if (class < CALL_CLASSES)
		json_set_text(j, "class", call_class_names[class]);
	json_set_number(j, "recording", f->recording);
	json_set_number(j, "recordings", f->recordings);
	json_set_number(j, "part", f->part);
	json_set_number(j, "parts", f->parts);
	json_set_seconds(j, "start", f->start_us);
	if (f->queue)
		json_set_text(j, "queue", f->queue);
	if (f->agent)
		json_set_text(j, "agent", f->agent);
}

static void
add_sound(struct json *j, const struct ticket_file *f)
{
	if (f->rate == 0)
		return; /* without a spool: unknown */
	json_set_number(j, "rate", f->rate);
	json_set_number(j, "channels", f->channels);
	json_set_number(j, "first_sample", f->first_sample);
	json_set_number(j, "samples", f->samples);
	/* A ticket is not trusted; microseconds must not overflow. */
	if (f->samples / f->rate < INT64_MAX / 1000000)
		json_set_seconds(j, "seconds", num_us(f->samples, f->rate));
}

static void
add_cuts(struct json *j, const struct ticket_file *f)
{
	static const char *const names[] = {"start", "end", "reason"};

	for (size_t i = 0; i < f->cuts; i++) {
		const struct ticket_cut *c = &f->cut[i];
		char *path[3];

		for (int k = 0; k < 3; k++)
			path[k] = text_format("cuts.%zu.%s", i, names[k]);
		json_set_seconds(j, path[0], c->start_us);
		json_set_seconds(j, path[1], c->end_us);
		json_set_text(j, path[2], c->reason);
		for (int k = 0; k < 3; k++)
			free(path[k]);
	}
}

/* Adds what did not balance in the account of the call's legs. */
static void
add_doubt(struct json *j, const struct ticket_file *f)
{
	char *doubt = doc_text(&f->extra, "doubt");
	size_t n = 0;

	for (size_t i = 0; i < f->extra.keys; i++) {
		char *path = text_format("missing.%zu", n);

		if (strcmp(f->extra.key[i].name, "missing") == 0 && ++n)
			json_set_text(j, path, f->extra.key[i].value);
		free(path);
	}
	if (doubt)
		json_set_text(j, "doubt", doubt);
	free(doubt);
}

char *
metadata_text(
    const struct ticket *t, const struct ticket_file *f, const char *object)
{
	const struct doc_section *call = doc_find(&t->call, "call");
	struct json *j = json_new();
	char *line, *text;

	json_set_text(j, "object", object);
	json_set_number(j, "bytes", (int64_t)f->bytes);
	json_set_text(j, "sha256", f->sha256);
	add_place(j, t, f);
	add_sound(j, f);
	add_cuts(j, f);
	add_doubt(j, f);
	for (size_t i = 0; call && i < call->keys; i++)
		json_set_member(
		    j, "call", call->key[i].name, call->key[i].value);
	line = json_write(j);
	json_free(j);
	text = text_format("%s\n", line);
	free(line);
	return text;
}
