/* SPDX-License-Identifier: ISC */
#include "draw.h"

#include <stdlib.h>
#include <string.h>

#include "mixer.h"
#include "num.h"
#include "text.h"
#include "when.h"

/* The segments and cuts, at which the waveforms will be drawn. */
struct picture *
draw_begin(const struct render *r)
{
	const struct plan *plan = r->plan;
	unsigned rate = r->set.rate;
	size_t last = plan->recordings - 1;
	struct picture *p =
	    picture_new(num_samples(plan->recording[0].start_us, rate),
		num_samples(plan->recording[last].end_us, rate), rate,
		r->set.channels);

	for (size_t i = 0; i <= last; i++) {
		const struct plan_recording *what = &plan->recording[i];
		char *label =
		    text_format("%s%s%s", what->queue ? what->queue : "",
			what->queue && what->agent ? ", " : "",
			what->agent ? what->agent : "");

		picture_segment(p, num_samples(what->start_us, rate),
		    num_samples(what->end_us, rate), label);
		free(label);
		for (size_t k = 0; k < what->cuts; k++) {
			const struct plan_cut *cut = &what->cut[k];
			int64_t from = cut->start_us - r->set.pad_us;
			int64_t to = cut->end_us + r->set.pad_us;

			if (from < what->start_us)
				from = what->start_us;
			if (to > what->end_us)
				to = what->end_us;
			picture_cut(p, num_samples(from, rate),
			    num_samples(to, rate), cut->reason);
		}
	}
	return p;
}

/* "2026-11-22 10:00:00 UTC, 5:01 of call, 4:12 recorded" */
static char *
subtitle(const struct render *r)
{
	int64_t from = r->plan->recording[0].start_us, to = from, kept = 0;
	char when[WHEN_SIZE] = "";

	for (size_t i = 0; i < r->plan->recordings; i++) {
		struct mixer_piece *piece;
		size_t n = mixer_pieces(&r->plan->recording[i], r->plan->style,
		    r->set.rate, r->set.pad_us, &piece);

		for (size_t k = 0; k < n; k++)
			if (piece[k].kind == MIXER_KEEP)
				kept += piece[k].to - piece[k].from;
		to = r->plan->recording[i].end_us;
		free(piece);
	}
	if (r->call->started_us > 0) {
		when_text(r->call->started_us, when);
		when[10] = ' ';
		when[strcspn(when, "Z")] = '\0';
	}
	kept /= r->set.rate;
	to = (to - from) / 1000000;
	return text_format("%s%slength %lld:%02lld, kept %lld:%02lld", when,
	    *when ? " UTC, " : "", (long long)(to / 60), (long long)(to % 60),
	    (long long)(kept / 60), (long long)(kept % 60));
}

void
draw_write(const struct render *r, struct buf *svg)
{
	static const char *const by_role[2] = {"Customer", "Everyone else"};
	static const char *const by_channel[2] = {"Channel 1", "Channel 2"};
	static const char *const mono[2] = {"Everyone", ""};
	char *under = subtitle(r);

	picture_write(r->picture, r->call->id, under,
	    r->set.channels == 1             ? mono
	    : r->set.first == MIXER_CUSTOMER ? by_role
					     : by_channel,
	    svg);
	free(under);
}
