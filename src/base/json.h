/* SPDX-License-Identifier: ISC */
#ifndef JSON_H
#define JSON_H

/*
 * JSON by jansson. A path names members with '.' and elements of arrays by
 * number: "upload.attachment.id", "data.0.title". "" is the value itself.
 *
 *	struct json *j = json_parse(rp.body, rp.body_len);	NULL: not JSON
 *	token = json_text(j, "upload.token");	valid until json_free()
 *	json_free(j);
 *
 *	struct json *j = json_new();
 *	json_set_text(j, "ticket.comment.body", text);
 *	json_set_text(j, "ticket.comment.uploads.0", token);
 *	char *out = json_write(j);		to be freed
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json;
struct json *json_parse(const char *s, size_t n);
struct json *json_new(void);    /* an empty object */
void json_free(struct json *j); /* NULL is fine */

/*
 * The value at a path; NULL, -1 or false if there is none of that type. j may be
 * NULL. An integer written as text ("12") is also a number.
 */
const char *json_text(const struct json *j, const char *path);
int64_t json_number(const struct json *j, const char *path);
bool json_yes(const struct json *j, const char *path);
bool json_no(const struct json *j, const char *path);
bool json_is_list(const struct json *j, const char *path);
/* The number of elements of an array or members of an object; else 0. */
size_t json_count(const struct json *j, const char *path);
/* The name of member n of an object, in the order of the text, or NULL. */
const char *json_name(const struct json *j, const char *path, size_t n);
/* The name of a member, found without regard to case, or NULL. */
const char *json_spelling(
    const struct json *j, const char *path, const char *name);
/* A member of the object at path, for names that contain dots. */
const char *json_member(
    const struct json *j, const char *path, const char *name);

/*
 * Sets the value at a path, and makes the objects and arrays above it. A
 * component that is a number is an element of an array; it may be one more than
 * the last. If the text is not UTF-8, each byte that is not ASCII becomes '?'.
 * NULL is null.
 */
void json_set_text(struct json *j, const char *path, const char *value);
void json_set_number(struct json *j, const char *path, int64_t value);
/* Microseconds as a number of seconds: 4.9 */
void json_set_seconds(struct json *j, const char *path, int64_t us);
/* Sets a member of the object at path, which must not be "", by its name. */
void json_set_member(
    struct json *j, const char *path, const char *name, const char *value);
/* Sets another value, which becomes part of j. */
void json_put(struct json *j, const char *path, struct json *value);
/* Sets an empty array. Elements can be added to it. */
void json_set_list(struct json *j, const char *path);
void json_set_yes(struct json *j, const char *path, bool value);
void json_set_null(struct json *j, const char *path);
/* One line, members in the order in which they were set; to be freed. */
char *json_write(const struct json *j);

#endif
