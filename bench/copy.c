/* SPDX-License-Identifier: ISC */
/*
 * copy IN OUT [move]: copies every file of a directory into another, as fast as a program
 * can that makes them durable: one syncfs(2) for 128 calls of three files each. With a
 * third argument they are then deleted.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TOGETHER = 384 };

static int
copy(int from, int to, const char *name)
{
	static char block[1 << 18];
	int in = openat(from, name, O_RDONLY);
	int out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	ssize_t n = -1;

	while (in >= 0 && out >= 0 && (n = read(in, block, sizeof block)) > 0)
		if (write(out, block, (size_t)n) != n)
			return -1;
	if (in >= 0)
		(void)close(in);
	return n == 0 && out >= 0 ? close(out) : -1;
}

int
main(int argc, char **argv)
{
	int from = argc >= 3 ? open(argv[1], O_RDONLY | O_DIRECTORY) : -1;
	int to = argc >= 3 ? open(argv[2], O_RDONLY | O_DIRECTORY) : -1;
	DIR *dir = from < 0 ? NULL : fdopendir(dup(from));
	struct dirent *d;
	long files = 0;

	if (!dir || to < 0)
		return 1;
	while ((d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		if (copy(from, to, d->d_name) != 0) {
			perror(d->d_name);
			return 1;
		}
		if (++files % TOGETHER == 0 && syncfs(to) != 0)
			return 1;
	}
	if (syncfs(to) != 0)
		return 1;
	rewinddir(dir);
	while (argc > 3 && (d = readdir(dir)))
		if (d->d_name[0] != '.' && unlinkat(from, d->d_name, 0) != 0)
			return 1;
	return 0;
}
