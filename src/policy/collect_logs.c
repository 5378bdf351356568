/* SPDX-License-Identifier: ISC */
#include "collect.h"

#include <stdlib.h>

#include "cli.h"
#include "logs.h"
#include "mem.h"
#include "path.h"
#include "text.h"

/* The most lines that report faults of a log. */
enum { FAULTS_MAX = 1000 };

/* Adds a file of the directory that belongs to this call alone. */
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

/* The first leg in the directory, or NULL: a log has every call, recorded or
 * not, of today or of last year. To be freed. */
static char *
find_log_leg(const struct collect *c, const struct import_call *call)
{
	for (size_t i = 0; i < call->legs; i++) {
		char *path =
		    incoming_path(&c->in, NULL, call->leg[i].file, NULL);

		if (path && incoming_find(&c->in, path))
			return path;
		free(path);
	}
	return NULL;
}

/* The beginning of the names of the hooks' files: beside the legs, or at the
 * top. */
static char *
find_stem(const struct collect *c, const char *key, const char *leg)
{
	char *stem = leg ? path_beside(leg, key) : text_dup(key);

	if (incoming_first(&c->in, stem))
		return stem;
	free(stem);
	return text_dup(key);
}

/* True if files of hooks are here. */
static bool
has_hooks(const struct collect *c, const char *stem)
{
	static const char *const tails[] = {".events", ".facts"};
	bool has = false;

	for (size_t i = 0; i < sizeof tails / sizeof *tails && !has; i++) {
		char *path = text_format("%s%s", stem, tails[i]);

		has = incoming_find(&c->in, path);
		free(path);
	}
	return has;
}

/* True for what must not be heard: it may have been reported late. */
static bool
call_has_redaction(const struct import_call *call)
{
	return import_has_event(call, "consent declined") ||
	       import_has_event(call, "pause") ||
	       import_has_event(call, "payment-start");
}

static int
take_log_call(const char *path, const struct import_call *call,
    const struct buf *text, void *arg)
{
	struct collect *c = arg;
	struct collect_candidate mine = {0};
	char *leg = find_log_leg(c, call);
	struct why why;
	int status = EXIT_DONE;

	for (size_t i = 0; i < call->files; i++)
		add_own(c, &mine, call->file[i]);
	mine.stem = find_stem(c, call->key, leg);
	mine.bare = mine.owns == 0 && !leg;
	mine.hooks = has_hooks(c, mine.stem);
	free(leg);
	if (mine.bare && !mine.hooks && !call_has_redaction(call)) {
		free(mine.stem);
		c->unrecorded++;
		return EXIT_DONE;
	}
	if (import_doc(text, path, call->id, &mine.doc, &why) != 0 &&
	    !mine.bare) {
		cli_warn("%s", why.text);
		status = EXIT_USAGE;
	}
	*collect_add(c) = mine;
	return status;
}

/* Invalid lines and calls are ignored, and reported once. */
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
	    .take = take_log_call,
	    .fault = keep_fault,
	    .arg = c};

	return logs_read(&logs, argc, argv);
}
