/* SPDX-License-Identifier: ISC */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "loop.h"
#include "when.h"

bool
connection_certificate(CURL *c, struct findings *f)
{
	static const char label[] = "Expire date:";
	struct curl_certinfo *chain = NULL;
	const struct curl_slist *line;
	int64_t ends;

	if (curl_easy_getinfo(c, CURLINFO_CERTINFO, &chain) != CURLE_OK ||
	    !chain || chain->num_of_certs < 1)
		return false;
	findings_tell(
	    f, "connection", "TLS; the certificate is good for this name");
	/* The first one is that of the server itself. */
	for (line = chain->certinfo[0]; line; line = line->next)
		if (strncmp(line->data, label, sizeof label - 1) == 0 &&
		    when_web(line->data + sizeof label - 1, &ends) == 0)
			findings_certificate(f, ends, when_now_us());
	return true;
}

static void
set_up(CURL *c, const struct dest *d, const char *url)
{
	curl_easy_setopt(c, CURLOPT_URL, url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "https,http");
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)d->connect_s);
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)d->connect_s);
	curl_easy_setopt(c, CURLOPT_CONNECT_ONLY, 1L);
	curl_easy_setopt(c, CURLOPT_CERTINFO, 1L);
	if (d->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, d->ca_file);
	if (d->proxy)
		curl_easy_setopt(c, CURLOPT_PROXY, d->proxy);
}

enum dest_result
connection_test(const struct dest *d, struct findings *f, struct dest_answer *a)
{
	char error[CURL_ERROR_SIZE] = "";
	char *url = d->kind->where(d, "");
	enum dest_result r = DEST_DONE;
	CURLcode code;
	CURL *c;

	if (strncmp(url, "http", 4) == 0) {
		c = loop_easy();
		set_up(c, d, url);
		curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
		code = curl_easy_perform(c);
		if (code != CURLE_OK) {
			r = dest_answer(a, DEST_LATER, "%s: %s", url,
			    error[0] ? error : curl_easy_strerror(code));
			findings_tell(f, "connection", "none: %s",
			    error[0] ? error : curl_easy_strerror(code));
		} else if (!connection_certificate(c, f)) {
			findings_tell(f, "connection",
			    "within this machine, without TLS");
		}
		curl_easy_cleanup(c);
	}
	free(url);
	return r;
}
