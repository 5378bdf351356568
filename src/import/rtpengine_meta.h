/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_META_H
#define RTPENGINE_META_H

/*
 * Reads the .meta file of rtpengine's recording method proc. It has no times and
 * does not record when the call was answered; --streams (the table
 * recording_streams as "mysql -B" prints it) has them. Source: rtpengine's
 * daemon/recording.c, recording-daemon/metafile.c, output.c and db.c.
 *
 * METADATA "key:value|key:value" has queue, agent, language, type and facts.
 */

#include "import.h"

#include "text.h"

int rtpengine_meta_add(struct import *im, const char *path, struct why *why);

#endif
