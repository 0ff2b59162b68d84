// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_diag_accidents.c - dumps that break off, answers that are damaged */
#include "diag_fixture.h"

#define DUMP_TRIES 4 /* what diag.c allows itself */

/* Each of these breaks a dump off after its first socket. */
enum accident {
	LOST_ANSWER, /* nothing more comes: the receive timeout */
	DUMP_INTR,
	OVERRUN,
	CUT_BATCH,
	LARGE_BATCH, /* than any that the kernel sends */
	ONE_BYTE,
	GONE, /* the other end of the socket */
	INTR,
	AGAIN,
	NOBUFS,
	BUSY,
	ACCIDENTS,
};

static void script_accident(uint32_t seq, enum accident accident)
{
	struct script_open *open = script_next(script);
	struct message m;

	script_datagram(open);
	script_socket(open, seq, 100, 1);
	message_full(&m, AF_INET, 1, 101);
	switch (accident) {
	case DUMP_INTR:
		m.nlh->nlmsg_flags |= NLM_F_DUMP_INTR;
		script_append(open, m.nlh, seq);
		break;
	case OVERRUN:
		script_end(open, seq, NLMSG_OVERRUN, 0);
		break;
	case CUT_BATCH:
		script_append(open, m.nlh, seq);
		open->len[0] -= 8;
		break;
	case LARGE_BATCH:
		script_datagram(open);
		script_socket(open, seq, 101, 1);
		script_fill(open, seq, TM_BATCH_SIZE + 4);
		break;
	case ONE_BYTE:
		script_datagram(open);
		open->len[1] = 1;
		break;
	case GONE:
		open->gone = true;
		break;
	case INTR:
		script_end(open, seq, NLMSG_DONE, -EINTR);
		break;
	case AGAIN:
		script_end(open, seq, NLMSG_DONE, -EAGAIN);
		break;
	case NOBUFS:
		script_end(open, seq, NLMSG_ERROR, -ENOBUFS);
		break;
	case BUSY:
		script_end(open, seq, NLMSG_DONE, -EBUSY);
		break;
	default:
		break;
	}
}

START_TEST(an_accident_is_survived)
{
	script_accident(1, (enum accident)_i);
	script_two(2, 100);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.restarts, 1);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(got.cookie[0], 100);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/*
 * "begun anew on a new socket, a bounded number of times; then ... a warning"
 */
START_TEST(accidents_for_ever_are_a_warning)
{
	for (uint32_t i = 1; i <= DUMP_TRIES; i++)
		script_accident(i, (enum accident)_i);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.restarts, DUMP_TRIES - 1);
	/* "and the result is what had arrived" */
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_DUMP_INTERRUPTED);
	ck_assert_ptr_nonnull(strstr(warnings.warning[0].text, "off after 1;"));
}
END_TEST

/* "If NULL, a dump is not begun anew once a socket was delivered" */
START_TEST(who_cannot_restart_gets_a_warning_at_once)
{
	script_accident(1, DUMP_INTR);
	ck_assert_int_eq(dump(false, false), 0);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_DUMP_INTERRUPTED);
}
END_TEST

START_TEST(who_has_nothing_yet_need_not_restart)
{
	script_datagram(script_next(script)); /* and no more comes */
	script_fill(&script->open[0], 1, 64);
	script_two(2, 100);
	ck_assert_int_eq(dump(false, false), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(who_cannot_begin_anew_ends_the_dump)
{
	script_accident(1, DUMP_INTR);
	got.restart_error = -ENOMEM;
	ck_assert_int_eq(dump(false, true), -ENOMEM);
	ck_assert_uint_eq(got.restarts, 1);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* What came before the accident is void, and what made no sense there too. */
START_TEST(damage_before_an_accident_is_forgotten)
{
	struct script_open *open = script_next(script);
	struct message m;

	script_datagram(open);
	message_full(&m, AF_UNIX, 1, 2);
	script_append(open, m.nlh, 1);
	script_two(2, 100);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* Each family is one dump: the other is not asked for behind an accident. */
START_TEST(an_accident_in_one_family_voids_both)
{
	script_error(1, NLMSG_ERROR, -EINVAL);
	script_accident(2, DUMP_INTR);
	script_two(3, 100); /* it is known that the walk is refused */
	script_accident(4, BUSY);
	script_two(5, 100);
	script_two(6, 200);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.restarts, 2);
	ck_assert_uint_eq(got.count, 4);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(an_accident_voids_msks_too)
{
	script_two(1, 100);
	script_accident(2, DUMP_INTR);
	script_two(3, 100);
	script_two(4, 200);
	ck_assert_int_eq(dump(true, true), 0);
	ck_assert_uint_eq(got.restarts, 1);
	ck_assert_uint_eq(got.count, 4);
}
END_TEST

START_TEST(a_record_that_makes_no_sense_is_a_warning)
{
	struct script_open *open = script_next(script);
	struct message m;

	script_datagram(open);
	script_socket(open, 1, 1, 1);
	message_full(&m, AF_UNIX, 1, 2);
	script_append(open, m.nlh, 1);
	script_socket(open, 1, 3, 1);
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(warnings.warning[0].code,
			 TCPMEM_WARNING_MESSAGE_MALFORMED);
}
END_TEST

/* "(first: ...)": the one that a reader can look for */
START_TEST(records_that_make_no_sense_are_counted)
{
	struct script_open *open = script_next(script);
	struct message m;

	script_datagram(open);
	message_full(&m, AF_UNIX, 1, 1);
	script_append(open, m.nlh, 1);
	script_socket(open, 1, 2, 0); /* a state that TCP does not have */
	script_socket(open, 1, 3, 1);
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(warnings.count, 1);
	ck_assert_int_eq(strncmp(warnings.warning[0].text, "2 socket ", 9), 0);
	ck_assert_ptr_nonnull(
		strstr(warnings.warning[0].text, strerror(EAFNOSUPPORT)));
}
END_TEST

/* A dump that fails is no dump with damage. */
START_TEST(damage_before_an_error_is_not_said)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_socket(open, 1, 2, 0);
	script_end(open, 1, NLMSG_DONE, -EPERM);
	ck_assert_int_eq(dump(false, true), -EPERM);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* NLMSG_NOOP; and a batch may be as long as the kernel ever fills one. */
START_TEST(what_says_nothing_is_passed_over)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_socket(open, 1, 1, 1);
	script_fill(open, 1, TM_BATCH_SIZE);
	script_datagram(open);
	script_socket(open, 1, 2, 1);
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* An NLMSG_DONE may carry no int, which is no error. */
START_TEST(an_end_without_its_int)
{
	struct script_open *open = script_next(script);
	struct nlmsghdr nlh = {
		.nlmsg_len = sizeof(nlh),
		.nlmsg_type = NLMSG_DONE,
	};

	script_datagram(open);
	script_socket(open, 1, 1, 1);
	script_append(open, &nlh, 1);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(answers_to_others_are_not_ours)
{
	struct script_open *open = script_next(script);

	script_datagram(open);
	script_socket(open, 77, 1, 1);
	script_end(open, 77, NLMSG_DONE, -EPERM);
	script_socket(open, 1, 2, 1);
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 1);
	ck_assert_uint_eq(got.cookie[0], 2);
}
END_TEST

START_TEST(the_sink_ends_the_dump)
{
	script_two(1, 100);
	got.stop_after = 1;
	ck_assert_int_eq(dump(false, true), -ECANCELED);
	ck_assert_uint_eq(got.count, 1);
}
END_TEST

/* A dump so large that a thread receives what comes. */
static struct script_open *script_large(uint32_t seq)
{
	struct script_open *open = script_next(script);

	for (size_t i = 0; i < SCRIPT_DATAGRAMS; i++) {
		script_datagram(open);
		script_socket(open, seq, i + 1, TCPMEM_STATE_ESTABLISHED);
		script_socket(open, seq, i + 101, TCPMEM_STATE_ESTABLISHED);
	}
	return open;
}

START_TEST(a_large_dump_comes_in_order)
{
	script_end(script_large(1), 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.count, 2 * SCRIPT_DATAGRAMS);
	for (size_t i = 0; i < got.count; i++)
		ck_assert_uint_eq(got.cookie[i], i / 2 + 1 + 100 * (i % 2));
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

START_TEST(the_error_of_a_large_dump_is_read)
{
	script_end(script_large(1), 1, NLMSG_DONE, -EPERM);
	ck_assert_int_eq(dump(false, true), -EPERM);
}
END_TEST

START_TEST(the_sink_ends_a_large_dump)
{
	script_end(script_large(1), 1, NLMSG_DONE, 0);
	got.stop_after = (size_t)_i;
	ck_assert_int_eq(dump(false, true), -ECANCELED);
	ck_assert_uint_eq(got.count, (size_t)_i);
}
END_TEST

/* A batch may be full there too, and what is cut ends it. */
START_TEST(a_large_dump_of_full_batches)
{
	struct script_open *open = script_next(script);

	for (size_t i = 0; i < SCRIPT_DATAGRAMS; i++) {
		script_datagram(open);
		script_socket(open, 1, i + 1, TCPMEM_STATE_ESTABLISHED);
		if (i > 8 && i < 12)
			script_fill(open, 1, TM_BATCH_SIZE);
	}
	script_end(open, 1, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, false), 0);
	ck_assert_uint_eq(got.count, SCRIPT_DATAGRAMS);
	ck_assert_uint_eq(warnings.count, 0);
}
END_TEST

/* Its end does not come: recv() times out. */
START_TEST(a_large_dump_that_breaks_off_begins_anew)
{
	script_large(1);
	script_end(script_large(2), 2, NLMSG_DONE, 0);
	ck_assert_int_eq(dump(false, true), 0);
	ck_assert_uint_eq(got.restarts, 1);
	ck_assert_uint_eq(got.count, 2 * SCRIPT_DATAGRAMS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("diag_accidents");
	TCase *tc = tcase_create("diag_accidents");

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_loop_test(tc, an_accident_is_survived, 0, ACCIDENTS);
	tcase_add_loop_test(tc, accidents_for_ever_are_a_warning, 0, ACCIDENTS);
	tcase_add_test(tc, who_cannot_restart_gets_a_warning_at_once);
	tcase_add_test(tc, who_has_nothing_yet_need_not_restart);
	tcase_add_test(tc, who_cannot_begin_anew_ends_the_dump);
	tcase_add_test(tc, damage_before_an_accident_is_forgotten);
	tcase_add_test(tc, an_accident_in_one_family_voids_both);
	tcase_add_test(tc, an_accident_voids_msks_too);
	tcase_add_test(tc, a_record_that_makes_no_sense_is_a_warning);
	tcase_add_test(tc, records_that_make_no_sense_are_counted);
	tcase_add_test(tc, damage_before_an_error_is_not_said);
	tcase_add_test(tc, what_says_nothing_is_passed_over);
	tcase_add_test(tc, an_end_without_its_int);
	tcase_add_test(tc, answers_to_others_are_not_ours);
	tcase_add_test(tc, the_sink_ends_the_dump);
	tcase_add_test(tc, a_large_dump_comes_in_order);
	tcase_add_test(tc, the_error_of_a_large_dump_is_read);
	tcase_add_test(tc, a_large_dump_of_full_batches);
	tcase_add_loop_test(tc, the_sink_ends_a_large_dump, 14, 22);
	tcase_add_test(tc, a_large_dump_that_breaks_off_begins_anew);
	suite_add_tcase(suite, tc);
	return unit_run(suite);
}
