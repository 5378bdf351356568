/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include <sys/mman.h>
#include <unistd.h>

#include "decide.h"
#include "formats.h"
#include "ini.h"
#include "io.h"
#include "policy_read.h"
#include "text.h"

static const char rules[] =
    "[inbound]\nrecord = yes\n[outbound]\nrecord = yes\n"
    "[queue ivr/A inbound]\nredaction = no\n";

/* A file in memory with a path. */
static char *
memory_file(const uint8_t *data, size_t size, int *fd)
{
	*fd = memfd_create("fuzz", 0);
	if (*fd < 0 || io_write(*fd, data, size) != 0)
		abort();
	return text_format("/proc/self/fd/%d", *fd);
}

static void
read_doc(struct doc *doc, const char *text, size_t n)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, n, "r");
	struct ini_stream cs = {.file = file, .name = "fuzz"};

	/* What import_finish() writes must read back. */
	if (!file || ini_next(&cs, doc, NULL) != 1 || cs.pushed)
		abort();
	(void)fclose(file);
}

static void
judge(const struct policy *policy, const struct buf *text)
{
	struct decision d;
	struct call call;
	struct doc doc;

	read_doc(&doc, text->s, text->len);
	if (call_from_doc(&call, &doc, NULL) == 0) {
		decide_call(&d, policy, &call, 0);
		decide_free(&d);
		call_free(&call);
	}
	doc_free(&doc);
}

/* The rest of the input behind a line of ==== is the file beside the first. */
static const uint8_t *
second_file(const uint8_t *data, size_t size)
{
	return memmem(data, size, "\n====\n", 6);
}

/*
 * The first byte picks the format, a letter from 'a', in capitals with an
 * outbound type and all calls answered.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct why why = {.text = ""};
	struct import_options o = {.zone = "utc"};
	struct import im = {.o = &o};
	struct policy_notes faults = {0};
	const uint8_t *second;
	struct doc policy_doc;
	struct policy policy;
	char *path, *beside;
	int fd, fd2;

	if (size < 1)
		return 0;
	o.type = data[0] & 32 ? "direct" : "dialpad";
	o.answered = !(data[0] & 32);
	second = second_file(data, size);
	path = memory_file(
	    data + 1, second ? (size_t)(second - data) : size - 1, &fd);
	beside = memory_file(second ? second + 6 : data,
	    second ? size - (size_t)(second - data) - 6 : 0, &fd2);
	if (second)
		o.queue_log = o.streams = beside;
	read_doc(&policy_doc, rules, sizeof rules - 1);
	if (policy_from_doc(&policy, &policy_doc, &faults) != 0)
		abort();
	(void)formats_read(&im, formats[((data[0] | 32) - 'a') % 7u].name,
	    (const char *const[]){path}, 1, &why);
	for (size_t i = 0; i < im.calls; i++) {
		struct buf text = {0};
		if (import_finish(&im, &im.call[i], &text, NULL) == 0)
			judge(&policy, &text);
		buf_free(&text);
	}
	import_free(&im);
	policy_free(&policy);
	doc_free(&policy_doc);
	free(path);
	free(beside);
	(void)close(fd);
	(void)close(fd2);
	return 0;
}
