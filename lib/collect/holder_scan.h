/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * collect_scan.h - looks for holders while sockets are being dumped
 *
 * By BPF it may bring the sockets along, as they would be dumped.
 *
 * A scan is sent out before the dump and comes back with who has which inode
 * open. What was opened after it passed by has no holder then; so once the
 * dump has ended it can be sent again, for those alone.
 */
#ifndef TM_COLLECT_HOLDER_SCAN_H
#define TM_COLLECT_HOLDER_SCAN_H

#include "base/ctx.h"
#include "bpf/internal.h"
#include "model/classifier.h"
#include "model/holders.h"
#include "proc/internal.h"
#include "tcpmem/query.h"

/* What a scan looks at. */
enum tm_holder_scan_way {
	TM_HOLDER_SCAN_UNDECIDED,
	TM_HOLDER_SCAN_PROC,
	TM_HOLDER_SCAN_BPF,
	TM_HOLDER_SCAN_BPF_ITER_SOCKETS,
};

/* What a scan is to bring. */
enum tm_holder_scan_request {
	TM_HOLDER_SCAN_HOLDERS,
	TM_HOLDER_SCAN_HOLDERS_AND_ITER_SOCKETS, /* these if it can */
	TM_HOLDER_SCAN_ALL_OR_NOTHING,		 /* nothing if it cannot bring
						    iter_sockets */
};

/*
 * struct tm_holder_scan - one that looks, or is back
 * @program: where the program is kept that it looks by; its own, if the caller
 *	keeps none
 * @only: inodes whose holders alone are looked for; NULL: all
 */
struct tm_holder_scan {
	struct tcpmem_ctx ctx;
	enum tcpmem_holder_source source;
	enum tm_holder_scan_request request;
	struct tm_holders_bpf **program, *own_program;
	const struct tm_u64set *only;
	struct tm_fd_refs fd_refs;
	struct tm_iter_sockets
		iter_sockets;	  /* none unless sockets were brought along */
	struct tm_proc_scan scan; /* how /proc was read; all 0 if it was not */
	int bpf_error;		  /* why it was not read by BPF; 0: it was */
	struct tm_scan_state round;
	enum tm_holder_scan_way way;
	pthread_mutex_t lock; /* of @way */
	pthread_cond_t decided;
	pthread_t thread;
	bool beside_dump;
	bool away;
	bool back;
	int ret;
};

/*
 * tm_holder_scan_send() - sends a scan out
 * @program: a program that may be loaded already, or NULL, and that stays
 *	loaded; the caller's to close. NULL: nobody will need it again.
 *
 * If no thread can be started it goes when it is waited for.
 *
 * Return: 0 or -ENOMEM; free it either way.
 */
int tm_holder_scan_send(const struct tcpmem_ctx *ctx,
			enum tcpmem_holder_source source,
			enum tm_holder_scan_request request,
			struct tm_holders_bpf **program,
			struct tm_holder_scan **scan);

/*
 * tm_holder_scan_reads_proc() - whether it is known by now that it reads /proc
 */
bool tm_holder_scan_reads_proc(struct tm_holder_scan *scan);

/*
 * tm_holder_scan_brings_iter_sockets() - whether it does; known soon, not at
 * once
 */
bool tm_holder_scan_brings_iter_sockets(struct tm_holder_scan *scan);

/* tm_holder_scan_finish() - all sockets that matter are open by now */
void tm_holder_scan_finish(struct tm_holder_scan *scan);

/*
 * tm_holder_scan_wait() - waits until it is back; its fd_refs are there then
 *
 * Return: 0; -errno of reading /proc or of bpf(2); -ENOMEM.
 */
int tm_holder_scan_wait(struct tm_holder_scan *scan);

/*
 * tm_holder_scan_look() - looks for holders here and now, with no dump beside
 * it
 * @only: those of these inodes, and perhaps of others; NULL: all
 * @program: as in tm_holder_scan_send()
 *
 * Return: as tm_holder_scan_wait(); free the scan, if there is one, either way.
 */
int tm_holder_scan_look(const struct tcpmem_ctx *ctx,
			enum tcpmem_holder_source source,
			const struct tm_u64set *only,
			struct tm_holders_bpf **program,
			struct tm_holder_scan **scan);

/*
 * tm_holder_scan_again() - looks again, by the same way, for the holders of
 * @only, at whom it has not seen since all was finished; the fd_refs are those
 * of that second look, and perhaps of other inodes too
 *
 * Return: as tm_holder_scan_wait().
 */
int tm_holder_scan_again(struct tm_holder_scan *scan,
			 const struct tm_u64set *only);

void tm_holder_scan_free(struct tm_holder_scan *scan);

#endif
