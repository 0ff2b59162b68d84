// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_damage.c - bytes of a real capture changed, and prefixes of it
 *
 * Whatever became of a file, loading it ends with an answer that adds up or
 * with an error that names a place in it, and takes no more memory than so
 * small a file deserves.
 */
#include "look.h"
#include "scene.h"
#include "ss.h"
#include "suite.h"

#include "../unit/rows.h"
#include "../unit/stride.h"
#include "capture/format.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* The window on a file is 1 MiB; sockets and holders are a few KiB. */
#define MEMORY_MB 4

#define SECONDS 600

#if defined(__SANITIZE_ADDRESS__)
const char *__asan_default_options(void);

/* Whoever asks for more at once is ended. */
const char *__asan_default_options(void)
{
	return "max_allocation_size_mb=4";
}

static void limit_memory(void)
{
}
#else
/* Whoever asks for more in all gets -ENOMEM, which no test accepts. */
static void limit_memory(void)
{
	const rlim_t page = (rlim_t)sysconf(_SC_PAGESIZE);
	unsigned long pages;
	struct rlimit limit;
	FILE *statm = fopen("/proc/self/statm", "r");

	ck_assert_ptr_nonnull(statm);
	ck_assert_int_eq(fscanf(statm, "%lu", &pages), 1);
	fclose(statm);
	limit.rlim_cur = limit.rlim_max =
		pages * page + MEMORY_MB * (rlim_t)1048576;
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
}
#endif

/* A file in memory, and what it was before it was changed. */
struct file {
	int fd;
	uint8_t *data;
	size_t len;
	bool checked; /* it has checksums: no change goes unnoticed */
	struct tcpmem_ctx *ctx;
	struct tcpmem_query *query;
};

static void read_back(struct file *file)
{
	file->len = (size_t)lseek(file->fd, 0, SEEK_END);
	file->data = malloc(file->len);
	ck_assert_uint_gt(file->len, 1000);
	ck_assert_ptr_nonnull(file->data);
	ck_assert_int_eq(pread(file->fd, file->data, file->len, 0),
			 (ssize_t)file->len);
}

static void make_sockets(struct fx_set *set)
{
	static const enum fx_scene_id scenes[] = {
		FX_SCENE_ESTABLISHED,
		FX_SCENE_CLOSE_WAIT,
		FX_SCENE_TIME_WAIT,
	};

	for (size_t i = 0; i < sizeof(scenes) / sizeof(*scenes); i++)
		fx_scenes[scenes[i]].make(
			set, &fx_flavours[i % 2 ? FX_IPV6 : FX_IPV4]);
}

static void open_file(struct file *file)
{
	*file = (struct file){ .fd = memfd_create("damage", MFD_CLOEXEC) };
	ck_assert_int_ge(file->fd, 0);
	ck_assert_int_eq(tcpmem_ctx_new(&file->ctx), 0);
	ck_assert_int_eq(tcpmem_query_new(&file->query), 0);
}

static void save(struct file *file)
{
	struct tcpmem_snapshot *snap;
	struct fx_set set = { 0 };

	make_sockets(&set);
	open_file(file);
	ck_assert_int_eq(tcpmem_query_add_netns(file->query, "self"), 0);
	ck_assert_int_eq(tcpmem_snapshot_save_fd(file->ctx, file->query,
						 file->fd, &snap),
			 0);
	tcpmem_snapshot_free(snap);
	tcpmem_query_free(file->query);
	ck_assert_int_eq(tcpmem_query_new(&file->query), 0);
	file->checked = true;
	read_back(file);
	fx_set_free(&set);
}

static void close_file(struct file *file)
{
	tcpmem_query_free(file->query);
	tcpmem_ctx_free(file->ctx);
	close(file->fd);
	free(file->data);
}

/* Its groups are its sockets. */
static void check_answer(const struct tcpmem_snapshot *snap)
{
	struct tcpmem_table *table;
	int64_t sum = 0;

	ck_assert_int_eq(tcpmem_group(snap, "process", &table), 0);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
		sum += row_metric(tcpmem_table_get_row(table, i),
				  TCPMEM_METRIC_HELD);
	ck_assert_int_eq(sum, row_metric(tcpmem_table_get_total(table),
					 TCPMEM_METRIC_HELD));
	tcpmem_table_free(table);
}

/* Return: whether there was an answer */
static bool load_as(const struct file *file, unsigned int flags, size_t len)
{
	struct tcpmem_capture_error error = { .size = sizeof(error) };
	struct tcpmem_snapshot *snap;
	int ret;

	ck_assert_int_eq(lseek(file->fd, 0, SEEK_SET), 0);
	ret = tcpmem_snapshot_load_fd(file->ctx, file->query, file->fd, flags,
				      &error, &snap);
	if (ret == 0) {
		check_answer(snap);
		tcpmem_snapshot_free(snap);
		return true;
	}
	ck_assert_msg(ret == -EBADMSG || ret == -ENOTSUP, "%s", strerror(-ret));
	ck_assert_str_ne(error.text, "");
	ck_assert_uint_le(error.offset, len);
	return false;
}

static bool load(const struct file *file, size_t len)
{
	load_as(file, TCPMEM_LOAD_SALVAGE, len);
	return load_as(file, 0, len);
}

static void put(const struct file *file, const void *data, size_t len,
		size_t at)
{
	ck_assert_int_eq(pwrite(file->fd, data, len, (off_t)at), (ssize_t)len);
}

static void flip_bytes(const struct file *file)
{
	ck_assert(load(file, file->len));
	for (size_t i = 0; i < file->len; i += damage_stride()) {
		uint8_t changed = file->data[i] ^ 0xff;
		bool answered;

		put(file, &changed, 1, i);
		answered = load(file, file->len);
		ck_assert_msg(!answered || !file->checked,
			      "nobody noticed byte %zu", i);
		put(file, &file->data[i], 1, i);
	}
	ck_assert(load(file, file->len));
}

static void cut(const struct file *file)
{
	for (size_t gone = 1; gone <= file->len; gone += damage_stride()) {
		const size_t len = file->len - gone;
		bool answered;

		ck_assert_int_eq(ftruncate(file->fd, (off_t)len), 0);
		answered = load(file, len);
		ck_assert_msg(!answered || !file->checked,
			      "nobody missed what is behind %zu", len);
	}
}

START_TEST(bytes_of_a_capture)
{
	struct file file;

	save(&file);
	limit_memory();
	flip_bytes(&file);
	close_file(&file);
}
END_TEST

START_TEST(prefixes_of_a_capture)
{
	struct file file;

	save(&file);
	limit_memory();
	cut(&file);
	close_file(&file);
}
END_TEST

/* Gives the section at @at, a byte of which was changed, right checksums. */
static void repair(const struct file *file, const struct tm_crc32c *crc,
		   uint8_t *section)
{
	struct tm_section_head head;

	memcpy(&head, section, sizeof(head));
	head.payload_crc = tm_crc32c(crc, section + sizeof(head),
				     TM_SECTION_PADDED(head.length));
	head.crc = tm_crc32c(crc, &head, offsetof(struct tm_section_head, crc));
	memcpy(section, &head, sizeof(head));
	put(file, section, sizeof(head) + TM_SECTION_PADDED(head.length),
	    head.offset);
}

static void forge_section(const struct file *file, const struct tm_crc32c *crc,
			  const uint8_t *section, size_t whole)
{
	uint8_t *copy = malloc(whole);

	ck_assert_ptr_nonnull(copy);
	for (size_t i = sizeof(struct tm_section_head); i < whole;
	     i += damage_stride()) {
		static const uint8_t bytes[] = { 0x7f, 0xff };

		for (size_t k = 0; k < sizeof(bytes); k++) {
			memcpy(copy, section, whole);
			copy[i] = bytes[k];
			repair(file, crc, copy);
			load(file, file->len);
		}
	}
	put(file, section, whole, (size_t)(section - file->data));
	free(copy);
}

/* Checksums keep accidents out, not those who write files on purpose. */
START_TEST(bytes_with_a_checksum_that_is_right)
{
	struct tm_crc32c crc;
	struct file file;
	size_t sections = 0;

	save(&file);
	limit_memory();
	tm_crc32c_init(&crc);
	for (size_t at = sizeof(struct tm_capture_head); at < file.len;) {
		struct tm_section_head head;
		size_t whole;

		memcpy(&head, file.data + at, sizeof(head));
		ck_assert_uint_eq(head.mark, TM_SECTION_MARK);
		whole = sizeof(head) + TM_SECTION_PADDED(head.length);
		forge_section(&file, &crc, file.data + at, whole);
		at += whole;
		sections++;
	}
	ck_assert_uint_gt(sections, 8);
	ck_assert(load(&file, file.len));
	close_file(&file);
}
END_TEST

static void dump_with_ss(struct file *file)
{
	static const char command[] =
		"PATH=$PATH:/sbin:/usr/sbin ss -tan -m -i -D %s >/dev/null";
	char path[64], line[sizeof(command) + sizeof(path)];
	struct fx_set set = { 0 };

	make_sockets(&set);
	open_file(file);
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getpid(), file->fd);
	snprintf(line, sizeof(line), command, path);
	ck_assert_int_eq(system(line), 0);
	read_back(file);
	fx_set_free(&set);
}

/* Such a file has no checksums: what is changed may be an answer. */
START_TEST(bytes_and_prefixes_of_what_ss_dumped)
{
	struct file file;

	dump_with_ss(&file);
	limit_memory();
	flip_bytes(&file);
	cut(&file);
	close_file(&file);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("damage");
	TCase *tests = fx_suite_case(suite, "damage");

	tcase_set_timeout(tests, SECONDS);
	tcase_add_test(tests, bytes_of_a_capture);
	tcase_add_test(tests, prefixes_of_a_capture);
	tcase_add_test(tests, bytes_with_a_checksum_that_is_right);
	tcase_add_test(tests, bytes_and_prefixes_of_what_ss_dumped);
	return suite;
}

int main(void)
{
	return fx_suite_run(make_suite);
}
