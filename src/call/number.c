/* SPDX-License-Identifier: ISC */
#include "number.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text.h"

enum {
	TEXT_SIZE = 128,
	E164_MAX = 15,    /* digits of a number with its country: ITU-T E.164 */
	E164_MIN = 8,     /* of one that is written without its plus */
	NATIONAL_MIN = 7, /* shorter ones are extensions and short codes */
	NANP_DIGITS = 10, /* of a national number of country 1 */
	RANG_OUTSIDE = 3, /* what is behind a digit for an outside line */
	COUNTRY_DIGITS = 3 /* of a country's code, at most */
};

static const char digits[] = "0123456789";

/* Countries that dial otherwise than 00 and 0. */
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
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* What is too long for a number is none. */
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

/* Digits behind a plus; a trunk prefix has no place there, and is met there. */
static void
read_international(
    struct number *n, const char *s, const struct number_plan *plan)
{
	const char *trunk = dialling_of(plan->country)->trunk;
	size_t code = strlen(plan->country);

	add_reading(n, "+", "", s);
	if (code > 0 && begins(s, plan->country) && *trunk == '0' &&
	    begins(s + code, trunk))
		add_reading(n, "+", plan->country, s + code + strlen(trunk));
}

/* Digits without a plus. whole: not the beginning of numbers. */
static void
read_digits(
    struct number *n, const char *s, const struct number_plan *plan, bool whole)
{
	const struct dialling *d = dialling_of(plan->country);
	size_t length = strlen(s);
	const char *country = plan->country;

	add_reading(n, "", "", s);
	if (begins(s, d->international) && length > strlen(d->international)) {
		read_international(n, s + strlen(d->international), plan);
		return;
	}
	if (*country && *d->trunk && begins(s, d->trunk) &&
	    length > strlen(d->trunk) + (*d->trunk == '0' ? 0 : 6))
		add_reading(n, "+", country, s + strlen(d->trunk));
	else if (*country && whole && length >= NATIONAL_MIN &&
		 (strcmp(country, "1") != 0 || length == NANP_DIGITS))
		add_reading(n, "+", country, s);
	if (whole && *s != '0' && length >= E164_MIN && length <= E164_MAX)
		add_reading(n, "+", "", s);
}

/* "*31#030..." and "*67..." ask the exchange to hide the caller's number. */
static const char *
behind_service(const char *s)
{
	const char *hash = strrchr(s, '#');

	if (*s != '*')
		return s;
	if (hash)
		return hash + 1;
	return strlen(s) > 3 ? s + 3 : s;
}

static void
read_dialled(struct number *n, const char *s, const struct number_plan *plan)
{
	const char *rest = behind_service(s);
	size_t outside = strlen(plan->outside);

	if (rest != s)
		add_reading(n, "", "", s);
	if (*rest == '+') {
		read_international(n, rest + 1, plan);
		return;
	}
	read_digits(n, rest, plan, true);
	if (outside == 0 || !begins(rest, plan->outside) ||
	    strlen(rest) < outside + RANG_OUTSIDE)
		return;
	rest += outside;
	if (*rest == '+')
		read_international(n, rest + 1, plan);
	else
		read_digits(n, rest, plan, true);
}

/* Nothing but digits, and what separates them: "+49 (0)30/123-45". Digits
 * without separators are put into `out`; false: there is something else. */
static bool
squeeze(const char *s, char out[TEXT_SIZE])
{
	const char *zero = strstr(s, "(0)");
	bool abroad = *s == '+' || begins(s, "00");
	size_t n = 0;

	for (const char *c = s; *c && n + 1 < TEXT_SIZE; c++) {
		if (c == zero && abroad)
			c += 2;
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

/* The user of "\"Bob\" <sip:bob@host;user=phone>", of "tel:+49;ext=1", of a
 * channel "PJSIP/bob-0000001f". False: it is too long to be one. */
static bool
find_user(const char *text, char user[TEXT_SIZE])
{
	static const char *const schemes[] = {"sip:", "sips:", "tel:"};
	const char *angle = strrchr(text, '<'), *slash;
	char *end;
	size_t n;

	if (angle)
		text = angle + 1;
	text += strspn(text, " \t\"");
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0) {
			text += strlen(schemes[i]);
			break;
		}
	slash = strchr(text, '/');
	if (slash && isalpha((unsigned char)*text)) {
		text = strrchr(slash, '/') + 1;
		end = strrchr(text, '-');
		n = end && strspn(end + 1, "0123456789abcdef") == 8 && !end[9]
			? (size_t)(end - text)
			: strlen(text);
	} else {
		n = strcspn(text, ">@;?\"");
	}
	n = strcspn(text, "@;") < n ? strcspn(text, "@;") : n;
	while (n > 0 && strchr(" \t", text[n - 1]))
		n--;
	if (n >= TEXT_SIZE)
		return false;
	memcpy(user, text, n);
	user[n] = '\0';
	unescape(user);
	return true;
}

static bool
is_withheld(const char *user)
{
	static const char *const words[] = {"anonymous", "unknown",
	    "restricted", "private", "withheld", "unavailable", "blocked",
	    "hidden", "none", "invalid", "null", "-", "s", ""};
	size_t n = strlen(user);

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcasecmp(user, words[i]) == 0)
			return true;
	/* What FreeSWITCH has for none. */
	return n >= 3 && strspn(user, "0") == n;
}

/* "Kanzlei 030 123456": the number behind a name. */
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

void
number_read(struct number *n, const char *text, const struct number_plan *plan)
{
	char user[TEXT_SIZE], squeezed[TEXT_SIZE];

	*n = (struct number){.kind = NUMBER_UNTOLD};
	if (!text)
		return;
	n->kind = NUMBER_WITHHELD;
	if (!find_user(text, user) || is_withheld(user))
		return;
	if (squeeze(behind_letters(user), squeezed)) {
		n->kind = NUMBER_DIGITS;
		read_dialled(n, squeezed, plan);
	} else {
		read_name(n, user);
	}
	/* Too long for any number: who that is nobody can say. */
	if (n->readings == 0)
		n->kind = NUMBER_WITHHELD;
}

int
number_pattern(struct number *n, bool *prefix, const char *text,
    const struct number_plan *plan, struct why *why)
{
	char user[TEXT_SIZE], squeezed[TEXT_SIZE];
	size_t length;

	*n = (struct number){.kind = NUMBER_DIGITS};
	if (!find_user(text, user) || !squeeze(user, squeezed))
		return why_set(
		    why, "'%.60s' is not a number, like +4930123456", text);
	length = strlen(squeezed);
	*prefix = squeezed[length - 1] == '*';
	if (*prefix)
		squeezed[--length] = '\0';
	if (strspn(squeezed + (*squeezed == '+'), digits) !=
		length - (*squeezed == '+') ||
	    length == 0)
		return why_set(
		    why, "'%.60s': digits, and a * only at its end", text);
	if (length > E164_MAX + 5)
		return why_set(why, "'%.60s' is longer than any number", text);
	if (*squeezed == '+')
		read_international(n, squeezed + 1, plan);
	else
		read_digits(n, squeezed, plan, !*prefix);
	return 0;
}

int
number_set_country(struct number_plan *plan, const char *text)
{
	size_t n;

	text += begins(text, "00") ? 2 : *text == '+';
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
