/* SPDX-License-Identifier: ISC */
#include "ending.h"

#include <stdlib.h>

#include "decide.h"
#include "sound.h"
#include "text.h"

void
ending_find(const struct call *call, struct ending *end)
{
	*end = (struct ending){0};
	if (decide_has_end(call))
		return;
	if (call->events > 0)
		end->us = call->event[call->events - 1].at_us;
	for (size_t i = 0; i < call->legs; i++) {
		const struct call_leg *leg = &call->leg[i];
		char *path = decide_path(call->doc->file, leg->file);
		int64_t us = 0;

		if (leg->end_us >= 0)
			us = leg->end_us;
		else if (sound_length(path, leg, &us, &end->why) == 0)
			us += leg->start_us;
		else
			end->unsure = true;
		if (us > end->us)
			end->us = us;
		free(path);
	}
}
