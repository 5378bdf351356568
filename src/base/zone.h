/* SPDX-License-Identifier: ISC */
#ifndef ZONE_H
#define ZONE_H

/*
 * Time zones by their names in the IANA time zone database, "Europe/Berlin", as
 * the system has it in /usr/share/zoneinfo or in $TZDIR: TZif files (RFC 8536)
 * of version 2 and later. libc knows one zone at a time, by an environment that
 * threads share. "UTC" needs no file.
 */

#include <stdint.h>

#include "text.h"

struct zone;

/* NULL with why. */
struct zone *zone_open(const char *name, struct why *why);
void zone_free(struct zone *z); /* NULL is fine */

/* Seconds that the zone's clocks are ahead of UTC at this time since 1970. */
int zone_offset_s(const struct zone *z, int64_t us);
/* The time that is shown there, as if it were UTC: for when_text() and so on. */
int64_t zone_local_us(const struct zone *z, int64_t us);

#endif
