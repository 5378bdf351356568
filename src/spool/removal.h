/* SPDX-License-Identifier: ISC */
#ifndef REMOVAL_H
#define REMOVAL_H

/*
 * Removes a folder with all that is in it, in two steps:
 *
 *	name = removal_toss(stage_fd, "20261122T100000Z-c1", tmp_fd);
 *	... fsync tmp_fd and stage_fd: now nobody sees half of it ...
 *	removal_erase(tmp_fd, name, folder_fd);
 *
 * Folders inside it are first moved up into tmp/, where a crash leaves them as
 * debris like any other; so nothing recurses, however deep they lie. Links go,
 * never what they lead to; what is mounted inside stays, as an error.
 */

/* Its name in tmp/, to be freed: its own, or a free one. NULL with errno. */
char *removal_toss(int from_fd, const char *name, int tmp_fd);
/* fd is the folder. 0, or -1 with errno of the last thing that stayed. */
int removal_erase(int tmp_fd, const char *name, int fd);

#endif
