/* SPDX-License-Identifier: ISC */
#ifndef DEST_SALESFORCE_H
#define DEST_SALESFORCE_H

/*
 * type = salesforce: each MP3 becomes a file (ContentVersion) on the case that
 * the call names. REST API Developer Guide: Insert or Update Blob Data, Query,
 * Status Codes and Error Responses. Salesforce shows the MD5 of what it has,
 * which is compared.
 */

#include "dest.h"

extern const struct dest_kind dest_salesforce;

#endif
