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
	tcase_add_test(tc, without_iter_sockets_records_are_short);
	tcase_add_test(tc, iter_sockets_that_nobody_wants_are_passed_by);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
