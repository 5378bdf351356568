/* SPDX-License-Identifier: ISC */
#ifndef TICKET_H
#define TICKET_H

/*
 * The ticket of a call's MP3s: rec-spool(5). In a folder of the spool, ticket.ini
 * lists all MP3s of the call; outside, NAME.ini lists NAME.mp3 beside it. It has
 * the [call] section of the call file, then a [file NAME.mp3] for each, in order.
 */

#include <stdint.h>

#include "call.h"
#include "doc.h"

#include "text.h"

struct ticket_cut {
	int64_t start_us, end_us;
	char *reason;
};

struct ticket_file {
	char *name;                /* of the MP3, without a directory */
	int recording, recordings; /* recording n of N */
	int part, parts;           /* part m of M of that recording */
	int64_t start_us;          /* of the recording, after the call's
				      `started` */
	char *queue, *agent;       /* NULL: none */
	unsigned rate, channels;   /* Hz; 1 or 2; 0: unknown */
	int64_t first_sample;      /* of this part within the recording */
	int64_t samples;           /* per channel, as a gapless player plays */
	uint64_t bytes;
	char sha256[65];        /* lower-case hex; "": unknown */
	struct ticket_cut *cut; /* of the recording, in order */
	size_t cuts;
	struct doc_section extra; /* unknown keys, which are passed on */
};

struct ticket {
	struct doc call; /* [call] and all sections that are not files */
	struct ticket_file *file;
	size_t files;
};

/* Adds a file with its name; all else is 0. Valid until the next is added. */
struct ticket_file *ticket_add(struct ticket *t, const char *name);
void ticket_add_cut(struct ticket_file *f, int64_t start_us, int64_t end_us,
    const char *reason);
/* Adds a copy of a file's facts with another name, for a part of it. */
struct ticket_file *ticket_add_like(
    struct ticket *t, const struct ticket_file *from, const char *name);
void ticket_free(struct ticket *t);

/* NULL, or why an MP3 with that name cannot have a ticket. */
const char *ticket_name_fault(const char *name);
/* A fact of [call], or NULL. */
const char *ticket_fact(const struct ticket *t, const char *key);

/*
 * Where a file, which may be a part of a recording, lies in the call; end_us is
 * INT64_MAX for a last part, or where the length is not known.
 */
struct ticket_stretch {
	int64_t start_us, end_us;
};
struct ticket_stretch ticket_stretch_of(const struct ticket_file *f);
/* When in the call its sound ends, with what was cut out there; -1 if the length
 * is not known. */
int64_t ticket_end_us(const struct ticket_file *f);
/* By the fact `type`; CALL_CLASSES: it has none, or one that is not known. */
enum call_class ticket_class(const struct ticket *t);

void ticket_to_doc(const struct ticket *t, struct doc *doc);
/*
 * 0, or -1 with why = "file:line: ...". Names of files are checked (no '/', no
 * leading '.'), because a ticket in a folder of the spool is not trusted.
 */
int ticket_from_doc(struct ticket *t, const struct doc *doc, struct why *why);

#endif
