// SPDX-License-Identifier: LGPL-2.1-or-later
/* json.c - chains as JSON */
#include "blame.h"

static void json_member(struct json *json,
			const struct tcpmem_chain_member *member)
{
	const struct tcpmem_process *process = member->process;

	json_open_object(json, NULL);
	json_text(json, "name", member->name);
	json_text(json, "kind", member->kind);
	json_optional(json, "pid", process ? 0 : -1,
		      process ? tcpmem_process_get_pid(process) : 0);
	json_text(json, "comm",
		  process ? tcpmem_process_get_comm(process) : NULL);
	json_integer(json, "distance", member->distance);
	json_integer(json, "buffer_bytes", member->bytes);
	json_known(json, "bytes_per_second", member->per_second);
	json_close_object(json);
}

static void json_members(struct json *json, const char *key,
			 const struct tcpmem_chain *chain, size_t from,
			 size_t to)
{
	json_open_array(json, key);
	for (size_t i = from; i < to; i++)
		json_member(json, &chain->member[i]);
	json_close_array(json);
}

static void json_link(struct json *json, const struct tcpmem_chain *chain,
		      const struct tcpmem_chain_link *link)
{
	json_open_object(json, NULL);
	json_text(json, "from", chain->member[link->from].name);
	json_text(json, "to", chain->member[link->to].name);
	json_integer(json, "connections", link->connections);
	json_integer(json, "unsent_bytes", link->unsent_bytes);
	json_integer(json, "unread_bytes", link->unread_bytes);
	json_known(json, "bytes_per_second", link->per_second);
	json_close_object(json);
}

void blame_json_chain(struct json *json, const struct tcpmem_chain *chain)
{
	json_open_object(json, NULL);
	json_integer(json, "buffer_bytes", chain->bytes);
	json_bool(json, "cycle", chain->culprit_count > 1);
	json_members(json, "culprits", chain, 0, chain->culprit_count);
	json_members(json, "held_up", chain, chain->culprit_count,
		     chain->member_count);
	json_open_array(json, "links");
	for (size_t i = 0; i < chain->link_count; i++)
		json_link(json, chain, &chain->link[i]);
	json_close_array(json);
	json_close_object(json);
}
