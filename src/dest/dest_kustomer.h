/* SPDX-License-Identifier: ISC */
#ifndef DEST_KUSTOMER_H
#define DEST_KUSTOMER_H

/*
 * type = kustomer: each MP3 becomes a note, which customers never see, in the
 * conversation that the call names. Kustomer's documentation: Upload
 * attachments, Create note, Get notes by conversation, Pagination, Errors.
 *
 * The file goes to a presigned form (RFC 7578) elsewhere, without our login;
 * the note carries our key as its externalId and the marker in its text.
 */

#include "dest.h"

extern const struct dest_kind dest_kustomer;

#endif
