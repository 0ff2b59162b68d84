// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * sums.c - sockets that the kernel adds up while it walks the files
 *
 * They are right where a namespace counts as many sockets as were found, before
 * or after. If not, the look is taken once more, with the sockets of that
 * namespace one by one, and so are the next for a while. If sockets are missing
 * that are in no namespace, those of all are read one by one.
 */
#include "collect/sources.h"

#include "base/util.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* How long sums are not tried again that could not be had. */
#define RETRY_NS INT64_C(10000000000)

bool tm_sums_wanted(const struct tm_plan *plan, const struct tm_cache *cache)
{
	return cache->fds && plan->needs & TCPMEM_SUMS_SUFFICE &&
	       tm_plan_needs(plan, TCPMEM_NEED_HOLDERS) &&
	       !tm_plan_needs(plan, TCPMEM_NEED_INFO | TCPMEM_NEED_PEERS |
					    TCPMEM_NEED_PAST |
					    TCPMEM_NEED_LIMITS) &&
	       !plan->filter && plan->states == TCPMEM_STATES_ALL &&
	       tm_now_ns(CLOCK_MONOTONIC) >= cache->sums.retry_ns;
}

void tm_sums_give_up(struct tm_cache *cache)
{
	if (cache->sums.misses++)
		cache->sums.retry_ns = tm_now_ns(CLOCK_MONOTONIC) + RETRY_NS;
}

static bool is_paused(const struct tm_cache *cache, uint64_t netns, int64_t now)
{
	for (size_t i = 0; i < cache->sums.paused_count; i++)
		if (cache->sums.paused[i].netns == netns &&
		    cache->sums.paused[i].until_ns > now)
			return true;
	return false;
}

int tm_sums_pause(struct tm_cache *cache, uint64_t netns)
{
	int64_t now = tm_now_ns(CLOCK_MONOTONIC);
	const struct tm_sums_pause pause = { netns, now + RETRY_NS };

	cache->sums.misfit = true;
	if (is_paused(cache, netns, now))
		return 0;
	for (size_t i = 0; i < cache->sums.paused_count; i++)
		if (cache->sums.paused[i].until_ns <= now) {
			cache->sums.paused[i] = pause;
			return 0;
		}
	return tm_append(cache->sums.paused, cache->sums.paused_count,
			 cache->sums.paused_capacity, &pause);
}

int tm_sums_exclude(struct tm_cache *cache, const struct tm_ns_list *list,
		    const struct tm_status *status)
{
	struct tm_iter_sums *sums = &cache->sums.iter;
	int64_t now = tm_now_ns(CLOCK_MONOTONIC);
	int ret = 0;

	sums->excluded_count = 0;
	for (size_t i = 0; ret == 0 && i < status->count; i++) {
		uint32_t inode = (uint32_t)list->ns[i].inode;

		if (!tm_iter_may_be_whole(&status->ns[i]) ||
		    is_paused(cache, inode, now))
			ret = tm_append(sums->excluded, sums->excluded_count,
					sums->excluded_capacity, &inode);
	}
	return ret;
}

/*
 * struct adder - puts sums in a snapshot
 * @process: the index among the holders of each process that was listed
 * @last: the process of the last sum, as listed
 */
struct adder {
	const struct tm_iter_sums *from;
	const struct tm_fd_refs *refs;
	struct tm_live *live;
	uint32_t *process;
	size_t last;
	uint64_t tick_ns;
};

/* Return: 0; -ESTALE if it was not listed; -ENOMEM. */
static int find_process(struct adder *adder, const struct tm_bpf_sum_key *key,
			uint32_t *index)
{
	const struct tm_fd_refs *refs = adder->refs;
	const struct tcpmem_process process = {
		.pid = key->tgid,
		.start_time = key->start_ns / adder->tick_ns,
	};
	size_t i = adder->last;
	int ret = 0;

	if (i == refs->process_count ||
	    !tm_process_is(&refs->process[i], &process))
		for (i = 0; i < refs->process_count; i++)
			if (tm_process_is(&refs->process[i], &process))
				break;
	if (i == refs->process_count)
		return -ESTALE;
	adder->last = i;
	if (adder->process[i] == UINT32_MAX)
		ret = tm_holders_process(adder->live->snap->holders,
					 &refs->process[i], &adder->process[i]);
	*index = adder->process[i];
	return ret;
}

static void account(struct tm_accounting *seen, const struct tm_bpf_sum *sum)
{
	seen->sockets += sum->sockets;
	seen->charged += sum->skmem[TCPMEM_METRIC_RMEM] +
			 sum->skmem[TCPMEM_METRIC_WMEM_QUEUED] +
			 sum->skmem[TCPMEM_METRIC_FWD_ALLOC];
}

/* As tm_sums_add() and tm_account_found() would, socket by socket */
static struct tm_sums sums_of(const struct tm_bpf_sum *from,
			      struct tcpmem_socket *like,
			      const struct tm_objects *objects)
{
	struct tm_sums sums = {
		.wmem = from->wmem,
		.sockets = from->sockets,
		.unread = from->unread,
		.unsent = from->unsent,
		.counted = from->sockets,
	};

	for (size_t i = 0; i < TM_SKMEM_WORDS; i++)
		sums.skmem[i] = from->skmem[i];
	if (like->state == TCPMEM_STATE_CLOSE_WAIT)
		sums.close_wait = from->sockets;
	tm_account_found(like, objects, false);
	sums.object = like->object * (from->sockets - from->ports);
	tm_account_found(like, objects, true);
	sums.object += like->object * (int64_t)from->ports;
	return sums;
}

static int add_sum(struct adder *adder, const struct tm_bpf_sum *from)
{
	struct tm_live *live = adder->live;
	struct tm_socket_sums *to = &live->snap->summed;
	size_t netns = tm_ns_list_find(&live->list, from->key.netns);
	struct tcpmem_socket like = {
		.cgroup_id = from->key.cgroup_id,
		.inode = 1, /* it has one */
		.netns = (uint16_t)netns,
		.state = (uint8_t)from->key.state,
		.kind = TCPMEM_KIND_PROCESS,
		.flags = TM_SOCK_HAS_CGROUP |
			 (from->key.ipv6 ? TM_SOCK_IPV6 : 0),
		.skmem_words = TM_SKMEM_WORDS,
	};
	struct tm_sums sums;
	uint32_t process;
	int ret;

	if (netns >= live->status.count) /* asked for others alone */
		return live->plan->query->netns_count ? 0 : -ESTALE;
	ret = find_process(adder, &from->key, &process);
	if (ret < 0)
		return ret;
	like.holder = process + 1;
	sums = sums_of(from, &like, &live->snap->objects);
	account(&live->status.ns[netns].seen, from);
	ret = tm_append(to->sums, to->count, to->capacity, &sums);
	return ret ? ret : tm_socket_set_add(&to->like, &like, NULL);
}

int tm_sums_take(struct tm_live *live)
{
	struct adder adder = {
		.from = &live->cache->sums.iter,
		.refs = &tm_holder_scan_result(live->scan)->refs,
		.live = live,
		.tick_ns =
			UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK),
	};
	int ret = 0;

	adder.process = malloc((adder.refs->process_count + 1) *
			       sizeof(*adder.process));
	if (!adder.process)
		return -ENOMEM;
	for (size_t i = 0; i < adder.refs->process_count; i++)
		adder.process[i] = UINT32_MAX;
	for (size_t i = 0; ret == 0 && i < adder.from->count; i++)
		if (adder.from->sum[i].look == adder.from->look)
			ret = add_sum(&adder, &adder.from->sum[i]);
	free(adder.process);
	return ret;
}

/* Who asks for some namespaces alone has none searched for. */
int tm_sums_take_unhashed(struct tm_live *live,
			  const struct tm_iter_sockets *from)
{
	int ret = 0;

	if (live->plan->query->netns_count)
		return 0;
	for (size_t i = 0; ret == 0 && i < from->unhashed.count; i++) {
		struct tcpmem_socket sock = from->unhashed.sock[i];
		size_t netns = tm_ns_list_find(&live->list,
					       from->netns[sock.netns].inode);

		if (netns >= live->status.count)
			return -ESTALE;
		ret = tm_holders_add_once(live->expected.holders, sock.inode);
		if (ret <= 0)
			continue;
		sock.netns = (uint16_t)netns;
		sock.holder = 0; /* the place in the table */
		tm_account_found(&sock, &live->snap->objects, false);
		ret = tm_socket_set_add(&live->unhashed, &sock, NULL);
	}
	return ret;
}
