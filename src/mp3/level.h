/* SPDX-License-Identifier: ISC */
#ifndef LEVEL_H
#define LEVEL_H

/*
 * How loud a layer III frame is, told from its side info alone: nothing is
 * decoded. The quantiser's step (global_gain, 1.5 dB each) gives the scale, the
 * Huffman tables in use tell how many steps high a spectral line may be, and
 * big_values how many lines there are. Source: ISO/IEC 11172-3, 2.4.1.7,
 * 2.4.2.7 and table B.7; ISO/IEC 13818-3, 2.4.1.7.
 */

#include "mpeg.h"

/*
 * In hundredths of a decibel, of no fixed zero: frames of one stream compare.
 * 0: silent, nothing is coded. The frame's header and side info must be there.
 */
unsigned level_frame(const unsigned char *frame, const struct mpeg *m);

#endif
