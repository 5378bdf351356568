/* SPDX-License-Identifier: ISC */
#ifndef LEVEL_H
#define LEVEL_H

/*
 * Estimates the level of a layer III frame from its side info, without decoding.
 * global_gain (1.5 dB per step) gives the scale of the quantiser, the Huffman
 * tables limit the size of a spectral line, and big_values is the number of lines.
 * Source: ISO/IEC 11172-3, 2.4.1.7, 2.4.2.7 and table B.7; ISO/IEC 13818-3,
 * 2.4.1.7.
 */

#include "mpeg.h"

/*
 * In hundredths of a decibel, without a fixed zero: only frames of one stream can
 * be compared. 0: silent, nothing is coded. The header and side info of the frame
 * must be complete.
 */
unsigned level_frame(const unsigned char *frame, const struct mpeg *m);

#endif
