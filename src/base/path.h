/* SPDX-License-Identifier: ISC */
#ifndef PATH_H
#define PATH_H

/*
 * Splits a path into its directory, which is opened, and the name in it.
 *
 *	struct path p = PATH_NONE;
 *	if (path_open(&p, "out/call.mp3") == 0) ... p.fd, "call.mp3"
 *	path_close(&p);		always
 */

struct path {
	char *dir;        /* "out/", "" for the working directory */
	const char *name; /* within the path */
	int fd;           /* the directory */
};
#define PATH_NONE        \
	{                \
		.fd = -1 \
	}

/* 0, or -1 with errno. A path that ends with '/' is a directory. */
int path_open(struct path *p, const char *path);
void path_close(struct path *p);

/* The part after the last '/': "call.mp3". Points into the path. */
const char *path_name(const char *path);
/* The part before it, with the '/': "out/", or "". To be freed. */
char *path_dir(const char *path);
/* `name`, relative to the directory of the file `path`: "out/agent.wav". To be
 * freed. */
char *path_beside(const char *path, const char *name);
/* Removes "./" and doubled slashes: a path below a directory then has one
 * spelling, unless there are links. */
void path_plain(char *path);

#endif
