/* SPDX-License-Identifier: ISC */
#include "found.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import.h"
#include "leg.h"
#include "map.h"
#include "mem.h"
#include "num.h"
#include "path.h"
#include "text.h"
#include "tree.h"

/* Folders by date are usual: the depth of the search. */
enum { DEEP = 8 };

struct found_entry {
	char *path;       /* relative to the directory */
	const char *name; /* its last component */
	char *token;      /* "1796002188.52" of its name, or NULL */
	size_t same;      /* the next file of that token, + 1; 0: none */
};

struct found {
	struct found_entry *file; /* by name */
	size_t files;
	struct map token; /* the first file with each token */
};

void
found_free(struct found *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->files; i++) {
		free(f->file[i].path);
		free(f->file[i].token);
	}
	free(f->file);
	map_free(&f->token);
	free(f);
}

/* Other files that recorders write beside recordings. */
static bool
is_text_name(const char *name)
{
	static const char *const ends[] = {"ini", "events", "facts", "json",
	    "txt", "log", "call", "legs", NULL};
	const char *dot = strrchr(name, '.');

	for (int i = 0; dot && ends[i]; i++)
		if (strcmp(dot + 1, ends[i]) == 0)
			return true;
	return false;
}

/* "1796002188.52" in "in-100-5550100-20261130-1796002188.52.wav", or NULL. */
static char *
token_of(const char *name)
{
	for (const char *at = name; *at; at++) {
		size_t n = strspn(at, "0123456789"), m;

		if (n < 6 || at[n] != '.') {
			at += n ? n - 1 : 0;
			continue;
		}
		m = strspn(at + n + 1, "0123456789");
		if (m > 0 && !isalpha((unsigned char)at[n + 1 + m]))
			return text_ndup(at, n + 1 + m);
	}
	return NULL;
}

struct walk {
	struct found *found;
	const char *dir; /* relative; "" for the directory itself */
	int fd, depth;
};

static void walk_found(struct walk *w);

static void
add_found_file(struct found *f, char *path)
{
	struct found_entry *file;

	if ((f->files & (f->files - 1)) == 0)
		f->file = mem_resize(
		    f->file, f->files ? f->files * 2 : 1, sizeof *file);
	file = &f->file[f->files++];
	*file = (struct found_entry){.path = path, .name = path_name(path)};
}

static void
add_found_entry(const struct dirent *d, void *arg)
{
	struct walk *w = arg;
	struct stat st;
	char *path;

	if (fstatat(w->fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return;
	path = text_format("%s%s%s", w->dir, *w->dir ? "/" : "", d->d_name);
	if (S_ISREG(st.st_mode)) {
		add_found_file(w->found, path);
		return;
	}
	if (S_ISDIR(st.st_mode) && *d->d_name != '.' && w->depth < DEEP) {
		struct walk below = {
		    w->found, path, tree_open(w->fd, d->d_name), w->depth + 1};
		walk_found(&below);
	}
	free(path);
}

static void
walk_found(struct walk *w)
{
	if (w->fd < 0)
		return;
	(void)tree_each(w->fd, add_found_entry, w);
	(void)close(w->fd);
}

static int
by_found_name(const void *a, const void *b)
{
	const struct found_entry *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : strcmp(x->path, y->path);
}

static struct found *
found_of(struct import *im)
{
	struct found *f = im->found;
	struct walk w = {.dir = ""};

	if (f)
		return f;
	im->found = f = mem_alloc(sizeof *f);
	w.found = f;
	w.fd = open(im->o->legs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	walk_found(&w);
	if (f->files > 1)
		qsort(f->file, f->files, sizeof *f->file, by_found_name);
	/* Backwards, so that the first by name is found first. */
	for (size_t i = f->files; i-- > 0;) {
		struct found_entry *file = &f->file[i], *next;

		if (is_text_name(file->name) ||
		    !(file->token = token_of(file->name)))
			continue;
		next = map_get(&f->token, file->token);
		file->same = next ? (size_t)(next - f->file) + 1 : 0;
		map_drop(&f->token, file->token);
		map_put(&f->token, file->token, file);
	}
	return f;
}

/* The first file whose name is not less than this one. */
static size_t
find_sorted_place(const struct found *f, const char *name)
{
	size_t low = 0, high = f->files;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (strcmp(f->file[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static char *
full_path(const struct import *im, const struct found_entry *file)
{
	return text_format("%s/%s", im->o->legs, file->path);
}

char *
import_found(struct import *im, const char *name)
{
	struct found *f;
	size_t i;

	if (!im->o->legs || !*name)
		return NULL;
	f = found_of(im);
	i = find_sorted_place(f, name);
	return i < f->files && strcmp(f->file[i].name, name) == 0
		   ? full_path(im, &f->file[i])
		   : NULL;
}

/* The first of "X-in.wav", "X-in.PCMU" ... by name, or NULL. */
static const struct found_entry *
find_recording(const struct found *f, const char *base, const char *side)
{
	char *head = text_format("%s%s.", base, side);
	size_t n = strlen(head);
	const struct found_entry *found = NULL;

	for (size_t i = find_sorted_place(f, head);
	     i < f->files && !found && strncmp(f->file[i].name, head, n) == 0;
	     i++) {
		const char *end = f->file[i].name + n;
		if (*end && !strchr(end, '.') && !is_text_name(f->file[i].name))
			found = &f->file[i];
	}
	free(head);
	return found;
}

char *
import_found_stem(struct import *im, const char *stem)
{
	const struct found_entry *file =
	    im->o->legs ? find_recording(found_of(im), stem, "") : NULL;

	return file ? full_path(im, file) : NULL;
}

static void
add_found_leg(struct import *im, struct import_call *c,
    const struct found_entry *file, const char *role)
{
	char *path = full_path(im, file);

	import_leg(c, role, path, -1, 0);
	free(path);
}

int64_t
import_sound_length(const char *path, int *channels)
{
	struct leg_how how = {0};
	enum leg_fault fault;
	struct path p = PATH_NONE;
	struct leg *leg = NULL;
	struct why why = {0};
	int64_t us = -1;

	*channels = 0;
	if (path_open(&p, path) == 0)
		leg = leg_open(p.fd, p.name, &how, &fault, &why);
	if (leg && leg_rate(leg) > 0)
		us = num_us(leg_samples(leg), leg_rate(leg));
	if (leg)
		*channels = leg_channels(leg);
	leg_close(leg);
	path_close(&p);
	return us;
}

/* Everyone is in this file. One channel is one channel of the recording; of two
 * nothing says whose they are. */
static void
add_both(
    struct import *im, struct import_call *c, const struct found_entry *file)
{
	const char *dot = strrchr(file->name, '.');
	char *path = full_path(im, file);
	int channels = 0;

	/* A headerless file may have two channels: see mixmonitor.c. */
	if (!dot || strcmp(dot, ".raw") != 0)
		(void)import_sound_length(path, &channels);
	import_leg(c, "customer", path, -1, channels == 2 ? 1 : 0);
	if (channels == 2) {
		import_leg(c, "agent", path, -1, 2);
		import_guess(c, "who is on which channel of the recording");
	} else if (channels == 1) {
		import_one_channel(c);
	} else {
		import_untold(c, "who is on which channel of the recording");
	}
	free(path);
}

/* Finds the key in a name, without a letter or digit on either side of it. */
static const char *
behind_key(const char *name, const char *key)
{
	size_t n = strlen(key);

	for (const char *at = strstr(name, key); at; at = strstr(at + 1, key)) {
		unsigned char before = at == name ? '-' : (unsigned char)at[-1];
		const char *end = at + n;

		if (isalnum(before) || before == '.')
			continue;
		if (!isalnum((unsigned char)*end) &&
		    !(*end == '.' && isdigit((unsigned char)end[1])))
			return end;
	}
	return NULL;
}

/* The role of "...-in.wav" and "...-out.wav"; NULL for other names. */
static const char *
role_of_name(const char *name, bool outbound)
{
	const char *dot = strrchr(name, '.');
	size_t n = dot ? (size_t)(dot - name) : strlen(name);

	if (n >= 3 && strncmp(name + n - 3, "-in", 3) == 0)
		return outbound ? "agent" : "customer";
	if (n >= 4 && strncmp(name + n - 4, "-out", 4) == 0)
		return outbound ? "customer" : "agent";
	return NULL;
}

/* Finds legs by the number anywhere in the name; a mixed file only if it is
 * alone. */
static void
find_by_token(struct import *im, struct import_call *c, const struct found *f,
    const char *key, bool outbound)
{
	char *token = token_of(key);
	const struct found_entry *first =
	    token ? map_get(&f->token, token) : NULL;
	const struct found_entry *mixed = NULL;

	free(token);
	for (const struct found_entry *i = first; i;
	     i = i->same ? &f->file[i->same - 1] : NULL) {
		const char *role = role_of_name(i->name, outbound);

		if (!behind_key(i->name, key))
			continue;
		if (role)
			add_found_leg(im, c, i, role);
		else if (!mixed)
			mixed = i;
	}
	if (c->legs > 0 || !mixed)
		return;
	add_both(im, c, mixed);
}

void
import_find_legs(struct import *im, struct import_call *c, const char *base)
{
	const struct found_entry *in, *out, *both;
	struct found *f;
	bool outbound;

	if (!im->o->legs || c->legs > 0 || !*base || strchr(base, '/'))
		return;
	f = found_of(im);
	outbound = import_is_outbound(im->o, c);
	in = find_recording(f, base, "-in");
	out = find_recording(f, base, "-out");
	if (outbound) {
		const struct found_entry *swap = in;
		in = out;
		out = swap;
	}
	if (in)
		add_found_leg(im, c, in, "customer");
	if (out)
		add_found_leg(im, c, out, "agent");
	if (c->legs == 0 && (both = find_recording(f, base, "")))
		add_both(im, c, both);
	if (c->legs == 0)
		find_by_token(im, c, f, base, outbound);
}
