// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_names.c - each value has one name, and each name one value */
#include "tcpmem.h"
#include "unit.h"

#include <errno.h>
#include <linux/sock_diag.h>
#include <string.h>

/* Names of all enumerations behind one type of function. */
#define NAMER(group, function, type)                        \
	static const char *name_##group(int value)          \
	{                                                   \
		return function((enum tcpmem_##type)value); \
	}

NAMER(family, tcpmem_family_name, family)
NAMER(protocol, tcpmem_protocol_name, protocol)
NAMER(kind, tcpmem_kind_name, kind)
NAMER(number, tcpmem_metric_name, metric)
NAMER(json, tcpmem_metric_json, metric)
NAMER(text, tcpmem_metric_text, metric)
NAMER(warning, tcpmem_warning_name, warning_code)
NAMER(fact, tcpmem_host_metric_name, host_metric)
NAMER(object, tcpmem_object_name, object)
NAMER(source, tcpmem_object_source_name, object_source)
NAMER(balance, tcpmem_reconcile_metric_json, reconcile_metric)
NAMER(cgroup, tcpmem_cgroup_metric_json, cgroup_metric)
NAMER(verdict, tcpmem_verdict_name, verdict)
NAMER(cause, tcpmem_cause_name, cause)
NAMER(check_metric, tcpmem_check_metric_name, check_metric)
NAMER(check_metric_text, tcpmem_check_metric_text, check_metric)
NAMER(level, tcpmem_level_name, level)
NAMER(trend_class, tcpmem_trend_class_name, trend_class)
NAMER(reason, tcpmem_reason_name, reason)
NAMER(reason_text, tcpmem_reason_text, reason)

static const struct {
	const char *(*name)(int value);
	int count;
} groups[] = {
	{ name_family, TCPMEM_FAMILY_IPV6 + 1 },
	{ name_protocol, TCPMEM_PROTOCOL_SUBFLOW + 1 },
	{ name_kind, TCPMEM_KIND_COUNT },
	{ name_number, TCPMEM_METRIC_COUNT },
	{ name_json, TCPMEM_METRIC_COUNT },
	{ name_text, TCPMEM_METRIC_COUNT },
	{ name_warning, TCPMEM_WARNING_COUNT },
	{ name_fact, TCPMEM_HOST_METRIC_COUNT },
	{ name_object, TCPMEM_OBJECT_COUNT },
	{ name_source, TCPMEM_OBJECT_SOURCE_COUNT },
	{ name_balance, TCPMEM_RECONCILE_METRIC_COUNT },
	{ name_cgroup, TCPMEM_CGROUP_METRIC_COUNT },
	{ name_verdict, TCPMEM_VERDICT_COUNT },
	{ name_cause, TCPMEM_CAUSE_COUNT },
	{ name_check_metric, TCPMEM_CHECK_METRIC_COUNT },
	{ name_check_metric_text, TCPMEM_CHECK_METRIC_COUNT },
	{ name_level, TCPMEM_LEVEL_COUNT },
	{ name_trend_class, TCPMEM_TREND_CLASS_COUNT },
	{ name_reason, TCPMEM_REASON_COUNT },
	{ name_reason_text, TCPMEM_REASON_COUNT },
};
#define GROUPS ((int)(sizeof(groups) / sizeof(groups[0])))

/* Each value has a name, and no two have the same. */
START_TEST(test_complete)
{
	const char *(*name)(int value) = groups[_i].name;

	for (int i = 0; i < groups[_i].count; i++) {
		ck_assert_msg(name(i) && *name(i), "group %d: %d", _i, i);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(name(i), name(j));
	}
}
END_TEST

/* "NULL if it is no ..." */
START_TEST(test_no_value)
{
	ck_assert_ptr_null(groups[_i].name(groups[_i].count));
	ck_assert_ptr_null(groups[_i].name(1000000));
	ck_assert_ptr_null(groups[_i].name(-1));
}
END_TEST

/* "a state as ss writes it long" */
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
		enum tcpmem_state state = (enum tcpmem_state)i, back = 0;

		if (!names[i]) {
			ck_assert_ptr_null(tcpmem_state_name(state));
			continue;
		}
		mask |= 1u << i;
		ck_assert_str_eq(tcpmem_state_name(state), names[i]);
		ck_assert_int_eq(tcpmem_state_from_name(names[i], &back), 0);
		ck_assert_int_eq(back, i);
	}
	ck_assert_uint_eq(mask, TCPMEM_STATES_ALL);
	ck_assert_ptr_null(tcpmem_state_name((enum tcpmem_state) - 1));
}
END_TEST

/* "0, or -EINVAL if no state has that name" */
START_TEST(test_no_name)
{
	static const char *const names[] = { "", "estab", "ESTABLISHED",
					     "established ", "held_bytes" };
	enum tcpmem_state state = TCPMEM_STATE_CLOSING;
	enum tcpmem_metric number = TCPMEM_METRIC_HELD;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ck_assert_int_eq(tcpmem_state_from_name(names[i], &state),
				 -EINVAL);
		ck_assert_int_eq(tcpmem_metric_from_name(names[i], &number),
				 -EINVAL);
	}
	ck_assert_int_eq(state, TCPMEM_STATE_CLOSING);
	ck_assert_int_eq(number, TCPMEM_METRIC_HELD);
}
END_TEST

/* "the number that @name names"; bytes are in keys that end in _bytes. */
START_TEST(test_numbers)
{
	for (int i = 0; i < TCPMEM_METRIC_COUNT; i++) {
		enum tcpmem_metric number = (enum tcpmem_metric)i, back;
		const char *name = tcpmem_metric_name(number);
		const char *json = tcpmem_metric_json(number);
		bool bytes = tcpmem_metric_unit(number) == TCPMEM_UNIT_BYTES;

		ck_assert_int_eq(tcpmem_metric_from_name(name, &back), 0);
		ck_assert_int_eq(back, i);
		ck_assert_int_eq(strncmp(json, name, strlen(name)), 0);
		ck_assert_str_eq(json + strlen(name), bytes ? "_bytes" : "");
	}
	/* "bytes if it is no number" */
	ck_assert_int_eq(tcpmem_metric_unit((enum tcpmem_metric) - 1),
			 TCPMEM_UNIT_BYTES);
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
	tcase_add_test(tcase, test_no_name);
	tcase_add_test(tcase, test_numbers);
	tcase_add_test(tcase, test_skmem_order);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
