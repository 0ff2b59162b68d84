// SPDX-License-Identifier: LGPL-2.1-or-later
/* holders_finds.c - what the kernel's iterators found */
#include "read/holders_finds.h"

#include "util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_finds_deinit(struct tm_finds *finds)
{
	free(finds->process);
	tm_index_deinit(&finds->by_pid);
}

/* A thread with files of its own lists its process once more. */
static bool is_listed(const struct tm_finds *finds,
		      const struct tcpmem_process *process)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, process->pid) };

	while (tm_index_next(&finds->by_pid, &walk))
		if (tm_process_is(&finds->claims->process[walk.number],
				  process))
			return true;
	return false;
}

static int add_process(struct tm_finds *finds,
		       const struct tm_holders_process *p, uint32_t index)
{
	struct tm_finds_process *moved = tm_grow(
		finds->process, finds->count, &finds->capacity, sizeof(*moved));

	if (!moved)
		return -ENOMEM;
	finds->process = moved;
	moved[finds->count++] = (struct tm_finds_process){
		.start_ns = p->start_ns,
		.tgid = p->tgid,
		.room = p->room,
		.index = index,
	};
	return tm_index_add(&finds->by_pid, tm_hash(0, p->tgid), index);
}

static int list_process(struct tm_finds *finds,
			const struct tm_holders_process *p)
{
	struct tcpmem_process process = {
		.pid = p->tgid,
		.uid = p->uid,
		.start_time = p->start_ns / finds->tick_ns,
	};
	uint32_t index;
	int ret;

	memcpy(process.comm, p->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	if (is_listed(finds, &process))
		return 0;
	ret = tm_claims_process(finds->claims, &process, &index);
	return ret < 0 ? ret : add_process(finds, p, index);
}

ssize_t tm_finds_list(struct tm_finds *finds, const uint8_t *from, size_t len)
{
	struct tm_holders_process process;
	size_t at = 0;

	for (; len - at >= sizeof(process); at += sizeof(process)) {
		int ret;

		memcpy(&process, from + at, sizeof(process));
		ret = list_process(finds, &process);
		if (ret < 0)
			return ret;
	}
	return (ssize_t)at;
}

static void fill_socket(struct tcpmem_socket *sock, uint32_t inode,
			const struct tm_sight *sight)
{
	*sock = (struct tcpmem_socket){
		.cookie = sight->cookie,
		.cgroup_id = sight->cgroup_id,
		.inode = inode,
		.uid = sight->uid,
		.rqueue = sight->rqueue,
		.wqueue = sight->wqueue,
		.ifindex = sight->ifindex,
		.mark = sight->mark,
		.holder = sight->place,
		.local_port = sight->local_port,
		.remote_port = ntohs(sight->remote_port),
		.state = sight->flags & TM_SIGHT_BOUND
				 ? TCPMEM_STATE_BOUND_INACTIVE
				 : sight->state,
		.flags = TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK,
		.skmem_words = TM_SKMEM_WORDS,
		.timer = sight->timer,
		.retrans = sight->retrans,
		.shutdown = sight->shutdown,
	};
	memcpy(sock->local, sight->local, sizeof(sock->local));
	memcpy(sock->remote, sight->remote, sizeof(sock->remote));
	memcpy(sock->skmem, sight->skmem, sizeof(sock->skmem));
	if (sight->flags & TM_SIGHT_IPV6)
		sock->flags |= TM_SOCK_IPV6;
	if (sight->flags & TM_SIGHT_V6ONLY)
		sock->flags |= TM_SOCK_V6ONLY;
}

/* What is in no table is in no dump either. */
static int add_sight(struct tm_sights *sights, uint32_t inode,
		     const struct tm_sight *sight)
{
	struct tcpmem_socket sock;
	int ret;

	if (!(sight->flags & (TM_SIGHT_HASHED | TM_SIGHT_BOUND)))
		return 0;
	fill_socket(&sock, inode, sight);
	ret = tm_sights_netns(sights, sight->netns, &sock.netns);
	if (ret < 0)
		return ret;
	if (sight->flags & TM_SIGHT_REQUEST)
		sights->netns[sock.netns].requests = true;
	return tm_socket_set_add(&sights->sockets, &sock, NULL);
}

static int add_file(struct tm_finds *finds,
		    const struct tm_finds_process *process, const uint8_t *from)
{
	struct tm_holders_file file;
	struct tm_sight sight;
	int ret;

	memcpy(&file, from, sizeof(file));
	/* kernels before 6.1 show all fds whoever is asked for */
	if (file.tgid != process->tgid)
		return -EOPNOTSUPP;
	/* its number is another's by now, which the next list has */
	if (file.start_ns != process->start_ns)
		return 0;
	ret = tm_claims_add(finds->claims, file.inode, process->index);
	if (ret < 0 || !finds->sights)
		return ret;
	memcpy(&sight, from + sizeof(file), sizeof(sight));
	return add_sight(finds->sights, file.inode, &sight);
}

ssize_t tm_finds_files(struct tm_finds *finds,
		       const struct tm_finds_process *process,
		       const uint8_t *from, size_t len)
{
	size_t size = sizeof(struct tm_holders_file), at = 0;

	if (finds->with_sights)
		size += sizeof(struct tm_sight);
	for (; len - at >= size; at += size) {
		int ret = add_file(finds, process, from + at);

		if (ret < 0)
			return ret;
	}
	return (ssize_t)at;
}

/* Who has the most is begun with first: then all readers end together. */
static int compare_room(const void *a, const void *b)
{
	const struct tm_finds_process *x = a, *y = b;

	if (x->room != y->room)
		return x->room < y->room ? 1 : -1;
	return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

void tm_finds_sort(struct tm_finds *finds)
{
	qsort(finds->process + finds->next, finds->count - finds->next,
	      sizeof(*finds->process), compare_room);
}
