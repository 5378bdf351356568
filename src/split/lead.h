/* SPDX-License-Identifier: ISC */
#ifndef LEAD_H
#define LEAD_H

/*
 * Carriers: silent frames before a part, which hold the main data that the
 * part's first frames reach back to (main_data_begin, ISO/IEC 11172-3, 2.4.2.7).
 */

#include "mp3.h"

/*
 * How many a part needs whose first frame, or lead, is `from`, and the size of
 * each. A frame of free format may be too small to hold all; a size of 0 tells
 * that there is no room at all.
 */
size_t lead_count(const struct mp3 *m, size_t from, size_t *size);
/*
 * So many of them, one after the other; out has MPEG_INFO_MAX bytes for each.
 * All their bytes.
 */
size_t lead_make(
    const struct mp3 *m, size_t from, size_t carriers, unsigned char *out);

#endif
