// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_store_names.c - files of a store: their names, and which goes when */
#include "store/store.h"
#include "store_dir.h"
#include "unit.h"

#include <errno.h>

/* ---- names ---- */

static const struct {
	const char *name;
	enum tier tier;
	int64_t begin;
} names[] = {
	{ "look-20261122T120000.000Z.db", TIER_LOOK, NOON },
	{ "look-20261122T120001.007Z.db", TIER_LOOK, NOON + 1007 },
	{ "look-20261122T130000.250Z.db", TIER_LOOK, NOON + HOUR + 250 },
	{ "incident-20261122T120000.000Z.db", TIER_INCIDENT, NOON },
	{ "minute-20261122T120000.000Z.db", TIER_MINUTE, NOON },
	{ "quarter-20261122T120000.000Z.db", TIER_QUARTER, NOON },
	{ "capture-20261122T120000.999Z.tcpmem", TIER_CAPTURE, NOON + 999 },
};
enum { NAMES = sizeof(names) / sizeof(*names) };

/* With the blanks that strptime(3) passes over, one as long as it may be */
#define LONG_NAME \
	"look-                                   20261122T120000.000Z.db"

static const char *const no_names[] = {
	"look",
	"-20261122T120000.000Z.db",
	"loo-20261122T120000.000Z.db",
	"looks-20261122T120000.000Z.db",
	"book-20261122T120000.000Z.db",
	"capture-20261122T120000.000Z.db",
	"look-20261122T120000.000Z.tcpmem",
	"look-20261122T120000.000Z.db2",
	"look-20261122T120000.000Z",
	"look-20261122T120000.000",
	"look-20261122T120000.00Z.db",
	"look-20261122T120000Z.db",
	"look-20261122T120000-000Z.db",
	"look-20261322T120000.000Z.db",
	"lock",
	"marks",
	"new.db",
	"-wal",
	"look-20261122T120000.000Z.db-wal-wal",
	"look-20261122T120000.000Z.db-old",
	"look-                                    20261122T120000.000Z.db",
};

START_TEST(a_name_says_tier_and_time)
{
	struct file_list list;
	struct file_entry entry;

	for (size_t i = NAMES; i--;)
		put_file(names[i].name, "", 0);
	put_file("look-20261122T120000.000Z.db-wal", "", 0);
	put_file("new.db", "", 0);
	ck_assert_int_eq(file_list_read(dir, &list), 0);
	ck_assert_uint_eq(list.count, NAMES);
	for (size_t i = 0; i < NAMES; i++) {
		ck_assert_str_eq(list.entry[i].name, names[i].name);
		ck_assert_int_eq(list.entry[i].tier, names[i].tier);
		ck_assert_int_eq(list.entry[i].begin, names[i].begin);
		file_entry_make(names[i].tier, names[i].begin, &entry);
		ck_assert_str_eq(entry.name, names[i].name);
		ck_assert_int_eq(entry.tier, names[i].tier);
		ck_assert_int_eq(entry.begin, names[i].begin);
		ck_assert(file_list_has(&list, names[i].tier, names[i].begin));
		ck_assert(!file_list_has(&list, names[i].tier,
					 names[i].begin + 5));
	}
	ck_assert(!file_list_has(&list, TIER_MINUTE, NOON + 1007));
	file_list_free(&list);
	ck_assert_uint_eq(list.count, 0);
	ck_assert(!file_list_has(&list, TIER_LOOK, NOON));
}
END_TEST

START_TEST(what_is_called_otherwise_is_none)
{
	static const char *const ends[] = { "", "-wal", "-shm", "-journal" };
	char name[100];

	for (size_t i = 0; i < NAMES; i++)
		for (size_t j = 0; j < 4; j++) {
			snprintf(name, sizeof(name), "%s%s", names[i].name,
				 ends[j]);
			ck_assert_msg(file_is_of_store(name), "%s", name);
		}
	ck_assert_uint_eq(strlen(LONG_NAME), FILE_NAME_SIZE - 1);
	ck_assert(file_is_of_store(LONG_NAME));
	ck_assert(file_is_of_store(LONG_NAME "-journal"));
	for (size_t i = 0; i < sizeof(no_names) / sizeof(*no_names); i++)
		ck_assert_msg(!file_is_of_store(no_names[i]), "%s",
			      no_names[i]);
	memset(name, 'x', sizeof(name));
	name[99] = '\0';
	ck_assert(!file_is_of_store(name));
}
END_TEST

START_TEST(of_files_of_one_time_the_best_answers)
{
	static const struct {
		enum tier tier;
		int64_t begin;
	} best[] = {
		{ TIER_QUARTER, NOON - HOUR },
		{ TIER_LOOK, NOON },
		{ TIER_INCIDENT, NOON + HOUR },
		{ TIER_MINUTE, NOON + 2 * HOUR },
		{ TIER_LOOK, NOON + 3 * HOUR },
	};
	struct file_list list;

	put_file("quarter-20261122T110000.000Z.db", "", 0);
	put_file("quarter-20261122T120000.000Z.db", "", 0);
	put_file("minute-20261122T120000.000Z.db", "", 0);
	put_file("incident-20261122T120000.000Z.db", "", 0);
	put_file("look-20261122T120000.000Z.db", "", 0);
	put_file("minute-20261122T130000.000Z.db", "", 0);
	put_file("incident-20261122T130000.000Z.db", "", 0);
	put_file("quarter-20261122T140000.000Z.db", "", 0);
	put_file("minute-20261122T140000.000Z.db", "", 0);
	put_file("look-20261122T150000.000Z.db", "", 0);
	put_file("capture-20261122T140000.000Z.tcpmem", "", 0);
	put_file("capture-20261122T100000.000Z.tcpmem", "", 0);
	ck_assert_int_eq(file_list_read(dir, &list), 0);
	ck_assert_uint_eq(list.count, 12);
	file_list_best(&list);
	ck_assert_uint_eq(list.count, 5);
	for (size_t i = 0; i < 5; i++) {
		ck_assert_int_eq(list.entry[i].tier, best[i].tier);
		ck_assert_int_eq(list.entry[i].begin, best[i].begin);
	}
	file_list_free(&list);
	file_list_best(&list);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(a_store_may_have_many_files)
{
	struct file_list list;
	struct file_entry entry;

	for (int i = 0; i < 200; i++) {
		file_entry_make(TIER_MINUTE, NOON + i * 37 % 200 * HOUR,
				&entry);
		put_file(entry.name, "", 0);
	}
	ck_assert_int_eq(file_list_read(dir, &list), 0);
	ck_assert_uint_eq(list.count, 200);
	for (int i = 0; i < 200; i++)
		ck_assert_int_eq(list.entry[i].begin, NOON + i * HOUR);
	file_list_free(&list);
}
END_TEST

START_TEST(what_is_no_directory_is_no_store)
{
	struct file_list list;

	put_file("a file", "", 0);
	ck_assert_int_eq(file_list_read(path_of("a file"), &list), -ENOTDIR);
	ck_assert_uint_eq(list.count, 0);
	ck_assert_ptr_null(list.entry);
	ck_assert_int_eq(file_list_read(path_of("none"), &list), -ENOENT);
	ck_assert_str_eq(file_list_error(-ENOTDIR),
			 "a store is a directory, which 'tcpmem record' fills");
	ck_assert_str_eq(file_list_error(-ENOENT), strerror(ENOENT));
	ck_assert_int_eq(store_size(path_of("none")), 0);
}
END_TEST

/* ---- limits ---- */

static int64_t disk_of(const char *name)
{
	struct stat st;

	ck_assert_int_eq(lstat(path_of(name), &st), 0);
	return st.st_blocks * INT64_C(512) / (int64_t)st.st_nlink;
}

/* A file of a tier, with a log, of 32 KiB and 8 KiB */
static const char *put(enum tier tier, int64_t begin)
{
	static const uint8_t data[32768] = { 1 };
	static struct file_entry entry;
	char log[100];

	file_entry_make(tier, begin, &entry);
	put_file(entry.name, data, sizeof(data));
	snprintf(log, sizeof(log), "%s-wal", entry.name);
	put_file(log, data, 8192);
	snprintf(log, sizeof(log), "%s-shm", entry.name);
	put_file(log, data, 1);
	return entry.name;
}

static bool has(enum tier tier, int64_t begin)
{
	struct file_entry entry;
	char log[100];
	bool found;

	file_entry_make(tier, begin, &entry);
	found = has_file(entry.name);
	snprintf(log, sizeof(log), "%s-wal", entry.name);
	ck_assert(has_file(log) == found);
	snprintf(log, sizeof(log), "%s-shm", entry.name);
	ck_assert(has_file(log) == found);
	return found;
}

START_TEST(a_store_is_as_large_as_its_files)
{
	struct file_entry entry;
	char other[512];
	int64_t sum;

	ck_assert_int_eq(store_size(dir), 0);
	put(TIER_LOOK, NOON);
	put(TIER_QUARTER, NOON);
	put_file("another", "12345", 5);
	put_file("new.db", "12345", 5);
	sum = disk_of("look-20261122T120000.000Z.db") +
	      disk_of("look-20261122T120000.000Z.db-wal") +
	      disk_of("look-20261122T120000.000Z.db-shm");
	ck_assert_int_gt(sum, 40000);
	ck_assert_int_eq(store_size(dir), 2 * sum);
	/* one that has two names counts once */
	file_entry_make(TIER_INCIDENT, NOON, &entry);
	snprintf(other, sizeof(other), "%s", path_of(entry.name));
	ck_assert_int_eq(link(path_of("look-20261122T120000.000Z.db"), other),
			 0);
	ck_assert_int_eq(store_size(dir), 2 * sum);
	/* what is no file has no size */
	ck_assert_int_eq(mkdir(path_of("look-20261122T130000.000Z.db"), 0700),
			 0);
	ck_assert_int_eq(store_size(dir), 2 * sum);
}
END_TEST

START_TEST(a_file_is_kept_for_the_time_of_its_tier)
{
	struct store_config config = { .dir = dir };
	struct store_removed removed;
	int64_t now;

	for (int tier = 0; tier < TIER_COUNT; tier++) {
		put((enum tier)tier, NOON);
		put((enum tier)tier, NOON + 1);
		config.age_ms[tier] = (tier + 1) * DAY;
	}
	for (int tier = 0; tier < TIER_COUNT; tier++) {
		now = NOON + (tier + 1) * DAY + HOUR;
		ck_assert_int_eq(store_limit(&config, NULL, now, &removed), 0);
		ck_assert(has((enum tier)tier, NOON));
		ck_assert_int_eq(store_limit(&config, NULL, now + 1, &removed),
				 0);
		ck_assert(!has((enum tier)tier, NOON));
		ck_assert(has((enum tier)tier, NOON + 1));
		ck_assert_uint_eq(removed.large + removed.room, 0);
		ck_assert(!removed.full);
	}
	/* without end, and the one that is written */
	put(TIER_LOOK, NOON);
	now = NOON + 999 * DAY;
	ck_assert_int_eq(store_limit(&config, "look-20261122T120000.000Z.db",
				     now, &removed),
			 0);
	ck_assert(has(TIER_LOOK, NOON));
	ck_assert_uint_eq(count_files(""), 3);
	config.age_ms[TIER_LOOK] = 0;
	ck_assert_int_eq(store_limit(&config, NULL, now, &removed), 0);
	ck_assert(has(TIER_LOOK, NOON));
	config.dir = path_of("none");
	ck_assert_int_eq(store_limit(&config, NULL, now, &removed), -ENOENT);
}
END_TEST

/* @keep: NULL or the name of a file. Removes until @files are left. */
static struct store_removed limit_to(int64_t files, const char *keep, int ret)
{
	struct store_config config = {
		.dir = dir,
		.age_ms = { DAY, 30 * DAY, 30 * DAY, 90 * DAY, 0 },
	};
	struct store_removed removed;
	int64_t each = store_size(dir) / (int64_t)(count_files("") / 3);

	config.max_size = files * each;
	ck_assert_int_eq(store_limit(&config, keep, NOON + DAY, &removed), ret);
	return removed;
}

START_TEST(who_has_been_kept_for_most_of_its_time_goes_first)
{
	struct store_removed removed;

	put(TIER_INCIDENT, NOON - 20 * DAY);
	put(TIER_CAPTURE, NOON - 20 * DAY);
	put(TIER_QUARTER, NOON - 44 * DAY); /* 45 of 90 days */
	put(TIER_MINUTE, NOON - 17 * DAY);  /* 18 of 30 */
	put(TIER_LOOK, NOON + 11 * HOUR);   /* 13 of 24 hours */
	put(TIER_LOOK, NOON + 12 * HOUR + 1);
	removed = limit_to(6, NULL, 0);
	ck_assert_uint_eq(removed.large, 0);
	removed = limit_to(5, NULL, 0);
	ck_assert_uint_eq(removed.large, 1);
	ck_assert_uint_eq(removed.room, 0);
	ck_assert(!has(TIER_MINUTE, NOON - 17 * DAY));
	ck_assert(has(TIER_LOOK, NOON + 11 * HOUR));
	removed = limit_to(3, NULL, 0);
	ck_assert_uint_eq(removed.large, 2);
	ck_assert(!has(TIER_LOOK, NOON + 11 * HOUR));
	ck_assert(!has(TIER_QUARTER, NOON - 44 * DAY));
	ck_assert(has(TIER_LOOK, NOON + 12 * HOUR + 1));
	/* incidents last: of a capture, which has no end, a day counts one */
	limit_to(2, NULL, 0);
	ck_assert(!has(TIER_LOOK, NOON + 12 * HOUR + 1));
	limit_to(1, NULL, 0);
	ck_assert(!has(TIER_CAPTURE, NOON - 20 * DAY));
	ck_assert(has(TIER_INCIDENT, NOON - 20 * DAY));
}
END_TEST

START_TEST(the_file_that_is_written_stays)
{
	struct store_removed removed;
	char keep[100];

	put(TIER_LOOK, NOON);
	snprintf(keep, sizeof(keep), "%s", put(TIER_LOOK, NOON - HOUR));
	removed = limit_to(1, keep, 0);
	ck_assert_uint_eq(removed.large, 1);
	ck_assert(has(TIER_LOOK, NOON - HOUR));
	ck_assert(!has(TIER_LOOK, NOON));
	/* too large, and alone: that is no full disk */
	put_file("look-20261122T110000.000Z.db", dir, sizeof(dir));
	removed = (struct store_removed){ 0 };
	ck_assert_int_eq(
		store_limit(&(struct store_config){ .dir = dir, .max_size = 1 },
			    keep, NOON, &removed),
		-ENOSPC);
	ck_assert(!removed.full);
	ck_assert_uint_eq(removed.large, 0);
	ck_assert(has(TIER_LOOK, NOON - HOUR));
}
END_TEST

START_TEST(of_a_full_disk_all_goes_but_what_is_written)
{
	struct store_config config = { .dir = dir, .keep_free = INT64_MAX };
	struct store_removed removed;
	char keep[100];

	put(TIER_LOOK, NOON);
	put(TIER_MINUTE, NOON);
	put(TIER_CAPTURE, NOON);
	snprintf(keep, sizeof(keep), "%s", put(TIER_LOOK, NOON - HOUR));
	ck_assert_int_eq(store_limit(&config, keep, NOON, &removed), -ENOSPC);
	ck_assert_uint_eq(removed.room, 3);
	ck_assert_uint_eq(removed.large, 0);
	ck_assert(removed.full);
	ck_assert_uint_eq(count_files(""), 3);
	config.keep_free = 1;
	ck_assert_int_eq(store_limit(&config, NULL, NOON, &removed), 0);
	ck_assert(!removed.full);
	ck_assert_uint_eq(count_files(""), 3);
	config.keep_free = 0;
	config.max_size = INT64_MAX;
	ck_assert_int_eq(store_limit(&config, NULL, NOON, &removed), 0);
	ck_assert_uint_eq(count_files(""), 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("store_names");
	TCase *tests = tcase_create("store_names");

	tcase_add_checked_fixture(tests, make_dir, remove_dir);
	tcase_add_test(tests, a_name_says_tier_and_time);
	tcase_add_test(tests, what_is_called_otherwise_is_none);
	tcase_add_test(tests, of_files_of_one_time_the_best_answers);
	tcase_add_test(tests, a_store_may_have_many_files);
	tcase_add_test(tests, what_is_no_directory_is_no_store);
	tcase_add_test(tests, a_store_is_as_large_as_its_files);
	tcase_add_test(tests, a_file_is_kept_for_the_time_of_its_tier);
	tcase_add_test(tests,
		       who_has_been_kept_for_most_of_its_time_goes_first);
	tcase_add_test(tests, the_file_that_is_written_stays);
	tcase_add_test(tests, of_a_full_disk_all_goes_but_what_is_written);
	suite_add_tcase(suite, tests);
	return unit_run(suite);
}
