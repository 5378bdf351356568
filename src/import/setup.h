/* SPDX-License-Identifier: ISC */
#ifndef SETUP_H
#define SETUP_H

/*
 * recpolicy --check-recorder: what a recorder does not log, or does not keep,
 * that calls need, and the line that mends it. A recorder is a table of rules
 * (setup_asterisk.c), by which it judges the logs and legs that it was shown.
 *
 *	struct setup s = {.o = &options, .needed = {[SETUP_PAUSES] = true}};
 *	if (setup_check(&s, "asterisk", path, paths, &why) == 0)
 *		for (i = 0; i < s.findings; i++) ... s.finding[i] ...
 *	setup_free(&s);
 */

#include <stdbool.h>
#include <stddef.h>

#include "import.h"

/* Who needs it: all calls, or those of which the policy asks so much. */
enum setup_need {
	SETUP_ALL,
	SETUP_SIDES,  /* a channel for each side */
	SETUP_PAUSES, /* a button, or payments */
	SETUP_PLAYED, /* messages that rectools must know of */
	SETUP_ASKED,  /* permission */
	SETUP_NEEDS
};

struct setup_rule {
	enum setup_need need;
	const char *what; /* "no application is logged" */
	const char *file; /* "/etc/asterisk/cel.conf" */
	const char *line; /* what to write into it */
};

struct setup_finding {
	const struct setup_rule *rule;
	char *seen; /* "13 of 13 calls in cel.csv" */
};

struct setup {
	const struct import_options *o;
	bool needed[SETUP_NEEDS]; /* SETUP_ALL always is */
	struct setup_finding *finding;
	size_t findings;
	/* private: for the recorder */
	const char *folder; /* the argument that the file lies below, or NULL */
	const struct setup_rule *rule;
	void *state;
};

struct setup_recorder {
	const char *name;
	const struct setup_rule *rule; /* its numbers are the recorder's own */
	size_t state_size;
	/*
	 * One file, named by hand or found in a directory: true, or false where
	 * it is nothing of this recorder's.
	 */
	bool (*look)(struct setup *s, const char *path);
	/* All was looked at: setup_find() what is lacking. */
	void (*judge)(struct setup *s);
	void (*forget)(struct setup *s); /* what state holds; may be NULL */
};
extern const struct setup_recorder *const setup_recorders[];
extern const struct setup_recorder setup_asterisk, setup_freeswitch;

/* The nearest name of a recorder, or NULL. */
const char *setup_nearest(const char *name);
/*
 * Files, and directories with all that is below them. 0, or -1 with why: one of
 * them cannot be read, or is nothing that the recorder writes.
 */
int setup_check(struct setup *s, const char *recorder, char *const *path,
    size_t paths, struct why *why);
/* Rule n is broken; nothing where nobody needs it. Takes `seen` over. */
void setup_find(struct setup *s, size_t n, char *seen);
void setup_free(struct setup *s);
/* By its name, and by how it begins where its format has a header. */
bool setup_is_sound(const char *path);
/* A WAV whose header has the size of nothing: nobody closed the file. */
bool setup_is_torn(const char *path);

#endif
