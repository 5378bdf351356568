/* SPDX-License-Identifier: ISC */
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "ini.h"
#include "newfile.h"
#include "num.h"
#include "text.h"

void
folder_tell(struct session *r, const char *call)
{
	const char *colon = *call ? ": " : "";

	while (r->warnings_told < r->warnings)
		cli_warn("%s%s%s", call, colon, r->warning[r->warnings_told++]);
	while (r->notes_told < r->notes)
		cli_say("%s%s%s", call, colon, r->note[r->notes_told++]);
}

/* "c1042.mp3", or of several "c1042-01.mp3". */
char *
folder_name(const char *id, size_t recording, size_t recordings)
{
	int width = snprintf(NULL, 0, "%zu", recordings);

	if (recordings == 1)
		return text_format("%s.mp3", id);
	return text_format("%s-%0*zu.mp3", id, width, recording + 1);
}

int
folder_put_ticket(
    const struct ticket *t, int dirfd, const char *name, struct why *why)
{
	struct doc doc = {0};
	struct buf text = {0};
	int status = -1;

	ticket_to_doc(t, &doc);
	if (doc_write(&doc, &text, why) != 0)
		goto out;
	status = newfile_put(dirfd, name, text.s, text.len, true);
	if (status != 0)
		why_set(why, "%s: %s", name, strerror(errno));
out:
	buf_free(&text);
	doc_free(&doc);
	return status;
}

bool
folder_is_ours(int dirfd, const char *name)
{
	struct ticket t;
	struct doc doc;
	bool ours;

	if (faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT;
	if (ini_read_at(&doc, dirfd, name, name, NULL) != 0)
		return false;
	ours = ticket_from_doc(&t, &doc, NULL) == 0;
	doc_free(&doc);
	if (!ours)
		return false;
	ours = t.files > 0;
	ticket_free(&t);
	return ours;
}

void
folder_copy_facts(const struct call *call, struct ticket *t)
{
	if (call->facts)
		doc_copy_section(&t->call, call->facts);
}

/* Everything that mixing makes, up to ticket.ini. */
static int
make_all(int fd, const struct call *call, const struct plan *plan,
    const struct session_options *o, struct why *why)
{
	struct ticket t = {0};
	struct session r = {0};
	int status = EXIT_DONE;

	if (!plan->record || plan->recordings == 0)
		return why_set(why, "the plan records nothing"), EXIT_GIVEN_UP;
	status = session_open(&r, call, fd, false, o, why);
	if (status == EXIT_DONE)
		status = session_start(&r, plan, why);
	if (status == EXIT_DONE)
		folder_tell(&r, call->id);
	folder_copy_facts(call, &t);
	for (size_t i = 0; i < plan->recordings && status == EXIT_DONE; i++) {
		char *name = folder_name(call->id, i, plan->recordings);
		status =
		    render_file(&r, i, fd, name, ticket_add(&t, name), why);
		folder_tell(&r, call->id);
		free(name);
	}
	/* From ticket.ini on the call is mixed. */
	if (status == EXIT_DONE &&
	    folder_put_ticket(&t, fd, "ticket.ini", why) != 0)
		status = EXIT_LATER;
	session_close(&r);
	ticket_free(&t);
	return status;
}

static int
read_ticket(int fd, struct ticket *t, struct why *why)
{
	struct doc doc;
	int status = ini_read_at(&doc, fd, "ticket.ini", "ticket.ini", why);

	if (status == 0) {
		status = ticket_from_doc(t, &doc, why);
		doc_free(&doc);
	}
	return status;
}

bool
folder_is_mixed(int fd)
{
	return faccessat(fd, "ticket.ini", F_OK, 0) == 0;
}

int
folder_describe(int fd, struct buf *out, struct why *why)
{
	char from[NUM_SECONDS_SIZE], to[NUM_SECONDS_SIZE];
	struct ticket t;

	if (read_ticket(fd, &t, why) != 0)
		return -1;
	buf_format(out, "recordings=%zu", t.files);
	for (size_t i = 0; i < t.files; i++) {
		const struct ticket_file *f = &t.file[i];

		buf_format(out, " file=%s bytes=%" PRIu64 " sha256=%s", f->name,
		    f->bytes, f->sha256);
		for (size_t k = 0; k < f->cuts; k++)
			buf_format(out, " cut=%s-%s:%s",
			    num_seconds_text(f->cut[k].start_us, from),
			    num_seconds_text(f->cut[k].end_us, to),
			    f->cut[k].reason);
	}
	ticket_free(&t);
	return 0;
}

/* The legs hold what was cut: they go as soon as the MP3s are durable. */
static int
drop_legs(int fd, const struct call *call, struct why *why)
{
	struct ticket t;
	int status = 0;

	if (read_ticket(fd, &t, why) != 0)
		return -1;
	for (size_t i = 0; i < call->legs && status == 0; i++) {
		const char *name = call->leg[i].file;
		bool made =
		    strchr(name, '/') || strcmp(name, "ticket.ini") == 0;
		for (size_t k = 0; k < t.files; k++)
			made = made || strcmp(name, t.file[k].name) == 0;
		if (!made && unlinkat(fd, name, 0) != 0 && errno != ENOENT)
			status = why_set(why, "%s: %s", name, strerror(errno));
	}
	if (status == 0 && unlinkat(fd, "plan.ini", 0) != 0)
		status = why_set(why, "plan.ini: %s", strerror(errno));
	ticket_free(&t);
	return status;
}

int
folder_mix(int fd, const struct session_options *o, struct why *why)
{
	bool mixed = folder_is_mixed(fd);
	struct doc doc;
	struct call call;
	struct plan plan;
	int status = EXIT_DONE;

	if (mixed && faccessat(fd, "plan.ini", F_OK, 0) != 0)
		return EXIT_DONE;
	if (ini_read_at(&doc, fd, "plan.ini", "plan.ini", why) != 0)
		return EXIT_GIVEN_UP;
	if (call_facts_from_doc(&call, &doc, why) != 0) {
		doc_free(&doc);
		return EXIT_GIVEN_UP;
	}
	if (plan_from_doc(&plan, &doc, why) != 0) {
		status = EXIT_GIVEN_UP;
	} else {
		if (!mixed)
			status = make_all(fd, &call, &plan, o, why);
		if (status == EXIT_DONE && drop_legs(fd, &call, why) != 0)
			status = EXIT_LATER;
		plan_free(&plan);
	}
	call_free(&call);
	doc_free(&doc);
	return status;
}
