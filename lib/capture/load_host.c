// SPDX-License-Identifier: LGPL-2.1-or-later
/* load_host.c - what a capture says of the host, and the kernel's counts */
#include "capture/internal.h"

#include "base/util.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static size_t find_name(const char *name, const char *(*name_of)(size_t),
			size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, name_of(i)) == 0)
			return i;
	return count;
}

static const char *fact_name(size_t i)
{
	return tcpmem_host_metric_describe((enum tcpmem_host_metric)i)->name;
}

static const char *object_name(size_t i)
{
	return tcpmem_object_describe((enum tcpmem_object)i)->name;
}

static const char *source_name(size_t i)
{
	return tcpmem_object_source_describe((enum tcpmem_object_source)i)
		->name;
}

static const char *warning_name(size_t i)
{
	return tcpmem_warning_code_describe((enum tcpmem_warning_code)i)->name;
}

int tm_load_clock(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_clock *clock = &load->capture->clock;

	clock->wall_ns = (int64_t)tm_cursor_u64(record);
	clock->boottime_ns = (int64_t)tm_cursor_u64(record);
	if (clock->wall_ns < 0 || clock->boottime_ns < 0)
		return tm_load_malformed(load, "a clock before its epoch");
	return tm_cursor_text(record, clock->boot_id, sizeof(clock->boot_id));
}

int tm_load_scope(struct tm_capture_load *load, struct tm_cursor *record)
{
	load->capture->scope.states = tm_cursor_u32(record);
	load->capture->scope.holders = tm_cursor_u32(record) != 0;
	load->capture->scope.info = tm_cursor_u32(record) != 0;
	return 0;
}

/* Names of a later minor version and impossible values are skipped. */
int tm_load_fact(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_host *host = &load->capture->host;
	char name[64];
	uint64_t value;
	size_t i;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	value = tm_cursor_u64(record);
	i = find_name(name, fact_name, TCPMEM_HOST_METRIC_COUNT);
	if (i == TCPMEM_HOST_METRIC_COUNT || value > TM_FACT_MAX)
		return 0;
	host->fact[i] = (int64_t)value;
	host->known[i] = true;
	return 0;
}

int tm_load_object(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_objects *objects = &load->capture->objects;
	char name[64], source[64];
	size_t i, from;
	uint32_t bytes;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	bytes = tm_cursor_u32(record);
	if (tm_cursor_text(record, source, sizeof(source)) < 0)
		return -EBADMSG;
	i = find_name(name, object_name, TCPMEM_OBJECT_COUNT);
	from = find_name(source, source_name, TCPMEM_OBJECT_SOURCE_COUNT);
	if (bytes > TM_OBJECT_MAX)
		return tm_load_malformed(load, "an object of such a size");
	if (i == TCPMEM_OBJECT_COUNT || from == TCPMEM_OBJECT_SOURCE_COUNT)
		return 0;
	objects->bytes[i] = bytes;
	objects->source[i] = (enum tcpmem_object_source)from;
	return 0;
}

int tm_load_warning(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_warnings *warnings = &load->capture->warnings;
	char name[64], text[TM_RECORD_TEXT + 1];
	size_t code;

	if (tm_cursor_text(record, name, sizeof(name)) < 0 ||
	    tm_cursor_text(record, text, sizeof(text)) < 0)
		return -EBADMSG;
	code = find_name(name, warning_name, TCPMEM_WARNING_COUNT);
	if (code < TCPMEM_WARNING_COUNT)
		return tm_warnings_add(warnings, (enum tcpmem_warning_code)code,
				       "%s", text);
	return tm_warnings_add(warnings, TCPMEM_WARNING_CAPTURE_SCOPE, "%s: %s",
			       name, text);
}

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

static int set_entry(struct tm_capture_load *load, size_t i, uint64_t value)
{
	void *at = (char *)&load->capture->accounting + entries[i].offset;

	if (entries[i].truth)
		*(bool *)at = value != 0;
	else if (is_count((int64_t)value))
		*(int64_t *)at = (int64_t)value;
	else
		return tm_load_malformed(load, "such a counter");
	return 0;
}

int tm_load_book(struct tm_capture_load *load, struct tm_cursor *record)
{
	char name[64];
	uint64_t value;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	value = tm_cursor_u64(record);
	for (size_t i = 0; i < TM_ARRAY_SIZE(entries); i++)
		if (strcmp(name, entries[i].name) == 0)
			return set_entry(load, i, value);
	return 0;
}
