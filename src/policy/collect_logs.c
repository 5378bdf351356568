/* SPDX-License-Identifier: ISC */
#include "collect.h"

#include <stdlib.h>

#include "cli.h"
#include "guard.h"
#include "logs.h"
#include "mem.h"
#include "text.h"

/* What is wrong with a log is said by so many lines at most. */
enum { FAULTS_MAX = 1000 };

/* A file of the directory that this call alone is told by. */
static void
add_own(struct collect *c, struct collect_candidate *cand, const char *path)
{
	char *beneath = incoming_beneath(&c->in, path);

	if (!beneath || !incoming_find(&c->in, beneath)) {
		free(beneath);
		return;
	}
	cand->own = mem_resize(cand->own, cand->owns + 1, sizeof *cand->own);
	cand->own[cand->owns++] = beneath;
}

/* A log tells of every call, recorded or not, of today or of last year. */
static bool
has_leg(const struct collect *c, const struct import_call *call)
{
	for (size_t i = 0; i < call->legs; i++) {
		char *path =
		    incoming_path(&c->in, NULL, call->leg[i].file, NULL);
		bool here = path && incoming_find(&c->in, path);

		free(path);
		if (here)
			return true;
	}
	return false;
}

static int
take(const char *path, const struct import_call *call, const struct buf *text,
    void *arg)
{
	struct collect *c = arg;
	struct collect_candidate *cand, mine = {0};
	struct why why;

	for (size_t i = 0; i < call->files; i++)
		add_own(c, &mine, call->file[i]);
	if (mine.owns == 0 && !has_leg(c, call)) {
		c->unrecorded++;
		return EXIT_DONE;
	}
	cand = collect_add(c);
	*cand = mine;
	cand->stem = text_dup(call->key);
	if (import_doc(text, path, call->id, &cand->doc, &why) == 0)
		return EXIT_DONE;
	cli_warn("%s", why.text);
	return EXIT_USAGE;
}

/* Lines and calls that cannot be taken are passed over, and said once. */
static int
keep_fault(
    const char *path, enum logs_fault fault, const struct why *why, void *arg)
{
	struct collect *c = arg;
	char *beneath = incoming_beneath(&c->in, path);
	bool own = beneath && incoming_find(&c->in, beneath);

	free(beneath);
	if (why_status(why) == EXIT_LATER || (fault == LOGS_FILE && !own)) {
		cli_warn("%s", why->text);
		return why_status(why) == EXIT_LATER ? EXIT_LATER : EXIT_USAGE;
	}
	if (c->faults == FAULTS_MAX)
		return EXIT_DONE;
	c->fault = mem_resize(c->fault, c->faults + 1, sizeof *c->fault);
	c->fault[c->faults++] = fault == LOGS_CALL || fault == LOGS_PART
				    ? text_format("%s: %s", path, why->text)
				    : text_dup(why->text);
	return EXIT_DONE;
}

int
collect_logs(struct collect *c, int argc, char **argv)
{
	const struct logs logs = {.from = c->from,
	    .import = c->import,
	    .nul = c->nul,
	    .take = take,
	    .fault = keep_fault,
	    .arg = c};

	return logs_read(&logs, argc, argv);
}
