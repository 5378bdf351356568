/* SPDX-License-Identifier: ISC */
#include "cel_user.h"

#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "cel_call.h"
#include "text.h"

static void
user_tells(struct cel_call *k, const char *name, const char *text,
    const char *rule, int64_t at_us)
{
	const char *equals = strchr(text, '=');

	if (rule) {
		import_event(&k->call, at_us, "%s", rule);
	} else if (strcmp(name, "RECTYPE") == 0 &&
		   call_class_of(text) != CALL_CLASSES) {
		import_set(&k->call.type, text);
	} else if (strcmp(name, "RECLANGUAGE") == 0) {
		import_set(&k->call.language, text);
	} else if (strcmp(name, "RECFACT") == 0 && equals && equals > text) {
		char *key = text_ndup(text, (size_t)(equals - text));
		import_fact(&k->call, key, equals + 1);
		free(key);
	}
}

void
cel_user_take(struct cel_chan *chan, const char *name, const char *text,
    const char *rule, int64_t at_us)
{
	struct cel_company all;

	user_tells(chan->of, name, text, rule, at_us);
	cel_company_find(&all, rule ? chan->in : NULL);
	for (size_t i = 0; i < all.reals; i++) {
		struct cel_call *k = all.real[i]->of;
		bool seen = !k || k == chan->of;

		for (size_t n = 0; n < i; n++)
			seen = seen || all.real[n]->of == k;
		if (!seen)
			user_tells(k, name, text, rule, at_us);
	}
	cel_company_free(&all);
}
