// SPDX-License-Identifier: LGPL-2.1-or-later
/* records.c - what the kernel's iterators found */
#include "bpf/internal.h"

#include "base/util.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tm_bpf_records_deinit(struct tm_bpf_records *bpf_records)
{
	free(bpf_records->process);
	tm_index_deinit(&bpf_records->by_pid);
}

/* A thread with an unshared fd table repeats its process. */
static bool is_listed(const struct tm_bpf_records *bpf_records,
		      const struct tcpmem_process *process)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, process->pid) };

	while (tm_index_next(&bpf_records->by_pid, &walk))
		if (tm_process_is(&bpf_records->fd_refs->process[walk.number],
				  process))
			return true;
	return false;
}

static int add_process(struct tm_bpf_records *bpf_records,
		       const struct tm_holders_process *p, uint32_t index)
{
	const struct tm_bpf_records_process process = {
		.start_ns = p->start_ns,
		.tgid = p->tgid,
		.room = p->room,
		.index = index,
	};
	int ret = tm_append(bpf_records->process, bpf_records->count,
			    bpf_records->capacity, &process);

	return ret ? ret
		   : tm_index_add(&bpf_records->by_pid, tm_hash(0, p->tgid),
				  index);
}

static int list_process(struct tm_bpf_records *bpf_records,
			const struct tm_holders_process *p)
{
	struct tcpmem_process process = {
		.pid = p->tgid,
		.uid = p->uid,
		.start_time = p->start_ns / bpf_records->tick_ns,
	};
	uint32_t index;
	int ret;

	memcpy(process.comm, p->comm, sizeof(process.comm));
	process.comm[sizeof(process.comm) - 1] = '\0';
	if (is_listed(bpf_records, &process))
		return 0;
	ret = tm_fd_refs_process(bpf_records->fd_refs, &process, &index);
	return ret < 0 ? ret : add_process(bpf_records, p, index);
}

ssize_t tm_bpf_records_list(struct tm_bpf_records *bpf_records,
			    const uint8_t *from, size_t len)
{
	struct tm_holders_process process;
	size_t at = 0;

	for (; len - at >= sizeof(process); at += sizeof(process)) {
		int ret;

		memcpy(&process, from + at, sizeof(process));
		ret = list_process(bpf_records, &process);
		if (ret < 0)
			return ret;
	}
	return (ssize_t)at;
}

static void fill_socket(struct tcpmem_socket *sock, uint32_t inode,
			const struct tm_iter_socket *iter_socket)
{
	*sock = (struct tcpmem_socket){
		.cookie = iter_socket->cookie,
		.cgroup_id = iter_socket->cgroup_id,
		.inode = inode,
		.uid = iter_socket->uid,
		.rqueue = iter_socket->rqueue,
		.wqueue = iter_socket->wqueue,
		.ifindex = iter_socket->ifindex,
		.mark = iter_socket->mark,
		.holder = iter_socket->place,
		.local_port = iter_socket->local_port,
		.remote_port = ntohs(iter_socket->remote_port),
		.state = iter_socket->flags & TM_ITER_SOCKET_BOUND
				 ? TCPMEM_STATE_BOUND_INACTIVE
				 : iter_socket->state,
		.flags = TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK,
		.skmem_words = TM_SKMEM_WORDS,
		.timer = iter_socket->timer,
		.retrans = iter_socket->retrans,
		.shutdown = iter_socket->shutdown,
	};
	memcpy(sock->local, iter_socket->local, sizeof(sock->local));
	memcpy(sock->remote, iter_socket->remote, sizeof(sock->remote));
	memcpy(sock->skmem, iter_socket->skmem, sizeof(sock->skmem));
	if (iter_socket->flags & TM_ITER_SOCKET_IPV6)
		sock->flags |= TM_SOCK_IPV6;
	if (iter_socket->flags & TM_ITER_SOCKET_V6ONLY)
		sock->flags |= TM_SOCK_V6ONLY;
}

/* As tm_dark_probe() tells of it. */
static int add_unhashed(struct tm_iter_sockets *iter_sockets, uint32_t inode,
			const struct tm_iter_socket *iter_socket)
{
	struct tcpmem_socket sock;
	int ret;

	fill_socket(&sock, inode, iter_socket);
	sock.flags &= TM_SOCK_IPV6;
	sock.kind = TCPMEM_KIND_DARK;
	sock.cgroup_id = 0;
	sock.mark = 0;
	sock.rqueue = 0;
	sock.wqueue = 0;
	ret = tm_iter_sockets_netns(iter_sockets, iter_socket->netns,
				    &sock.netns);
	return ret ? ret
		   : tm_socket_set_add(&iter_sockets->unhashed, &sock, NULL);
}

/* A dump shows it, and all that is in no fd. */
static int mark_partial(struct tm_iter_sockets *iter_sockets, uint32_t inode)
{
	uint16_t netns;
	int ret = tm_iter_sockets_netns(iter_sockets, inode, &netns);

	if (ret == 0)
		iter_sockets->netns[netns].partial = true;
	return ret;
}

/* An unhashed socket is in no dump. */
static int add_iter_socket(struct tm_iter_sockets *iter_sockets, uint32_t inode,
			   const struct tm_iter_socket *iter_socket)
{
	struct tcpmem_socket sock;
	int ret;

	if (iter_socket->flags &
	    (TM_ITER_SOCKET_MPTCP | TM_ITER_SOCKET_REQUEST)) {
		ret = mark_partial(iter_sockets, iter_socket->netns);
		if (ret < 0)
			return ret;
	}
	if (!(iter_socket->flags &
	      (TM_ITER_SOCKET_HASHED | TM_ITER_SOCKET_BOUND)))
		return iter_sockets->with_unhashed &&
				       iter_socket->state == TCPMEM_STATE_CLOSED
			       ? add_unhashed(iter_sockets, inode, iter_socket)
			       : 0;
	fill_socket(&sock, inode, iter_socket);
	ret = tm_iter_sockets_netns(iter_sockets, iter_socket->netns,
				    &sock.netns);
	if (ret < 0)
		return ret;
	return tm_socket_set_add(&iter_sockets->sockets, &sock, NULL);
}

/* One that started behind the list is named by the next list. */
bool tm_bpf_records_find(const struct tm_bpf_records *bpf_records,
			 uint32_t tgid, uint64_t start_ns, uint32_t *index)
{
	struct tm_index_walk walk = { .hash = tm_hash(0, tgid) };
	const struct tcpmem_process process = {
		.pid = tgid,
		.start_time = start_ns / bpf_records->tick_ns,
	};

	while (tm_index_next(&bpf_records->by_pid, &walk))
		if (tm_process_is(&bpf_records->fd_refs->process[walk.number],
				  &process)) {
			*index = walk.number;
			return true;
		}
	return false;
}

/* Return: 1; 0 if the file is to be left out; -EOPNOTSUPP. */
static int find_process(const struct tm_bpf_records *bpf_records,
			const struct tm_bpf_records_process *process,
			const struct tm_holders_file *file, uint32_t *index)
{
	if (!process)
		return tm_bpf_records_find(bpf_records, file->tgid,
					   file->start_ns, index);
	/* kernels before 6.1 show all fds whoever is asked for */
	if (file->tgid != process->tgid)
		return -EOPNOTSUPP;
	*index = process->index;
	/* the pid was reused; the next list names its new process */
	return file->start_ns == process->start_ns;
}

static int add_file(struct tm_bpf_records *bpf_records,
		    const struct tm_bpf_records_process *process,
		    const uint8_t *from)
{
	struct tm_holders_file file;
	struct tm_iter_socket iter_socket;
	uint32_t index;
	int ret;

	memcpy(&file, from, sizeof(file));
	ret = find_process(bpf_records, process, &file, &index);
	if (ret <= 0)
		return ret;
	ret = tm_fd_refs_add(bpf_records->fd_refs, file.inode, index);
	if (ret < 0 || !bpf_records->iter_sockets)
		return ret;
	memcpy(&iter_socket, from + sizeof(file), sizeof(iter_socket));
	return add_iter_socket(bpf_records->iter_sockets, file.inode,
			       &iter_socket);
}

ssize_t tm_bpf_records_files(struct tm_bpf_records *bpf_records,
			     const struct tm_bpf_records_process *process,
			     const uint8_t *from, size_t len)
{
	size_t size = sizeof(struct tm_holders_file), at = 0;

	if (bpf_records->with_iter_sockets)
		size += sizeof(struct tm_iter_socket);
	for (; len - at >= size; at += size) {
		int ret = add_file(bpf_records, process, from + at);

		if (ret < 0)
			return ret;
	}
	return (ssize_t)at;
}

/* Largest fd tables first, so that all readers end together. */
static int compare_room(const void *a, const void *b)
{
	const struct tm_bpf_records_process *x = a, *y = b;

	if (x->room != y->room)
		return x->room < y->room ? 1 : -1;
	return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

void tm_bpf_records_sort(struct tm_bpf_records *bpf_records)
{
	if (bpf_records->count > bpf_records->next)
		qsort(bpf_records->process + bpf_records->next,
		      bpf_records->count - bpf_records->next,
		      sizeof(*bpf_records->process), compare_room);
}
