/* SPDX-License-Identifier: ISC */
/* Finds sound in the file of a leg that no leg of the call reads. */
#include "account_judge.h"

#include <string.h>

static bool
is_of_file(const struct call_leg *leg, const char *file)
{
	return strcmp(leg->file, file) == 0;
}

/* True if a leg of the call reads this channel of the file. Legs that name
 * streams of a capture have no channel. */
static bool
is_read(const struct account *a, const char *file, int channel)
{
	for (size_t i = 0; i < a->legs; i++) {
		const struct call_leg *leg = a->leg[i].what;

		if (is_of_file(leg, file) &&
		    (leg->channel == 0 || leg->channel == channel ||
			leg->streams))
			return true;
	}
	return false;
}

/* 1 or 0, or -1 with why. */
static int
has_sound(const struct leg *leg, int channel, struct why *why)
{
	struct leg *other = leg_again(leg, channel, why);
	struct survey s;
	int status = -1;

	if (other && survey_leg(other, 0, &s, why) == 0) {
		status = !s.silent;
		survey_free(&s);
	}
	leg_close(other);
	return status;
}

int
account_find_unread(
    struct account *a, size_t i, const struct leg *leg, struct why *why)
{
	const char *file = a->leg[i].what->file;

	for (size_t k = 0; k < i; k++)
		if (is_of_file(a->leg[k].what, file) && !a->leg[k].absent)
			return 0;
	for (int c = 1; c <= leg_channels(leg); c++) {
		int sound = is_read(a, file, c) ? 0 : has_sound(leg, c, why);

		if (sound < 0)
			return -1;
		if (sound == 0)
			continue;
		a->leg[i].unread = c;
		return 0;
	}
	return 0;
}
