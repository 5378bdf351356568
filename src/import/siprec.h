/* SPDX-License-Identifier: ISC */
#ifndef SIPREC_H
#define SIPREC_H

/*
 * Reads the metadata of a SIPREC session (RFC 7865, application/rs-metadata+xml)
 * that a recording server stores beside the media: participants, streams and
 * their labels, when each began, and holds, during which a participant's stream
 * is dissociated. The file may be a whole SIP body with other parts.
 *
 * NAME.xml belongs to the recordings NAME-LABEL.* in --legs, else NAME-STREAM_ID.*,
 * else NAME.*, whose channels are the streams in their order. The first
 * participant is the caller, unless the labels are roles of rec-call(5).
 */

#include "import.h"

int siprec_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

#endif
