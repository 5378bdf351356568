/* SPDX-License-Identifier: ISC */
#include "join_files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "join.h"
#include "newfile.h"
#include "path.h"
#include "text.h"

static int
add_join_part(const char *path, void *arg)
{
	struct why why;

	if (join_add(arg, path, &why) == 0)
		return EXIT_DONE;
	cli_warn("%s", why.text);
	return EXIT_GIVEN_UP;
}

static void
say_fault(void *arg, const char *line)
{
	(void)arg;
	cli_warn("%s", line);
}

static int
write_joined(
    const struct join_files *o, const struct join *r, const struct path *to)
{
	char *name = o->name ? text_format("%s.mp3", o->name) : join_name(r);
	char *path = text_format("%s%s", to->dir, name);
	struct newfile nf = NEWFILE_NONE;
	struct why why;
	int status = EXIT_LATER, joined = -1;

	if (newfile_create(&nf, to->fd, name) != 0)
		why_set(&why, "%s", strerror(errno));
	else
		joined = join_write(r, nf.fd, &why);
	if (joined >= 0 && newfile_commit(&nf, false) != 0) {
		status = errno == EEXIST ? EXIT_GIVEN_UP : EXIT_LATER;
		joined = why_set(&why, "%s", strerror(errno));
	}
	newfile_abort(&nf);
	if (joined != 0)
		cli_warn("%s: %s", path, why.text);
	if (joined >= 0)
		status = cli_print_path(
		    path, o->nul, joined == 2 ? EXIT_GIVEN_UP : EXIT_DONE);
	free(name);
	free(path);
	return status;
}

int
join_files(const struct join_files *o, int argc, char **argv)
{
	struct join r = {0};
	struct path to = PATH_NONE;
	char *dir = o->output ? text_format("%s/", o->output) : NULL;
	int status = cli_each(argc, argv, o->nul, add_join_part, &r);

	if (r.parts == 0 && status == EXIT_DONE)
		cli_warn("no part is named");
	if (join_check(&r, o->check, say_fault, NULL) > 0 || r.parts == 0)
		status = cli_worse(status, EXIT_GIVEN_UP);
	if (status == EXIT_DONE && !o->check) {
		if (path_open(&to, dir ? dir : r.part[0].path) == 0) {
			status = write_joined(o, &r, &to);
		} else {
			cli_warn("%s: %s", dir, strerror(errno));
			status = EXIT_USAGE;
		}
		path_close(&to);
	} else if (status == EXIT_DONE) {
		cli_say("%zu parts, complete and unchanged", r.parts);
	}
	join_free(&r);
	free(dir);
	return status;
}
