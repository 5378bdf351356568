/* SPDX-License-Identifier: ISC */
#include "cel_table.h"

#include <ctype.h>
#include <string.h>

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
/* The columns of cel_custom.conf.sample, and the same without its literals. */
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

/* False for a record whose columns are in another order. */
static bool
is_cel_table(const struct table *t)
{
	const char *extra = t->value[CEL_EXTRA];

	return is_word(t->value[CEL_TYPE]) &&
	       !isdigit((unsigned char)*t->value[CEL_TYPE]) &&
	       looks_like_time(t->value[CEL_TIME]) &&
	       is_word(t->value[CEL_LINKEDID]) &&
	       is_word(t->value[CEL_UNIQUEID]) &&
	       strchr(t->value[CEL_CHANNEL], '/') != NULL &&
	       !strchr(t->value[CEL_UNIQUEID], '/') &&
	       (!*extra || *extra == '{');
}

int
cel_table_open(
    struct table *t, const struct import *im, const char *path, struct why *why)
{
	const char *const *lists = usual;
	static const char *told[2];

	told[0] = im->o->columns;
	if (im->o->columns)
		lists = told;
	if (table_open(t, im, path, names, lists, why) != 0)
		return -1;
	t->needed = CEL_NEEDED;
	t->fits = im->o->columns ? NULL : is_cel_table;
	return 0;
}
