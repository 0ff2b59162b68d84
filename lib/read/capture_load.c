// SPDX-License-Identifier: LGPL-2.1-or-later
/* capture_load.c - the sections of a capture -> facts and messages */
#include "read/capture_load.h"

#include "read/capture_frame.h"
#include "util.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A socket names its namespace in 16 bits. */
#define NETNS_MAX UINT16_MAX

static int malformed(struct tm_capture_load *load, const char *reason)
{
	load->reason = reason;
	return -EBADMSG;
}

/* Where @number stands; @count if it does not. */
static size_t find_number(const struct tm_numbers *numbers, uint32_t number)
{
	size_t low = 0, high = numbers->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (numbers->number[middle] == number)
			return middle;
		if (numbers->number[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return numbers->count;
}

static int add_number(struct tm_capture_load *load, struct tm_numbers *numbers,
		      uint32_t number)
{
	uint32_t *moved;

	if (numbers->count && numbers->number[numbers->count - 1] >= number)
		return malformed(load, "numbers do not ascend");
	moved = tm_grow(numbers->number, numbers->count, &numbers->capacity,
			sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	numbers->number = moved;
	moved[numbers->count++] = number;
	return 0;
}

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
	return tcpmem_fact_name((enum tcpmem_fact)i);
}

static const char *object_name(size_t i)
{
	return tcpmem_object_name((enum tcpmem_object)i);
}

static const char *source_name(size_t i)
{
	return tcpmem_object_source_name((enum tcpmem_object_source)i);
}

static const char *gap_name(size_t i)
{
	return tcpmem_gap_name((enum tcpmem_gap_code)i);
}

static int load_clock(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_clock *clock = &load->capture->clock;

	clock->wall_ns = (int64_t)tm_cursor_u64(record);
	clock->boottime_ns = (int64_t)tm_cursor_u64(record);
	return tm_cursor_text(record, clock->boot_id, sizeof(clock->boot_id));
}

static int load_scope(struct tm_capture_load *load, struct tm_cursor *record)
{
	load->capture->scope.states = tm_cursor_u32(record);
	load->capture->scope.holders = tm_cursor_u32(record) != 0;
	return 0;
}

/* A name that a later version knows is passed over. */
static int load_fact(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_host *host = &load->capture->host;
	char name[64];
	size_t i;

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	i = find_name(name, fact_name, TCPMEM_FACT_COUNT);
	if (i == TCPMEM_FACT_COUNT)
		return 0;
	host->fact[i] = (int64_t)tm_cursor_u64(record);
	host->known[i] = true;
	return 0;
}

static int load_object(struct tm_capture_load *load, struct tm_cursor *record)
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
		return malformed(load, "an object of such a size");
	if (i == TCPMEM_OBJECT_COUNT || from == TCPMEM_OBJECT_SOURCE_COUNT)
		return 0;
	objects->bytes[i] = bytes;
	objects->source[i] = (enum tcpmem_object_source)from;
	return 0;
}

static int add_netns(struct tm_capture_load *load, uint32_t number,
		     uint64_t inode, const char *name)
{
	struct tm_capture *capture = load->capture;
	struct tm_netns *moved;
	int ret;

	if (capture->netns_count == NETNS_MAX)
		return malformed(load, "more namespaces than there can be");
	ret = add_number(load, &load->netns, number);
	if (ret)
		return ret;
	moved = tm_grow(capture->netns, capture->netns_count,
			&capture->netns_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	capture->netns = moved;
	moved[capture->netns_count] = (struct tm_netns){
		.inode = inode,
		.name = strdup(name),
	};
	return moved[capture->netns_count++].name ? 0 : -ENOMEM;
}

static int load_netns(struct tm_capture_load *load, struct tm_cursor *record)
{
	char name[TM_RECORD_TEXT + 1];
	uint32_t number = tm_cursor_u32(record);
	uint64_t inode = tm_cursor_u64(record);

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	return add_netns(load, number, inode, name);
}

static int load_restart(struct tm_capture_load *load, struct tm_cursor *record)
{
	(void)record;
	return load->sink->restart(load->sink->user);
}

/* A text and its number among all; none if it is empty. */
static int load_place(struct tm_capture_load *load, struct tm_cursor *record,
		      uint32_t *number)
{
	char text[TM_RECORD_TEXT + 1];

	*number = TM_PLACE_UNKNOWN;
	if (tm_cursor_text(record, text, sizeof(text)) < 0)
		return -EBADMSG;
	if (!*text)
		return 0;
	return tm_blobs_intern(&load->capture->places.texts, text, strlen(text),
			       number);
}

static int load_cgroup(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_places *places = &load->capture->places;
	uint64_t id = tm_cursor_u64(record);
	uint32_t path;
	int ret = load_place(load, record, &path);

	if (ret == 0)
		ret = tm_places_want(places, id);
	if (ret == 0)
		tm_places_find(places, id)->path = path;
	return ret;
}

static int load_places(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_places *places = &load->capture->places;
	struct tm_process_place place, *moved;
	int ret = load_place(load, record, &place.program);

	if (ret == 0)
		ret = load_place(load, record, &place.cgroup);
	if (ret)
		return ret;
	moved = tm_grow(places->process, places->process_count,
			&load->places_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	places->process = moved;
	moved[places->process_count++] = place;
	return 0;
}

static int load_process(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tcpmem_process process = { 0 };
	uint32_t number = tm_cursor_u32(record), index;
	int ret;

	process.pid = tm_cursor_u32(record);
	process.uid = tm_cursor_u32(record);
	process.start_time = tm_cursor_u64(record);
	if (tm_cursor_text(record, process.comm, sizeof(process.comm)) < 0)
		return -EBADMSG;
	ret = add_number(load, &load->processes, number);
	if (ret == 0)
		ret = load_places(load, record);
	if (ret)
		return ret;
	return tm_holders_process(load->capture->holders, &process, &index);
}

static int load_inode(struct tm_capture_load *load, struct tm_cursor *record)
{
	uint32_t inode = tm_cursor_u32(record);
	uint32_t count = tm_cursor_u32(record);

	if (count > record->left / sizeof(uint32_t))
		return malformed(load, "a holder's processes do not fit");
	for (uint32_t i = 0; i < count; i++) {
		size_t at =
			find_number(&load->processes, tm_cursor_u32(record));
		int ret;

		if (at == load->processes.count)
			return malformed(load, "a holder that is no process");
		ret = tm_holders_add(load->capture->holders, inode,
				     (uint32_t)at);
		if (ret)
			return ret;
	}
	return 0;
}

static int load_gap(struct tm_capture_load *load, struct tm_cursor *record)
{
	struct tm_gaps *gaps = &load->capture->gaps;
	char name[64], text[TM_RECORD_TEXT + 1];
	size_t code;

	if (tm_cursor_text(record, name, sizeof(name)) < 0 ||
	    tm_cursor_text(record, text, sizeof(text)) < 0)
		return -EBADMSG;
	code = find_name(name, gap_name, TCPMEM_GAP_COUNT);
	if (code < TCPMEM_GAP_COUNT)
		return tm_gaps_add(gaps, (enum tcpmem_gap_code)code, "%s",
				   text);
	return tm_gaps_add(gaps, TCPMEM_GAP_CAPTURE_SCOPE, "%s: %s", name,
			   text);
}

static size_t min_size(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void pass(struct tm_cursor *section, size_t bytes)
{
	bytes = min_size(bytes, section->left);
	section->at += bytes;
	section->left -= bytes;
}

/* What the head of a section says of its messages; 1: not for this version */
static int open_messages(struct tm_capture_load *load,
			 struct tm_cursor *section,
			 struct tm_capture_message *message)
{
	struct tm_capture_prefix prefix;
	size_t at;
	int ret;

	if (section->left < sizeof(prefix))
		return malformed(load, "messages of no namespace");
	memcpy(&prefix, section->at, sizeof(prefix));
	pass(section, sizeof(prefix));
	if (prefix.role > TM_CAPTURE_LISTENERS)
		return 1;
	at = find_number(&load->netns, prefix.netns);
	if (at == load->netns.count) {
		/* its name was lost: such a file is being salvaged */
		char digits[24];

		snprintf(digits, sizeof(digits), "%" PRIu64,
			 prefix.netns_inode);
		ret = add_netns(load, prefix.netns, prefix.netns_inode, digits);
		if (ret)
			return ret;
	}
	*message = (struct tm_capture_message){
		.netns = (uint32_t)at,
		.mptcp = prefix.protocol == TM_CAPTURE_MPTCP,
		.role = (enum tm_capture_role)prefix.role,
	};
	return 0;
}

static int load_messages(struct tm_capture_load *load,
			 struct tm_cursor *section)
{
	struct tm_capture_message message;
	int ret = open_messages(load, section, &message);

	if (ret)
		return ret < 0 ? ret : 0;
	while (section->left) {
		struct nlmsghdr nlh;

		if (section->left < sizeof(nlh))
			return malformed(load, "a message without its head");
		memcpy(&nlh, section->at, sizeof(nlh));
		if (nlh.nlmsg_len < sizeof(nlh) ||
		    nlh.nlmsg_len > section->left)
			return malformed(load, "a message of such a length");
		message.data = section->at;
		message.len = nlh.nlmsg_len;
		ret = load->sink->message(&message, load->capture,
					  load->sink->user);
		if (ret)
			return ret;
		pass(section, NLMSG_ALIGN((size_t)nlh.nlmsg_len));
	}
	return 0;
}

static const struct {
	unsigned int type;
	int (*record)(struct tm_capture_load *load, struct tm_cursor *record);
} loaders[] = {
	{ TM_SECTION_CLOCK, load_clock },
	{ TM_SECTION_QUERY, load_scope },
	{ TM_SECTION_HOST, load_fact },
	{ TM_SECTION_OBJECTS, load_object },
	{ TM_SECTION_NETNS, load_netns },
	{ TM_SECTION_RESTART, load_restart },
	{ TM_SECTION_CGROUPS, load_cgroup },
	{ TM_SECTION_PROCESSES, load_process },
	{ TM_SECTION_HOLDERS, load_inode },
	{ TM_SECTION_GAPS, load_gap },
};

static int load_records(struct tm_capture_load *load,
			const struct tm_section *section,
			struct tm_cursor *cursor)
{
	int (*load_record)(struct tm_capture_load *, struct tm_cursor *) = NULL;
	struct tm_cursor record;
	int ret;

	for (size_t i = 0; i < TM_ARRAY_SIZE(loaders); i++)
		if (loaders[i].type == section->type)
			load_record = loaders[i].record;
	if (!load_record)
		return section->flags & TM_SECTION_NEEDED ? -ENOTSUP : 0;
	if (section->type == TM_SECTION_HOLDERS) {
		load->capture->complete = tm_cursor_u32(cursor) != 0;
		load->capture->nested = tm_cursor_u32(cursor) != 0;
	}
	while ((ret = tm_cursor_record(cursor, &record)) > 0) {
		ret = load_record(load, &record);
		if (ret)
			return ret;
	}
	return ret;
}

int tm_capture_load_section(struct tm_capture_load *load,
			    const struct tm_section *section,
			    struct tm_capture_error *error)
{
	struct tm_cursor cursor = { .at = section->data, .left = section->len };
	uint64_t offset;
	int ret;

	load->reason = "a record that does not fit";
	if (section->type == TM_SECTION_MESSAGES)
		ret = load_messages(load, &cursor);
	else
		ret = load_records(load, section, &cursor);
	offset = section->offset + (uint64_t)(cursor.at - section->data);
	if (ret == -ENOTSUP)
		tm_capture_fail(error, ret, offset,
				"a section of type %u, which this program "
				"does not know and the capture needs",
				section->type);
	if (ret == -EBADMSG)
		tm_capture_fail(error, ret, offset,
				"%s, in or before this place in a section %s",
				load->reason, tm_section_name(section->type));
	return ret;
}

void tm_capture_load_clear(struct tm_capture_load *load)
{
	free(load->netns.number);
	free(load->processes.number);
}
