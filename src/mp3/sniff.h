/* SPDX-License-Identifier: ISC */
#ifndef SNIFF_H
#define SNIFF_H

/*
 * Is it an MP3 at all? Two frames of one stream, one behind the other, behind
 * an ID3v2 tag (id3.org, "ID3 tag version 2.3.0") and at most a MiB of other
 * bytes; or one that is all there is. 1, 0, or -1 with errno.
 */
int sniff_mp3(int fd);

#endif
