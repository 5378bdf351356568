/* SPDX-License-Identifier: ISC */
#ifndef BEYOND_H
#define BEYOND_H

/*
 * Sound files whose header says how long their sound is: WAV, RF64, AIFF, CAF
 * and AU. (Of a W64 libsndfile reads all, to the end of the file.) Whatever
 * follows the sound must be chunks. Other bytes show that as many were inserted
 * before them, or were appended, and that the header does not know it.
 */

#include <stdint.h>

/*
 * How many bytes at the end of the file belong to no chunk; 0: none, only zeros,
 * or the format is another one. -1 with errno: the file cannot be read.
 */
int64_t beyond_bytes(int fd, int64_t length);

#endif
