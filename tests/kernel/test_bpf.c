// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_bpf.c - the kernel's iterator finds the holders that /proc shows */
#include "fail.h"
#include "kinds.h"
#include "need.h"
#include "sock.h"

#include "bpf/internal.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A connection and its listener that two processes hold, and one in flight. */
static void make_sockets(struct fx_set *set, const void *arg)
{
	const enum fx_flavour_id *id = arg;

	kinds_leave_in_flight(set, id);
	if (fork() == 0)
		for (;;)
			pause();
}

static void compare_holders(const struct look *proc, const struct look *bpf,
			    const struct fx_sock *sock, size_t expected)
{
	const struct tcpmem_socket *a = look_find(proc, sock);
	const struct tcpmem_socket *b = look_find(bpf, sock);

	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(proc->snapshot, a),
			  expected);
	ck_assert_uint_eq(tcpmem_snapshot_get_holder_count(bpf->snapshot, b),
			  expected);
	for (size_t i = 0; i < expected; i++) {
		const struct tcpmem_process *x =
			tcpmem_snapshot_get_holder(proc->snapshot, a, i);
		const struct tcpmem_process *y =
			tcpmem_snapshot_get_holder(bpf->snapshot, b, i);

		ck_assert_uint_eq(tcpmem_process_get_pid(x),
				  tcpmem_process_get_pid(y));
		ck_assert_uint_eq(tcpmem_process_get_start_time(x),
				  tcpmem_process_get_start_time(y));
		ck_assert_str_eq(tcpmem_process_get_comm(x),
				 tcpmem_process_get_comm(y));
	}
}

/* tcpmem.h: "what is faster and allowed; both answer alike" */
START_TEST(test_both_find_the_same)
{
	const enum fx_flavour_id flavour = (enum fx_flavour_id)_i;
	struct look proc, bpf;
	struct kinds kinds;

	kinds_open(&kinds, make_sockets, &flavour, sizeof(flavour));
	look_open_by(&proc, TCPMEM_HOLDER_SOURCE_PROC);
	look_open_by(&bpf, TCPMEM_HOLDER_SOURCE_BPF);
	look_take(&proc);
	look_take(&bpf);
	for (size_t i = 0; i < kinds.worker.set.count; i++)
		compare_holders(&proc, &bpf, &kinds.worker.set.sock[i],
				i ? 2 : 0);
	/* The iterator sees every process, so this one is surely nobody's. */
	ck_assert_int_eq(tcpmem_socket_get_kind(
				 look_find(&bpf, &kinds.worker.set.sock[0])),
			 TCPMEM_KIND_IN_FLIGHT);
	kinds_close(&kinds);
	look_close(&proc);
	look_close(&bpf);
}
END_TEST

static void read_by(struct tm_holders_bpf *bpf, struct tm_holders_look look,
		    struct tm_fd_refs *fd_refs)
{
	ck_assert_int_eq(tm_holders_bpf_read(bpf, &look, fd_refs), 0);
}

/* Who holds the socket, when it alone is asked for. */
static size_t count_fd_refs(struct tm_holders_bpf *bpf, const struct look *look,
			    const struct fx_sock *sock)
{
	int64_t inode =
		look_field(look_find(look, sock), TCPMEM_SOCKET_FIELD_INODE);
	struct tm_fd_refs fd_refs = { 0 };
	struct tm_u64set only;
	size_t count;

	ck_assert_int_eq(tm_u64set_init(&only, 64), 0);
	ck_assert_int_eq(tm_u64set_add(&only, inode), 0);
	read_by(bpf, (struct tm_holders_look){ .only = &only }, &fd_refs);
	count = fd_refs.count;
	for (size_t i = 0; i < count; i++)
		ck_assert_uint_eq(fd_refs.fd_ref[i].inode, inode);
	tm_fd_refs_deinit(&fd_refs);
	tm_u64set_deinit(&only);
	return count;
}

/* holders_bpf.h: "inodes whose holders are wanted"; "as often as one likes" */
START_TEST(test_only_some_are_read)
{
	const enum fx_flavour_id flavour = FX_IPV4;
	const bool with_iter_sockets = _i;
	struct tm_fd_refs fd_refs = { 0 };
	struct tm_iter_sockets iter_sockets = { 0 };
	struct tm_holders_bpf *bpf;
	struct kinds kinds;

	kinds_open(&kinds, make_sockets, &flavour, sizeof(flavour));
	ck_assert_int_eq(
		tm_holders_bpf_open(kinds.look.ctx, with_iter_sockets, &bpf),
		0);
	for (size_t i = 0; i < kinds.worker.set.count; i++)
		ck_assert_uint_eq(count_fd_refs(bpf, &kinds.look,
						&kinds.worker.set.sock[i]),
				  i ? 2 : 0);
	read_by(bpf, (struct tm_holders_look){ .iter_sockets = &iter_sockets },
		&fd_refs);
	ck_assert_uint_ge(fd_refs.count, 2 * (kinds.worker.set.count - 1));
	ck_assert_int_eq(iter_sockets.sockets.count > 0, with_iter_sockets);
	tm_fd_refs_deinit(&fd_refs);
	tm_iter_sockets_deinit(&iter_sockets);
	tm_holders_bpf_close(bpf);
	kinds_close(&kinds);
}
END_TEST

/* Of the program that an fd of ours is; 0: it is something else. */
static unsigned int program_of(const char *fd)
{
	char path[300], link[64] = "", line[128];
	unsigned int id = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fd/%s", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0 ||
	    strcmp(link, "anon_inode:bpf-prog") != 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%s", fd);
	file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	while (!id && fgets(line, sizeof(line), file))
		if (sscanf(line, "prog_id: %u", &id) < 1)
			id = 0;
	fclose(file);
	ck_assert_uint_ne(id, 0);
	return id;
}

/* The programs that are loaded: the kernel counts their ids up. */
static unsigned int newest_program(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	unsigned int newest = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir))) {
		unsigned int id = program_of(entry->d_name);

		newest = id > newest ? id : newest;
	}
	closedir(dir);
	return newest;
}

/* tcpmem.h: "What cannot have changed ... is not read again" */
START_TEST(test_samples_share_a_program)
{
	const enum fx_flavour_id flavour = FX_IPV4;
	struct tcpmem_sampler *sampler;
	unsigned int program;
	struct kinds kinds;
	struct look look;

	look_open_by(&look, TCPMEM_HOLDER_SOURCE_BPF);
	ck_assert_int_eq(tcpmem_sampler_new(look.ctx, look.query, &sampler), 0);
	look_next(&look, sampler);
	ck_assert_uint_eq(look_count(&look), 0);
	program = newest_program();
	ck_assert_uint_ne(program, 0);

	kinds_open(&kinds, make_sockets, &flavour, sizeof(flavour));
	look_next(&look, sampler);
	compare_holders(&kinds.look, &look, &kinds.worker.set.sock[1], 2);
	kinds_close(&kinds);
	look_next(&look, sampler);
	ck_assert_uint_eq(newest_program(), program);
	tcpmem_sampler_free(sampler);
	ck_assert_uint_eq(newest_program(), 0);
	look_close(&look);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("bpf");

	TCase *tcase = fx_suite_case(suite, "bpf");

	fx_suite_add_flavours(tcase, test_both_find_the_same, 1);
	tcase_add_loop_test(tcase, test_only_some_are_read, 0, 2);
	tcase_add_test(tcase, test_samples_share_a_program);
	return suite;
}

static void need_bpf(void)
{
	struct tcpmem_snapshot *snapshot = NULL;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	int ret;

	if (tcpmem_ctx_new(&ctx) < 0 || tcpmem_query_new(&query) < 0)
		fx_fail("out of memory");
	tcpmem_query_set_holder_source(query, TCPMEM_HOLDER_SOURCE_BPF);
	ret = tcpmem_snapshot_take(ctx, query, &snapshot);
	tcpmem_snapshot_free(snapshot);
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
	if (ret < 0)
		fx_skip("no BPF iterator here: %s", strerror(-ret));
}

int main(void)
{
	fx_need_host_root();
	fx_need_program("ss");
	fx_skip_flavours();
	need_bpf();
	return fx_suite_run_on_host(make_suite);
}
