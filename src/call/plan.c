/* SPDX-License-Identifier: ISC */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "num.h"
#include "text.h"

const char *const plan_style_names[PLAN_STYLES + 1] = {
    [PLAN_CUT] = "cut", [PLAN_SILENCE] = "silence", [PLAN_TONE] = "tone"};

enum plan_style
plan_style_of(const char *name)
{
	int i = 0;

	while (i < PLAN_STYLES && strcmp(plan_style_names[i], name) != 0)
		i++;
	return (enum plan_style)i;
}

void
plan_add_message(struct plan *p, const char *file)
{
	p->message =
	    mem_resize(p->message, p->messages + 1, sizeof *p->message);
	p->message[p->messages++] = text_dup(file);
}

struct plan_recording *
plan_add_recording(struct plan *p, int64_t start_us, int64_t end_us)
{
	struct plan_recording *r;

	p->recording = mem_resize(p->recording, p->recordings + 1, sizeof *r);
	r = &p->recording[p->recordings++];
	*r = (struct plan_recording){.start_us = start_us, .end_us = end_us};
	return r;
}

void
plan_add_cut(struct plan_recording *r, int64_t start_us, int64_t end_us,
    const char *reason)
{
	r->cut = mem_resize(r->cut, r->cuts + 1, sizeof *r->cut);
	r->cut[r->cuts++] =
	    (struct plan_cut){start_us, end_us, text_dup(reason)};
}

bool
plan_is_redaction(const char *reason)
{
	return strncmp(reason, "pause", 5) == 0 ||
	       strncmp(reason, "payment", 7) == 0;
}

void
plan_free(struct plan *p)
{
	for (size_t i = 0; i < p->messages; i++)
		free(p->message[i]);
	for (size_t i = 0; i < p->recordings; i++) {
		struct plan_recording *r = &p->recording[i];
		for (size_t k = 0; k < r->cuts; k++)
			free(r->cut[k].reason);
		free(r->cut);
		free(r->queue);
		free(r->agent);
	}
	free(p->recording);
	free(p->message);
	free(p->reason);
	*p = (struct plan){0};
}

static void
recording_to_doc(const struct plan_recording *r, size_t n, struct doc *doc)
{
	char name[40], a[NUM_SECONDS_SIZE], b[NUM_SECONDS_SIZE];
	struct doc_section *s;

	(void)snprintf(name, sizeof name, "recording %zu", n);
	s = doc_add_section(doc, name, 0);
	doc_add(s, "start", num_seconds_text(r->start_us, a), 0);
	doc_add(s, "end", num_seconds_text(r->end_us, a), 0);
	if (r->queue)
		doc_add(s, "queue", r->queue, 0);
	if (r->agent)
		doc_add(s, "agent", r->agent, 0);
	if (r->talk_before)
		doc_add(s, "talk_before", "yes", 0);
	if (r->talk_after)
		doc_add(s, "talk_after", "yes", 0);
	for (size_t k = 0; k < r->cuts; k++)
		doc_addf(s, "cut", "%s %s %s",
		    num_seconds_text(r->cut[k].start_us, a),
		    num_seconds_text(r->cut[k].end_us, b), r->cut[k].reason);
}

void
plan_to_doc(const struct plan *p, struct doc *doc)
{
	struct doc_section *s = doc_add_section(doc, "plan", 0);

	doc_add(s, "record", p->record ? "yes" : "no", 0);
	if (p->reason)
		doc_add(s, "reason", p->reason, 0);
	doc_addf(s, "channels", "%d", p->channels);
	doc_add(s, "redaction_style", plan_style_names[p->style], 0);
	for (size_t i = 0; i < p->messages; i++)
		doc_add(s, "message", p->message[i], 0);
	for (size_t i = 0; i < p->recordings; i++)
		recording_to_doc(&p->recording[i], i + 1, doc);
}

static int
take_plan_cut(struct plan_recording *r, const struct doc *doc,
    const struct doc_key *k, struct why *why)
{
	const char *at = k->value;
	int64_t us[2];

	for (int i = 0; i < 2; i++) {
		size_t n = strcspn(at, " \t");
		char *word = text_ndup(at, n);
		int bad = num_seconds(word, &us[i]);
		free(word);
		if (bad)
			return doc_error(doc, k->line, why,
			    "cut: expected START END REASON, not '%.60s'",
			    k->value);
		at += n + strspn(at + n, " \t");
	}
	if (us[1] <= us[0])
		return doc_error(doc, k->line, why,
		    "cut: the end is not after the start: '%.60s'", k->value);
	if (us[0] < r->start_us || us[1] > r->end_us)
		return doc_error(doc, k->line, why,
		    "cut: outside its recording: '%.60s'", k->value);
	if (r->cuts > 0 && us[0] < r->cut[r->cuts - 1].end_us)
		return doc_error(doc, k->line, why,
		    "cut: begins before the cut above it ends: '%.60s'",
		    k->value);
	plan_add_cut(r, us[0], us[1], *at ? at : "cut");
	return 0;
}

static bool
is_yes(const struct doc_section *s, const char *name)
{
	const char *value = doc_value(s, name);

	return value && strcmp(value, "yes") == 0;
}

static int
take_recording(struct plan *p, const struct doc *doc,
    const struct doc_section *s, const char *number, struct why *why)
{
	static const char *const names[] = {"start", "end"};
	struct plan_recording *r;
	int64_t us[2], n;

	if (num_integer(number, 1, 1000000, &n) != 0 ||
	    (size_t)n != p->recordings + 1)
		return doc_error(doc, s->line, why,
		    "expected [recording %zu], not [%.60s]", p->recordings + 1,
		    s->name);
	for (int i = 0; i < 2; i++) {
		const struct doc_key *k = doc_key(s, names[i]);
		if (!k || num_seconds(k->value, &us[i]) != 0)
			return doc_error(doc, k ? k->line : s->line, why,
			    "[%.60s] has no %s in seconds", s->name, names[i]);
	}
	if (us[1] < us[0])
		return doc_error(doc, s->line, why,
		    "[%.60s] ends before it starts", s->name);
	if (p->recordings > 0 && us[0] < p->recording[p->recordings - 1].end_us)
		return doc_error(doc, s->line, why,
		    "[%.60s] begins before the one above it ends", s->name);
	r = plan_add_recording(p, us[0], us[1]);
	r->queue = text_dup(doc_value(s, "queue"));
	r->agent = text_dup(doc_value(s, "agent"));
	r->talk_before = is_yes(s, "talk_before");
	r->talk_after = is_yes(s, "talk_after");
	for (size_t k = 0; k < s->keys; k++)
		if (strcmp(s->key[k].name, "cut") == 0 &&
		    take_plan_cut(r, doc, &s->key[k], why) != 0)
			return -1;
	return 0;
}

static int
take_style(struct plan *p, const struct doc *doc, const struct doc_key *k,
    struct why *why)
{
	p->style = plan_style_of(k->value);
	if (p->style != PLAN_STYLES)
		return 0;
	return doc_error(doc, k->line, why,
	    "redaction_style is cut, silence or tone, not '%.60s'", k->value);
}

static int
take_decision(struct plan *p, const struct doc *doc, struct why *why)
{
	const struct doc_section *s = doc_find(doc, "plan");
	const struct doc_key *k;
	int64_t channels = 2;

	if (!s)
		return doc_error(doc, 0, why, "no [plan] section");
	k = doc_key(s, "record");
	if (!k || num_bool(k->value, &p->record) != 0)
		return doc_error(doc, k ? k->line : s->line, why,
		    "[plan] has no record = yes or no");
	if ((k = doc_key(s, "accept")) && num_bool(k->value, &p->accept) != 0)
		return doc_error(doc, k->line, why,
		    "accept is yes or no, not '%.60s'", k->value);
	if ((k = doc_key(s, "channels")) &&
	    num_integer(k->value, 1, 2, &channels) != 0)
		return doc_error(doc, k->line, why,
		    "channels is 1 or 2, not '%.60s'", k->value);
	p->channels = (int)channels;
	if ((k = doc_key(s, "redaction_style")) &&
	    take_style(p, doc, k, why) != 0)
		return -1;
	p->reason = text_dup(doc_value(s, "reason"));
	for (size_t i = 0; i < s->keys; i++)
		if (strcmp(s->key[i].name, "message") == 0)
			plan_add_message(p, s->key[i].value);
	return 0;
}

int
plan_from_doc(struct plan *p, const struct doc *doc, struct why *why)
{
	*p = (struct plan){0};
	if (take_decision(p, doc, why) != 0)
		goto bad;
	for (size_t i = 0; i < doc->sections; i++) {
		const char *number;
		if (doc_is(&doc->section[i], "recording", &number) &&
		    take_recording(p, doc, &doc->section[i], number, why) != 0)
			goto bad;
	}
	return 0;
bad:
	plan_free(p);
	return -1;
}
