// SPDX-License-Identifier: LGPL-2.1-or-later
/* absent.c - --from STORE where the command was built without stores */
#include "messages.h"
#include "report/report.h"
#include "session.h"
#include "store/replay.h"

#include <errno.h>

int session_load_at(struct session *session, const char *dir, const char *at,
		    struct tcpmem_snapshot **snap)
{
	(void)at;
	(void)snap;
	message("%s: this tcpmem was built without SQLite or zstd, which the "
		"stores of 'tcpmem record' need",
		dir);
	session->reported = EXIT_FAILED;
	return -EINVAL;
}

int report_gather_store(struct session *session, struct report *report)
{
	(void)report;
	return session_load_at(session, session->options->from, NULL, NULL);
}

int replay_open(struct replay *replay, struct session *session, const char *dir,
		const char *at)
{
	(void)replay;
	return session_load_at(session, dir, at, NULL);
}

void replay_free(struct replay *replay)
{
	(void)replay;
}

bool replay_go(struct replay *replay, const char *text)
{
	(void)replay;
	(void)text;
	return false;
}

void replay_jump(struct replay *replay, int64_t ns)
{
	(void)replay;
	(void)ns;
}

const struct replay_event *replay_event(struct replay *replay, bool forward)
{
	(void)replay;
	(void)forward;
	return NULL;
}
