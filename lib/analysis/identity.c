// SPDX-License-Identifier: LGPL-2.1-or-later
/* identity.c - what makes rows of two tables one: key and process */
#include "analysis/diff.h"

#include "base/index.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void tm_identify(const struct tcpmem_process *process, const char *key,
		 char id[TM_IDENTITY_SIZE])
{
	char name[64] = "";
	const char *at = NULL;

	if (process) {
		snprintf(name, sizeof(name), "%s[%" PRIu32 "]", process->comm,
			 process->pid);
		at = strstr(key, name);
	}
	if (at)
		snprintf(id, TM_IDENTITY_SIZE, "%.*s[%" PRIu32 "]%s",
			 (int)(at - key), key, process->pid, at + strlen(name));
	else
		snprintf(id, TM_IDENTITY_SIZE, "%s", key);
}

uint32_t tm_hash_text(uint32_t hash, const char *text)
{
	size_t left = strlen(text);
	uint64_t word;

	for (const char *at = text; left; at += sizeof(word)) {
		size_t len = left < sizeof(word) ? left : sizeof(word);

		word = 0;
		memcpy(&word, at, len);
		hash = tm_hash(hash, word);
		left -= len;
	}
	return hash;
}
