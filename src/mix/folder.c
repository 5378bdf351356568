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
#include "mem.h"
#include "newfile.h"
#include "num.h"
#include "text.h"
#include "ticket_facts.h"

void
folder_tell(struct session *r, const char *call)
{
	const char *colon = *call ? ": " : "";

	while (r->warnings_told < r->warnings)
		cli_warn("%s%s%s", call, colon, r->warning[r->warnings_told++]);
	while (r->notes_told < r->notes)
		cli_say("%s%s%s", call, colon, r->note[r->notes_told++]);
}

/* "c1042.mp3", or "c1042-01.mp3" if there are several. */
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
		why_errno(why, "%s", name);
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

/* Legs and MP3s are in the same folder: "leg-1.mp3" may be either. */
static char *
free_name(const struct call *call, size_t recording, size_t recordings)
{
	char *id = text_dup(call->id);
	char *name = folder_name(id, recording, recordings);

	for (size_t i = 0; i < call->legs; i++)
		if (strcmp(call->leg[i].file, name) == 0) {
			char *longer = text_format("%s-mixed", id);

			free(id);
			free(name);
			id = longer;
			name = folder_name(id, recording, recordings);
			i = (size_t)-1; /* all of them again */
		}
	free(id);
	return name;
}

/* Makes the MP3s and ticket.ini. */
static int
make_folder_mp3s(int fd, const struct call *call, const struct plan *plan,
    const struct session_options *o, bool *held, struct why *why)
{
	struct ticket t = {0};
	struct session r = {0};
	int status = EXIT_DONE;

	if (!plan->record || plan->recordings == 0)
		return why_set(why, "the plan records nothing"), EXIT_GIVEN_UP;
	status = session_open(&r, call, fd, false, o, why);
	if (status == EXIT_DONE)
		status = session_start(&r, plan, why);
	*held = r.held;
	if (status == EXIT_DONE)
		folder_tell(&r, call->id);
	if (status == EXIT_DONE && r.recordings == 0) {
		why_set(why, "nothing is left of it after its cuts");
		status = EXIT_GIVEN_UP;
	}
	if (status == EXIT_DONE)
		ticket_facts_add(&r, &t);
	for (size_t i = 0; i < r.recordings && status == EXIT_DONE; i++) {
		char *name = free_name(call, i, r.recordings);

		status =
		    render_file(&r, i, fd, name, ticket_add(&t, name), why);
		folder_tell(&r, call->id);
		free(name);
	}
	/* ticket.ini commits the mix. */
	if (status == EXIT_DONE &&
	    folder_put_ticket(&t, fd, "ticket.ini", why) != 0)
		status = EXIT_LATER;
	session_close(&r);
	ticket_free(&t);
	return status;
}

static int
read_earlier_ticket(int fd, struct ticket *t, struct why *why)
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

	if (read_earlier_ticket(fd, &t, why) != 0)
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

int
folder_doubt(int fd, char **doubt, struct why *why)
{
	struct ticket t;

	*doubt = NULL;
	if (read_earlier_ticket(fd, &t, why) != 0)
		return why_status(why);
	if (t.files > 0)
		*doubt = doc_text(&t.file[0].extra, "doubt");
	ticket_free(&t);
	return EXIT_DONE;
}

/* Lists the files except the MP3s and their ticket; plan.ini is the last. */
static int
list_sources(
    int fd, const struct call *call, struct folder_sources *s, struct why *why)
{
	struct ticket t;

	if (read_earlier_ticket(fd, &t, why) != 0)
		return why_status(why);
	s->name = mem_alloc((call->legs + 2) * sizeof *s->name);
	for (size_t i = 0; i < call->legs; i++) {
		const char *name = call->leg[i].file;
		bool made = strchr(name, '/') ||
			    strcmp(name, "ticket.ini") == 0 ||
			    strcmp(name, "plan.ini") == 0;

		for (size_t k = 0; k < t.files; k++)
			made = made || strcmp(name, t.file[k].name) == 0;
		if (!made)
			s->name[s->count++] = text_dup(name);
	}
	s->name[s->count++] = text_dup("plan.ini");
	ticket_free(&t);
	return EXIT_DONE;
}

void
folder_sources_free(struct folder_sources *s)
{
	for (size_t i = 0; i < s->count; i++)
		free(s->name[i]);
	free(s->name);
	*s = (struct folder_sources){0};
}

int
folder_drop(int fd, const struct folder_sources *s, struct why *why)
{
	if (unlinkat(fd, "failed.ini", 0) != 0 && errno != ENOENT)
		return why_errno(why, "failed.ini"), EXIT_LATER;
	for (size_t i = 0; i < s->count; i++)
		if (unlinkat(fd, s->name[i], 0) != 0 && errno != ENOENT)
			return why_errno(why, "%s", s->name[i]), EXIT_LATER;
	return EXIT_DONE;
}

int
folder_mix(int fd, const struct session_options *o, struct folder_sources *s,
    struct why *why)
{
	struct session_options set = *o;
	bool mixed = folder_is_mixed(fd);
	struct doc doc;
	struct call call;
	struct plan plan;
	int status = EXIT_DONE;

	*s = (struct folder_sources){0};
	if (mixed && faccessat(fd, "plan.ini", F_OK, 0) != 0)
		return errno == ENOENT
			   ? EXIT_DONE
			   : (why_errno(why, "plan.ini"), EXIT_LATER);
	if (ini_read_at(&doc, fd, "plan.ini", "plan.ini", why) != 0)
		return why_status(why);
	if (call_facts_from_doc(&call, &doc, why) != 0) {
		doc_free(&doc);
		return EXIT_GIVEN_UP;
	}
	if (plan_from_doc(&plan, &doc, why) != 0) {
		status = EXIT_GIVEN_UP;
	} else {
		set.accept = plan.accept;
		if (!mixed)
			status = make_folder_mp3s(
			    fd, &call, &plan, &set, &s->held, why);
		if (status == EXIT_DONE)
			status = list_sources(fd, &call, s, why);
		plan_free(&plan);
	}
	call_free(&call);
	doc_free(&doc);
	return status;
}

int
folder_accept(int fd, struct why *why)
{
	struct doc doc;
	struct buf text = {0};
	struct doc_section *s;
	char *stage;
	int status = EXIT_DONE;

	if (ini_read_at(&doc, fd, "failed.ini", "failed.ini", why) != 0)
		return why_status(why);
	stage = text_dup(doc_value(doc_find(&doc, "failed"), "stage"));
	doc_free(&doc);
	if (!stage || strcmp(stage, "mix") != 0) {
		why_set(why, "does not wait for recmix: its stage is %.40s",
		    stage ? stage : "unknown");
		free(stage);
		return EXIT_GIVEN_UP;
	}
	free(stage);
	if (ini_read_at(&doc, fd, "plan.ini", "plan.ini", why) != 0)
		return why_status(why);
	s = doc_find(&doc, "plan");
	if (s)
		doc_set(s, "accept", "yes");
	if (!s)
		status = (why_set(why, "plan.ini: no [plan]"), EXIT_GIVEN_UP);
	else if (doc_write(&doc, &text, why) != 0)
		status = EXIT_GIVEN_UP;
	else if (newfile_put(fd, "plan.ini", text.s, text.len, true) != 0)
		status = (why_errno(why, "plan.ini"), EXIT_LATER);
	buf_free(&text);
	doc_free(&doc);
	return status;
}
