/* SPDX-License-Identifier: ISC */
#include "heard.h"

const char *const heard_names[] = {[HEARD_NOTHING_PLAYS] = "none",
    [HEARD_YES] = "heard",
    [HEARD_NOT] = "not heard",
    [HEARD_NOT_TOLD] = "not told",
    [HEARD_EXTERNAL] = "external"};

bool
heard_is_told(const struct call *call, enum call_party party)
{
	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_ANNOUNCED &&
		    call->event[i].party == party)
			return true;
	return false;
}

enum heard
heard_by_customer(const struct decision *d)
{
	bool external = false, plays = false;

	for (size_t i = 0; i < d->segments; i++) {
		const struct policy_value *v = d->segment[i].value;

		if (!v[POLICY_ENABLED].value || !v[POLICY_RECORD].value)
			continue;
		plays = plays || v[POLICY_PLAY].value == POLICY_PLAYED;
		external = external || v[POLICY_PLAY].value == POLICY_EXTERNAL;
	}
	if (!plays)
		return external ? HEARD_EXTERNAL : HEARD_NOTHING_PLAYS;
	if (!d->timeline.setup.wait_announced)
		return HEARD_NOT_TOLD;
	return d->timeline.announced ? HEARD_YES : HEARD_NOT;
}

bool
heard_not_by_third(const struct decision *d)
{
	if (d->timeline.joins == 0 || d->timeline.failed_file ||
	    heard_is_told(d->call, CALL_PARTY_THIRD))
		return false;
	for (size_t i = 0; i < d->segments; i++)
		if (d->segment[i].record &&
		    d->segment[i].value[POLICY_THIRD_MESSAGE].value ==
			POLICY_PLAYED)
			return true;
	return false;
}
