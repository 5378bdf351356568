/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include "ini.h"
#include "io.h"
#include "live.h"
#include "policy_read.h"
#include "text.h"

static const char rules[] =
    "[recording]\nseparation = per-segment\n"
    "continue_with_third_party = yes\n[leaving]\nallow_agent_to_leave = yes\n"
    "[inbound]\nrecord = yes\n[queue ivr/A inbound]\nask_permission = yes\n"
    "[queue ivr/B inbound]\nredaction = no\n[queue ivr/C inbound]\n"
    "record = no\n[outbound]\nrecord = yes\nask_permission = yes\n"
    "[messages]\nrecord_inbound = in\nrecord_outbound = out\n"
    "ask_permission = ask\n";
static const char facts[][60] = {"[call]\nid = c\ntype = queue\n",
    "[call]\nid = c\ntype = queue\nqueue = A\n",
    "[call]\nid = c\ntype = dialpad\n"};

static void
read_doc(struct doc *doc, const char *text, size_t n)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, n, "r");
	struct ini_stream cs = {.file = file, .name = "fuzz"};

	if (!file || ini_next(&cs, doc, NULL) != 1)
		abort();
	(void)fclose(file);
}

/* The accepted events, as the call file of the same call. */
static void
judge_again(const struct live *l, const struct policy *policy,
    const char *call_text, const struct buf *said)
{
	struct buf text = {0};
	struct decision d;
	struct doc doc;
	struct call call;

	buf_format(&text, "%s[events]\n", call_text);
	for (const char *at = said->s; *at; at = strchr(at, '\n') + 1)
		if (strncmp(at, "ok ", 3) == 0)
			buf_add(
			    &text, at + 3, (size_t)(strchr(at, '\n') - at) - 2);
	read_doc(&doc, text.s, text.len);
	if (call_from_doc(&call, &doc, NULL) != 0)
		abort();
	decide_call(&d, policy, &call, 0);
	if (d.plan.recordings != l->decision.plan.recordings ||
	    d.timeline.actions != l->decision.timeline.actions)
		abort();
	for (size_t i = 0; i < d.plan.recordings; i++) {
		const struct plan_recording *a = &d.plan.recording[i];
		const struct plan_recording *b = &l->decision.plan.recording[i];
		if (a->start_us != b->start_us || a->end_us != b->end_us ||
		    a->cuts != b->cuts)
			abort();
	}
	decide_free(&d);
	call_free(&call);
	doc_free(&doc);
	buf_free(&text);
}

/*
 * The first byte chooses the call, the rest are the lines of its peer. The live
 * recording must be the one that is decided afterwards.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct policy_notes faults = {0};
	struct doc policy_doc, call_doc;
	const char *call_text;
	struct buf said = {0};
	struct policy policy;
	struct call call;
	struct live l;
	FILE *file;
	char line[1024];
	int64_t now = 5000000;
	ssize_t n;

	if (size < 2)
		return 0;
	call_text = facts[data[0] % 3];
	read_doc(&policy_doc, rules, sizeof rules - 1);
	read_doc(&call_doc, call_text, strlen(call_text));
	if (policy_from_doc(&policy, &policy_doc, &faults) != 0 ||
	    call_from_doc(&call, &call_doc, NULL) != 0)
		abort();
	file = fmemopen((void *)(uintptr_t)(data + 1), size - 1, "r");
	live_begin(&l, &policy, &call, now, &said);
	while (file && (n = io_line(file, line, sizeof line)) >= 0)
		(void)live_line(
		    &l, line, (size_t)n, now += 250000, &said, NULL);
	live_end(&l, now, &said);
	judge_again(&l, &policy, call_text, &said);
	if (file)
		(void)fclose(file);
	live_free(&l);
	call_free(&call);
	policy_free(&policy);
	doc_free(&call_doc);
	doc_free(&policy_doc);
	buf_free(&said);
	return 0;
}
