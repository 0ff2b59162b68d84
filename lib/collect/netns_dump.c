// SPDX-License-Identifier: LGPL-2.1-or-later
/* netns_dump.c - one namespace: count its sockets, then dump them */
#include "collect/netns_dump.h"

#include "base/util.h"
#include "collect/filter.h"
#include "filter/filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tm_visitor_init(struct tm_visitor *visitor, const struct tm_walk *walk)
{
	memset(visitor, 0, sizeof(*visitor));
	visitor->walk = walk;
	visitor->ctx = *walk->ctx;
	visitor->source.open = tm_diag_open;
	visitor->sink = walk->sink;
	return tm_classifier_init(&visitor->classifier);
}

void tm_visitor_deinit(struct tm_visitor *visitor)
{
	tm_classifier_deinit(&visitor->classifier);
	tm_warnings_clear(&visitor->warnings);
}

static struct tm_ns *current(const struct tm_visitor *visitor)
{
	return &visitor->walk->list->ns[visitor->index];
}

/* Counts that cannot be read keep nothing from being dumped. */
void tm_visit_count(struct tm_visitor *visitor)
{
	const struct tm_walk *walk = visitor->walk;
	struct tm_ns *ns = current(visitor);
	bool empty;

	ns->counted = tm_sockstat_read(&visitor->ctx, NULL, &ns->stat) == 0;
	empty = ns->counted && tm_sockstat_is_empty(&ns->stat);
	if (!empty)
		ns->tls |= tm_sockstat_has_tls(&visitor->ctx);
	if (ns->outcome != TM_NS_PENDING)
		return;
	if (empty && walk->skip_empty && !ns->own)
		ns->outcome = TM_NS_EMPTY;
	else if (walk->filter)
		tm_collect_look_up(&visitor->ctx, walk->filter, &ns->facts);
}

static int on_message(const void *msg, size_t len, bool mptcp, void *user)
{
	struct tm_visitor *visitor = user;

	return visitor->sink.message(msg, len, mptcp, (uint16_t)visitor->index,
				     visitor->sink.user);
}

static int on_socket(struct tcpmem_socket *sock, const struct tm_info *info,
		     void *user)
{
	struct tm_visitor *visitor = user;
	const struct tm_walk *walk = visitor->walk;
	int ret;

	sock->netns = (uint16_t)visitor->index;
	ret = tm_classify(&visitor->classifier, walk->states, sock);
	if (ret <= 0)
		return ret;
	/* msks are asked for without a program */
	sock->asked = visitor->asked && !(sock->flags & TM_SOCK_MPTCP);
	if (walk->narrow &&
	    !tm_collect_wants(walk->filter, &current(visitor)->facts, sock))
		return 0;
	tm_classifier_account(&visitor->classifier, walk->objects, sock);
	return visitor->sink.socket(sock, info, visitor->sink.user);
}

static int on_restart(void *user)
{
	struct tm_visitor *visitor = user;

	tm_classifier_clear(&visitor->classifier);
	return visitor->sink.restart((uint16_t)visitor->index,
				     visitor->sink.user);
}

static void on_unfiltered(void *user)
{
	struct tm_visitor *visitor = user;

	visitor->asked = false;
}

/* @code is what @request refers to, to be freed behind it. */
static int narrow(struct tm_visitor *visitor, struct tm_diag_request *request,
		  void **code)
{
	const struct tm_walk *walk = visitor->walk;
	uint32_t states;

	*code = NULL;
	visitor->asked = false;
	if (!walk->narrow || !walk->bytecode)
		return 0;
	return tm_filter_bytecode(walk->filter, &current(visitor)->facts,
				  &states, code, &request->code_len,
				  &visitor->asked);
}

static int dump(struct tm_visitor *visitor, struct tm_diag_request *request,
		const struct tm_diag_sink *sink, bool *refused)
{
	void *code;
	int ret = narrow(visitor, request, &code);

	if (ret < 0)
		return ret;
	request->code = code;
	ret = tm_diag_dump(&visitor->ctx, &visitor->source, request, sink,
			   &visitor->warnings, refused);
	free(code);
	return ret;
}

static bool uses_mptcp(const struct tm_visitor *visitor)
{
	const struct tm_ns *ns = current(visitor);
	char net[32];

	if (ns->stat.mptcp)
		return true;
	snprintf(net, sizeof(net), "%u/net", ns->pid);
	return (ns->own || ns->pid) &&
	       tm_sockstat_used_mptcp(&visitor->ctx, ns->own ? NULL : net);
}

int tm_visit_dump(struct tm_visitor *visitor)
{
	const struct tm_walk *walk = visitor->walk;
	struct tm_ns *ns = current(visitor);
	struct tm_diag_request request = {
		.states = walk->states,
		.mptcp = walk->mptcp && (!ns->counted || ns->stat.has_mptcp),
		.info = walk->info,
	};
	const struct tm_diag_sink sink = {
		.message = visitor->sink.message ? on_message : NULL,
		.socket = on_socket,
		.restart = visitor->sink.restart ? on_restart : NULL,
		.unfiltered = on_unfiltered,
		.user = visitor,
	};
	bool refused = false;
	int ret;

	tm_classifier_clear(&visitor->classifier);
	ret = dump(visitor, &request, &sink, &refused);
	if (ret)
		return ret;
	ns->outcome = TM_NS_DUMPED;
	if (!refused || !uses_mptcp(visitor))
		return 0;
	return tm_warnings_add(
		&visitor->warnings, TCPMEM_WARNING_MPTCP_MISSING,
		"MPTCP is in use and the kernel does not show its "
		"sockets; load the module mptcp_diag");
}

int tm_visit_denied(struct tm_visitor *visitor, int error)
{
	if (tm_shortage(error))
		return error;
	current(visitor)->outcome = error == -ENOENT ? TM_NS_GONE
						     : TM_NS_DENIED;
	return 0;
}

int tm_visit_report(struct tm_visitor *visitor)
{
	const struct tm_walk *walk = visitor->walk;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < visitor->warnings.count; i++) {
		const struct tm_warning *warning =
			&visitor->warnings.warning[i];

		ret = tm_ns_name(&visitor->ctx, walk->list, visitor->index);
		if (ret == 0 && walk->list->count > 1)
			ret = tm_warnings_add(walk->warnings, warning->code,
					      "network namespace %s: %s",
					      current(visitor)->name,
					      warning->text);
		else if (ret == 0)
			ret = tm_warnings_add(walk->warnings, warning->code,
					      "%s", warning->text);
	}
	tm_warnings_clear(&visitor->warnings);
	return ret;
}
