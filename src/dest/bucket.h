/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_H
#define BUCKET_H

/*
 * Shared by the object stores (S3, Cloud Storage, Azure). Each attempt is signed
 * again, cloud.h judges the answers, a wrong clock is corrected, and an object is
 * created only once and compared by the hash that the store reports. A kind has a
 * struct bucket as the first member of its own struct, sets `dialect` in its
 * open, and uses the functions below.
 */

#include "cloud.h"
#include "hash.h"
#include "web.h"

/* Hashes of an item in Base64, as the stores write them, and md5_hex. */
struct bucket_sums {
	bool ready;
	char sha256[48], md5[28], md5_hex[HASH_HEX_SIZE], crc32c[12];
};
/* Computes them once, by reading the file. 0, or -1 with errno. */
int bucket_sums(struct bucket_sums *sums, const struct dest_item *item);

/* The headers of one request, "Name: value". They are wiped afterwards, because
 * one may contain a token. */
struct bucket_headers {
	char *line[20]; /* NULL-ended */
	size_t count;
};
void bucket_header(struct bucket_headers *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

void bucket_forget(struct bucket_headers *h);

struct bucket_request {
	const char *method;
	char *url;                    /* with its query */
	const struct dest_item *item; /* the body, or NULL */
	struct bucket_headers headers;
	bool is_signed; /* by a header, so libcurl does not sign */
};

enum bucket_match { BUCKET_SAME, BUCKET_OTHER, BUCKET_UNSURE };

/* Whether the server refuses content whose hash is not the signed one. */
enum bucket_checks { CHECKS_UNKNOWN, CHECKS_ASKED, CHECKS_NOT, CHECKS };

struct bucket {
	struct web web;
	const struct bucket_dialect *dialect;
	_Atomic int checks;     /* enum bucket_checks */
	_Atomic int64_t skew_s; /* the server's clock minus ours */
	_Atomic bool tell_skew; /* the skew has not been reported yet */
	/* It does not support "create only": look, put, look. */
	_Atomic bool overwrites;
};

struct bucket_dialect {
	enum cloud_service service;
	const char *place; /* "bucket" or "container" */
	/*
	 * Adds the signature or token; now_s is the server's time. *token: 0,
	 * or the number of the token that was refused; it is set to the number
	 * of the token in use. DEST_DONE, or another result with the answer.
	 */
	enum dest_result (*authorize)(struct bucket *b,
	    struct bucket_request *rq, int64_t now_s, unsigned *token,
	    struct dest_answer *a);
	/* Adds the headers of a put: create only, and the hash to check. */
	int (*creating)(const struct bucket *b, struct bucket_headers *h,
	    const struct dest_item *item, struct bucket_sums *sums);
	/* Compares the hashes in the answer to a HEAD or a put. */
	enum bucket_match (*compare)(struct bucket *b,
	    const struct http_reply *rp, bool put, const struct dest_item *item,
	    struct bucket_sums *sums);
	/* Replaces the text of a refusal by a better one, such as the right
	   region, or leaves it. May be NULL. */
	void (*hint)(const struct bucket *b, const struct http_reply *rp,
	    char *text, size_t size);
	/* Adds headers to a put: until when to keep it (bucket_keep.h). */
	void (*keeping)(struct bucket_headers *h, const struct keep *keep);
	/* Asks for the same for an object that exists. */
	enum dest_result (*protect)(struct bucket *b,
	    const struct dest_item *item, struct dest_answer *a);
	/* Names of the headers with the end of retention, with a hold, and
	   with the code of an error; held and code may be NULL. */
	const char *kept_until, *held, *code;
	const char *held_yes; /* the value of held if there is a hold */
	/* A header, and its value if nobody can end the retention early. */
	const char *mode, *mode_fixed;
	const char *keep_rights; /* what else the login needs to keep */
	bool clocked; /* requests have the time, and a wrong one is refused */
};

/*
 * A request to an object, or (object NULL) to the bucket. query and headers may
 * be NULL. bucket_ask() returns the verdict. It fills the answer unless that is
 * DONE, ABSENT, TAKEN or KEPT. Free rp in any case.
 */
struct bucket_ask {
	const char *method, *object, *query;
	const char *const *headers;
	const struct dest_item *item;
	struct bucket_sums *sums; /* of a put, else NULL */
	bool as_is;    /* send the item without a check of its hash */
	bool change;   /* the item is what to change of the object: no put */
	char *url;     /* use this one instead; or NULL */
	uint64_t most; /* of the body of a success to read; 0: what is kept */
};
enum cloud_verdict bucket_ask(struct bucket *b, const struct bucket_ask *ask,
    struct http_reply *rp, struct dest_answer *a);

enum dest_result bucket_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
enum dest_result bucket_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
enum dest_result bucket_drop(
    struct dest *d, const char *object, struct dest_answer *a);
/* Deletes all versions (bucket_erase.c). */
enum dest_result bucket_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
/* An object's name as the value of a query, to be freed. */
char *bucket_encode(const char *object);
char *bucket_where(const struct dest *d, const char *object);
/*
 * True if libcurl would not sign it right: our clock differs from the server's,
 * or the path is encoded, which some versions of libcurl encode once more.
 */
bool bucket_must_sign(const struct bucket *b, const struct bucket_request *rq);
/* Signs with the server's time: see sigv4.h. */
void bucket_sign(const struct bucket *b, struct bucket_request *rq,
    const char *sha256, int64_t now_s);
/*
 * Adopts the server's time if the difference explains the refusal. True: try
 * again.
 */
bool bucket_correct_clock(struct bucket *b, const struct http_reply *rp);
/* The default result of a verdict. */
enum dest_result bucket_result(enum cloud_verdict v);

/* The SHA-256 of nothing, in hexadecimal. */
#define BUCKET_NOTHING_SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#endif
