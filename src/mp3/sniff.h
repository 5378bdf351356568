/* SPDX-License-Identifier: ISC */
#ifndef SNIFF_H
#define SNIFF_H

/*
 * 1 if the file is an MP3, else 0; -1 with errno. It must have two consecutive
 * frames of one stream after an ID3v2 tag (id3.org, "ID3 tag version 2.3.0"), if
 * any, and at most a MiB of other bytes; or consist of a single frame.
 */
int sniff_mp3(int fd);

#endif
