/* SPDX-License-Identifier: ISC */
#include "pauses.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "json.h"
#include "mem.h"
#include "newfile.h"
#include "retry.h"
#include "when.h"

/* A worker that missed more than these tries everything. */
enum { REMEMBERED = 100 };

const struct pause *
pauses_of(const struct pauses *p, const char *dest)
{
	for (size_t i = 0; i < p->pauses; i++)
		if (strcmp(p->pause[i].dest, dest) == 0)
			return &p->pause[i];
	return NULL;
}

int64_t
pauses_number(const struct pauses *p)
{
	return p->retries > 0 ? p->retry[p->retries - 1].number : 0;
}

static void
free_pause(struct pause *one)
{
	free(one->dest);
	free(one->why);
	free(one->by);
}

void
pauses_free(struct pauses *p)
{
	for (size_t i = 0; i < p->pauses; i++)
		free_pause(&p->pause[i]);
	for (size_t i = 0; i < p->retries; i++)
		free(p->retry[i].what);
	free(p->pause);
	free(p->retry);
	*p = (struct pauses){0};
}

static const char *
pause_text(const struct json *j, const char *list, size_t i, const char *key)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s.%zu.%s", list, i, key);
	return json_text(j, path);
}

static int64_t
number_at(const struct json *j, const char *list, size_t i, const char *key)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s.%zu.%s", list, i, key);
	return json_number(j, path);
}

static void
take_pause_json(struct pauses *p, const struct json *j, size_t i)
{
	const char *dest = pause_text(j, "paused", i, "destination");
	const char *until = pause_text(j, "paused", i, "until");
	const char *settings = pause_text(j, "paused", i, "settings");
	int64_t failures = number_at(j, "paused", i, "failures");
	struct pause one = {.failures = 0};

	if (!dest || !until || when_parse(until, &one.until_us) != 0)
		return;
	one.dest = text_dup(dest);
	one.why = text_dup(pause_text(j, "paused", i, "why"));
	one.by = text_dup(pause_text(j, "paused", i, "by"));
	one.failures = failures > 0 && failures < 1000000 ? (int)failures : 0;
	(void)snprintf(
	    one.settings, sizeof one.settings, "%s", settings ? settings : "");
	p->pause = mem_resize(p->pause, p->pauses + 1, sizeof one);
	p->pause[p->pauses++] = one;
}

static void
add_retry(struct pauses *p, int64_t number, const char *what)
{
	p->retry = mem_resize(p->retry, p->retries + 1, sizeof *p->retry);
	p->retry[p->retries++] = (struct pause_retry){number, text_dup(what)};
}

int
pauses_load(struct pauses *p, int spool_fd, struct why *why)
{
	enum { MOST = 1 << 20 };
	int fd = openat(spool_fd, PAUSES_FILE,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	char *text;
	struct json *j;
	ssize_t n;

	*p = (struct pauses){0};
	if (fd < 0)
		return errno == ENOENT ? 0 : why_errno(why, PAUSES_FILE);
	text = mem_alloc(MOST);
	n = io_read(fd, text, MOST);
	(void)close(fd);
	if (n < 0) {
		free(text);
		return why_errno(why, PAUSES_FILE);
	}
	j = json_parse(text, (size_t)n);
	free(text);
	if (!j)
		return why_set(why, PAUSES_FILE ": not JSON");
	for (size_t i = 0; i < json_count(j, "paused"); i++)
		take_pause_json(p, j, i);
	for (size_t i = 0; i < json_count(j, "retries"); i++)
		if (pause_text(j, "retries", i, "what"))
			add_retry(p, number_at(j, "retries", i, "number"),
			    pause_text(j, "retries", i, "what"));
	json_free(j);
	return 0;
}

static void
set_pause_text(struct json *j, const char *list, size_t i, const char *key,
    const char *value)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s.%zu.%s", list, i, key);
	json_set_text(j, path, value);
}

static void
set_pause_number(
    struct json *j, const char *list, size_t i, const char *key, int64_t n)
{
	char path[64];

	(void)snprintf(path, sizeof path, "%s.%zu.%s", list, i, key);
	json_set_number(j, path, n);
}

static int
save_pauses(const struct pauses *p, int spool_fd, struct why *why)
{
	size_t first = p->retries > REMEMBERED ? p->retries - REMEMBERED : 0;
	struct json *j = json_new();
	char when[RETRY_WHEN_SIZE];
	char *line, *text;
	int status = 0;

	json_set_list(j, "paused");
	json_set_list(j, "retries");
	for (size_t i = 0; i < p->pauses; i++) {
		const struct pause *one = &p->pause[i];

		set_pause_text(j, "paused", i, "destination", one->dest);
		set_pause_text(
		    j, "paused", i, "until", retry_when(one->until_us, when));
		set_pause_text(j, "paused", i, "by", one->by ? one->by : "");
		set_pause_text(j, "paused", i, "why", one->why ? one->why : "");
		set_pause_number(j, "paused", i, "failures", one->failures);
		set_pause_text(j, "paused", i, "settings", one->settings);
	}
	for (size_t i = first; i < p->retries; i++) {
		set_pause_number(
		    j, "retries", i - first, "number", p->retry[i].number);
		set_pause_text(
		    j, "retries", i - first, "what", p->retry[i].what);
	}
	line = json_write(j);
	text = text_format("%s\n", line);
	if (newfile_put(spool_fd, PAUSES_FILE, text, strlen(text), true) != 0)
		status = why_errno(why, PAUSES_FILE);
	free(text);
	free(line);
	json_free(j);
	return status;
}

/* False: there was none. */
static bool
end_pause(struct pauses *p, const char *dest)
{
	for (size_t i = 0; i < p->pauses; i++) {
		if (strcmp(p->pause[i].dest, dest) != 0)
			continue;
		free_pause(&p->pause[i]);
		p->pauses--;
		memmove(&p->pause[i], &p->pause[i + 1],
		    (p->pauses - i) * sizeof *p->pause);
		return true;
	}
	return false;
}

int
pauses_set(int spool_fd, const struct pause *pause, struct why *why)
{
	struct pauses p;
	struct pause one = *pause;
	int status = 0;
	bool was;

	(void)pauses_load(&p, spool_fd, NULL);
	was = end_pause(&p, pause->dest);
	if (pause->until_us > 0) {
		one.dest = text_dup(pause->dest);
		one.why = text_dup(pause->why);
		one.by = text_dup(pause->by);
		p.pause = mem_resize(p.pause, p.pauses + 1, sizeof one);
		p.pause[p.pauses++] = one;
	}
	if (was || pause->until_us > 0)
		status = save_pauses(&p, spool_fd, why);
	pauses_free(&p);
	return status;
}

int
pauses_retry(int spool_fd, const char *what, const char *dest, struct why *why)
{
	struct pauses p;
	int status;

	(void)pauses_load(&p, spool_fd, NULL);
	if (dest)
		(void)end_pause(&p, dest);
	add_retry(&p, pauses_number(&p) + 1, what);
	status = save_pauses(&p, spool_fd, why);
	pauses_free(&p);
	return status;
}
