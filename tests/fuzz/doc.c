/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include "call.h"
#include "ini.h"
#include "plan.h"
#include "text.h"
#include "ticket.h"

/* Any bytes as a stream of INI documents, and each as all that it may be. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	FILE *file = size ? fmemopen((void *)(uintptr_t)data, size, "r") : NULL;
	struct ini_stream cs = {.file = file, .name = "fuzz"};
	struct doc doc;

	if (!file)
		return 0;
	while (ini_next(&cs, &doc, NULL) == 1) {
		struct call call;
		struct plan plan;
		struct ticket ticket;
		struct buf text = {0};

		if (call_from_doc(&call, &doc, NULL) == 0)
			call_free(&call);
		if (plan_from_doc(&plan, &doc, NULL) == 0)
			plan_free(&plan);
		if (ticket_from_doc(&ticket, &doc, NULL) == 0)
			ticket_free(&ticket);
		(void)doc_write(&doc, &text, NULL);
		buf_free(&text);
		doc_free(&doc);
	}
	free(cs.pushed);
	(void)fclose(file);
	return 0;
}
