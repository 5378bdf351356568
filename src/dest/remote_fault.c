/* SPDX-License-Identifier: ISC */
#include "remote_fault.h"

#include <string.h>
#include <strings.h>

static const struct by_code {
	CURLcode code;
	enum dest_result result;
	bool answered;
	const char *text;
} codes[] = {
    {CURLE_REMOTE_FILE_NOT_FOUND, DEST_ABSENT, true,
	"no such file or directory"},
    {CURLE_PEER_FAILED_VERIFICATION, DEST_PAUSED, false,
	"the server could not be verified: its host key or certificate is not "
	"the one in the settings, or has expired"},
    {CURLE_LOGIN_DENIED, DEST_PAUSED, false, "the login was refused"},
    {CURLE_REMOTE_ACCESS_DENIED, DEST_PAUSED, true,
	"the login has no right to this place"},
    {CURLE_REMOTE_FILE_EXISTS, DEST_ABSENT, true,
	"the file exists already and may not be overwritten"},
    {CURLE_UPLOAD_FAILED, DEST_ABSENT, true,
	"the server refuses it at this path"},
    {CURLE_QUOTE_ERROR, DEST_ABSENT, true, "refused"},
    {CURLE_USE_SSL_FAILED, DEST_PAUSED, false,
	"the server offers no TLS, or refuses it for files (PROT P), and "
	"nothing is sent in the clear"},
    {CURLE_SSL_CACERT_BADFILE, DEST_PAUSED, false, "ca_file cannot be read"},
    {CURLE_SSL_CERTPROBLEM, DEST_PAUSED, false, NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, DEST_PAUSED, false, NULL},
    {CURLE_URL_MALFORMAT, DEST_PAUSED, false, NULL},
    {CURLE_NOT_BUILT_IN, DEST_PAUSED, false, NULL},
    {CURLE_FTP_WEIRD_PASV_REPLY, DEST_LATER, false,
	"no data connection could be opened (firewall or passive ports?)"},
    {CURLE_FTP_CANT_GET_HOST, DEST_LATER, false,
	"no data connection could be opened (firewall or passive ports?)"},
    {CURLE_REMOTE_DISK_FULL, DEST_LATER, true,
	"its disk is full, or a quota is used up"},
    {CURLE_PARTIAL_FILE, DEST_LATER, false,
	"the server stored only a part of it (its disk may be full)"},
    {CURLE_OPERATION_TIMEDOUT, DEST_LATER, false, "no answer in time"},
};

/* RFC 959, 4.2.2; RFC 4217, 8; RFC 2228, 5. 550, and 553 of some servers, means
 * that something is missing or not allowed. 451 can have any reason. */
static const struct by_reply {
	const char *reply;
	enum dest_result result;
	const char *text;
} replies[] = {
    {"452 ", DEST_LATER, "its disk is full, or a quota is used up"},
    {"552 ", DEST_LATER, "its disk is full, or a quota is used up"},
    {"530 ", DEST_PAUSED, "the login was refused"},
    {"532 ", DEST_PAUSED, "the login may not store files"},
    {"50", DEST_PAUSED, "the server does not support this command"},
    {"522 ", DEST_PAUSED, "the server requires TLS to be set up differently"},
    {"53", DEST_PAUSED, "the server requires TLS to be set up differently"},
    {"550 ", DEST_ABSENT, "the server refuses it at this path"},
    {"551 ", DEST_ABSENT, "the server refuses it at this path"},
    {"553 ", DEST_ABSENT, "the server refuses it at this path"},
    {"5", DEST_PAUSED, "the server refuses it"},
};

static const struct by_code *
find_code(CURLcode code)
{
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (codes[i].code == code)
			return &codes[i];
	return NULL;
}

/* vsftpd sends 451 for it, and other servers have their own texts. */
static bool
speaks_of_space(const char *reply)
{
	static const char *const words[] = {
	    "space", "quota", "disk full", "writing to local file"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasestr(reply, words[i]))
			return true;
	return false;
}

/* The server's answer is more reliable than libcurl's error. */
static bool
by_reply(CURLcode code, const char *reply, struct remote_fault *f)
{
	if ((reply[0] != '4' && reply[0] != '5') ||
	    code == CURLE_REMOTE_FILE_NOT_FOUND ||
	    code == CURLE_OPERATION_TIMEDOUT ||
	    (f->result == DEST_PAUSED && !f->answered))
		return false;
	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
		if (strncmp(reply, replies[i].reply,
			strlen(replies[i].reply)) == 0) {
			f->result = replies[i].result;
			f->text = replies[i].text;
			f->answered = true;
			break;
		}
	if (strncmp(reply, "45", 2) == 0)
		f->answered = true;
	f->full = strncmp(reply + 1, "52 ", 3) == 0 ||
		  (f->answered && speaks_of_space(reply));
	if (f->full) {
		f->result = DEST_LATER;
		f->text = "its disk is full, or a quota is used up";
	}
	return f->answered;
}

/*
 * libcurl reports FAILED_INIT for missing memory, and for any failure at the
 * beginning of SSH. libssh2's number distinguishes them: -6 is missing memory.
 */
static const char *
ssh_start(CURLcode code, const char *error)
{
	return code == CURLE_FAILED_INIT
		   ? strstr(error, "establishing ssh session: ")
		   : NULL;
}

static bool
by_machine(CURLcode code, const char *error)
{
	const char *ssh = ssh_start(code, error);

	return code == CURLE_OUT_OF_MEMORY ||
	       (code == CURLE_FAILED_INIT &&
		   (!ssh || strstr(ssh, ": -6,") != NULL));
}

/* libssh2: -5 means that there is no common method. */
static void
by_start(const char *ssh, struct remote_fault *f)
{
	if (strstr(ssh, ": -5,")) {
		f->result = DEST_PAUSED;
		f->text =
		    "the server and this host have no SSH algorithm in common";
	} else if (strstr(ssh, "encryption keys")) {
		f->text = "the connection was lost while SSH started";
	} else {
		f->text = "the server closed the connection before SSH started "
			  "(OpenSSH: MaxStartups, PerSourcePenalties)";
	}
}

struct remote_fault
remote_fault(CURLcode code, const char *reply, const char *error)
{
	const struct by_code *c = find_code(code);
	struct remote_fault f = {DEST_LATER, curl_easy_strerror(code),
	    code == CURLE_REMOTE_DISK_FULL, false, by_machine(code, error)};

	if (c) {
		f.result = c->result;
		f.answered = c->answered;
		if (c->text)
			f.text = c->text;
	}
	if (ssh_start(code, error) && !f.machine)
		by_start(ssh_start(code, error), &f);
	if (by_reply(code, reply, &f) || code != CURLE_SSH)
		return f;
	/* SSH_FX_FAILURE has no reason; any other error is of the network. */
	f.answered = strstr(error, "Failure") != NULL ||
		     strstr(error, "not supported") != NULL;
	f.text = f.answered ? "the server gave no reason (its disk is full, a "
			      "right is missing, or it does not support this)"
			    : "the connection was lost";
	return f;
}
