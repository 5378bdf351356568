/* SPDX-License-Identifier: ISC */
#include "formats.h"

#include <string.h>

#include "cdr.h"
#include "cel.h"
#include "freeswitch.h"
#include "from_meta.h"
#include "from_pcap_txt.h"
#include "text.h"

const struct format formats[] = {
    {"asterisk-cdr", cdr_add},
    {"asterisk-cel", cel_add},
    {"freeswitch-json", freeswitch_add},
    {"rtpengine-meta", from_meta_add},
    {"rtpengine-pcap-txt", from_pcap_txt_add},
    {NULL, NULL},
};

const char *
formats_nearest(const char *name)
{
	const char *names[sizeof formats / sizeof *formats];

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		names[i] = formats[i].name;
	return text_nearest(name, names);
}

int
formats_read(
    struct import *im, const char *format, const char *path, struct why *why)
{
	struct why own;

	if (!why)
		why = &own;
	for (const struct format *f = formats; f->name; f++)
		if (strcmp(f->name, format) == 0)
			return f->add(im, path, why);
	return why_set(why, "unknown format '%.60s'", format);
}
