/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* anonymize.h - captures without the addresses of those who are in them */
#ifndef CLI_STORE_ANONYMIZE_H
#define CLI_STORE_ANONYMIZE_H

#include "store/bytes.h"

/* struct pseudonyms - a tree of addresses; the same one for all captures */
struct pseudonyms {
	void *tree;
	uint32_t count;
	bool failed;
};

void pseudonyms_free(struct pseudonyms *names);

/*
 * pseudonyms_apply() - the capture with pseudonyms for its addresses, and
 * without command lines and TCP-MD5 keys
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int pseudonyms_apply(struct pseudonyms *names, struct bytes *capture);

#endif
