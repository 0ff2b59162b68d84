// SPDX-License-Identifier: LGPL-2.1-or-later
/* frame.c - a capture as rows: tcpmem-capture(5) taken apart and put together
 */
#include "store/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define HEAD_SIZE	24
#define SECTION_SIZE	32
#define SECTION_MARK	UINT32_C(0x63655354)
#define SECTION_FULL	262144
#define TYPE_MESSAGES	4
#define TYPE_HOLDERS	7
#define TYPE_END	0xffff
#define PADDED(len, to) (((len) + (to)-1) & ~(size_t)((to)-1))

/* nlmsg_seq and nlmsg_pid */
#define MESSAGE_DIALOGUE 8
#define HOLDER_INODE	 4

static const uint8_t head[16] = {
	0x89, 'T', 'C', 'M', '\r', '\n', 0x1a, '\n',
};

static uint32_t get_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static uint16_t get_u16(const uint8_t *at)
{
	uint16_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

void frame_free(struct frame *frame)
{
	free(frame->group);
	free(frame->row);
	bytes_free(&frame->bytes);
	*frame = (struct frame){ 0 };
}

int frame_copy(const struct frame *frame, struct frame *copy)
{
	bool failed;

	*copy = (struct frame){
		.group = malloc((frame->groups + 1) * sizeof(*copy->group)),
		.row = malloc((frame->rows + 1) * sizeof(*copy->row)),
		.groups = frame->groups,
		.rows = frame->rows,
	};
	failed = !copy->group || !copy->row;
	if (!failed) {
		memcpy(copy->group, frame->group,
		       frame->groups * sizeof(*copy->group));
		memcpy(copy->row, frame->row, frame->rows * sizeof(*copy->row));
	}
	for (size_t i = 0; !failed && i < frame->rows; i++) {
		copy->row[i].at = (uint32_t)copy->bytes.used;
		bytes_add(&copy->bytes, frame->bytes.data + frame->row[i].at,
			  frame->row[i].len);
		failed = copy->bytes.failed;
	}
	if (failed)
		frame_free(copy);
	return failed ? -ENOMEM : 0;
}

/* Arrays grow by half; @count of them are in use. */
static void *with_room(void *array, size_t count, size_t size)
{
	size_t room = 64;

	while (room < count)
		room += room / 2;
	if (count && room != count)
		return array;
	return realloc(array, (room + room / 2) * size);
}

static int add_group(struct frame *frame, const struct frame_group *group)
{
	struct frame_group *larger =
		with_room(frame->group, frame->groups, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	frame->group = larger;
	frame->group[frame->groups++] = *group;
	return 0;
}

static int add_row(struct frame *frame, size_t at, size_t len)
{
	struct frame_row *larger =
		with_room(frame->row, frame->rows, sizeof(*larger));

	if (!larger)
		return -ENOMEM;
	frame->row = larger;
	frame->row[frame->rows++] = (struct frame_row){
		.at = (uint32_t)at,
		.len = (uint32_t)len,
		.group = (uint32_t)frame->groups - 1,
	};
	frame->group[frame->groups - 1].rows++;
	return 0;
}

/* The length of the message or record, itself included; 0: it does not fit. */
static size_t row_length(uint16_t type, const uint8_t *at, size_t left)
{
	size_t len = left < 4 ? 0 : get_u32(at);

	if (type == TYPE_HOLDERS && len)
		len += 4;
	return len < 16 || len > left ? 0 : len;
}

static int split_rows(struct frame *frame, uint16_t type, size_t at, size_t end)
{
	while (at < end) {
		uint8_t *row = frame->bytes.data + at;
		size_t len = row_length(type, row, end - at);
		int ret = len ? add_row(frame, at, len) : -EBADMSG;

		if (ret)
			return ret;
		if (type == TYPE_MESSAGES)
			memset(row + MESSAGE_DIALOGUE, 0, 8);
		at += PADDED(len, 4);
	}
	return 0;
}

static bool same_group(const struct frame_group *a, const struct frame_group *b)
{
	return a->keyed && b->keyed && a->type == b->type &&
	       a->flags == b->flags &&
	       memcmp(a->prefix, b->prefix, FRAME_PREFIX) == 0;
}

/* @at: of the payload */
static int split_section(struct frame *frame, const uint8_t *section, size_t at,
			 size_t len)
{
	struct frame_group group = {
		.type = get_u16(section + 4),
		.flags = get_u16(section + 6),
	};
	int ret = 0;

	if (group.type == TYPE_MESSAGES)
		group.prefix_len = 24;
	if (group.type == TYPE_HOLDERS)
		group.prefix_len = 8;
	group.keyed = group.prefix_len;
	if (len < group.prefix_len)
		return -EBADMSG;
	memcpy(group.prefix, frame->bytes.data + at, group.prefix_len);
	if (!frame->groups ||
	    !same_group(&group, &frame->group[frame->groups - 1]))
		ret = add_group(frame, &group);
	if (ret == 0 && !group.keyed)
		return add_row(frame, at, len);
	return ret ? ret
		   : split_rows(frame, group.type, at + group.prefix_len,
				at + len);
}

static int compare_rows(const void *a, const void *b, void *data)
{
	const struct frame_row *i = a, *j = b;
	const uint8_t *bytes = data;
	uint32_t inode_i = get_u32(bytes + i->at + HOLDER_INODE);
	uint32_t inode_j = get_u32(bytes + j->at + HOLDER_INODE);

	if (inode_i != inode_j)
		return inode_i < inode_j ? -1 : 1;
	return i->at < j->at ? -1 : i->at > j->at;
}

/* They come from a hash table, whose order is another one each time. */
static void sort_holders(struct frame *frame)
{
	struct frame_row *row = frame->row;

	for (size_t i = 0; i < frame->groups; i++) {
		if (frame->group[i].type == TYPE_HOLDERS)
			qsort_r(row, frame->group[i].rows, sizeof(*row),
				compare_rows, frame->bytes.data);
		row += frame->group[i].rows;
	}
}

static int split_all(struct frame *frame, size_t len)
{
	size_t at = HEAD_SIZE;

	while (len - at >= SECTION_SIZE) {
		const uint8_t *section = frame->bytes.data + at;
		size_t payload = get_u32(section + 12);
		int ret;

		at += SECTION_SIZE;
		if (get_u32(section) != SECTION_MARK || payload > len - at ||
		    PADDED(payload, 8) > len - at)
			return -EBADMSG;
		if (get_u16(section + 4) == TYPE_END)
			return 0;
		ret = split_section(frame, section, at, payload);
		if (ret)
			return ret;
		at += PADDED(payload, 8);
	}
	return -EBADMSG;
}

int frame_split(const uint8_t *capture, size_t len, struct frame *frame)
{
	int ret = 0;

	*frame = (struct frame){ 0 };
	if (len <= FRAME_MAX)
		bytes_add(&frame->bytes, capture, len);
	if (len > FRAME_MAX || frame->bytes.failed)
		return -ENOMEM;
	if (len < HEAD_SIZE || memcmp(capture, head, 8) != 0)
		ret = -EBADMSG;
	if (ret == 0)
		ret = split_all(frame, len);
	if (ret) {
		frame_free(frame);
		return ret;
	}
	sort_holders(frame);
	return 0;
}

/* struct join - @section: where the head of the open section is; 0: none */
struct join {
	struct bytes *out;
	size_t section;
	uint32_t sections;
	uint64_t payload;
};

static void put_u32(struct join *join, size_t at, uint32_t value)
{
	if (!join->out->failed)
		memcpy(join->out->data + at, &value, sizeof(value));
}

static void pad(struct join *join, size_t to)
{
	static const uint8_t zero[8];

	bytes_add(join->out, zero,
		  PADDED(join->out->used, to) - join->out->used);
}

static void close_section(struct join *join)
{
	size_t at = join->section, begin = at + SECTION_SIZE;
	size_t len = join->out->used - begin;

	if (!at || join->out->failed)
		return;
	pad(join, 8);
	if (join->out->failed)
		return;
	put_u32(join, at + 12, (uint32_t)len);
	put_u32(join, at + 24,
		crc32c(0, join->out->data + begin, join->out->used - begin));
	put_u32(join, at + 28, crc32c(0, join->out->data + at, 28));
	join->sections++;
	join->payload += len;
	join->section = 0;
}

static void open_section(struct join *join, const struct frame_group *group)
{
	uint8_t bytes[SECTION_SIZE] = { 0 };
	uint64_t at;

	close_section(join);
	at = join->out->used;
	memcpy(bytes, &(uint32_t){ SECTION_MARK }, 4);
	memcpy(bytes + 4, &group->type, 2);
	memcpy(bytes + 6, &group->flags, 2);
	memcpy(bytes + 8, &join->sections, 4);
	memcpy(bytes + 16, &at, 8);
	join->section = at;
	bytes_add(join->out, bytes, sizeof(bytes));
	bytes_add(join->out, group->prefix, group->prefix_len);
}

static void join_group(struct join *join, const struct frame *frame,
		       const struct frame_group *group,
		       const struct frame_row *row)
{
	open_section(join, group);
	for (uint32_t i = 0; i < group->rows; i++) {
		size_t len = join->out->used - join->section + row[i].len;

		if (i && (!group->keyed || len > SECTION_FULL))
			open_section(join, group);
		pad(join, 4);
		bytes_add(join->out, frame->bytes.data + row[i].at, row[i].len);
	}
}

int frame_join(const struct frame *frame, struct bytes *capture)
{
	struct join join = { .out = capture };
	const struct frame_row *row = frame->row;
	struct frame_group end = { .type = TYPE_END };
	uint8_t first[HEAD_SIZE] = { 0 };
	uint64_t counts[2];

	memcpy(first, head, sizeof(head));
	memcpy(first + 8, &(uint32_t){ 0x01020304 }, 4);
	memcpy(first + 12, &(uint16_t){ 1 }, 2);
	memcpy(first + 20, &(uint32_t){ crc32c(0, first, 20) }, 4);
	bytes_add(capture, first, sizeof(first));
	for (size_t i = 0; i < frame->groups; i++) {
		join_group(&join, frame, &frame->group[i], row);
		row += frame->group[i].rows;
	}
	close_section(&join);
	counts[0] = join.sections;
	counts[1] = join.payload;
	open_section(&join, &end);
	bytes_add(capture, counts, sizeof(counts));
	close_section(&join);
	return capture->failed ? -ENOMEM : 0;
}
