/* SPDX-License-Identifier: ISC */
#include "proof.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "hash.h"
#include "path.h"
#include "text.h"

/* With the NUL, so that different words never give the same hash. */
static void
add_proof_text(struct hash *h, const char *text)
{
	hash_add(h, text, strlen(text) + 1);
}

static void
add_section(struct hash *h, const struct doc_section *s)
{
	bool leg = doc_is(s, "leg", NULL);

	add_proof_text(h, s->name);
	for (size_t i = 0; i < s->keys; i++) {
		const struct doc_key *key = &s->key[i];
		bool file = leg && strcmp(key->name, "file") == 0;

		add_proof_text(h, key->name);
		add_proof_text(h, file ? path_name(key->value) : key->value);
	}
	add_proof_text(h, "");
}

static void
finish_proof(struct hash *h, char mark[PROOF_SIZE])
{
	char hex[HASH_HEX_SIZE];

	hash_hex(h, hex);
	(void)snprintf(mark, PROOF_SIZE, "%.*s", PROOF_SIZE - 1, hex);
}

void
proof_of(const struct call *call, struct proof *p)
{
	struct hash *h = hash_new(HASH_SHA256);
	char started[40];

	(void)snprintf(
	    started, sizeof started, "started %" PRId64, call->started_us);
	add_proof_text(h, started);
	finish_proof(h, p->started);
	h = hash_new(HASH_SHA256);
	add_proof_text(h, "legs");
	for (size_t i = 0; i < call->legs; i++)
		add_section(h, call->leg[i].section);
	finish_proof(h, p->legs);
	h = hash_new(HASH_SHA256);
	add_proof_text(h, "all");
	for (size_t i = 0; i < call->doc->sections; i++)
		add_section(h, &call->doc->section[i]);
	finish_proof(h, p->all);
}

bool
proof_came(const struct known *k, const struct call *call, uint64_t *own)
{
	struct proof p;

	if (!known_has_marks(k, call->id)) {
		*own = known_hash(call->id);
		return true;
	}
	proof_of(call, &p);
	*own = 0;
	/* If two calls began at the same time, it is the one with the same
	 * file. */
	return known_mark(k, call->id, p.all, own) ||
	       known_mark(
		   k, call->id, call->started_us > 0 ? p.started : p.legs, own);
}
