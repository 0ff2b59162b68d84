// SPDX-License-Identifier: LGPL-2.1-or-later
/* collect_scout.c - looks for holders while sockets are being dumped */
#include "collect_scout.h"

#include "thread.h"

#include <errno.h>
#include <stdlib.h>

static bool wants_bpf(const struct tm_scout *scout)
{
	return scout->source == TCPMEM_HOLDER_SOURCE_BPF ||
	       (scout->source == TCPMEM_HOLDER_SOURCE_AUTO &&
		tm_holders_bpf_pays(&scout->ctx));
}

static void decide(struct tm_scout *scout, enum tm_scout_way way)
{
	pthread_mutex_lock(&scout->lock);
	scout->way = way;
	pthread_cond_signal(&scout->decided);
	pthread_mutex_unlock(&scout->lock);
}

bool tm_scout_reads_proc(struct tm_scout *scout)
{
	bool reads;

	pthread_mutex_lock(&scout->lock);
	reads = scout->way == TM_SCOUT_PROC;
	pthread_mutex_unlock(&scout->lock);
	return reads;
}

bool tm_scout_brings_sights(struct tm_scout *scout)
{
	bool brings;

	if (!scout->away || scout->quest == TM_SCOUT_HOLDERS)
		return false;
	pthread_mutex_lock(&scout->lock);
	while (scout->way == TM_SCOUT_UNDECIDED)
		pthread_cond_wait(&scout->decided, &scout->lock);
	brings = scout->way == TM_SCOUT_BPF_SIGHTS;
	pthread_mutex_unlock(&scout->lock);
	return brings;
}

static int open_program(struct tm_scout *scout, bool sights)
{
	struct tm_holders_bpf *bpf = *scout->program;

	if (bpf && (tm_holders_bpf_has_sights(bpf) || !sights))
		return 0;
	tm_holders_bpf_close(bpf);
	*scout->program = NULL;
	return tm_holders_bpf_open(&scout->ctx, sights, scout->program);
}

static int look_by_bpf(struct tm_scout *scout)
{
	bool sights = scout->quest != TM_SCOUT_HOLDERS;
	int ret = open_program(scout, sights);

	if (ret < 0 && scout->quest == TM_SCOUT_HOLDERS_AND_SIGHTS) {
		/* a kernel that has not all that it is to tell */
		sights = false;
		ret = open_program(scout, sights);
	}
	if (ret < 0)
		return ret;
	decide(scout, sights ? TM_SCOUT_BPF_SIGHTS : TM_SCOUT_BPF);
	return tm_holders_bpf_read(
		*scout->program,
		&(struct tm_holders_look){
			.sights = sights ? &scout->sights : NULL,
			.only = scout->only,
			.beside_dump = scout->beside_dump && !sights,
		},
		&scout->claims);
}

/* Nobody asked for BPF by name: what it cannot do, /proc can. */
static int look(struct tm_scout *scout)
{
	scout->bpf_error = -ECANCELED;
	if (!tm_scout_reads_proc(scout))
		scout->bpf_error = look_by_bpf(scout);
	if (scout->bpf_error == 0)
		return 0;
	tm_claims_deinit(&scout->claims);
	tm_sights_deinit(&scout->sights);
	decide(scout, TM_SCOUT_PROC);
	if (scout->quest == TM_SCOUT_ALL_OR_NOTHING)
		return 0;
	if (scout->source == TCPMEM_HOLDER_SOURCE_BPF)
		return scout->bpf_error;
	return tm_claims_proc_scan(&scout->ctx, &scout->round, &scout->claims,
				   &scout->scan);
}

static void *go(void *arg)
{
	struct tm_scout *scout = arg;

	scout->ret = look(scout);
	return NULL;
}

static int make(const struct tcpmem_ctx *ctx, enum tcpmem_holder_source source,
		enum tm_scout_quest quest, struct tm_holders_bpf **program,
		struct tm_scout **scout)
{
	struct tm_scout *s = calloc(1, sizeof(*s));

	if (!s || tm_round_init(&s->round) < 0) {
		free(s);
		return -ENOMEM;
	}
	s->ctx = *ctx;
	tcpmem_ctx_set_log(&s->ctx, NULL, NULL);
	s->source = source;
	s->quest = quest;
	s->program = program ? program : &s->own_program;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->decided, NULL);
	if (!wants_bpf(s))
		s->way = TM_SCOUT_PROC;
	*scout = s;
	return 0;
}

int tm_scout_send(const struct tcpmem_ctx *ctx,
		  enum tcpmem_holder_source source, enum tm_scout_quest quest,
		  struct tm_holders_bpf **program, struct tm_scout **scout)
{
	int ret = make(ctx, source, quest, program, scout);

	if (ret < 0)
		return ret;
	(*scout)->beside_dump = true;
	(*scout)->away = tm_thread_start(&(*scout)->thread, go, *scout) == 0;
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
	else if (!scout->back)
		scout->ret = look(scout);
	scout->away = false;
	scout->back = true;
	return scout->ret;
}

int tm_scout_look(const struct tcpmem_ctx *ctx,
		  enum tcpmem_holder_source source,
		  const struct tm_u64set *only, struct tm_holders_bpf **program,
		  struct tm_scout **scout)
{
	int ret = make(ctx, source, TM_SCOUT_HOLDERS, program, scout);

	if (ret < 0)
		return ret;
	(*scout)->only = only;
	return tm_scout_wait(*scout);
}

int tm_scout_again(struct tm_scout *scout, const struct tm_u64set *only)
{
	tm_claims_deinit(&scout->claims);
	scout->only = only;
	scout->beside_dump = false;
	if (scout->bpf_error)
		return tm_claims_proc_scan(&scout->ctx, &scout->round,
					   &scout->claims, &scout->scan);
	scout->quest = TM_SCOUT_HOLDERS;
	return look_by_bpf(scout);
}

void tm_scout_free(struct tm_scout *scout)
{
	if (!scout)
		return;
	if (scout->away) {
		tm_round_cancel(&scout->round);
		pthread_join(scout->thread, NULL);
	}
	tm_holders_bpf_close(scout->own_program);
	tm_claims_deinit(&scout->claims);
	tm_sights_deinit(&scout->sights);
	tm_round_deinit(&scout->round);
	pthread_cond_destroy(&scout->decided);
	pthread_mutex_destroy(&scout->lock);
	free(scout);
}
