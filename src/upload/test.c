/* SPDX-License-Identifier: ISC */
#include "test.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ciphertext.h"
#include "connection.h"
#include "hash.h"
#include "io.h"
#include "json.h"
#include "metadata.h"
#include "text.h"
#include "when.h"

static const char content[] = "rectools probe\n";

/* A descriptor with the probe, or -1 with errno. */
static int
probe_fd(void)
{
	int fd = memfd_create("probe", MFD_CLOEXEC);

	if (fd >= 0 && io_write(fd, content, sizeof content - 1) != 0) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

static void
take_clock(struct findings *f, const struct dest_answer *a)
{
	if (a->date_us >= 0)
		findings_clock(f, a->date_us, when_now_us());
}

/*
 * A refusal shows a missing right; a lost connection or a full disk does not.
 */
static void
take_right(struct findings *f, enum findings_right right, enum dest_result r,
    const struct dest_answer *a)
{
	if (r == DEST_DONE)
		findings_right(f, right, MAY, "%s", "");
	else if (r == DEST_PAUSED || r == DEST_NEVER || r == DEST_TAKEN)
		findings_right(f, right, MAY_NOT, "%s", a->why.text);
	else
		findings_right(f, right, MAY_BE, "%s", a->why.text);
}

/*
 * Right after a put whose answer proved the content, the copy was not read yet.
 */
static enum dest_result
read_test_back(struct test *t, struct dest *d, const struct dest_item *item,
    struct dest_answer *a)
{
	enum dest_result r = d->kind->look(d, item, a);

	if (r == DEST_ABSENT)
		r = dest_answer(a, DEST_LATER,
		    "%s: not there after it was sent", item->object);
	take_right(&t->f, RIGHT_READ, r, a);
	take_clock(&t->f, a);
	return r;
}

/* Deletes the probe, unless it may not be deleted. */
static void
take_away(struct test *t, struct dest *d, const struct dest_item *item)
{
	struct dest_answer a = {.retry_after_s = -1, .date_us = -1};
	enum dest_result r = d->kind->drop(d, item->object, &a);
	char *where = d->kind->where(d, item->object);

	take_right(&t->f, RIGHT_DELETE, r, &a);
	if (r == DEST_DONE)
		findings_tell(
		    &t->f, "probe", "%s: written, read back, deleted", where);
	else
		findings_tell(&t->f, "probe",
		    "%s: written, read back; remains there, because it cannot "
		    "be deleted: %s",
		    where, a.why.text);
	free(where);
}

static enum dest_result
send_probe(struct test *t, struct dest *d, const struct dest_item *item,
    struct dest_answer *a)
{
	enum dest_result r = d->kind->look(d, item, a);

	take_clock(&t->f, a);
	if (r != DEST_ABSENT) {
		take_right(&t->f, RIGHT_READ, r, a);
		return r;
	}
	r = dest_deliver(d, item, a);
	take_right(&t->f, RIGHT_WRITE, r, a);
	take_clock(&t->f, a);
	/* A look for a missing object succeeded, so reading would, too. */
	if (r != DEST_DONE)
		findings_right(&t->f, RIGHT_READ, MAY, "%s", "");
	return r;
}

/* Writes the probe, reads it back, examines and deletes it. */
static enum dest_result
try_probe(struct test *t, struct dest *d, struct dest_answer *a)
{
	char hex[HASH_HEX_SIZE];
	char *key = text_format(
	    "rectools-probe-%ld-%" PRId64, (long)getpid(), when_now_us());
	/* Shows whether letters are stored there. */
	char *object = text_format("%s%s", key, d->utf8 ? "-\xc3\xbc" : "");
	int fd = probe_fd();
	struct dest_item item = {.object = object,
	    .fd = fd,
	    .bytes = sizeof content - 1,
	    .sha256 = hex,
	    .content_type = "text/plain",
	    .key = key};
	enum dest_result r;

	hash_text(HASH_SHA256, content, sizeof content - 1, hex);
	r = fd < 0 ? dest_answer(a, DEST_LATER, "%s", strerror(errno))
		   : send_probe(t, d, &item, a);
	if (r == DEST_DONE) {
		r = read_test_back(t, d, &item, a);
		if (d->kind->examine)
			d->kind->examine(d, &item, &t->f);
		take_away(t, d, &item);
	}
	if (fd >= 0)
		(void)close(fd);
	free(object);
	free(key);
	return r;
}

static void
tell_if_new(struct findings *f, const char *about, const char *text)
{
	if (!findings_about(f, about))
		findings_tell(f, about, "%s", text);
}

/* A file system without a limit reports more. */
#define NO_LIMIT (INT64_C(1) << 60)

/* Adds what is unknown, and says so. */
static void
complete(struct test *t)
{
	const struct dest *d = t->dest;
	struct findings *f = &t->f;
	char *rights = findings_rights(f), *caution = metadata_caution(d);

	findings_tell(f, "rights", "%s", rights);
	free(rights);
	if (d->envelope) {
		char *whom = envelope_shown(d->envelope);

		findings_tell(f, "encrypted for", "%s", whom);
		free(whom);
	}
	if (ciphertext_caution(d))
		findings_tell(f, "caution", "%s", ciphertext_caution(d));
	if (caution)
		findings_tell(f, "caution", "%s", caution);
	free(caution);
	if (d->max_bytes > 0)
		findings_tell(
		    f, "limit", "%" PRIu64 " bytes a file", d->max_bytes);
	else
		findings_tell(f, "limit", "none known");
	if (f->most >= NO_LIMIT)
		findings_tell(f, "server limit", "none");
	else if (f->most >= 0)
		findings_tell(f, "server limit", "%" PRId64 " bytes a file%s",
		    f->most,
		    (uint64_t)f->most < d->max_bytes
			? ": set max_bytes to it, for recsplit(1)"
			: "");
	tell_if_new(f, "server limit", "unknown: not reported");
	tell_if_new(f, "space", "unknown: not reported");
	tell_if_new(f, "clock", "unknown: the server did not report its time");
	tell_if_new(f, "retention", "unknown: not reported");
}

bool
test_make(struct test *t, struct dest *d)
{
	struct dest_answer a = {.retry_after_s = -1, .date_us = -1};
	enum dest_result r = DEST_DONE;

	*t = (struct test){.dest = d};
	findings_begin(&t->f);
	/* Without a connection, each further test would wait for it. */
	if (d->kind->traits & DEST_NETWORK)
		r = connection_test(d, &t->f, &a);
	if (r == DEST_DONE && d->kind->test)
		r = d->kind->test(d, &t->f, &a);
	take_clock(&t->f, &a);
	if (r == DEST_DONE && !d->kind->no_probe)
		r = try_probe(t, d, &a);
	complete(t);
	t->why = a.why;
	t->good = r == DEST_DONE;
	return t->good;
}

static void
add_test_text(const struct test *t, struct buf *out)
{
	for (size_t i = 0; i < t->f.facts; i++)
		buf_format(out, "%s: %s: %s\n", t->dest->name,
		    t->f.fact[i].about, t->f.fact[i].text);
}

/* null if it is unknown. */
static void
set_test_number(struct json *j, const char *name, bool known, int64_t value)
{
	if (known)
		json_set_number(j, name, value);
	else
		json_set_null(j, name);
}

static void
set_rights(struct json *j, const struct findings *f)
{
	for (size_t i = 0; i < RIGHTS; i++) {
		char *path = text_format("rights.%s", findings_right_name(i));

		if (f->may[i] == MAY_BE)
			json_set_null(j, path);
		else
			json_set_yes(j, path, f->may[i] == MAY);
		free(path);
	}
}

static void
add_test_json(const struct test *t, struct buf *out)
{
	const struct findings *f = &t->f;
	char *where = t->dest->kind->where(t->dest, ""), *text;
	struct json *j = json_new();

	json_set_text(j, "name", t->dest->name);
	json_set_text(j, "type", t->dest->kind->type);
	json_set_yes(j, "ok", t->good);
	json_set_text(j, "reason", t->good ? "" : t->why.text);
	json_set_text(j, "where", where);
	set_rights(j, f);
	set_test_number(j, "max_bytes", t->dest->max_bytes > 0,
	    (int64_t)t->dest->max_bytes);
	set_test_number(j, "server_max_bytes", f->most >= 0, f->most);
	set_test_number(j, "free_bytes", f->space >= 0, f->space);
	set_test_number(j, "clock_skew_s", f->clocked, f->skew_s);
	json_set_text(j, "retention", findings_about(f, "retention"));
	for (size_t i = 0; i < f->facts; i++)
		json_set_member(j, "facts", f->fact[i].about, f->fact[i].text);
	text = json_write(j);
	buf_format(out, "%s\n", text);
	free(text);
	json_free(j);
	free(where);
}

void
test_add(const struct test *t, bool json, struct buf *out)
{
	if (json)
		add_test_json(t, out);
	else
		add_test_text(t, out);
}

void
test_end(struct test *t)
{
	findings_end(&t->f);
}
