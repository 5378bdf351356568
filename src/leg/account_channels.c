/* SPDX-License-Identifier: ISC */
/* Judges which channel of a file is whose. */
#include "account_judge.h"

#include <string.h>

bool
account_is_one_file(const struct account_leg *a, const struct account_leg *b)
{
	if (strcmp(a->what->file, b->what->file) == 0)
		return true;
	return !a->absent && !b->absent && a->dev == b->dev && a->ino == b->ino;
}

/* True if a leg of the call reads this channel of the file. Legs that name
 * streams of a capture have no channel. */
static bool
is_read(const struct account *a, const struct account_leg *l, int channel)
{
	for (size_t i = 0; i < a->legs; i++) {
		const struct call_leg *leg = a->leg[i].what;

		if (account_is_one_file(&a->leg[i], l) &&
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

/* Importers guess the sides if neither the recorder nor --type tells them. */
void
account_judge_sides(struct account *a)
{
	const char *sides = doc_value(a->call->facts, "sides");

	if (sides && strcmp(sides, "guessed") == 0)
		account_find(a, a->legs, ACCOUNT_SIDES, NULL,
		    "which side is the customer's is a guess (not_told); if it "
		    "is wrong, swap the [leg] sections and mix again");
}

/* Sound in the file of a leg that no leg of the call reads. */
int
account_find_unread(
    struct account *a, size_t i, const struct leg *leg, struct why *why)
{
	struct account_leg *first = a->leg;
	int c = 1;

	while (first->absent || !account_is_one_file(first, &a->leg[i]))
		first++;
	/* This leg, by another spelling, may read what was unread. */
	if (first < &a->leg[i])
		c = first->unread > 0 ? first->unread : leg_channels(leg) + 1;
	first->unread = 0;
	for (; c <= leg_channels(leg); c++) {
		int sound = is_read(a, first, c) ? 0 : has_sound(leg, c, why);

		if (sound < 0)
			return -1;
		if (sound == 0)
			continue;
		first->unread = c;
		return 0;
	}
	return 0;
}
