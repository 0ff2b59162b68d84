// SPDX-License-Identifier: LGPL-2.1-or-later
/* reader.c - takes whole sections out of a capture, or says why not */
#include "base/util.h"
#include "capture/format.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Bytes searched at once for the next whole section. */
#define SEARCH_WINDOW 4096

static const struct {
	unsigned int type;
	const char *name;
} names[] = {
	{ TM_SECTION_CLOCK, "clock" },
	{ TM_SECTION_QUERY, "query" },
	{ TM_SECTION_NETNS, "netns" },
	{ TM_SECTION_MESSAGES, "messages" },
	{ TM_SECTION_RESTART, "restart" },
	{ TM_SECTION_PROCESSES, "processes" },
	{ TM_SECTION_HOLDERS, "holders" },
	{ TM_SECTION_CGROUPS, "cgroups" },
	{ TM_SECTION_HOST, "host" },
	{ TM_SECTION_OBJECTS, "objects" },
	{ TM_SECTION_WARNINGS, "warnings" },
	{ TM_SECTION_DARK, "dark" },
	{ TM_SECTION_ACCOUNTING, "accounting" },
	{ TM_SECTION_NAMES, "names" },
	{ TM_SECTION_LIMITS, "limits" },
	{ TM_SECTION_CLOSED, "closed" },
	{ TM_SECTION_END, "end" },
};

const char *tm_section_name(unsigned int type)
{
	for (size_t i = 0; i < TM_ARRAY_SIZE(names); i++)
		if (names[i].type == type)
			return names[i].name;
	return "unknown";
}

int tm_capture_fail(struct tm_capture_error *error, int code, uint64_t offset,
		    const char *format, ...)
{
	va_list args;

	error->offset = offset;
	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return code;
}

int tm_capture_unread(struct tm_capture_error *error, int code, uint64_t offset)
{
	return tm_capture_fail(error, code, offset, "cannot be read");
}

int tm_frame_damaged(struct tm_frame_reader *reader, int code,
		     const struct tm_capture_error *error)
{
	if (!reader->salvage)
		return code;
	if (!reader->damages)
		reader->first = *error;
	reader->damages++;
	return 0;
}

bool tm_frame_is_head(const uint8_t *data, size_t len)
{
	static const uint8_t magic[] = TM_CAPTURE_MAGIC;

	return len >= sizeof(magic) && memcmp(data, magic, sizeof(magic)) == 0;
}

/* Of the other byte order: then all that follows in the file is. */
static void swap_head(struct tm_frame_reader *reader,
		      struct tm_capture_head *head)
{
	reader->swapped = head->order == __builtin_bswap32(TM_CAPTURE_ORDER);
	if (!reader->swapped)
		return;
	head->major = __builtin_bswap16(head->major);
	head->minor = __builtin_bswap16(head->minor);
	head->crc = __builtin_bswap32(head->crc);
}

static int check_head(struct tm_frame_reader *reader,
		      struct tm_capture_head *head,
		      struct tm_capture_error *error)
{
	uint32_t crc = tm_crc32c(&reader->crc, head,
				 offsetof(struct tm_capture_head, crc));

	swap_head(reader, head);
	if (head->crc != crc)
		return tm_capture_fail(error, -EBADMSG,
				       offsetof(struct tm_capture_head, crc),
				       "the head's checksum is %08" PRIx32
				       ", its bytes give %08" PRIx32,
				       head->crc, crc);
	if (head->major != TM_CAPTURE_MAJOR)
		return tm_capture_fail(error, -ENOTSUP,
				       offsetof(struct tm_capture_head, major),
				       "format %d.%d, this program reads %d.x",
				       head->major, head->minor,
				       TM_CAPTURE_MAJOR);
	return 0;
}

static int not_a_capture(const uint8_t *data, size_t len,
			 struct tm_capture_error *error)
{
	uint8_t first[4] = { 0 };

	if (!len)
		return tm_capture_fail(error, -EBADMSG, 0,
				       "not a capture: the file is empty");
	memcpy(first, data, len < sizeof(first) ? len : sizeof(first));
	return tm_capture_fail(error, -EBADMSG, 0,
			       "not a capture: it begins with %02x %02x %02x "
			       "%02x",
			       first[0], first[1], first[2], first[3]);
}

static int peek_head(struct tm_input *input, struct tm_capture_head *head,
		     struct tm_capture_error *error)
{
	const uint8_t *data;
	int64_t got = tm_input_peek(input, sizeof(*head), &data);

	if (got < 0)
		return tm_capture_unread(error, (int)got, input->offset);
	if (!tm_frame_is_head(data, (size_t)got))
		return not_a_capture(data, (size_t)got, error);
	if ((size_t)got < sizeof(*head))
		return tm_capture_fail(error, -EBADMSG, (uint64_t)got,
				       "the file ends in its head");
	memcpy(head, data, sizeof(*head));
	return 0;
}

int tm_frame_reader_open(struct tm_input *input, bool salvage,
			 struct tm_frame_reader *reader,
			 struct tm_capture_error *error)
{
	struct tm_capture_head head;
	int ret;

	*reader =
		(struct tm_frame_reader){ .input = input, .salvage = salvage };
	tm_crc32c_init(&reader->crc);
	ret = peek_head(input, &head, error);
	if (ret)
		return ret;
	ret = check_head(reader, &head, error);
	/*
	 * The magic alone does not make a section: its checksum has to agree.
	 */
	if (ret == -EBADMSG)
		ret = tm_frame_damaged(reader, ret, error);
	if (ret)
		return ret;
	tm_input_skip(input, sizeof(head));
	return 0;
}

static void swap_section(struct tm_section_head *head)
{
	head->mark = __builtin_bswap32(head->mark);
	head->type = __builtin_bswap16(head->type);
	head->flags = __builtin_bswap16(head->flags);
	head->number = __builtin_bswap32(head->number);
	head->length = __builtin_bswap32(head->length);
	head->offset = __builtin_bswap64(head->offset);
	head->payload_crc = __builtin_bswap32(head->payload_crc);
	head->crc = __builtin_bswap32(head->crc);
}

static int check_place(const struct tm_section_head *head, uint64_t offset,
		       struct tm_capture_error *error)
{
	if (head->offset != offset)
		return tm_capture_fail(
			error, -EBADMSG, offset,
			"section %" PRIu32 " (%s) was at %" PRIu64
			": bytes were lost or added",
			head->number, tm_section_name(head->type),
			head->offset);
	if (head->length > TM_SECTION_MAX)
		return tm_capture_fail(error, -EBADMSG, offset,
				       "section %" PRIu32 " (%s) of %" PRIu32
				       " bytes, the most is %u",
				       head->number,
				       tm_section_name(head->type),
				       head->length, TM_SECTION_MAX);
	return 0;
}

/* Whether @data is a section's head at @offset, and what is wrong if not. */
static int check_section(const struct tm_frame_reader *reader,
			 const uint8_t *data, uint64_t offset,
			 struct tm_section_head *head,
			 struct tm_capture_error *error)
{
	uint32_t crc = tm_crc32c(&reader->crc, data,
				 offsetof(struct tm_section_head, crc));

	memcpy(head, data, sizeof(*head));
	if (reader->swapped)
		swap_section(head);
	if (head->mark != TM_SECTION_MARK)
		return tm_capture_fail(error, -EBADMSG, offset,
				       "no section begins here, but %08" PRIx32,
				       head->mark);
	if (head->crc != crc)
		return tm_capture_fail(error, -EBADMSG, offset,
				       "a section's checksum is %08" PRIx32
				       ", its head gives %08" PRIx32,
				       head->crc, crc);
	return check_place(head, offset, error);
}

/* From @at on: whether there is a head in the window, at @at then. */
static bool search_window(const struct tm_frame_reader *reader,
			  const uint8_t *data, size_t size, size_t *at)
{
	struct tm_capture_error ignored;
	struct tm_section_head head;

	for (; *at + sizeof(head) <= size; *at += TM_SECTION_ALIGN)
		if (check_section(reader, data + *at,
				  reader->input->offset + *at, &head,
				  &ignored) == 0)
			return true;
	return false;
}

/* Puts the window where the next section's head is whole, or at the end. */
static int search(struct tm_frame_reader *reader)
{
	struct tm_input *input = reader->input;
	const uint8_t *data;
	int64_t got;
	size_t step;
	bool found;

	step = TM_SECTION_ALIGN - (size_t)(input->offset % TM_SECTION_ALIGN);
	for (;;) {
		got = tm_input_peek(input, SEARCH_WINDOW, &data);
		if (got < 0)
			return (int)got;
		found = search_window(reader, data, (size_t)got, &step);
		tm_input_skip(input, step);
		if (found || got < SEARCH_WINDOW)
			return 0;
		step = 0;
	}
}

/* The end section counts the sections before it. */
static int check_counts(const struct tm_frame_reader *reader,
			const struct tm_section *section,
			struct tm_capture_error *error)
{
	struct tm_cursor cursor = section->payload;
	uint64_t counts[2];

	if (section->payload.left < sizeof(counts))
		return tm_capture_fail(error, -EBADMSG, section->offset,
				       "the end section has %zu bytes",
				       section->payload.left);
	counts[0] = tm_cursor_u64(&cursor);
	counts[1] = tm_cursor_u64(&cursor);
	if (counts[0] != reader->sections || counts[1] != reader->payload)
		return tm_capture_fail(
			error, -EBADMSG, section->offset,
			"the end counts %" PRIu64 " sections with %" PRIu64
			" bytes, there are %" PRIu32 " with %" PRIu64,
			counts[0], counts[1], reader->sections,
			reader->payload);
	return 0;
}

static int check_nothing_follows(const struct tm_frame_reader *reader,
				 const struct tm_section *section,
				 struct tm_capture_error *error)
{
	const uint8_t *data;
	int64_t got;

	got = tm_input_peek(reader->input, reader->pending + 1, &data);
	if (got < 0)
		return tm_capture_unread(error, (int)got, section->offset);
	if ((size_t)got > reader->pending)
		return tm_capture_fail(error, -EBADMSG,
				       reader->input->offset + reader->pending,
				       "there are bytes behind the end");
	return 0;
}

static int check_end(const struct tm_frame_reader *reader,
		     const struct tm_section *section,
		     struct tm_capture_error *error)
{
	int ret = check_counts(reader, section, error);

	return ret ? ret : check_nothing_follows(reader, section, error);
}

/* Takes the whole section into the window. */
static int peek_section(struct tm_frame_reader *reader,
			const struct tm_section_head *head,
			const uint8_t **data, struct tm_capture_error *error)
{
	size_t whole = TM_SECTION_FRAME + TM_SECTION_PADDED(head->length);
	uint64_t offset = reader->input->offset;
	int64_t got = tm_input_peek(reader->input, whole, data);

	if (got < 0)
		return tm_capture_unread(error, (int)got, offset);
	reader->pending = (size_t)got;
	if ((size_t)got < whole) {
		reader->ended = true;
		return tm_capture_fail(
			error, -EBADMSG, offset + (uint64_t)got,
			"the file ends in section %" PRIu32 " (%s), %zu bytes "
			"short",
			head->number, tm_section_name(head->type),
			whole - (size_t)got);
	}
	return 0;
}

static int check_payload(const struct tm_frame_reader *reader,
			 const struct tm_section_head *head,
			 const uint8_t *data, struct tm_capture_error *error)
{
	size_t whole = TM_SECTION_FRAME + TM_SECTION_PADDED(head->length);
	uint64_t offset = reader->input->offset;
	uint32_t crc;

	crc = tm_crc32c(&reader->crc, data + TM_SECTION_FRAME,
			whole - TM_SECTION_FRAME);
	if (head->payload_crc != crc)
		return tm_capture_fail(
			error, -EBADMSG, offset + TM_SECTION_FRAME,
			"section %" PRIu32 " (%s) has checksum %08" PRIx32
			", its bytes give %08" PRIx32,
			head->number, tm_section_name(head->type),
			head->payload_crc, crc);
	if (head->number != reader->sections && !reader->salvage)
		return tm_capture_fail(error, -EBADMSG, offset,
				       "section %" PRIu32
				       " (%s) stands where %" PRIu32 " belongs",
				       head->number,
				       tm_section_name(head->type),
				       reader->sections);
	return 0;
}

/* The section whose head is at the window's front: 0 and it is whole. */
static int take_section(struct tm_frame_reader *reader,
			const struct tm_section_head *head,
			struct tm_section *section,
			struct tm_capture_error *error)
{
	uint64_t offset = reader->input->offset;
	const uint8_t *data;
	int ret = peek_section(reader, head, &data, error);

	if (ret == 0)
		ret = check_payload(reader, head, data, error);
	if (ret)
		return ret;
	*section = (struct tm_section){ .type = head->type,
					.flags = head->flags,
					.offset = offset + TM_SECTION_FRAME,
					.payload = {
						.at = data + TM_SECTION_FRAME,
						.left = head->length,
						.swapped = reader->swapped } };
	return 0;
}

/* 0 and a section; 1 where a file ends without saying so; -errno */
static int try_section(struct tm_frame_reader *reader,
		       struct tm_section *section,
		       struct tm_capture_error *error)
{
	struct tm_input *input = reader->input;
	struct tm_section_head head;
	const uint8_t *data;
	int64_t got;
	int ret;

	tm_input_skip(input, reader->pending);
	reader->pending = 0;
	got = tm_input_peek(input, sizeof(head), &data);
	if (got < 0)
		return tm_capture_unread(error, (int)got, input->offset);
	if (got < (int64_t)sizeof(head)) {
		reader->ended = true;
		return tm_capture_fail(error, -EBADMSG,
				       input->offset + (uint64_t)got,
				       "the file ends without an end section");
	}
	ret = check_section(reader, data, input->offset, &head, error);
	if (ret && reader->salvage) {
		int found = search(reader);

		if (found)
			return tm_capture_unread(error, found, input->offset);
	}
	return ret ? ret : take_section(reader, &head, section, error);
}

int tm_frame_next(struct tm_frame_reader *reader, struct tm_section *section,
		  struct tm_capture_error *error)
{
	while (!reader->ended) {
		int ret = try_section(reader, section, error);

		if (ret == 0 && section->type == TM_SECTION_END) {
			reader->ended = true;
			if (!reader->damages)
				ret = check_end(reader, section, error);
		} else if (ret == 0) {
			reader->sections++;
			reader->payload += section->payload.left;
			return 1;
		}
		if (ret == -EBADMSG)
			ret = tm_frame_damaged(reader, ret, error);
		if (ret)
			return ret;
	}
	return 0;
}
