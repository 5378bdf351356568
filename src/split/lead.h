/* SPDX-License-Identifier: ISC */
#ifndef LEAD_H
#define LEAD_H

/*
 * Carriers: silent frames before a part that contain the main data to which the
 * part's first frames refer (main_data_begin, ISO/IEC 11172-3, 2.4.2.7).
 */

#include "mp3.h"

/*
 * The number of carriers for a part whose first frame (or lead) is `from`, and
 * the size of each. In free format one frame may be too small for all. A size of
 * 0: no frame has room.
 */
size_t lead_count(const struct mp3 *m, size_t from, size_t *size);
/*
 * Makes that many carriers; out has MPEG_INFO_MAX bytes for each. Returns the
 * number of bytes.
 */
size_t lead_make(
    const struct mp3 *m, size_t from, size_t carriers, unsigned char *out);

#endif
