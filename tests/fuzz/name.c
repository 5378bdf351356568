/* SPDX-License-Identifier: ISC */
#include "replay.h"

#include "component.h"
#include "template.h"
#include "text.h"
#include "unicode.h"

/* A name is no path out of its place, and is of its characters. */
static void
check(const char *name, bool utf8)
{
	char *nfc;

	if (strlen(name) > TEMPLATE_NAME_MAX || !text_is_utf8(name) ||
	    (!utf8 && !text_is_ascii(name)))
		abort();
	for (const char *p = name; *p; p += *p == '/') {
		size_t n = strcspn(p, "/");

		if (n == 0 || n > COMPONENT_MAX || *p == '.' ||
		    (utf8 && p[n - 1] == '.'))
			abort();
		for (; n > 0; n--, p++)
			if (!(*p & 0x80) && !strchr(COMPONENT_ASCII, *p))
				abort();
	}
	nfc = unicode_nfc(name);
	if (strcmp(nfc, name) != 0)
		abort();
	free(nfc);
}

/* Any bytes as a fact of a call, by each charset. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum { MOST = 4000 };
	struct template_how how = {.distinct = DISTINCT_YES};
	struct ticket t = {0};
	struct why why;

	ticket_add(&t, "x")->queue =
	    text_ndup((const char *)data, size < MOST ? size : MOST);
	for (int i = 0; i < 2; i++) {
		char *name;

		how.utf8 = i == 1;
		name = template_name("{queue}", &how, &t, &t.file[0], &why);
		if (name)
			check(name, how.utf8);
		free(name);
		name = template_former("{queue}", &how, &t, &t.file[0]);
		if (!text_is_ascii(name))
			abort();
		free(name);
	}
	ticket_free(&t);
	return 0;
}
