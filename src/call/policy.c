/* SPDX-License-Identifier: ISC */
#include "policy.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hours.h"
#include "mem.h"
#include "naming.h"
#include "num.h"
#include "plan.h"
#include "text.h"

static const char *const separations[] = {
    [POLICY_ONE_FILE] = "none", [POLICY_PER_SEGMENT] = "per-segment", NULL};
static const char *const sequences[] = {
    [POLICY_PERMISSION_FIRST] = "permission-first",
    [POLICY_RECORDING_FIRST] = "recording-first",
    NULL};
static const char *const pbxs[] = {[POLICY_ANY_PBX] = "any",
    [POLICY_ASTERISK] = "asterisk",
    [POLICY_FREESWITCH] = "freeswitch",
    NULL};
static const char *const plays[] = {[POLICY_NOT_PLAYED] = "no",
    [POLICY_PLAYED] = "yes",
    [POLICY_EXTERNAL] = "external",
    NULL};
static const char *const if_fails[] = {
    [POLICY_STOP] = "stop", [POLICY_RECORD_ANYWAY] = "record", NULL};

static const char hours_unset[] = "always";

/* "10%" or "0.25 %", in hundredths of a percent; -1: it is none. */
static int
percent_of(const char *text)
{
	size_t whole = strspn(text, "0123456789");
	const char *c = text + whole;
	int value = 0, places = 0;

	if (whole == 0 || whole > 3)
		return -1;
	for (size_t i = 0; i < whole; i++)
		value = value * 10 + (text[i] - '0');
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9' && places < 2; c++, places++)
			value = value * 10 + (*c - '0');
	for (; places < 2; places++)
		value *= 10;
	c += strspn(c, " ");
	return strcmp(c, "%") == 0 && value <= POLICY_ALL ? value : -1;
}

static int
hours_of(const char *text)
{
	if (!hours_are_good(text))
		return -1;
	return strcasecmp(text, hours_unset) != 0;
}

/* Whether the machine has it is asked where a policy is read. */
static int
zone_of(const char *text)
{
	return *text ? 1 : -1;
}

const struct policy_setting policy_settings[POLICY_KEYS] = {
    [POLICY_ENABLED] = {"enabled", POLICY_IN_RECORDING, 1},
    [POLICY_DUAL_CHANNEL] = {"dual_channel", POLICY_IN_RECORDING, 1},
    [POLICY_SEPARATION] = {"separation", POLICY_IN_RECORDING, POLICY_ONE_FILE,
	separations},
    [POLICY_SEQUENCE] = {"outbound_sequence", POLICY_IN_RECORDING,
	POLICY_PERMISSION_FIRST, sequences, POLICY_NEEDS_OUTBOUND_ASK},
    [POLICY_AFTER_CUSTOMER] = {"continue_after_customer_leaves",
	POLICY_IN_RECORDING, 0, .with = {"allow_customer_to_leave"}},
    [POLICY_WITH_THIRD] = {"continue_with_third_party", POLICY_IN_RECORDING, 0,
	.with = {"allow_agent_to_leave"}},
    [POLICY_WITH_EMERGENCY] = {"continue_with_emergency", POLICY_IN_RECORDING,
	0, .with = {"allow_agent_to_leave"}},
    [POLICY_STYLE] = {"redaction_style", POLICY_IN_RECORDING, PLAN_CUT,
	plan_style_names},
    [POLICY_PBX] = {"pbx", POLICY_IN_RECORDING, POLICY_ANY_PBX, pbxs},
    [POLICY_AGENT_LEAVES] = {"allow_agent_to_leave", POLICY_IN_LEAVING, 0,
	.with = {"continue_with_third_party", "continue_with_emergency"}},
    [POLICY_CUSTOMER_LEAVES] = {"allow_customer_to_leave", POLICY_IN_LEAVING, 0,
	.with = {"continue_after_customer_leaves"}},
    [POLICY_RECORD] = {"record", POLICY_IN_CLASS, 0},
    [POLICY_REDACTION] = {"redaction", POLICY_IN_CLASS, 1, NULL,
	POLICY_NEEDS_RECORD},
    [POLICY_PLAY] = {"play_message", POLICY_IN_CLASS, POLICY_PLAYED, plays,
	POLICY_NEEDS_RECORD},
    [POLICY_ASK] = {"ask_permission", POLICY_IN_CLASS, 0, NULL,
	POLICY_NEEDS_ANY_PLAY, .message = POLICY_ASK_MESSAGE},
    [POLICY_IF_FAILS] = {"if_message_fails", POLICY_IN_CLASS, POLICY_STOP,
	if_fails, POLICY_NEEDS_PLAY},
    [POLICY_THIRD_MESSAGE] = {"third_party_message", POLICY_IN_CLASS,
	POLICY_NOT_PLAYED, plays, POLICY_NEEDS_RECORD,
	.message = "third_party_message"},
    [POLICY_ASK_THIRD] = {"ask_third_party", POLICY_IN_CLASS, 0, NULL,
	POLICY_NEEDS_RECORD, .message = "ask_third_party"},
    [POLICY_SHARE] = {"share", POLICY_IN_CLASS, POLICY_ALL, NULL,
	POLICY_NEEDS_RECORD, .value_of = percent_of,
	.form = "0% to 100% in steps of 0.01%", .unset = "100%"},
    [POLICY_HOURS] = {"only_between", POLICY_IN_CLASS, 0, NULL,
	POLICY_NEEDS_RECORD, .value_of = hours_of,
	.form = "days and hours, such as mon-fri 08:00-18:00, or always",
	.unset = hours_unset},
    [POLICY_ZONE] = {"zone", POLICY_IN_CLASS, 1, NULL, POLICY_NEEDS_HOURS,
	.value_of = zone_of, .form = "a time zone, such as Europe/Berlin",
	.unset = "UTC"},
};
static const char *const place_names[] = {
    [POLICY_IN_RECORDING] = "recording", [POLICY_IN_LEAVING] = "leaving"};

const char *const policy_class_messages[CALL_CLASSES] = {
    [CALL_INBOUND] = "record_inbound",
    [CALL_CALLBACK] = "record_callback",
    [CALL_OUTBOUND] = "record_outbound"};
const char *const policy_message_names[] = {"record_inbound", "record_callback",
    "record_outbound", POLICY_ASK_MESSAGE, "third_party_message",
    "ask_third_party", NULL};

const char *
policy_value_text(enum policy_key key, int value)
{
	if (policy_settings[key].words)
		return policy_settings[key].words[value];
	return value ? "yes" : "no";
}

int
policy_value_of(enum policy_key key, const char *text)
{
	const char *const *words = policy_settings[key].words;
	int value = words ? text_index(text, words) : -1;
	bool yes;

	if (policy_settings[key].value_of)
		return policy_settings[key].value_of(text);
	if (value >= 0 || num_bool(text, &yes) != 0)
		return value;
	return words ? text_index(yes ? "yes" : "no", words) : yes;
}

void
policy_free(struct policy *p)
{
	for (size_t i = 0; i < p->queues; i++) {
		free(p->queue[i].path);
		free(p->queue[i].name);
	}
	free(p->queue);
	who_free(&p->who);
	*p = (struct policy){0};
}

/* Adds the value of the key in a section (or NULL) to the chain. */
static size_t
add_link(const struct doc_section *s, enum policy_key key,
    struct policy_value *chain, size_t count, size_t max)
{
	const struct doc_key *k = doc_key(s, policy_settings[key].name);

	if (!s || !k)
		return count;
	if (count < max) {
		int value = policy_value_of(key, k->value);

		chain[count] = (struct policy_value){.value = value,
		    .line = k->line,
		    .section = s->name,
		    .key = k->name,
		    .text = policy_settings[key].value_of
				? k->value
				: policy_value_text(key, value)};
	}
	return count + 1;
}

/* Adds the values of the key in the rules that match. */
static size_t
add_rules(const struct who *who, enum policy_key key,
    struct policy_value *chain, size_t max)
{
	size_t count = 0;

	for (int k = 0; who && k < WHO_KINDS; k++) {
		const struct who_match *m = &who->match[k];
		size_t before = count;

		/* An unknown party is not recorded, and nothing else. */
		if (m->untold || (m->withheld && key != POLICY_RECORD))
			continue;
		count = add_link(m->section, key, chain, count, max);
		if (count > before && before < max) {
			chain[before].by = *m;
			chain[before].kind = (enum who_kind)k;
		}
	}
	return count;
}

struct wanted_setting {
	enum call_class class;
	const char *name;
	size_t n; /* number of bytes that count */
};

static int
compare_name(const void *key, const void *queue)
{
	const struct wanted_setting *w = key;
	const struct policy_queue *q = queue;
	int order = (int)w->class - (int)q->class;

	if (order == 0)
		order = strncmp(w->name, q->name, w->n);
	return order ? order : -(q->name[w->n] != '\0');
}

static const struct policy_queue *
find_queue(
    const struct policy *p, enum call_class class, const char *name, size_t n)
{
	struct wanted_setting w = {class, name, n};

	if (p->queues == 0)
		return NULL;
	return bsearch(&w, p->queue, p->queues, sizeof *p->queue, compare_name);
}

/* The length of the menu above the first n bytes of a name; 0: none. */
static size_t
menu_above(const char *name, size_t n)
{
	while (n > 0 && name[n - 1] != '/')
		n--;
	return n > 0 ? n - 1 : 0;
}

/* A no of a rule or of the queue comes first. */
static void
refuse_first(struct policy_value *chain, size_t heads)
{
	for (size_t i = 0; i < heads; i++)
		if (!chain[i].value) {
			struct policy_value no = chain[i];

			memmove(&chain[1], chain, i * sizeof *chain);
			chain[0] = no;
			return;
		}
}

static size_t
class_chain(const struct policy *p, enum call_class class, const char *path,
    const struct who *who, enum policy_key key, struct policy_value *chain,
    size_t max)
{
	char *name = naming_key(path);
	size_t rules = add_rules(who, key, chain, max), count = rules;

	for (size_t n = strlen(name); n > 0; n = menu_above(name, n)) {
		const struct policy_queue *q = find_queue(p, class, name, n);

		count = add_link(q ? q->section : NULL, key, chain, count, max);
	}
	free(name);
	if (key == POLICY_RECORD && rules > 0)
		refuse_first(chain, rules < count ? rules + 1 : rules);
	return add_link(
	    doc_find(p->doc, call_class_names[class]), key, chain, count, max);
}

/* All rules and the queue are compared with each other. */
enum { HEADS = WHO_KINDS + 1 };

size_t
policy_chain_for(const struct policy *p, enum call_class class,
    const char *path, const struct who *who, enum policy_key key,
    struct policy_value *chain, size_t max)
{
	const struct policy_setting *s = &policy_settings[key];
	size_t count;

	if (s->place == POLICY_IN_CLASS)
		count = class_chain(p, class, path, who, key, chain, max);
	else
		count = add_link(doc_find(p->doc, place_names[s->place]), key,
		    chain, 0, max);
	if (count < max)
		chain[count] = (struct policy_value){.value = s->built_in,
		    .section = "built in",
		    .key = s->name,
		    .text = s->unset ? s->unset
				     : policy_value_text(key, s->built_in)};
	return count + 1;
}

struct policy_value
policy_get_for(const struct policy *p, enum call_class class, const char *path,
    const struct who *who, enum policy_key key)
{
	struct policy_value v[HEADS];

	(void)policy_chain_for(p, class, path, who, key, v, HEADS);
	return v[0];
}

size_t
policy_chain(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key, struct policy_value *chain, size_t max)
{
	return policy_chain_for(p, class, path, NULL, key, chain, max);
}

struct policy_value
policy_get(const struct policy *p, enum call_class class, const char *path,
    enum policy_key key)
{
	return policy_get_for(p, class, path, NULL, key);
}

char *
policy_spelling(const struct policy *p, enum call_class class, const char *path)
{
	char *name = naming_key(path), *spelled = NULL;

	for (size_t n = strlen(name); n > 0 && !spelled;
	     n = menu_above(name, n)) {
		const struct policy_queue *q = find_queue(p, class, name, n);

		for (int c = 0; c < CALL_CLASSES && !q; c++)
			q = find_queue(p, (enum call_class)c, name, n);
		if (q)
			spelled = text_format("%s%s", q->path, path + n);
	}
	free(name);
	return spelled ? spelled : text_dup(path);
}

static const struct doc_key *
message_in(const struct policy *p, const char *name, const char *language)
{
	for (size_t i = 0; i < p->doc->sections; i++) {
		const struct doc_section *s = &p->doc->section[i];
		const char *rest;
		char *tag;
		bool same;

		if (!doc_is(s, "messages", &rest))
			continue;
		tag = naming_key(rest);
		same = strcmp(tag, language) == 0;
		free(tag);
		if (same)
			return doc_key(s, name);
	}
	return NULL;
}

const struct doc_key *
policy_message(const struct policy *p, const char *name, const char *language)
{
	char *tag = naming_key(language ? language : "");
	const struct doc_key *k = message_in(p, name, tag);

	while (!k && *tag) {
		char *cut = strrchr(tag, '-');

		*(cut ? cut : tag) = '\0';
		k = message_in(p, name, tag);
	}
	free(tag);
	if (!k && strcmp(name, policy_class_messages[CALL_CALLBACK]) == 0)
		return policy_message(
		    p, policy_class_messages[CALL_OUTBOUND], language);
	return k;
}

bool
policy_records(const struct policy *p)
{
	static const char *const channels[] = {"ivr", "mobile", "web"};

	if (!policy_get(p, CALL_INBOUND, channels[0], POLICY_ENABLED).value)
		return false;
	for (int class = 0; class < CALL_CLASSES; class ++) {
		enum call_class c = (enum call_class) class;

		for (size_t i = 0; i < sizeof channels / sizeof *channels; i++)
			if (policy_get(p, c, channels[i], POLICY_RECORD).value)
				return true;
	}
	for (size_t i = 0; i < p->queues; i++)
		if (policy_get(
			p, p->queue[i].class, p->queue[i].path, POLICY_RECORD)
			.value)
			return true;
	return who_may_record(&p->who);
}
