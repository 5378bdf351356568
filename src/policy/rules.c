/* SPDX-License-Identifier: ISC */
#include "rules.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "decide.h"
#include "hash.h"
#include "hours.h"
#include "text.h"
#include "zone.h"

static const char fact_caller[] = "caller", fact_callee[] = "callee";

/*
 * The number of the customer (also before it is known), and that of our side.
 */
static void
find_numbers(const struct call *call, const char **other, const char **ours)
{
	const char *caller = doc_value(call->facts, fact_caller);
	const char *callee = doc_value(call->facts, fact_callee);
	/* The record of a callback may be a call to the customer, or from. */
	bool out = call->class == CALL_OUTBOUND ||
		   (call->class == CALL_CALLBACK && callee);

	*other = out ? callee : caller;
	*ours = out ? caller : callee;
}

/* True if a section matches this very number, not an unknown one. */
static bool
is_certain(const struct policy *p, const struct who_match *m)
{
	return m->section && !m->withheld && !m->untold &&
	       m->section != p->who.set[WHO_NUMBER].unknown;
}

void
rules_for_call(const struct policy *p, const struct call *call, struct who *who)
{
	struct who_match *m = &who->match[WHO_NUMBER], ours_match;
	const char *other, *ours;

	*who = (struct who){0};
	if (!who_needs_numbers(&p->who))
		return;
	find_numbers(call, &other, &ours);
	who_find_internal(&p->who, doc_value(call->facts, "internal"), other,
	    &who->match[WHO_INTERNAL]);
	who_find_number(&p->who, other, m);
	who_find_number(&p->who, ours, &ours_match);
	if (!is_certain(p, &ours_match))
		return;
	if (!m->section || (who_refuses(ours_match.section) &&
			       (!is_certain(p, m) || !who_refuses(m->section))))
		*m = ours_match;
}

void
rules_for_agent(const struct policy *p, const char *agent, struct who *who)
{
	who_find_agent(&p->who, agent, &who->match[WHO_AGENT]);
}

static bool
is_untold(const struct who *who)
{
	for (int k = 0; k < WHO_KINDS; k++)
		if (who->match[k].untold)
			return true;
	return false;
}

static char *
untold_line(
    const struct policy *p, const struct call *call, const struct who *who)
{
	static const char *const mend[WHO_KINDS] = {
	    [WHO_NUMBER] = "add [number unknown] to decide such calls",
	    [WHO_AGENT] = "add [agent unknown] to decide such calls",
	    [WHO_INTERNAL] = "extensions in [recording] or internal says it"};
	const char *what[WHO_KINDS] = {
	    [WHO_NUMBER] =
		call->class == CALL_INBOUND ? fact_caller : fact_callee,
	    [WHO_AGENT] = "agent",
	    [WHO_INTERNAL] = "kind of call"};
	int k = 0;

	while (k < WHO_KINDS - 1 && !who->match[k].untold)
		k++;
	return text_format("%s:%d [%s] record = no, and %s does not name the "
			   "%s: %s",
	    p->doc->file, who->match[k].section->line,
	    who->match[k].section->name, call->doc->file, what[k], mend[k]);
}

bool
rules_in_share(const char *id, int share)
{
	unsigned char sum[32];
	struct hash *h;
	uint64_t first;

	if (share >= POLICY_ALL)
		return true;
	h = hash_new(HASH_SHA256);
	hash_add(h, id, strlen(id));
	hash_bytes(h, sum);
	first = (uint64_t)sum[0] << 24 | (uint64_t)sum[1] << 16 |
		(uint64_t)sum[2] << 8 | sum[3];
	return first * POLICY_ALL < (uint64_t)share << 32;
}

/* The zone of the call itself, or the policy's; NULL with why. */
static struct zone *
call_zone(const struct call *call, const struct policy_value *zone,
    const char **name, struct why *why)
{
	const struct doc_key *own =
	    doc_key(call->facts, policy_settings[POLICY_ZONE].name);
	struct why inner = {0};
	struct zone *z;

	*name = own ? own->value : zone->text;
	z = zone_open(*name, &inner);
	if (!z && own)
		doc_error(call->doc, own->line, why, "%s", inner.text);
	else if (!z)
		*why = inner;
	return z;
}

/* 1 or 0, with when it began, or -1 with what is not known. */
static int
is_in_hours(
    const struct call *call, const struct policy_value *v, struct why *why)
{
	char began[sizeof "Mon 2026-11-30 19:12"];
	const char *name;
	struct zone *z;
	struct tm tm;
	int64_t us;
	time_t s;

	if (!v[POLICY_HOURS].value)
		return 1;
	if (call->started_us == 0)
		return why_set(why, "%s does not say when the call started",
		    call->doc->file);
	z = call_zone(call, &v[POLICY_ZONE], &name, why);
	if (!z)
		return -1;
	us = zone_local_us(z, call->started_us);
	zone_free(z);
	s = (time_t)(us / 1000000);
	if (!gmtime_r(&s, &tm) ||
	    !strftime(began, sizeof began, "%a %Y-%m-%d %H:%M", &tm))
		began[0] = '\0';
	(void)why_set(why, "the call began %s (%s)", began, name);
	return hours_have(v[POLICY_HOURS].text, us);
}

/* "policy.ini:3 [inbound] share = 10%: this call is not one of them" */
static char *
value_line(
    const struct policy *p, const struct policy_value *v, const char *what)
{
	char *line = decide_line(p, v);
	char *text = text_format("%s = %s: %s", line, v->text, what);

	free(line);
	return text;
}

enum timeline_bar
rules_bar(const struct policy *p, const struct call *call,
    const struct who *who, const struct policy_value *v, char **text)
{
	struct why why = {0};
	int in_hours;

	*text = NULL;
	if (!rules_in_share(call->id, v[POLICY_SHARE].value)) {
		*text = value_line(
		    p, &v[POLICY_SHARE], "this call is not one of them");
		return TIMELINE_SHARE;
	}
	in_hours = is_in_hours(call, v, &why);
	if (in_hours <= 0) {
		*text = value_line(p, &v[POLICY_HOURS], why.text);
		return in_hours == 0 ? TIMELINE_HOURS : TIMELINE_UNKNOWN;
	}
	if (!is_untold(who))
		return TIMELINE_NO_BAR;
	*text = untold_line(p, call, who);
	return TIMELINE_UNKNOWN;
}
