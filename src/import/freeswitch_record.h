/* SPDX-License-Identifier: ISC */
#ifndef FREESWITCH_RECORD_H
#define FREESWITCH_RECORD_H

/*
 * The CDR of one channel, as mod_json_cdr and mod_format_cdr write it: its
 * variables, the applications that ran on it (app_log), and its callflow, the
 * newest part first. Times are microseconds since 1970; 0: none.
 *
 * The caller frees the texts that are returned. They are "" if there is nothing.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;

struct switch_record {
	const struct json *j;
	char at[24];  /* path in the document: "" or "3." */
	bool encoded; /* encode-values: "%40" is '@' in variables */
};

void switch_record_init(
    struct switch_record *r, const struct json *j, const char *at);

char *switch_text(const struct switch_record *r, const char *path);
int64_t switch_us(const struct switch_record *r, const char *path);
size_t switch_count(const struct switch_record *r, const char *path);

/* A variable of the channel. Its name is found in any case, as by FreeSWITCH. */
char *switch_variable(const struct switch_record *r, const char *name);
int64_t switch_variable_us(const struct switch_record *r, const char *name);
/* wanted NULL: true if the variable exists. */
bool switch_variable_is(
    const struct switch_record *r, const char *name, const char *wanted);
/* True for what FreeSWITCH considers true. */
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
 * True if the record has more applications, parts, legs or holds than any call:
 * the file is damaged, or an attack. Using only a part of it would give wrong
 * results without notice.
 */
bool switch_is_absurd(const struct switch_record *r);

/* A part of the call: a new one begins with each transfer. 0 is the first. */
size_t switch_parts(const struct switch_record *r);
char *switch_part_text(
    const struct switch_record *r, size_t part, const char *path);
int64_t switch_part_us(
    const struct switch_record *r, size_t part, const char *path);

/*
 * Calls each() with the uuids of the related channels: its own legs, the
 * originator, and those that it was bridged to. Some can be repeated.
 */
void switch_each_other(const struct switch_record *r,
    void (*each)(const char *uuid, void *arg), void *arg);

#endif
