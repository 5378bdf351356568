/* SPDX-License-Identifier: ISC */
/* Prints the expected and found lengths of a leg for people. */
#include "account.h"
#include "num.h"
#include "text.h"

void
account_line(const struct account_leg *l, struct buf *out)
{
	static const char *const what[] = {
	    "found", "kept", "cut", "outside", "missing"};
	const int64_t us[] = {
	    l->found_us, l->kept_us, l->cut_us, l->outside_us, l->missing_us};
	char t[NUM_SECONDS_SIZE];

	buf_format(out, "%s leg (%.300s): told %s", l->what->role,
	    l->what->file,
	    l->told_us < 0 ? "nothing" : num_seconds_text(l->told_us, t));
	for (size_t i = 0; i < sizeof us / sizeof *us; i++)
		buf_format(out, ", %s %s", what[i], num_seconds_text(us[i], t));
	if (!l->found.timed)
		return;
	buf_format(out, "; ");
	account_packets_line(l, out);
}
