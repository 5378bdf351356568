/* SPDX-License-Identifier: ISC */
#include "message_put.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "message.h"
#include "naming.h"
#include "newfile.h"
#include "num.h"
#include "path.h"
#include "sound.h"
#include "text.h"

struct message_place {
	char *name, *language; /* "": none */
	enum policy_pbx pbx;
	unsigned rate;
	char *value; /* the path in the policy */
	char *path;
};

static void
free_place(struct message_place *p)
{
	free(p->name);
	free(p->language);
	free(p->value);
	free(p->path);
}

/* A language is part of a section's name, and of a path. */
static bool
is_language(const char *tag)
{
	size_t n = strspn(tag, "abcdefghijklmnopqrstuvwxyz"
			       "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-");

	return n > 0 && n <= 30 && tag[n] == '\0';
}

static int
read_options(struct message_place *p, const struct policy *policy,
    const struct message_put *o, struct why *why)
{
	const char *colon = strchr(o->name, ':'), *near;
	int64_t rate = 8000;
	int pbx = o->pbx
		      ? policy_value_of(POLICY_PBX, o->pbx)
		      : policy_get(policy, CALL_INBOUND, "", POLICY_PBX).value;

	p->name = colon ? text_ndup(o->name, (size_t)(colon - o->name))
			: text_dup(o->name);
	p->language = text_dup(colon ? colon + 1 : "");
	near = text_nearest(p->name, policy_message_names);
	if (!near || strcmp(near, p->name) != 0)
		return why_set(why, "unknown message '%.60s'%s%s%s", p->name,
		    near ? "; did you mean '" : "", near ? near : "",
		    near ? "'?" : "");
	if (colon && !is_language(p->language))
		return why_set(why, "'%.60s' is not a language", p->language);
	if (pbx != POLICY_ASTERISK && pbx != POLICY_FREESWITCH)
		return why_set(why, "--for is asterisk or freeswitch");
	if (o->rate && (num_integer(o->rate, 8000, 16000, &rate) != 0 ||
			   (rate != 8000 && rate != 16000)))
		return why_set(why, "--rate is 8000 or 16000");
	p->pbx = (enum policy_pbx)pbx;
	p->rate = (unsigned)rate;
	return 0;
}

/* The present value for exactly this language. */
static const char *
value_now(const struct policy *policy, const struct message_place *p)
{
	char *wanted = naming_key(p->language);
	const char *value = NULL;

	for (size_t i = 0; i < policy->doc->sections && !value; i++) {
		const struct doc_section *s = &policy->doc->section[i];
		const char *rest;
		char *tag;

		if (!doc_is(s, "messages", &rest))
			continue;
		tag = naming_key(rest);
		if (strcmp(tag, wanted) == 0)
			value = doc_value(s, p->name);
		free(tag);
	}
	free(wanted);
	return value;
}

/* Where the policy has it, except for the suffix; else in messages/. */
static void
find_message_place(struct message_place *p, const struct policy *policy)
{
	const char *now = value_now(policy, p);
	/* Asterisk derives the rate from the suffix. */
	const char *ending =
	    p->pbx == POLICY_ASTERISK && p->rate == 16000 ? "wav16" : "wav";
	const char *slash = now ? strrchr(now, '/') : NULL;
	const char *dot = now ? strrchr(slash ? slash : now, '.') : NULL;
	char *stem;

	if (now)
		stem =
		    dot ? text_ndup(now, (size_t)(dot - now)) : text_dup(now);
	else
		stem = text_format("messages/%s%s%s", p->language,
		    *p->language ? "/" : "", p->name);
	p->value = text_format("%s.%s", stem, ending);
	p->path = path_beside(policy->doc->file, p->value);
	free(stem);
}

/* Makes the directories above a file; the PBX must be able to read them. */
static int
make_directories(const char *path, struct why *why)
{
	char *dir = text_dup(path);
	int status = 0;

	for (char *c = strchr(dir + 1, '/'); c && status == 0;
	     c = strchr(c + 1, '/')) {
		*c = '\0';
		if (mkdir(dir, 0755) == 0)
			(void)chmod(dir, 0755);
		else if (errno != EEXIST)
			status = why_set(why, "%s: %s", dir, strerror(errno));
		*c = '/';
	}
	free(dir);
	return status;
}

static int
write_message(const struct message *m, const char *path, struct why *why)
{
	struct newfile nf = NEWFILE_NONE;
	struct path p;
	int status = -1;

	if (make_directories(path, why) != 0)
		return -1;
	if (path_open(&p, path) != 0)
		return why_set(why, "%s: %s", path, strerror(errno));
	if (newfile_create(&nf, p.fd, p.name) != 0 || fchmod(nf.fd, 0644) != 0)
		why_set(why, "%s: %s", path, strerror(errno));
	else if (sound_write_wav(nf.fd, m->sample, m->samples, m->rate, why) !=
		 0)
		why_set(why, "%s: it cannot be written", path);
	else if (newfile_commit(&nf, true) != 0)
		why_set(why, "%s: %s", path, strerror(errno));
	else
		status = 0;
	newfile_abort(&nf);
	path_close(&p);
	return status;
}

static int
take_message(const struct message_place *p, const char *file, struct why *why)
{
	struct message m;
	int status = EXIT_GIVEN_UP;

	if (message_read(&m, file, why) != 0)
		return status;
	if (!message_is_unfit(&m, why)) {
		cli_say("%s: %.1f s, %u Hz, %d channel%s, %.0f dB", file,
		    (double)message_length_us(&m) / 1e6, m.rate, m.channels,
		    m.channels == 1 ? "" : "s", m.loud_db);
		status = EXIT_LATER;
		if (message_convert(&m, p->rate, why) == 0 &&
		    write_message(&m, p->path, why) == 0)
			status = EXIT_DONE;
	}
	message_free(&m);
	return status;
}

int
message_put(
    const struct policy *policy, const struct message_put *o, const char *file)
{
	struct message_place p = {0};
	struct why why;
	int status = EXIT_USAGE;

	if (read_options(&p, policy, o, &why) == 0) {
		find_message_place(&p, policy);
		status = take_message(&p, file, &why);
	}
	if (status != EXIT_DONE)
		cli_warn("%s", why.text);
	else
		printf("[messages%s%s]\n%s = %s\n", *p.language ? " " : "",
		    p.language, p.name, p.value);
	free_place(&p);
	return status;
}
