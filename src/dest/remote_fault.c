/* SPDX-License-Identifier: ISC */
#include "remote_fault.h"

#include <string.h>

static const struct fault {
	CURLcode code;
	enum dest_result result;
	const char *text;
} faults[] = {
    {CURLE_REMOTE_FILE_NOT_FOUND, DEST_ABSENT, "no such file or directory"},
    {CURLE_PEER_FAILED_VERIFICATION, DEST_PAUSED,
	"this server is not the one that the settings name: its host key or "
	"certificate is another one"},
    {CURLE_LOGIN_DENIED, DEST_PAUSED, "the login was refused"},
    {CURLE_REMOTE_ACCESS_DENIED, DEST_PAUSED,
	"the login has no right to this place"},
    {CURLE_USE_SSL_FAILED, DEST_PAUSED,
	"the server offers no TLS, and nothing is sent in the clear"},
    {CURLE_SSL_CACERT_BADFILE, DEST_PAUSED, "ca_file cannot be read"},
    {CURLE_SSL_CERTPROBLEM, DEST_PAUSED, NULL},
    {CURLE_UNSUPPORTED_PROTOCOL, DEST_PAUSED, NULL},
    {CURLE_URL_MALFORMAT, DEST_PAUSED, NULL},
    {CURLE_NOT_BUILT_IN, DEST_PAUSED, NULL},
    {CURLE_FTP_WEIRD_PASV_REPLY, DEST_LATER, "no data connection came about"},
    {CURLE_FTP_CANT_GET_HOST, DEST_LATER, "no data connection came about"},
    {CURLE_SSH, DEST_LATER, "the server or the line broke off"},
    {CURLE_REMOTE_DISK_FULL, DEST_LATER, "its disk is full"},
    {CURLE_OPERATION_TIMEDOUT, DEST_LATER, "no answer in time"},
};

enum dest_result
remote_fault_means(CURLcode code, const char **text)
{
	*text = curl_easy_strerror(code);
	for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
		if (faults[i].code == code) {
			if (faults[i].text)
				*text = faults[i].text;
			return faults[i].result;
		}
	return DEST_LATER;
}

bool
remote_fault_is_full(CURLcode code, const char *reply)
{
	static const char *const replies[] = {"451 ", "452 ", "552 "};

	for (size_t i = 0; i < sizeof replies / sizeof *replies; i++)
		if (strncmp(reply, replies[i], 4) == 0)
			return true;
	return code == CURLE_REMOTE_DISK_FULL;
}
