/* SPDX-License-Identifier: ISC */
#include "rules.h"

#include <string.h>

#include "hash.h"
#include "text.h"

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

bool
rules_are_untold(const struct who *who)
{
	for (int k = 0; k < WHO_KINDS; k++)
		if (who->match[k].untold)
			return true;
	return false;
}

char *
rules_untold(
    const struct policy *p, const struct call *call, const struct who *who)
{
	static const char *const mend[WHO_KINDS] = {
	    [WHO_NUMBER] = "[number unknown] says what holds then",
	    [WHO_AGENT] = "[agent unknown] says what holds then",
	    [WHO_INTERNAL] = "extensions in [recording] or internal says it"};
	const char *what[WHO_KINDS] = {
	    [WHO_NUMBER] =
		call->class == CALL_INBOUND ? fact_caller : fact_callee,
	    [WHO_AGENT] = "agent",
	    [WHO_INTERNAL] = "kind of call"};
	int k = 0;

	while (k < WHO_KINDS - 1 && !who->match[k].untold)
		k++;
	return text_format("%s:%d [%s] record = no, and %s does not tell the "
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
