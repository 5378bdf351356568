/* SPDX-License-Identifier: ISC */
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "component.h"
#include "hash.h"
#include "text.h"
#include "when.h"

static const char *const fields[] = {"id", "date", "time", "local_date",
    "local_time", "queue", "agent", "type", "channel", "language", "recording",
    "recordings", "part", "parts", "file", NULL};

static bool
is_field(const char *name)
{
	for (int i = 0; fields[i]; i++)
		if (strcmp(fields[i], name) == 0)
			return true;
	return strncmp(name, "call:", 5) == 0 && name[5];
}

bool
template_is_personal(const char *pattern)
{
	return strstr(pattern, "{agent}") || strstr(pattern, "{call:");
}

bool
template_is_local(const char *pattern)
{
	return strstr(pattern, "{local_date}") ||
	       strstr(pattern, "{local_time}");
}

int
template_check(const char *pattern, struct why *why)
{
	const char *p = pattern;

	while (*(p += strspn(p, COMPONENT_ASCII "/"))) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;
		char name[64];
		const char *near;

		if (!end)
			return why_set(why,
			    "name: only [A-Za-z0-9._-], '/' and {field}, "
			    "not '%.20s'",
			    p);
		(void)snprintf(
		    name, sizeof name, "%.*s", (int)(end - p - 1), p + 1);
		near = text_nearest(name, fields);
		if (!is_field(name))
			return why_set(why, "name: unknown field {%.40s}%s%s%s",
			    name, near ? ", did you mean {" : "",
			    near ? near : "", near ? "}?" : "");
		p = end + 1;
	}
	if (!strstr(pattern, "{file}") &&
	    !(strstr(pattern, "{id}") && strstr(pattern, "{recording}") &&
		strstr(pattern, "{part}")))
		return why_set(why, "name: needs {file}, or {id}, "
				    "{recording} and {part}");
	return 0;
}

/* zone NULL: in UTC. */
static void
add_when(struct buf *b, const struct ticket *t, const struct ticket_file *f,
    const struct zone *zone, bool date)
{
	const char *started = ticket_fact(t, "started");
	char text[WHEN_SIZE];
	int64_t us;

	if (!started || when_parse(started, &us) != 0) {
		buf_format(b, "none");
		return;
	}
	us += f->start_us;
	(void)when_stamp(zone ? zone_local_us(zone, us) : us, text);
	if (date)
		buf_format(b, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
	else
		buf_format(b, "%.6s", text + 9);
}

/* With leading zeros up to the width of the count, so that names sort. */
static void
add_part_number(struct buf *b, int n, int count)
{
	char width[16];

	buf_format(b, "%0*d",
	    snprintf(width, sizeof width, "%d", count > 0 ? count : 1), n);
}

/* What a name is made of. */
struct making {
	const struct template_how *how;
	const struct ticket *t;
	const struct ticket_file *f;
	bool former;
	bool folders; /* of ASCII, signs get digits, too */
	bool signs;   /* some got none */
	struct buf name;
	struct why *why;
	int status;
};

/* Adds digits of its hash to each part that make_safe() changes. */
static void
add_former(struct buf *b, const char *value)
{
	char hex[HASH_HEX_SIZE];

	for (; *value; value += *value == '/') {
		size_t n = strcspn(value, "/");

		buf_add(b, value, n);
		if (n > 0 &&
		    (*value == '.' || strspn(value, COMPONENT_ASCII) < n)) {
			hash_text(HASH_SHA256, value, n, hex);
			buf_format(b, "-%.8s", hex);
		}
		value += n;
		buf_add(b, "/", *value == '/');
	}
}

static bool
needs_digits(struct making *m, enum component_change change, bool is_file)
{
	if (change == COMPONENT_SAME || m->how->distinct == DISTINCT_NO)
		return false;
	if (change == COMPONENT_LETTER)
		return true;
	if (is_file || m->how->utf8 || m->how->distinct == DISTINCT_YES)
		return !is_file;
	m->signs = true;
	return m->folders;
}

/* The end of a file's name tells what it is: digits come before it. */
static void
add_component(struct making *m, const char *value, size_t n, bool is_file)
{
	struct component c;
	const char *end = NULL;

	if (component_make(&c, value, n, m->how->utf8, m->why) != 0) {
		m->status = -1;
	} else if (needs_digits(m, c.change, is_file)) {
		end = is_file ? strrchr(c.text, '.') : NULL;
		if (!end)
			end = c.text + strlen(c.text);
		buf_format(&m->name, "%.*s-%s%s", (int)(end - c.text), c.text,
		    c.digits, end);
	} else {
		buf_format(&m->name, "%s", c.text);
	}
	component_free(&c);
}

static void
add_fact(struct making *m, const char *value, bool is_file)
{
	bool marked = m->how->distinct == DISTINCT_YES && !is_file;

	if (!value || !*value) {
		buf_format(&m->name, "none");
	} else if (m->former && marked) {
		add_former(&m->name, value);
	} else if (m->former) {
		buf_format(&m->name, "%s", value);
	} else {
		for (; *value && m->status == 0; value += *value == '/') {
			size_t n = strcspn(value, "/");

			if (n > 0)
				add_component(m, value, n, is_file);
			value += n;
			buf_add(&m->name, "/", *value == '/');
		}
	}
}

static void
add_value(struct making *m, const char *name)
{
	const struct ticket_file *f = m->f;

	if (strcmp(name, "file") == 0)
		add_fact(m, f->name, true);
	else if (strcmp(name, "queue") == 0 && f->queue)
		add_fact(m, f->queue, false);
	else if (strcmp(name, "agent") == 0 && f->agent)
		add_fact(m, f->agent, false);
	else
		add_fact(m,
		    ticket_fact(
			m->t, strncmp(name, "call:", 5) ? name : name + 5),
		    false);
}

static void
add_field(struct making *m, const char *name)
{
	bool local = strncmp(name, "local_", 6) == 0;
	const char *when = name + (local ? 6 : 0);
	const struct ticket_file *f = m->f;
	struct buf *b = &m->name;

	if (strcmp(when, "date") == 0 || strcmp(when, "time") == 0)
		add_when(
		    b, m->t, f, local ? m->how->zone : NULL, when[0] == 'd');
	else if (strcmp(name, "recording") == 0)
		add_part_number(
		    b, f->recording ? f->recording : 1, f->recordings);
	else if (strcmp(name, "part") == 0)
		add_part_number(b, f->part ? f->part : 1, f->parts);
	else if (strcmp(name, "recordings") == 0)
		buf_format(b, "%d", f->recordings ? f->recordings : 1);
	else if (strcmp(name, "parts") == 0)
		buf_format(b, "%d", f->parts ? f->parts : 1);
	else
		add_value(m, name);
}

/*
 * Makes the name safe in place: no empty component, none with a leading dot.
 * letters: what is not ASCII is safe already.
 */
static void
make_safe(char *s, bool letters)
{
	char *to = s;

	for (const char *from = s; *from; from++) {
		bool begins = to == s || to[-1] == '/';

		if (*from == '/') {
			if (!begins)
				*to++ = '/';
		} else if ((*from & 0x80) && letters) {
			*to++ = *from;
		} else if (!strchr(COMPONENT_ASCII, *from) ||
			   (begins && *from == '.')) {
			*to++ = '_';
		} else {
			*to++ = *from;
		}
	}
	while (to > s && to[-1] == '/')
		to--;
	*to = '\0';
}

static void
make_name(struct making *m, const char *pattern)
{
	buf_add(&m->name, "", 0);
	for (const char *p = pattern; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (end) {
			char *name = text_ndup(p + 1, (size_t)(end - p) - 1);
			add_field(m, name);
			free(name);
			p = end + 1;
		} else {
			buf_add(&m->name, p++, 1);
		}
	}
	make_safe(m->name.s, !m->former);
}

/*
 * Two facts of which only signs of ASCII differ do not share a folder. After the
 * last slash they may have one name: there the id keeps files apart.
 */
static void
mark_folders(struct making *m, const char *pattern)
{
	const char *file = strrchr(m->name.s, '/');
	struct making marked = *m;

	if (!file)
		return;
	marked.folders = true;
	marked.name = (struct buf){0};
	make_name(&marked, pattern);
	if (marked.status == 0) {
		marked.name.len =
		    (size_t)(strrchr(marked.name.s, '/') - marked.name.s);
		buf_format(&marked.name, "%s", file);
	}
	buf_free(&m->name);
	*m = marked;
}

char *
template_name(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f, struct why *why)
{
	struct making m = {.how = how, .t = t, .f = f, .why = why};
	char *name;

	make_name(&m, pattern);
	if (m.status == 0 && m.signs)
		mark_folders(&m, pattern);
	if (m.status != 0) {
		buf_free(&m.name);
		return NULL;
	}
	name = component_limit(m.name.s);
	if (*name && strlen(name) <= TEMPLATE_NAME_MAX)
		return name;
	why_set(why, "%s: its name at the destination would be %s", f->name,
	    *name ? "too long" : "empty");
	free(name);
	return NULL;
}

char *
template_former(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f)
{
	struct making m = {.how = how, .t = t, .f = f, .former = true};

	make_name(&m, pattern);
	return m.name.s;
}
