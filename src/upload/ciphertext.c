/* SPDX-License-Identifier: ISC */
#include "ciphertext.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "loop.h"
#include "newfile.h"
#include "state.h"
#include "template.h"

char *
ciphertext_name(const char *dest, const char *file, const char *sha256)
{
	enum {
		MOST = 240
	}; /* while it is made it is .NAME.new; the limit is 255 */
	char *name = text_format("%s.%.16s.%s.cms", file, sha256, dest);
	char hex[HASH_HEX_SIZE];

	if (strlen(name) <= MOST)
		return name;
	free(name);
	hash_text(HASH_SHA256, file, strlen(file), hex);
	return text_format("%.32s.%.16s.%s.cms", hex, sha256, dest);
}

/* The result of a fault of the machine or of the content. */
static enum dest_result
failed(struct dest_answer *a, const struct why *why)
{
	a->machine = why_status(why) == EXIT_LATER;
	return dest_answer(
	    a, a->machine ? DEST_LATER : DEST_NEVER, "%s", why->text);
}

/* Makes the file; it is complete and durable under its name, or not there. */
static enum dest_result
make_ciphertext(struct ciphertext *c, const struct dest *d, int plain,
    const char *sha256, struct dest_answer *a)
{
	struct newfile nf = NEWFILE_NONE;
	char hex[HASH_HEX_SIZE];
	struct why why = {0};
	int status;

	if (envelope_valid(d->envelope, &why) != 0)
		return dest_answer(a, DEST_PAUSED, "encrypt_to: %s", why.text);
	status = newfile_create(&nf, c->dirfd, c->name) != 0
		     ? why_errno(&why, "%s", c->name)
		     : envelope_write(d->envelope, plain, nf.fd, loop_abandoned,
			   hex, &why);
	if (status == 0 && strcmp(hex, sha256) != 0)
		status = why_set(&why, "its SHA-256 differs from its ticket");
	/* Not O_EXCL: that can leave an empty file, see newfile.c. */
	if (status == 0 && newfile_commit(&nf, true) != 0)
		status = why_errno(&why, "%s", c->name);
	newfile_abort(&nf);
	c->made = status == 0;
	return status == 0 ? DEST_DONE : failed(a, &why);
}

static int
open_made_ciphertext(const struct ciphertext *c)
{
	return openat(
	    c->dirfd, c->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

enum dest_result
ciphertext_open(struct ciphertext *c, const struct dest *d, int dirfd,
    const char *file, int fd, const char *sha256, const char *known,
    struct dest_answer *a)
{
	struct why why = {0};
	enum dest_result r;

	*c = (struct ciphertext){.dirfd = dirfd,
	    .fd = -1,
	    .name = ciphertext_name(d->name, file, sha256)};
	c->fd = open_made_ciphertext(c);
	if (c->fd < 0 && errno == ENOENT) {
		r = make_ciphertext(c, d, fd, sha256, a);
		if (r != DEST_DONE)
			return r;
		c->fd = open_made_ciphertext(c);
	} else if (c->fd >= 0 && fsync(dirfd) != 0) {
		/* The process that made it may have been killed just before the
		 * sync. */
		why_errno(&why, "%s", c->name);
		return failed(a, &why);
	}
	if (c->fd < 0 ||
	    hash_fd(HASH_SHA256, c->fd, c->sha256, &c->bytes) != 0) {
		why_errno(&why, "%s", c->name);
		return failed(a, &why);
	}
	if (c->bytes == 0)
		return dest_answer(a, DEST_NEVER,
		    "%s: is not a ciphertext; remove it, and it is made again",
		    c->name);
	if (!c->made && known && *known && strcmp(known, c->sha256) != 0)
		return dest_answer(a, DEST_NEVER,
		    "%s: was changed since it was made; remove it, and it is "
		    "made again",
		    c->name);
	return DEST_DONE;
}

void
ciphertext_close(struct ciphertext *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	free(c->name);
	*c = (struct ciphertext)CIPHERTEXT_NONE;
}

void
ciphertext_tidy(const struct dest *d, size_t dests, const struct ticket *t,
    const struct state *q, int dirfd)
{
	for (size_t i = 0; i < dests; i++)
		for (size_t k = 0; d[i].envelope && k < t->files; k++) {
			const struct ticket_file *f = &t->file[k];
			const struct state_entry *e =
			    state_find(q, d[i].name, f->name);
			char *name;

			if (!e || !e->done)
				continue;
			name = ciphertext_name(d[i].name, f->name, f->sha256);
			(void)unlinkat(dirfd, name, 0);
			free(name);
		}
}

static struct template_how
how_of(const struct dest *d)
{
	return (struct template_how){
	    .zone = d->zone, .utf8 = d->utf8, .distinct = d->distinct};
}

/* Takes the name, which may be NULL. */
static char *
with_ending(char *name, bool encrypted)
{
	size_t n = name ? strlen(name) : 0;
	char *object;

	if (!name || !encrypted || (n > 4 && strcmp(name + n - 4, ".cms") == 0))
		return name;
	object = text_format("%s.cms", name);
	free(name);
	return object;
}

char *
ciphertext_object(const struct dest *d, bool encrypted, const struct ticket *t,
    const struct ticket_file *f, struct why *why)
{
	struct template_how how = how_of(d);

	return with_ending(
	    template_name(d->pattern, &how, t, f, why), encrypted);
}

char *
ciphertext_former(const struct dest *d, bool encrypted, const struct ticket *t,
    const struct ticket_file *f, const char *object)
{
	struct template_how how = how_of(d);
	char *former =
	    with_ending(template_former(d->pattern, &how, t, f), encrypted);

	if (former && *former && strcmp(former, object) != 0)
		return former;
	free(former);
	return NULL;
}

const char *
ciphertext_caution(const struct dest *d)
{
	return d->envelope && d->kind->fact
		   ? "encrypt_to: agents cannot play what is encrypted here, "
		     "and facts of the call beside it stay in clear"
		   : NULL;
}
