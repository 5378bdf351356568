/* SPDX-License-Identifier: ISC */
#include "folders.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "text.h"

/* When there are more, all are forgotten; each then costs one request. */
enum { MOST = 1000 };

struct folders {
	pthread_mutex_t lock;
	char *name[MOST];
	size_t names;
};

struct folders *
folders_new(void)
{
	struct folders *f = mem_alloc(sizeof *f);

	(void)pthread_mutex_init(&f->lock, NULL);
	return f;
}

/* Under lock. */
static void
forget_all(struct folders *f)
{
	while (f->names > 0)
		free(f->name[--f->names]);
}

void
folders_free(struct folders *f)
{
	if (!f)
		return;
	forget_all(f);
	(void)pthread_mutex_destroy(&f->lock);
	free(f);
}

/* Under lock: its place, or f->names. */
static size_t
find_known_folder(const struct folders *f, const char *name)
{
	size_t i = 0;

	while (i < f->names && strcmp(f->name[i], name) != 0)
		i++;
	return i;
}

static bool
is_known_folder(struct folders *f, const char *name)
{
	bool known;

	(void)pthread_mutex_lock(&f->lock);
	known = find_known_folder(f, name) < f->names;
	(void)pthread_mutex_unlock(&f->lock);
	return known;
}

static void
remember(struct folders *f, const char *name)
{
	(void)pthread_mutex_lock(&f->lock);
	if (find_known_folder(f, name) == f->names) {
		if (f->names == MOST)
			forget_all(f);
		f->name[f->names++] = text_dup(name);
	}
	(void)pthread_mutex_unlock(&f->lock);
}

enum dest_result
folders_make(struct folders *f, const char *object,
    enum dest_result (*make)(
	void *own, const char *folder, struct dest_answer *a),
    void *own, bool *fresh, struct dest_answer *a)
{
	enum dest_result r = DEST_DONE;
	struct why first = {.text = ""};

	*fresh = false;
	for (const char *p = object; (p = strchr(p, '/')); p++) {
		char *name = text_ndup(object, (size_t)(p - object));

		if (is_known_folder(f, name)) {
			r = DEST_DONE;
		} else {
			*fresh = true;
			r = make(own, name, a);
			if (r == DEST_DONE)
				remember(f, name);
		}
		free(name);
		/* The answer for the topmost folder has the reason. */
		if (r == DEST_ABSENT && first.text[0])
			a->why = first;
		else if (r == DEST_ABSENT)
			first = a->why;
		else
			first.text[0] = '\0';
		if (r != DEST_DONE && r != DEST_ABSENT)
			return r;
	}
	return r;
}

void
folders_keep(struct folders *f, const char *object)
{
	for (const char *p = object; (p = strchr(p, '/')); p++) {
		char *name = text_ndup(object, (size_t)(p - object));

		remember(f, name);
		free(name);
	}
}

void
folders_forget(struct folders *f, const char *object)
{
	(void)pthread_mutex_lock(&f->lock);
	for (const char *p = object; (p = strchr(p, '/')); p++) {
		char *name = text_ndup(object, (size_t)(p - object));
		size_t i = find_known_folder(f, name);

		if (i < f->names) {
			free(f->name[i]);
			f->name[i] = f->name[--f->names];
		}
		free(name);
	}
	(void)pthread_mutex_unlock(&f->lock);
}
