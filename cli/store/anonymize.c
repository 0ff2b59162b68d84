// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * anonymize.c - captures without the addresses of those who are in them
 *
 * IPv4 becomes 240.0.0.1, 240.0.0.2 ..., which no host has; IPv6 2001:db8::1,
 * which is for documents. What tells nothing of anybody stays: any, loopback.
 */
#include "store/anonymize.h"

#include "store/codec.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#define TYPE_MESSAGES  4
#define TYPE_PROCESSES 6
#define TYPE_DARK      12

/* Of a message, see sock_diag(7): family and addresses; attributes behind it */
#define MESSAGE_FAMILY	  16
#define MESSAGE_ADDRESSES 24
#define MD5SIG		  14
#define ATTRIBUTE_HEAD	  4

/* Of a record: where its fields are, after the length of the record */
#define DARK_FLAGS     12
#define DARK_ADDRESSES 32
#define DARK_IPV6      1
#define PROCESS_TEXTS  24
#define CMDLINE	       3 /* texts before it */

struct pseudonym {
	uint8_t address[16];
	uint32_t number;
};

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 16);
}

void pseudonyms_free(struct pseudonyms *names)
{
	tdestroy(names->tree, free);
}

/* @address: of IPv4 in the form of IPv6 */
static uint32_t number_of(struct pseudonyms *names, const uint8_t address[16])
{
	struct pseudonym **found = tfind(address, &names->tree, compare), *made;

	if (found)
		return (*found)->number;
	made = malloc(sizeof(*made));
	if (made) {
		memcpy(made->address, address, 16);
		made->number = ++names->count;
	}
	if (!made || !tsearch(made, &names->tree, compare)) {
		free(made);
		names->failed = true;
		return 0;
	}
	return made->number;
}

static void rename_v4(struct pseudonyms *names, uint8_t at[4])
{
	uint8_t mapped[16] = { [10] = 0xff, [11] = 0xff };
	uint32_t address, name;

	memcpy(&address, at, 4);
	if (!address || at[0] == 127)
		return;
	memcpy(mapped + 12, at, 4);
	name = htonl(0xf0000000 + number_of(names, mapped));
	memcpy(at, &name, 4);
}

static void rename_v6(struct pseudonyms *names, uint8_t at[16])
{
	static const uint8_t documents[4] = { 0x20, 0x01, 0x0d, 0xb8 };
	struct in6_addr address;
	uint32_t number;

	memcpy(&address, at, 16);
	if (IN6_IS_ADDR_V4MAPPED(&address)) {
		rename_v4(names, at + 12);
		return;
	}
	if (IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LOOPBACK(&address))
		return;
	number = htonl(number_of(names, at));
	memset(at, 0, 16);
	memcpy(at, documents, sizeof(documents));
	memcpy(at + 12, &number, sizeof(number));
}

static void rename_one(struct pseudonyms *names, uint8_t *at, bool v6)
{
	if (v6)
		rename_v6(names, at);
	else
		rename_v4(names, at);
}

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
	rename_one(names, at + MESSAGE_ADDRESSES, v6);
	rename_one(names, at + MESSAGE_ADDRESSES + 16, v6);
	blank_keys(at + MESSAGE_FIXED, len - MESSAGE_FIXED);
}

static void rename_dark(struct pseudonyms *names, uint8_t *at, size_t len)
{
	if (len < DARK_ADDRESSES + 32)
		return;
	rename_one(names, at + DARK_ADDRESSES, at[DARK_FLAGS] & DARK_IPV6);
	rename_one(names, at + DARK_ADDRESSES + 16, at[DARK_FLAGS] & DARK_IPV6);
}

/* Arguments may be addresses, or secrets. */
static void blank_cmdline(struct pseudonyms *names, uint8_t *at, size_t len)
{
	struct reader rest = { at, len, false };
	uint32_t text = 0;

	(void)names;
	reader_take(&rest, PROCESS_TEXTS);
	for (int i = 0; i <= CMDLINE; i++) {
		const uint8_t *size = reader_take(&rest, sizeof(text));

		if (size)
			memcpy(&text, size, sizeof(text));
		size = size ? reader_take(&rest, text) : NULL;
		if (size && i == CMDLINE)
			memset(at + (size - at), '-', text);
	}
}

static void each_record(struct pseudonyms *names, uint8_t *at, size_t left,
			void (*each)(struct pseudonyms *names, uint8_t *at,
				     size_t len))
{
	while (left >= 4) {
		uint32_t len;

		memcpy(&len, at, sizeof(len));
		if (len > left - 4)
			return;
		each(names, at, len + 4);
		len = (len + 4 + 3) & ~3u;
		if (len > left)
			return;
		at += len;
		left -= len;
	}
}

static void rename_row(struct pseudonyms *names, uint16_t type, uint8_t *at,
		       size_t len)
{
	if (type == TYPE_MESSAGES)
		rename_message(names, at, len);
	else if (type == TYPE_DARK)
		each_record(names, at, len, rename_dark);
	else if (type == TYPE_PROCESSES)
		each_record(names, at, len, blank_cmdline);
}

int pseudonyms_apply(struct pseudonyms *names, struct bytes *capture)
{
	struct frame frame;
	int ret = frame_split(capture->data, capture->used, &frame);

	if (ret)
		return ret;
	for (size_t i = 0; i < frame.rows; i++)
		rename_row(names, frame.group[frame.row[i].group].type,
			   frame.bytes.data + frame.row[i].at,
			   frame.row[i].len);
	bytes_free(capture);
	ret = names->failed ? -ENOMEM : frame_join(&frame, capture);
	frame_free(&frame);
	return ret;
}
