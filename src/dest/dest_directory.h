/* SPDX-License-Identifier: ISC */
#ifndef DEST_DIRECTORY_H
#define DEST_DIRECTORY_H

/* type = directory: a directory of this machine, mounted or not. */

#include "dest.h"

extern const struct dest_kind dest_directory;

#endif
