/* SPDX-License-Identifier: ISC */
#include "cloud.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "when.h"

/* The vendors' error codes, and their meaning here. */
static const struct {
	enum cloud_service service;
	int status;
	const char *code;
	enum cloud_verdict wanted;
} answers[] = {
    {CLOUD_S3, 200, "", CLOUD_DONE},
    {CLOUD_S3, 204, "", CLOUD_DONE},
    {CLOUD_S3, 412, "PreconditionFailed", CLOUD_TAKEN},
    {CLOUD_S3, 412, "", CLOUD_TAKEN},
    {CLOUD_S3, 409, "ConditionalRequestConflict", CLOUD_LATER},
    {CLOUD_S3, 409, "OperationAborted", CLOUD_LATER},
    {CLOUD_S3, 403, "RequestTimeTooSkewed", CLOUD_SKEWED},
    {CLOUD_S3, 403, "SignatureDoesNotMatch", CLOUD_PAUSED},
    {CLOUD_S3, 403, "AccessDenied", CLOUD_PAUSED},
    {CLOUD_S3, 403, "", CLOUD_PAUSED},
    {CLOUD_S3, 400, "ExpiredToken", CLOUD_PAUSED},
    {CLOUD_S3, 400, "InvalidToken", CLOUD_PAUSED},
    {CLOUD_S3, 404, "NoSuchKey", CLOUD_ABSENT},
    {CLOUD_S3, 404, "NoSuchBucket", CLOUD_PAUSED},
    {CLOUD_S3, 404, "", CLOUD_ABSENT},
    {CLOUD_S3, 400, "RequestTimeout", CLOUD_LATER},
    {CLOUD_S3, 400, "XAmzContentSHA256Mismatch", CLOUD_LATER},
    {CLOUD_S3, 400, "InvalidRequest", CLOUD_NEVER},
    {CLOUD_S3, 400, "EntityTooLarge", CLOUD_NEVER},
    {CLOUD_S3, 301, "PermanentRedirect", CLOUD_PAUSED},
    {CLOUD_S3, 307, "", CLOUD_PAUSED},
    {CLOUD_S3, 429, "", CLOUD_LATER},
    {CLOUD_S3, 500, "InternalError", CLOUD_LATER},
    {CLOUD_S3, 501, "NotImplemented", CLOUD_PAUSED},
    {CLOUD_S3, 502, "", CLOUD_LATER},
    {CLOUD_S3, 503, "SlowDown", CLOUD_LATER},
    {CLOUD_S3, 504, "", CLOUD_LATER},
    {CLOUD_GCS, 412, "PreconditionFailed", CLOUD_TAKEN},
    {CLOUD_GCS, 403, "RetentionPolicyNotMet", CLOUD_KEPT},
    {CLOUD_GCS, 403, "ObjectUnderActiveHold", CLOUD_KEPT},
    {CLOUD_GCS, 401, "", CLOUD_EXPIRED},
    {CLOUD_GCS, 403, "AccessDenied", CLOUD_PAUSED},
    {CLOUD_GCS, 400, "BadDigest", CLOUD_LATER},
    {CLOUD_GCS, 408, "", CLOUD_LATER},
    {CLOUD_GCS, 409, "", CLOUD_LATER},
    {CLOUD_GCS, 413, "", CLOUD_NEVER},
    {CLOUD_AZURE, 409, "BlobAlreadyExists", CLOUD_TAKEN},
    {CLOUD_AZURE, 412, "ConditionNotMet", CLOUD_TAKEN},
    {CLOUD_AZURE, 412, "LeaseIdMissing", CLOUD_TAKEN},
    {CLOUD_AZURE, 403, "UnauthorizedBlobOverwrite", CLOUD_TAKEN},
    {CLOUD_AZURE, 409, "BlobImmutableDueToPolicy", CLOUD_KEPT},
    {CLOUD_AZURE, 409, "ContainerBeingDeleted", CLOUD_PAUSED},
    {CLOUD_AZURE, 409, "", CLOUD_LATER},
    {CLOUD_AZURE, 403, "AuthenticationFailed", CLOUD_PAUSED},
    {CLOUD_AZURE, 404, "BlobNotFound", CLOUD_ABSENT},
    {CLOUD_AZURE, 404, "ContainerNotFound", CLOUD_PAUSED},
    {CLOUD_AZURE, 400, "Md5Mismatch", CLOUD_LATER},
    {CLOUD_AZURE, 413, "RequestBodyTooLarge", CLOUD_NEVER},
    {CLOUD_AZURE, 500, "OperationTimedOut", CLOUD_LATER},
    {CLOUD_AZURE, 503, "ServerBusy", CLOUD_LATER},
    {CLOUD_AZURE, 507, "", CLOUD_LATER},
};

static void
verdicts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct cloud_meaning m = cloud_judge(
		    answers[i].service, answers[i].status, answers[i].code);

		if (m.verdict != answers[i].wanted)
			fail_msg("%d %s: %d", answers[i].status,
			    answers[i].code, (int)m.verdict);
		assert_non_null(m.text);
	}
}

static const struct {
	const char *xml, *name, *wanted;
} elements[] = {
    {"<Error><Code>NoSuchKey</Code></Error>", "Code", "NoSuchKey"},
    {"<Error><Region>eu-west-1</Region>", "Region", "eu-west-1"},
    {"<Code></Code>", "Code", ""},
    {"<Code>two words</Code>", "Code", ""},
    {"<Code>a&lt;b</Code>", "Code", ""},
    {"<Code>\x1b[2J</Code>", "Code", ""},
    {"<Code>cut", "Code", ""},
    {"<Code>", "Code", ""},
    {"<Codes>x</Codes>", "Code", ""},
    {"<Code>aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</Code>", "Code", ""},
    {"", "Code", ""},
};

static void
xml(void **state)
{
	char out[32];

	(void)state;
	for (size_t i = 0; i < sizeof elements / sizeof *elements; i++) {
		bool got = cloud_element(elements[i].xml,
		    strlen(elements[i].xml), elements[i].name, out, sizeof out);

		assert_string_equal(out, elements[i].wanted);
		assert_int_equal(got, out[0] != '\0');
	}
}

static void
goog_hash(void **state)
{
	char out[32];

	(void)state;
	assert_true(cloud_goog_hash(
	    "crc32c=n03x6A==,md5=Ojk9c3dhfxgoKVVHYwFbHQ==", "md5", out,
	    sizeof out));
	assert_string_equal(out, "Ojk9c3dhfxgoKVVHYwFbHQ==");
	assert_true(cloud_goog_hash(
	    "md5=x , CRC32C=n03x6A==", "crc32c", out, sizeof out));
	assert_string_equal(out, "n03x6A==");
	assert_false(cloud_goog_hash("xmd5=x", "md5", out, sizeof out));
	assert_false(cloud_goog_hash("md5=", "md5", out, sizeof out));
	assert_false(cloud_goog_hash("md5=0123456789", "md5", out, 10));
	assert_false(cloud_goog_hash(NULL, "md5", out, sizeof out));
	assert_false(cloud_goog_hash("", "md5", out, sizeof out));
}

static void
sas(void **state)
{
	int64_t us;

	(void)state;
	assert_int_equal(when_parse("2026-11-25T10:00:00Z", &us), 0);
	assert_int_equal(
	    cloud_sas_ends_us("sv=x&se=2026-11-25T10%3A00%3A00Z&sig=x"), us);
	assert_int_equal(cloud_sas_ends_us("se=2026-11-25T10:00:00Z"), us);
	assert_int_equal(cloud_sas_ends_us("sse=2026-11-25T10:00:00Z"), -1);
	assert_int_equal(cloud_sas_ends_us("se=soon&sig=x"), -1);
	assert_int_equal(cloud_sas_ends_us("sig=x"), -1);
	assert_int_equal(cloud_sas_ends_us(""), -1);
	assert_int_equal(when_parse("2026-11-25T00:00:00Z", &us), 0);
	assert_int_equal(cloud_sas_ends_us("se=2026-11-25"), us);
}

/* The example of "Authorize with Shared Key". */
static void
azure_example(void **state)
{
	static const char *const headers[] = {"x-ms-version: 2015-02-21",
	    "x-ms-date: Fri, 26 Jun 2015 23:39:12 GMT", NULL};
	char *text = cloud_azure_text("GET", "myaccount",
	    "https://myaccount.blob.core.windows.net/mycontainer"
	    "?restype=container&comp=metadata&timeout=20",
	    headers, 0);

	(void)state;
	assert_string_equal(text,
	    "GET\n\n\n\n\n\n\n\n\n\n\n\n"
	    "x-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
	    "x-ms-version:2015-02-21\n"
	    "/myaccount/mycontainer\n"
	    "comp:metadata\nrestype:container\ntimeout:20");
	free(text);
}

static void
azure_put(void **state)
{
	static const char *const headers[] = {"Content-Type: audio/mpeg",
	    "X-MS-Blob-Type: BlockBlob", "If-None-Match: *",
	    "Content-MD5: eB5eJF1ptWaXm4bijSPyxw==", "x-ms-version: 2021-12-02",
	    NULL};
	char *text = cloud_azure_text("PUT", "devstoreaccount1",
	    "http://127.0.0.1:10000/devstoreaccount1/rec/a%20b", headers, 12);

	(void)state;
	assert_string_equal(text,
	    "PUT\n\n\n12\neB5eJF1ptWaXm4bijSPyxw==\naudio/mpeg\n\n\n\n*\n\n\n"
	    "x-ms-blob-type:BlockBlob\nx-ms-version:2021-12-02\n"
	    "/devstoreaccount1/devstoreaccount1/rec/a%20b");
	free(text);
}

static void
dates(void **state)
{
	char out[CLOUD_DATE_SIZE];

	(void)state;
	assert_string_equal(
	    cloud_date(1435361952, out), "Fri, 26 Jun 2015 23:39:12 GMT");
	assert_string_equal(
	    cloud_date(0, out), "Thu, 01 Jan 1970 00:00:00 GMT");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(verdicts),
	    cmocka_unit_test(xml),
	    cmocka_unit_test(goog_hash),
	    cmocka_unit_test(sas),
	    cmocka_unit_test(azure_example),
	    cmocka_unit_test(azure_put),
	    cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
