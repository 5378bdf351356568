/* SPDX-License-Identifier: ISC */
#include "delivery.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "hash.h"
#include "ini.h"
#include "io.h"
#include "metadata.h"
#include "template.h"
#include "text.h"

/* The recording is there: what is known about it goes beside it. */
static enum dest_result
deliver_metadata(
    struct dest *d, const struct dest_item *recording, struct dest_answer *a)
{
	struct dest_item item = *recording;
	char *text = metadata_text(item.ticket, item.file, recording->object);
	char *name = metadata_name(recording->object);
	char *key = text_format("%s-json", recording->key);
	char hex[HASH_HEX_SIZE];
	enum dest_result r = DEST_LATER;

	item.object = name;
	item.key = key;
	item.bytes = strlen(text);
	item.content_type = "application/json";
	hash_text(HASH_SHA256, text, item.bytes, hex);
	item.sha256 = hex;
	item.fd = memfd_create("metadata", MFD_CLOEXEC);
	if (item.fd < 0 || io_write(item.fd, text, item.bytes) != 0) {
		a->machine = true;
		dest_answer(a, r, "%s", strerror(errno));
	} else {
		r = dest_deliver(d, &item, a);
	}
	if (item.fd >= 0)
		(void)close(item.fd);
	free(key);
	free(name);
	free(text);
	return r;
}

/* One file to one destination, whatever came before. */
enum dest_result
delivery_make(struct dest *d, const struct ticket *t,
    const struct ticket_file *f, int fd, int attempts, char **object,
    struct dest_answer *a)
{
	struct dest_item item = {.fd = fd,
	    .bytes = f->bytes,
	    .sha256 = f->sha256,
	    .content_type = "audio/mpeg",
	    .attempts = attempts,
	    .ticket = t,
	    .file = f};
	enum dest_result r;
	struct stat st;
	char *key, *note;

	*a = (struct dest_answer){.retry_after_s = -1};
	*object = template_name(d->pattern, t, f, &a->why);
	if (!*object)
		return DEST_NEVER;
	if (fstat(fd, &st) != 0) {
		a->machine = true;
		return dest_answer(a, DEST_LATER, "%s", strerror(errno));
	}
	if ((uint64_t)st.st_size != f->bytes)
		return dest_answer(a, DEST_NEVER,
		    "has %lld bytes, its ticket says %" PRIu64,
		    (long long)st.st_size, f->bytes);
	item.object = *object;
	item.key = key = dest_key(t, f);
	r = dest_deliver(d, &item, a);
	if (r == DEST_DONE && d->metadata)
		r = deliver_metadata(d, &item, a);
	note = dest_take_note(d);
	if (note)
		cli_warn("%s: %s", d->name, note);
	free(note);
	free(key);
	return r;
}

int
delivery_ticket(int dirfd, const char *name, const char *shown_as,
    struct ticket *t, struct why *why)
{
	struct doc doc;
	int status = ini_read_at(&doc, dirfd, name, shown_as, why);

	if (status != 0)
		return -1;
	status = ticket_from_doc(t, &doc, why);
	doc_free(&doc);
	if (status == 0 && t->files == 0) {
		ticket_free(t);
		status = why_set(why, "%s: names no file", shown_as);
	}
	for (size_t i = 0; status == 0 && i < t->files; i++)
		if (!t->file[i].sha256[0]) {
			status = why_set(why, "%s: no sha256 for %.80s",
			    shown_as, t->file[i].name);
			ticket_free(t);
		}
	return status;
}
