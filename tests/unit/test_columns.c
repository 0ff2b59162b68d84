// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_columns.c - whole columns are what the getters of single values say */
#include "model/snapshot.h"
#include "rows.h"
#include "unit.h"

#include <errno.h>
#include <string.h>

#define SOCKETS 40
#define TOO_FAR 7 /* beyond the end of what may be written */

static struct tcpmem_snapshot *snap[2]; /* a second apart */
static struct tcpmem_table *table;
static struct tcpmem_diff *diff;
static struct tcpmem_trend *trend;

/* Of all sorts: mini-sockets, without counters, without tcp_info, shared. */
static void add_socket(struct tcpmem_snapshot *s, uint32_t i, uint32_t rmem)
{
	struct tcpmem_socket sock = {
		.cookie = UINT64_MAX - i,
		.inode = i + 1,
		.state = i % 4 ? TCPMEM_STATE_ESTABLISHED
			       : TCPMEM_STATE_CLOSE_WAIT,
		.uid = 1000 + i,
		.local_port = (uint16_t)(80 + i),
		.remote_port = (uint16_t)(60000 + i),
		.rqueue = i,
		.wqueue = 2 * i,
		.kind = TCPMEM_KIND_ORPHAN,
		.skmem_words = i % 5 ? TM_SKMEM_WORDS : 0,
		.skmem = { [TCPMEM_METRIC_RMEM] = rmem },
		.local = { 127, 0, 0, (uint8_t)i },
		.remote = { 10, 0, 0, (uint8_t)i },
	};
	struct tm_info info = { .present = i % 3, .len = 104 };

	memset(info.bytes, (int)i, sizeof(info.bytes));
	if (i % 7 == 0)
		sock.flags = TM_SOCK_MINI;
	if (i % 2) {
		sock.flags |= TM_SOCK_HAS_CGROUP;
		sock.cgroup_id = UINT64_C(1) << 62 | i;
	}
	ck_assert_int_eq(tm_socket_set_add(&s->sockets, &sock,
					   info.present ? &info : NULL),
			 0);
	for (uint32_t p = 0; p < i % 3; p++)
		ck_assert_int_eq(tm_holders_add(s->holders, sock.inode, p), 0);
}

static struct tcpmem_snapshot *make(int64_t seconds, uint32_t rmem)
{
	static const char *const comms[] = { "one", "" };
	struct tcpmem_snapshot *s = calloc(1, sizeof(*s));

	ck_assert_ptr_nonnull(s);
	s->sockets.with_info = true;
	s->netns = calloc(1, sizeof(*s->netns));
	s->netns_count = 1;
	s->netns[0].name = strdup("self");
	strcpy(s->clock.boot_id, "boot");
	s->clock.boottime_ns = s->clock.wall_ns = seconds * 1000000000;
	ck_assert_int_eq(tm_holders_new(false, &s->holders), 0);
	for (uint32_t p = 0; p < 2; p++) {
		struct tcpmem_process process = { .pid = 10 + p,
						  .start_time = 5 + p };
		uint32_t index;

		strcpy(process.comm, comms[p]);
		ck_assert_int_eq(
			tm_holders_process(s->holders, &process, &index), 0);
	}
	for (uint32_t i = 0; i < SOCKETS; i++)
		add_socket(s, i, rmem * i);
	ck_assert_int_eq(tm_holders_finish(s->holders), 0);
	for (size_t i = 0; i < SOCKETS; i++) {
		struct tcpmem_socket *sock = &s->sockets.sock[i];

		sock->holder = tm_holders_find(s->holders, sock->inode);
		if (tm_holder_count(s->holders, sock->holder))
			sock->kind = TCPMEM_KIND_PROCESS;
	}
	return s;
}

static void setup(void)
{
	snap[0] = make(100, 100);
	snap[1] = make(101, 300);
	ck_assert_int_eq(tcpmem_group(snap[1], "process", &table), 0);
	ck_assert_int_eq(tcpmem_diff(snap[0], snap[1], "process", &diff), 0);
	ck_assert_int_eq(tcpmem_trend_new("process", 0, &trend), 0);
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(tcpmem_trend_add(trend, snap[i]), 0);
	ck_assert_int_eq(tcpmem_trend_judge(trend, NULL), 0);
}

static void teardown(void)
{
	tcpmem_table_free(table);
	tcpmem_diff_free(diff);
	tcpmem_trend_free(trend);
	tcpmem_snapshot_free(snap[0]);
	tcpmem_snapshot_free(snap[1]);
}

/* How many values are known and unknown; each getter's @ret was compared. */
static size_t known, unknown;

static void compare(int ret, int64_t value, int64_t read)
{
	ck_assert(ret == 0 || ret == -ENODATA);
	ck_assert_int_eq(read, ret ? TCPMEM_UNKNOWN : value);
	known += ret == 0;
	unknown += ret != 0;
}

/* "TCPMEM_UNKNOWN where the getter of a single value is -ENODATA" */
START_TEST(columns_of_sockets_are_the_getters)
{
	int64_t values[SOCKETS], value = 0;

	known = unknown = 0;
	for (unsigned int m = 0; m < TCPMEM_METRIC_COUNT; m++) {
		ck_assert_int_eq(tcpmem_snapshot_read_column(
					 snap[0], TCPMEM_COLUMN_METRIC, m,
					 values, SOCKETS),
				 0);
		for (size_t i = 0; i < SOCKETS; i++) {
			int ret = tcpmem_socket_get_metric(
				tcpmem_snapshot_get_socket(snap[0], i),
				(enum tcpmem_metric)m, &value);

			compare(ret, value, values[i]);
		}
	}
	ck_assert(known && unknown);
	known = unknown = 0;
	for (unsigned int m = 0; m < TCPMEM_INFO_COUNT; m++) {
		ck_assert_int_eq(
			tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_INFO,
						    m, values, SOCKETS),
			0);
		for (size_t i = 0; i < SOCKETS; i++) {
			int ret = tcpmem_socket_get_info(
				snap[0], tcpmem_snapshot_get_socket(snap[0], i),
				(enum tcpmem_info)m, &value);

			compare(ret, value, values[i]);
		}
	}
	ck_assert(known && unknown);
}
END_TEST

static int64_t as_value(int ret, int64_t value)
{
	return ret ? TCPMEM_UNKNOWN : value;
}

START_TEST(fields_of_sockets_are_the_getters)
{
	int64_t f[TCPMEM_SOCKET_FIELD_COUNT][SOCKETS];
	uint8_t local[SOCKETS][16], remote[SOCKETS][16], address[16];

	for (unsigned int i = 0; i < TCPMEM_SOCKET_FIELD_COUNT; i++)
		ck_assert_int_eq(
			tcpmem_snapshot_read_column(
				snap[0], TCPMEM_COLUMN_FIELD, i, f[i], SOCKETS),
			0);
	ck_assert_int_eq(
		tcpmem_snapshot_read_addresses(snap[0], local, remote, SOCKETS),
		0);
	for (size_t i = 0; i < SOCKETS; i++) {
		const struct tcpmem_socket *s =
			tcpmem_snapshot_get_socket(snap[0], i);
		for (size_t k = 0; k < TCPMEM_SOCKET_FIELD_COUNT; k++) {
			int64_t value = 0;
			int ret = tcpmem_socket_get_field(
				s, (enum tcpmem_socket_field)k, &value);

			ck_assert_int_eq(f[k][i], as_value(ret, value));
		}
		ck_assert_int_eq(f[TCPMEM_SOCKET_FIELD_STATE][i],
				 tcpmem_socket_get_state(s));
		ck_assert_int_eq(f[TCPMEM_SOCKET_FIELD_KIND][i],
				 tcpmem_socket_get_kind(s));
		tcpmem_socket_get_addresses(s, address, NULL);
		ck_assert_mem_eq(local[i], address, sizeof(address));
		tcpmem_socket_get_addresses(s, NULL, address);
		ck_assert_mem_eq(remote[i], address, sizeof(address));
	}
}
END_TEST

/* "-ENOSPC if @capacity is too small, and then the offsets are written" */
START_TEST(holders_of_sockets_are_the_getters)
{
	uint64_t offset[SOCKETS + 1];
	uint32_t process[2 * SOCKETS] = { 0 };
	struct tcpmem_subjects *all;
	size_t needed;

	ck_assert_int_eq(
		tcpmem_snapshot_read_holders(snap[0], offset, SOCKETS, NULL, 0),
		0);
	needed = offset[SOCKETS];
	ck_assert_uint_gt(needed, 0);
	ck_assert_int_eq(tcpmem_snapshot_read_holders(snap[0], offset, SOCKETS,
						      process, needed - 1),
			 -ENOSPC);
	ck_assert_uint_eq(process[0], 0);
	ck_assert_int_eq(tcpmem_snapshot_read_holders(snap[0], offset, SOCKETS,
						      process, needed),
			 0);
	ck_assert_int_eq(tcpmem_snapshot_get_processes(snap[0], &all), 0);
	ck_assert_uint_eq(all->count, 2);
	for (size_t i = 0; i < SOCKETS; i++) {
		const struct tcpmem_socket *s =
			tcpmem_snapshot_get_socket(snap[0], i);
		size_t count = tcpmem_snapshot_get_holder_count(snap[0], s);

		ck_assert_uint_eq(offset[i + 1] - offset[i], count);
		for (size_t h = 0; h < count; h++) {
			const struct tcpmem_process *p =
				tcpmem_snapshot_get_holder(snap[0], s, h);
			uint32_t at = process[offset[i] + h];

			ck_assert_uint_lt(at, all->count);
			ck_assert_int_eq(all->pid[at],
					 tcpmem_process_get_pid(p));
			ck_assert_int_eq(
				all->start_time[at],
				(int64_t)tcpmem_process_get_start_time(p));
			ck_assert_str_eq(all->text + all->comm[at],
					 tcpmem_process_get_comm(p));
		}
	}
	tcpmem_free(all);
}
END_TEST

static void check_subject(const struct tcpmem_subjects *all, size_t i,
			  const struct tcpmem_subject *s)
{
	ck_assert_uint_eq(all->size, sizeof(*all));
	ck_assert_uint_lt(all->key[i], all->text_size);
	ck_assert_str_eq(all->text + all->key[i], s->key);
	ck_assert_str_eq(all->text + all->kind[i], s->kind);
	ck_assert_str_eq(all->text + all->comm[i],
			 s->process ? tcpmem_process_get_comm(s->process) : "");
	ck_assert_int_eq(all->pid[i],
			 s->process ? tcpmem_process_get_pid(s->process)
				    : TCPMEM_UNKNOWN);
	ck_assert_uint_eq(all->part_count[i], s->part_count);
	for (size_t part = 0, at = 0; part < s->part_count; part++) {
		ck_assert_str_eq(all->text + all->parts[i] + at, s->parts + at);
		at += strlen(s->parts + at) + 1;
	}
}

START_TEST(columns_of_tables_are_the_getters)
{
	size_t count = tcpmem_table_get_row_count(table);
	struct tcpmem_subjects *all;
	int64_t values[8];

	ck_assert_uint_gt(count, 2);
	ck_assert_uint_lt(count, 8);
	ck_assert_int_eq(tcpmem_table_get_subjects(table, &all), 0);
	ck_assert_uint_eq(all->count, count);
	for (unsigned int m = 0; m < TCPMEM_METRIC_COUNT; m++) {
		ck_assert_int_eq(tcpmem_table_read_column(table,
							  TCPMEM_COLUMN_METRIC,
							  m, values, count),
				 0);
		for (size_t i = 0; i < count; i++)
			ck_assert_int_eq(
				values[i],
				row_metric(tcpmem_table_get_row(table, i),
					   (enum tcpmem_metric)m));
	}
	for (size_t i = 0; i < count; i++)
		check_subject(
			all, i,
			tcpmem_row_get_subject(tcpmem_table_get_row(table, i)));
	tcpmem_free(all);
}
END_TEST

START_TEST(columns_of_diffs_are_the_getters)
{
	size_t count = tcpmem_diff_get_row_count(diff);
	int64_t before[8], after[8], event[TCPMEM_EVENT_COUNT][8], class[8];
	struct tcpmem_subjects *all;

	ck_assert_uint_lt(count, 8);
	ck_assert_int_eq(tcpmem_diff_get_subjects(diff, &all), 0);
	for (unsigned int m = 0; m < TCPMEM_METRIC_COUNT; m++) {
		ck_assert_int_eq(tcpmem_diff_read_column(diff,
							 TCPMEM_COLUMN_BEFORE,
							 m, before, count),
				 0);
		ck_assert_int_eq(tcpmem_diff_read_column(diff,
							 TCPMEM_COLUMN_AFTER, m,
							 after, count),
				 0);
		for (size_t i = 0; i < count; i++) {
			struct tcpmem_change change =
				diff_change(tcpmem_diff_get_row(diff, i),
					    (enum tcpmem_metric)m);

			ck_assert_int_eq(before[i], change.before);
			ck_assert_int_eq(after[i], change.after);
		}
	}
	for (unsigned int e = 0; e < TCPMEM_EVENT_COUNT; e++)
		ck_assert_int_eq(tcpmem_diff_read_column(diff,
							 TCPMEM_COLUMN_EVENT, e,
							 event[e], count),
				 0);
	ck_assert_int_eq(tcpmem_diff_read_column(diff, TCPMEM_COLUMN_CLASS, 0,
						 class, count),
			 0);
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_diff_row *row =
			tcpmem_diff_get_row(diff, i);

		check_subject(all, i, tcpmem_diff_row_get_subject(row));
		ck_assert_int_eq(class[i], tcpmem_diff_row_get_class(row));
		for (int e = 0; e < TCPMEM_EVENT_COUNT; e++)
			ck_assert_int_eq(event[e][i],
					 diff_event(row, (enum tcpmem_event)e));
	}
	tcpmem_free(all);
}
END_TEST

START_TEST(columns_of_trends_are_the_getters)
{
	size_t count = tcpmem_trend_get_row_count(trend);
	int64_t before[8], after[8], counts[8], class[8];
	struct tcpmem_subjects *all;

	known = unknown = 0;
	ck_assert_uint_lt(count, 8);
	ck_assert_int_eq(tcpmem_trend_get_subjects(trend, &all), 0);
	for (unsigned int m = 0; m < TCPMEM_METRIC_COUNT; m++) {
		ck_assert_int_eq(tcpmem_trend_read_column(trend,
							  TCPMEM_COLUMN_BEFORE,
							  m, before, count),
				 0);
		ck_assert_int_eq(tcpmem_trend_read_column(trend,
							  TCPMEM_COLUMN_AFTER,
							  m, after, count),
				 0);
		for (size_t i = 0; i < count; i++) {
			struct tcpmem_change change = { .size = sizeof(
								change) };
			int ret = tcpmem_trend_row_get_change(
				tcpmem_trend_get_row(trend, i),
				(enum tcpmem_metric)m, &change);

			compare(ret, change.before, before[i]);
			compare(ret, change.after, after[i]);
		}
	}
	ck_assert(known && unknown);
	for (unsigned int m = 0; m < TCPMEM_TREND_METRIC_COUNT; m++) {
		ck_assert_int_eq(tcpmem_trend_read_column(trend,
							  TCPMEM_COLUMN_TREND,
							  m, counts, count),
				 0);
		for (size_t i = 0; i < count; i++)
			ck_assert_int_eq(
				counts[i],
				trend_metric(tcpmem_trend_get_row(trend, i),
					     (enum tcpmem_trend_metric)m));
	}
	ck_assert_int_eq(tcpmem_trend_read_column(trend, TCPMEM_COLUMN_CLASS, 0,
						  class, count),
			 0);
	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_trend_row *row =
			tcpmem_trend_get_row(trend, i);

		check_subject(all, i, tcpmem_trend_row_get_subject(row));
		ck_assert_int_eq(
			class[i],
			tcpmem_trend_row_get_judgement(row) -> trend_class);
	}
	tcpmem_free(all);
}
END_TEST

/* "-EINVAL, because there is no such column or another number of rows" */
START_TEST(what_is_no_column_is_refused)
{
	int64_t values[SOCKETS + 1] = { TOO_FAR };
	uint8_t address[SOCKETS + 1][16];
	uint64_t offset[SOCKETS + 2];

#define REFUSED(call) ck_assert_int_eq(call, -EINVAL)
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_METRIC, 0,
					    values, SOCKETS - 1));
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_METRIC, 0,
					    values, SOCKETS + 1));
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_METRIC,
					    TCPMEM_METRIC_COUNT, values,
					    SOCKETS));
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_INFO,
					    TCPMEM_INFO_COUNT, values,
					    SOCKETS));
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_FIELD,
					    TCPMEM_SOCKET_FIELD_COUNT, values,
					    SOCKETS));
	REFUSED(tcpmem_snapshot_read_column(snap[0], TCPMEM_COLUMN_EVENT, 0,
					    values, SOCKETS));
	REFUSED(tcpmem_snapshot_read_addresses(snap[0], address, address,
					       SOCKETS + 1));
	REFUSED(tcpmem_snapshot_read_holders(snap[0], offset, SOCKETS + 1, NULL,
					     0));
	for (int c = 0; c <= TCPMEM_COLUMN_COUNT; c++) {
		enum tcpmem_column column = (enum tcpmem_column)c;

		REFUSED(tcpmem_table_read_column(
			table, column, UINT32_MAX, values,
			tcpmem_table_get_row_count(table)));
		REFUSED(tcpmem_table_read_column(table, column, 0, values, 0));
		REFUSED(tcpmem_diff_read_column(
			diff, column, 100, values,
			tcpmem_diff_get_row_count(diff)));
		REFUSED(tcpmem_diff_read_column(diff, column, 0, values, 0));
		REFUSED(tcpmem_trend_read_column(
			trend, column, 100, values,
			tcpmem_trend_get_row_count(trend)));
		REFUSED(tcpmem_trend_read_column(trend, column, 0, values, 0));
	}
	ck_assert_int_eq(values[0], TOO_FAR);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("columns");
	TCase *columns = tcase_create("columns");

	tcase_add_checked_fixture(columns, setup, teardown);
	tcase_add_test(columns, columns_of_sockets_are_the_getters);
	tcase_add_test(columns, fields_of_sockets_are_the_getters);
	tcase_add_test(columns, holders_of_sockets_are_the_getters);
	tcase_add_test(columns, columns_of_tables_are_the_getters);
	tcase_add_test(columns, columns_of_diffs_are_the_getters);
	tcase_add_test(columns, columns_of_trends_are_the_getters);
	tcase_add_test(columns, what_is_no_column_is_refused);
	suite_add_tcase(suite, columns);
	return unit_run(suite);
}
