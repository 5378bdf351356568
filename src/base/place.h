/* SPDX-License-Identifier: ISC */
#ifndef PLACE_H
#define PLACE_H

/*
 * A path as a directory that is open and a name in it.
 *
 *	struct place pl = PLACE_NONE;
 *	if (place_open(&pl, "out/call.mp3") == 0) ... pl.fd, "call.mp3"
 *	place_close(&pl);	always
 */

struct place {
	char *dir;        /* "out/", "" for the working directory */
	const char *name; /* within the path */
	int fd;
};
#define PLACE_NONE       \
	{                \
		.fd = -1 \
	}

/* 0, or -1 with errno. A path that ends with '/' is a directory. */
int place_open(struct place *pl, const char *path);
void place_close(struct place *pl);

#endif
