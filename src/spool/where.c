/* SPDX-License-Identifier: ISC */
#include "where.h"

#include <string.h>

#include "hold.h"
#include "text.h"
#include "when.h"

const enum spool_stage where_stages[] = {
    SPOOL_TMP, SPOOL_MIX, SPOOL_SPLIT, SPOOL_UPLOAD, SPOOL_FAILED, SPOOL_HELD};

bool
where_may_be_sent(enum spool_stage stage)
{
	return stage == SPOOL_UPLOAD || stage == SPOOL_FAILED ||
	       stage == SPOOL_HELD;
}

static bool
is_of_call(const char *folder, const char *id)
{
	const char *found;
	int64_t entered_us;

	return spool_parse_name(folder, &entered_us, &found) == 0 &&
	       strcmp(found, id) == 0;
}

struct telling {
	const char *id;
	bool is_held;
	void (*tell)(const char *line, void *arg);
	void *arg;
};

static void
tell_line(const struct telling *t, const char *stage, const char *folder)
{
	struct buf line = {0};
	char now[WHEN_SIZE];

	buf_format(&line, "%s - %s now stage=%s", when_text(when_now_us(), now),
	    t->id, stage);
	if (folder)
		buf_format(&line, " folder=%s", folder);
	buf_format(&line, "%s\n", t->is_held ? " hold=yes" : "");
	t->tell(line.s, t->arg);
	buf_free(&line);
}

static int
tell_places(const struct spool *sp, const struct telling *t, size_t *found,
    struct why *why)
{
	for (size_t n = 0; n < WHERE_STAGES; n++) {
		enum spool_stage s = where_stages[n];
		char **names;
		size_t count;

		if (spool_list(sp, s, &names, &count, why) != 0)
			return -1;
		for (size_t i = 0; i < count; i++) {
			if (!is_of_call(names[i], t->id))
				continue;
			tell_line(t, spool_stage_names[s], names[i]);
			++*found;
		}
		spool_list_free(names, count);
	}
	return 0;
}

int
where_tell(const struct spool *sp, const char *id,
    void (*tell)(const char *line, void *arg), void *arg, struct why *why)
{
	struct telling t = {id, hold_has(sp, id), tell, arg};
	size_t found = 0;

	if (tell_places(sp, &t, &found, why) != 0)
		return -1;
	if (found == 0)
		tell_line(&t, "none", NULL);
	return 0;
}

static void
no_line(const char *line, void *arg)
{
	(void)line;
	(void)arg;
}

bool
where_is(const struct spool *sp, const char *id)
{
	struct why why = {0};
	size_t found = 0;

	return tell_places(sp, &(struct telling){id, false, no_line, NULL},
		   &found, &why) == 0 &&
	       found > 0;
}
