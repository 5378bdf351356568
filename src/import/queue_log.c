/* SPDX-License-Identifier: ISC */
#include "queue_log.h"

#include <stdlib.h>
#include <string.h>

#include "guard.h"
#include "io.h"
#include "text.h"

enum { TIME, ID, QUEUE, AGENT, EVENT, DATA, FIELDS };

/* Splits at '|'; the last field has the rest. */
static size_t
split(char *line, char *field[FIELDS])
{
	size_t n = 0;

	while (n < FIELDS) {
		char *bar = strchr(line, '|');

		field[n++] = line;
		if (!bar || n == FIELDS)
			return n;
		*bar = '\0';
		line = bar + 1;
	}
	return n;
}

/* "SIP/8007" in an event's text: one word. */
static void
add_agent(struct import_call *c, int64_t at_us, const char *agent)
{
	char word[100];

	(void)snprintf(word, sizeof word, "%s", agent);
	word[strcspn(word, " ")] = '\0';
	if (!c->connected) {
		/* What the record said of an agent was of the last one. */
		free(c->agent);
		free(c->agent_now);
		c->agent = c->agent_now = NULL;
		import_event(c, at_us, "answer");
	}
	import_set_agent(c, at_us, word);
	c->connected = true;
}

static void
enter_queue(struct import_call *c, int64_t at_us, const char *queue)
{
	if (!c->queued && !c->has_queue) {
		free(c->queue);
		free(c->queue_now);
		c->queue = c->queue_now = NULL;
	}
	import_set_queue(c, at_us, queue);
	c->queued = true;
}

/*
 * NOTE: a transfer's data differ with Asterisk's age: BLINDTRANSFER and
 * TRANSFER begin with the extension, an attended one does not say to whom.
 */
static void
take(const struct import *im, struct import_call *c, char *field[FIELDS],
    int64_t at_us)
{
	const char *event = field[EVENT];
	const char *rule = import_rule(im->o, event);
	size_t n = strcspn(field[DATA], "|");

	if (rule) {
		import_event(c, at_us, "%s", rule);
	} else if (strcmp(event, "ENTERQUEUE") == 0) {
		enter_queue(c, at_us, field[QUEUE]);
	} else if (strcmp(event, "CONNECT") == 0) {
		add_agent(c, at_us, field[AGENT]);
	} else if (strcmp(event, "BLINDTRANSFER") == 0 ||
		   strcmp(event, "TRANSFER") == 0) {
		field[DATA][n] = '\0';
		add_agent(c, at_us, field[DATA]);
	} else if (strcmp(event, "ATTENDEDTRANSFER") == 0) {
		import_event(c, at_us, "transfer agent=not-told");
		import_untold(c, "who took an attended transfer");
	}
}

int
queue_log_add(
    struct import *im, const char *path, bool names_only, struct why *why)
{
	FILE *file = import_open(im, path, GUARD_LOG_MAX, why);
	char line[2048], *field[FIELDS];
	int number = 0;
	ssize_t n;

	if (!file)
		return -1;
	while ((n = io_line(file, line, sizeof line)) >= 0) {
		struct import_call *c;
		char none[] = "";
		int64_t us;

		number++;
		field[DATA] = none;
		/* A line without these is some other text of the log. */
		if (n >= (ssize_t)sizeof line || split(line, field) < DATA)
			continue;
		c = import_find(im, field[ID]);
		if (!c)
			continue;
		if (names_only &&
		    (c->has_queue || strcmp(field[EVENT], "ENTERQUEUE") != 0))
			continue;
		if (import_epoch(field[TIME], &us) == 0) {
			take(im, c, field, us);
		} else {
			why_set(why, "%s:%d: not a time: '%.60s'", path, number,
			    field[TIME]);
			import_skip(im, why->text);
		}
	}
	(void)fclose(file);
	return 0;
}
