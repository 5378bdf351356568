/* SPDX-License-Identifier: ISC */
#ifndef BUCKET_H
#define BUCKET_H

/*
 * What the object stores of the clouds have in common: requests that are
 * signed anew at each try, answers judged by cloud.h, a clock that may be
 * wrong, objects that are created once and compared by the store's own hash.
 * A kind has a struct bucket first in its own struct, fills `dialect` in its
 * open, and uses the functions below as its own.
 */

#include "cloud.h"
#include "hash.h"
#include "web.h"

/* Hashes of an item as the stores write them, in Base64; md5_hex is not. */
struct bucket_sums {
	bool ready;
	char sha256[48], md5[28], md5_hex[HASH_HEX_SIZE], crc32c[12];
};
/* Fills it once, reading the file. 0, or -1 with errno. */
int bucket_sums(struct bucket_sums *sums, const struct dest_item *item);

/* "Name: value" of one request; wiped after it, for a token may be there. */
struct bucket_headers {
	char *line[20]; /* NULL-ended */
	size_t count;
};
void bucket_header(struct bucket_headers *h, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

struct bucket_request {
	const char *method;
	char *url;                    /* with its query */
	const struct dest_item *item; /* the body, or NULL */
	struct bucket_headers headers;
	bool is_signed; /* by a header: libcurl is not to do it */
};

enum bucket_match { BUCKET_SAME, BUCKET_OTHER, BUCKET_UNSURE };

/* Does the server refuse content whose hash is not the signed one? */
enum bucket_checks { CHECKS_UNKNOWN, CHECKS_ASKED, CHECKS_NOT, CHECKS };

struct bucket {
	struct web web;
	const struct bucket_dialect *dialect;
	_Atomic int checks;     /* enum bucket_checks */
	_Atomic int64_t skew_s; /* the server's clock minus ours */
	_Atomic bool tell_skew; /* an operator has not been told yet */
	/* It knows no "create only": look, put, look. */
	_Atomic bool overwrites;
};

struct bucket_dialect {
	enum cloud_service service;
	const char *place; /* "bucket" or "container" */
	/*
	 * Adds what proves who asks, at now_s by the server's clock. *token: 0,
	 * or the number of the token that has just been refused; becomes that
	 * of the one in use. DEST_DONE, or a filled answer.
	 */
	enum dest_result (*authorize)(struct bucket *b,
	    struct bucket_request *rq, int64_t now_s, unsigned *token,
	    struct dest_answer *a);
	/* Headers of a put: create only, and what the server shall check. */
	int (*creating)(const struct bucket *b, struct bucket_headers *h,
	    const struct dest_item *item, struct bucket_sums *sums);
	/* What the headers of an answer to HEAD, or to a put, prove. */
	enum bucket_match (*compare)(struct bucket *b,
	    const struct http_reply *rp, bool put, const struct dest_item *item,
	    struct bucket_sums *sums);
	/* What to tell instead of a refusal's meaning, such as the right
	   region; leaves the text where it knows no better. Or NULL. */
	void (*hint)(const struct bucket *b, const struct http_reply *rp,
	    char *text, size_t size);
	/* Headers with the end of retention and the code of an error, or NULL. */
	const char *kept_until, *code;
	bool clocked; /* requests carry the time, and a wrong one is refused */
};

/*
 * One request to an object, or with object NULL to the bucket; query and
 * headers may be NULL. The verdict; the answer is filled where it is none of
 * DONE, ABSENT, TAKEN and KEPT. Free rp after it.
 */
struct bucket_ask {
	const char *method, *object, *query;
	const char *const *headers;
	const struct dest_item *item;
	struct bucket_sums *sums; /* of a put, else NULL */
	bool as_is;               /* send the item whatever its hash is */
	char *url;                /* asked instead, or NULL */
};
enum cloud_verdict bucket_ask(struct bucket *b, const struct bucket_ask *ask,
    struct http_reply *rp, struct dest_answer *a);

enum dest_result bucket_look(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
enum dest_result bucket_put(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
enum dest_result bucket_drop(
    struct dest *d, const char *object, struct dest_answer *a);
/* With all its versions: bucket_erase.c. */
enum dest_result bucket_erase(
    struct dest *d, const struct dest_item *item, struct dest_answer *a);
/* An object's name as the value of a query, to be freed. */
char *bucket_encode(const char *object);
char *bucket_where(const struct dest *d, const char *object);
/* Signs by the server's clock, where that is another one: see sigv4.h. */
void bucket_sign(const struct bucket *b, struct bucket_request *rq,
    const char *sha256, int64_t now_s);
/*
 * Takes the server's clock where the difference explains that it refused us:
 * true, then it is worth another try.
 */
bool bucket_correct_clock(struct bucket *b, const struct http_reply *rp);
/* The result that a verdict is where nothing else is known of it. */
enum dest_result bucket_result(enum cloud_verdict v);

/* The SHA-256 of nothing, in hexadecimal. */
#define BUCKET_NOTHING_SHA256 \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#endif
