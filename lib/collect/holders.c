// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders.c - whose socket it is */
#include "collect/internal.h"

#include <errno.h>
#include <string.h>

int tm_listeners_keep(struct tm_listeners *listeners,
		      const struct tm_socket_set *set)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < set->count; i++)
		if (set->sock[i].state == TCPMEM_STATE_LISTENING)
			ret = tm_listeners_add(listeners, &set->sock[i]);
	return ret;
}

static int note_scan(const struct tm_plan *plan,
		     const struct tm_scan_result *result,
		     struct tm_owners *owners, struct tm_warnings *warnings)
{
	const struct tm_proc_scan *proc = &result->proc;

	if (result->bpf_error && result->bpf_error != -ECANCELED)
		tm_debug(plan->ctx, "holders by BPF: %s",
			 strerror(-result->bpf_error));
	owners->complete = tm_proc_scan_is_whole(proc);
	owners->nested = proc->view.nested;
	return tm_proc_scan_explain(plan->ctx, proc, warnings);
}

/* Sockets that were opened after the scan had passed their holders. */
static int scan_again(struct tm_holder_scan *scan, struct tm_holders *holders)
{
	const struct tm_fd_refs *refs = &tm_holder_scan_result(scan)->refs;
	struct tm_u64set missing;
	int ret = tm_u64set_init(&missing, 64);

	if (ret < 0)
		return ret;
	ret = tm_holders_missing(holders, &missing);
	if (ret == 0 && missing.count)
		ret = tm_holder_scan_again(scan, &missing);
	if (ret == 0 && missing.count)
		ret = tm_fd_refs_join(refs, holders, &missing);
	tm_u64set_deinit(&missing);
	return ret;
}

int tm_holders_resolve(const struct tm_plan *plan, struct tm_holder_scan *scan,
		       bool beside_dump, struct tm_owners *owners,
		       struct tm_warnings *warnings)
{
	const struct tm_scan_result *result = tm_holder_scan_result(scan);
	int ret = tm_holder_scan_wait(scan);

	if (ret == 0)
		ret = note_scan(plan, result, owners, warnings);
	if (ret == 0)
		ret = tm_fd_refs_join(&result->refs, owners->holders, NULL);
	if (ret == 0 && beside_dump)
		ret = scan_again(scan, owners->holders);
	return ret ? ret : tm_holders_finish(owners->holders);
}

void tm_owners_find(const struct tm_owners *owners, struct tcpmem_socket *sock)
{
	bool unhashed = sock->kind == TCPMEM_KIND_DARK &&
			sock->state == TCPMEM_STATE_CLOSED;

	if (owners->known)
		tm_attribute(sock, owners->holders, owners->listeners,
			     owners->complete);
	else
		tm_attribute_without_holders(sock);
	/* that its process is known does not make a dump show it */
	if (unhashed)
		sock->kind = TCPMEM_KIND_DARK;
}

void tm_owners_attribute(const struct tm_owners *owners,
			 struct tm_socket_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		tm_owners_find(owners, &set->sock[i]);
}

bool tm_is_unowned(const struct tcpmem_socket *sock)
{
	return sock->kind == TCPMEM_KIND_IN_FLIGHT ||
	       sock->kind == TCPMEM_KIND_HIDDEN;
}

/* A PID namespace with all its sockets' holders in it hides nothing. */
int tm_owners_explain(const struct tm_owners *owners,
		      const struct tm_socket_set *set,
		      struct tm_warnings *warnings)
{
	size_t hidden = 0;

	if (!owners->nested)
		return 0;
	for (size_t i = 0; i < set->count; i++)
		hidden += tm_is_unowned(&set->sock[i]);
	if (!hidden)
		return 0;
	return tm_warnings_add(warnings, TCPMEM_WARNING_PROC_HIDDEN,
			       "%zu sockets may belong to processes outside of "
			       "this PID namespace; run on the host",
			       hidden);
}
