/* SPDX-License-Identifier: ISC */
#ifndef RTPENGINE_META_H
#define RTPENGINE_META_H

/*
 * The .meta file of rtpengine's recording method proc. It does not say when the
 * call was answered, nor has it any times: --streams (the table
 * recording_streams as "mysql -B" prints it) tells these. Source: rtpengine's
 * daemon/recording.c, recording-daemon/metafile.c, output.c and db.c.
 *
 * METADATA "key:value|key:value" tells queue, agent, language, type and facts.
 */

#include "import.h"

#include "text.h"

int rtpengine_meta_add(struct import *im, const char *path, struct why *why);

#endif
