/* SPDX-License-Identifier: ISC */
#include "remote_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "connection.h"
#include "handles.h"
#include "loop.h"
#include "remote_fault.h"
#include "remote_set.h"
#include "text.h"
#include "when.h"

struct test_session {
	const struct remote *r;
	CURL *curl;
	struct buf said; /* headers: replies of FTP, answers to statvfs */
	char error[CURL_ERROR_SIZE];
	size_t listed; /* bytes of a list */
};

static size_t
hear(char *p, size_t size, size_t n, void *arg)
{
	enum { MOST = 65536 };
	struct test_session *s = arg;

	if (s->said.len < MOST)
		buf_add(&s->said, p, size * n);
	return size * n;
}

/* Only the existence of a list matters, so it stops early. */
static size_t
count_test_bytes(char *p, size_t size, size_t n, void *arg)
{
	enum { ENOUGH = 4096 };
	struct test_session *s = arg;

	(void)p;
	s->listed += size * n;
	return s->listed < ENOUGH ? size * n : 0;
}

/* Sets up one request; its connection is that of the request before. */
static void
set_path(struct test_session *s, const char *path)
{
	char *url = remote_url(s->r, path);
	CURL *c = s->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_URL, url);
	free(url);
	remote_set(s->r, c);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)s->r->dest->stall_s);
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->error);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, hear);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, s);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, count_test_bytes);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
}

static CURLcode
perform_once(struct test_session *s)
{
	s->said.len = 0;
	s->error[0] = '\0';
	s->listed = 0;
	return loop_abandoned() ? CURLE_ABORTED_BY_CALLBACK
				: curl_easy_perform(s->curl);
}

static CURLcode
perform_test(struct test_session *s)
{
	CURLcode code = perform_once(s);

	return handles_repeats(s->curl, code) ? perform_once(s) : code;
}

/* One command without a transfer; the reply is in s->said. */
static CURLcode
try_command(struct test_session *s, const char *line)
{
	struct curl_slist *list = curl_slist_append(NULL, line);
	CURLcode code;

	set_path(s, "");
	curl_easy_setopt(s->curl, CURLOPT_QUOTE, list);
	curl_easy_setopt(s->curl, CURLOPT_NOBODY, 1L);
	code = perform_test(s);
	curl_easy_setopt(s->curl, CURLOPT_QUOTE, NULL);
	curl_slist_free_all(list);
	return code;
}

/* The path of the folder in commands. */
static char *
folder(const struct remote *r)
{
	const char *path = strchr(strstr(r->url, "://") + 3, '/');

	if (remote_is_sftp(r))
		return text_dup(path ? path : "/");
	return text_dup(path ? path + 1 : "");
}

static enum dest_result
tell_failure(const struct test_session *s, CURLcode code, struct findings *f,
    struct dest_answer *a)
{
	struct remote_fault fault = remote_fault(code, "", s->error);
	const char *text = fault.text;
	enum dest_result r = fault.result;
	const char *open = s->error[0] ? " (" : "",
		   *end = s->error[0] ? ")" : "";

	findings_tell(
	    f, "connection", "none: %s%s%s%s", text, open, s->error, end);
	return dest_answer(a, r == DEST_ABSENT ? DEST_PAUSED : r,
	    "%s: %s%s%s%s", s->r->url, text, open, s->error, end);
}

/* The last line of the reply, and its code. */
static int
reply(const struct test_session *s, char text[200])
{
	const char *p = s->said.s, *line = "";
	size_t n;

	for (; p && *p; p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL)
		line = p;
	n = strcspn(line, "\r\n");
	(void)snprintf(text, 200, "%.*s", (int)(n < 199 ? n : 199), line);
	return (int)strtol(text, NULL, 10);
}

/* FTP answers 550 also for an empty folder: the text distinguishes them. */
static void
list_remote(struct test_session *s, struct findings *f)
{
	const char *said;
	char text[200];
	CURLcode code;
	bool denied;

	set_path(s, "");
	curl_easy_setopt(s->curl, CURLOPT_DIRLISTONLY, 1L);
	code = perform_test(s);
	(void)reply(s, text);
	/* The last line may be the answer to PWD. */
	said = text[0] >= '4' ? text
	       : s->error[0]  ? s->error
			      : remote_fault(code, "", "").text;
	denied = code == CURLE_REMOTE_ACCESS_DENIED ||
		 strcasestr(said, "denied") != NULL;
	if (code == CURLE_OK || (code == CURLE_WRITE_ERROR && s->listed > 0))
		findings_right(f, RIGHT_LIST, MAY, "%s", "");
	else
		findings_right(
		    f, RIGHT_LIST, denied ? MAY_NOT : MAY_BE, "%s", said);
}

/* "f_bavail: 12345", as libcurl prints the result of statvfs. */
static bool
number_after(const char *said, const char *label, uint64_t *n)
{
	const char *p = said ? strstr(said, label) : NULL;
	char *end;

	if (!p)
		return false;
	p += strlen(label);
	p += strspn(p, ": ");
	*n = strtoull(p, &end, 10);
	return end != p;
}

static void
sftp_space(struct test_session *s, struct findings *f)
{
	char *path = folder(s->r), *line = text_format("statvfs %s", path);
	uint64_t blocks, size;

	if (try_command(s, line) == CURLE_OK &&
	    number_after(s->said.s, "f_bavail", &blocks) &&
	    number_after(s->said.s, "f_frsize", &size))
		findings_space(f, blocks * size);
	else
		findings_tell(f, "space",
		    "unknown: the server does not offer "
		    "statvfs@openssh.com");
	free(line);
	free(path);
}

/* AVBL if FEAT lists it, else the quota if the server has such a command. */
static void
ftp_space(struct test_session *s, struct findings *f)
{
	bool avbl = try_command(s, "*FEAT") == CURLE_OK && s->said.s &&
		    strcasestr(s->said.s, " AVBL");
	char *path = folder(s->r), *line = text_format("*AVBL %s", path);
	char text[200];
	uint64_t bytes;

	if (avbl && try_command(s, line) == CURLE_OK && reply(s, text) == 213 &&
	    number_after(text, "213", &bytes))
		findings_space(f, bytes);
	else if (try_command(s, "*SITE QUOTA") == CURLE_OK && s->said.s &&
		 reply(s, text) / 100 == 2)
		findings_tell(f, "space", "quota: %s", s->said.s);
	else
		findings_tell(f, "space",
		    "unknown: the server offers neither AVBL nor SITE QUOTA");
	free(line);
	free(path);
}

enum dest_result
remote_test_server(
    const struct remote *r, struct findings *f, struct dest_answer *a)
{
	enum dest_result result = DEST_DONE;
	struct test_session s = {.r = r, .curl = loop_easy()};
	CURLcode code = try_command(&s, remote_is_sftp(r) ? "pwd" : "*NOOP");

	if (code != CURLE_OK) {
		result = tell_failure(&s, code, f, a);
	} else if (remote_is_sftp(r)) {
		findings_tell(f, "connection",
		    "SSH; the host key is that of %s; the %s was taken",
		    r->host_key ? "host_key" : "known_hosts",
		    r->key_file ? "key" : "password");
		sftp_space(&s, f);
		list_remote(&s, f);
	} else {
		(void)connection_certificate(s.curl, f);
		ftp_space(&s, f);
		list_remote(&s, f);
	}
	findings_tell(f, "server limit", "unknown: %s has no way to ask",
	    remote_is_sftp(r) ? "SFTP" : "FTP");
	findings_tell(f, "retention", "unknown: %s has no way to ask",
	    remote_is_sftp(r) ? "SFTP" : "FTP");
	curl_easy_cleanup(s.curl);
	buf_free(&s.said);
	return result;
}

void
remote_test_file(const struct remote *r, const char *path, struct findings *f)
{
	struct test_session s = {.r = r, .curl = loop_easy()};
	curl_off_t when = -1;

	set_path(&s, path);
	curl_easy_setopt(s.curl, CURLOPT_FILETIME, 1L);
	curl_easy_setopt(s.curl, CURLOPT_NOBODY, 1L);
	if (perform_test(&s) == CURLE_OK)
		curl_easy_getinfo(s.curl, CURLINFO_FILETIME_T, &when);
	if (when > 0) /* 0: some servers do not store it */
		findings_clock(f, (int64_t)when * 1000000, when_now_us());
	else
		findings_tell(f, "clock",
		    "unknown: the server does not report when a file was "
		    "written%s",
		    remote_is_sftp(r) ? "" : " (MDTM)");
	curl_easy_cleanup(s.curl);
	buf_free(&s.said);
}
