// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * fuzz_capture.c - any file is a capture, a dump of ss, or an error
 *
 * Checksums keep what is random out of the sections. So an input that begins
 * with 'S' is taken for their contents: type and length, a byte and two, and
 * the payload of one after another, which are put into a frame that is right.
 */
#include "capture/internal.h"
#include "tcpmem.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Loud even where assert() is compiled out. */
#define MUST(truth)                                                        \
	do {                                                               \
		if (!(truth)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
				#truth);                                   \
			abort();                                           \
		}                                                          \
	} while (0)

static void write_framed(int fd, const uint8_t *data, size_t size)
{
	struct tm_frame_writer writer;

	MUST(tm_frame_writer_open(fd, &writer) == 0);
	while (size >= 3) {
		size_t len = (size_t)data[1] | (size_t)data[2] << 8;

		if (len > size - 3)
			len = size - 3;
		MUST(tm_frame_write(&writer, data[0], data, 0, data + 3, len) ==
		     0);
		data += 3 + len;
		size -= 3 + len;
	}
	MUST(tm_frame_finish(&writer) == 0);
	tm_frame_writer_close(&writer);
}

static void check_info(const struct tcpmem_snapshot *snap,
		       const struct tcpmem_socket *sock)
{
	for (int i = 0; i < TCPMEM_INFO_COUNT; i++) {
		int64_t value = -1;
		int ret = tcpmem_socket_get_info(snap, sock,
						 (enum tcpmem_info)i, &value);

		MUST(ret == 0 ? value >= 0 : ret == -ENODATA && value == -1);
	}
}

/* Adds what a row holds; false if it is not known. */
static bool add_held(const struct tcpmem_row *row, int64_t *sum)
{
	int64_t held;
	int ret = tcpmem_row_get_metric(row, TCPMEM_METRIC_HELD, &held);

	MUST(ret == 0 || ret == -ENODATA);
	*sum += ret == 0 ? held : 0;
	return ret == 0;
}

/* What was loaded answers, and every grouping of it adds up. */
static void check_snapshot(const struct tcpmem_snapshot *snap)
{
	size_t count = tcpmem_snapshot_get_socket_count(snap);
	struct tcpmem_table *table;
	int64_t sum = 0, total = 0;
	bool known;

	for (size_t i = 0; i < count; i++) {
		const struct tcpmem_socket *sock =
			tcpmem_snapshot_get_socket(snap, i);
		int64_t netns;

		MUST(tcpmem_socket_get_field(sock, TCPMEM_SOCKET_FIELD_NETNS,
					     &netns) == 0);
		MUST((size_t)netns < tcpmem_snapshot_get_netns_count(snap));
		check_info(snap, sock);
	}
	MUST(tcpmem_group(snap, "process", &table) == 0);
	known = add_held(tcpmem_table_get_total(table), &total);
	for (size_t i = 0; i < tcpmem_table_get_row_count(table); i++)
		known &= add_held(tcpmem_table_get_row(table, i), &sum);
	MUST(!known || total == sum);
	tcpmem_table_free(table);
}

static void load(int fd, unsigned int flags)
{
	struct tcpmem_capture_error error = { .size = sizeof(error) };
	off_t size = lseek(fd, 0, SEEK_END);
	struct tcpmem_snapshot *snap;
	struct tcpmem_query *query;
	struct tcpmem_ctx *ctx;
	int ret;

	MUST(lseek(fd, 0, SEEK_SET) == 0);
	MUST(tcpmem_ctx_new(&ctx) == 0);
	MUST(tcpmem_query_new(&query) == 0);
	MUST(tcpmem_query_require(query, TCPMEM_NEEDS_ALL) == 0);
	ret = tcpmem_snapshot_load_fd(ctx, query, fd, flags, &error, &snap);
	if (ret == 0) {
		check_snapshot(snap);
		tcpmem_snapshot_free(snap);
	} else {
		MUST(ret == -EBADMSG || ret == -ENOTSUP);
		MUST(*error.text);
		MUST(error.offset <= (uint64_t)size);
	}
	tcpmem_query_free(query);
	tcpmem_ctx_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	MUST(fd >= 0);
	if (size && data[0] == 'S')
		write_framed(fd, data + 1, size - 1);
	else
		MUST(write(fd, data, size) == (ssize_t)size);
	load(fd, 0);
	load(fd, TCPMEM_LOAD_SALVAGE);
	close(fd);
	return 0;
}
