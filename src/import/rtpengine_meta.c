/* SPDX-License-Identifier: ISC */
#include "rtpengine_meta.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "num.h"
#include "rtpengine.h"
#include "table.h"
#include "text.h"

enum { TAGS_MAX = 64, RANDOM_LEAST = 16 };

/* The state of reading a .meta file. */
struct meta {
	char *call_id, *parent, *metadata;
	char *random, *mixed; /* part of all names; path of the mixed file */
	char *tag[TAGS_MAX], *label[TAGS_MAX]; /* by number, from 1 */
	unsigned slot[TAGS_MAX];               /* of a mixed file; 0: none */
	bool streams[TAGS_MAX];                /* it has media */
	bool paused, guessed;
};

static void
replace(char **to, const char *value)
{
	free(*to);
	*to = text_dup(value);
}

/* "TAG 1 MEDIA 1 COMPONENT 1 ...": the number after a key, or -1. */
static int64_t
meta_number(const char *content, const char *key)
{
	size_t n = strlen(key);

	while (*content) {
		size_t word = strcspn(content, " \n");
		const char *value =
		    content + word + strspn(content + word, " ");
		size_t length = strcspn(value, " \n");

		if (word == n && strncmp(content, key, n) == 0) {
			char *text = text_ndup(value, length);
			int64_t v = -1;

			(void)num_integer(text, 0, INT32_MAX, &v);
			free(text);
			return v;
		}
		content = value + length;
		content += strspn(content, " \n");
	}
	return -1;
}

/* The keys differ between versions. Tags without a slot are mixed into four
 * channels, probably in the order of the tags. With a single slot, which is the
 * default since version 13, all have number 1 and are mixed in the same way. */
static void
take_stream(struct meta *m, const char *content)
{
	int64_t tag = meta_number(content, "TAG");
	int64_t slot = meta_number(content, "MEDIA-REC-SLOT");
	int64_t slots = meta_number(content, "MEDIA-REC-SLOTS");
	int64_t component = meta_number(content, "COMPONENT");

	if (tag < 1 || tag >= TAGS_MAX || component == 2)
		return;
	m->streams[tag] = true;
	if (slot > 0 && slot <= 16 && slots != 1)
		m->slot[tag] = (unsigned)slot;
}

static void
take_meta_section(struct meta *m, const char *name, const char *content)
{
	unsigned n;
	int used = 0;

	if (strcmp(name, "CALL-ID") == 0)
		replace(&m->call_id, content);
	else if (strcmp(name, "PARENT") == 0)
		replace(&m->parent, content);
	else if (strcmp(name, "METADATA") == 0)
		replace(&m->metadata, content);
	else if (strcmp(name, "RANDOM_TAG") == 0)
		replace(&m->random, content);
	else if (strcmp(name, "RECORDING_FILE") == 0)
		replace(&m->mixed, content);
	else if (strcmp(name, "RECORDING 0") == 0)
		m->paused = true;
	else if (sscanf(name, "STREAM %u details%n", &n, &used) == 1 && used)
		take_stream(m, content);
	else if (sscanf(name, "TAG %u", &n) == 1 && n < TAGS_MAX)
		replace(&m->tag[n], content);
	else if (sscanf(name, "LABEL %u", &n) == 1 && n < TAGS_MAX)
		replace(&m->label[n], content);
}

/* "name\nLENGTH:\ncontent\n\n", repeated. The last one may be torn if rtpengine
 * was killed. Any other format is not a .meta file. */
static int
parse_meta(
    struct meta *m, char *at, char *end, const char *path, struct why *why)
{
	int sections = 0;

	while (at < end) {
		char *name = at, *line = memchr(at, '\n', (size_t)(end - at));
		char *colon =
		    line ? memchr(line, ':', (size_t)(end - line)) : NULL;
		int64_t n;

		if (!line || !colon || colon + 1 >= end)
			break;
		*line = '\0';
		*colon = '\0';
		if (num_integer(line + 1, 0, end - at, &n) != 0 ||
		    colon[1] != '\n')
			return why_set(why, "%s: section %d: not a length",
			    path, sections + 1);
		at = colon + 2;
		if (n + 2 > end - at)
			break;
		if (at[n] != '\n' || at[n + 1] != '\n')
			return why_set(why,
			    "%s: section %d (%.40s): not as long as it says",
			    path, sections + 1, name);
		at[n] = '\0';
		take_meta_section(m, name, at);
		at += n + 2;
		sections++;
	}
	if (sections == 0 || !m->call_id)
		return why_set(
		    why, "%s: no CALL-ID: not a .meta file of rtpengine", path);
	return 0;
}

/* "customer" and "agent" by the label; else the first tag is the caller. */
static const char *
role_of_label(const struct meta *m, const char *label, unsigned tag)
{
	static const char *const roles[] = {
	    "customer", "agent", "third-party", "emergency"};
	const char *said = label && *label                   ? label
			   : tag < TAGS_MAX && m->label[tag] ? m->label[tag]
							     : "";

	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(said, roles[i]) == 0)
			return roles[i];
	return tag == 1 ? "customer" : tag == 2 ? "agent" : "third-party";
}

static unsigned
tag_number(const struct meta *m, const char *label)
{
	for (unsigned n = 1; n < TAGS_MAX; n++)
		if ((m->label[n] && strcmp(m->label[n], label) == 0) ||
		    (m->tag[n] && strcmp(m->tag[n], label) == 0))
			return n;
	return 0;
}

enum meta_column { NAME, FORMAT, KIND, LABEL, START, END, CHANNELS };
static const char *const columns[] = {"output_filename", "file_format",
    "output_type", "tag_label", "start_timestamp", "end_timestamp", "channels",
    NULL};

/* PARENT-..., or a name with the random tag in it. */
static bool
is_our_section(const struct meta *m, const char *name)
{
	size_t n = strlen(m->parent);

	if (strncmp(name, m->parent, n) == 0 && name[n] == '-')
		return true;
	return m->random && strlen(m->random) >= RANDOM_LEAST &&
	       strstr(name, m->random);
}

/* Gets the times of the call's files from the table of streams. */
static int
take_streams(struct import *im, struct import_call *c, const struct meta *m,
    struct why *why)
{
	struct table t;
	int got = table_open(&t, im, im->o->streams, columns, NULL, why);

	while (got == 0 && (got = table_next(&t, why)) > 0) {
		const char *name = t.value[NAME];
		unsigned tag = tag_number(m, t.value[LABEL]);
		int64_t start_us, end_us;
		char *file, *path;

		got = 0;
		if (!is_our_section(m, name) ||
		    strcmp(t.value[KIND], "mixed") == 0)
			continue;
		if (import_epoch(t.value[START], &start_us) != 0) {
			got = why_set(why, "%s:%d: not a start_timestamp",
			    im->o->streams, t.line);
			continue;
		}
		file = text_format("%s.%s", name, t.value[FORMAT]);
		path = import_leg_path(im, file);
		import_leg(c, role_of_label(m, t.value[LABEL], tag), path,
		    start_us, 0);
		if (import_epoch(t.value[END], &end_us) != 0)
			end_us = -1;
		/* Holds are missing in the file: its length does not show the
		 * end. */
		if (c->legs > 0 && strcmp(c->leg[c->legs - 1].file, path) == 0)
			c->leg[c->legs - 1].end_us = end_us;
		if (tag == 0)
			import_guess(
			    c, "whose stream it is if it has no label");
		if (c->started_us == 0 || start_us < c->started_us)
			c->started_us = start_us;
		if (end_us > c->end_us)
			c->end_us = end_us;
		free(file);
		free(path);
	}
	table_close(&t);
	return got;
}

static void
give_slots(struct meta *m)
{
	unsigned next = 1;

	for (unsigned tag = 1; tag < TAGS_MAX; tag++)
		if (m->slot[tag] > 0)
			return;
	for (unsigned tag = 1; tag < TAGS_MAX && next <= 4; tag++)
		if (m->streams[tag])
			m->slot[tag] = next++;
	m->guessed = next > 1;
}

/* The mixed file: each tag's slot is a channel. */
static void
take_mix(struct import *im, struct import_call *c, struct meta *m)
{
	char *base = text_format("%s-mix", m->parent), *path;

	if (m->mixed) {
		path = import_leg_path(im, m->mixed);
		(void)import_leg(c, "customer", path, -1, 0);
		free(path);
	} else {
		import_find_legs(im, c, base);
	}
	free(base);
	give_slots(m);
	if (c->legs != 1)
		return;
	base = text_dup(c->leg[0].file);
	free(c->leg[0].name);
	free(c->leg[0].file);
	c->legs = 0;
	free(c->untold);
	c->untold = NULL;
	for (unsigned tag = 1; tag < TAGS_MAX; tag++)
		if (m->slot[tag] > 0)
			import_leg(c, role_of_label(m, NULL, tag), base, -1,
			    (int)m->slot[tag]);
	if (m->guessed)
		import_guess(c, "who is on which channel of the mixed file "
				"(the order of the tags is used)");
	if (c->legs == 0)
		import_leg(c, "customer", base, -1, 0);
	free(base);
}

static void
meta_free(struct meta *m)
{
	free(m->call_id);
	free(m->parent);
	free(m->metadata);
	free(m->random);
	free(m->mixed);
	for (int i = 0; i < TAGS_MAX; i++) {
		free(m->tag[i]);
		free(m->label[i]);
	}
}

static int
take_meta(struct import *im, struct meta *m, const char *path, struct why *why)
{
	struct import_call *c;
	int bad = 0;

	if (!m->parent)
		m->parent = rtpengine_base(path);
	c = import_call(im, m->parent);
	import_file(c, path);
	import_fact(c, "sip_call_id", m->call_id);
	if (m->metadata)
		rtpengine_metadata(c, m->metadata);
	if (im->o->streams)
		bad = take_streams(im, c, m, why);
	if (bad == 0 && c->legs == 0)
		take_mix(im, c, m);
	if (c->started_us == 0)
		import_untold(c, "any time");
	if (m->paused)
		import_untold(c, "when recording was off");
	if (im->o->answered)
		import_event(c, c->started_us, "answer");
	else
		import_untold(c, "the answer");
	import_untold(c, "consent, payments, transfers, who joined and left");
	return bad;
}

int
rtpengine_meta_add(struct import *im, const char *path, struct why *why)
{
	size_t n = strlen(path);
	struct meta m = {0};
	struct buf text = {0};
	int bad;

	/* Its recording is to be discarded, so it is not a call. */
	if (n > 8 && strcmp(path + n - 8, ".DISCARD") == 0)
		return 0;
	bad = rtpengine_read(im, path, &text, why);
	if (bad == 0)
		bad = parse_meta(&m, text.s, text.s + text.len, path, why);
	if (bad == 0)
		bad = take_meta(im, &m, path, why);
	meta_free(&m);
	buf_free(&text);
	return bad;
}
