// SPDX-License-Identifier: LGPL-2.1-or-later
/* load_host.c - what a capture says of the host, and what it lacks */
#include "capture/internal.h"

#include <errno.h>
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
