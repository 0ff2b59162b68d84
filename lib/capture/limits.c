// SPDX-License-Identifier: LGPL-2.1-or-later
/* limits.c - what a capture says of sysctls and counters, written and read */
#include "capture/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What of a record is known; counters have their count as the value. */
#define SAVED_VALUE 0x1
#define SAVED_USED  0x2
#define SAVED_GONE  0x4

/* Beside the limits of the host: how much memory it has. */
static const char ram[] = "ram";

static int put(struct tm_capture_writer *writer, uint32_t netns,
	       const char *name, uint32_t flags, const int64_t value[3])
{
	tm_record_begin(&writer->record);
	tm_record_u32(&writer->record, netns);
	tm_record_text(&writer->record, name);
	tm_record_u32(&writer->record, flags);
	for (int i = 0; i < 3; i++)
		tm_record_u64(&writer->record, (uint64_t)value[i]);
	return tm_capture_put(writer, TM_SECTION_LIMITS);
}

static int put_limit(struct tm_capture_writer *writer, uint32_t netns,
		     const struct tcpmem_limit *limit)
{
	bool known = limit->known || limit->count_known;
	const int64_t value[3] = {
		known ? limit->counter ? limit->count : limit->value : 0,
		known ? limit->low : 0,
		limit->used_known ? limit->used : 0,
	};
	uint32_t flags = (known ? SAVED_VALUE : 0) |
			 (limit->used_known ? SAVED_USED : 0) |
			 (limit->gone ? SAVED_GONE : 0);

	return flags ? put(writer, netns, limit->name, flags, value) : 0;
}

int tm_capture_put_limits(struct tm_capture_writer *writer, uint32_t netns,
			  const struct tm_limits *limits)
{
	const int64_t memory[3] = { limits->ram };
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < TM_LIMIT_COUNT; i++)
		ret = put_limit(writer, netns, &limits->limit[i]);
	if (ret == 0 && limits->ram)
		ret = put(writer, netns, ram, SAVED_VALUE, memory);
	return ret;
}

/* Where the limits of @netns are to stand; NULL: it is none of the file's */
static struct tm_limits **find_owner(struct tm_capture_load *load,
				     uint32_t netns)
{
	size_t at;

	if (netns == TM_CAPTURE_HOST)
		return &load->capture->limits;
	at = tm_numbers_find(&load->netns, netns);
	return at < load->netns.count ? &load->capture->netns[at].limits : NULL;
}

/* A range of ports that there cannot be is unknown, as it is when read. */
static bool is_range(const struct tm_limit_def *def, int64_t low, int64_t count)
{
	return def->use != TM_USE_PORTS ||
	       (low >= 0 && low <= UINT16_MAX && count <= UINT16_MAX + 1 - low);
}

static void set(struct tm_limits *limits, size_t i, uint32_t flags,
		const int64_t value[3])
{
	const struct tm_limit_def *def = &tm_limit_defs[i];
	struct tcpmem_limit *limit = &limits->limit[i];
	bool known = flags & SAVED_VALUE && value[0] >= 0 &&
		     is_range(def, value[1], value[0]);

	limit->gone = flags & SAVED_GONE ? def->gone : NULL;
	limit->used_known = flags & SAVED_USED && value[2] >= 0;
	limit->used = limit->used_known ? value[2] : 0;
	if (limit->counter) {
		limit->count_known = known;
		limit->count = known ? value[0] : 0;
		return;
	}
	limit->known = known;
	limit->value = known ? value[0] : 0;
	limit->low = known ? value[1] : 0;
}

/* Names of a later minor version are skipped. */
static void take(struct tm_limits *limits, bool host, const char *name,
		 uint32_t flags, const int64_t value[3])
{
	if (host && strcmp(name, ram) == 0 && value[0] > 0)
		limits->ram = value[0];
	for (size_t i = 0; i < TM_LIMIT_COUNT; i++)
		if (strcmp(name, tm_limit_defs[i].name) == 0 &&
		    host == (tm_limit_defs[i].scope == TCPMEM_LIMIT_SCOPE_HOST))
			set(limits, i, flags, value);
}

static int add_owner(struct tm_capture *capture, bool host,
		     struct tm_limits **limits)
{
	if (!host && capture->limits_netns == TM_CAPTURE_LIMITS_NETNS) {
		capture->limits_left_out = true;
		return 0;
	}
	*limits = malloc(sizeof(**limits));
	if (!*limits)
		return -ENOMEM;
	tm_limits_init(*limits);
	(*limits)->read_ns = capture->clock.boottime_ns;
	capture->limits_netns += !host;
	return 0;
}

/* The limits that records of @netns are about; NULL: they are passed over */
static int get_limits(struct tm_capture_load *load, uint32_t netns,
		      struct tm_limits **limits)
{
	struct tm_limits **owner = find_owner(load, netns);
	int ret = 0;

	*limits = NULL;
	if (!load->sink->limits || !owner)
		return 0;
	if (!*owner)
		ret = add_owner(load->capture, netns == TM_CAPTURE_HOST, owner);
	*limits = *owner;
	return ret;
}

int tm_load_limit(struct tm_capture_load *load, struct tm_cursor *record)
{
	uint32_t netns = tm_cursor_u32(record);
	struct tm_limits *limits;
	char name[64];
	int64_t value[3];
	uint32_t flags;
	int ret;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	flags = tm_cursor_u32(record);
	for (int i = 0; i < 3; i++)
		value[i] = (int64_t)tm_cursor_u64(record);
	ret = get_limits(load, netns, &limits);
	if (limits)
		take(limits, netns == TM_CAPTURE_HOST, name, flags, value);
	return ret;
}
