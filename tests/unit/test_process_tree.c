// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_process_tree.c - whose sockets are whose, moment after moment */
#include "analysis/tree.h"
#include "base/ctx.h"
#include "model/snapshot.h"
#include "rows.h"
#include "tcpmem.h"
#include "tree.h"
#include "unit.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <string.h>

#define SOCKETS	  32
#define SECOND_NS INT64_C(1000000000)
#define ANCESTOR  50
#define CGROUP	  4711

static struct tree proc;
static struct tcpmem_ctx *ctx;
static struct tcpmem_tree *family;

static void add_process(uint32_t pid, uint32_t parent, uint64_t start)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "%u/stat", pid);
	snprintf(text, sizeof(text),
		 "%u (a) b) S %u 0 0 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 "
		 "%" PRIu64 " 0\n",
		 pid, parent, start);
	tree_file(&proc, path, text);
}

static void end_process(uint32_t pid)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%u/stat", proc.root, pid);
	ck_assert_int_eq(unlink(path), 0);
}

static void setup(void)
{
	tree_make(&proc);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, proc.root, NULL), 0);
	ck_assert_int_eq(tcpmem_tree_new(ctx, ANCESTOR, CGROUP, &family), 0);
	add_process(1, 0, 1);
	add_process(9, 1, 5);
	add_process(ANCESTOR, 9, 10);
	add_process(51, ANCESTOR, 11);
	add_process(52, 51, 12);
}

static void teardown(void)
{
	tcpmem_tree_free(family);
	tcpmem_ctx_free(ctx);
	tree_remove(&proc);
}

static struct tcpmem_snapshot *moment(int64_t seconds)
{
	struct tcpmem_snapshot *snap = calloc(1, sizeof(*snap));

	ck_assert_ptr_nonnull(snap);
	snap->sockets.sock = calloc(SOCKETS, sizeof(*snap->sockets.sock));
	snap->netns = calloc(2, sizeof(*snap->netns));
	snap->netns_count = 2;
	for (size_t i = 0; i < 2; i++) {
		snap->netns[i].inode = 4026531840 + i;
		snap->netns[i].name = strdup(i ? "blue" : "self");
	}
	snap->netns[0].own = true;
	ck_assert_int_eq(tm_holders_new(false, &snap->holders), 0);
	snap->clock.boottime_ns = 1000 * SECOND_NS + seconds * SECOND_NS;
	return snap;
}

static struct tcpmem_socket *add(struct tcpmem_snapshot *snap, uint64_t cookie,
				 enum tcpmem_state state, enum tcpmem_kind kind)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	s->cookie = cookie;
	s->state = (uint8_t)state;
	s->kind = (uint8_t)kind;
	s->object = 100;
	s->local_port = 1000 + (uint16_t)cookie;
	s->remote_port = 80;
	s->remote[0] = 10;
	if (kind == TCPMEM_KIND_TIME_WAIT) {
		s->flags |= TM_SOCK_MINI;
	} else {
		s->skmem_words = TM_SKMEM_WORDS;
		s->skmem[TCPMEM_METRIC_RMEM] = 1000;
	}
	return s;
}

/* An open one, which process @pid holds; its inode is its cookie. */
static struct tcpmem_socket *hold(struct tcpmem_snapshot *snap, uint64_t cookie,
				  uint32_t pid, uint64_t start)
{
	struct tcpmem_process p = { .pid = pid, .start_time = start };
	struct tcpmem_socket *s = add(snap, cookie, TCPMEM_STATE_ESTABLISHED,
				      TCPMEM_KIND_PROCESS);
	uint32_t index;

	s->inode = (uint32_t)cookie;
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap->holders, s->inode, index), 0);
	return s;
}

static void look(struct tcpmem_snapshot *snap)
{
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++)
		snap->sockets.sock[i].holder = tm_holders_find(
			snap->holders, snap->sockets.sock[i].inode);
	ck_assert_int_eq(tcpmem_tree_add(family, snap), 0);
}

static void look_and_forget(struct tcpmem_snapshot *snap)
{
	look(snap);
	tcpmem_snapshot_free(snap);
}

static int64_t value(enum tcpmem_check_metric metric)
{
	return tcpmem_tree_get_metric(family, metric)->value;
}

static int64_t left(enum tcpmem_residue which)
{
	struct tcpmem_table *table;
	int64_t count;

	ck_assert_int_eq(tcpmem_tree_group(family, which, "state", &table), 0);
	count = row_metric(tcpmem_table_get_total(table),
			   TCPMEM_METRIC_SOCKETS);
	tcpmem_table_free(table);
	return count;
}

/* "follows the descendants of process @ancestor, itself not one of them" */
START_TEST(descendants_are_followed_and_nobody_else)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 52, 12);
	hold(snap, 3, ANCESTOR, 10);
	hold(snap, 4, 9, 5);
	hold(snap, 5, 51, 99); /* its pid was used before, by another */
	hold(snap, 6, 77, 1);  /* ended before anyone asked */
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 2);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 2 * 1100);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_OPEN), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_ORPHAN), 0);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "Who descends from it once does so for good" */
START_TEST(a_daemon_stays_what_it_was)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 2, 52, 12);
	look_and_forget(snap);
	end_process(51);
	add_process(52, 1, 12);
	snap = moment(2);
	hold(snap, 2, 52, 12);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	/* and its children are, whom nobody had seen before */
	add_process(60, 52, 20);
	snap = moment(3);
	hold(snap, 3, 60, 20);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
}
END_TEST

/* Nobody leads in a circle for ever. */
START_TEST(ancestors_in_a_circle)
{
	struct tcpmem_snapshot *snap = moment(1);

	add_process(70, 71, 1);
	add_process(71, 70, 1);
	hold(snap, 1, 70, 1);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 0);
}
END_TEST

/* "A socket that one of the processes holds is the tree's, in full" */
START_TEST(what_is_shared_counts_once_and_in_full)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_process p = { .pid = 9, .start_time = 5 };
	uint32_t index;

	hold(snap, 1, 51, 11);
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap->holders, 1, index), 0);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 1100);
}
END_TEST

/* "if it was in one of the last snapshots or made in its cgroup" */
START_TEST(orphans_are_known_by_what_was_seen)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 9, 5);
	look_and_forget(snap);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	add(snap, 2, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	add(snap, 3, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	for (int i = 0; i < 2; i++) {
		struct tcpmem_socket *s = add(snap, 4 + (uint64_t)i,
					      TCPMEM_STATE_LAST_ACK,
					      TCPMEM_KIND_ORPHAN);

		s->flags |= TM_SOCK_HAS_CGROUP;
		s->cgroup_id = i ? CGROUP : 1;
	}
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_ORPHAN), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_OPEN), 0);
	/* of one that nobody was seen with, and no cgroup tells */
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	tcpmem_snapshot_free(snap);
	/* a dump misses one, and it is there again */
	look_and_forget(moment(3));
	snap = moment(4);
	add(snap, 1, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT);
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_TIME_WAIT), 1);
}
END_TEST

static bool is_least(enum tcpmem_check_metric metric)
{
	return tcpmem_tree_get_metric(family, metric)->least;
}

static void look_at_orphans(int64_t seconds, const uint64_t *cookies,
			    size_t count)
{
	struct tcpmem_snapshot *snap = moment(seconds);

	for (size_t i = 0; i < count; i++)
		add(snap, cookies[i], TCPMEM_STATE_FIN_WAIT_1,
		    TCPMEM_KIND_ORPHAN);
	look(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 0);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), (int64_t)count - 2);
	tcpmem_snapshot_free(snap);
}

/* "lower bounds: sockets were orphans in %TCPMEM_RESIDUE_UNCLAIMED" */
START_TEST(an_orphan_of_nobody_may_be_the_trees)
{
	static const uint64_t cookies[] = { 1, 2, 3 };
	struct tcpmem_snapshot *snap = moment(0);

	add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	snap = moment(1);
	hold(snap, 2, 9, 5);
	look_and_forget(snap);
	/* what was there before, or another's, is none of the tree's */
	for (int i = 2; i < 9; i++)
		look_at_orphans(i, cookies, 2);
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_SOCKETS));
	look_at_orphans(9, cookies, 3);
	ck_assert(is_least(TCPMEM_CHECK_METRIC_SOCKETS));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_HELD));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_ORPHANS));
	ck_assert(is_least(TCPMEM_CHECK_METRIC_OPENED));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_CLOSE_WAIT));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_TIME_WAIT));
}
END_TEST

/* "A socket that a dump missed once, as the kernel moved it, is not lost" */
START_TEST(an_orphan_missed_once_is_not_lost)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	look_and_forget(snap);
	for (int missed = 1; missed <= 2; missed++) {
		for (int i = 0; i < missed; i++)
			look_and_forget(moment(10 * missed + i));
		snap = moment(10 * missed + 9);
		add(snap, 1, TCPMEM_STATE_FIN_WAIT_1, TCPMEM_KIND_ORPHAN);
		look_and_forget(snap);
		ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS),
				 missed == 1);
	}
}
END_TEST

static struct tcpmem_socket *add_time_wait(struct tcpmem_snapshot *snap,
					   uint64_t cookie)
{
	return add(snap, cookie, TCPMEM_STATE_TIME_WAIT, TCPMEM_KIND_TIME_WAIT);
}

/* "What is in TIME_WAIT now is not the tree's later." */
START_TEST(time_wait_is_known_by_its_addresses)
{
	struct tcpmem_snapshot *snap = moment(0);
	struct tcpmem_socket *s;

	add_time_wait(snap, 90);
	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	snap = moment(1);
	hold(snap, 1, 51, 11); /* a client of 10.0.0.0:80 */
	s = hold(snap, 2, 51, 11);
	s->state = TCPMEM_STATE_LISTENING;
	s->local_port = 8080;
	s->remote_port = 0;
	look_and_forget(snap);
	snap = moment(2);
	add_time_wait(snap, 90);		    /* was there before */
	add_time_wait(snap, 91);		    /* to the same peer */
	add_time_wait(snap, 92)->remote_port = 443; /* by who knows whom */
	add_time_wait(snap, 93)->netns = 1;	    /* in a foreign place */
	s = add_time_wait(snap, 94);		    /* of its server */
	s->local_port = 8080;
	s->remote_port = 55555;
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_TIME_WAIT), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_TIME_WAIT), 2);
	/* "leaves TIME_WAIT out, HELD does not" */
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 0);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 200);
	tcpmem_snapshot_free(snap);
}
END_TEST

START_TEST(peaks_are_kept_with_their_time)
{
	struct tcpmem_snapshot *snap = moment(0);
	const struct tcpmem_tree_metric *seen;

	ck_assert_int_eq(tcpmem_tree_begin(family, snap), 0);
	tcpmem_snapshot_free(snap);
	for (int i = 1; i <= 4; i++) {
		snap = moment(i == 4 ? 9 : i);
		/* the first of two alike is the peak */
		for (uint64_t k = 1; k <= (i == 2 || i == 3 ? 3 : 1); k++)
			hold(snap, k, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
		look_and_forget(snap);
	}
	seen = tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_CLOSE_WAIT);
	ck_assert_uint_eq(seen->size, sizeof(*seen));
	ck_assert_int_eq(seen->peak, 3);
	ck_assert_int_eq(seen->peak_ns, 2 * SECOND_NS);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 1);
}
END_TEST

START_TEST(wrong_questions)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_table *table;

	ck_assert_ptr_null(
		tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_TCP_MEM));
	ck_assert_int_eq(
		tcpmem_tree_group(family, TCPMEM_RESIDUE_OPEN, "state", &table),
		-EINVAL);
	look(snap);
	ck_assert_int_eq(tcpmem_tree_group(family, (enum tcpmem_residue)99,
					   "state", &table),
			 -EINVAL);
	ck_assert_int_eq(tcpmem_tree_group(family, TCPMEM_RESIDUE_OPEN,
					   "colour", &table),
			 -EINVAL);
	tcpmem_snapshot_free(snap);
	snap = moment(2);
	tm_holders_free(snap->holders);
	snap->holders = NULL;
	ck_assert_int_eq(tcpmem_tree_add(family, snap), -EINVAL);
	tcpmem_snapshot_free(snap);
	ck_assert_str_eq(
		tcpmem_residue_describe(TCPMEM_RESIDUE_TIME_WAIT)->name,
		"time_wait");
	ck_assert_ptr_null(tcpmem_residue_describe(
				   (enum tcpmem_residue)TCPMEM_RESIDUE_COUNT)
				   ->name);
	tcpmem_tree_free(NULL);
}
END_TEST

/* A connection that ended: what tcpmem_sampler_wait() hands on */
static struct tcpmem_snapshot *ended(struct tcpmem_socket sock)
{
	struct tcpmem_snapshot *snap = moment(0);
	struct tm_info info = { .present = true, .len = TM_INFO_SIZE };
	uint32_t rtt = 42;

	sock.state = TCPMEM_STATE_CLOSED;
	sock.skmem_words = 0;
	memcpy(info.bytes + offsetof(struct tcp_info, tcpi_rtt), &rtt,
	       sizeof(rtt));
	snap->sockets.with_info = true;
	snap->sockets.info = calloc(1, sizeof(info));
	snap->sockets.info[0] = info;
	snap->sockets.sock[0] = sock;
	snap->sockets.count = 1;
	return snap;
}

static void end(struct tcpmem_socket sock)
{
	struct tcpmem_snapshot *snap = ended(sock);

	ck_assert_int_eq(tcpmem_tree_end(family, snap, snap->sockets.sock), 0);
	tcpmem_snapshot_free(snap);
}

static int64_t opened(void)
{
	return tcpmem_tree_get_metric(family, TCPMEM_CHECK_METRIC_OPENED)
		->value;
}

/* "one of the last snapshots showed that, or if its addresses are those of a
 * listener or of a peer that the tree is seen with" */
START_TEST(a_connection_that_ended_is_counted_once)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket seen = *hold(snap, 5, 51, 11);
	struct tcpmem_socket between = seen, other = seen, server = seen;

	between.cookie = 6;
	between.local_port = 2000;
	other.cookie = 7;
	other.remote[0] = 11;
	server.cookie = 8;
	server.local_port = seen.remote_port;
	server.remote_port = between.local_port;
	memcpy(server.local, seen.remote, sizeof(server.local));
	memcpy(server.remote, seen.local, sizeof(server.remote));
	end(between); /* before its peer is known */
	end(server);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 2);
	end(seen);
	ck_assert_int_eq(opened(), 2);
	end(other);
	snap = moment(2);
	look(snap);
	ck_assert_int_eq(opened(), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 2);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

static bool is_odd(uint64_t cookie, void *user)
{
	(void)user;
	return cookie % 2;
}

static bool is_even(uint64_t cookie, void *user)
{
	(void)user;
	return cookie % 2 == 0;
}

static void end_in(struct tm_tree *tree, struct tcpmem_socket sock,
		   uint64_t cookie)
{
	struct tcpmem_snapshot *snap;

	sock.cookie = cookie;
	snap = ended(sock);
	ck_assert_int_eq(tm_tree_end(tree, snap, snap->sockets.sock), 0);
	tcpmem_snapshot_free(snap);
}

/* "what others connect to the same peers is not the tree's" */
START_TEST(a_hook_tells_what_addresses_do_not)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket *held = hold(snap, 4, 51, 11);
	const bool ours[] = { true };
	struct tm_tree tree;

	ck_assert_int_eq(tm_tree_init(&tree, CGROUP), 0);
	tree.made = is_even;
	add_time_wait(snap, 5);
	add_time_wait(snap, 6);
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	held->holder = tm_holders_find(snap->holders, held->inode);
	ck_assert_int_eq(tm_tree_add(&tree, snap, ours, false), 0);
	ck_assert_int_eq(tree.left[1], TM_TREE_NOT_OURS);
	ck_assert_int_eq(tree.left[2], TCPMEM_RESIDUE_TIME_WAIT);
	end_in(&tree, *held, 7);
	ck_assert_int_eq(tree.opened.value, 1);
	end_in(&tree, *held, 8);
	ck_assert_int_eq(tree.opened.value, 2);
	ck_assert_int_eq(tm_tree_ended_is(&tree, &tree.ended[0]),
			 TCPMEM_RESIDUE_COUNT);
	ck_assert_int_eq(tm_tree_ended_is(&tree, &tree.ended[1]),
			 TCPMEM_RESIDUE_CLOSED);
	/* the hook was told of more than events were */
	tree.made_count = 5;
	ck_assert_int_eq(tm_tree_claim_ended(&tree, snap), 0);
	ck_assert_int_eq(tree.opened.value, 5);
	ck_assert_int_eq(tree.opened.peak, 2);
	ck_assert(!tree.opened.least);
	/* a listener that was passed to the tree accepted it */
	tree.made = is_odd;
	end_in(&tree, *held, 4);
	ck_assert(tree.opened.least);
	tm_tree_deinit(&tree);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "since tcpmem_tree_begin()" */
START_TEST(what_was_there_before_was_not_opened)
{
	struct tcpmem_snapshot *before = moment(0), *snap = moment(1);
	struct tcpmem_socket old = *hold(before, 5, 51, 11);

	ck_assert_int_eq(tcpmem_tree_begin(family, before), 0);
	tcpmem_snapshot_free(before);
	hold(snap, 5, 51, 11);
	look(snap);
	ck_assert_int_eq(opened(), 0);
	end(old);
	ck_assert_int_eq(opened(), 0);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 0);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* An msk is a socket, and its subflow is not; both hold bytes. */
START_TEST(subflows_are_bytes_and_no_sockets)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
	hold(snap, 2, 51, 11)->state = TCPMEM_STATE_CLOSE_WAIT;
	snap->sockets.sock[1].flags = TM_SOCK_SUBFLOW;
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_HELD), 2200);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN);
	add(snap, 2, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN)->flags =
		TM_SOCK_SUBFLOW;
	look_and_forget(snap);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_SOCKETS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_ORPHANS), 1);
	ck_assert_int_eq(value(TCPMEM_CHECK_METRIC_CLOSE_WAIT), 0);
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_HELD));
	/* what came without counters holds more than what is known */
	snap = moment(3);
	hold(snap, 1, 51, 11)->skmem_words = 0;
	look_and_forget(snap);
	ck_assert(is_least(TCPMEM_CHECK_METRIC_HELD));
	ck_assert(!is_least(TCPMEM_CHECK_METRIC_SOCKETS));
}
END_TEST

/* "@least: sockets of the tree may be missing": of every number */
START_TEST(what_may_be_missing_makes_lower_bounds)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tm_tree tree;

	for (int missing = 0; missing < 2; missing++) {
		ck_assert_int_eq(tm_tree_init(&tree, 0), 0);
		/* tm_random_seed(): "an odd number that nobody knows" */
		ck_assert_uint_eq(tree.seed % 2, 1);
		ck_assert_int_eq(tm_tree_add(&tree, snap, NULL, missing), 0);
		/* it stays so */
		ck_assert_int_eq(tm_tree_add(&tree, snap, NULL, false), 0);
		for (int i = 0; i < TM_TREE_METRICS; i++)
			ck_assert_int_eq(tree.metric[i].least, missing);
		tm_tree_deinit(&tree);
	}
	tcpmem_snapshot_free(snap);
}
END_TEST

/* Only those that were made since it began, and are connections */
START_TEST(what_is_open_is_counted_if_it_is_a_connection)
{
	struct tcpmem_snapshot *snap = moment(1);

	hold(snap, 1, 51, 11);
	hold(snap, 2, 51, 11)->state = TCPMEM_STATE_SYN_SENT;
	hold(snap, 3, 51, 11)->flags = TM_SOCK_SUBFLOW;
	hold(snap, 4, 51, 11)->remote_port = 0;
	hold(snap, 5, 9, 5);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 1);
	snap = moment(2);
	add(snap, 1, TCPMEM_STATE_LAST_ACK, TCPMEM_KIND_ORPHAN);
	hold(snap, 2, 51, 11);
	look_and_forget(snap);
	ck_assert_int_eq(opened(), 2);
}
END_TEST

/* What is accepted where the tree listens makes its peer no peer of others. */
START_TEST(clients_of_a_listener_are_no_peers)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket *s = hold(snap, 1, 51, 11);

	s->state = TCPMEM_STATE_LISTENING;
	s->local_port = 8080;
	s->remote_port = 0;
	s = hold(snap, 2, 51, 11);
	s->local_port = 8080;
	s->remote_port = 5555;
	look_and_forget(snap);
	snap = moment(2);
	s = add_time_wait(snap, 90); /* somebody else's to that client */
	s->remote_port = 5555;
	s = add_time_wait(snap, 91);
	s->local_port = 8080;
	s->remote_port = 5556;
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_TIME_WAIT), 1);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNCLAIMED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

static void map(uint8_t address[16])
{
	memcpy(address + 12, address, 4);
	memset(address, 0, 10);
	address[10] = address[11] = 0xff;
}

/* An end that has the addresses as IPv6 is the other end all the same. */
START_TEST(both_ends_of_a_connection_that_ended_are_one)
{
	struct tcpmem_snapshot *snap = moment(1);
	struct tcpmem_socket ours = *hold(snap, 5, 51, 11), server;

	ours.local[0] = 127;
	server = ours;
	server.cookie = 8;
	server.local_port = ours.remote_port;
	server.remote_port = ours.local_port;
	memcpy(server.local, ours.remote, sizeof(server.local));
	memcpy(server.remote, ours.local, sizeof(server.remote));
	map(server.local);
	map(server.remote);
	look_and_forget(snap);
	end(ours);
	end(server);
	snap = moment(2);
	look(snap);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_CLOSED), 1);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 0);
	/* one of another port is not */
	server.cookie = 9;
	server.remote_port++;
	end(server);
	ck_assert_int_eq(left(TCPMEM_RESIDUE_UNATTRIBUTED), 1);
	tcpmem_snapshot_free(snap);
}
END_TEST

/* "the handshake measures it": else it was none */
START_TEST(what_was_never_connected_was_not_opened)
{
	struct tcpmem_snapshot *snap = moment(1), *gone;
	struct tcpmem_socket sock = *hold(snap, 5, 51, 11);

	look_and_forget(snap);
	sock.cookie = 6;
	gone = ended(sock);
	memset(&gone->sockets.info[0], 0, sizeof(gone->sockets.info[0]));
	ck_assert_int_eq(tcpmem_tree_end(family, gone, gone->sockets.sock), 0);
	tcpmem_snapshot_free(gone);
	ck_assert_int_eq(opened(), 1);
	sock.remote_port = 0;
	end(sock);
	ck_assert_int_eq(opened(), 1);
	sock.remote_port = 80;
	end(sock);
	ck_assert_int_eq(opened(), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("process_tree");
	TCase *tests = tcase_create("process_tree");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, descendants_are_followed_and_nobody_else);
	tcase_add_test(tests, a_connection_that_ended_is_counted_once);
	tcase_add_test(tests, a_hook_tells_what_addresses_do_not);
	tcase_add_test(tests, what_was_there_before_was_not_opened);
	tcase_add_test(tests, a_daemon_stays_what_it_was);
	tcase_add_test(tests, ancestors_in_a_circle);
	tcase_add_test(tests, what_is_shared_counts_once_and_in_full);
	tcase_add_test(tests, orphans_are_known_by_what_was_seen);
	tcase_add_test(tests, an_orphan_of_nobody_may_be_the_trees);
	tcase_add_test(tests, an_orphan_missed_once_is_not_lost);
	tcase_add_test(tests, time_wait_is_known_by_its_addresses);
	tcase_add_test(tests, peaks_are_kept_with_their_time);
	tcase_add_test(tests, wrong_questions);
	tcase_add_test(tests, subflows_are_bytes_and_no_sockets);
	tcase_add_test(tests, what_may_be_missing_makes_lower_bounds);
	tcase_add_test(tests, what_is_open_is_counted_if_it_is_a_connection);
	tcase_add_test(tests, clients_of_a_listener_are_no_peers);
	tcase_add_test(tests, both_ends_of_a_connection_that_ended_are_one);
	tcase_add_test(tests, what_was_never_connected_was_not_opened);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
