/* SPDX-License-Identifier: ISC */
#include "recorder.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "json.h"
#include "setup.h"
#include "text.h"
#include "who_read.h"

/* Adds the needs of a class, or of one of its queues. */
static void
add_needs(const struct policy *p, enum call_class class, const char *path,
    const struct who *who, bool *needed)
{
	int play;

	if (!policy_get_for(p, class, path, who, POLICY_RECORD).value)
		return;
	play = policy_get_for(p, class, path, who, POLICY_PLAY).value;
	/* A payment is always paused. */
	needed[SETUP_PAUSES] = true;
	if (play != POLICY_NOT_PLAYED)
		needed[SETUP_PLAYED] = true;
	if (play != POLICY_NOT_PLAYED &&
	    policy_get_for(p, class, path, who, POLICY_ASK).value)
		needed[SETUP_ASKED] = true;
}

static void
add_all_needs(const struct policy *p, const struct who *who, bool *needed)
{
	for (int i = 0; i < CALL_CLASSES; i++)
		add_needs(p, (enum call_class)i, "", who, needed);
	for (size_t i = 0; i < p->queues; i++)
		add_needs(p, p->queue[i].class, p->queue[i].path, who, needed);
}

static void
find_needs(const struct policy *p, bool *needed)
{
	struct who who = {0};

	if (!p) {
		for (int i = 0; i < SETUP_NEEDS; i++)
			needed[i] = true;
		return;
	}
	needed[SETUP_SIDES] =
	    policy_get(p, CALL_INBOUND, "", POLICY_DUAL_CHANNEL).value;
	add_all_needs(p, NULL, needed);
	for (size_t n = 1; who_read_rule(p->doc, n, &who); n++) {
		add_all_needs(p, &who, needed);
		who = (struct who){0};
	}
}

static void
print_text(const struct setup_finding *f)
{
	printf("%s: %s\n\t%s: %s\n", f->rule->file, f->rule->line,
	    f->rule->what, f->seen);
}

static void
print_json(const struct setup_finding *f)
{
	struct json *j = json_new();
	char *line;

	json_set_text(j, "file", f->rule->file);
	json_set_text(j, "write", f->rule->line);
	json_set_text(j, "missing", f->rule->what);
	json_set_text(j, "seen", f->seen);
	line = json_write(j);
	puts(line);
	free(line);
	json_free(j);
}

int
recorder_check(const struct policy *p, const char *recorder,
    const struct import_options *o, bool json, char *const *path, int paths)
{
	struct setup s = {.o = o};
	struct why why = {0};
	int status = EXIT_DONE;

	find_needs(p, s.needed);
	if (setup_check(&s, recorder, path, (size_t)paths, &why) != 0) {
		cli_warn("%s", why.text);
		status = EXIT_USAGE;
	}
	for (size_t i = 0; i < s.findings && status != EXIT_USAGE; i++) {
		if (json)
			print_json(&s.finding[i]);
		else
			print_text(&s.finding[i]);
	}
	if (s.findings > 0)
		status = cli_worse(status, EXIT_GIVEN_UP);
	else if (status == EXIT_DONE)
		cli_say("nothing that calls need is missing");
	setup_free(&s);
	return status;
}
