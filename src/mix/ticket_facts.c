/* SPDX-License-Identifier: ISC */
#include "ticket_facts.h"

#include <stdlib.h>

#include "mix.h"
#include "num.h"
#include "text.h"

/* A label that fits into [leg ROLE LABEL] may be too long here. */
#define LABEL_ROOM 160

/* Copies a section as recpolicy wrote it. */
static void
pass_on(const struct doc *doc, const char *name, struct ticket *t)
{
	const struct doc_section *s = doc ? doc_find(doc, name) : NULL;

	if (s)
		doc_copy_section(&t->call, s);
}

static void
add_seconds(struct doc_section *s, const char *key, int64_t us)
{
	char text[NUM_SECONDS_SIZE];

	if (us >= 0)
		doc_add(s, key, num_seconds_text(us, text), 0);
}

/* "[account third-party bob]" */
static struct doc_section *
begin_account(const struct call_leg *leg, struct ticket *t)
{
	const char *label = leg->label ? leg->label : "";
	char *name = text_format("account %s%s%.*s", leg->role,
	    *label ? " " : "", LABEL_ROOM, label);
	struct doc_section *s = doc_add_section(&t->call, name, 0);

	free(name);
	return s;
}

static void
add_leg_account(
    const struct session *r, const struct account_leg *l, struct ticket *t)
{
	const struct session_options *set = &r->set;
	struct doc_section *s = begin_account(l->what, t);

	doc_addf(s, "channel", "%d",
	    1 + mix_channel(l->what->role, set->first, set->channels));
	doc_add_text(s, "file", l->what->file);
	if (l->absent && l->reason)
		doc_add_text(s, "absent", l->reason);
	add_seconds(s, "told", l->told_us);
	add_seconds(s, "found", l->found_us);
	add_seconds(s, "kept", l->kept_us);
	add_seconds(s, "cut", l->cut_us);
	add_seconds(s, "outside", l->outside_us);
	add_seconds(s, "missing", l->missing_us);
}

void
ticket_facts_add(const struct session *r, struct ticket *t)
{
	const struct call *call = r->call;

	if (call->facts)
		doc_copy_section(&t->call, call->facts);
	pass_on(call->doc, "plan", t);
	pass_on(call->doc, "events", t);
	for (size_t i = 0; i < r->account.legs; i++)
		add_leg_account(r, &r->account.leg[i], t);
	doc_add(doc_add_section(&t->call, "mixed", 0), "rectools", VERSION, 0);
}
