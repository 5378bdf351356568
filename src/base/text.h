/* SPDX-License-Identifier: ISC */
#ifndef TEXT_H
#define TEXT_H

/*
 * Text: copies, a growing buffer, the reason of an error, checks of strings.
 *
 * A function that takes a struct why fills it on failure with one line for a
 * person, in lower case and without a full stop.
 */

#include <stdbool.h>
#include <stddef.h>

/* Exit statuses, the same in all programs; 75 is EX_TEMPFAIL of sysexits. */
enum { EXIT_DONE = 0, EXIT_GIVEN_UP = 1, EXIT_USAGE = 2, EXIT_LATER = 75 };

/*
 * The reason of an error, and whose fault it is: the content's, so that another
 * attempt fails as well, or the machine's (an I/O error, no memory, no
 * descriptors, a full disk, no permission).
 */
struct why {
	char text[1024];
	int errnum; /* of the system call that failed; 0: the content */
};

/*
 * These fill why, which may be NULL, and return -1. why_set(): the content is at
 * fault.
 */
int why_set(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Adds ": " and the text of errno: the machine is at fault. Keeps errno. */
int why_errno(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Nothing is wrong, but it is not finished: try again later. */
int why_later(struct why *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Puts "name: " before the text. */
int why_in(struct why *why, const char *name);
/* EXIT_LATER if the machine is at fault, EXIT_GIVEN_UP if the content is. */
int why_status(const struct why *why);

char *text_dup(const char *s); /* NULL stays NULL */
char *text_ndup(const char *s, size_t n);
char *text_format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* A growing text, initially {0}. It is terminated after the first addition. */
struct buf {
	char *s;
	size_t len, cap;
};
void buf_add(struct buf *b, const void *s, size_t n);
void buf_format(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Percent-encoded (RFC 3986, 2.3), except the characters of keep. */
void buf_percent(struct buf *b, const char *text, const char *keep);
void buf_free(struct buf *b);

/* NULL if id is a valid call id: 1 to 128 of [A-Za-z0-9._-], no leading '.'. */
#define TEXT_ID_ALPHABET                                   \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv" \
	"wxyz0123456789._-"
enum { TEXT_ID_MAX = 128 };
const char *text_id_fault(const char *id);
bool text_is_ascii(const char *text);
/* True if it is valid UTF-8 (RFC 3629). */
bool text_is_utf8(const char *text);
/*
 * The text as UTF-8, to be freed. A byte that is not UTF-8 is read as Latin-1,
 * or becomes '_' if it is a control character there.
 */
char *text_utf8(const char *text);
/* The same for a terminal: all control characters become '_'. */
char *text_shown(const char *text);
/* The place of the word in the NULL-ended list, or -1. */
int text_index(const char *s, const char *const *list);
/* The most similar word of the NULL-ended list, or NULL if none is similar. */
const char *text_nearest(const char *s, const char *const *list);

#endif
