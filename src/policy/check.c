/* SPDX-License-Identifier: ISC */
#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "against.h"
#include "cli.h"
#include "decide.h"
#include "hours.h"
#include "ini.h"
#include "message.h"
#include "num.h"
#include "spool.h"
#include "text.h"
#include "who_read.h"

/*
 * A place that can have settings: a class or a queue, with or without a rule.
 */
struct check_place {
	enum call_class class;
	const char *path;
	struct who who;
};

static int
setting(
    const struct policy *p, const struct check_place *at, enum policy_key key)
{
	return policy_get_for(p, at->class, at->path, &at->who, key).value;
}

static int
global(const struct policy *p, enum policy_key key)
{
	return policy_get(p, CALL_INBOUND, "", key).value;
}

/* Gets the next place of a class, {class} at first: "" and its queues, then the
 * same with each rule. */
static bool
next_place(const struct policy *p, size_t *n, struct check_place *at)
{
	size_t all = p->queues + 1;

	for (;; ++*n) {
		size_t queue = *n % all;

		at->who = (struct who){0};
		if (*n >= all && !who_read_rule(p->doc, *n / all, &at->who))
			return false;
		if (queue > 0 && p->queue[queue - 1].class != at->class)
			continue;
		at->path = queue > 0 ? p->queue[queue - 1].path : "";
		++*n;
		return true;
	}
}

static bool
records_at(const struct policy *p, const struct check_place *at)
{
	return setting(p, at, POLICY_RECORD);
}

static bool
plays_at(const struct policy *p, const struct check_place *at)
{
	return records_at(p, at) &&
	       setting(p, at, POLICY_PLAY) == POLICY_PLAYED;
}

static bool
announces_at(const struct policy *p, const struct check_place *at)
{
	return records_at(p, at) &&
	       setting(p, at, POLICY_PLAY) != POLICY_NOT_PLAYED;
}

static bool
asks_at(const struct policy *p, const struct check_place *at)
{
	return at->class != CALL_CALLBACK && announces_at(p, at) &&
	       setting(p, at, POLICY_ASK);
}

static bool
must_ask_at(const struct policy *p, const struct check_place *at)
{
	return plays_at(p, at) && asks_at(p, at);
}

static bool
tells_third_at(const struct policy *p, const struct check_place *at)
{
	return records_at(p, at) &&
	       setting(p, at, POLICY_THIRD_MESSAGE) == POLICY_PLAYED;
}

static bool
asks_third_at(const struct policy *p, const struct check_place *at)
{
	return records_at(p, at) && setting(p, at, POLICY_ASK_THIRD);
}

static bool
has_hours_at(const struct policy *p, const struct check_place *at)
{
	return records_at(p, at) && setting(p, at, POLICY_HOURS);
}

struct fulfilled {
	bool (*at)(const struct policy *, const struct check_place *);
	const char *text;
};
static const struct fulfilled needs[] = {
    [POLICY_NEEDS_RECORD] = {records_at, " without record = yes"},
    [POLICY_NEEDS_PLAY] = {plays_at, " without record and play_message = yes"},
    [POLICY_NEEDS_ANY_PLAY] = {announces_at,
	" without record and play_message = yes"},
    [POLICY_NEEDS_OUTBOUND_ASK] = {asks_at,
	": no outbound call asks for permission"},
    [POLICY_NEEDS_HOURS] = {has_hours_at,
	" without record = yes and only_between"},
};

/* True if it is so anywhere in the class. */
static bool
somewhere(const struct policy *p, enum call_class class,
    bool (*so)(const struct policy *, const struct check_place *))
{
	struct check_place at = {.class = class};

	for (size_t n = 0; next_place(p, &n, &at);)
		if (so(p, &at))
			return true;
	return false;
}

/* True if this line has an effect: it decides for a class or a queue in which
 * the settings that it needs are on. */
static bool
matters(const struct policy *p, enum call_class class, enum policy_key key,
    int line)
{
	struct check_place at = {.class = class};

	if (key == POLICY_ASK && class == CALL_CALLBACK)
		return false;
	for (size_t n = 0; next_place(p, &n, &at);)
		if (policy_get_for(p, class, at.path, &at.who, key).line ==
			line &&
		    needs[policy_settings[key].need].at(p, &at))
			return true;
	return false;
}

static bool
matters_in_any(const struct policy *p, enum policy_key key, int line)
{
	for (int c = 0; c < CALL_CLASSES; c++)
		if (matters(p, (enum call_class)c, key, line))
			return true;
	return false;
}

/*
 * A rule applies to all classes: reports keys without an effect in any of them.
 */
static void
idle_rule(const struct policy *p, const struct doc_section *s,
    struct policy_notes *notes)
{
	for (int i = 0; i < POLICY_KEYS; i++) {
		const struct policy_setting *row = &policy_settings[i];
		enum policy_key key = (enum policy_key)i;
		const struct doc_key *k = doc_key(s, row->name);

		if (k && row->place == POLICY_IN_CLASS &&
		    row->need != POLICY_NEEDS_NOTHING &&
		    policy_value_of(key, k->value) > 0 &&
		    !matters_in_any(p, key, k->line))
			policy_note(notes, p, k->line, "%s has no effect%s",
			    k->name, needs[row->need].text);
	}
}

static void
idle_at(const struct policy *p, enum call_class class, const char *path,
    const struct doc_section *s, struct policy_notes *notes)
{
	for (int i = 0; i < POLICY_KEYS; i++) {
		const struct policy_setting *row = &policy_settings[i];
		enum policy_key key = (enum policy_key)i;
		const struct doc_key *k = doc_key(s, row->name);

		if (row->place != POLICY_IN_CLASS ||
		    row->need == POLICY_NEEDS_NOTHING || !k ||
		    !policy_get(p, class, path, key).value ||
		    matters(p, class, key, k->line))
			continue;
		policy_note(notes, p, k->line, "%s has no effect%s", k->name,
		    key == POLICY_ASK && class == CALL_CALLBACK
			? ": callbacks do not ask"
			: needs[row->need].text);
	}
}

static bool
is_setting_on(const struct policy *p, const char *name)
{
	for (int i = 0; i < POLICY_KEYS; i++)
		if (strcmp(policy_settings[i].name, name) == 0)
			return global(p, (enum policy_key)i);
	return false;
}

/* Reports a setting that is on and has no effect without one of two others. */
static void
check_with(
    const struct policy *p, enum policy_key key, struct policy_notes *notes)
{
	const char *const *with = policy_settings[key].with;
	struct policy_value v = policy_get(p, CALL_INBOUND, "", key);

	if (!with[0] || !v.value || is_setting_on(p, with[0]) ||
	    (with[1] && is_setting_on(p, with[1])))
		return;
	policy_note(notes, p, v.line, "%s has no effect without %s%s%s = yes",
	    v.key, with[0], with[1] ? " or " : "", with[1] ? with[1] : "");
}

/* The only key of [recording] that depends on a class. */
static void
check_outbound(
    const struct policy *p, enum policy_key key, struct policy_notes *notes)
{
	const struct policy_setting *row = &policy_settings[key];
	struct policy_value v = policy_get(p, CALL_OUTBOUND, "", key);

	if (row->need == POLICY_NEEDS_OUTBOUND_ASK && v.line > 0 &&
	    !somewhere(p, CALL_OUTBOUND, needs[row->need].at))
		policy_note(notes, p, v.line, "%s has no effect%s", v.key,
		    needs[row->need].text);
}

static bool
is_played(const struct policy *p, const char *name)
{
	const char *outbound = policy_class_messages[CALL_OUTBOUND];
	bool played = false;

	for (int c = 0; c < CALL_CLASSES; c++) {
		enum call_class class = (enum call_class)c;

		if (strcmp(name, policy_class_messages[c]) == 0)
			played = played || somewhere(p, class, plays_at);
		if (strcmp(name, POLICY_ASK_MESSAGE) == 0)
			played = played || somewhere(p, class, asks_at);
		if (strcmp(name,
			policy_settings[POLICY_THIRD_MESSAGE].message) == 0)
			played = played || somewhere(p, class, tells_third_at);
		if (strcmp(name, policy_settings[POLICY_ASK_THIRD].message) ==
		    0)
			played = played || somewhere(p, class, asks_third_at);
	}
	/* Callbacks without a message of their own use this one. */
	return played || (strcmp(name, outbound) == 0 &&
			     !doc_value(doc_find(p->doc, "messages"),
				 policy_class_messages[CALL_CALLBACK]) &&
			     somewhere(p, CALL_CALLBACK, plays_at));
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
note_missing_message(const struct policy *p, const char *name, const char *what,
    struct policy_notes *faults)
{
	if (!policy_message(p, name, NULL))
		policy_note(
		    faults, p, 0, "%s: [messages] has no %s", what, name);
}

/* A call can be in any language, or in none. */
static void
miss_messages(const struct policy *p, struct policy_notes *faults)
{
	static const struct {
		const char *name, *what;
		bool (*at)(const struct policy *, const struct check_place *);
	} questions[] = {
	    {POLICY_ASK_MESSAGE, "permission is asked without a message",
		must_ask_at},
	    {"third_party_message", "a third party hears no message",
		tells_third_at},
	    {"ask_third_party", "a third party is asked without a message",
		asks_third_at},
	};

	for (int c = 0; c < CALL_CLASSES; c++) {
		char *what =
		    text_format("%s calls play no message (play_message = no "
				"or external, if that is right)",
			call_class_names[c]);

		if (somewhere(p, (enum call_class)c, plays_at))
			note_missing_message(
			    p, policy_class_messages[c], what, faults);
		free(what);
	}
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		for (int c = 0; c < CALL_CLASSES; c++)
			if (somewhere(p, (enum call_class)c, questions[i].at)) {
				note_missing_message(p, questions[i].name,
				    questions[i].what, faults);
				break;
			}
}

void
check_missing(const struct policy *p, struct policy_notes *faults)
{
	struct policy_value v = policy_get(p, CALL_INBOUND, "", POLICY_ENABLED);

	if (v.value)
		miss_messages(p, faults);
}

/* If nothing is recorded, there is one note and no others. */
static bool
nothing_recorded(const struct policy *p, struct policy_notes *notes)
{
	struct policy_value v = policy_get(p, CALL_INBOUND, "", POLICY_ENABLED);

	if (!v.value) {
		policy_note(notes, p, v.line,
		    "enabled = no: nothing is recorded, regardless of other "
		    "settings");
		return true;
	}
	for (int c = 0; c < CALL_CLASSES; c++)
		if (somewhere(p, (enum call_class)c, records_at))
			return false;
	policy_note(
	    notes, p, 0, "nothing is recorded: no section says record = yes");
	return false;
}

/* Hours whose zone nobody has thought of. */
static void
check_zone_needed(const struct policy *p, struct policy_notes *notes)
{
	for (int c = 0; c < CALL_CLASSES; c++) {
		struct check_place at = {.class = (enum call_class)c};

		for (size_t n = 0; next_place(p, &n, &at);) {
			struct policy_value v = policy_get_for(
			    p, at.class, at.path, &at.who, POLICY_HOURS);

			if (!has_hours_at(p, &at) ||
			    policy_get_for(
				p, at.class, at.path, &at.who, POLICY_ZONE)
				    .line > 0)
				continue;
			policy_note(notes, p, v.line,
			    "%s without zone is in UTC (zone = UTC, if that is "
			    "right)",
			    v.key);
			return;
		}
	}
}

/* "mon-fri 8:00-12:00, 13:00-17:00" has every afternoon, also on Sunday. */
static void
note_forgotten_days(const struct policy *p, struct policy_notes *notes)
{
	const char *name = policy_settings[POLICY_HOURS].name;

	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_key *k = doc_key(&p->doc->section[i], name);

		if (k && hours_forget_days(k->value))
			policy_note(notes, p, k->line,
			    "%s: hours without days are those of every day, "
			    "also after others: repeat the days before them",
			    name);
	}
}

void
check_effects(const struct policy *p, struct policy_notes *notes)
{
	if (nothing_recorded(p, notes))
		return;
	for (int i = 0; i < POLICY_KEYS; i++) {
		check_with(p, (enum policy_key)i, notes);
		check_outbound(p, (enum policy_key)i, notes);
	}
	for (int c = 0; c < CALL_CLASSES; c++)
		idle_at(p, (enum call_class)c, "",
		    doc_find(p->doc, call_class_names[c]), notes);
	for (size_t i = 0; i < p->queues; i++)
		idle_at(p, p->queue[i].class, p->queue[i].path,
		    p->queue[i].section, notes);
	for (size_t i = 0; i < p->doc->sections; i++)
		for (int k = 0; k < WHO_KINDS; k++)
			if (doc_is(
				&p->doc->section[i], who_kind_names[k], NULL))
				idle_rule(p, &p->doc->section[i], notes);
	who_read_check(p, notes);
	check_zone_needed(p, notes);
	note_forgotten_days(p, notes);
	idle_messages(p, notes);
}

static void
open_message(const struct policy *p, const struct doc_key *k,
    struct policy_notes *faults, struct policy_notes *facts)
{
	enum policy_pbx pbx = (enum policy_pbx)global(p, POLICY_PBX);
	char *path = decide_path(p->doc->file, k->value);
	char seconds[NUM_SECONDS_SIZE];
	struct message m;
	struct why why;

	if (message_read(&m, path, &why) != 0) {
		policy_note(faults, p, k->line, "%s: %s", k->name, why.text);
		free(path);
		return;
	}
	if (message_is_unfit(&m, &why) || message_is_unplayable(&m, pbx, &why))
		policy_note(faults, p, k->line, "%s: %s", k->name, why.text);
	else
		policy_note(facts, p, k->line, "%s: %s, %s s, %u Hz, %.0f dB",
		    k->name, path,
		    num_seconds_text(message_length_us(&m), seconds), m.rate,
		    m.loud_db);
	message_free(&m);
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

int
check_decision(const struct decision *d, struct why *why)
{
	if (d->fault)
		return why_set(why, "%s", d->fault);
	for (size_t i = 0; i < d->messages; i++) {
		const struct doc_key *k = d->message[i].key;
		char *path = decide_path(d->policy->doc->file, k->value);
		struct stat st;
		int error = access(path, R_OK) != 0 ? errno : 0;

		if (error == 0 && stat(path, &st) == 0 && !S_ISREG(st.st_mode))
			error = EISDIR;
		if (error != 0)
			doc_error(d->policy->doc, k->line, why, "%s: %s: %s",
			    k->name, path, strerror(error));
		free(path);
		if (error != 0)
			return -1;
	}
	return 0;
}

/* ---- for the command line ---- */

static void
tell_note(void (*how)(const char *fmt, ...), struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		how("%s", notes->text[i]);
	policy_notes_free(notes);
}

/* Prints every fault on its own line if `all`, else the first. */
int
check_load(const char *path, bool all, struct doc *doc, struct policy *policy)
{
	struct policy_notes faults = {0};
	char hex[HASH_HEX_SIZE];
	struct why why;

	if (ini_read_hashed(doc, path, hex, &why) != 0) {
		cli_warn("%s", why.text);
		return spool_fault(&why);
	}
	if (policy_from_doc(policy, doc, &faults) == 0) {
		memcpy(policy->sha256, hex, sizeof hex);
		return EXIT_DONE;
	}
	while (!all && faults.count > 1)
		free(faults.text[--faults.count]);
	tell_note(cli_warn, &faults);
	return EXIT_USAGE;
}

static int
check_against(const struct policy *p, const char *format,
    const struct import_options *o, const char *log)
{
	struct policy_notes notes = {0};
	struct why why;
	int status = EXIT_DONE;

	if (against_log(p, format, o, log, &notes, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_USAGE;
	} else if (notes.count > 0) {
		status = EXIT_GIVEN_UP;
	}
	tell_note(cli_warn, &notes);
	return status;
}

int
check_policy(const struct policy *p, const char *format,
    const struct import_options *o, const char *log)
{
	struct policy_notes notes = {0}, faults = {0}, facts = {0};
	int status;

	check_effects(p, &notes);
	check_missing(p, &faults);
	check_messages(p, &faults, &facts);
	status = faults.count > 0 ? EXIT_USAGE : EXIT_DONE;
	tell_note(cli_warn, &notes);
	tell_note(cli_warn, &faults);
	tell_note(cli_say, &facts);
	if (log)
		status = cli_worse(status, check_against(p, format, o, log));
	cli_say("%s: %s", p->doc->file,
	    status == EXIT_DONE ? "the policy is valid"
				: "the policy has errors");
	return status;
}
