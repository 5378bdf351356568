/* SPDX-License-Identifier: ISC */
#include "delivery.h"

#include <errno.h>
#include <fcntl.h>
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
#include "text.h"
#include "vcon.h"
#include "when.h"

/* Makes a file of a text in memory; -1 with the answer. */
static int
text_file(const char *text, size_t n, struct dest_answer *a)
{
	int fd = memfd_create("metadata", MFD_CLOEXEC);

	if (fd >= 0 && io_write(fd, text, n) == 0)
		return fd;
	a->machine = true;
	dest_answer(a, DEST_LATER, "%s", strerror(errno));
	if (fd >= 0)
		(void)close(fd);
	return -1;
}

/* From now on the item is its ciphertext. */
static void
take_item_cipher(struct dest_item *item, const struct ciphertext *c)
{
	item->fd = c->fd;
	item->bytes = c->bytes;
	item->sha256 = c->sha256;
	item->content_type = "application/cms"; /* RFC 7193 */
}

static enum dest_result
send_metadata(struct delivery *v, struct dest_item item, const char *text)
{
	struct ciphertext c = CIPHERTEXT_NONE;
	char hex[HASH_HEX_SIZE], *file;
	enum dest_result r = DEST_DONE;
	int fd;

	item.bytes = strlen(text);
	hash_text(HASH_SHA256, text, item.bytes, hex);
	item.sha256 = hex;
	item.fd = fd = text_file(text, item.bytes, &v->answer);
	if (fd < 0)
		return DEST_LATER;
	if (v->dest->envelope) {
		file = metadata_name(v->file->name, v->dest->vcon);
		r = ciphertext_open(
		    &c, v->dest, v->dirfd, file, fd, hex, "", &v->answer);
		free(file);
		v->beside = text_dup(c.name);
		take_item_cipher(&item, &c);
	}
	if (r == DEST_DONE)
		r = dest_deliver(v->dest, &item, &v->answer);
	ciphertext_close(&c);
	(void)close(fd);
	return r;
}

static char *
text_of_delivery(struct delivery *v, const struct dest_item *recording)
{
	struct stat st;
	char *text = NULL;

	if (!v->dest->vcon)
		return metadata_text(
		    v->ticket, v->file, recording->object, v->dest->facts);
	if (fstat(v->fd, &st) == 0)
		text = vcon_text(
		    v->dest, recording, (int64_t)st.st_mtim.tv_sec * 1000000);
	if (!text) {
		v->answer.machine = true;
		dest_answer(&v->answer, DEST_LATER, "%s", strerror(errno));
	}
	return text;
}

/* The recording is stored: sends its metadata. */
static enum dest_result
deliver_metadata(struct delivery *v, const struct dest_item *recording)
{
	bool vcon = v->dest->vcon;
	struct dest_item item = *recording;
	char *text = text_of_delivery(v, recording), *name, *key;
	enum dest_result r;

	if (!text)
		return DEST_LATER;
	item.object = name = metadata_name(recording->object, vcon);
	item.key = key =
	    text_format("%s-%s", recording->key, vcon ? "vcon" : "json");
	item.content_type = vcon ? "application/vcon" : "application/json";
	r = send_metadata(v, item, text);
	free(key);
	free(name);
	free(text);
	return r;
}

/* Checks that the file is that of its ticket. */
static enum dest_result
check_sent_file(struct delivery *v)
{
	struct stat st;

	v->keep = (struct keep){0};
	if (fstat(v->fd, &st) != 0) {
		v->answer.machine = true;
		return dest_answer(
		    &v->answer, DEST_LATER, "%s", strerror(errno));
	}
	if ((uint64_t)st.st_size != v->file->bytes)
		return dest_answer(&v->answer, DEST_NEVER,
		    "has %lld bytes, its ticket says %" PRIu64,
		    (long long)st.st_size, v->file->bytes);
	/* By hand there may be no ticket: the file is about as old. */
	v->keep = keep_for(&v->dest->keep, v->ticket,
	    (int64_t)st.st_mtim.tv_sec * 1000000, when_now_us());
	return DEST_DONE;
}

static enum dest_result
encrypt_recording(struct delivery *v)
{
	enum dest_result r = ciphertext_open(&v->cipher, v->dest, v->dirfd,
	    v->file->name, v->fd, v->file->sha256, v->known, &v->answer);

	if (r != DEST_DONE || !v->note ||
	    strcmp(v->known, v->cipher.sha256) == 0 ||
	    v->note(&v->cipher, v->arg) == 0)
		return r;
	v->answer.machine = true;
	return dest_answer(&v->answer, DEST_LATER,
	    "%s: cannot be recorded in the state of the call", v->cipher.name);
}

/*
 * An earlier version may have delivered it under the name that it gave:
 * DEST_ABSENT if not. What else has that name is not ours.
 */
static enum dest_result
look_for_former(struct delivery *v, const struct dest_item *item)
{
	struct dest_item before = *item;
	char *former = ciphertext_former(
	    v->dest, v->dest->envelope, v->ticket, v->file, v->object);
	enum dest_result r = DEST_ABSENT;

	if (!former)
		return r;
	before.object = former;
	r = v->dest->kind->look(v->dest, &before, &v->answer);
	if (r == DEST_DONE) {
		free(v->object);
		v->object = former;
		return r;
	}
	free(former);
	return r == DEST_NEVER ? DEST_ABSENT : r;
}

/* The name there, or NULL with the answer. */
static enum dest_result
name_object(struct delivery *v)
{
	struct why why = {0};

	v->object = ciphertext_object(
	    v->dest, v->dest->envelope, v->ticket, v->file, &why);
	if (v->object)
		return DEST_DONE;
	v->answer.machine = why_status(&why) == EXIT_LATER;
	return dest_answer(&v->answer,
	    v->answer.machine ? DEST_LATER : DEST_NEVER, "%s", why.text);
}

/* Delivers one file to one destination. */
enum dest_result
delivery_make(struct delivery *v)
{
	struct dest_item item = {.fd = v->fd,
	    .bytes = v->file->bytes,
	    .sha256 = v->file->sha256,
	    .content_type = "audio/mpeg",
	    .attempts = v->attempts,
	    .ticket = v->ticket,
	    .file = v->file};
	enum dest_result r;
	char *key, *note;

	v->answer = (struct dest_answer)DEST_ANSWER_NONE;
	v->cipher = (struct ciphertext)CIPHERTEXT_NONE;
	r = name_object(v);
	if (r == DEST_DONE)
		r = check_sent_file(v);
	if (r == DEST_DONE && v->dest->envelope)
		r = encrypt_recording(v);
	if (r != DEST_DONE)
		return r;
	if (v->dest->envelope)
		take_item_cipher(&item, &v->cipher);
	item.keep = v->keep;
	item.object = v->object;
	item.key = key = dest_key(v->ticket, v->file);
	r = look_for_former(v, &item);
	item.object = v->object;
	if (r == DEST_ABSENT)
		r = dest_deliver(v->dest, &item, &v->answer);
	if (r == DEST_DONE && v->dest->metadata)
		r = deliver_metadata(v, &item);
	note = dest_take_note(v->dest);
	if (note)
		cli_warn("%s: %s", v->dest->name, note);
	free(note);
	free(key);
	return r;
}

enum dest_result
delivery_from_folder(struct delivery *v)
{
	enum dest_result r;

	v->fd = openat(v->dirfd, v->file->name,
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (v->fd < 0) {
		v->answer.machine = errno != ENOENT && errno != ELOOP;
		return dest_answer(&v->answer,
		    v->answer.machine ? DEST_LATER : DEST_NEVER, "%s",
		    strerror(errno));
	}
	r = delivery_make(v);
	(void)close(v->fd);
	return r;
}

void
delivery_end(struct delivery *v)
{
	ciphertext_close(&v->cipher);
	free(v->object);
	free(v->beside);
	v->object = v->beside = NULL;
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
