/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_RECORD_H
#define FREESWITCH_RECORD_H

/*
 * One leg's CDR as mod_json_cdr and mod_format_cdr write it: the variables of
 * its channel, the applications that ran on it (app_log), and its callflow, the
 * newest part first. Times are microseconds since 1970; 0: there is none.
 *
 * Texts that are returned are the caller's to free, and "" where there is
 * nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

struct switch_record {
	const struct json *j;
	char at[24];  /* where in the document: "" or "3." */
	bool encoded; /* encode-values: "%40" is '@' in variables */
};

void switch_record_init(
    struct switch_record *r, const struct json *j, const char *at);

char *switch_text(const struct switch_record *r, const char *path);
int64_t switch_us(const struct switch_record *r, const char *path);
size_t switch_count(const struct switch_record *r, const char *path);

/* A variable of the channel; FreeSWITCH takes any case for its name. */
char *switch_variable(const struct switch_record *r, const char *name);
int64_t switch_variable_us(const struct switch_record *r, const char *name);
/* wanted NULL: it is there. */
bool switch_variable_is(
    const struct switch_record *r, const char *name, const char *wanted);
/* What FreeSWITCH takes for a yes. */
bool switch_is_true(const char *text);

/* An application that ran. */
struct switch_app {
	char *name, *data;
	int64_t at_us;
};
size_t switch_apps(const struct switch_record *r);
void switch_app_get(
    const struct switch_record *r, size_t n, struct switch_app *app);
void switch_app_free(struct switch_app *app);

/*
 * No call has as many applications, parts, legs or holds: the file is broken, or
 * somebody wants us to be busy. Parts of it would be wrong without a word.
 */
bool switch_is_absurd(const struct switch_record *r);

/* A part of the call: a new one begins with each transfer. 0 is the first. */
size_t switch_parts(const struct switch_record *r);
char *switch_part_text(
    const struct switch_record *r, size_t part, const char *path);
int64_t switch_part_us(
    const struct switch_record *r, size_t part, const char *path);

/*
 * Calls each() with the uuids of the channels that had to do with this one: its
 * own legs, the originator, and those it was bridged to. Some twice.
 */
void switch_each_other(const struct switch_record *r,
    void (*each)(const char *uuid, void *arg), void *arg);

#endif
