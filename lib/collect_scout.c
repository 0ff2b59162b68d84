// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_scout.c - looks for holders while sockets are being dumped */
#include "collect_scout.h"

#include "read/holders_bpf.h"
#include "thread.h"

#include <errno.h>
#include <stdlib.h>

static bool wants_bpf(const struct tm_scout *scout)
{
	return scout->source == TCPMEM_HOLDER_SOURCE_BPF ||
	       (scout->source == TCPMEM_HOLDER_SOURCE_AUTO &&
		tm_holders_bpf_pays(&scout->ctx));
}

/* Nobody asked for BPF by name: what it cannot do, /proc can. */
static int look(struct tm_scout *scout)
{
	scout->bpf_error = wants_bpf(scout) ? tm_claims_bpf_scan(&scout->ctx,
								 &scout->claims)
					    : -ECANCELED;
	if (scout->bpf_error == 0 || scout->source == TCPMEM_HOLDER_SOURCE_BPF)
		return scout->bpf_error;
	tm_claims_deinit(&scout->claims);
	return tm_claims_proc_scan(&scout->ctx, &scout->round, &scout->claims,
				   &scout->scan);
}

static void *go(void *arg)
{
	struct tm_scout *scout = arg;

	scout->ret = look(scout);
	return NULL;
}

int tm_scout_send(const struct tcpmem_ctx *ctx,
		  enum tcpmem_holder_source source, struct tm_scout **scout)
{
	struct tm_scout *s = calloc(1, sizeof(*s));

	if (!s || tm_round_init(&s->round) < 0) {
		free(s);
		return -ENOMEM;
	}
	s->ctx = *ctx;
	tcpmem_ctx_set_log(&s->ctx, NULL, NULL);
	s->source = source;
	s->away = tm_thread_start(&s->thread, go, s) == 0;
	s->ret = s->away ? 0 : -EAGAIN;
	*scout = s;
	return 0;
}

void tm_scout_settle(struct tm_scout *scout)
{
	tm_round_settle(&scout->round);
}

int tm_scout_wait(struct tm_scout *scout)
{
	if (scout->away)
		pthread_join(scout->thread, NULL);
	else
		scout->ret = look(scout);
	scout->away = false;
	return scout->ret;
}

int tm_scout_again(struct tm_scout *scout)
{
	tm_claims_deinit(&scout->claims);
	if (scout->bpf_error == 0)
		return tm_claims_bpf_scan(&scout->ctx, &scout->claims);
	return tm_claims_proc_scan(&scout->ctx, &scout->round, &scout->claims,
				   &scout->scan);
}

void tm_scout_free(struct tm_scout *scout)
{
	if (!scout)
		return;
	if (scout->away) {
		tm_round_cancel(&scout->round);
		pthread_join(scout->thread, NULL);
	}
	tm_claims_deinit(&scout->claims);
	tm_round_deinit(&scout->round);
	free(scout);
}
