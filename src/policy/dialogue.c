/* SPDX-License-Identifier: ISC */
#include "dialogue.h"

#include <stdio.h>

#include "check.h"
#include "cli.h"
#include "ini.h"
#include "io.h"
#include "live.h"
#include "text.h"
#include "when.h"

/* Sends the text in `out` to the PBX at once. */
static int
send_answer(struct buf *out)
{
	int bad = out->len > 0 &&
		  (fputs(out->s, stdout) == EOF || fflush(stdout) != 0);

	buf_free(out);
	return bad ? EXIT_LATER : EXIT_DONE;
}

/* The call goes on, but the caller cannot be told that it is recorded. */
static int
tell_dialogue_fault(const struct decision *d)
{
	struct why why;

	if (check_decision(d, &why) == 0)
		return EXIT_DONE;
	cli_warn("%s", why.text);
	return EXIT_USAGE;
}

static int
live(const struct policy *policy, const struct call *call)
{
	struct call now = *call;
	char line[1024];
	struct buf out = {0};
	struct live l;
	ssize_t n;
	int status;

	cli_tell_terminal("events");
	if (now.started_us == 0)
		now.started_us = when_now_us();
	live_begin(&l, policy, &now, now.started_us, &out);
	status = send_answer(&out);
	status = cli_worse(status, tell_dialogue_fault(&l.decision));
	/* Also after the end: `consent declined` still counts. */
	while (status != EXIT_LATER &&
	       (n = io_line(stdin, line, sizeof line)) >= 0) {
		struct why why;

		if (live_line(&l, line, (size_t)n, when_now_us(), &out, &why) !=
		    0) {
			cli_warn("standard input:%d: %s", l.lines, why.text);
			status = EXIT_USAGE;
		}
		status = cli_worse(status, send_answer(&out));
	}
	live_end(&l, when_now_us(), &out);
	status = cli_worse(status, send_answer(&out));
	if (status != EXIT_USAGE)
		status = cli_worse(status, tell_dialogue_fault(&l.decision));
	if (!l.decision.plan.record)
		status = cli_worse(status, EXIT_GIVEN_UP);
	live_free(&l);
	return status;
}

int
dialogue_run(const struct policy *policy, const char *path)
{
	struct doc doc = {0};
	struct call call;
	struct why why;
	int status = EXIT_USAGE;

	if (ini_read(&doc, path, &why) != 0 ||
	    call_from_doc(&call, &doc, &why) != 0) {
		cli_warn("%s", why.text);
	} else {
		status = live(policy, &call);
		call_free(&call);
	}
	doc_free(&doc);
	return status;
}
