/* SPDX-License-Identifier: ISC */
#ifndef METADATA_H
#define METADATA_H

/*
 * The JSON object that is sent with a recording to file and object stores if
 * metadata = yes; see rec-upload(5) and schema/metadata.schema.json. The same
 * ticket always gives the same text, so that a second attempt recognizes the
 * object of the first.
 */

#include "dest.h"
#include "ticket.h"

struct json;
/*
 * The object, to be freed; object: the MP3's name there. facts: the facts of the
 * call that are allowed, NULL: all; see speakers_may_tell().
 */
struct json *metadata_json(const struct ticket *t, const struct ticket_file *f,
    const char *object, const char *facts);
/* The same as text and a newline, to be freed. */
char *metadata_text(const struct ticket *t, const struct ticket_file *f,
    const char *object, const char *facts);
/*
 * "a/b.mp3" -> "a/b.json", "a/b.mp3.cms" -> "a/b.json.cms"; of a vCon "a/b.vcon";
 * to be freed.
 */
char *metadata_name(const char *object, bool vcon);
/* What of these settings has no effect, or was perhaps meant otherwise, to be
 * freed; NULL: nothing. */
char *metadata_caution(const struct dest *d);

#endif
