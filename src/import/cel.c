/* SPDX-License-Identifier: ISC */
#include "cel.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "cel_board.h"
#include "mem.h"
#include "queue_log.h"
#include "table.h"
#include "text.h"

enum column {
	TYPE,
	TIME,
	CHANNEL,
	UNIQUEID,
	LINKEDID,
	NEEDED,
	EXTRA = NEEDED,
	APP,
	DATA,
	USER_TYPE,
	NUMBER,
	DNID,
	EXTEN,
	CONTEXT
};
static const char *const names[] = {"eventtype", "eventtime",
    "channame|channel", "uniqueid", "linkedid", "extra|eventextra", "appname",
    "appdata", "userdeftype", "cidnum|num|cid_num", "ciddnid|dnid|cid_dnid",
    "exten", "context", NULL};
#define REST                                                                 \
	"eventtime,cidname,cidnum,cidani,cidrdnis,ciddnid,exten,context,"    \
	"channame,appname,appdata,amaflags,acctcode,uniqueid,linkedid,peer," \
	"userfield,userdeftype,extra"
#define ADVANCED                                                       \
	"eventtime,name,num,ani,rdnis,dnid,exten,context,channame,"    \
	"appname,appdata,amaflags,accountcode,uniqueid,linkedid,peer," \
	"peeraccount,userfield,eventextra,tenantid"
/* cel_custom.conf.sample, and the same without its literals. */
static const char *const usual[] = {"eventtype," REST,
    "eventtype,literal," REST, "eventtype,eventenum,userdeftype," ADVANCED,
    "eventtype,eventenum,userdeftype,literal," ADVANCED, NULL};

static bool
looks_like_time(const char *s)
{
	size_t n = strspn(s, "0123456789");

	return n >= 9 ||
	       (n == 4 && s[4] == '-' && isdigit((unsigned char)s[5]));
}

static bool
is_word(const char *s)
{
	return *s && !s[strcspn(s, " ,\"'")];
}

/* A record whose columns are in another order does not look like this. */
static bool
makes_sense(const struct table *t)
{
	const char *extra = t->value[EXTRA];

	return is_word(t->value[TYPE]) &&
	       !isdigit((unsigned char)*t->value[TYPE]) &&
	       looks_like_time(t->value[TIME]) && is_word(t->value[LINKEDID]) &&
	       is_word(t->value[UNIQUEID]) &&
	       strchr(t->value[CHANNEL], '/') != NULL &&
	       !strchr(t->value[UNIQUEID], '/') && (!*extra || *extra == '{');
}

struct reader {
	struct cel_board board;
	const char *path;
	int64_t last_us; /* of the record above */
};

static int
read_time(struct import *im, const struct table *t, struct reader *r,
    int64_t *us, struct why *why)
{
	if (import_time_after(im->o, t->value[TIME], r->last_us, us) == 0)
		return 0;
	return why_set(why, "%s:%d: %s: '%.40s'", r->path, t->line,
	    im->o->zone ? "not a time"
			: "a time without a zone; --zone says it",
	    t->value[TIME]);
}

static int
take(struct import *im, const struct table *t, void *arg, struct why *why)
{
	struct reader *r = arg;
	struct cel_row row = {.type = t->value[TYPE],
	    .user_type = t->value[USER_TYPE],
	    .number = t->value[NUMBER],
	    .dnid = t->value[DNID],
	    .exten = t->value[EXTEN],
	    .context = t->value[CONTEXT],
	    .channel = t->value[CHANNEL],
	    .app = t->value[APP],
	    .data = t->value[DATA],
	    .uniqueid = t->value[UNIQUEID],
	    .linkedid = t->value[LINKEDID],
	    .extra = t->value[EXTRA]};

	if (!*row.type || !*row.linkedid || !*row.uniqueid)
		return why_set(why,
		    "%s:%d: no eventtype, uniqueid or linkedid: no record of "
		    "a CEL",
		    r->path, t->line);
	if (read_time(im, t, r, &row.at_us, why) != 0)
		return -1;
	r->last_us = row.at_us;
	cel_board_take(&r->board, &row);
	return 0;
}

static int
open_log(struct import *im, struct table *t, const char *path, struct why *why)
{
	const char *const *lists = usual;
	static const char *told[2];

	told[0] = im->o->columns;
	if (im->o->columns)
		lists = told;
	if (table_open(t, im, path, names, lists, why) != 0)
		return -1;
	t->needed = NEEDED;
	t->fits = im->o->columns ? NULL : makes_sense;
	return 0;
}

/* One of several logs, with the time of its first record. */
struct log {
	const char *path;
	int64_t first_us;
	size_t number;
};

static int
by_first(const void *a, const void *b)
{
	const struct log *x = a, *y = b;

	if (x->first_us != y->first_us)
		return x->first_us < y->first_us ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

/* What has no record with a time comes last, and says there why. */
static int64_t
first_time(struct import *im, const char *path)
{
	struct table t;
	int64_t us = INT64_MAX;
	int got = 1;

	if (open_log(im, &t, path, NULL) == 0)
		for (int i = 0; i < 100 && got != 0 && us == INT64_MAX; i++) {
			got = table_next(&t, NULL);
			if (got == CSV_UNREADABLE)
				break;
			if (got > 0 &&
			    import_time(im->o, t.value[TIME], &us) != 0)
				us = INT64_MAX;
		}
	table_close(&t);
	return us;
}

static struct log *
order_logs(struct import *im, const char *const *path, size_t paths)
{
	struct log *log = mem_alloc((paths + 1) * sizeof *log);

	for (size_t i = 0; i < paths; i++)
		log[i] = (struct log){path[i],
		    paths > 1 && strcmp(path[i], "-") != 0
			? first_time(im, path[i])
			: INT64_MAX,
		    i};
	if (paths > 1)
		qsort(log, paths, sizeof *log, by_first);
	return log;
}

static int
read_log(struct import *im, struct reader *r, const char *path, struct why *why)
{
	struct table t;
	int bad = open_log(im, &t, path, why);

	r->path = path;
	if (bad == 0)
		bad = table_each(&t, im, take, r, why);
	table_close(&t);
	return bad;
}

int
cel_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	struct reader r = {.board.im = im};
	struct log *log = order_logs(im, path, paths);
	int bad = im->o->queue_log
		      ? queue_log_open(&r.board.log, im, im->o->queue_log, why)
		      : 0;

	for (size_t i = 0; i < paths && bad == 0; i++)
		bad = read_log(im, &r, log[i].path, why);
	free(log);
	cel_board_end(&r.board);
	queue_log_free(r.board.log);
	return bad;
}
