/* SPDX-License-Identifier: ISC */
#include "keep.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "num.h"
#include "when.h"

/* The stores take no time that is over; their clocks may differ from ours. */
#define MARGIN_US (INT64_C(60) * 1000000)

static const struct {
	char unit;
	int64_t most; /* about 100 years: what Cloud Storage takes at most */
	const char *word;
} units[] = {{'h', 876000, "hour"}, {'d', 36500, "day"}, {'y', 100, "year"}};

int
keep_parse(const char *s, struct keep_rule *r)
{
	size_t n = strlen(s);
	char unit = n > 1 && !isdigit((unsigned char)s[n - 1]) ? s[n - 1] : 'd';
	char *number = text_ndup(
	    s, isdigit((unsigned char)s[n ? n - 1 : 0]) ? n : n - !!n);
	int status = -1;

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == unit)
			status =
			    num_integer(number, 1, units[i].most, &r->count);
	if (status == 0)
		r->unit = unit;
	free(number);
	return status;
}

int
keep_from_doc(struct keep_rule *r, const struct doc *doc,
    const struct doc_section *s, struct why *why)
{
	const struct doc_key *time = doc_key(s, "retain");
	const struct doc_key *mode = doc_key(s, "retain_mode");
	const struct doc_key *hold = doc_key(s, "legal_hold");

	*r = (struct keep_rule){0};
	if (time && keep_parse(time->value, r) != 0)
		return doc_error(doc, time->line, why,
		    "retain: a time such as 7y, 90d or 36h (at most 100y), not "
		    "'%.40s'",
		    time->value);
	if (mode && !time)
		return doc_error(doc, mode->line, why,
		    "retain_mode has no effect without retain");
	if (mode && strcmp(mode->value, "compliance") == 0)
		r->compliance = true;
	else if (mode && strcmp(mode->value, "governance") != 0)
		return doc_error(doc, mode->line, why,
		    "retain_mode: governance or compliance, not '%.40s'",
		    mode->value);
	if (hold && num_bool(hold->value, &r->hold) != 0)
		return doc_error(doc, hold->line, why,
		    "legal_hold: yes or no, not '%.40s'", hold->value);
	return 0;
}

bool
keep_is_set(const struct keep_rule *r)
{
	return r->count > 0 || r->hold;
}

char *
keep_text(const struct keep_rule *r)
{
	const char *word = "";
	struct buf b = {0};

	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (units[i].unit == r->unit)
			word = units[i].word;
	if (r->count > 0)
		buf_format(&b, "%lld %s%s, %s", (long long)r->count, word,
		    r->count == 1 ? "" : "s",
		    r->compliance ? "compliance" : "governance");
	if (r->hold)
		buf_format(&b, "%slegal hold", r->count > 0 ? "; " : "");
	buf_add(&b, "", 0);
	return b.s;
}

int64_t
keep_until(const struct keep_rule *r, int64_t from_us)
{
	int64_t hours = r->unit == 'd' ? 24 * r->count : r->count;
	time_t t = (time_t)(from_us / 1000000);
	struct tm tm;

	if (r->unit != 'y')
		return from_us + hours * 3600 * 1000000;
	if (!gmtime_r(&t, &tm))
		return from_us;
	tm.tm_year += (int)r->count;
	return (int64_t)timegm(&tm) * 1000000 + from_us % 1000000;
}

int64_t
keep_call_end(const struct ticket *t)
{
	const char *started = t ? ticket_fact(t, "started") : NULL;
	int64_t started_us, last_us = 0;

	if (!started || when_parse(started, &started_us) != 0)
		return -1;
	for (size_t i = 0; i < t->files; i++) {
		int64_t end_us = ticket_end_us(&t->file[i]);

		if (end_us < 0)
			end_us = t->file[i].start_us;
		last_us = end_us > last_us ? end_us : last_us;
	}
	return started_us + last_us;
}

struct keep
keep_for(const struct keep_rule *r, const struct ticket *t, int64_t else_us,
    int64_t now_us)
{
	struct keep k = {.hold = r->hold};
	int64_t end_us = keep_call_end(t);

	if (r->count == 0)
		return k;
	/* To the next whole second: the stores keep no fraction. */
	k.until_us = keep_until(r, end_us < 0 ? else_us : end_us) + 999999;
	k.until_us -= k.until_us % 1000000;
	if (k.until_us < now_us + MARGIN_US)
		k.until_us = 0;
	k.compliance = k.until_us > 0 && r->compliance;
	return k;
}
