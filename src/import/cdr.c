/* SPDX-License-Identifier: ISC */
#include "cdr.h"

#include <stdlib.h>
#include <string.h>

#include "cdr_call.h"
#include "num.h"
#include "queue_log.h"
#include "table.h"
#include "text.h"
#include "when.h"

enum cdr_column {
	CHANNEL,
	START,
	END,
	DISPOSITION,
	NEEDED,
	DST_CHANNEL = NEEDED,
	LAST_APP,
	LAST_DATA,
	ANSWER,
	DURATION,
	BILLSEC,
	UNIQUEID,
	LINKEDID,
	SEQUENCE,
	SRC,
	DST,
	CONTEXT
};
static const char *const names[] = {"channel", "start|calldate", "end",
    "disposition", "dstchannel", "lastapp", "lastdata", "answer", "duration",
    "billsec", "uniqueid", "linkedid", "sequence", "src", "dst", "dcontext",
    NULL};
#define MIDDLE                                                           \
	"channel,dstchannel,lastapp,lastdata,start,answer,end,duration," \
	"billsec,disposition,amaflags"
#define CSV    "accountcode,src,dst,dcontext,clid," MIDDLE
#define NEW    ",peeraccount,linkedid,sequence"
#define CUSTOM "src,dst,dcontext," MIDDLE ",accountcode,uniqueid,userfield"
/* The columns of cdr_csv.c with its options, and of cdr_custom.conf.sample with
 * its literals. */
static const char *const usual[] = {CSV, CSV ",uniqueid", CSV ",userfield",
    CSV ",uniqueid,userfield", CSV NEW, CSV ",uniqueid" NEW,
    CSV ",userfield" NEW, CSV ",uniqueid,userfield" NEW, "clid," CUSTOM,
    "clid," CUSTOM ",sequence", "clid," CUSTOM ",sequence,ds_type",
    "clid,literal," CUSTOM ",sequence",
    "clid,literal," CUSTOM ",sequence,ds_type", NULL};

static bool
is_disposition(const char *s)
{
	static const char *const all[] = {"ANSWERED", "NO ANSWER", "BUSY",
	    "FAILED", "CONGESTION", "UNANSWERED", "CANCEL", NULL};

	for (int i = 0; all[i]; i++)
		if (strcmp(all[i], s) == 0)
			return true;
	return false;
}

/* Not a counter and, if it could be a userfield, not a name: "1796001598.0". */
static bool
is_id(const char *s, bool strict)
{
	const char *dot = strrchr(s, '.');

	if (!s[strspn(s, "0123456789")])
		return !*s;
	return !strict || (dot && dot > s && dot[1] &&
			      !dot[1 + strspn(dot + 1, "0123456789")]);
}

/* False for a record whose columns are in another order. */
static bool
is_cdr_table(const struct table *t)
{
	enum { WITH_ONE = 17 }; /* a uniqueid or a userfield */
	bool strict = t->csv.fields == WITH_ONE;

	return strchr(t->value[CHANNEL], '/') && *t->value[START] &&
	       is_disposition(t->value[DISPOSITION]) &&
	       is_id(t->value[UNIQUEID], strict) &&
	       is_id(t->value[LINKEDID], false) &&
	       (t->column[UNIQUEID] < 0 || *t->value[UNIQUEID]);
}

/* The times in a column: two at most, none if it is empty. */
struct times {
	int64_t us[2];
	int count;
};

static int
get_times(const struct import *im, const struct table *t,
    enum cdr_column column, const char *path, struct times *times,
    struct why *why)
{
	const char *text = t->value[column];

	*times = (struct times){0};
	if (!*text)
		return 0;
	times->count = import_times(im->o, text, times->us);
	if (times->count > 0)
		return 0;
	if (!im->o->zone)
		return why_set(why,
		    "%s:%d: %.*s is '%.40s', the file gives no time zone; use "
		    "--zone",
		    path, t->line, (int)strcspn(names[column], "|"),
		    names[column], text);
	return why_set(why, "%s:%d: %.*s is not a time: '%.40s'", path, t->line,
	    (int)strcspn(names[column], "|"), names[column], text);
}

/* The one that is nearest to another time of the record. */
static int64_t
nearest_time(const struct times *times, int64_t to_us)
{
	if (times->count < 2)
		return times->us[0];
	return times->us[llabs((long long)(times->us[1] - to_us)) <
			 llabs((long long)(times->us[0] - to_us))];
}

struct cdr_span {
	int64_t start_us, answer_us, end_us;
};

/* A number of whole seconds in a column, or -1. */
static int64_t
seconds(const struct table *t, enum cdr_column column)
{
	int64_t s;

	if (num_integer(t->value[column], 0, 10000000, &s) != 0)
		return -1;
	return s;
}

/* In the night in which clocks are put back, an hour occurs twice. The lengths
 * of the call, and then the order of the records, decide which one is meant. */
static int
get_span(const struct import *im, const struct table *t, const char *path,
    int64_t last_us, struct cdr_span *s, struct why *why)
{
	const int64_t slack_us = 60 * INT64_C(1000000);
	int64_t duration = seconds(t, DURATION), talked = seconds(t, BILLSEC);
	struct times start, answer, end;

	*s = (struct cdr_span){0};
	if (get_times(im, t, START, path, &start, why) != 0 ||
	    get_times(im, t, ANSWER, path, &answer, why) != 0 ||
	    get_times(im, t, END, path, &end, why) != 0)
		return -1;
	if (start.count == 0)
		return why_set(why,
		    "%s:%d: no start: not the columns of cdr-csv; use "
		    "--columns",
		    path, t->line);
	s->end_us = end.us[end.count == 2 && end.us[0] < last_us - slack_us];
	if (duration < 0)
		s->start_us = nearest_time(&start, s->end_us);
	else if (end.count > 0)
		s->start_us =
		    nearest_time(&start, s->end_us - duration * 1000000);
	else
		s->start_us = start.us[0];
	/* The order may have chosen an end too far from the start. */
	if (duration >= 0 && end.count == 2)
		s->end_us =
		    nearest_time(&end, s->start_us + duration * 1000000);
	/* Seconds are truncated: the end, if it is known, is more exact. */
	if (duration >= 0 && llabs((long long)(s->end_us - s->start_us -
					       duration * 1000000)) > 2000000)
		s->end_us = s->start_us + duration * 1000000;
	s->answer_us = answer.count == 0 ? 0
		       : talked >= 0
			   ? nearest_time(&answer, s->end_us - talked * 1000000)
			   : nearest_time(&answer, s->start_us);
	return 0;
}

struct cdr_file {
	const char *path;
	int64_t last_us; /* the end of the previous record */
	struct cdr cdr;
};

/* A record without a uniqueid is a call of its own, named by its start. */
static char *
find_key(const struct table *t, int64_t start_us)
{
	char stamp[WHEN_SIZE];

	if (*t->value[UNIQUEID])
		return text_dup(t->value[UNIQUEID]);
	return text_format("%s-%d", when_stamp(start_us, stamp), t->line);
}

static int
take_cdr_row(
    struct import *im, const struct table *t, void *arg, struct why *why)
{
	struct cdr_file *file = arg;
	struct cdr_span s;
	int64_t sequence;

	if (get_span(im, t, file->path, file->last_us, &s, why) != 0)
		return -1;
	file->last_us = s.end_us;
	if (num_integer(t->value[SEQUENCE], 0, INT64_MAX, &sequence) != 0)
		sequence = (int64_t)file->cdr.records;
	cdr_add_record(&file->cdr,
	    &(struct cdr_record){.uniqueid = find_key(t, s.start_us),
		.linkedid = text_dup(t->value[LINKEDID]),
		.channel = text_dup(t->value[CHANNEL]),
		.dst_channel = text_dup(t->value[DST_CHANNEL]),
		.app = text_dup(t->value[LAST_APP]),
		.data = text_dup(t->value[LAST_DATA]),
		.src = text_dup(t->value[SRC]),
		.dst = text_dup(t->value[DST]),
		.hidden = !t->json && t->column[SRC] >= 0 && !*t->value[SRC],
		.context = text_dup(t->value[CONTEXT]),
		.start_us = s.start_us,
		.answer_us = s.answer_us,
		.end_us = s.end_us,
		.sequence = sequence,
		.unnamed = !*t->value[UNIQUEID],
		.answered = strcmp(t->value[DISPOSITION], "ANSWERED") == 0});
	return 0;
}

/* told[2] must live as long as the table. */
static int
open_cdr(const struct import *im, struct table *t, const char *path,
    const char *told[2], struct why *why)
{
	int got;

	told[0] = im->o->columns;
	told[1] = NULL;
	got = table_open(t, im, path, names, *told ? told : usual, why);
	t->needed = NEEDED;
	t->fits = *told ? NULL : is_cdr_table;
	return got;
}

bool
cdr_looks(const struct import *im, const char *path, struct cdr_shape *shape)
{
	const char *told[2];
	struct table t;
	bool looks = open_cdr(im, &t, path, told, NULL) == 0 &&
		     table_next(&t, NULL) > 0 && is_cdr_table(&t);

	if (looks)
		*shape = (struct cdr_shape){
		    *t.value[UNIQUEID] != '\0', *t.value[LINKEDID] != '\0'};
	table_close(&t);
	return looks;
}

static int
read_cdr_file(
    struct import *im, struct cdr_file *file, const char *path, struct why *why)
{
	const char *told[2];
	struct table t;
	int got = open_cdr(im, &t, path, told, why);

	file->path = path;
	if (got == 0)
		got = table_each(&t, im, take_cdr_row, file, why);
	table_close(&t);
	return got;
}

int
cdr_add(
    struct import *im, const char *const *path, size_t paths, struct why *why)
{
	struct queue_log *log = NULL;
	struct cdr_file file = {0};
	int got = 0;

	if (im->o->queue_log)
		got = queue_log_open(&log, im, im->o->queue_log, why);
	for (size_t i = 0; i < paths && got == 0; i++)
		got = read_cdr_file(im, &file, path[i], why);
	if (got == 0)
		cdr_calls(&file.cdr, im, log);
	cdr_free(&file.cdr);
	queue_log_free(log);
	return got;
}
