/* SPDX-License-Identifier: ISC */
#include "formats.h"

#include <string.h>

#include "cdr.h"
#include "cel.h"
#include "freeswitch.h"
#include "pcap.h"
#include "rtpengine_meta.h"
#include "rtpengine_pcap.h"
#include "siprec.h"
#include "text.h"

const struct format formats[] = {
    {"asterisk-cdr", NULL, cdr_add},
    {"asterisk-cel", NULL, cel_add},
    {"freeswitch-json", freeswitch_add, NULL},
    {"pcap", pcap_add, NULL},
    {"rtpengine-meta", rtpengine_meta_add, NULL},
    {"rtpengine-pcap-txt", NULL, rtpengine_pcap_add},
    {"siprec", NULL, siprec_add},
    {NULL, NULL, NULL},
};

const char *
formats_nearest(const char *name)
{
	const char *names[sizeof formats / sizeof *formats];

	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		names[i] = formats[i].name;
	return text_nearest(name, names);
}

static const struct format *
find_format(const char *name)
{
	const struct format *f = formats;

	while (f->name && strcmp(f->name, name) != 0)
		f++;
	return f;
}

bool
formats_join(const char *format)
{
	return find_format(format)->join != NULL;
}

int
formats_read(struct import *im, const char *format, const char *const *path,
    size_t paths, struct why *why)
{
	const struct format *f = find_format(format);
	int bad = 0;

	if (!f->name)
		return why_set(why, "unknown format '%.60s'", format);
	if (f->join)
		return f->join(im, path, paths, why);
	for (size_t i = 0; i < paths && bad == 0; i++)
		bad = f->add(im, path[i], why);
	return bad;
}
