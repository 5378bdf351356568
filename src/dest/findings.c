/* SPDX-License-Identifier: ISC */
#include "findings.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"
#include "when.h"

void
findings_begin(struct findings *f)
{
	*f = (struct findings){.most = -1, .space = -1, .certificate_us = -1};
}

void
findings_end(struct findings *f)
{
	for (size_t i = 0; i < f->facts; i++) {
		free(f->fact[i].about);
		free(f->fact[i].text);
	}
	for (size_t i = 0; i < RIGHTS; i++)
		free(f->because[i]);
	free(f->fact);
}

/* One printable line: it may contain text of the server. */
static char *
make_text(const char *fmt, va_list ap)
{
	char text[600];

	(void)vsnprintf(text, sizeof text, fmt, ap);
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 127)
			*c = ' ';
	return text_dup(text);
}

void
findings_tell(struct findings *f, const char *about, const char *fmt, ...)
{
	size_t i = 0;
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = make_text(fmt, ap); /* its arguments may contain the old text */
	va_end(ap);
	while (i < f->facts && strcmp(f->fact[i].about, about) != 0)
		i++;
	if (i == f->facts) {
		f->fact = mem_resize(f->fact, ++f->facts, sizeof *f->fact);
		f->fact[i] = (struct findings_fact){text_dup(about), NULL};
	}
	free(f->fact[i].text);
	f->fact[i].text = text;
}

const char *
findings_about(const struct findings *f, const char *about)
{
	for (size_t i = 0; i < f->facts; i++)
		if (strcmp(f->fact[i].about, about) == 0)
			return f->fact[i].text;
	return NULL;
}

void
findings_right(struct findings *f, enum findings_right right,
    enum findings_may may, const char *fmt, ...)
{
	char *text;
	va_list ap;

	va_start(ap, fmt);
	text = make_text(fmt, ap);
	va_end(ap);
	f->may[right] = may;
	free(f->because[right]);
	f->because[right] = text;
}

const char *
findings_right_name(enum findings_right right)
{
	static const char *const names[RIGHTS] = {[RIGHT_WRITE] = "write",
	    [RIGHT_READ] = "read",
	    [RIGHT_LIST] = "list",
	    [RIGHT_DELETE] = "delete"};

	return names[right];
}

/* Servers report whole seconds: half a second is added. */
void
findings_clock(struct findings *f, int64_t theirs_us, int64_t now_us)
{
	enum { WORTH_A_WORD_S = 5, SECOND_US = 1000000 };
	int64_t us = theirs_us + SECOND_US / 2 - now_us;

	f->skew_s = (us + (us < 0 ? -1 : 1) * (SECOND_US / 2 - 1)) / SECOND_US;
	f->clocked = true;
	if (f->skew_s > -WORTH_A_WORD_S && f->skew_s < WORTH_A_WORD_S)
		findings_tell(f, "clock", "the same time as here");
	else
		findings_tell(f, "clock",
		    "ours is %" PRId64 " s %s; set it by NTP",
		    f->skew_s < 0 ? -f->skew_s : f->skew_s,
		    f->skew_s > 0 ? "behind" : "ahead");
}

void
findings_certificate(struct findings *f, int64_t ends_us, int64_t now_us)
{
	enum { SOON_DAYS = 14 };
	int64_t days = (ends_us - now_us) / INT64_C(86400000000);
	char text[WHEN_SIZE];

	f->certificate_us = ends_us;
	findings_tell(f, "certificate", "ends %s, in %" PRId64 " day%s%s",
	    when_text(ends_us, text), days, days == 1 ? "" : "s",
	    days < SOON_DAYS ? ": renew it" : "");
}

void
findings_space(struct findings *f, uint64_t bytes)
{
	f->space = bytes > INT64_MAX ? INT64_MAX : (int64_t)bytes;
	findings_tell(f, "space", "%" PRIu64 " MB free", bytes / 1000000);
}

char *
findings_rights(const struct findings *f)
{
	static const char *const words[] = {
	    [MAY_BE] = "unknown", [MAY] = "yes", [MAY_NOT] = "no"};
	struct buf b = {0};

	for (size_t i = 0; i < RIGHTS; i++) {
		const char *why = f->because[i];

		buf_format(&b, "%s%s %s", i > 0 ? ", " : "",
		    findings_right_name(i), words[f->may[i]]);
		if (why && *why)
			buf_format(&b, " (%s)", why);
	}
	return b.s;
}
