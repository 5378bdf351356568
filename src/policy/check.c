/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "decide.h"
#include "ini.h"
#include "num.h"
#include "sound.h"
#include "text.h"

static const char *const message_names[] = {
    "record_inbound", "record_callback", "record_outbound"};

static int
setting(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key)
{
	return policy_get(p, class, path, key).value;
}

/* The places for which a class says something: "" and its queues. */
static const char *
place(const struct policy *p, enum call_class class, size_t *at)
{
	size_t i = (*at)++;

	if (i == 0)
		return "";
	for (; i <= p->queues; i++, (*at)++)
		if (p->queue[i - 1].class == class)
			return p->queue[i - 1].path;
	return NULL;
}

static bool
plays_at(const struct policy *p, enum call_class class, const char *path)
{
	return setting(p, class, path, POLICY_RECORD) &&
	       setting(p, class, path, POLICY_PLAY);
}

static bool
asks_at(const struct policy *p, enum call_class class, const char *path)
{
	return class != CALL_CALLBACK && plays_at(p, class, path) &&
	       setting(p, class, path, POLICY_ASK);
}

static bool
records_at(const struct policy *p, enum call_class class, const char *path)
{
	return setting(p, class, path, POLICY_RECORD);
}

/* Is it so anywhere in the class? */
static bool
somewhere(const struct policy *p, enum call_class class,
    bool (*so)(const struct policy *, enum call_class, const char *))
{
	const char *path;

	for (size_t at = 0; (path = place(p, class, &at));)
		if (so(p, class, path))
			return true;
	return false;
}

/*
 * Does this line matter for anyone? It does where it decides for a class or a
 * queue in which what it needs is on.
 */
static bool
matters(const struct policy *p, enum call_class class, enum policy_key key,
    int line)
{
	const char *path;

	for (size_t at = 0; (path = place(p, class, &at));)
		if (policy_get(p, class, path, key).line == line &&
		    (key == POLICY_ASK ? asks_at(p, class, path)
				       : records_at(p, class, path)))
			return true;
	return false;
}

static void
idle_at(const struct policy *p, enum call_class class, const char *path,
    const struct doc_section *s, struct policy_notes *notes)
{
	for (int i = POLICY_REDACTION; i < POLICY_KEYS; i++) {
		enum policy_key key = (enum policy_key)i;
		const struct doc_key *k = doc_key(s, policy_key_name(key));

		if (!k || !setting(p, class, path, key) ||
		    matters(p, class, key, k->line))
			continue;
		policy_note(notes, p, k->line, "%s has no effect%s", k->name,
		    key == POLICY_ASK && class == CALL_CALLBACK
			? ": callbacks do not ask"
		    : key == POLICY_ASK
			? " without record and play_message = yes"
			: " without record = yes");
	}
}

/* A setting that is on and of no use without one of two others. */
static void
needs(const struct policy *p, enum policy_key key, enum policy_key a,
    enum policy_key b, struct policy_notes *notes)
{
	struct policy_value v = policy_get(p, CALL_INBOUND, "", key);

	if (v.value && !setting(p, CALL_INBOUND, "", a) &&
	    !setting(p, CALL_INBOUND, "", b))
		policy_note(notes, p, v.line,
		    "%s has no effect without %s%s%s = yes", v.key,
		    policy_key_name(a), a != b ? " or " : "",
		    a != b ? policy_key_name(b) : "");
}

static bool
is_played(const struct policy *p, const char *name)
{
	if (strcmp(name, "ask_permission") == 0)
		return somewhere(p, CALL_INBOUND, asks_at) ||
		       somewhere(p, CALL_OUTBOUND, asks_at);
	for (int c = 0; c < CALL_CLASSES; c++)
		if (strcmp(name, message_names[c]) == 0 &&
		    somewhere(p, (enum call_class)c, plays_at))
			return true;
	/* Callbacks that have no message of their own take this one. */
	return strcmp(name, "record_outbound") == 0 &&
	       !policy_message(p, "record_callback", NULL) &&
	       somewhere(p, CALL_CALLBACK, plays_at);
}

static void
idle_messages(const struct policy *p, struct policy_notes *notes)
{
	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_section *s = &p->doc->section[i];

		for (size_t k = 0; k < s->keys; k++)
			if (doc_is(s, "messages", NULL) &&
			    !is_played(p, s->key[k].name))
				policy_note(notes, p, s->key[k].line,
				    "%s has no effect: nothing plays it",
				    s->key[k].name);
	}
}

static void
missing_messages(const struct policy *p, struct policy_notes *notes)
{
	bool ask = false;

	for (int c = 0; c < CALL_CLASSES; c++) {
		enum call_class class = (enum call_class)c;

		ask = ask || somewhere(p, class, asks_at);
		if (somewhere(p, class, plays_at) &&
		    !policy_message(p, message_names[c], NULL))
			policy_note(notes, p, 0,
			    "%s calls play no message: [messages] has no %s",
			    call_class_names[c], message_names[c]);
	}
	if (ask && !policy_message(p, "ask_permission", NULL))
		policy_note(notes, p, 0,
		    "permission is asked without a message: [messages] has no "
		    "ask_permission");
}

/* Where nothing is recorded, one note says it and no others follow. */
static bool
nothing_recorded(const struct policy *p, struct policy_notes *notes)
{
	struct policy_value v = policy_get(p, CALL_INBOUND, "", POLICY_ENABLED);

	if (!v.value) {
		policy_note(notes, p, v.line,
		    "enabled = no: nothing is recorded, whatever else is set");
		return true;
	}
	for (int c = 0; c < CALL_CLASSES; c++)
		if (somewhere(p, (enum call_class)c, records_at))
			return false;
	policy_note(
	    notes, p, 0, "nothing is recorded: no section says record = yes");
	return false;
}

void
check_effects(const struct policy *p, struct policy_notes *notes)
{
	struct policy_value order =
	    policy_get(p, CALL_OUTBOUND, "", POLICY_SEQUENCE);

	if (nothing_recorded(p, notes))
		return;
	needs(p, POLICY_AFTER_CUSTOMER, POLICY_CUSTOMER_LEAVES,
	    POLICY_CUSTOMER_LEAVES, notes);
	needs(p, POLICY_WITH_THIRD, POLICY_AGENT_LEAVES, POLICY_AGENT_LEAVES,
	    notes);
	needs(p, POLICY_WITH_EMERGENCY, POLICY_AGENT_LEAVES,
	    POLICY_AGENT_LEAVES, notes);
	needs(p, POLICY_CUSTOMER_LEAVES, POLICY_AFTER_CUSTOMER,
	    POLICY_AFTER_CUSTOMER, notes);
	needs(p, POLICY_AGENT_LEAVES, POLICY_WITH_THIRD, POLICY_WITH_EMERGENCY,
	    notes);
	if (order.line > 0 && !somewhere(p, CALL_OUTBOUND, asks_at))
		policy_note(notes, p, order.line,
		    "%s has no effect: no outbound call asks for permission",
		    order.key);
	for (int c = 0; c < CALL_CLASSES; c++)
		idle_at(p, (enum call_class)c, "",
		    doc_find(p->doc, call_class_names[c]), notes);
	for (size_t i = 0; i < p->queues; i++)
		idle_at(p, p->queue[i].class, p->queue[i].path,
		    p->queue[i].section, notes);
	idle_messages(p, notes);
	missing_messages(p, notes);
}

static void
open_message(const struct policy *p, const struct doc_key *k,
    struct policy_notes *faults, struct policy_notes *facts)
{
	char *path = decide_path(p->doc->file, k->value);
	char seconds[NUM_SECONDS_SIZE];
	struct why why;
	unsigned rate;
	int64_t us;

	if (sound_length(path, &us, &rate, &why) != 0)
		policy_note(faults, p, k->line, "%s: %s", k->name, why.text);
	else
		policy_note(facts, p, k->line, "%s: %s, %s s, %u Hz", k->name,
		    path, num_seconds_text(us, seconds), rate);
	free(path);
}

void
check_messages(const struct policy *p, struct policy_notes *faults,
    struct policy_notes *facts)
{
	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_section *s = &p->doc->section[i];

		for (size_t k = 0; k < s->keys; k++)
			if (doc_is(s, "messages", NULL))
				open_message(p, &s->key[k], faults, facts);
	}
}

/* ---- for the command line ---- */

static void
tell(void (*how)(const char *fmt, ...), struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		how("%s", notes->text[i]);
	policy_notes_free(notes);
}

/* Every fault on its own line where `all`, else the first. */
int
check_load(const char *path, bool all, struct doc *doc, struct policy *policy)
{
	struct policy_notes faults = {0};
	struct why why;

	if (ini_read(doc, path, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_USAGE;
	}
	if (policy_from_doc(policy, doc, &faults) == 0)
		return EXIT_DONE;
	while (!all && faults.count > 1)
		free(faults.text[--faults.count]);
	tell(cli_warn, &faults);
	return EXIT_USAGE;
}

int
check_policy(const struct policy *p)
{
	struct policy_notes notes = {0}, faults = {0}, facts = {0};
	int status;

	check_effects(p, &notes);
	check_messages(p, &faults, &facts);
	status = faults.count > 0 ? EXIT_USAGE : EXIT_DONE;
	tell(cli_warn, &notes);
	tell(cli_warn, &faults);
	tell(cli_say, &facts);
	cli_say("%s: %s", p->doc->file,
	    status == EXIT_DONE ? "the policy is good" : "there are faults");
	return status;
}
