// SPDX-License-Identifier: LGPL-2.1-or-later
/* keys.c - what sockets can be grouped by */
#include "answer/keys.h"

#include "util.h"

#include <stdio.h>
#include <string.h>

static uint64_t process_id(const struct tcpmem_snapshot *snap,
			   const struct tcpmem_socket *sock, uint32_t process)
{
	(void)snap;
	if (process != TM_KEY_NO_PROCESS)
		return process;
	return TM_KEY_NOBODY | sock->kind;
}

static void process_format(const struct tcpmem_snapshot *snap, uint64_t id,
			   char *text, size_t size)
{
	const struct tcpmem_process *process;

	if (id & TM_KEY_NOBODY) {
		enum tcpmem_kind kind = (enum tcpmem_kind)(id & ~TM_KEY_NOBODY);

		snprintf(text, size, "%s", tcpmem_kind_name(kind));
		return;
	}
	process = tm_holders_get_process(snap->holders, (uint32_t)id);
	snprintf(text, size, "%s[%u]", process->comm, process->pid);
}

static uint64_t state_id(const struct tcpmem_snapshot *snap,
			 const struct tcpmem_socket *sock, uint32_t process)
{
	(void)snap;
	(void)process;
	return sock->state;
}

static void state_format(const struct tcpmem_snapshot *snap, uint64_t id,
			 char *text, size_t size)
{
	(void)snap;
	snprintf(text, size, "%s", tcpmem_state_name((enum tcpmem_state)id));
}

const struct tm_key tm_key_process = {
	.name = "process",
	.text = "who holds it; what nobody holds by kind",
	.per_holder = true,
	.id = process_id,
	.format = process_format,
};

static const struct tm_key state_key = {
	.name = "state",
	.text = "TCP state",
	.id = state_id,
	.format = state_format,
};

static const struct tm_key *const keys[] = {
	&tm_key_process,
	&state_key,
};

const struct tm_key *tm_key_find(const char *name, size_t len)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(keys); i++)
		if (strlen(keys[i]->name) == len &&
		    memcmp(keys[i]->name, name, len) == 0)
			return keys[i];
	return NULL;
}

const char *tcpmem_key_name(size_t index)
{
	return index < TM_ARRAY_SIZE(keys) ? keys[index]->name : NULL;
}

const char *tcpmem_key_text(size_t index)
{
	return index < TM_ARRAY_SIZE(keys) ? keys[index]->text : NULL;
}
