/* SPDX-License-Identifier: ISC */
#ifndef PCAP_IMPORT_H
#define PCAP_IMPORT_H

/*
 * A packet capture without any recorder's metadata, as tcpdump on the PBX leaves
 * it: each call in it. SIP tells who called whom, the answer, holds and the end;
 * calls whose two halves meet in a media server are one. Media of which no SIP
 * tells become calls by their sockets: two streams between the same two, or
 * whose payloads a media server forwarded; what is left over is paired where one
 * address is common and the times are the same.
 */

#include "import.h"

int pcap_add(struct import *im, const char *path, struct why *why);

#endif
