/* SPDX-License-Identifier: ISC */
#ifndef CLOUD_H
#define CLOUD_H

/*
 * The meaning of the object stores' answers, and texts for requests to them.
 * Sources, by the vendors' page names: Amazon S3 "Error
 * responses"; Cloud Storage "XML API: HTTP status and error codes", "HTTP
 * headers"; Azure Storage "Blob Storage error codes", "Common REST API error
 * codes", "Authorize with Shared Key", "Create a service SAS".
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum cloud_service { CLOUD_S3, CLOUD_GCS, CLOUD_AZURE };

enum cloud_verdict {
	CLOUD_DONE,    /* 2xx */
	CLOUD_ABSENT,  /* there is no such object */
	CLOUD_TAKEN,   /* the name exists: look and compare */
	CLOUD_KEPT,    /* the same, and a retention policy protects it */
	CLOUD_EXPIRED, /* the token has expired: get another, once */
	CLOUD_SKEWED,  /* the clocks differ: correct ours, once */
	CLOUD_LATER,   /* transient */
	CLOUD_PAUSED,  /* the destination waits for a person */
	CLOUD_NEVER    /* this recording cannot go there */
};

struct cloud_meaning {
	enum cloud_verdict verdict;
	const char *text; /* the cause and the remedy, or "" */
	bool right;       /* the login does not have the right */
};
/* code: the service's error code, or "". */
struct cloud_meaning cloud_judge(
    enum cloud_service service, int status, const char *code);
/* The text if the login does not have the right to delete. */
const char *cloud_delete_right(enum cloud_service service);

/*
 * The text of the first <name> in XML, if it consists of [A-Za-z0-9._-] and is
 * shorter than size; else "" and false.
 */
bool cloud_element(
    const char *xml, size_t n, const char *name, char *out, size_t size);

/* The value of a kind, such as "md5" in "crc32c=n03x6A==,md5=Ojk9c3dh...", if it
 * is printable; else "" and false. */
bool cloud_goog_hash(
    const char *value, const char *kind, char *out, size_t size);

/* When a shared access signature ends (its se=), or -1. */
int64_t cloud_sas_ends_us(const char *sas);

/*
 * The string to sign of Azure's SharedKey. headers: "Name: value",
 * NULL-ended; url: with its query, as it is sent; bytes: of the body. To be
 * freed.
 */
char *cloud_azure_text(const char *method, const char *account, const char *url,
    const char *const *headers, uint64_t bytes);

/* Seconds since 1970 as "Fri, 26 Jun 2015 23:39:12 GMT" (RFC 9110). */
#define CLOUD_DATE_SIZE 80
const char *cloud_date(int64_t seconds, char out[CLOUD_DATE_SIZE]);

#endif
