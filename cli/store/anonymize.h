/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* anonymize.h - captures without the addresses of those who are in them */
#ifndef CLI_STORE_ANONYMIZE_H
#define CLI_STORE_ANONYMIZE_H

#include "store/bytes.h"

/* Stands where the host's name was */
#define NO_HOST "anonymous"

/*
 * struct pseudonyms - a tree of addresses; the same one for all captures
 * @host: the name that is not told; "": it is not known
 */
struct pseudonyms {
	void *tree;
	uint32_t count;
	bool failed;
	const char *host;
};

void pseudonyms_free(struct pseudonyms *names);

/* pseudonyms_address() - in place of one of 4 bytes, or of 16 */
void pseudonyms_address(struct pseudonyms *names, uint8_t *at, bool v6);

/*
 * pseudonyms_text() - adds a text with other addresses in it
 * @host: a name that is left out; "": none
 */
void pseudonyms_text(struct pseudonyms *names, const char *host,
		     const char *text, size_t len, struct bytes *out);

/*
 * pseudonyms_apply() - the capture with pseudonyms for its addresses, and
 * without command lines, TCP-MD5 keys and the host's name
 *
 * Return: 0, -EBADMSG or -ENOMEM.
 */
int pseudonyms_apply(struct pseudonyms *names, struct bytes *capture);

#endif
