// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_bpf_records.c - records of the kernel's iterators, made up */
#include <errno.h>
#include <string.h>

#include "bpf/internal.h"
#include "unit.h"

#include <arpa/inet.h>

#define TICK_NS 10000000

struct file {
	struct tm_holders_file file;
	struct tm_iter_socket iter_socket;
};

static struct tm_fd_refs fd_refs;
static struct tm_iter_sockets iter_sockets;
static struct tm_bpf_records bpf_records;

static void set_up(void)
{
	bpf_records = (struct tm_bpf_records){
		.fd_refs = &fd_refs,
		.iter_sockets = &iter_sockets,
		.with_iter_sockets = true,
		.tick_ns = TICK_NS,
	};
}

static void tear_down(void)
{
	tm_bpf_records_deinit(&bpf_records);
	tm_fd_refs_deinit(&fd_refs);
	tm_iter_sockets_deinit(&iter_sockets);
}

static struct tm_holders_process process_of(uint32_t tgid, uint64_t start,
					    uint32_t room)
{
	return (struct tm_holders_process){
		.start_ns = start * TICK_NS + 7,
		.tgid = tgid,
		.uid = 1000 + tgid,
		.room = room,
		.comm = "sixteen letters!",
	};
}

static ssize_t list(const void *records, size_t len)
{
	return tm_bpf_records_list(&bpf_records, records, len);
}

static void list_one(uint32_t tgid, uint64_t start, uint32_t room)
{
	const struct tm_holders_process p = process_of(tgid, start, room);

	ck_assert_int_eq(list(&p, sizeof(p)), sizeof(p));
}

/* Files of the process that was listed first. */
static ssize_t take_all(const void *records, size_t len)
{
	return tm_bpf_records_files(&bpf_records, &bpf_records.process[0],
				    records, len);
}

static struct file file_of(uint32_t tgid, uint64_t start, uint32_t inode)
{
	return (struct file){
		.file = {
			.start_ns = start * TICK_NS + 7,
			.tgid = tgid,
			.inode = inode,
		},
		.iter_socket = {
			.cookie = inode + 1,
			.netns = 4026531840,
			.state = TCPMEM_STATE_ESTABLISHED,
			.flags = TM_ITER_SOCKET_HASHED,
		},
	};
}

START_TEST(a_process_is_listed_once)
{
	list_one(10, 5, 64);
	list_one(10, 5, 256); /* a thread with files of its own */
	ck_assert_uint_eq(bpf_records.count, 1);
	list_one(10, 6, 64); /* another that has its number */
	ck_assert_uint_eq(bpf_records.count, 2);
	ck_assert_uint_eq(fd_refs.process_count, 2);
	ck_assert_uint_eq(fd_refs.process[0].pid, 10);
	ck_assert_uint_eq(fd_refs.process[0].uid, 1010);
	ck_assert_uint_eq(fd_refs.process[0].start_time, 5);
	ck_assert_str_eq(fd_refs.process[0].comm, "sixteen letters");
}
END_TEST

/* bpf_records.h: "all but a record's that is to come" */
START_TEST(a_record_may_come_in_two)
{
	const struct tm_holders_process p[] = {
		process_of(1, 1, 64),
		process_of(2, 1, 64),
	};
	const struct file file[] = { file_of(1, 1, 100), file_of(1, 1, 101) };

	for (size_t len = 0; len < sizeof(p); len++)
		ck_assert_int_eq(list(p, len),
				 len < sizeof(p[0]) ? 0 : sizeof(p[0]));
	ck_assert_uint_eq(bpf_records.count, 1);
	ck_assert_int_eq(take_all(file, sizeof(file) - 1), sizeof(file[0]));
	ck_assert_uint_eq(fd_refs.count, 1);
	ck_assert_uint_eq(fd_refs.fd_ref[0].inode, 100);
	ck_assert_uint_eq(iter_sockets.sockets.count, 1);
	ck_assert_uint_eq(iter_sockets.sockets.sock[0].skmem_words,
			  TM_SKMEM_WORDS);
}
END_TEST

/* What the program told of a socket is what is known of it */
START_TEST(a_socket_is_as_it_was_told)
{
	struct file file = file_of(1, 1, 100);
	struct tm_iter_socket *told = &file.iter_socket;
	const struct tcpmem_socket *sock;

	told->cgroup_id = 3;
	told->local[0] = htonl(4 << 24);
	told->remote[3] = htonl(5 << 24);
	told->skmem[8] = 6;
	told->uid = 7;
	told->rqueue = 8;
	told->wqueue = 9;
	told->ifindex = 10;
	told->mark = 11;
	told->place = 12;
	told->local_port = 13;
	told->remote_port = htons(14);
	told->flags |= TM_ITER_SOCKET_IPV6 | TM_ITER_SOCKET_V6ONLY;
	told->timer = 2;
	told->retrans = 15;
	told->shutdown = 3;
	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(&file, sizeof(file)), sizeof(file));
	sock = &iter_sockets.sockets.sock[0];
	ck_assert_uint_eq(sock->cookie, 101);
	ck_assert_uint_eq(sock->inode, 100);
	ck_assert_uint_eq(sock->cgroup_id, 3);
	ck_assert_uint_eq(sock->local[0], 4);
	ck_assert_uint_eq(sock->remote[12], 5);
	ck_assert_uint_eq(sock->skmem[8], 6);
	ck_assert_uint_eq(sock->uid, 7);
	ck_assert_uint_eq(sock->rqueue, 8);
	ck_assert_uint_eq(sock->wqueue, 9);
	ck_assert_uint_eq(sock->ifindex, 10);
	ck_assert_uint_eq(sock->mark, 11);
	ck_assert_uint_eq(sock->holder, 12);
	ck_assert_uint_eq(sock->local_port, 13);
	ck_assert_uint_eq(sock->remote_port, 14);
	ck_assert_uint_eq(sock->state, TCPMEM_STATE_ESTABLISHED);
	ck_assert_uint_eq(sock->flags, TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK |
					       TM_SOCK_IPV6 | TM_SOCK_V6ONLY);
	ck_assert_uint_eq(sock->timer, 2);
	ck_assert_uint_eq(sock->retrans, 15);
	ck_assert_uint_eq(sock->shutdown, 3);
}
END_TEST

/* bpf_records.h: "those with the most room first" */
START_TEST(who_has_most_comes_first)
{
	list_one(7, 1, 100000); /* taken already: it stays */
	bpf_records.next = 1;
	list_one(1, 1, 64);
	list_one(2, 1, 4096);
	list_one(3, 1, 64);
	tm_bpf_records_sort(&bpf_records);
	ck_assert_uint_eq(bpf_records.process[0].tgid, 7);
	ck_assert_uint_eq(bpf_records.process[1].tgid, 2);
	ck_assert_uint_eq(bpf_records.process[2].tgid, 1);
	ck_assert_uint_eq(bpf_records.process[3].tgid, 3);
	for (size_t i = 0; i < bpf_records.count; i++)
		ck_assert_uint_eq(
			fd_refs.process[bpf_records.process[i].index].pid,
			bpf_records.process[i].tgid);
	list_one(2, 1, 4096); /* it is found in its new place */
	ck_assert_uint_eq(bpf_records.count, 4);
}
END_TEST

/* bpf_records.h: "-EOPNOTSUPP if the kernel shows fds of others too" */
START_TEST(files_of_others_are_refused)
{
	const struct file file = file_of(2, 1, 100);

	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(&file, sizeof(file)), -EOPNOTSUPP);
	ck_assert_uint_eq(fd_refs.count, 0);
}
END_TEST

START_TEST(who_took_over_a_number_is_no_holder)
{
	const struct file file = file_of(1, 2, 100);

	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(&file, sizeof(file)), sizeof(file));
	ck_assert_uint_eq(fd_refs.count, 0);
	ck_assert_uint_eq(iter_sockets.sockets.count, 0);
}
END_TEST

START_TEST(what_is_in_no_table_is_claimed_but_not_seen)
{
	struct file file = file_of(1, 1, 100);

	file.iter_socket.flags = 0;
	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(&file, sizeof(file)), sizeof(file));
	ck_assert_uint_eq(fd_refs.count, 1);
	ck_assert_uint_eq(iter_sockets.sockets.count, 0);
}
END_TEST

static void take(const struct file *file)
{
	ck_assert_int_eq(take_all(file, sizeof(*file)), sizeof(*file));
}

/* "As tm_dark_probe() tells of it": a closed one that is in no table */
START_TEST(closed_sockets_in_no_table_are_kept_apart)
{
	struct file file = file_of(1, 1, 100);
	const struct tcpmem_socket *sock;

	file.iter_socket.state = TCPMEM_STATE_CLOSED;
	file.iter_socket.flags = TM_ITER_SOCKET_IPV6 | TM_ITER_SOCKET_V6ONLY;
	file.iter_socket.cgroup_id = 3;
	file.iter_socket.mark = 4;
	file.iter_socket.rqueue = 5;
	file.iter_socket.wqueue = 6;
	file.iter_socket.local_port = 7;
	list_one(1, 1, 64);
	/* nobody asked for them */
	take(&file);
	ck_assert_uint_eq(iter_sockets.unhashed.count, 0);
	iter_sockets.with_unhashed = true;
	take(&file);
	ck_assert_uint_eq(iter_sockets.sockets.count, 0);
	ck_assert_uint_eq(iter_sockets.unhashed.count, 1);
	sock = &iter_sockets.unhashed.sock[0];
	ck_assert_int_eq(sock->kind, TCPMEM_KIND_DARK);
	ck_assert_uint_eq(sock->flags, TM_SOCK_IPV6);
	ck_assert_uint_eq(sock->inode, 100);
	ck_assert_uint_eq(sock->local_port, 7);
	ck_assert_uint_eq(sock->cgroup_id, 0);
	ck_assert_uint_eq(sock->mark, 0);
	ck_assert_uint_eq(sock->rqueue, 0);
	ck_assert_uint_eq(sock->wqueue, 0);
	ck_assert_uint_eq(iter_sockets.netns[sock->netns].inode, 4026531840);
	/* one that is just being opened or closed is the dump's */
	file.iter_socket.state = TCPMEM_STATE_SYN_SENT;
	take(&file);
	ck_assert_uint_eq(iter_sockets.unhashed.count, 1);
	ck_assert_uint_eq(iter_sockets.sockets.count, 0);
}
END_TEST

/* A table of ports has it, which a connection's does not. */
START_TEST(a_bound_socket_waits)
{
	struct file file = file_of(1, 1, 100);

	file.iter_socket.state = TCPMEM_STATE_CLOSED;
	file.iter_socket.flags = TM_ITER_SOCKET_BOUND;
	list_one(1, 1, 64);
	take(&file);
	ck_assert_uint_eq(iter_sockets.sockets.count, 1);
	ck_assert_uint_eq(iter_sockets.sockets.sock[0].state,
			  TCPMEM_STATE_BOUND_INACTIVE);
	ck_assert_uint_eq(iter_sockets.sockets.sock[0].flags,
			  TM_SOCK_HAS_CGROUP | TM_SOCK_HAS_MARK);
}
END_TEST

/* "A dump shows it, and all that is in no fd": of its namespace alone */
START_TEST(a_namespace_that_is_seen_in_part_is_told)
{
	static const uint32_t flags[] = { TM_ITER_SOCKET_MPTCP,
					  TM_ITER_SOCKET_REQUEST };
	struct file file = file_of(1, 1, 100);

	list_one(1, 1, 64);
	take(&file);
	file.iter_socket.netns++;
	file.iter_socket.flags = (uint8_t)(TM_ITER_SOCKET_HASHED | flags[_i]);
	take(&file);
	ck_assert_uint_eq(iter_sockets.netns_count, 2);
	ck_assert(!iter_sockets.netns[0].partial);
	ck_assert(iter_sockets.netns[1].partial);
	ck_assert_uint_eq(iter_sockets.netns[1].inode, 4026531841);
	ck_assert_uint_eq(iter_sockets.sockets.count, 2);
	ck_assert_uint_eq(iter_sockets.sockets.sock[0].netns, 0);
	ck_assert_uint_eq(iter_sockets.sockets.sock[1].netns, 1);
}
END_TEST

/* "One that started behind the list is named by the next list." */
START_TEST(files_of_all_find_their_processes)
{
	const struct file file[] = { file_of(2, 1, 100), file_of(3, 1, 101),
				     file_of(2, 2, 102), file_of(1, 1, 103) };
	uint32_t index = 9;

	list_one(1, 1, 64);
	list_one(2, 1, 64);
	ck_assert_int_eq(tm_bpf_records_files(&bpf_records, NULL,
					      (const uint8_t *)file,
					      sizeof(file)),
			 sizeof(file));
	ck_assert_uint_eq(fd_refs.count, 2);
	ck_assert_uint_eq(fd_refs.fd_ref[0].inode, 100);
	ck_assert_uint_eq(fd_refs.process[fd_refs.fd_ref[0].process].pid, 2);
	ck_assert_uint_eq(fd_refs.fd_ref[1].inode, 103);
	ck_assert_uint_eq(fd_refs.process[fd_refs.fd_ref[1].process].pid, 1);
	ck_assert(tm_bpf_records_find(&bpf_records, 2, TICK_NS + 9, &index));
	ck_assert_uint_eq(index, 1);
	ck_assert(!tm_bpf_records_find(&bpf_records, 2, 2 * TICK_NS, &index));
	ck_assert(!tm_bpf_records_find(&bpf_records, 4, TICK_NS, &index));
}
END_TEST

#define LOOK 0x10007u

/* "whether a socket that was added up pays for it" */
START_TEST(who_pays_for_a_port_is_in_one_of_its_entries)
{
	struct tm_bpf_port *table = calloc(TM_BPF_PORTS_MAX, sizeof(*table));
	struct tm_iter_sums sums = { .port = table, .look = LOOK };
	uint32_t netns = 4026531840, place = TM_BPF_PORTS_MAX - 1;
	uint16_t port;

	/* one whose first entry is the last of the table */
	while ((place - tm_bpf_port_place(netns, 0)) % TM_BPF_PORTS_MAX >
	       UINT16_MAX)
		netns++;
	port = (uint16_t)(place - tm_bpf_port_place(netns, 0));
	ck_assert(!tm_iter_sums_pay_port(&sums, netns, port));
	for (uint32_t i = 0; i <= TM_BPF_PROBES; i++) {
		struct tm_bpf_port *entry =
			&table[(place + i) & (TM_BPF_PORTS_MAX - 1)];

		*entry = (struct tm_bpf_port){ .netns = netns,
					       .port = port,
					       .look = (uint16_t)LOOK,
					       .sum = 3 };
		/* behind the last one nobody looks */
		ck_assert_int_eq(tm_iter_sums_pay_port(&sums, netns, port),
				 i < TM_BPF_PROBES);
		entry->sum = TM_BPF_NO_SUM;
		ck_assert(!tm_iter_sums_pay_port(&sums, netns, port));
		entry->sum = 3;
		/* of an earlier look; it ends the search */
		entry->look--;
		ck_assert(!tm_iter_sums_pay_port(&sums, netns, port));
		entry->look++;
		/* another port, or the same of another namespace */
		if (i % 2)
			entry->port++;
		else
			entry->netns++;
		ck_assert(!tm_iter_sums_pay_port(&sums, netns, port));
	}
	free(table);
}
END_TEST

START_TEST(without_iter_sockets_records_are_short)
{
	const struct tm_holders_file file[] = {
		file_of(1, 1, 100).file,
		file_of(1, 1, 101).file,
	};

	bpf_records.iter_sockets = NULL;
	bpf_records.with_iter_sockets = false;
	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(file, sizeof(file)), sizeof(file));
	ck_assert_uint_eq(fd_refs.count, 2);
	ck_assert_uint_eq(fd_refs.fd_ref[1].inode, 101);
}
END_TEST

/* bpf_records.h: "NULL if they are not wanted" */
START_TEST(iter_sockets_that_nobody_wants_are_passed_by)
{
	const struct file file[] = { file_of(1, 1, 100), file_of(1, 1, 101) };

	bpf_records.iter_sockets = NULL;
	list_one(1, 1, 64);
	ck_assert_int_eq(take_all(file, sizeof(file)), sizeof(file));
	ck_assert_uint_eq(fd_refs.count, 2);
	ck_assert_uint_eq(fd_refs.fd_ref[1].inode, 101);
	ck_assert_uint_eq(iter_sockets.sockets.count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("bpf_records");
	TCase *tc = tcase_create("bpf_records");

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, a_process_is_listed_once);
	tcase_add_test(tc, a_record_may_come_in_two);
	tcase_add_test(tc, a_socket_is_as_it_was_told);
	tcase_add_test(tc, who_has_most_comes_first);
	tcase_add_test(tc, files_of_others_are_refused);
	tcase_add_test(tc, who_took_over_a_number_is_no_holder);
	tcase_add_test(tc, what_is_in_no_table_is_claimed_but_not_seen);
	tcase_add_test(tc, closed_sockets_in_no_table_are_kept_apart);
	tcase_add_test(tc, a_bound_socket_waits);
	tcase_add_loop_test(tc, a_namespace_that_is_seen_in_part_is_told, 0, 2);
	tcase_add_test(tc, files_of_all_find_their_processes);
	tcase_add_test(tc, who_pays_for_a_port_is_in_one_of_its_entries);
	tcase_add_test(tc, without_iter_sockets_records_are_short);
	tcase_add_test(tc, iter_sockets_that_nobody_wants_are_passed_by);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
