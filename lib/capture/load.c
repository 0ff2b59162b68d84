// SPDX-License-Identifier: LGPL-2.1-or-later
/* load.c - the sections of a capture -> facts and messages */
#include "capture/internal.h"

#include "base/util.h"
#include "capture/format.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A socket names its namespace in 16 bits. */
#define NETNS_MAX UINT16_MAX

int tm_load_malformed(struct tm_capture_load *load, const char *reason)
{
	load->reason = reason;
	return -EBADMSG;
}

/* The index of @number; @count if it is missing. */
size_t tm_numbers_find(const struct tm_numbers *numbers, uint32_t number)
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

int tm_load_number(struct tm_capture_load *load, struct tm_numbers *numbers,
		   uint32_t number)
{
	if (numbers->count && numbers->number[numbers->count - 1] >= number)
		return tm_load_malformed(load, "numbers do not ascend");
	return tm_append(numbers->number, numbers->count, numbers->capacity,
			 &number);
}

/* @netns: all but its name, of which it gets a copy */
static int add_netns(struct tm_capture_load *load, uint32_t number,
		     const struct tm_netns *netns, const char *name)
{
	struct tm_capture *capture = load->capture;
	struct tm_netns *moved;
	int ret;

	if (capture->netns_count == NETNS_MAX)
		return tm_load_malformed(load,
					 "more namespaces than there can be");
	ret = tm_load_number(load, &load->netns, number);
	if (ret)
		return ret;
	moved = tm_grow(capture->netns, capture->netns_count,
			&capture->netns_capacity, sizeof(*moved));
	if (!moved)
		return -ENOMEM;
	capture->netns = moved;
	moved[capture->netns_count] = *netns;
	moved[capture->netns_count].name = strdup(name);
	return moved[capture->netns_count++].name ? 0 : -ENOMEM;
}

/* One more than the number; 0 is unknown, and what an older writer has. */
int64_t tm_load_count(struct tm_cursor *record)
{
	uint64_t count = tm_cursor_u64(record);

	return count && count <= TM_FACT_MAX ? (int64_t)count - 1
					     : TCPMEM_UNKNOWN;
}

static int load_netns(struct tm_capture_load *load, struct tm_cursor *record)
{
	char name[TM_RECORD_TEXT + 1];
	uint32_t number = tm_cursor_u32(record);
	struct tm_netns netns = { .inode = tm_cursor_u64(record) };

	if (tm_cursor_text(record, name, sizeof(name)) < 0)
		return -EBADMSG;
	netns.own = tm_cursor_u32(record) != 0;
	netns.time_wait = tm_load_count(record);
	netns.time_wait_max = tm_load_count(record);
	netns.fin_wait_2 = TCPMEM_UNKNOWN;
	netns.seen = netns.own || netns.time_wait != TCPMEM_UNKNOWN;
	return add_netns(load, number, &netns, name);
}

static int load_restart(struct tm_capture_load *load, struct tm_cursor *record)
{
	(void)record;
	return load->sink->restart(load->sink->user);
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

static struct tm_capture_prefix take_prefix(struct tm_cursor *section)
{
	struct tm_capture_prefix prefix;

	prefix.netns = tm_cursor_u32(section);
	prefix.protocol = tm_cursor_u32(section);
	prefix.netns_inode = tm_cursor_u64(section);
	prefix.role = tm_cursor_u32(section);
	tm_cursor_u32(section);
	return prefix;
}

/* Salvaging: the section with the namespace's name was damaged. */
static int add_nameless(struct tm_capture_load *load,
			const struct tm_capture_prefix *prefix)
{
	const struct tm_netns netns = {
		.inode = prefix->netns_inode,
		.time_wait = TCPMEM_UNKNOWN,
		.time_wait_max = TCPMEM_UNKNOWN,
		.fin_wait_2 = TCPMEM_UNKNOWN,
	};
	char digits[24];

	snprintf(digits, sizeof(digits), "%" PRIu64, netns.inode);
	return add_netns(load, prefix->netns, &netns, digits);
}

/* What the head of a section says of its messages; 1: not for this version */
static int open_messages(struct tm_capture_load *load,
			 struct tm_cursor *section,
			 struct tm_capture_message *message)
{
	struct tm_capture_prefix prefix;
	size_t at;

	if (section->left < sizeof(prefix))
		return tm_load_malformed(load, "messages of no namespace");
	prefix = take_prefix(section);
	if (prefix.role > TM_CAPTURE_LISTENERS)
		return 1;
	at = tm_numbers_find(&load->netns, prefix.netns);
	if (at == load->netns.count) {
		int ret = add_nameless(load, &prefix);

		if (ret)
			return ret;
	}
	load->capture->netns[at].seen = true;
	*message = (struct tm_capture_message){
		.netns = (uint32_t)at,
		.mptcp = prefix.protocol == TM_CAPTURE_MPTCP,
		.role = (enum tm_capture_role)prefix.role,
	};
	return 0;
}

/* What is read of a message stands in a copy of this host's byte order. */
static int swap_message(struct tm_capture_load *load,
			struct tm_capture_message *message)
{
	uint8_t *copy = realloc(load->swapped, message->len);

	if (!copy)
		return -ENOMEM;
	load->swapped = copy;
	memcpy(copy, message->data, message->len);
	tm_swap_message(copy, message->len, message->mptcp);
	message->data = copy;
	return 0;
}

/* Takes the next message's head, in the byte order of this machine. */
static int take_head(struct tm_capture_load *load,
		     const struct tm_cursor *section, struct nlmsghdr *nlh)
{
	if (section->left < sizeof(*nlh))
		return tm_load_malformed(load, "a message without its head");
	memcpy(nlh, section->at, sizeof(*nlh));
	if (section->swapped)
		nlh->nlmsg_len = __builtin_bswap32(nlh->nlmsg_len);
	if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > section->left)
		return tm_load_malformed(load, "a message of such a length");
	return 0;
}

static int load_message(struct tm_capture_load *load, struct tm_cursor *section,
			struct tm_capture_message *message)
{
	struct nlmsghdr nlh;
	int ret = take_head(load, section, &nlh);

	if (ret)
		return ret;
	message->data = section->at;
	message->len = nlh.nlmsg_len;
	if (section->swapped && swap_message(load, message) < 0)
		return -ENOMEM;
	ret = load->sink->message(message, load->capture, load->sink->user);
	if (ret == 0)
		pass(section, NLMSG_ALIGN((size_t)nlh.nlmsg_len));
	return ret;
}

static int load_messages(struct tm_capture_load *load,
			 struct tm_cursor *section)
{
	struct tm_capture_message message;
	int ret = open_messages(load, section, &message);

	if (ret)
		return ret < 0 ? ret : 0;
	while (ret == 0 && section->left)
		ret = load_message(load, section, &message);
	return ret;
}

typedef int record_loader(struct tm_capture_load *load,
			  struct tm_cursor *record);

static const struct {
	unsigned int type;
	record_loader *record;
} loaders[] = {
	{ TM_SECTION_CLOCK, tm_load_clock },
	{ TM_SECTION_QUERY, tm_load_scope },
	{ TM_SECTION_HOST, tm_load_fact },
	{ TM_SECTION_OBJECTS, tm_load_object },
	{ TM_SECTION_NETNS, load_netns },
	{ TM_SECTION_RESTART, load_restart },
	{ TM_SECTION_DARK, tm_load_dark },
	{ TM_SECTION_CGROUPS, tm_load_cgroup },
	{ TM_SECTION_NAMES, tm_load_name },
	{ TM_SECTION_PROCESSES, tm_load_process },
	{ TM_SECTION_HOLDERS, tm_load_inode },
	{ TM_SECTION_CLOSED, tm_load_closed },
	{ TM_SECTION_LIMITS, tm_load_limit },
	{ TM_SECTION_ACCOUNTING, tm_load_book },
	{ TM_SECTION_WARNINGS, tm_load_warning },
};

static record_loader *loader_of(unsigned int type)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(loaders); i++)
		if (loaders[i].type == type)
			return loaders[i].record;
	return NULL;
}

static int load_records(struct tm_capture_load *load,
			const struct tm_section *section,
			struct tm_cursor *cursor)
{
	record_loader *load_record = loader_of(section->type);
	struct tm_cursor record;
	int ret;

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

static void explain(const struct tm_capture_load *load, int ret,
		    const struct tm_section *section, uint64_t offset,
		    struct tm_capture_error *error)
{
	if (ret == -ENOTSUP)
		tm_capture_fail(error, ret, offset,
				"a section of type %u, which this program "
				"does not know and the capture needs",
				section->type);
	if (ret == -EBADMSG)
		tm_capture_fail(error, ret, offset,
				"%s, in or before this place in a section %s",
				load->reason, tm_section_name(section->type));
}

int tm_capture_load_section(struct tm_capture_load *load,
			    const struct tm_section *section,
			    struct tm_capture_error *error)
{
	struct tm_cursor cursor = section->payload;
	uint64_t offset;
	int ret;

	load->reason = "a record that does not fit";
	if (section->type == TM_SECTION_MESSAGES)
		ret = load_messages(load, &cursor);
	else
		ret = load_records(load, section, &cursor);
	offset = section->offset + (uint64_t)(cursor.at - section->payload.at);
	explain(load, ret, section, offset, error);
	return ret;
}

void tm_capture_load_clear(struct tm_capture_load *load)
{
	free(load->swapped);
	free(load->pair);
	free(load->netns.number);
	free(load->processes.number);
}
