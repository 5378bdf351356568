/* SPDX-License-Identifier: ISC */
#ifndef TAGS_H
#define TAGS_H

/*
 * What stands around and between the frames of an MP3 and is no audio: where
 * it begins and how long it is. Sources: id3.org (ID3v1, ID3v2.2 to 2.4,
 * Lyrics3 and Lyrics3 v2.00), Hydrogenaudio's page of APEv2, and Microsoft's
 * RIFF WAVE, format 0x0055.
 */

#include <stdbool.h>
#include <stddef.h>

enum tags_kind {
	TAGS_ID3V2,
	TAGS_ID3V1,
	TAGS_APE,
	TAGS_LYRICS3,
	TAGS_RIFF,
	TAGS_KINDS
};
extern const char *const tags_names[TAGS_KINDS + 1];

/* The bytes of a tag that begins at p, at most n; 0: there is none. */
size_t tags_front(const unsigned char *p, size_t n, enum tags_kind *kind);
/* The bytes of a tag that ends at p + n; 0: there is none. */
size_t tags_back(const unsigned char *p, size_t n, enum tags_kind *kind);
/*
 * 1: a RIFF file whose sound is layer III and is the bytes [*from, *to);
 * 0: no RIFF file; -1: a RIFF file of something else.
 */
int tags_riff(const unsigned char *p, size_t n, size_t *from, size_t *to);

#endif
