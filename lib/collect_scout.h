/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect_scout.h - looks for holders while sockets are being dumped
 *
 * By BPF it may bring the sockets along, as they would be dumped.
 *
 * A scout is sent out before the dump and comes back with who has which inode
 * open. What was opened after it passed by has no holder then; so once the
 * dump has ended it can be sent again, for those alone.
 */
#ifndef TM_COLLECT_SCOUT_H
#define TM_COLLECT_SCOUT_H

#include "ctx.h"
#include "model/claims.h"
#include "model/sights.h"
#include "read/holders_bpf.h"
#include "read/holders_proc.h"

/* What a scout looks at. */
enum tm_scout_way {
	TM_SCOUT_UNDECIDED,
	TM_SCOUT_PROC,
	TM_SCOUT_BPF,
	TM_SCOUT_BPF_SIGHTS,
};

/* What a scout is to bring. */
enum tm_scout_quest {
	TM_SCOUT_HOLDERS,
	TM_SCOUT_HOLDERS_AND_SIGHTS, /* these if it can */
	TM_SCOUT_ALL_OR_NOTHING,     /* nothing if it cannot bring sights */
};

/*
 * struct tm_scout - one that looks, or is back
 * @program: where the program is kept that it looks by; its own, if the caller
 *	keeps none
 * @only: inodes whose holders alone are looked for; NULL: all
 */
struct tm_scout {
	struct tcpmem_ctx ctx;
	enum tcpmem_holder_source source;
	enum tm_scout_quest quest;
	struct tm_holders_bpf **program, *own_program;
	const struct tm_u64set *only;
	struct tm_claims claims;
	struct tm_sights sights;  /* none unless sockets were brought along */
	struct tm_proc_scan scan; /* how /proc was read; all 0 if it was not */
	int bpf_error;		  /* why it was not read by BPF; 0: it was */
	struct tm_round round;
	enum tm_scout_way way;
	pthread_mutex_t lock; /* of @way */
	pthread_cond_t decided;
	pthread_t thread;
	bool beside_dump;
	bool away;
	bool back;
	int ret;
};

/*
 * tm_scout_send() - sends a scout out
 * @program: a program that may be loaded already, or NULL, and that stays
 *	loaded; the caller's to close. NULL: nobody will need it again.
 *
 * If no thread can be started it goes when it is waited for.
 *
 * Return: 0 or -ENOMEM; free it either way.
 */
int tm_scout_send(const struct tcpmem_ctx *ctx,
		  enum tcpmem_holder_source source, enum tm_scout_quest quest,
		  struct tm_holders_bpf **program, struct tm_scout **scout);

/* tm_scout_reads_proc() - whether it is known by now that it reads /proc */
bool tm_scout_reads_proc(struct tm_scout *scout);

/* tm_scout_brings_sights() - whether it does; known soon, not at once */
bool tm_scout_brings_sights(struct tm_scout *scout);

/* tm_scout_settle() - all sockets that matter are open by now */
void tm_scout_settle(struct tm_scout *scout);

/*
 * tm_scout_wait() - waits until it is back; its claims are there then
 *
 * Return: 0; -errno of reading /proc or of bpf(2); -ENOMEM.
 */
int tm_scout_wait(struct tm_scout *scout);

/*
 * tm_scout_look() - looks for holders here and now, with no dump beside it
 * @only: those of these inodes, and perhaps of others; NULL: all
 * @program: as in tm_scout_send()
 *
 * Return: as tm_scout_wait(); free the scout, if there is one, either way.
 */
int tm_scout_look(const struct tcpmem_ctx *ctx,
		  enum tcpmem_holder_source source,
		  const struct tm_u64set *only, struct tm_holders_bpf **program,
		  struct tm_scout **scout);

/*
 * tm_scout_again() - looks again, by the same way, for the holders of @only,
 * at whom it has not seen since all was settled; the claims are those of that
 * second look, and perhaps of other inodes too
 *
 * Return: as tm_scout_wait().
 */
int tm_scout_again(struct tm_scout *scout, const struct tm_u64set *only);

void tm_scout_free(struct tm_scout *scout);

#endif
