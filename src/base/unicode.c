/* SPDX-License-Identifier: ISC */
#include "unicode.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/uclean.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>
#include <unicode/utrans.h>

#include "mem.h"
#include "text.h"

/*
 * Without memory ICU crashes in places, and in others leaves out a part of its
 * rules or of the text, without an error. So it ends here as all else does.
 */
static void *
get_memory(const void *unused, size_t n)
{
	(void)unused;
	return mem_must(malloc(n));
}

static void *
resize_memory(const void *unused, void *p, size_t n)
{
	(void)unused;
	return mem_must(realloc(p, n));
}

static void
free_memory(const void *unused, void *p)
{
	(void)unused;
	free(p);
}

static void
set_memory(void)
{
	UErrorCode e = U_ZERO_ERROR;

	u_setMemoryFunctions(NULL, get_memory, resize_memory, free_memory, &e);
	assert(U_SUCCESS(e));
}

/* Before each first use of ICU. */
static void
start_icu(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	(void)pthread_once(&once, set_memory);
}

/* UTF-16, as ICU works with it. */
struct wide {
	UChar *s;
	int32_t len;
};

static struct wide
widen_text(const char *s, size_t n)
{
	UErrorCode e = U_ZERO_ERROR;
	struct wide w = {.s = mem_alloc((n + 1) * sizeof *w.s)};

	(void)u_strFromUTF8(w.s, (int32_t)n, &w.len, s, (int32_t)n, &e);
	return w;
}

static char *
narrow(const struct wide *w)
{
	enum { MOST = 3 }; /* bytes for a unit of UTF-16 */
	UErrorCode e = U_ZERO_ERROR;
	size_t room = MOST * (size_t)w->len + 1;
	char *s = mem_alloc(room);

	(void)u_strToUTF8(s, (int32_t)room, NULL, w->s, w->len, &e);
	return s;
}

/* Frees w. */
static struct wide
normalize(const UNormalizer2 *form, struct wide w)
{
	UErrorCode e = U_ZERO_ERROR;
	int32_t n = unorm2_normalize(form, w.s, w.len, NULL, 0, &e);
	struct wide out = {.s = mem_alloc(((size_t)n + 1) * sizeof *out.s)};

	e = U_ZERO_ERROR;
	out.len = unorm2_normalize(form, w.s, w.len, out.s, n + 1, &e);
	free(w.s);
	return out;
}

char *
unicode_nfc(const char *text)
{
	UErrorCode e = U_ZERO_ERROR;
	struct wide w;
	char *nfc;

	start_icu();
	w = normalize(
	    unorm2_getNFCInstance(&e), widen_text(text, strlen(text)));
	nfc = narrow(&w);
	free(w.s);
	return nfc;
}

static bool
is_plain_character(UChar32 c)
{
	if (c < 0x80)
		return u_isalnum(c);
	return (U_GET_GC_MASK(c) & (U_GC_L_MASK | U_GC_M_MASK | U_GC_N_MASK)) &&
	       !u_hasBinaryProperty(c, UCHAR_DEFAULT_IGNORABLE_CODE_POINT);
}

/* Marks, and the vowels and ends of Hangul syllables. */
static bool
joins(UChar32 c)
{
	int32_t hangul = u_getIntPropertyValue(c, UCHAR_HANGUL_SYLLABLE_TYPE);

	return (U_GET_GC_MASK(c) & U_GC_M_MASK) || hangul == U_HST_VOWEL_JAMO ||
	       hangul == U_HST_TRAILING_JAMO;
}

static bool
is_compatible_with_plain(const char *s, size_t n)
{
	UErrorCode e = U_ZERO_ERROR;
	const UNormalizer2 *form = unorm2_getNFKDInstance(&e);
	struct wide w;
	bool plain = true;

	w = normalize(form, widen_text(s, n));
	for (int32_t i = 0; i < w.len && plain;) {
		UChar32 c;

		U16_NEXT(w.s, i, w.len, c);
		plain = is_plain_character(c);
	}
	free(w.s);
	return plain;
}

bool
unicode_is_letter(const char *s, bool first, size_t *n)
{
	int32_t i = 0;
	UChar32 c;

	start_icu();
	U8_NEXT(s, i, -1, c);
	*n = (size_t)i;
	return c >= 0 && is_plain_character(c) && !(first && joins(c)) &&
	       is_compatible_with_plain(s, *n);
}

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static UTransliterator *latin; /* NULL: not open */

static void
close_latin(void)
{
	utrans_close(latin);
}

/* 0, or -1: it needs too much room. */
static int
transliterate(const UTransliterator *t, struct wide *w)
{
	enum { GROWTH = 16 }; /* the longest replacement of one unit */
	int32_t room = GROWTH * (w->len + 1), limit = w->len;
	UErrorCode e = U_ZERO_ERROR;

	w->s = mem_resize(w->s, (size_t)room, sizeof *w->s);
	utrans_transUChars(t, w->s, &w->len, room, 0, &limit, &e);
	return U_FAILURE(e) ? -1 : 0;
}

/* ICU's data may have a part of the rules only. */
static bool
is_complete(const UTransliterator *t)
{
	static const UChar wanted[] = {'Y', 'a', 'u'};
	static const char text[] = "\xd0\xaf\xc3\xbc";
	struct wide w = widen_text(text, sizeof text - 1);
	bool is = transliterate(t, &w) == 0 && w.len == 3 &&
		  memcmp(w.s, wanted, sizeof wanted) == 0;

	free(w.s);
	return is;
}

/* Under lock. This takes some 20 ms: only for those who need it. */
static bool
open_latin(void)
{
	static const char rules[] = "Russian-Latin/BGN; Any-Latin; Latin-ASCII";
	UErrorCode e = U_ZERO_ERROR;
	UChar id[sizeof rules];
	UTransliterator *t;

	if (latin)
		return true;
	u_uastrcpy(id, rules);
	t = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &e);
	if (t && !is_complete(t)) {
		utrans_close(t);
		t = NULL;
	}
	if (t)
		(void)atexit(close_latin);
	latin = t;
	return t != NULL;
}

char *
unicode_latin(const char *s, size_t n)
{
	struct wide w;
	char *text = NULL;

	start_icu();
	w = widen_text(s, n);
	(void)pthread_mutex_lock(&lock);
	if (open_latin() && transliterate(latin, &w) == 0)
		text = narrow(&w);
	else if (latin)
		text = text_ndup(s, n);
	(void)pthread_mutex_unlock(&lock);
	free(w.s);
	return text;
}
