/* SPDX-License-Identifier: ISC */
#include "dry_run.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "ciphertext.h"
#include "cli.h"
#include "delivery.h"
#include "text.h"

char *
dry_run_line(const struct job_site *site, const char *shown,
    const struct ticket *t, const struct ticket_file *f, size_t i)
{
	const struct dest *d = &site->up->dest[i];
	struct why why;
	char *object = ciphertext_object(d, d->envelope, t, f, &why);
	char *where = NULL, *line;

	if (object)
		where = d->kind->place ? d->kind->place(d, t, object)
				       : d->kind->where(d, object);
	line =
	    text_format("%s: %s: %s", shown, d->name, where ? where : why.text);
	free(where);
	free(object);
	return line;
}

static int
tell_call(const struct job_site *site, const char *name)
{
	char *path = text_format("upload/%s/ticket.ini", name);
	struct ticket t = {0};
	struct why why;
	int status = EXIT_DONE;

	if (delivery_ticket(site->sp->fd, path, path, &t, &why) != 0) {
		cli_warn("%s", why.text);
		status = why_status(&why);
	}
	for (size_t k = 0; k < t.files; k++) {
		uint64_t to = routes_for(&site->up->routes, &t, &t.file[k]);

		for (size_t i = 0; i < site->up->dests; i++) {
			char *line;

			if (!(to >> i & 1))
				continue;
			line = dry_run_line(
			    site, t.file[k].name, &t, &t.file[k], i);
			(void)puts(line);
			free(line);
		}
	}
	ticket_free(&t);
	free(path);
	return status;
}

int
dry_run_spool(const struct job_site *site)
{
	int status = EXIT_DONE;
	struct why why;
	char **names;
	size_t count;

	if (spool_list(site->sp, SPOOL_UPLOAD, &names, &count, &why) != 0) {
		cli_warn("%s", why.text);
		return EXIT_LATER;
	}
	for (size_t i = 0; i < count; i++)
		status = cli_worse(status, tell_call(site, names[i]));
	spool_list_free(names, count);
	return status;
}
