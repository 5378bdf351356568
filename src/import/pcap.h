/* SPDX-License-Identifier: ISC */
#ifndef PCAP_IMPORT_H
#define PCAP_IMPORT_H

/*
 * Finds the calls in a packet capture without metadata, such as that of tcpdump
 * on the PBX. SIP gives who called whom, the answer, holds and the end. Two
 * dialogs of a media server that forwards the sound of one to the other are one
 * call. Media without SIP become calls by their sockets: two streams between the
 * same two sockets, or a stream and its forwarded copy. Remaining streams are
 * paired if they share an address and have the same times.
 */

#include "import.h"

int pcap_add(struct import *im, const char *path, struct why *why);

#endif
