/* SPDX-License-Identifier: ISC */
#include "remote_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Answers of servers and errors of libcurl, and the resulting messages. */
static const struct {
	CURLcode code;
	const char *reply, *error;
	enum dest_result result;
	bool full, answered;
	const char *text;
} rows[] = {
    /* Pure-FTPd, a quota; ProFTPD's mod_quotatab; vsftpd, a full disk. */
    {CURLE_QUOTE_ERROR, "552 Disk full - please upload later", "", DEST_LATER,
	true, true, "disk is full, or a quota"},
    {CURLE_PARTIAL_FILE, "552 Transfer aborted. Disk quota exceeded", "",
	DEST_LATER, true, true, "disk is full, or a quota"},
    {CURLE_PARTIAL_FILE, "451 Failure writing to local file.", "", DEST_LATER,
	true, true, "disk is full, or a quota"},
    /* ProFTPD without AllowStoreRestart: any reason, and no full disk. */
    {CURLE_FTP_COULDNT_USE_REST,
	"451 _upload-1.part: Append/Restart not permitted, try again", "",
	DEST_LATER, false, true, ""},
    /* The reply to STOR, taken for that to PASV; without libcurl's text. */
    {CURLE_FTP_WEIRD_PASV_REPLY, "550 new/c1.mp3: No such file or directory",
	"Bad PASV/EPSV response: 550", DEST_ABSENT, false, true,
	"refuses it at this path"},
    {CURLE_FTP_WEIRD_PASV_REPLY, "150 Ok to send data.",
	"Bad PASV/EPSV response: 150", DEST_LATER, false, false,
	"no data connection could be opened (firewall or passive ports?)"},
    {CURLE_LOGIN_DENIED, "530 Login incorrect.", "Access denied: 530",
	DEST_PAUSED, false, false, "the login was refused"},
    /* SSH_FX_FAILURE is a server's answer, a broken connection is none. */
    {CURLE_SSH, "", "Failed to send SSH data: Failure", DEST_LATER, false, true,
	"gave no reason (its disk is full"},
    {CURLE_SSH, "", "Error in the SSH layer", DEST_LATER, false, false,
	"the connection was lost"},
    /* OpenSSH 10 after some broken connections. */
    {CURLE_FAILED_INIT, "",
	"Failure establishing ssh session: -13, Failed getting banner",
	DEST_LATER, false, false, "PerSourcePenalties"},
    /* One that offers sntrup761 alone; one that is cut while keys are made. */
    {CURLE_FAILED_INIT, "",
	"Failure establishing ssh session: -5, Unable to exchange encryption "
	"keys",
	DEST_PAUSED, false, false, "no SSH algorithm in common"},
    {CURLE_FAILED_INIT, "",
	"Failure establishing ssh session: -8, Unable to exchange encryption "
	"keys",
	DEST_LATER, false, false, "lost while SSH started"},
    {CURLE_REMOTE_DISK_FULL, "", "", DEST_LATER, true, true, "disk is full"},
};

static void
faults(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct remote_fault f =
		    remote_fault(rows[i].code, rows[i].reply, rows[i].error);

		print_message("%d %s\n", rows[i].code, rows[i].reply);
		assert_int_equal(f.result, rows[i].result);
		assert_int_equal(f.full, rows[i].full);
		assert_int_equal(f.answered, rows[i].answered);
		assert_non_null(strstr(f.text, rows[i].text));
	}
}

/* Whose fault libcurl's FAILED_INIT is. */
static void
whose(void **state)
{
	static const char none[] =
	    "Failure establishing ssh session: -6, Unable to allocate memory";
	static const char ended[] =
	    "Failure establishing ssh session: -43, Failed getting banner";

	(void)state;
	assert_true(remote_fault(CURLE_OUT_OF_MEMORY, "", "").machine);
	assert_true(remote_fault(CURLE_FAILED_INIT, "", "").machine);
	assert_true(remote_fault(CURLE_FAILED_INIT, "", none).machine);
	assert_false(remote_fault(CURLE_FAILED_INIT, "", ended).machine);
	assert_false(remote_fault(CURLE_SSH, "", "").machine);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(faults), cmocka_unit_test(whose)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
