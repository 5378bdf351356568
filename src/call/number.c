/* SPDX-License-Identifier: ISC */
#include "number.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum {
	TEXT_SIZE = 128,
	E164_MAX = 15,     /* with the country code: ITU-T E.164 */
	E164_MIN = 8,      /* if it is written without a plus */
	NATIONAL_MIN = 7,  /* shorter ones are extensions and short codes */
	NANP_DIGITS = 10,  /* of a national number of country 1 */
	RANG_OUTSIDE = 3,  /* digits after that for an outside line */
	COUNTRY_DIGITS = 3 /* of a country code, at most */
};

static const char digits[] = "0123456789";

/* Countries with other prefixes than 00 and 0. */
static const struct dialling {
	const char *country, *international, *trunk;
} diallings[] = {
    {"1", "011", "1"},
    {"7", "810", "8"},
    {"30", "00", ""},
    {"34", "00", ""},
    {"36", "00", "06"},
    {"39", "00", ""},
    {"45", "00", ""},
    {"47", "00", ""},
    {"48", "00", ""},
    {"52", "00", ""},
    {"61", "0011", "0"},
    {"62", "001", "0"},
    {"65", "001", ""},
    {"66", "001", "0"},
    {"81", "010", "0"},
    {"82", "001", "0"},
    {"351", "00", ""},
    {"352", "00", ""},
    {"354", "00", ""},
    {"356", "00", ""},
    {"357", "00", ""},
    {"371", "00", ""},
    {"372", "00", ""},
    {"375", "810", "8"},
    {"377", "00", ""},
    {"378", "00", ""},
    {"420", "00", ""},
    {"852", "001", ""},
    {"886", "002", "0"},
};
static const struct dialling usual = {"", "00", "0"};

static const struct dialling *
dialling_of(const char *country)
{
	for (size_t i = 0; i < sizeof diallings / sizeof *diallings; i++)
		if (strcmp(diallings[i].country, country) == 0)
			return &diallings[i];
	return &usual;
}

static bool
begins_with(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Digits that are too long for a number are ignored. */
static void
add_reading(
    struct number *n, const char *head, const char *country, const char *tail)
{
	char *to = n->reading[n->readings];
	size_t a = strlen(head), b = strlen(country), c = strlen(tail);

	if (n->readings >= NUMBER_READINGS || a + b + c >= NUMBER_SIZE)
		return;
	memcpy(to, head, a);
	memcpy(to + a, country, b);
	memcpy(to + a + b, tail, c + 1);
	for (int i = 0; i < n->readings; i++)
		if (strcmp(n->reading[i], to) == 0)
			return;
	n->readings++;
}

/* Digits after a plus. A trunk prefix does not belong there, but occurs, and so
 * does an international one: "+0049". */
static void
read_international(
    struct number *n, const char *s, const struct number_plan *plan)
{
	const char *trunk = dialling_of(plan->country)->trunk;
	size_t code = strlen(plan->country);

	s += begins_with(s, "00") ? 2 : 0;
	add_reading(n, "+", "", s);
	if (code > 0 && begins_with(s, plan->country) && *trunk == '0' &&
	    begins_with(s + code, trunk))
		add_reading(n, "+", plan->country, s + code + strlen(trunk));
}

/* Digits without a plus. whole: not only the beginning of a number. */
static void
read_digits(
    struct number *n, const char *s, const struct number_plan *plan, bool whole)
{
	const struct dialling *d = dialling_of(plan->country);
	size_t length = strlen(s);
	const char *country = plan->country;

	add_reading(n, "", "", s);
	if (begins_with(s, d->international) &&
	    length > strlen(d->international)) {
		read_international(n, s + strlen(d->international), plan);
		return;
	}
	if (*country && *d->trunk && begins_with(s, d->trunk) &&
	    length > strlen(d->trunk) + (*d->trunk == '0' ? 0 : 6))
		add_reading(n, "+", country, s + strlen(d->trunk));
	else if (*country && whole && length >= NATIONAL_MIN &&
		 (strcmp(country, "1") != 0 || length == NANP_DIGITS))
		add_reading(n, "+", country, s);
	if (whole && *s != '0' && length >= E164_MIN && length <= E164_MAX)
		read_international(n, s, plan);
	/* Carriers use this form in all countries. */
	if (whole && length >= E164_MIN + 2 && begins_with(s, "00") &&
	    !begins_with(s, "000"))
		read_international(n, s + 2, plan);
}

static void
read_line(struct number *n, const char *s, const struct number_plan *plan)
{
	const char *plus = strrchr(s, '+');
	size_t outside = strlen(plan->outside);

	if (plus) {
		read_international(n, plus + 1, plan);
		return;
	}
	read_digits(n, s, plan, true);
	if (outside > 0 && begins_with(s, plan->outside) &&
	    strlen(s) >= outside + RANG_OUTSIDE)
		read_digits(n, s + outside, plan, true);
}

/* "*31#030...", "#31#030..." and "*67..." hide the caller's number; "030...#"
 * ends it. */
static void
read_dialled(struct number *n, const char *s, const struct number_plan *plan)
{
	char part[TEXT_SIZE];
	size_t length = strlen(s);

	if (!strpbrk(s, "*#")) {
		read_line(n, s, plan);
		return;
	}
	add_reading(n, "", "", s);
	while (length > 0 && strchr("*#", s[length - 1]))
		length--;
	memcpy(part, s, length);
	part[length] = '\0';
	if (*part == '*' && length > 3 && !strpbrk(part + 1, "*#")) {
		read_line(n, part + 3, plan);
		return;
	}
	for (char *c = part, *save = NULL; (c = strtok_r(c, "*#", &save));
	     c = NULL)
		if (strlen(c) >= NATIONAL_MIN || c + strlen(c) == part + length)
			read_line(n, c, plan);
}

/* The digits of other scripts, by their zero, and the blanks, dashes and
 * invisible marks of direction that copied text may have. */
static const char *
plain_of(uint32_t c, char digit[2])
{
	static const uint32_t zeros[] = {
	    0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10};

	for (size_t i = 0; i < sizeof zeros / sizeof *zeros; i++)
		if (c >= zeros[i] && c <= zeros[i] + 9) {
			digit[0] = digits[c - zeros[i]];
			digit[1] = '\0';
			return digit;
		}
	if (c == 0xFF0B)
		return "+";
	if (c == 0xA0 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
	    c == 0x3000)
		return " ";
	if ((c >= 0x2010 && c <= 0x2015) || c == 0x2212 || c == 0xFF0D)
		return "-";
	if (c == 0xAD || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x2069) ||
	    c == 0xFEFF)
		return "";
	return NULL;
}

/* The UTF-8 character at s, if plain_of() knows it. */
static size_t
take_character(const char *s, uint32_t *c)
{
	const unsigned char *u = (const unsigned char *)s;

	if ((u[0] & 0xE0) == 0xC0 && (u[1] & 0xC0) == 0x80) {
		*c = (uint32_t)(u[0] & 0x1F) << 6 | (u[1] & 0x3F);
		return 2;
	}
	if ((u[0] & 0xF0) == 0xE0 && (u[1] & 0xC0) == 0x80 &&
	    (u[2] & 0xC0) == 0x80) {
		*c = (uint32_t)(u[0] & 0x0F) << 12 |
		     (uint32_t)(u[1] & 0x3F) << 6 | (u[2] & 0x3F);
		return 3;
	}
	*c = 0;
	return 1;
}

/* False: it is too long. */
static bool
make_plain_number(const char *text, char *plain, size_t size)
{
	size_t n = 0;

	for (size_t step; *text; text += step) {
		uint32_t c;
		char digit[2];
		const char *as;
		size_t length;

		step = take_character(text, &c);
		as = plain_of(c, digit);
		length = as ? strlen(as) : step;
		if (n + length >= size)
			return false;
		memcpy(plain + n, as ? as : text, length);
		n += length;
	}
	plain[n] = '\0';
	return true;
}

/* True for digits and separators only: "+49 (0)30/123-45"; `out` gets the
 * digits. */
static bool
squeeze(const char *s, char out[TEXT_SIZE])
{
	const char *zero = strstr(s, "(0)");
	size_t n = 0;

	for (const char *c = s; *c && n + 1 < TEXT_SIZE; c++) {
		if (c == zero && n > 0)
			c += 2; /* after a country code */
		else if (strchr(digits, *c) || strchr("*#", *c) ||
			 (*c == '+' && (n == 0 || out[n - 1] == '#' || n < 4)))
			out[n++] = *c;
		else if (!strchr(" \t-./()", *c))
			return false;
	}
	out[n] = '\0';
	return strpbrk(out, digits) != NULL;
}

static int
hex(char c)
{
	static const char all[] = "0123456789abcdef";
	const char *at = c ? strchr(all, tolower((unsigned char)c)) : NULL;

	return at ? (int)(at - all) : -1;
}

/* "%2B49" of a URI is "+49". */
static void
unescape(char *s)
{
	char *to = s;

	for (; *s; s++, to++) {
		*to = *s;
		if (*s == '%' && hex(s[1]) >= 0 && hex(s[2]) >= 0) {
			*to = (char)(hex(s[1]) * 16 + hex(s[2]));
			s += 2;
		}
	}
	*to = '\0';
}

static const char *
behind_scheme(const char *text)
{
	static const char *const schemes[] = {
	    "sip:", "sips:", "tel:", "callto:"};

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
			return text + strlen(schemes[i]);
	return text;
}

/* Skips "PJSIP/", "DAHDI/g1/", "sofia/gateway/gw/", but not "Bob 030/". */
static const char *
behind_technology(const char *text)
{
	size_t n = 0;

	while (isalnum((unsigned char)text[n]))
		n++;
	if (text[n] != '/' || n < 2 || !isalpha((unsigned char)*text))
		return text;
	return text + strcspn(text, "@;>") < strrchr(text, '/')
		   ? strchr(text, '/') + 1
		   : strrchr(text, '/') + 1;
}

/* The length without "-0000001f" of Asterisk's channels. */
static size_t
channel_length(const char *text)
{
	size_t n = strcspn(text, "@;>\"");
	const char *dash = strrchr(text, '-');

	return dash && dash < text + n &&
		       strspn(dash + 1, "0123456789abcdef") == 8 && !dash[9]
		   ? (size_t)(dash - text)
		   : n;
}

/* The user in "\"Bob\" <sip:bob@host;user=phone>", "tel:+49;ext=1", or the
 * channel "PJSIP/bob-0000001f". False: it is too long. */
static bool
find_user(const char *text, char user[TEXT_SIZE])
{
	const char *angle = strrchr(text, '<'), *bare;
	size_t n;

	if (angle && strchr(angle, '>'))
		text = angle + 1;
	text = behind_scheme(text + strspn(text, " \t\"'[<"));
	bare = behind_technology(text);
	if (bare != text) {
		text = behind_scheme(bare);
		n = channel_length(text);
	} else {
		n = strcspn(text, ">@;?\"");
	}
	while (n > 0 && strchr(" \t'", text[n - 1]))
		n--;
	if (n >= TEXT_SIZE)
		return false;
	memcpy(user, text, n);
	user[n] = '\0';
	unescape(user);
	return true;
}

static bool
is_listed_word(const char *word, size_t n, const char *const *list)
{
	for (; *list; list++)
		if (strlen(*list) == n && strncasecmp(word, *list, n) == 0)
			return true;
	return false;
}

/* "Anonymous", "(null)", "No Caller ID": only these words. */
static bool
says_withheld(const char *user)
{
	static const char *const words[] = {"anonymous", "anonym", "unknown",
	    "unbekannt", "restricted", "private", "withheld", "unavailable",
	    "blocked", "hidden", "none", "invalid", "null", "undefined", "s",
	    "no", "out", "of", "area", "caller", "callerid", "number", "id",
	    "clir", NULL};
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	while (*user) {
		size_t n = strspn(user, letters);

		if (n > 0 ? !is_listed_word(user, n, words)
			  : strchr(digits, *user) || (unsigned char)*user > 127)
			return false;
		user += n > 0 ? n : 1;
	}
	return true;
}

static bool
is_withheld(const char *user)
{
	/* Sent by American carriers: ANONYMOUS, RESTRICTED, UNAVAILABLE and
	 * UNKNOWN on the keys of a telephone. */
	static const char *const keys[] = {
	    "266696687", "7378742833", "86282452253", "8656696", NULL};
	const char *bare = user + (*user == '+');
	size_t n = strlen(bare);

	if (strcasecmp(user, "n/a") == 0 || says_withheld(user) ||
	    is_listed_word(bare, n, keys))
		return true;
	/* FreeSWITCH's form of no number. */
	if (n >= 3 && strspn(bare, "0") == n)
		return true;
	/* Digits that a log hides; "**200" is a dialled code. */
	return n >= 3 && *bare != '*' && strspn(bare, "0123456789xX*") == n &&
	       (strstr(bare, "xx") || strstr(bare, "XX") || strstr(bare, "**"));
}

/* "Kanzlei 030 123456": the number after a name. */
static const char *
behind_letters(const char *user)
{
	const char *rest = user;
	size_t count = 0;

	for (const char *c = user; *c; c++)
		if (isalpha((unsigned char)*c) || (unsigned char)*c > 127)
			rest = c + 1;
	for (const char *c = rest; *c; c++)
		count += strchr(digits, *c) != NULL;
	rest += strspn(rest, " \t");
	return count >= NATIONAL_MIN ? rest : user;
}

static void
read_name(struct number *n, const char *user)
{
	char name[TEXT_SIZE];
	size_t i = 0;

	for (; user[i]; i++)
		name[i] = (char)tolower((unsigned char)user[i]);
	name[i] = '\0';
	n->kind = NUMBER_NAME;
	add_reading(n, "", "", name);
}

/* "0301234567,,12", "030 1234567 ext. 5", "030 1234567 Kanzlei": the numbers in
 * a text that is not a number as a whole. */
static void
read_within(struct number *n, const char *user, const struct number_plan *plan)
{
	static const char parts[] = "+0123456789 \t-./()";
	char part[TEXT_SIZE], squeezed[TEXT_SIZE];

	for (size_t length; *user; user += length) {
		length = strspn(user, parts);
		memcpy(part, user, length);
		part[length] = '\0';
		if (squeeze(part, squeezed) &&
		    strlen(squeezed) >= NATIONAL_MIN) {
			n->kind = NUMBER_DIGITS;
			read_line(n, squeezed, plan);
		}
		length += length == 0;
	}
}

void
number_read(struct number *n, const char *text, const struct number_plan *plan)
{
	char plain[TEXT_SIZE * 4], user[TEXT_SIZE], squeezed[TEXT_SIZE];

	*n = (struct number){.kind = NUMBER_UNTOLD};
	if (!text)
		return;
	n->kind = NUMBER_WITHHELD;
	if (!make_plain_number(text, plain, sizeof plain) ||
	    !find_user(plain, user) || is_withheld(user))
		return;
	if (squeeze(behind_letters(user), squeezed)) {
		n->kind = NUMBER_DIGITS;
		read_dialled(n, squeezed, plan);
	} else {
		read_name(n, user);
		read_within(n, user, plan);
	}
	/* Too long for any number: it may be anyone. */
	if (n->readings == 0)
		n->kind = NUMBER_WITHHELD;
}

/* Two numbers on one line would never match. */
static bool
may_match(const struct number *n)
{
	bool abroad = false;

	for (int i = 0; i < n->readings; i++) {
		if (n->reading[i][0] != '+')
			continue;
		if (strlen(n->reading[i]) <= E164_MAX + 1)
			return true;
		abroad = true;
	}
	return !abroad;
}

int
number_pattern(struct number *n, bool *prefix, const char *text,
    const struct number_plan *plan, struct why *why)
{
	char plain[TEXT_SIZE * 4], user[TEXT_SIZE], squeezed[TEXT_SIZE];
	size_t length;

	*n = (struct number){.kind = NUMBER_DIGITS};
	if (!make_plain_number(text, plain, sizeof plain) ||
	    !find_user(plain, user) || !squeeze(user, squeezed))
		return why_set(
		    why, "'%.60s' is not a number, like +4930123456", text);
	length = strlen(squeezed);
	*prefix = squeezed[length - 1] == '*';
	if (*prefix)
		squeezed[--length] = '\0';
	if (strspn(squeezed + (*squeezed == '+'), digits) !=
		length - (*squeezed == '+') ||
	    length == 0)
		return why_set(why,
		    "'%.60s': expected digits, with * only at their end", text);
	if (length > E164_MAX + 5)
		return why_set(
		    why, "'%.60s' is longer than any telephone number", text);
	if (*squeezed == '+')
		read_international(n, squeezed + 1, plan);
	else
		read_digits(n, squeezed, plan, !*prefix);
	if (!may_match(n))
		return why_set(
		    why, "'%.60s' is longer than any telephone number", text);
	return 0;
}

int
number_set_country(struct number_plan *plan, const char *text)
{
	size_t n;

	text += begins_with(text, "00") ? 2 : *text == '+';
	n = strlen(text);
	if (n == 0 || n > COUNTRY_DIGITS || strspn(text, digits) != n ||
	    *text == '0')
		return -1;
	memcpy(plan->country, text, n + 1);
	return 0;
}

int
number_set_outside(struct number_plan *plan, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n >= sizeof plan->outside || strspn(text, digits) != n)
		return -1;
	memcpy(plan->outside, text, n + 1);
	return 0;
}

bool
number_is_international(const struct number *n)
{
	for (int i = 0; i < n->readings; i++)
		if (n->reading[i][0] == '+')
			return true;
	return false;
}
