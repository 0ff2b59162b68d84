/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* identity.h - what makes rows of two tables one: key and process */
#ifndef TM_ANSWER_IDENTITY_H
#define TM_ANSWER_IDENTITY_H

#include "model/holders.h"

/* As long as a row's key can be. */
#define TM_IDENTITY_SIZE 1100

/*
 * tm_identify() - the key without the name of its process
 *
 * exec(2) and prctl(2) change that, and it is the same process. Which one of
 * those that had the pid is for the caller to compare.
 */
void tm_identify(const struct tcpmem_process *process, const char *key,
		 char id[TM_IDENTITY_SIZE]);

/* tm_hash_text() - as tm_hash(), of a text */
uint32_t tm_hash_text(uint32_t hash, const char *text);

#endif
