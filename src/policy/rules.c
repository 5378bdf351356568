/* SPDX-License-Identifier: ISC */
#include "rules.h"

#include <stdlib.h>

#include "cli.h"
#include "examine.h"
#include "ini.h"
#include "text.h"

static void
tell(void (*how)(const char *fmt, ...), struct policy_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		how("%s", notes->text[i]);
	policy_notes_free(notes);
}

/* Every fault on its own line where `all`, else the first. */
int
rules_load(const char *path, bool all, struct doc *doc, struct policy *policy)
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
rules_test(const struct policy *p)
{
	struct policy_notes notes = {0}, faults = {0}, facts = {0};
	int status;

	examine_effects(p, &notes);
	examine_messages(p, &faults, &facts);
	status = faults.count > 0 ? EXIT_USAGE : EXIT_DONE;
	tell(cli_warn, &notes);
	tell(cli_warn, &faults);
	tell(cli_say, &facts);
	cli_say("%s: %s", p->doc->file,
	    status == EXIT_DONE ? "the policy is good" : "there are faults");
	return status;
}
