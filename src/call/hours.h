/* SPDX-License-Identifier: ISC */
#ifndef HOURS_H
#define HOURS_H

/*
 * Hours of a week: "mon-fri 08:00-18:00, sat 9:00-13:00", or "always". Without
 * days it is every day. The end does not belong to it; 22:00-06:00 ends on the
 * day after.
 */

#include <stdbool.h>
#include <stdint.h>

bool hours_are_good(const char *text);
/* local_us: of zone_local_us(). The text must be good. */
bool hours_have(const char *text, int64_t local_us);

/*
 * Is it good, and do hours without days, which are those of every day, come after
 * hours with days?
 */
bool hours_forget_days(const char *text);

#endif
