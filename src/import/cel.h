/* SPDX-License-Identifier: ISC */
#ifndef CEL_H
#define CEL_H

/*
 * Asterisk's channel event log: cel-custom/Master.csv in the order of the
 * sample configuration (with or without its literal), in another with its
 * columns told, or JSON with an object in each line. Events of one linkedid are
 * one call, whose customer is the channel that began it. Sources: the sample
 * cel_custom.conf, docs.asterisk.org "CEL Specification".
 */

#include "import.h"

#include "text.h"

int cel_add(struct import *im, const char *path, struct why *why);

#endif
