// SPDX-License-Identifier: LGPL-2.1-or-later
/* capture_accounting.c - what the kernel counted, to a capture and back */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* Sums over sockets are computed on loading and not saved. */
#define NUMBER(member, called)                                        \
	{                                                             \
		called, offsetof(struct tm_accounting, member), false \
	}
#define TRUTH(member, called)                                        \
	{                                                            \
		called, offsetof(struct tm_accounting, member), true \
	}

static const struct {
	const char *name;
	size_t offset;
	bool truth; /* a bool, else an int64_t */
} entries[] = {
	TRUTH(before.known, "before_known"),
	NUMBER(before.memory, "before_memory"),
	NUMBER(before.sockets, "before_sockets"),
	TRUTH(after.known, "after_known"),
	NUMBER(after.memory, "after_memory"),
	NUMBER(after.sockets, "after_sockets"),
	TRUTH(unhashed_known, "unhashed_known"),
	NUMBER(unhashed, "unhashed"),
	TRUTH(narrowed, "narrowed"),
	TRUTH(denied, "denied"),
	TRUTH(fds_denied, "fds_denied"),
	TRUTH(tls, "tls"),
	TRUTH(bypass, "bypass"),
};

int tm_capture_put_accounting(struct tm_capture_writer *writer,
			      const struct tm_accounting *accounting)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(entries); i++) {
		const void *at = (const char *)accounting + entries[i].offset;
		int ret;

		tm_record_begin(&writer->record);
		tm_record_text(&writer->record, entries[i].name);
		tm_record_u64(&writer->record,
			      entries[i].truth
				      ? *(const bool *)at
				      : (uint64_t) * (const int64_t *)at);
		ret = tm_capture_put(writer, TM_SECTION_ACCOUNTING);
		if (ret)
			return ret;
	}
	return 0;
}

/* What CPUs keep back can bring a counter below 0. */
static bool is_count(int64_t value)
{
	return value >= -TM_FACT_MAX && value <= TM_FACT_MAX;
}

int tm_load_book(struct tm_capture_load *load, struct tm_cursor *record)
{
	char name[64];
	uint64_t value;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	value = tm_cursor_u64(record);
	for (size_t i = 0; i < TM_ARRAY_SIZE(entries); i++) {
		void *at =
			(char *)&load->capture->accounting + entries[i].offset;

		if (strcmp(name, entries[i].name) != 0)
			continue;
		if (entries[i].truth)
			*(bool *)at = value != 0;
		else if (is_count((int64_t)value))
			*(int64_t *)at = (int64_t)value;
		else
			return tm_load_malformed(load, "such a counter");
	}
	return 0;
}
