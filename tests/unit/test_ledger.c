// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_ledger.c - past owners: never a wrong one */
#include "owners/internal.h"
#include "snapshot_fixture.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SOCKETS 16
#define PORT	80

static struct tm_ledger *ledger;
static struct tcpmem_snapshot *snap;
static struct tm_listeners *listeners;

static void begin(int64_t seconds)
{
	snap = make_snapshot(SOCKETS, 1);
	snap->clock.boottime_ns = (1000 + seconds) * INT64_C(1000000000);
	strcpy(snap->clock.boot_id, "boot");
	ck_assert_int_eq(tm_listeners_new(&listeners), 0);
}

static void end(void)
{
	tm_listeners_free(listeners);
	tcpmem_snapshot_free(snap);
}

static void setup(void)
{
	ck_assert_int_eq(tm_ledger_new(8, &ledger), 0);
}

static void teardown(void)
{
	tm_ledger_free(ledger);
}

static struct tcpmem_socket *add(uint64_t cookie, enum tcpmem_state state)
{
	struct tcpmem_socket *s = &snap->sockets.sock[snap->sockets.count++];

	s->cookie = cookie;
	s->state = (uint8_t)state;
	s->local_port = PORT;
	s->remote_port = (uint16_t)(1000 + cookie);
	if (state == TCPMEM_STATE_TIME_WAIT)
		s->flags |= TM_SOCK_MINI;
	return s;
}

/* @pid started @start seconds after the boot. */
static void hold(struct tcpmem_socket *sock, uint32_t pid, uint64_t start)
{
	struct tcpmem_process p = {
		.pid = pid,
		.start_time = start * (uint64_t)sysconf(_SC_CLK_TCK),
	};
	uint32_t index;

	snprintf(p.comm, sizeof(p.comm), "p%u", pid);
	sock->inode = (uint32_t)sock->cookie;
	ck_assert_int_eq(tm_holders_process(snap->holders, &p, &index), 0);
	ck_assert_int_eq(tm_holders_add(snap->holders, sock->inode, index), 0);
}

static void look(void)
{
	ck_assert_int_eq(tm_holders_finish(snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++)
		ck_assert_int_eq(
			tm_listeners_add(listeners, &snap->sockets.sock[i]), 0);
	ck_assert_int_eq(tm_listeners_finish(listeners, snap->holders), 0);
	for (size_t i = 0; i < snap->sockets.count; i++)
		tm_attribute(&snap->sockets.sock[i], snap->holders, listeners,
			     true);
	ck_assert_int_eq(tm_ledger_learn(ledger, snap, listeners), 0);
	ck_assert_int_eq(tm_ledger_name(ledger, listeners, snap), 0);
}

/* "PID SOURCE" of the past owner of socket @i, or "" */
static const char *past(size_t i)
{
	struct tcpmem_past owner = { .size = sizeof(owner) };
	static char text[32];

	*text = '\0';
	if (tcpmem_socket_get_past(snap, &snap->sockets.sock[i], &owner) == 0)
		snprintf(text, sizeof(text), "%u %s",
			 tcpmem_process_get_pid(owner.process), owner.source);
	return text;
}

/* "an earlier look saw it hold the socket, alone" */
START_TEST(memory_names_who_held_it)
{
	begin(0);
	hold(add(1, TCPMEM_STATE_ESTABLISHED), 51, 990);
	look();
	ck_assert_str_eq(past(0), "");
	end();
	begin(1);
	add(1, TCPMEM_STATE_TIME_WAIT);
	add(2, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "51 memory");
	ck_assert_str_eq(past(1), "");
	end();
}
END_TEST

START_TEST(who_shared_it_is_not_named)
{
	struct tcpmem_socket *sock;

	begin(0);
	sock = add(1, TCPMEM_STATE_ESTABLISHED);
	hold(sock, 51, 990);
	hold(sock, 52, 991);
	look();
	end();
	begin(1);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "");
	end();
}
END_TEST

START_TEST(the_last_holder_is_named)
{
	for (uint32_t pid = 51; pid < 53; pid++) {
		begin(pid);
		hold(add(1, TCPMEM_STATE_ESTABLISHED), pid, 990);
		look();
		end();
	}
	begin(60);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "52 memory");
	end();
}
END_TEST

/* "it alone listens where the connection was accepted, and did before" */
START_TEST(a_listener_is_named_if_it_was_there_before)
{
	begin(0);
	hold(add(9, TCPMEM_STATE_LISTENING), 51, 990);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	/* it may be another's that listened before */
	ck_assert_str_eq(past(1), "");
	end();
	begin(1);
	hold(add(9, TCPMEM_STATE_LISTENING), 51, 990);
	add(1, TCPMEM_STATE_TIME_WAIT);
	add(2, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(1), "");
	ck_assert_str_eq(past(2), "51 listener");
	/* "the least sure one of its sockets" */
	ck_assert_uint_eq(snap->past.owner[0].source, TM_PAST_LISTENER);
	end();
}
END_TEST

/* The process is old, and may have its listener from another, or since now. */
START_TEST(an_old_process_is_not_named_at_once)
{
	begin(0);
	hold(add(9, TCPMEM_STATE_LISTENING), 51, 100);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(1), "");
	end();
}
END_TEST

/* "and no process but this one was ever seen with its connections" */
START_TEST(a_listener_that_passes_connections_is_not_named)
{
	begin(0);
	hold(add(9, TCPMEM_STATE_LISTENING), 51, 100);
	hold(add(3, TCPMEM_STATE_ESTABLISHED), 77, 100);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(2), "");
	end();
	begin(1);
	hold(add(9, TCPMEM_STATE_LISTENING), 51, 100);
	add(2, TCPMEM_STATE_TIME_WAIT);
	add(3, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(1), "");
	ck_assert_str_eq(past(2), "77 memory");
	end();
}
END_TEST

START_TEST(listeners_of_several_are_not_named)
{
	struct tcpmem_socket *sock;

	begin(0);
	sock = add(9, TCPMEM_STATE_LISTENING);
	hold(sock, 51, 100);
	hold(sock, 52, 100);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(1), "");
	end();
}
END_TEST

START_TEST(another_boot_forgets)
{
	begin(0);
	hold(add(1, TCPMEM_STATE_ESTABLISHED), 51, 990);
	look();
	end();
	begin(1);
	strcpy(snap->clock.boot_id, "another");
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "");
	end();
}
END_TEST

/* "Three sources, each better than the one before" */
START_TEST(who_closed_it_goes_before_who_held_it)
{
	const struct tcpmem_process closer = { .pid = 52, .start_time = 991 };

	begin(0);
	hold(add(1, TCPMEM_STATE_ESTABLISHED), 51, 990);
	look();
	end();
	for (int64_t s = 1; s < 3; s++) {
		begin(s);
		add(1, TCPMEM_STATE_TIME_WAIT);
		if (s == 1) {
			look();
			ck_assert_str_eq(past(0), "51 memory");
			ck_assert_int_eq(tm_ledger_tell(ledger, 1, &closer,
							TM_PAST_EXACT),
					 0);
		}
		look();
		ck_assert_str_eq(past(0), "52 exact");
		end();
	}
}
END_TEST

/* "bounded"; what has no room is counted, and time makes room */
START_TEST(it_is_bounded)
{
	begin(0);
	for (uint64_t cookie = 1; cookie <= 10; cookie++)
		hold(add(cookie, TCPMEM_STATE_ESTABLISHED), 51, 990);
	look();
	ck_assert_uint_eq(tm_ledger_refused(ledger), 2);
	end();
	/* the same ones are no more than before */
	begin(1);
	for (uint64_t cookie = 1; cookie <= 10; cookie++)
		hold(add(cookie, TCPMEM_STATE_ESTABLISHED), 51, 990);
	look();
	ck_assert_uint_eq(tm_ledger_refused(ledger), 2);
	end();
	begin(TM_LEDGER_FORGET_S + 2);
	hold(add(20, TCPMEM_STATE_ESTABLISHED), 52, 990);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_uint_eq(tm_ledger_refused(ledger), 0);
	ck_assert_str_eq(past(1), "");
	end();
	begin(TM_LEDGER_FORGET_S + 3);
	add(20, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "52 memory");
	end();
}
END_TEST

/* Shared for a while, and then alone again: who it is is known once more. */
START_TEST(who_shares_it_no_more_is_named)
{
	struct tcpmem_socket *sock;

	for (int64_t s = 0; s < 6; s++) {
		begin(s);
		sock = add(1, s % 2 ? TCPMEM_STATE_FIN_WAIT_1
				    : TCPMEM_STATE_ESTABLISHED);
		if (s % 2 == 0)
			hold(sock, s == 4 ? 53 : 51, 990);
		if (s == 2)
			hold(sock, 52, 991);
		look();
		if (s % 2)
			ck_assert_str_eq(past(0), s == 1   ? "51 memory"
						  : s == 3 ? ""
							   : "53 memory");
		end();
	}
}
END_TEST

/* "a listener [...] was there before": not who has it since this look */
START_TEST(who_took_over_a_listener_is_not_named)
{
	for (uint32_t pid = 51; pid < 53; pid++) {
		begin(pid);
		hold(add(9, TCPMEM_STATE_LISTENING), pid, 100);
		if (pid == 52)
			add(1, TCPMEM_STATE_TIME_WAIT);
		look();
		ck_assert_str_eq(past(pid - 51), "");
		end();
	}
	begin(53);
	hold(add(9, TCPMEM_STATE_LISTENING), 52, 100);
	add(1, TCPMEM_STATE_TIME_WAIT);
	add(2, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(1), "");
	ck_assert_str_eq(past(2), "52 listener");
	end();
}
END_TEST

/* Two endpoints that differ in @i alone, and a connection of each */
static void add_endpoints(int i, enum tcpmem_state state, uint64_t cookie)
{
	for (uint32_t n = 0; n < 2; n++) {
		struct tcpmem_socket *sock = add(cookie + n, state);

		sock->flags |= TM_SOCK_IPV6;
		sock->local[0] = 0x20;
		if (i == 0)
			sock->local_port = (uint16_t)(PORT + n);
		else if (i == 1)
			sock->local[1] = (uint8_t)n;
		else if (i == 2)
			sock->local[15] = (uint8_t)n;
		else
			sock->ifindex = 1 + n;
		if (state == TCPMEM_STATE_LISTENING)
			hold(sock, 51 + n, 100);
	}
}

START_TEST(every_endpoint_has_its_own_listener)
{
	begin(0);
	add_endpoints(_i, TCPMEM_STATE_LISTENING, 20);
	look();
	end();
	begin(1);
	add_endpoints(_i, TCPMEM_STATE_LISTENING, 20);
	add_endpoints(_i, TCPMEM_STATE_TIME_WAIT, 30);
	look();
	ck_assert_str_eq(past(2), "51 listener");
	ck_assert_str_eq(past(3), "52 listener");
	end();
}
END_TEST

/* A connection of MPTCP is none of TCP; what has no cookie is not known. */
START_TEST(what_has_no_identity_is_not_remembered)
{
	struct tcpmem_socket *sock;

	begin(0);
	sock = add(1, TCPMEM_STATE_ESTABLISHED);
	hold(sock, 51, 990);
	sock->flags |= TM_SOCK_MPTCP;
	sock = add(2, TCPMEM_STATE_ESTABLISHED);
	hold(sock, 51, 990);
	sock->cookie = 0;
	look();
	ck_assert_uint_eq(tm_ledger_looks(ledger), 1);
	end();
	begin(1);
	add(1, TCPMEM_STATE_TIME_WAIT);
	add(0, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), "");
	ck_assert_str_eq(past(1), "");
	ck_assert_uint_eq(tm_ledger_looks(ledger), 2);
	end();
}
END_TEST

/* Seen as long ago as is remembered, and a second longer */
START_TEST(what_was_not_seen_lately_is_forgotten)
{
	struct tcpmem_socket *sock;

	begin(0);
	sock = add(1, TCPMEM_STATE_ESTABLISHED);
	sock->local_port = PORT + 1;
	hold(sock, 51, 990);
	hold(add(9, TCPMEM_STATE_LISTENING), 52, 990);
	look();
	end();
	begin(TM_LEDGER_FORGET_S + _i);
	add(1, TCPMEM_STATE_TIME_WAIT);
	look();
	ck_assert_str_eq(past(0), _i ? "" : "51 memory");
	end();
	begin(TM_LEDGER_FORGET_S + _i + 1);
	add(3, TCPMEM_STATE_TIME_WAIT);
	hold(add(9, TCPMEM_STATE_LISTENING), 52, 990);
	look();
	/* the listener, too, was forgotten meanwhile, or was not */
	ck_assert_str_eq(past(0), _i ? "" : "52 listener");
	end();
}
END_TEST

/* "0, also if there is no room" */
START_TEST(what_is_told_may_have_no_room)
{
	const struct tcpmem_process closer = { .pid = 52, .start_time = 991 };
	const struct tcpmem_process *found = NULL;

	for (uint64_t cookie = 1; cookie <= 8; cookie++)
		ck_assert_int_eq(
			tm_ledger_tell(ledger, cookie, &closer, TM_PAST_EVENT),
			0);
	ck_assert_int_eq(tm_ledger_tell(ledger, 9, &closer, TM_PAST_EVENT), 0);
	ck_assert_int_eq(tm_ledger_owner(ledger, 8, &found), TM_PAST_EVENT);
	ck_assert_uint_eq(found->pid, 52);
	ck_assert_int_eq(tm_ledger_owner(ledger, 9, &found), TM_PAST_UNKNOWN);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ledger");
	TCase *tcase = tcase_create("past");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, memory_names_who_held_it);
	tcase_add_test(tcase, who_shared_it_is_not_named);
	tcase_add_test(tcase, the_last_holder_is_named);
	tcase_add_test(tcase, a_listener_is_named_if_it_was_there_before);
	tcase_add_test(tcase, an_old_process_is_not_named_at_once);
	tcase_add_test(tcase, a_listener_that_passes_connections_is_not_named);
	tcase_add_test(tcase, listeners_of_several_are_not_named);
	tcase_add_test(tcase, another_boot_forgets);
	tcase_add_test(tcase, who_closed_it_goes_before_who_held_it);
	tcase_add_test(tcase, it_is_bounded);
	tcase_add_test(tcase, who_shares_it_no_more_is_named);
	tcase_add_test(tcase, who_took_over_a_listener_is_not_named);
	tcase_add_loop_test(tcase, every_endpoint_has_its_own_listener, 0, 4);
	tcase_add_test(tcase, what_has_no_identity_is_not_remembered);
	tcase_add_loop_test(tcase, what_was_not_seen_lately_is_forgotten, 0, 2);
	tcase_add_test(tcase, what_is_told_may_have_no_room);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
