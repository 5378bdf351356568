/* SPDX-License-Identifier: ISC */
#include "formats.h"

#include <string.h>

#include "from_cdr.h"
#include "from_cel.h"
#include "from_freeswitch.h"
#include "from_meta.h"
#include "from_pcap_txt.h"
#include "text.h"

const char *const formats_names[] = {"asterisk-cdr", "asterisk-cel",
    "freeswitch-json", "rtpengine-meta", "rtpengine-pcap-txt", NULL};

static int (*const readers[])(
    struct import *im, const char *path, struct why *why) = {from_cdr_add,
    from_cel_add, from_freeswitch_add, from_meta_add, from_pcap_txt_add};

int
formats_read(
    struct import *im, const char *format, const char *path, struct why *why)
{
	for (size_t i = 0; formats_names[i]; i++)
		if (strcmp(formats_names[i], format) == 0)
			return readers[i](im, path, why);
	return why_set(why, "unknown format '%.60s'", format);
}
