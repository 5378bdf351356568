/* SPDX-License-Identifier: ISC */
/*
 * Without a fuzzing engine: main() hands every file named, or every file in
 * tests/fuzz/corpus/NAME where the program is called NAME, to the target.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#ifndef FUZZING
static int
replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *data = malloc(1 << 22);
	size_t n;

	if (!file || !data) {
		perror(path);
		exit(1);
	}
	n = fread(data, 1, 1 << 22, file);
	(void)LLVMFuzzerTestOneInput(data, n);
	free(data);
	(void)fclose(file);
	return 1;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char path[1024];
	struct dirent *d;
	int count = 0;
	DIR *dir;

	for (int i = 1; i < argc; i++)
		count += replay(argv[i]);
	(void)snprintf(path, sizeof path, "tests/fuzz/corpus/%s",
	    name ? name + 1 : argv[0]);
	dir = argc > 1 ? NULL : opendir(path);
	while (dir && (d = readdir(dir))) {
		char file[2048];
		(void)snprintf(file, sizeof file, "%s/%s", path, d->d_name);
		if (d->d_name[0] != '.')
			count += replay(file);
	}
	if (dir)
		(void)closedir(dir);
	printf("%d inputs\n", count);
	return count == 0;
}
#endif
