/* SPDX-License-Identifier: ISC */
#include "setup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "guard.h"
#include "mem.h"
#include "path.h"
#include "text.h"
#include "tree.h"

enum { DEEP = 8 };

const struct setup_recorder *const setup_recorders[] = {
    &setup_asterisk, &setup_freeswitch, NULL};

static const struct setup_recorder *
find_recorder(const char *name)
{
	for (size_t i = 0; setup_recorders[i]; i++)
		if (strcmp(setup_recorders[i]->name, name) == 0)
			return setup_recorders[i];
	return NULL;
}

const char *
setup_nearest(const char *name)
{
	const char *names[sizeof setup_recorders / sizeof *setup_recorders];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		names[i] = setup_recorders[i] ? setup_recorders[i]->name : NULL;
	return text_nearest(name, names);
}

/* A directory that is searched. */
struct setup_folder {
	struct setup *s;
	const struct setup_recorder *recorder;
	const char *path;
	int fd, depth;
};

static void look_below(struct setup_folder *f);

static void
look_at_entry(const struct dirent *d, void *arg)
{
	struct setup_folder *f = arg;
	struct stat st;
	char *path;

	if (*d->d_name == '.' ||
	    fstatat(f->fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	path = text_format("%s/%s", f->path, d->d_name);
	if (S_ISREG(st.st_mode)) {
		(void)f->recorder->look(f->s, path);
	} else if (S_ISDIR(st.st_mode) && f->depth < DEEP) {
		struct setup_folder below = {f->s, f->recorder, path,
		    tree_open(f->fd, d->d_name), f->depth + 1};
		look_below(&below);
	}
	free(path);
}

static void
look_below(struct setup_folder *f)
{
	if (f->fd < 0)
		return;
	(void)tree_each(f->fd, look_at_entry, f);
	(void)close(f->fd);
}

static int
look_at_path(struct setup *s, const struct setup_recorder *recorder,
    const char *path, struct why *why)
{
	struct stat st;
	struct setup_folder f = {s, recorder, path, -1, 0};

	if (stat(path, &st) != 0)
		return why_errno(why, "%s", path);
	if (S_ISDIR(st.st_mode)) {
		f.fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (f.fd < 0)
			return why_errno(why, "%s", path);
		s->folder = path;
		look_below(&f);
		s->folder = NULL;
		return 0;
	}
	if (!recorder->look(s, path))
		return why_set(why, "%s: neither a log nor a leg of %s", path,
		    recorder->name);
	return 0;
}

int
setup_check(struct setup *s, const char *recorder, char *const *path,
    size_t paths, struct why *why)
{
	const struct setup_recorder *r = find_recorder(recorder);
	int bad = 0;

	if (!r)
		return why_set(why, "unknown recorder '%.60s'", recorder);
	s->needed[SETUP_ALL] = true;
	s->rule = r->rule;
	s->state = mem_alloc(r->state_size);
	for (size_t i = 0; i < paths && bad == 0; i++)
		bad = look_at_path(s, r, path[i], why);
	if (bad == 0)
		r->judge(s);
	if (r->forget)
		r->forget(s);
	free(s->state);
	s->state = NULL;
	return bad;
}

/* How files begin. Without a header only the name is known. */
static const struct {
	const char *end, *head;
} heads[] = {{"wav", "RIFF"}, {"wav16", "RIFF"}, {"wav49", "RIFF"},
    {"flac", "fLaC"}, {"ogg", "OggS"}, {"mp3", "ID3"}, {"mp3", "\xff"}};

static bool
begins_as(const char *path, const char *end)
{
	FILE *file = guard_stream(path, GUARD_LEG_MAX, NULL);
	char head[5] = "";
	bool known = false, so = false;

	if (file) {
		head[fread(head, 1, sizeof head - 1, file)] = '\0';
		(void)fclose(file);
	}
	for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
		if (strcasecmp(end, heads[i].end) != 0)
			continue;
		known = true;
		so = so ||
		     strncmp(head, heads[i].head, strlen(heads[i].head)) == 0;
	}
	return so || !known;
}

bool
setup_is_sound(const char *path)
{
	static const char *const ends[] = {"wav", "wav16", "wav49", "gsm",
	    "g722", "ulaw", "ul", "mu", "pcm", "alaw", "al", "alw", "ulw",
	    "sln", "sln16", "raw", "flac", "mp3", "ogg", "pcmu", "pcma", "g729",
	    NULL};
	const char *dot = strrchr(path_name(path), '.');

	for (int i = 0; dot && ends[i]; i++)
		if (strcasecmp(dot + 1, ends[i]) == 0)
			return begins_as(path, dot + 1);
	return false;
}

bool
setup_is_torn(const char *path)
{
	FILE *file = guard_stream(path, GUARD_LEG_MAX, NULL);
	unsigned char head[44] = {0};
	struct stat st = {0};
	bool torn = file && fread(head, 1, sizeof head, file) == sizeof head &&
		    fstat(fileno(file), &st) == 0 &&
		    memcmp(head, "RIFF", 4) == 0 && head[5] == 0 &&
		    head[6] == 0 && head[7] == 0 &&
		    st.st_size > (off_t)sizeof head;

	if (file)
		(void)fclose(file);
	return torn;
}

/* Names of files are not trusted: no control characters for a terminal. */
static void
make_plain_text(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			*text = '?';
		else if (*text == '\xc2' && (unsigned char)text[1] < 0xa0 &&
			 text[1])
			text[0] = text[1] = '?'; /* U+0080 to U+009F, too */
}

void
setup_find(struct setup *s, size_t n, char *seen)
{
	const struct setup_rule *rule = &s->rule[n];

	make_plain_text(seen);

	if (!s->needed[rule->need]) {
		free(seen);
		return;
	}
	s->finding =
	    mem_resize(s->finding, s->findings + 1, sizeof *s->finding);
	s->finding[s->findings++] = (struct setup_finding){rule, seen};
}

void
setup_free(struct setup *s)
{
	for (size_t i = 0; i < s->findings; i++)
		free(s->finding[i].seen);
	free(s->finding);
	s->finding = NULL;
	s->findings = 0;
}
