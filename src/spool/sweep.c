/* SPDX-License-Identifier: ISC */
#include "sweep.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "apart.h"
#include "audit.h"
#include "cli.h"
#include "hold.h"
#include "io.h"
#include "mem.h"
#include "retention.h"
#include "text.h"
#include "tree.h"
#include "when.h"
#include "where.h"

#define HOUR_US    INT64_C(3600000000)
#define STAMP_SIZE 16 /* 20261122T100000Z */

/* Folders that are deleted together share their syncs and descriptors. */
enum { BATCH = 64 };

struct victim {
	struct spool_item it;
	char *name; /* within its stage */
	bool partly;
	bool kept; /* only legs; the recording went on */
	char *details;
};

/* The state of scanning a stage. */
struct sweep_scan {
	struct sweep *s;
	enum spool_stage stage;
	/* Names up to `due` are due; names after `future` are not believed. */
	char due[WHEN_SIZE], future[WHEN_SIZE];
	char oldest[STAMP_SIZE + 1];
	char **name; /* the names that are due */
	size_t names, room;
};

static void
later(struct sweep *s, const char *text)
{
	if (strcmp(s->said, text) != 0)
		cli_warn("%s", text);
	(void)snprintf(s->said, sizeof s->said, "%s", text);
	s->status = cli_worse(s->status, EXIT_LATER);
}

static void
tell_swept(const struct sweep *s, enum spool_stage stage, const char *name,
    const char *text)
{
	cli_warn("%s/%s/%s: %s", s->spool->path, spool_stage_names[stage], name,
	    text);
}

/* ---- how old ---- */

/* True for the form of a folder's name; the date may not exist. */
static bool
has_stamp(const char *name)
{
	static const char form[] = "ddddddddTddddddZ-";

	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? !isdigit((unsigned char)name[i])
				   : name[i] != form[i])
			return false;
	return name[STAMP_SIZE + 1] != '\0';
}

/* The time of the last change on disk, which cannot be set back. */
static int
disk_time(const struct sweep_scan *sc, const char *name, int64_t *us)
{
	struct stat st;

	if (fstatat(sc->s->spool->stage_fd[sc->stage], name, &st,
		AT_SYMLINK_NOFOLLOW) != 0 ||
	    !S_ISDIR(st.st_mode))
		return -1;
	*us = (int64_t)st.st_ctim.tv_sec * 1000000 + st.st_ctim.tv_nsec / 1000;
	return 0;
}

/* When a folder entered: 0; 1: by the disk; -1: it is not a folder. */
static int
entry_time(const struct sweep_scan *sc, const char *name, int64_t *us)
{
	const char *id;

	if (spool_parse_name(name, us, &id) == 0 &&
	    *us <= sc->s->now_us + 24 * HOUR_US)
		return 0;
	return disk_time(sc, name, us) == 0 ? 1 : -1;
}

static bool
is_sweep_due(const struct sweep *s, enum spool_stage stage, int64_t entered_us)
{
	int64_t age_us = s->now_us - entered_us;

	if (stage == SPOOL_TMP)
		return age_us >= HOUR_US || age_us <= -HOUR_US;
	return retention_due(entered_us,
	    s->now_us + (s->warn_us > 0 ? s->warn_us : 0), s->keep_us);
}

/* ---- deleting ---- */

/* True if any destination has any of its files. */
static bool
uploaded_partly(const struct spool_item *it)
{
	char text[65536] = "";
	int fd = openat(it->fd, "upload.state",
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	bool done;

	if (fd < 0)
		return false;
	(void)io_read(fd, text, sizeof text - 1);
	/* JSON, or INI before version 0.2. */
	done = strstr(text, "\"state\":\"done\"") != NULL ||
	       strstr(text, "state = done") != NULL;
	(void)close(fd);
	return done;
}

static int
log_swept(const struct sweep *s, const struct victim *v, size_t count)
{
	struct audit_event event[BATCH];
	struct why why;

	for (size_t i = 0; i < count; i++)
		event[i] =
		    (struct audit_event){v[i].it.id, "swept", v[i].details};
	return audit_add_all(s->spool->fd, s->now_us, event, count, &why);
}

static void
tell_deleted(struct sweep *s, enum spool_stage stage, const struct victim *v)
{
	const char *id = "-";
	int64_t entered_us = v->it.entered_us;

	s->deleted++;
	if (stage == SPOOL_TMP) {
		cli_say("%s/tmp/%s: deleted", s->spool->path, v->name);
	} else if (stage == SPOOL_HELD) {
		cli_say("%s/held/%s: deleted, its hold has ended",
		    s->spool->path, v->name);
	} else if (v->kept) {
		cli_say("%s/failed/%s: deleted, legs of a call that was mixed",
		    s->spool->path, v->name);
	} else if (stage == SPOOL_NOTICE) {
		tell_swept(
		    s, stage, v->name, "deleted, its notice was never sent");
	} else {
		s->unsent++;
		tell_swept(s, stage, v->name,
		    v->partly ? "deleted, uploaded only in part"
			      : "deleted, never uploaded");
	}
	(void)spool_parse_name(v->name, &entered_us, &id);
	s->show(s, &(struct sweep_folder){stage, v->name, id, entered_us},
	    "deleted");
}

static void
sync_stage(struct sweep *s, enum spool_stage stage)
{
	struct why why;

	if (spool_sync(s->spool, stage, &why) != 0)
		later(s, why.text);
}

/* All of them leave their stage before they are emptied. */
static void
delete_batch(
    struct sweep *s, enum spool_stage stage, struct victim *v, size_t count)
{
	/*
	 * Logged first, so that after a kill no recording is gone without a
	 * line. If the disk is full the lines cannot be written, but it must be
	 * emptied.
	 */
	bool logged = log_swept(s, v, count) == 0, gone[BATCH];
	struct why why;

	for (size_t i = 0; i < count; i++) {
		gone[i] = spool_toss(&v[i].it, &why) == 0;
		if (!gone[i])
			later(s, why.text);
	}
	if (stage != SPOOL_TMP) {
		sync_stage(s, SPOOL_TMP);
		sync_stage(s, stage);
	}
	for (size_t i = 0; i < count; i++)
		if (gone[i] && spool_erase(&v[i].it, &why) != 0)
			later(s, why.text);
		else if (gone[i])
			tell_deleted(s, stage, &v[i]);
	sync_stage(s, SPOOL_TMP);
	if (!logged && log_swept(s, v, count) != 0)
		later(s, "the audit log cannot be written");
}

/* Opens one that is due; false: it must not be deleted now. */
static bool
seize(struct sweep *s, enum spool_stage stage, char *name, struct victim *v)
{
	struct why why;
	int taken;

	/* What is due is deleted, also if a program has it locked. */
	taken = spool_seize(
	    s->spool, stage, name, stage != SPOOL_TMP, &v->it, &why);
	if (taken < 0)
		later(s, why.text);
	if (taken != 1)
		return false;
	v->name = name;
	v->partly = where_may_be_sent(stage) && uploaded_partly(&v->it);
	v->kept = stage == SPOOL_FAILED && apart_is_kept(v->it.fd);
	v->details =
	    text_format("stage=%s folder=%s %s", spool_stage_names[stage], name,
		stage == SPOOL_TMP      ? "uploaded=unknown"
		: stage == SPOOL_HELD   ? "uploaded=yes"
		: stage == SPOOL_NOTICE ? "told=no"
		: v->kept               ? "legs=kept"
		: v->partly             ? "uploaded=partly"
					: "uploaded=no");
	return true;
}

static void
delete_all(struct sweep_scan *sc)
{
	struct victim v[BATCH];
	size_t count = 0;

	for (size_t i = 0; i < sc->names; i++) {
		if (seize(sc->s, sc->stage, sc->name[i], &v[count]))
			count++;
		if (count == 0 || (count < BATCH && i + 1 < sc->names))
			continue;
		delete_batch(sc->s, sc->stage, v, count);
		for (; count > 0; count--) {
			spool_release(&v[count - 1].it);
			free(v[count - 1].details);
		}
	}
}

/* ---- looking ---- */

/* In a dry run, a folder in tmp/ that a program has locked does not count. */
static bool
is_free(const struct sweep_scan *sc, const char *name)
{
	struct spool_item it;
	bool free_now = true;

	if (sc->stage == SPOOL_TMP) {
		free_now = spool_seize(sc->s->spool, SPOOL_TMP, name, false,
			       &it, NULL) == 1;
		if (free_now)
			spool_release(&it);
	}
	return free_now;
}

/* True if no recording is lost with it: it was uploaded, or is only legs. */
static bool
is_harmless(const struct sweep_scan *sc, const char *name)
{
	bool kept;
	int fd;

	if (sc->stage != SPOOL_FAILED)
		return sc->stage == SPOOL_HELD;
	fd = tree_open(sc->s->spool->stage_fd[SPOOL_FAILED], name);
	if (fd < 0)
		return false;
	kept = apart_is_kept(fd);
	(void)close(fd);
	return kept;
}

static void
show_all(const struct sweep_scan *sc)
{
	struct sweep *s = sc->s;

	for (size_t i = 0; i < sc->names; i++) {
		struct sweep_folder f = {sc->stage, sc->name[i], "-", 0};
		int64_t unused;

		if (entry_time(sc, f.name, &f.entered_us) < 0 ||
		    !is_free(sc, f.name) ||
		    (s->warn_us >= 0 && is_harmless(sc, f.name)))
			continue;
		(void)spool_parse_name(f.name, &unused, &f.id);
		if (s->warn_us >= 0)
			s->warned++;
		s->show(s, &f, s->warn_us >= 0 ? "warned" : "due");
	}
}

static void
stays(struct sweep_scan *sc, const char *stamp)
{
	sc->s->folders[sc->stage]++;
	if (!*sc->oldest || memcmp(stamp, sc->oldest, STAMP_SIZE) < 0)
		memcpy(sc->oldest, stamp, STAMP_SIZE);
}

/* A folder in tmp/ is not a call yet, or no longer one. */
static bool
is_call_held(const struct sweep_scan *sc, const char *name)
{
	int64_t entered_us;
	const char *id;

	return sc->stage != SPOOL_TMP && sc->stage != SPOOL_NOTICE &&
	       spool_parse_name(name, &entered_us, &id) == 0 &&
	       hold_has(sc->s->spool, id);
}

static void
look_closer(struct sweep_scan *sc, const char *name)
{
	char stamp[WHEN_SIZE];
	int64_t entered_us;
	int told = entry_time(sc, name, &entered_us);

	if (told < 0) {
		tell_swept(sc->s, sc->stage, name, "not a call's folder, kept");
		return;
	}
	if (told == 1 && sc->stage != SPOOL_TMP)
		tell_swept(sc->s, sc->stage, name,
		    !has_stamp(name)
			? "no time in its name: its age on disk counts"
		    : memcmp(name, sc->future, STAMP_SIZE) > 0
			? "entered in the future: its age on disk counts"
			: "not a call's name: its age on disk counts");
	if (!is_sweep_due(sc->s, sc->stage, entered_us)) {
		stays(sc, when_stamp(entered_us, stamp));
		return;
	}
	if (is_call_held(sc, name)) {
		sc->s->held++;
		stays(sc, when_stamp(entered_us, stamp));
		return;
	}
	if (sc->names == sc->room)
		sc->name = mem_resize(sc->name,
		    sc->room = sc->room ? sc->room * 2 : 64, sizeof *sc->name);
	sc->name[sc->names++] = text_dup(name);
}

static void
look_at_folder(const struct dirent *d, void *arg)
{
	struct sweep_scan *sc = arg;
	const char *name = d->d_name;

	/*
	 * Nearly all are young: this needs no system call and no calculation.
	 */
	if (sc->stage != SPOOL_TMP && d->d_type == DT_DIR && has_stamp(name) &&
	    memcmp(name + 4, "12", 2) <= 0 &&
	    memcmp(name, sc->due, STAMP_SIZE) > 0 &&
	    memcmp(name, sc->future, STAMP_SIZE) <= 0)
		stays(sc, name);
	else
		look_closer(sc, name);
}

static int
by_swept_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void
sweep_stage(struct sweep *s, enum spool_stage stage)
{
	struct sweep_scan sc = {.s = s, .stage = stage};
	int64_t ahead_us = s->warn_us > 0 ? s->warn_us : 0;
	int lock = hold_lock(s->spool, false); /* no new hold */

	(void)when_stamp(s->now_us + ahead_us - s->keep_us, sc.due);
	(void)when_stamp(s->now_us + 24 * HOUR_US, sc.future);
	if (s->warn_us >= 0 && stage == SPOOL_TMP)
		goto out;
	if (tree_each(s->spool->stage_fd[stage], look_at_folder, &sc) != 0)
		later(s, strerror(errno));
	if (*sc.oldest)
		(void)when_unstamp(sc.oldest, &s->oldest_us[stage]);
	if (sc.names > 0)
		qsort(sc.name, sc.names, sizeof *sc.name, by_swept_name);
	if (s->dry_run || s->warn_us >= 0)
		show_all(&sc);
	else
		delete_all(&sc);
	for (size_t i = 0; i < sc.names; i++)
		free(sc.name[i]);
	free(sc.name);
out:
	if (lock >= 0)
		(void)close(lock);
}

static void
look_at_root(const struct dirent *d, void *arg)
{
	const struct sweep_scan *sc = arg;
	static const char *const ours[] = {"audit.log", ".last-sweep", ".known",
	    ".door", ".rectools", "spool.ini", "lost+found", "hold",
	    "destinations.json"};
	const char *name = d->d_name;

	for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
		if (strcmp(name, ours[i]) == 0)
			return;
	for (int i = 0; i < SPOOL_STAGES; i++)
		if (strcmp(name, spool_stage_names[i]) == 0)
			return;
	/* Rotated logs, and files that are being written. */
	if (strncmp(name, "audit.log.", 10) == 0 ||
	    (*name == '.' && strlen(name) > 4 &&
		strcmp(name + strlen(name) - 4, ".new") == 0))
		return;
	cli_warn("%s/%s: not part of a spool, kept", sc->s->spool->path, name);
}

void
sweep_root(struct sweep *s)
{
	struct sweep_scan sc = {.s = s};

	if (tree_each(s->spool->fd, look_at_root, &sc) != 0)
		later(s, strerror(errno));
}

/* ---- counting ---- */

struct weigh {
	int fd;
	uint64_t bytes;
};

static void
weigh_file(const struct dirent *d, void *arg)
{
	struct weigh *w = arg;
	struct stat st;

	if (d->d_type != DT_DIR &&
	    fstatat(w->fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(st.st_mode))
		w->bytes += (uint64_t)st.st_size;
}

static uint64_t
folder_bytes(int stage_fd, const char *name)
{
	struct weigh w = {.fd = tree_open(stage_fd, name)};

	if (w.fd < 0)
		return 0;
	(void)tree_each(w.fd, weigh_file, &w);
	(void)close(w.fd);
	return w.bytes;
}

uint64_t
sweep_bytes(const struct sweep *s, enum spool_stage stage)
{
	int stage_fd = s->spool->stage_fd[stage];
	char **names;
	size_t count;
	uint64_t bytes = 0;

	if (spool_list(s->spool, stage, &names, &count, NULL) != 0)
		return 0;
	for (size_t i = 0; i < count; i++)
		bytes += folder_bytes(stage_fd, names[i]);
	spool_list_free(names, count);
	return bytes;
}
