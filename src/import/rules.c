/* SPDX-License-Identifier: ISC */
#include "import.h"

#include <fnmatch.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "call.h"
#include "ini.h"
#include "json.h"
#include "legfile.h"
#include "mem.h"
#include "path.h"
#include "text.h"

#define NO_CALL "none"

const char *const import_about_names[] = {
    "context", "channel", "did", "trunk", "caller", "callee", "queue", NULL};

/* The rules that are built in. */
static const struct {
	const char *name, *event;
} built_in[] = {{"RECPAUSE", "pause"}, {"RECRESUME", "resume"},
    {"RECPAYMENTSTART", "payment-start"}, {"RECPAYMENTEND", "payment-end"},
    {"RECANNOUNCING", "announcing"}, {"RECANNOUNCED", "announced"},
    {"RECGRANTED", "consent granted"}, {"RECDECLINED", "consent declined"},
    {"RECNOANSWER", "consent none"}};

int
import_add_rule(struct import_options *o, const char *text, struct why *why)
{
	const char *equals = strchr(text, '=');
	struct call_event e;
	struct why part;

	if (!equals || equals == text)
		return why_set(why, "expected NAME=EVENT, not '%.60s'", text);
	if (call_event_parse(&e, "0", equals + 1, &part) != 0)
		return why_set(why, "'%.60s': %s", text, part.text);
	call_event_free(&e);
	o->rule = mem_resize(o->rule, o->rules + 1, sizeof *o->rule);
	o->rule[o->rules++] = (struct import_rule){
	    text_ndup(text, (size_t)(equals - text)), text_dup(equals + 1)};
	return 0;
}

const char *
import_rule(const struct import_options *o, const char *name)
{
	for (size_t i = 0; i < o->rules; i++)
		if (strcmp(o->rule[i].name, name) == 0)
			return o->rule[i].event;
	for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++)
		if (strcmp(built_in[i].name, name) == 0)
			return built_in[i].event;
	return NULL;
}

int64_t
import_message_us(const char *file, int64_t at_us)
{
	struct legfile_facts facts = {0};
	struct legfile *f = NULL;
	struct stat st;
	struct why why;
	int64_t us = 0;
	int fd =
	    *file == '/' ? open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_mtime < at_us / 1000000)
		f = legfile_open(fd, file, NULL, &facts, &why);
	if (f && facts.rate > 0 && facts.samples < INT32_MAX)
		us = facts.samples * 1000000 / facts.rate;
	legfile_close(f);
	if (fd >= 0)
		(void)close(fd);
	return us;
}

bool
import_is_heard(int64_t from_us, int64_t to_us, int64_t length_us)
{
	const int64_t shortest_us = 500000; /* the same as in recpolicy -t */
	const int64_t within_us = 300000;

	return to_us - from_us >= shortest_us &&
	       to_us - from_us >= length_us - within_us;
}

void
import_played(struct import_call *c, int64_t from_us, int64_t to_us,
    const char *file, int64_t length_us)
{
	if (import_is_heard(from_us, to_us, length_us))
		import_event(c, to_us, "announced");
	else
		import_event(c, to_us, "message failed %s", file);
}

void
import_app(const struct import_options *o, struct import_call *c,
    struct import_playing *p, const char *app, const char *data, int64_t at_us,
    bool begins)
{
	char *line = text_format("%s %.*s", app, (int)strcspn(data, ","), data);
	const char *rule = import_rule(o, line);

	if (begins && rule && strcmp(rule, "announced") == 0) {
		import_set(&p->line, line);
		p->from_us = at_us;
	} else if (begins && rule) {
		import_event(c, at_us, "%s", rule);
	} else if (!begins && p->line && strcmp(p->line, line) == 0) {
		import_played(c, p->from_us, at_us, line + strlen(app) + 1, 0);
		free(p->line);
		p->line = NULL;
	}
	free(line);
}

/* True if a rule says which event means that the messages were heard. */
static bool
rules_tell_heard(const struct import_options *o)
{
	for (size_t i = 0; i < o->rules; i++)
		if (strcmp(o->rule[i].event, "announced") == 0)
			return true;
	return false;
}

void
import_await(const struct import_options *o, struct import_call *c)
{
	if (rules_tell_heard(o) && !import_has_event(c, "announcing"))
		import_event(c, c->started_us, "announcing");
}

/* The fact whose name is the first n bytes of the text, or IMPORT_ABOUTS. */
static enum import_about
about_of(const char *text, size_t n)
{
	int i = 0;

	while (i < IMPORT_ABOUTS &&
	       (strncmp(import_about_names[i], text, n) != 0 ||
		   import_about_names[i][n]))
		i++;
	return (enum import_about)i;
}

int
import_add_type(struct import_options *o, const char *text, struct why *why)
{
	const char *equals = strrchr(text, '=');
	const char *type = equals ? equals + 1 : text;
	const char *colon = strchr(text, ':');
	enum import_about about;

	if (call_class_of(type) == CALL_CLASSES &&
	    !(equals && strcmp(type, NO_CALL) == 0))
		return why_set(why, "'%.60s' is not a call type", type);
	if (!equals) {
		o->type = text;
		return 0;
	}
	about = colon && colon < equals ? about_of(text, (size_t)(colon - text))
					: IMPORT_ABOUTS;
	if (about == IMPORT_ABOUTS)
		return why_set(why,
		    "expected TYPE, or FACT:PATTERN=TYPE with a fact that is "
		    "context, channel, did, trunk, caller, callee or queue, "
		    "not '%.60s'",
		    text);
	o->type_rule =
	    mem_resize(o->type_rule, o->type_rules + 1, sizeof *o->type_rule);
	o->type_rule[o->type_rules++] = (struct import_type_rule){about,
	    text_ndup(colon + 1, (size_t)(equals - colon) - 1), text_dup(type)};
	return 0;
}

void
import_options_free(struct import_options *o)
{
	for (size_t i = 0; i < o->rules; i++) {
		free(o->rule[i].name);
		free(o->rule[i].event);
	}
	for (size_t i = 0; i < o->type_rules; i++) {
		free(o->type_rule[i].pattern);
		free(o->type_rule[i].type);
	}
	free(o->rule);
	free(o->type_rule);
	o->rule = NULL;
	o->type_rule = NULL;
	o->rules = o->type_rules = 0;
}

void
import_about(struct import_call *c, enum import_about about, const char *value)
{
	if (!c->about[about])
		import_set(&c->about[about], value);
}

void
import_hidden(struct import_call *c)
{
	c->hidden = true;
}

/* The type of the first rule that matches, or NULL. */
static const char *
ruled_type(const struct import_options *o, const struct import_call *c)
{
	for (size_t i = 0; i < o->type_rules; i++) {
		const struct import_type_rule *r = &o->type_rule[i];
		const char *value = r->about == IMPORT_QUEUE && c->queue
					? c->queue
					: c->about[r->about];

		if (value && fnmatch(r->pattern, value, 0) == 0)
			return r->type;
	}
	return NULL;
}

const char *
import_type(const struct import_options *o, const struct import_call *c)
{
	const char *ruled = c->type ? c->type : ruled_type(o, c);

	return ruled ? ruled : c->queue ? "queue" : o->type;
}

bool
import_type_is_general(
    const struct import_options *o, const struct import_call *c)
{
	return !c->type && !c->queue && !ruled_type(o, c);
}

bool
import_is_outbound(const struct import_options *o, const struct import_call *c)
{
	const char *type = import_type(o, c);

	return type && call_class_of(type) == CALL_OUTBOUND;
}

void
import_drop(struct import_call *c, const char *reason)
{
	if (!c->dropped)
		import_set(&c->dropped, reason);
}

const char *
import_dropped(const struct import_options *o, const struct import_call *c)
{
	const char *ruled = c->type ? NULL : ruled_type(o, c);

	if (c->dropped)
		return c->dropped;
	return ruled && strcmp(ruled, NO_CALL) == 0 ? "a rule of --type" : NULL;
}

void
import_skip(struct import *im, const char *why)
{
	if (im->skip)
		im->skip(why, im->skip_arg);
}

struct json *
import_json(const char *s, size_t n)
{
	struct json *j = json_parse(s, n);
	char *copy, *text;

	if (j)
		return j;
	copy = text_ndup(s, n);
	if (!text_is_utf8(copy)) {
		text = text_utf8(copy);
		j = json_parse(text, strlen(text));
		free(text);
	}
	free(copy);
	return j;
}

int
import_doc(const struct buf *text, const char *path, const char *id,
    struct doc *doc, struct why *why)
{
	char *name = text_format("%s(%s)", path_name(path), id);
	struct ini_stream cs = {
	    .file = fmemopen(text->s, text->len, "r"), .name = name};
	int got = 0;

	*doc = (struct doc){0};
	if (!cs.file)
		why_errno(why, "%s", path);
	else
		got = ini_next(&cs, doc, why);
	if (cs.file)
		(void)fclose(cs.file);
	free(name);
	return got == 1 ? 0 : -1;
}
