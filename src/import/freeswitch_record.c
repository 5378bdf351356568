/* SPDX-License-Identifier: ISC */
#include "freeswitch_record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "json.h"
#include "num.h"
#include "text.h"

enum { APPS_MAX = 4000, PARTS_MAX = 200, LIST_MAX = 1 << 16 };

/* A '+' is not decoded. */
static char *
decode_percent(char *text)
{
	char *to = text;

	for (const char *c = text; *c; c++) {
		char hex[3] = {c[0] == '%' ? c[1] : '\0',
		    c[0] == '%' && c[1] ? c[2] : '\0', '\0'};
		if (hex[1] && strspn(hex, "0123456789abcdefABCDEF") == 2 &&
		    strcmp(hex, "00") != 0) {
			*to++ = (char)strtol(hex, NULL, 16);
			c += 2;
		} else {
			*to++ = *c;
		}
	}
	*to = '\0';
	return text;
}

/*
 * The CDR does not say whether it is encoded. But start_stamp always has a
 * blank between date and time. If it is missing, "%" is treated as in most
 * CDRs.
 */
void
switch_record_init(
    struct switch_record *r, const struct json *j, const char *at)
{
	char *stamp;

	*r = (struct switch_record){.j = j};
	(void)snprintf(r->at, sizeof r->at, "%s", at);
	stamp = switch_text(r, "variables.start_stamp");
	r->encoded = !strchr(stamp, ' ');
	free(stamp);
}

char *
switch_text(const struct switch_record *r, const char *path)
{
	char *whole = text_format("%s%s", r->at, path);
	const char *text = json_text(r->j, whole);
	int64_t number = text ? -1 : json_number(r->j, whole);

	free(whole);
	if (number >= 0)
		return text_format("%lld", (long long)number);
	return text_dup(text ? text : "");
}

/* Frees the text. */
static int64_t
us_of_text(char *text)
{
	int64_t us;

	if (num_integer(text, 0, INT64_MAX / 2, &us) != 0)
		us = 0;
	free(text);
	return us;
}

int64_t
switch_us(const struct switch_record *r, const char *path)
{
	return us_of_text(switch_text(r, path));
}

size_t
switch_count(const struct switch_record *r, const char *path)
{
	char *whole = text_format("%s%s", r->at, path);
	size_t n = json_count(r->j, whole);

	free(whole);
	return n;
}

char *
switch_variable(const struct switch_record *r, const char *name)
{
	char *list = text_format("%svariables", r->at);
	const char *spelled = json_spelling(r->j, list, name);
	const char *value = spelled ? json_member(r->j, list, spelled) : NULL;
	char *text;

	if (value) {
		text = text_dup(value);
	} else {
		char *path =
		    text_format("variables.%s", spelled ? spelled : name);
		text = switch_text(r, path);
		free(path);
	}
	free(list);
	return r->encoded ? decode_percent(text) : text;
}

int64_t
switch_variable_us(const struct switch_record *r, const char *name)
{
	return us_of_text(switch_variable(r, name));
}

bool
switch_variable_is(
    const struct switch_record *r, const char *name, const char *wanted)
{
	char *value = switch_variable(r, name);
	bool is = wanted ? strcmp(value, wanted) == 0 : *value;

	free(value);
	return is;
}

bool
switch_is_true(const char *text)
{
	static const char *const yes[] = {
	    "yes", "on", "true", "t", "enabled", "active", "allow", NULL};

	for (int i = 0; yes[i]; i++)
		if (strcasecmp(text, yes[i]) == 0)
			return true;
	return atoi(text) != 0;
}

size_t
switch_apps(const struct switch_record *r)
{
	return switch_count(r, "app_log.applications");
}

static char *
app_text(const struct switch_record *r, size_t n, const char *name)
{
	char *path = text_format("app_log.applications.%zu.%s", n, name);
	char *text = switch_text(r, path);

	free(path);
	return text;
}

void
switch_app_get(const struct switch_record *r, size_t n, struct switch_app *app)
{
	app->name = app_text(r, n, "app_name");
	app->data = app_text(r, n, "app_data");
	app->at_us = us_of_text(app_text(r, n, "app_stamp"));
}

void
switch_app_free(struct switch_app *app)
{
	free(app->name);
	free(app->data);
	*app = (struct switch_app){0};
}

size_t
switch_parts(const struct switch_record *r)
{
	return switch_count(r, "callflow");
}

bool
switch_is_absurd(const struct switch_record *r)
{
	char *legs = switch_variable(r, "originated_legs");
	char *holds = switch_variable(r, "hold_events");
	bool is = switch_apps(r) > APPS_MAX || switch_parts(r) > PARTS_MAX ||
		  strlen(legs) > LIST_MAX || strlen(holds) > LIST_MAX;

	free(legs);
	free(holds);
	return is;
}

char *
switch_part_text(const struct switch_record *r, size_t part, const char *path)
{
	char *whole =
	    text_format("callflow.%zu.%s", switch_parts(r) - 1 - part, path);
	char *text = switch_text(r, whole);

	free(whole);
	return text;
}

int64_t
switch_part_us(const struct switch_record *r, size_t part, const char *path)
{
	return us_of_text(switch_part_text(r, part, path));
}

static void
tell_uuids(char *uuid, void (*each)(const char *uuid, void *arg), void *arg)
{
	if (*uuid)
		each(uuid, arg);
	free(uuid);
}

/* "ARRAY::u1;Outbound Call;1001|:u2;...", or a single one. */
static void
each_leg(const struct switch_record *r, void (*each)(const char *, void *),
    void *arg)
{
	char *legs = switch_variable(r, "originated_legs");
	const char *at = strncmp(legs, "ARRAY::", 7) == 0 ? legs + 7 : legs;

	while (at) {
		const char *next = strstr(at, "|:");

		tell_uuids(text_ndup(at, strcspn(at, ";|")), each, arg);
		at = next ? next + 2 : NULL;
	}
	free(legs);
}

void
switch_each_other(const struct switch_record *r,
    void (*each)(const char *uuid, void *arg), void *arg)
{
	static const char *const lists[] = {
	    "caller_profile.originatee.originatee_caller_profiles",
	    "caller_profile.originator.originator_caller_profiles", NULL};

	each_leg(r, each, arg);
	for (size_t part = 0; part < switch_parts(r); part++)
		for (int i = 0; lists[i]; i++) {
			char *list = text_format("callflow.%zu.%s",
			    switch_parts(r) - 1 - part, lists[i]);
			for (size_t n = 0; n < switch_count(r, list); n++) {
				char *path =
				    text_format("%s.%zu.uuid", list, n);
				tell_uuids(switch_text(r, path), each, arg);
				free(path);
			}
			free(list);
		}
}
