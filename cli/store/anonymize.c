// SPDX-License-Identifier: LGPL-2.1-or-later
/* anonymize.c - captures without the addresses of those who are in them */
#include "store/anonymize.h"

#include "cli.h"
#include "store/codec.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#define TYPE_NETNS     3
#define TYPE_MESSAGES  4
#define TYPE_PROCESSES 6
#define TYPE_CGROUPS   8
#define TYPE_WARNINGS  11
#define TYPE_DARK      12
#define TYPE_NAMES     14

/* Of a message, see sock_diag(7): family and addresses; attributes behind it */
#define MESSAGE_FAMILY	  16
#define MESSAGE_ADDRESSES 24
#define MD5SIG		  14
#define ATTRIBUTE_HEAD	  4

/* Of a record: where its fields are, after the length of the record */
#define DARK_FLAGS     12
#define DARK_ADDRESSES 32
#define DARK_IPV6      1

/*
 * Texts of records: units, containers and namespaces may have addresses and
 * the host's name in theirs, as sshd@0-192.0.2.1:22-192.0.2.9:41234.service
 * @skip: bytes between the length of the record and the first text
 * @programs: so many texts name a program, which may be called as the host
 */
static const struct layout {
	uint16_t type;
	uint8_t skip;
	uint8_t texts;
	uint8_t programs;
} layouts[] = {
	{ TYPE_NETNS, 12, 1, 0 },  { TYPE_PROCESSES, 20, 4, 2 },
	{ TYPE_CGROUPS, 8, 1, 0 }, { TYPE_WARNINGS, 0, 2, 0 },
	{ TYPE_NAMES, 0, 2, 0 },
};

/* Of a process, this text has its arguments: addresses, or secrets */
#define CMDLINE 3

/* Peers and keys of TCP-MD5, which a privileged dump has */
static void blank_keys(uint8_t *at, size_t left)
{
	uint16_t head[2]; /* length with this head, type */

	while (left >= ATTRIBUTE_HEAD) {
		size_t len;

		memcpy(head, at, sizeof(head));
		len = (head[0] + 3u) & ~3u;
		if (head[0] < ATTRIBUTE_HEAD || head[0] > left)
			return;
		if (head[1] == MD5SIG)
			memset(at + ATTRIBUTE_HEAD, 0,
			       head[0] - ATTRIBUTE_HEAD);
		if (len >= left)
			return;
		at += len;
		left -= len;
	}
}

static void rename_message(struct pseudonyms *names, uint8_t *at, size_t len)
{
	bool v6;

	if (len < MESSAGE_FIXED)
		return;
	v6 = at[MESSAGE_FAMILY] == AF_INET6;
	pseudonyms_address(names, at + MESSAGE_ADDRESSES, v6);
	pseudonyms_address(names, at + MESSAGE_ADDRESSES + 16, v6);
	blank_keys(at + MESSAGE_FIXED, len - MESSAGE_FIXED);
}

/* Of records one after the other, the next one, its length included */
static struct reader take_record(struct reader *records)
{
	const uint8_t *at = records->at;
	uint32_t len = 0;
	struct reader record = { .at = at };

	if (reader_take(records, sizeof(len)))
		memcpy(&len, at, sizeof(len));
	record.failed = !reader_take(records, len);
	record.left = record.failed ? 0 : len + sizeof(len);
	reader_take(records, records->left < (-len & 3) ? 0 : -len & 3);
	return record;
}

static void rename_dark(struct pseudonyms *names, uint8_t *at, size_t len)
{
	struct reader records = { at, len, false };

	while (records.left) {
		struct reader record = take_record(&records);
		uint8_t *of = at + (record.at - at);
		bool v6;

		if (record.left < DARK_ADDRESSES + 32)
			return;
		v6 = of[DARK_FLAGS] & DARK_IPV6;
		pseudonyms_address(names, of + DARK_ADDRESSES, v6);
		pseudonyms_address(names, of + DARK_ADDRESSES + 16, v6);
	}
}

/* The length at @at is of what stands behind it. */
static void put_length(struct bytes *out, size_t at)
{
	uint32_t len = (uint32_t)(out->used - at - sizeof(len));

	if (!out->failed)
		memcpy(out->data + at, &len, sizeof(len));
}

static void copy_text(struct pseudonyms *names, const struct layout *layout,
		      int number, struct reader *record, struct bytes *out)
{
	const char *host = number < layout->programs ? "" : names->host;
	size_t begin = out->used;
	uint32_t len = 0;
	const uint8_t *at = reader_take(record, sizeof(len));
	uint8_t *blank;

	if (at)
		memcpy(&len, at, sizeof(len));
	at = at ? reader_take(record, len) : NULL;
	if (!at)
		return;
	bytes_add(out, &len, sizeof(len));
	if (layout->type != TYPE_PROCESSES || number != CMDLINE)
		pseudonyms_text(names, host, (const char *)at, len, out);
	else if ((blank = bytes_extend(out, len)))
		memset(blank, '-', len);
	put_length(out, begin);
}

/* What a record lacks at its end is empty. */
static bool copy_record(struct pseudonyms *names, const struct layout *layout,
			struct reader *record, struct bytes *out)
{
	static const uint8_t zero[4];
	size_t begin = out->used;
	size_t head = sizeof(uint32_t) + layout->skip;

	if (record->left < head)
		head = record->left;
	bytes_add(out, reader_take(record, head), head);
	for (int i = 0; i < layout->texts && record->left; i++)
		copy_text(names, layout, i, record, out);
	bytes_add(out, record->at, record->left);
	put_length(out, begin);
	bytes_add(out, zero, -out->used & 3);
	return !record->failed;
}

/* Texts get longer and shorter: the row has another place then. */
static int copy_row(struct pseudonyms *names, const struct layout *layout,
		    struct frame *frame, struct frame_row *row)
{
	struct reader records = { frame->bytes.data + row->at, row->len,
				  false };
	struct bytes out = { 0 };
	bool good = true;

	while (good && records.left) {
		struct reader record = take_record(&records);

		good = !record.failed &&
		       copy_record(names, layout, &record, &out);
	}
	row->at = (uint32_t)frame->bytes.used;
	row->len = (uint32_t)out.used;
	bytes_add(&frame->bytes, out.data, out.used);
	frame->bytes.failed |= out.failed;
	bytes_free(&out);
	if (!good)
		return -EBADMSG;
	return frame->bytes.failed ? -ENOMEM : 0;
}

static int rename_row(struct pseudonyms *names, struct frame *frame,
		      struct frame_row *row)
{
	uint16_t type = frame->group[row->group].type;
	uint8_t *at = frame->bytes.data + row->at;

	if (type == TYPE_MESSAGES)
		rename_message(names, at, row->len);
	else if (type == TYPE_DARK)
		rename_dark(names, at, row->len);
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++)
		if (layouts[i].type == type)
			return copy_row(names, &layouts[i], frame, row);
	return 0;
}

int pseudonyms_apply(struct pseudonyms *names, struct bytes *capture)
{
	struct frame frame;
	int ret = frame_split(capture->data, capture->used, &frame);

	for (size_t i = 0; ret == 0 && i < frame.rows; i++)
		ret = rename_row(names, &frame, &frame.row[i]);
	if (ret == 0 && names->failed)
		ret = -ENOMEM;
	bytes_free(capture);
	if (ret == 0)
		ret = frame_join(&frame, capture);
	frame_free(&frame);
	return ret;
}
