/* SPDX-License-Identifier: ISC */
#include "remote.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "handles.h"
#include "hash.h"
#include "loop.h"
#include "remote_fault.h"
#include "remote_set.h"
#include "text.h"

/* A request in progress. */
struct request {
	const struct remote *r;
	struct handle handle;
	CURL *curl; /* handle.easy */
	struct curl_slist *commands;
	char *path;
	char error[CURL_ERROR_SIZE];
	CURLcode code;     /* its result */
	char reply[160];   /* the last line from an FTP server */
	char refusal[160]; /* the last one that refused something */
	curl_off_t size;   /* of the file, if requested by FTP; -1 */
	bool dialling;     /* FTP: the data connection is being opened */
	/* upload */
	const struct dest_item *item;
	uint64_t at, sent;
	struct hash *out;
	int local_errno; /* -1: the file is too short */
	/* download */
	struct hash *in;
	uint64_t bytes, most;
};

/* The path in commands; for SFTP it begins with '/'. */
static char *
command_path(const struct remote *r, const char *path)
{
	const char *base = strchr(strstr(r->url, "://") + 3, '/');

	base = base ? base + !remote_is_sftp(r) : "";
	return text_format(
	    "%s%s%s", base, *base || remote_is_sftp(r) ? "/" : "", path);
}

static size_t
give_remote(char *p, size_t size, size_t n, void *arg)
{
	struct request *rq = arg;
	uint64_t left = rq->item->bytes - rq->at;
	size_t want = size * n < left ? size * n : (size_t)left;
	ssize_t got;

	rq->dialling = false;
	if (want == 0)
		return 0;
	do
		got = pread(rq->item->fd, p, want, (off_t)rq->at);
	while (got < 0 && errno == EINTR);
	if (got <= 0) {
		rq->local_errno = got < 0 ? errno : -1;
		return CURL_READFUNC_ABORT;
	}
	hash_add(rq->out, p, (size_t)got);
	rq->at += (uint64_t)got;
	rq->sent += (uint64_t)got;
	return (size_t)got;
}

/* Hashes the file up to that offset, because that part is already there. */
static int
skip_to(struct request *rq, uint64_t offset)
{
	char chunk[16384];

	hash_drop(rq->out);
	rq->out = hash_new(HASH_SHA256);
	for (rq->at = 0; rq->at < offset;) {
		uint64_t left = offset - rq->at;
		ssize_t got = pread(rq->item->fd, chunk,
		    left < sizeof chunk ? (size_t)left : sizeof chunk,
		    (off_t)rq->at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return -1;
		hash_add(rq->out, chunk, (size_t)got);
		rq->at += (uint64_t)got;
	}
	return 0;
}

static int
seek_to(void *arg, curl_off_t offset, int origin)
{
	struct request *rq = arg;

	if (origin != SEEK_SET || offset < 0)
		return CURL_SEEKFUNC_FAIL;
	return (uint64_t)offset == rq->at || skip_to(rq, (uint64_t)offset) == 0
		   ? CURL_SEEKFUNC_OK
		   : CURL_SEEKFUNC_FAIL;
}

static size_t
take_remote_body(char *p, size_t size, size_t n, void *arg)
{
	struct request *rq = arg;

	n *= size;
	rq->dialling = false;
	hash_add(rq->in, p, n);
	rq->bytes += n;
	return rq->bytes > rq->most ? 0 : n;
}

/*
 * Reads FTP's control connection; SFTP has none. With NOBODY, libcurl requests
 * the size and does not return it: it is in the reply (RFC 3659, 213). From the
 * server's port (227, 229) to the first data, libcurl 7.88 to 8.5 waits only
 * for the socket of the data connection, before that exists and while a reply
 * comes on the control connection: it would notice after 200 ms, or a second.
 */
static size_t
listen_to(char *p, size_t size, size_t n, void *arg)
{
	struct request *rq = arg;
	size_t k = 0;

	for (size_t i = 0; i < size * n && k < sizeof rq->reply - 1; i++)
		if (p[i] >= ' ' && p[i] < 127)
			rq->reply[k++] = p[i];
	rq->reply[k] = '\0';
	if (rq->reply[0] == '4' || rq->reply[0] == '5')
		memcpy(rq->refusal, rq->reply, sizeof rq->refusal);
	if (strncmp(rq->reply, "213 ", 4) == 0)
		rq->size = strtoll(rq->reply + 4, NULL, 10);
	if (strncmp(rq->reply, "229 ", 4) == 0 ||
	    strncmp(rq->reply, "227 ", 4) == 0)
		rq->dialling = true;
	return size * n;
}

/*
 * The login comes before the first byte; a limited pace waits for full buffers.
 */
static int
stall_limit(const struct dest *d, curl_off_t moved, uint64_t share)
{
	int s =
	    moved > 0 || d->connect_s < d->stall_s ? d->stall_s : d->connect_s;

	return share > 0 ? s + (int)(REMOTE_PACED_BUFFER / share) : s;
}

static int
remote_progress(
    void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct request *rq = arg;
	uint64_t share = pace_share(rq->r->dest->pace);

	(void)a, (void)c;
	if (share > 0)
		curl_easy_setopt(
		    rq->curl, CURLOPT_MAX_SEND_SPEED_LARGE, (curl_off_t)share);
	if (remote_is_sftp(rq->r) && loop_abandoned())
		handles_cut(rq->handle);
	return loop_abandoned() ||
	       (remote_is_sftp(rq->r) &&
		   handles_watch(rq->handle, b + d,
		       stall_limit(rq->r->dest, b + d, share)));
}

/*
 * Servers that know UTF-8 use it anyway (RFC 2640); some, such as that of IIS,
 * want to be asked first. The refusal of others is ignored.
 */
static void
ask_for_utf8(struct request *rq, const char *path)
{
	static const char line[] = "*OPTS UTF8 ON";

	if (!remote_is_sftp(rq->r) && !rq->commands && !text_is_ascii(path))
		rq->commands = curl_slist_append(NULL, line);
}

static void
begin_request(struct request *rq, const struct remote *r, const char *path)
{
	char *url = remote_url(r, path);
	struct handle one = handles_borrow(r->handles);
	CURL *c = one.easy;

	*rq = (struct request){.r = r,
	    .handle = one,
	    .curl = c,
	    .path = text_dup(path),
	    .size = -1};
	rq->in = hash_new(HASH_SHA256);
	rq->out = hash_new(HASH_SHA256);
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, rq->error);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_remote_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, rq);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, remote_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, rq);
	remote_set(r, c);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, listen_to);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, rq);
	ask_for_utf8(rq, path);
	free(url);
}

/* After a failure libcurl keeps FTP's control connection, even if the reply to
 * the last command is still missing: the next command would get it. */
static void
end_request(struct request *rq)
{
	if (remote_is_sftp(rq->r) || rq->code == CURLE_OK ||
	    rq->code == CURLE_REMOTE_FILE_NOT_FOUND ||
	    (rq->code == CURLE_UPLOAD_FAILED && rq->reply[0] == '5'))
		handles_give_back(rq->r->handles, rq->handle);
	else
		handles_drop(rq->handle);
	curl_slist_free_all(rq->commands);
	hash_drop(rq->in);
	hash_drop(rq->out);
	free(rq->path);
}

/* The text of the server, if it sent one. */
static const char *
words(const struct request *rq)
{
	if (rq->reply[0] >= '4')
		return rq->reply;
	for (char *p = (char *)rq->error; *p; p++)
		if (*p < ' ' || *p == 127)
			*p = ' ';
	return rq->error;
}

/* The error of the local file. */
static enum dest_result
explain_local(const struct request *rq, struct dest_answer *a)
{
	if (rq->local_errno < 0)
		return dest_answer(a, DEST_NEVER, "the file ends early");
	a->machine = true;
	return dest_answer(a, DEST_LATER, "%s", strerror(rq->local_errno));
}

static enum dest_result
explain_remote(struct request *rq, CURLcode code, struct dest_answer *a)
{
	const char *said = words(rq);
	struct remote_fault f = remote_fault(code, rq->reply, rq->error);

	if (rq->local_errno != 0)
		return explain_local(rq, a);
	if (code == CURLE_ABORTED_BY_CALLBACK)
		f.text = "stopped";
	a->machine = a->machine || f.machine;
	if (code == CURLE_PARTIAL_FILE) { /* libcurl guessed the size */
		said = "";
		if (!rq->item)
			f.text =
			    "it cannot be read back completely (if files can "
			    "only be written there, set verify = answer)";
	}
	/* libcurl's text quotes an answer that it misread. */
	if (code == CURLE_FTP_WEIRD_PASV_REPLY && said == rq->error)
		said = "";
	if (f.full)
		a->retry_after_s = REMOTE_FULL_RETRY_S;
	return dest_answer(a, f.result, "%s/%s: %s%s%s%s", rq->r->url, rq->path,
	    f.text, *said ? " (" : "", said, *said ? ")" : "");
}

static CURLcode
perform_request(struct request *rq)
{
	struct pace *pace = rq->r->dest->pace;

	curl_easy_setopt(rq->curl, CURLOPT_QUOTE, rq->commands);
	pace_request(pace);
	pace_begin(pace);
	rq->code = handles_perform(rq->handle, &rq->dialling);
	if (handles_repeats(rq->curl, rq->code))
		rq->code = handles_perform(rq->handle, &rq->dialling);
	if (strcmp(rq->error, "Callback aborted") == 0)
		rq->error[0] = '\0'; /* the code gives the reason */
	pace_end(pace);
	return rq->code;
}

/*
 * libcurl takes 550 alone as the answer to SIZE of what does not exist. Servers of
 * the Go library goftp answer "450 path NAME not found".
 */
static bool
size_of_nothing(const struct request *rq)
{
	return strncmp(rq->refusal, "450 ", 4) == 0 &&
	       strcasestr(rq->refusal, "not found") != NULL;
}

/* SIZE (RFC 3659): no data connection. */
static enum dest_result
ftp_size(const struct remote *r, const char *path, uint64_t *size,
    struct dest_answer *a)
{
	enum dest_result result = DEST_DONE;
	struct request rq;
	CURLcode code;

	begin_request(&rq, r, path);
	rq.most = UINT64_MAX; /* libcurl writes headers as if they were data */
	curl_easy_setopt(rq.curl, CURLOPT_NOBODY, 1L);
	code = perform_request(&rq);
	if (code != CURLE_OK)
		result = explain_remote(&rq, code, a);
	else if (rq.size < 0)
		result = dest_answer(a,
		    size_of_nothing(&rq) ? DEST_ABSENT : DEST_LATER,
		    "%s/%s: the server does not report its size (%s)", r->url,
		    path, rq.refusal);
	else
		*size = (uint64_t)rq.size;
	end_request(&rq);
	return result;
}

/*
 * libcurl does not return the size for SFTP. But a download that resumes at the
 * end of a file gets nothing, beyond the end an error, and before it the rest.
 */
enum dest_result
remote_compare(const struct remote *r, const char *path, uint64_t bytes,
    int *order, struct dest_answer *a)
{
	enum dest_result result = DEST_DONE;
	uint64_t size = 0;
	struct request rq;
	CURLcode code;

	if (!remote_is_sftp(r)) {
		result = ftp_size(r, path, &size, a);
		*order = (size > bytes) - (size < bytes);
		return result;
	}
	begin_request(&rq, r, path);
	if (bytes > 0)
		curl_easy_setopt(
		    rq.curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)bytes);
	code = perform_request(&rq);
	*order = rq.bytes > 0;
	if (code == CURLE_BAD_DOWNLOAD_RESUME)
		*order = -1;
	else if (code != CURLE_OK && *order == 0)
		result = explain_remote(&rq, code, a);
	end_request(&rq);
	return result;
}

/* With FTP, gets the size first: a download begins with a data connection, and
 * for an empty file libcurl aborts during its TLS handshake. */
enum dest_result
remote_read(const struct remote *r, const char *path, uint64_t most,
    struct remote_file *file, struct dest_answer *a)
{
	enum dest_result result = DEST_DONE;
	struct request rq;
	CURLcode code;

	hash_text(HASH_SHA256, "", 0, file->sha256);
	if (!remote_is_sftp(r)) {
		result = ftp_size(r, path, &file->bytes, a);
		if (result != DEST_DONE || file->bytes == 0 ||
		    file->bytes > most)
			return result;
	}
	begin_request(&rq, r, path);
	rq.most = most;
	code = perform_request(&rq);
	if (code != CURLE_OK && rq.bytes <= most)
		result = explain_remote(&rq, code, a);
	file->bytes = rq.bytes;
	hash_hex(rq.in, file->sha256);
	rq.in = NULL;
	end_request(&rq);
	return result;
}

/* Runs commands without a transfer; to be freed by end_request(). */
static enum dest_result
send_command(struct request *rq, struct dest_answer *a)
{
	CURLcode code;

	curl_easy_setopt(rq->curl, CURLOPT_NOBODY, 1L);
	code = perform_request(rq);
	return code == CURLE_OK ? DEST_DONE : explain_remote(rq, code, a);
}

/*
 * RFC 959, ALLO: asks whether there is room for so many bytes. If a quota is
 * used up during a transfer, Pure-FTPd resets the data connection and sends 552
 * on the control connection, which libcurl closes without reading. Most servers
 * answer 202.
 */
static bool
lacks_room(const struct remote *r, uint64_t bytes, struct dest_answer *a)
{
	char *line = text_format("*ALLO %" PRIu64, bytes);
	struct request rq;
	bool lacks;

	begin_request(&rq, r, "");
	rq.commands = curl_slist_append(NULL, line);
	lacks = send_command(&rq, a) == DEST_DONE &&
		remote_fault(CURLE_QUOTE_ERROR, rq.reply, "").full;
	if (lacks)
		(void)explain_remote(&rq, CURLE_QUOTE_ERROR, a);
	end_request(&rq);
	free(line);
	return lacks;
}

static enum dest_result
explain_send(struct request *rq, CURLcode code, struct remote_sent *sent,
    struct dest_answer *a)
{
	struct remote_fault f = remote_fault(code, rq->reply, rq->error);

	/* SFTP reports a full disk only as "failure" of a write. */
	sent->refused =
	    f.answered && !f.full && (code != CURLE_SSH || rq->sent == 0);
	sent->full = f.full;
	sent->broke =
	    rq->sent > 0 && !sent->refused && !f.full && rq->local_errno == 0 &&
	    (code == CURLE_SSH || code == CURLE_SEND_ERROR ||
		code == CURLE_RECV_ERROR || code == CURLE_PARTIAL_FILE);
	return explain_remote(rq, code, a);
}

/* If an FTP transfer broke, the disk may be full. */
static void
tell_room(const struct remote *r, uint64_t bytes, struct remote_sent *sent,
    struct dest_answer *a)
{
	struct dest_answer full = DEST_ANSWER_NONE;

	if (!sent->broke || remote_is_sftp(r) || !lacks_room(r, bytes, &full))
		return;
	*sent = (struct remote_sent){.full = true};
	*a = full;
}

enum dest_result
remote_send(const struct remote *r, const char *path,
    const struct dest_item *item, uint64_t from, struct remote_sent *sent,
    struct dest_answer *a)
{
	enum dest_result result = DEST_DONE;
	char hex[HASH_HEX_SIZE];
	struct request rq;
	CURLcode code;

	*sent = (struct remote_sent){false, false, false};
	begin_request(&rq, r, path);
	rq.item = item;
	curl_easy_setopt(rq.curl, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(
	    rq.curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)item->bytes);
	curl_easy_setopt(rq.curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)from);
	curl_easy_setopt(rq.curl, CURLOPT_READFUNCTION, give_remote);
	curl_easy_setopt(rq.curl, CURLOPT_READDATA, &rq);
	curl_easy_setopt(rq.curl, CURLOPT_SEEKFUNCTION, seek_to);
	curl_easy_setopt(rq.curl, CURLOPT_SEEKDATA, &rq);
	curl_easy_setopt(
	    rq.curl, CURLOPT_UPLOAD_BUFFERSIZE, remote_upload_buffer(r));
	code =
	    skip_to(&rq, from) == 0 ? perform_request(&rq) : CURLE_READ_ERROR;
	hash_hex(rq.out, hex);
	rq.out = NULL;
	if (code != CURLE_OK) {
		result = explain_send(&rq, code, sent, a);
		tell_room(r, item->bytes - from, sent, a);
	} else if (rq.at != item->bytes || strcmp(hex, item->sha256) != 0) {
		result = dest_answer(
		    a, DEST_NEVER, "the file differs from its ticket");
	}
	end_request(&rq);
	return result;
}

static void
add_quote(struct request *rq, const char *verb, const char *a, const char *b)
{
	char *from = command_path(rq->r, a);
	char *to = b ? command_path(rq->r, b) : text_dup("");
	char *line = text_format("%s %s%s%s", verb, from, *to ? " " : "", to);

	ask_for_utf8(rq, line);
	rq->commands = curl_slist_append(rq->commands, line);
	free(line);
	free(to);
	free(from);
}

/* An existing folder is refused too, and the answer does not differ. */
enum dest_result
remote_make_folder(
    const struct remote *r, const char *folder, struct dest_answer *a)
{
	enum dest_result result;
	struct request rq;

	begin_request(&rq, r, "");
	/* Without the star libcurl closes the connection. */
	add_quote(&rq, remote_is_sftp(r) ? "mkdir" : "*MKD", folder, NULL);
	result = send_command(&rq, a);
	if (rq.code == CURLE_OK && rq.reply[0] == '5')
		result = explain_remote(&rq, CURLE_QUOTE_ERROR, a);
	if (result != DEST_DONE && result != DEST_LATER &&
	    (rq.code == CURLE_QUOTE_ERROR || rq.code == CURLE_OK))
		result = dest_answer(a, DEST_ABSENT,
		    "%s/%s: cannot create this folder (%s)", r->url, folder,
		    words(&rq));
	end_request(&rq);
	return result;
}

enum dest_result
remote_rename(const struct remote *r, const char *from, const char *to,
    struct dest_answer *a)
{
	enum dest_result result;
	struct request rq;

	begin_request(&rq, r, "");
	if (remote_is_sftp(r)) {
		add_quote(&rq, "rename", from, to);
	} else {
		add_quote(&rq, "RNFR", from, NULL);
		add_quote(&rq, "RNTO", to, NULL);
	}
	result = send_command(&rq, a);
	end_request(&rq);
	return result;
}

enum dest_result
remote_remove(const struct remote *r, const char *path, struct dest_answer *a)
{
	enum dest_result result;
	struct request rq;

	begin_request(&rq, r, "");
	add_quote(&rq, remote_is_sftp(r) ? "*rm" : "*DELE", path, NULL);
	result = send_command(&rq, a);
	end_request(&rq);
	return result;
}

void
remote_begin(struct remote *r, const struct dest *d)
{
	r->dest = d;
	r->handles = handles_new(true);
}

void
remote_end(struct remote *r)
{
	handles_free(r->handles);
	dest_forget(r->password);
	dest_forget(r->passphrase);
	free(r->url);
	free(r->user);
	free(r->key_file);
	free(r->known_hosts);
	free(r->host_key);
}
