/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_PCAP_H
#define RTPENGINE_PCAP_H

/*
 * Reads the .txt file that rtpengine's recording method pcap writes beside its
 * capture: the capture's path, when the parties were first seen, pauses, the end,
 * and METADATA as in rtpengine_meta.h. Times in milliseconds since 1970 are used,
 * times without a zone are not. Source: rtpengine's daemon/recording.c.
 */

#include "import.h"

#include "text.h"

/* 0, or -1 with why. Of several files, an invalid one is ignored. */
int rtpengine_pcap_add(
    struct import *im, const char *const *path, size_t paths, struct why *why);

#endif
