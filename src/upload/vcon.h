/* SPDX-License-Identifier: ISC */
#ifndef VCON_H
#define VCON_H

/*
 * What is known of a recording as a vCon, where metadata = vcon: the container of
 * draft-ietf-vcon-vcon-core-04 (September 2026, syntax 0.4.0) in its unsigned
 * form, with the roles of draft-ietf-vcon-cc-extension ("CC"). The recording is
 * referred to, by its address where that is HTTPS and by its SHA-512; what a vCon
 * has no words for is in an attachment, the object of metadata.h.
 * The same ticket, file and destination always give the same text.
 */

#include "dest.h"

/*
 * To be freed. recording: what was delivered, its ciphertext included; made_us:
 * the time of its file, where the ticket does not tell when the call was. NULL
 * with errno: the file could not be read.
 */
char *vcon_text(
    const struct dest *d, const struct dest_item *recording, int64_t made_us);

#endif
