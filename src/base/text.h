/* SPDX-License-Identifier: ISC */
#ifndef TEXT_H
#define TEXT_H

/*
 * Text: copies, a growing buffer, one line of explanation, checks of strings.
 *
 * Errors: a function that takes a struct why returns -1 after filling it with
 * one line for a person, lower case, without a full stop.
 */

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, the same in all programs; 75 is EX_TEMPFAIL of sysexits. */
enum { EXIT_DONE = 0, EXIT_GIVEN_UP = 1, EXIT_USAGE = 2, EXIT_LATER = 75 };

/*
 * Whose fault it is goes with the text: the content's, which a second try does
 * not mend, or the machine's (an I/O error, no memory, no descriptors, a full
 * disk, no right), which says nothing about the content.
 */
struct why {
	char text[1024];
	int errnum; /* of the system call that failed; 0: the content */
};

/* Fills why (which may be NULL), blames the content, and returns -1. */
int why_set(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same with ": " and what errno says; leaves errno as it is. */
int why_errno(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The same for what is right and not finished: come again later. */
int why_later(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts "name: " before the text, where there is a why. -1. */
int why_in(struct why *why, const char *name);
/* EXIT_LATER where the machine is at fault, EXIT_GIVEN_UP where the content. */
int why_status(const struct why *why);

char *text_dup(const char *s); /* NULL stays NULL */
char *text_ndup(const char *s, size_t n);
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing text, always terminated once something was added. {0} to begin. */
struct buf {
	char *s;
	size_t len, cap;
};
void buf_add(struct buf *b, const void *s, size_t n);
void buf_format(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void buf_free(struct buf *b);

/* NULL if id may name a call: [A-Za-z0-9._-], no leading '.', 1 to 128. */
#define TEXT_ID_ALPHABET                                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv" \
	"wxyz0123456789._-"
enum { TEXT_ID_MAX = 128 };
const char *text_id_fault(const char *id);
/* Well-formed, as RFC 3629 has it. */
bool text_is_utf8(const char *text);
/*
 * The text as UTF-8, to be freed: a byte that is none is taken as a character of
 * Latin-1, or becomes '_' where that would control a terminal.
 */
char *text_utf8(const char *text);
/* The same for a person's screen: what would control a terminal is '_'. */
char *text_shown(const char *text);
/* The word of the NULL-ended list nearest to s, or NULL if none is near. */
const char *text_nearest(const char *s, const char *const *list);

#endif
