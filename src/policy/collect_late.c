/* SPDX-License-Identifier: ISC */
#include "taking.h"

#include "audit.h"
#include "cli.h"
#include "text.h"
#include "when.h"

#define REASON                                                      \
	"consent was declined after the call was taken: recupload " \
	"--erase deletes it"

static bool
is_declined(const struct call *call)
{
	for (size_t i = 0; i < call->events; i++)
		if (call->event[i].kind == CALL_CONSENT &&
		    call->event[i].consent == CALL_DECLINED)
			return true;
	return false;
}

bool
taking_is_late_no(const struct taking *t)
{
	uint64_t own = known_hash(t->call.id);

	return is_declined(&t->call) && t->missing == t->bag.legs &&
	       (door_find(&t->c->door, own) ||
		   known_went_on(t->c->door.known, own));
}

/* Nobody delivers it from failed/. */
static int
hold_folder(struct collect *c, const struct door_folder *f, struct why *why)
{
	struct spool_item it;
	int status, taken = spool_take(&c->spool, f->stage, f->name, &it, why);

	if (taken < 0)
		return -1;
	if (taken == 0)
		return why_later(why,
		    "consent was declined after the call was taken, and "
		    "another program is at %s/%s",
		    spool_stage_names[f->stage], f->name);
	status = audit_add(c->spool.fd, when_now_us(), it.id, "failed", why,
	    "by=%s reason=\"" REASON "\"", cli_name());
	if (status == 0)
		status =
		    spool_fail(&it, cli_name(), REASON, when_now_us(), why);
	if (status == 0)
		door_add(&c->door, &it);
	spool_release(&it);
	return status;
}

int
taking_hold(const struct taking *t, char **text, struct why *why)
{
	struct collect *c = t->c;
	const char *id = t->call.id;
	const struct door_folder *f = door_find(&c->door, known_hash(id));
	bool waits = f && f->stage <= SPOOL_FAILED;

	*text = NULL;
	if (waits && f->stage < SPOOL_FAILED && hold_folder(c, f, why) != 0)
		return -1;
	*text = text_format("consent was declined after the call was taken; it "
			    "%s (recupload --erase %s deletes it)",
	    waits ? "is kept in failed/"
	    : f   ? "was uploaded"
		  : "is not in the spool any more",
	    id);
	return 0;
}
