/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_PCAP_H
#define RTPENGINE_PCAP_H

/*
 * The .txt that rtpengine's recording method pcap leaves beside its capture:
 * the capture's path, when the parties were first seen, pauses, the end, and
 * METADATA as in rtpengine_meta.h. Times in milliseconds since 1970 are taken; those
 * without a zone are not. Source: rtpengine's daemon/recording.c.
 */

#include "import.h"

#include "text.h"

/* 0, or -1 with why; where there are several files a bad one is passed over. */
int rtpengine_pcap_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

#endif
