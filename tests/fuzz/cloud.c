/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <stddef.h>
#include <stdint.h>

#include "base64.h"
#include "cloud.h"
#include "text.h"

/* Any bytes as what an object store may answer, and as what a person pastes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const headers[] = {"x-ms-date: x", "Range: y", NULL};
	char *text = text_ndup((const char *)data, size), word[24], *again;
	unsigned char *raw;
	size_t n;

	for (int service = CLOUD_S3; service <= CLOUD_AZURE; service++) {
		const char *name = service == CLOUD_S3 ? "Region" : "Code";

		(void)cloud_element(
		    (const char *)data, size, name, word, sizeof word);
		(void)cloud_judge((enum cloud_service)service,
		    size ? 200 + data[0] * 2 : 0, word);
	}
	(void)cloud_goog_hash(text, "md5", word, sizeof word);
	(void)cloud_goog_hash(text, "crc32c", word, sizeof word);
	(void)cloud_sas_ends_us(text);
	free(cloud_azure_text("PUT", "account", text, headers, size));
	raw = base64_decode(text, &n);
	if (raw) { /* what is canonical comes back as it was */
		again = base64_encode(raw, n);
		if (strcmp(again, text) != 0)
			abort();
		free(again);
	}
	free(raw);
	free(text);
	return 0;
}
