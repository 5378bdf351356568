/* SPDX-License-Identifier: ISC */
#ifndef TAGS_H
#define TAGS_H

/*
 * Finds tags around and between the frames of an MP3: where they begin and their
 * length. Sources: id3.org (ID3v1, ID3v2.2 to 2.4,
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

/* The length of a tag that begins at p, at most n; 0: there is none. */
size_t tags_front(const unsigned char *p, size_t n, enum tags_kind *kind);
/* The length of a tag that ends at p + n; 0: there is none. */
size_t tags_back(const unsigned char *p, size_t n, enum tags_kind *kind);
/*
 * 1: a RIFF file with layer III in the bytes [*from, *to); 0: not a RIFF file;
 * -1: a RIFF file with another format.
 */
int tags_riff(const unsigned char *p, size_t n, size_t *from, size_t *to);

#endif
