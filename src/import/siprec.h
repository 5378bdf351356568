/* SPDX-License-Identifier: ISC */
#ifndef SIPREC_H
#define SIPREC_H

/*
 * The metadata of a SIPREC session (RFC 7865, application/rs-metadata+xml), as a
 * recording server keeps it beside the media: participants, streams and their
 * labels, when each began, and holds, in which a participant's stream is
 * dissociated for a while. A whole SIP body with other parts may stand around it.
 *
 * NAME.xml belongs to recordings NAME-LABEL.* in --legs, else NAME-STREAM_ID.*,
 * else to NAME.*, whose channels are the streams in their order. The first
 * participant is the caller, unless the labels are the words of rec-call(5).
 */

#include "import.h"

int siprec_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

#endif
