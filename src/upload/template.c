/* SPDX-License-Identifier: ISC */
#include "template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "text.h"
#include "when.h"

#define SAFE                                                             \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789" \
	"._-"

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

	while (*(p += strspn(p, SAFE "/"))) {
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
			return why_set(why, "name: no field {%.40s}%s%s%s",
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
add_place(struct buf *b, int n, int count)
{
	char width[16];

	buf_format(b, "%0*d",
	    snprintf(width, sizeof width, "%d", count > 0 ? count : 1), n);
}

/* Adds digits of its hash to each part that make_safe() changes, so that two
 * facts do not become one name. */
static void
add_distinct(struct buf *b, const char *value)
{
	char hex[HASH_HEX_SIZE];

	for (; *value; value += *value == '/') {
		size_t n = strcspn(value, "/");

		buf_add(b, value, n);
		if (n > 0 && (*value == '.' || strspn(value, SAFE) < n)) {
			hash_text(HASH_SHA256, value, n, hex);
			buf_format(b, "-%.8s", hex);
		}
		value += n;
		buf_add(b, "/", *value == '/');
	}
}

static void
add_fact(struct buf *b, const char *value, bool distinct)
{
	if (!value || !*value)
		buf_format(b, "none");
	else if (distinct)
		add_distinct(b, value);
	else
		buf_format(b, "%s", value);
}

static void
add_field(struct buf *b, const char *name, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f)
{
	bool local = strncmp(name, "local_", 6) == 0;
	const char *value, *when = name + (local ? 6 : 0);

	if (strcmp(when, "date") == 0 || strcmp(when, "time") == 0) {
		add_when(b, t, f, local ? how->zone : NULL, when[0] == 'd');
		return;
	}
	if (strcmp(name, "recording") == 0)
		add_place(b, f->recording ? f->recording : 1, f->recordings);
	else if (strcmp(name, "part") == 0)
		add_place(b, f->part ? f->part : 1, f->parts);
	else if (strcmp(name, "recordings") == 0)
		buf_format(b, "%d", f->recordings ? f->recordings : 1);
	else if (strcmp(name, "parts") == 0)
		buf_format(b, "%d", f->parts ? f->parts : 1);
	else {
		if (strcmp(name, "file") == 0)
			value = f->name;
		else if (strcmp(name, "queue") == 0 && f->queue)
			value = f->queue;
		else if (strcmp(name, "agent") == 0 && f->agent)
			value = f->agent;
		else
			value = ticket_fact(
			    t, strncmp(name, "call:", 5) ? name : name + 5);
		/* Its end tells what it is. */
		add_fact(b, value, how->distinct && value != f->name);
	}
}

/* Makes the name safe in place: no empty component, none with a leading dot. */
static void
make_safe(char *s)
{
	char *to = s;

	for (const char *from = s; *from; from++) {
		bool begins = to == s || to[-1] == '/';

		if (*from == '/') {
			if (!begins)
				*to++ = '/';
		} else if (!strchr(SAFE, *from) || (begins && *from == '.')) {
			*to++ = '_';
		} else {
			*to++ = *from;
		}
	}
	while (to > s && to[-1] == '/')
		to--;
	*to = '\0';
}

char *
template_name(const char *pattern, const struct template_how *how,
    const struct ticket *t, const struct ticket_file *f, struct why *why)
{
	struct buf b = {0};

	buf_add(&b, "", 0);
	for (const char *p = pattern; *p;) {
		const char *end = *p == '{' ? strchr(p, '}') : NULL;

		if (end) {
			char *name = text_ndup(p + 1, (size_t)(end - p) - 1);
			add_field(&b, name, how, t, f);
			free(name);
			p = end + 1;
		} else {
			buf_add(&b, p++, 1);
		}
	}
	if (b.s)
		make_safe(b.s);
	if (b.s && *b.s && strlen(b.s) <= TEMPLATE_NAME_MAX)
		return b.s;
	why_set(why, "%s: its name at the destination would be %s", f->name,
	    b.s && *b.s ? "too long" : "empty");
	buf_free(&b);
	return NULL;
}
