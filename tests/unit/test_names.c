// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_names.c - each value has one name, and each name one value */
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>

/* What every term of an enumeration has. */
#define NAME 0x1
#define JSON 0x2
#define TEXT 0x4

/* The describing functions of all enumerations behind one type. */
#define DESCRIBE(type)                                                      \
	static const struct tcpmem_term *describe_##type(int value)         \
	{                                                                   \
		return tcpmem_##type##_describe((enum tcpmem_##type)value); \
	}

DESCRIBE(family)
DESCRIBE(protocol)
DESCRIBE(kind)
DESCRIBE(metric)
DESCRIBE(info)
DESCRIBE(unit)
DESCRIBE(timer)
DESCRIBE(warning_code)
DESCRIBE(host_metric)
DESCRIBE(object)
DESCRIBE(object_source)
DESCRIBE(reconcile_metric)
DESCRIBE(cgroup_metric)
DESCRIBE(verdict)
DESCRIBE(cause)
DESCRIBE(holder_source)
DESCRIBE(check_metric)
DESCRIBE(level)
DESCRIBE(event)
DESCRIBE(match)
DESCRIBE(change_class)
DESCRIBE(residue)
DESCRIBE(limit_scope)
DESCRIBE(process_metric)
DESCRIBE(trend_class)
DESCRIBE(reason)

static const struct {
	const struct tcpmem_term *(*describe)(int value);
	int count;
	unsigned int has;
} groups[] = {
	{ describe_family, TCPMEM_FAMILY_IPV6 + 1, NAME },
	{ describe_protocol, TCPMEM_PROTOCOL_SUBFLOW + 1, NAME },
	{ describe_kind, TCPMEM_KIND_COUNT, NAME },
	{ describe_metric, TCPMEM_METRIC_COUNT, NAME | JSON | TEXT },
	{ describe_info, TCPMEM_INFO_COUNT, NAME | JSON | TEXT },
	{ describe_unit, TCPMEM_UNIT_COUNT, NAME },
	{ describe_timer, TCPMEM_TIMER_PROBE + 1, NAME },
	{ describe_warning_code, TCPMEM_WARNING_COUNT, NAME },
	{ describe_host_metric, TCPMEM_HOST_METRIC_COUNT, NAME },
	{ describe_object, TCPMEM_OBJECT_COUNT, NAME },
	{ describe_object_source, TCPMEM_OBJECT_SOURCE_COUNT, NAME },
	{ describe_reconcile_metric, TCPMEM_RECONCILE_METRIC_COUNT,
	  NAME | JSON },
	{ describe_cgroup_metric, TCPMEM_CGROUP_METRIC_COUNT, NAME | JSON },
	{ describe_verdict, TCPMEM_VERDICT_COUNT, NAME },
	{ describe_cause, TCPMEM_CAUSE_COUNT, NAME },
	{ describe_holder_source, TCPMEM_HOLDER_SOURCE_BPF + 1, NAME },
	{ describe_check_metric, TCPMEM_CHECK_METRIC_COUNT, NAME | TEXT },
	{ describe_level, TCPMEM_LEVEL_COUNT, NAME },
	{ describe_event, TCPMEM_EVENT_COUNT, NAME },
	{ describe_match, TCPMEM_MATCH_COUNT, NAME },
	{ describe_change_class, TCPMEM_CHANGE_CLASS_COUNT, NAME },
	{ describe_residue, TCPMEM_RESIDUE_COUNT, NAME },
	{ describe_limit_scope, TCPMEM_LIMIT_SCOPE_NETNS + 1, NAME },
	{ describe_process_metric, TCPMEM_PROCESS_METRIC_COUNT,
	  NAME | JSON | TEXT },
	{ describe_trend_class, TCPMEM_TREND_CLASS_COUNT, NAME },
	{ describe_reason, TCPMEM_REASON_COUNT, NAME | TEXT },
};
#define GROUPS ((int)(sizeof(groups) / sizeof(groups[0])))

static const char *text_of(int group, int value, unsigned int which)
{
	const struct tcpmem_term *term = groups[group].describe(value);

	return which == NAME   ? term->name
	       : which == JSON ? term->json
			       : term->text;
}

/* Each value has its texts, and no two values have the same. */
START_TEST(test_complete)
{
	for (unsigned int which = NAME; which <= TEXT; which <<= 1) {
		if (!(groups[_i].has & which))
			continue;
		for (int i = 0; i < groups[_i].count; i++) {
			const char *text = text_of(_i, i, which);

			ck_assert_msg(text && *text, "group %d: %d", _i, i);
			for (int j = 0; j < i; j++)
				ck_assert_str_ne(text, text_of(_i, j, which));
		}
	}
}
END_TEST

/* "of a value that is none of the enumeration @name is NULL" */
START_TEST(test_no_value)
{
	const int values[] = { groups[_i].count, 1000000, -1 };

	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
		for (unsigned int which = NAME; which <= TEXT; which <<= 1)
			ck_assert_ptr_null(text_of(_i, values[i], which));
}
END_TEST

/* "as ss writes them long" */
START_TEST(test_states)
{
	static const char *const names[] = {
		NULL,	      "established",	"syn-sent",  "syn-recv",
		"fin-wait-1", "fin-wait-2",	"time-wait", "closed",
		"close-wait", "last-ack",	"listening", "closing",
		NULL,	      "bound-inactive", NULL,
	};
	uint32_t mask = 0;

	for (int i = 0; i <= TCPMEM_STATE_MAX + 1; i++) {
		enum tcpmem_state state = (enum tcpmem_state)i;
		uint32_t back = 0;

		if (!names[i]) {
			ck_assert_ptr_null(tcpmem_state_describe(state)->name);
			continue;
		}
		mask |= 1u << i;
		ck_assert_str_eq(tcpmem_state_describe(state)->name, names[i]);
		ck_assert_int_eq(tcpmem_states_from_name(names[i], &back), 0);
		ck_assert_uint_eq(back, 1u << i);
	}
	ck_assert_uint_eq(mask, TCPMEM_STATES_ALL);
	ck_assert_ptr_null(
		tcpmem_state_describe((enum tcpmem_state) - 1)->name);
}
END_TEST

/* "what ss calls one, or a group of ss; in upper or lower case" */
START_TEST(test_names_of_ss)
{
	static const struct {
		const char *name;
		uint32_t states;
	} cases[] = {
		{ "estab", 1u << TCPMEM_STATE_ESTABLISHED },
		{ "ESTAB", 1u << TCPMEM_STATE_ESTABLISHED },
		{ "LISTEN", 1u << TCPMEM_STATE_LISTENING },
		{ "Listening", 1u << TCPMEM_STATE_LISTENING },
		{ "listen", 1u << TCPMEM_STATE_LISTENING },
		{ "close", 1u << TCPMEM_STATE_CLOSED },
		{ "unconnected", 1u << TCPMEM_STATE_CLOSED },
		{ "unconn", 1u << TCPMEM_STATE_CLOSED },
		{ "syn-rcv", 1u << TCPMEM_STATE_SYN_RECV },
		{ "all", TCPMEM_STATES_ALL },
		/* the kernel's numbers, of which 7 is closed, 10 listening */
		{ "connected", 0xb7e },
		{ "synchronized", 0xb7a },
		{ "big", 0x2fb6 },
		{ "bucket",
		  1u << TCPMEM_STATE_SYN_RECV | 1u << TCPMEM_STATE_TIME_WAIT },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t states = 0;

		ck_assert_int_eq(
			tcpmem_states_from_name(cases[i].name, &states), 0);
		ck_assert_uint_eq(states, cases[i].states);
	}
}
END_TEST

/* "0, or -EINVAL if nothing is called so" */
START_TEST(test_no_name)
{
	static const char *const names[] = { "", "est", "established ",
					     "held_bytes" };
	uint32_t states = 7;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(tcpmem_states_from_name(names[i], &states),
				 -EINVAL);
	ck_assert_uint_eq(states, 7);
}
END_TEST

/* Bytes, and nothing else, are in keys that end in _bytes. */
START_TEST(test_metrics)
{
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		const struct tcpmem_term *term =
			tcpmem_metric_describe((enum tcpmem_metric)i);
		size_t len = strlen(term->name);

		ck_assert_int_eq(strncmp(term->json, term->name, len), 0);
		ck_assert_str_eq(term->json + len,
				 term->unit == TCPMEM_UNIT_BYTES ? "_bytes"
								 : "");
	}
	ck_assert_int_eq(tcpmem_metric_describe((enum tcpmem_metric) - 1)->unit,
			 TCPMEM_UNIT_NONE);
}
END_TEST

/* "in the order of SK_MEMINFO_* (linux/sock_diag.h)" */
START_TEST(test_skmem_order)
{
	ck_assert_int_eq(TCPMEM_METRIC_RMEM, SK_MEMINFO_RMEM_ALLOC);
	ck_assert_int_eq(TCPMEM_METRIC_RCVBUF, SK_MEMINFO_RCVBUF);
	ck_assert_int_eq(TCPMEM_METRIC_WMEM_ALLOC, SK_MEMINFO_WMEM_ALLOC);
	ck_assert_int_eq(TCPMEM_METRIC_SNDBUF, SK_MEMINFO_SNDBUF);
	ck_assert_int_eq(TCPMEM_METRIC_FWD_ALLOC, SK_MEMINFO_FWD_ALLOC);
	ck_assert_int_eq(TCPMEM_METRIC_WMEM_QUEUED, SK_MEMINFO_WMEM_QUEUED);
	ck_assert_int_eq(TCPMEM_METRIC_OPTMEM, SK_MEMINFO_OPTMEM);
	ck_assert_int_eq(TCPMEM_METRIC_BACKLOG, SK_MEMINFO_BACKLOG);
	ck_assert_int_eq(TCPMEM_METRIC_DROPS, SK_MEMINFO_DROPS);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("names");
	TCase *tcase = tcase_create("names");

	tcase_add_loop_test(tcase, test_complete, 0, GROUPS);
	tcase_add_loop_test(tcase, test_no_value, 0, GROUPS);
	tcase_add_test(tcase, test_states);
	tcase_add_test(tcase, test_names_of_ss);
	tcase_add_test(tcase, test_no_name);
	tcase_add_test(tcase, test_metrics);
	tcase_add_test(tcase, test_skmem_order);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
