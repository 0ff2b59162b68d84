/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* blame.h - tcpmem blame: chains as text and as JSON */
#ifndef CLI_BLAME_BLAME_H
#define CLI_BLAME_BLAME_H

#include "options.h"
#include "output/json.h"
#include "session.h"
#include "tcpmem.h"

/* What a snapshot needs for tcpmem_blame_new() */
#define BLAME_NEEDS (TCPMEM_NEED_PEERS | TCPMEM_NEED_INFO)

/* blame_wants() - whether data waits on the connection of @sock */
bool blame_wants(const struct tcpmem_snapshot *snap,
		 const struct tcpmem_socket *sock, const void *user);

/*
 * blame_look() - tcp_info, a second look, and a third one if that does not tell
 * @snap: with %TCPMEM_NEED_PEERS, just taken
 *
 * Return: 0 or -errno.
 */
int blame_look(struct session *session, struct tcpmem_snapshot *snap,
	       struct tcpmem_blame **blame);

/*
 * blame_look_after() - a second look, @wait_ns from now
 * @snap: with %BLAME_NEEDS
 *
 * Return: 0 or -errno.
 */
int blame_look_after(struct session *session,
		     const struct tcpmem_snapshot *snap, int64_t wait_ns,
		     struct tcpmem_blame **blame);

/* blame_has() - whether process @pid is a member of @chain */
bool blame_has(const struct tcpmem_chain *chain, uint32_t pid);

void blame_print_chain(const struct options *options,
		       const struct tcpmem_chain *chain);

/* blame_none() - a sentence for no chain; @unseen: there may be one */
const char *blame_none(const struct tcpmem_blame *blame, bool unseen);

/*
 * blame_print_basis() - what it rests on, and what was not decided
 * @live: a longer look may decide it
 */
void blame_print_basis(const struct tcpmem_blame *blame, bool live);

void blame_json_chain(struct json *json, const struct tcpmem_chain *chain);

#endif
