/* SPDX-License-Identifier: ISC */
#include "metadata.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

char *
metadata_name(const char *object)
{
	size_t n = strlen(object);

	if (n > 4 && strcmp(object + n - 4, ".mp3") == 0)
		n -= 4;
	return util_format("%.*s.json", (int)n, object);
}

char *
metadata_text(
    const struct ticket *t, const struct ticket_file *f, const char *object)
{
	const struct doc_section *call = doc_find(&t->call, "call");
	struct json *j = json_new();
	char *line, *text;

	json_set_text(j, "object", object);
	json_set_number(j, "bytes", (int64_t)f->bytes);
	json_set_text(j, "sha256", f->sha256);
	json_set_number(j, "recording", f->recording);
	json_set_number(j, "recordings", f->recordings);
	json_set_number(j, "part", f->part);
	json_set_number(j, "parts", f->parts);
	for (size_t i = 0; call && i < call->keys; i++) {
		char *path = util_format("call.%s", call->key[i].name);

		json_set_text(j, path, call->key[i].value);
		free(path);
	}
	line = json_write(j);
	json_free(j);
	text = util_format("%s\n", line);
	free(line);
	return text;
}
