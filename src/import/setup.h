/* SPDX-License-Identifier: ISC */
#ifndef SETUP_H
#define SETUP_H

/*
 * recpolicy --check-recorder: finds what calls need and a recorder does not log or
 * keep, with the line to write. Each recorder is a table of rules
 * (setup_asterisk.c), which are applied to its logs and legs.
 *
 *	struct setup s = {.o = &options, .needed = {[SETUP_PAUSES] = true}};
 *	if (setup_check(&s, "asterisk", path, paths, &why) == 0)
 *		for (i = 0; i < s.findings; i++) ... s.finding[i] ...
 *	setup_free(&s);
 */

#include <stdbool.h>
#include <stddef.h>

#include "import.h"

/* What a rule is needed for: all calls, or those for which a policy demands it. */
enum setup_need {
	SETUP_ALL,
	SETUP_SIDES,  /* a channel for each side */
	SETUP_PAUSES, /* a pause button, or payments */
	SETUP_PLAYED, /* messages that the log must have */
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
	const char *folder; /* the argument that contains the file, or NULL */
	const struct setup_rule *rule;
	void *state;
};

struct setup_recorder {
	const char *name;
	const struct setup_rule *rule; /* its numbers are the recorder's own */
	size_t state_size;
	/*
	 * Reads one file, an argument or found in a directory. False if it is
	 * not a file of this recorder.
	 */
	bool (*look)(struct setup *s, const char *path);
	/* After all files: calls setup_find() for what is missing. */
	void (*judge)(struct setup *s);
	void (*forget)(struct setup *s); /* frees the state; may be NULL */
};
extern const struct setup_recorder *const setup_recorders[];
extern const struct setup_recorder setup_asterisk, setup_freeswitch;

/* The most similar name of a recorder, or NULL. */
const char *setup_nearest(const char *name);
/*
 * Checks files, and directories with everything below them. 0, or -1 with why if
 * one of them cannot be read or was not written by the recorder.
 */
int setup_check(struct setup *s, const char *recorder, char *const *path,
    size_t paths, struct why *why);
/* Adds a finding for rule n, if it is needed. Owns `seen` from then on. */
void setup_find(struct setup *s, size_t n, char *seen);
void setup_free(struct setup *s);
/* True for an audio file, by its name and, if its format has one, its header. */
bool setup_is_sound(const char *path);
/* True for a WAV with the size 0 in its header: it was not closed. */
bool setup_is_torn(const char *path);

#endif
