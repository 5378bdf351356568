/* SPDX-License-Identifier: ISC */
#include "envelope.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "guard.h"
#include "io.h"
#include "mem.h"
#include "when.h"

struct envelope {
	char **file;
	X509 **cert;
	size_t certs;
};

/* libcrypto stores errors per thread, where libcurl must not find them. -1 with
 * the text of that error, or of errno. */
static int
library_fault(struct why *why, const char *what)
{
	const char *said = ERR_reason_error_string(ERR_peek_error());

	if (errno != 0)
		why_errno(why, "%s", what);
	else
		why_later(why, "%s: %s", what, said ? said : "libcrypto fails");
	ERR_clear_error();
	return -1;
}

/* ---- certificates ---- */

/* To be freed; NULL with why. */
static char *
read_text(const char *path, struct why *why)
{
	enum { MOST = 1 << 20 };
	int fd = guard_open(path, MOST, why);
	char *text = NULL;

	if (fd < 0)
		return NULL;
	text = mem_alloc(MOST + 1);
	if (io_read(fd, text, MOST) < 0) {
		why_errno(why, "%s", path);
		free(text);
		text = NULL;
	}
	(void)close(fd);
	return text;
}

static int64_t
time_us(const ASN1_TIME *t)
{
	struct tm tm;

	return ASN1_TIME_to_tm(t, &tm) == 1
		   ? (int64_t)timegm(&tm) * INT64_C(1000000)
		   : INT64_MIN;
}

static int
check_valid(X509 *cert, const char *path, struct why *why)
{
	int64_t from_us = time_us(X509_get0_notBefore(cert));
	int64_t to_us = time_us(X509_get0_notAfter(cert));
	int64_t now_us = when_now_us();
	char text[WHEN_SIZE];

	if (from_us == INT64_MIN || to_us == INT64_MIN)
		return why_set(why, "%s: has no dates", path);
	if (now_us < from_us)
		return why_set(why,
		    "%s: the certificate is not valid before %s", path,
		    when_text(from_us, text));
	if (now_us > to_us)
		return why_set(why, "%s: the certificate expired on %s", path,
		    when_text(to_us, text));
	return 0;
}

/* Why the key must not be used for encryption, or NULL. */
static const char *
cert_key_fault(X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	int kind = key ? EVP_PKEY_get_base_id(key) : NID_undef;
	/* All bits are set if the certificate does not limit the use. */
	uint32_t use = X509_get_key_usage(cert);

	if (kind != EVP_PKEY_RSA && kind != EVP_PKEY_EC)
		return "its key is neither RSA nor EC";
	if (kind == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) < 2048)
		return "its RSA key is too weak: it needs 2048 bits or more";
	if (EVP_PKEY_get_security_bits(key) < 112)
		return "its EC key is too weak: it needs 224 bits or more";
	if (X509_get_extension_flags(cert) & EXFLAG_INVALID)
		return "an extension of the certificate is invalid";
	if (kind == EVP_PKEY_RSA && !(use & KU_KEY_ENCIPHERMENT))
		return "its key usage does not allow keyEncipherment";
	if (kind == EVP_PKEY_EC && !(use & KU_KEY_AGREEMENT))
		return "its key usage does not allow keyAgreement";
	return NULL;
}

/* Parses the only certificate of a text; NULL with why. */
static X509 *
parse_certificate(const char *text, const char *path, struct why *why)
{
	BIO *in = BIO_new_mem_buf(text, -1);
	X509 *cert = in ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	X509 *next = cert ? PEM_read_bio_X509(in, NULL, NULL, NULL) : NULL;
	int end = ERR_GET_REASON(ERR_peek_last_error());

	if (strstr(text, "PRIVATE KEY-----"))
		why_set(why,
		    "%s: contains a private key; keep that away from this "
		    "machine, and leave only the certificate in the file",
		    path);
	else if (!cert)
		why_set(why, "%s: contains no certificate in PEM", path);
	else if (next)
		why_set(why,
		    "%s: contains more than one certificate; put each "
		    "recipient's "
		    "into a file of its own, without those that signed it",
		    path);
	else if (end != PEM_R_NO_START_LINE)
		why_set(why, "%s: is damaged after its certificate", path);
	else {
		BIO_free(in);
		return cert;
	}
	X509_free(next);
	X509_free(cert);
	BIO_free(in);
	ERR_clear_error();
	return NULL;
}

static int
add_certificate_file(struct envelope *e, const char *path, struct why *why)
{
	char *text = read_text(path, why);
	X509 *cert = text ? parse_certificate(text, path, why) : NULL;
	const char *fault = cert ? cert_key_fault(cert) : NULL;

	free(text);
	if (!cert)
		return -1;
	e->file = mem_resize(e->file, e->certs + 1, sizeof *e->file);
	e->cert = mem_resize(e->cert, e->certs + 1, sizeof *e->cert);
	e->file[e->certs] = text_dup(path);
	e->cert[e->certs++] = cert;
	ERR_clear_error();
	if (fault)
		return why_set(why, "%s: %s", path, fault);
	for (size_t i = 0; i + 1 < e->certs; i++)
		if (X509_cmp(e->cert[i], cert) == 0)
			return why_set(why, "%s: the same certificate as %s",
			    path, e->file[i]);
	return check_valid(cert, path, why);
}

struct envelope *
envelope_open(const char *files, struct why *why)
{
	struct envelope *e = mem_alloc(sizeof *e);
	char *copy = text_dup(files), *rest = NULL;
	int status = 0;

	*e = (struct envelope){0};
	for (char *f = strtok_r(copy, " \t", &rest); f && status == 0;
	     f = strtok_r(NULL, " \t", &rest))
		status = add_certificate_file(e, f, why);
	free(copy);
	if (status == 0 && e->certs == 0)
		status = why_set(why, "does not name a certificate");
	if (status == 0)
		return e;
	envelope_free(e);
	return NULL;
}

void
envelope_free(struct envelope *e)
{
	for (size_t i = 0; e && i < e->certs; i++) {
		free(e->file[i]);
		X509_free(e->cert[i]);
	}
	if (e) {
		free(e->file);
		free(e->cert);
	}
	free(e);
}

int
envelope_valid(const struct envelope *e, struct why *why)
{
	for (size_t i = 0; i < e->certs; i++)
		if (check_valid(e->cert[i], e->file[i], why) != 0)
			return -1;
	return 0;
}

/* "CN=archive, RSA of 3072 bits, until 2036-11-22T10:00:00Z" */
static void
add_shown(struct buf *b, X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	BIO *out = BIO_new(BIO_s_mem());
	char until[WHEN_SIZE], *name = NULL;
	long n = 0;

	if (out && X509_NAME_print_ex(out, X509_get_subject_name(cert), 0,
		       XN_FLAG_RFC2253) >= 0)
		n = BIO_get_mem_data(out, &name);
	buf_format(b, "%s%.*s, %s of %d bits, until %s", b->len > 0 ? "; " : "",
	    (int)n, n > 0 ? name : "",
	    EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA ? "RSA" : "EC",
	    EVP_PKEY_get_bits(key),
	    when_text(time_us(X509_get0_notAfter(cert)), until));
	BIO_free(out);
}

char *
envelope_shown(const struct envelope *e)
{
	struct buf b = {0};

	for (size_t i = 0; i < e->certs; i++)
		add_shown(&b, e->cert[i]);
	return b.s;
}

/* ---- writing ---- */

/* True if the content key will be encrypted for that certificate. */
static bool
add_recipient(CMS_ContentInfo *cms, X509 *cert)
{
	CMS_RecipientInfo *ri =
	    CMS_add1_recipient_cert(cms, cert, CMS_KEY_PARAM);
	EVP_PKEY_CTX *ctx = ri ? CMS_RecipientInfo_get0_pkey_ctx(ri) : NULL;

	if (!ctx)
		return false;
	if (EVP_PKEY_get_base_id(X509_get0_pubkey(cert)) == EVP_PKEY_EC)
		return EVP_PKEY_CTX_set_ecdh_kdf_md(ctx, EVP_sha256()) > 0;
	return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_OAEP_PADDING) > 0 &&
	       EVP_PKEY_CTX_set_rsa_oaep_md(ctx, EVP_sha256()) > 0;
}

/* NULL: library_fault() has the reason. */
static CMS_ContentInfo *
new_message(const struct envelope *e)
{
	CMS_ContentInfo *cms = CMS_encrypt(NULL, NULL, EVP_aes_256_gcm(),
	    CMS_STREAM | CMS_PARTIAL | CMS_BINARY);

	for (size_t i = 0; cms && i < e->certs; i++)
		if (!add_recipient(cms, e->cert[i])) {
			CMS_ContentInfo_free(cms);
			cms = NULL;
		}
	return cms;
}

static int
write_bio(BIO *to, const char *p, size_t n, struct why *why)
{
	while (n > 0) {
		int w;

		errno = 0;
		w = BIO_write(to, p, (int)n);
		if (w <= 0 && !BIO_should_retry(to))
			return library_fault(why, "the ciphertext");
		if (w > 0) {
			p += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

static int
write_content(
    BIO *to, int in, bool (*stop)(void), struct hash *h, struct why *why)
{
	enum { CHUNK = 1 << 16 };
	char *chunk = mem_alloc(CHUNK);
	int64_t at = 0;
	ssize_t n = 0;
	int status = 0;

	while (status == 0 && (n = io_pread(in, chunk, CHUNK, at)) > 0) {
		hash_add(h, chunk, (size_t)n);
		at += n;
		status = stop() ? why_later(why, "asked to stop")
				: write_bio(to, chunk, (size_t)n, why);
	}
	free(chunk);
	return n < 0 ? why_errno(why, "the recording") : status;
}

/* Removes the filters that BIO_new_CMS() put before `out`, but not `out`. */
static void
free_filters(BIO *chain, BIO *out)
{
	while (chain && chain != out) {
		BIO *next = BIO_pop(chain);

		BIO_free(chain);
		chain = next;
	}
}

int
envelope_write(const struct envelope *e, int in, int out_fd, bool (*stop)(void),
    char hex[HASH_HEX_SIZE], struct why *why)
{
	struct hash *h = hash_new(HASH_SHA256);
	CMS_ContentInfo *cms;
	BIO *out, *chain;
	int status;

	errno = 0;
	cms = new_message(e);
	out = BIO_new_fd(out_fd, BIO_NOCLOSE);
	chain = cms && out ? BIO_new_CMS(out, cms) : NULL;
	if (!chain) {
		errno = 0; /* not of a system call of ours */
		status = library_fault(why, "the ciphertext");
	} else {
		status = write_content(chain, in, stop, h, why);
		errno = 0;
		/* At the end: writes the rest, and the tag that authenticates
		 * the whole. */
		if (status == 0 && BIO_flush(chain) != 1)
			status = library_fault(why, "the ciphertext");
	}
	free_filters(chain, out);
	BIO_free(out);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	hash_hex(h, hex);
	return status;
}
