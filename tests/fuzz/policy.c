/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include "check.h"
#include "decide.h"
#include "explain.h"
#include "ini.h"
#include "text.h"

/* A call that a policy decides, with the full explanation. */
static void
judge(const struct policy *policy, const struct doc *doc)
{
	struct buf text = {0};
	struct doc plan = {0};
	struct decision d;
	struct call call;

	if (call_from_doc(&call, doc, NULL) != 0)
		return;
	decide_call(&d, policy, &call, 0);
	explain_text(&d, &text);
	explain_json(&d, &text);
	decide_to_doc(&d, &plan);
	(void)doc_write(&plan, &text, NULL);
	doc_free(&plan);
	buf_free(&text);
	decide_free(&d);
	call_free(&call);
}

/* Any bytes as a policy and, behind it, the calls: each begins with [call]. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	struct ini_stream cs = {.file = file, .name = "fuzz"};
	struct policy_notes notes = {0};
	struct doc doc, call;
	struct policy policy;

	if (!file)
		return 0;
	if (ini_next(&cs, &doc, NULL) == 1) {
		/* The first [call] begins the first call. */
		struct doc rules = {0};
		size_t n = 0;
		while (n < doc.sections && strcmp(doc.section[n].name, "call"))
			n++;
		rules = doc;
		rules.sections = n;
		if (policy_from_doc(&policy, &rules, &notes) == 0) {
			struct doc rest = doc;
			check_effects(&policy, &notes);
			rest.section += n;
			rest.sections -= n;
			judge(&policy, &rest);
			while (ini_next(&cs, &call, NULL) == 1) {
				judge(&policy, &call);
				doc_free(&call);
			}
			/* The end leaves a document without sections. */
			doc_free(&call);
			policy_free(&policy);
		}
	}
	doc_free(&doc);
	policy_notes_free(&notes);
	free(cs.pushed);
	(void)fclose(file);
	return 0;
}
