/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format.h - the layout of a capture: records, frames, checksums */
#ifndef TM_CAPTURE_FORMAT_H
#define TM_CAPTURE_FORMAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * the records in a capture's sections
 *
 *   length u32 | field | field ...
 *
 * Fields stand in a fixed order; a later minor version adds fields behind the
 * last. A text is its length (u32) and its bytes. Reading past the end gives
 * 0 and an empty text: what an older writer did not know. A record begins at
 * a multiple of 4 in its section.
 */

/* The longest text: a path, or what a warning says. */
#define TM_RECORD_TEXT 4096

struct tm_record {
	size_t used;
	uint8_t data[3 * TM_RECORD_TEXT];
};

void tm_record_begin(struct tm_record *record);
void tm_record_u32(struct tm_record *record, uint32_t value);
void tm_record_u64(struct tm_record *record, uint64_t value);

/* tm_record_text() - adds a text; of a longer one, its beginning */
void tm_record_text(struct tm_record *record, const char *text);

/* tm_record_end() - fills in the length, after the last field */
void tm_record_end(struct tm_record *record);

/* struct tm_cursor - @swapped: numbers are of the other byte order */
struct tm_cursor {
	const uint8_t *at;
	size_t left;
	bool swapped;
};

/*
 * tm_cursor_record() - takes the next record off @section
 *
 * Return: 1, 0 if there is none left, or -EBADMSG if it does not fit.
 */
int tm_cursor_record(struct tm_cursor *section, struct tm_cursor *record);

uint32_t tm_cursor_u32(struct tm_cursor *record);
uint64_t tm_cursor_u64(struct tm_cursor *record);

/* tm_cursor_bytes() - what has no byte order; zeroes if there are fewer */
void tm_cursor_bytes(struct tm_cursor *record, void *data, size_t len);

/*
 * tm_cursor_text() - the next text, cut to what @text holds
 *
 * Return: 0, or -EBADMSG if it is longer than its record.
 */
int tm_cursor_text(struct tm_cursor *record, char *text, size_t size);

/* ---- the checksum of a capture ---- */

/* Eight bytes a step; made once for each file that is read or written. */
struct tm_crc32c {
	uint32_t table[8][256];
};

void tm_crc32c_init(struct tm_crc32c *crc);

/* tm_crc32c() - CRC-32C (Castagnoli) of @len bytes */
uint32_t tm_crc32c(const struct tm_crc32c *crc, const void *data, size_t len);

/*
 * a window on a file or a pipe that is read once, front to back
 *
 * What lies in the window may be looked at again, so that a reader can search
 * for the place where a damaged file makes sense again without seeking.
 */

/* The most that tm_input_peek() can show at once. */
#define TM_INPUT_MAX (UINT32_C(1) << 20)

struct tm_input {
	int fd;
	int error; /* of read(2); kept, so that it is not taken for the end */
	uint8_t *buf;
	size_t at;
	size_t used;
	uint64_t offset; /* of buf[at] in the file */
};

/* tm_input_open() - a window on @fd, which stays the caller's. 0 or -ENOMEM */
int tm_input_open(int fd, struct tm_input *input);
void tm_input_close(struct tm_input *input);

/*
 * tm_input_peek() - shows the next bytes without consuming them
 * @want: how many, up to TM_INPUT_MAX
 * @data: until the next call; as aligned as its offset in the file is
 *
 * Return: how many there are, less than @want only at the end of the file; or
 * -errno of read(2).
 */
int64_t tm_input_peek(struct tm_input *input, size_t want,
		      const uint8_t **data);

/* tm_input_skip() - consumes bytes that tm_input_peek() has shown */
void tm_input_skip(struct tm_input *input, size_t bytes);

/*
 * the frame of a capture: head, sections, end
 *
 *   head     magic 8 | order u32 | major u16 | minor u16 | zero u32 | crc u32
 *   section  mark u32 | type u16 | flags u16 | number u32 | length u32 |
 *            offset u64 | crc of the payload u32 | crc of this head u32
 *            payload, and zeroes up to the next multiple of 8
 *   ...
 *   section  of type END: sections u64 | payload bytes u64
 *
 * Everything is in the byte order of the host that wrote it: the kernel's
 * messages inside are too. A section carries its place and number, so that
 * one that was lost, added or moved is noticed, and a reader that salvages
 * finds the next whole one. What is in a section is told in capture.h.
 */

#define TM_CAPTURE_MAJOR 1
#define TM_CAPTURE_MINOR 0

/* The longest payload, which bounds what a reader keeps of a file. */
#define TM_SECTION_MAX (TM_INPUT_MAX / 2)

/* A reader that does not know such a section must not go on without it. */
#define TM_SECTION_NEEDED 0x0001

enum tm_section_type {
	TM_SECTION_CLOCK = 1,
	TM_SECTION_QUERY = 2,
	TM_SECTION_NETNS = 3,
	TM_SECTION_MESSAGES = 4,
	TM_SECTION_RESTART = 5,
	TM_SECTION_PROCESSES = 6,
	TM_SECTION_HOLDERS = 7,
	TM_SECTION_CGROUPS = 8,
	TM_SECTION_HOST = 9,
	TM_SECTION_OBJECTS = 10,
	TM_SECTION_WARNINGS = 11,
	TM_SECTION_DARK = 12,
	TM_SECTION_ACCOUNTING = 13,
	TM_SECTION_NAMES = 14,
	TM_SECTION_LIMITS = 15,
	TM_SECTION_CLOSED = 16,
	TM_SECTION_END = 0xffff,
};

/* tm_section_name() - "messages" ...; "unknown" for a later minor's */
const char *tm_section_name(unsigned int type);

/* Where a file stopped making sense, and what was found there. */
struct tm_capture_error {
	uint64_t offset;
	char text[160];
};

/* tm_capture_unread() - the file cannot be read at @offset. Return: @code */
int tm_capture_unread(struct tm_capture_error *error, int code,
		      uint64_t offset);

/* tm_capture_fail() - fills in @error. Return: @code */
int tm_capture_fail(struct tm_capture_error *error, int code, uint64_t offset,
		    const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * struct tm_frame_writer - puts records into sections
 *
 * Records of one type and prefix share a section until it is full. The first
 * error stays: what follows is not written.
 */
struct tm_frame_writer {
	int fd;
	int error;
	struct tm_crc32c crc;
	uint8_t *buf;	   /* the open section, its head included */
	size_t used;	   /* 0: none is open */
	size_t prefix_len; /* of the open section */
	unsigned int type;
	uint64_t offset;
	uint64_t payload;
	uint32_t sections;
};

/* tm_frame_writer_open() - writes the head to @fd. 0 or -errno */
int tm_frame_writer_open(int fd, struct tm_frame_writer *writer);
void tm_frame_writer_close(struct tm_frame_writer *writer);

/*
 * tm_frame_write() - adds a record to a section of @type
 * @prefix: what stands once at the head of each section it goes to
 *
 * Return: 0, -EMSGSIZE if no section could hold it, or -errno of write(2).
 */
int tm_frame_write(struct tm_frame_writer *writer, enum tm_section_type type,
		   const void *prefix, size_t prefix_len, const void *record,
		   size_t len);

/* tm_frame_finish() - the end section; without it a file is cut. 0, -errno */
int tm_frame_finish(struct tm_frame_writer *writer);

struct tm_section {
	unsigned int type;
	unsigned int flags;
	uint64_t offset; /* of the payload in the file */
	struct tm_cursor payload;
};

/*
 * struct tm_frame_reader - takes sections out of a window
 * @salvage: skips what is damaged instead of failing, and counts it
 * @damages: how many places were skipped
 * @first: what was wrong at the first of them
 */
struct tm_frame_reader {
	struct tm_input *input;
	bool salvage;
	bool ended;
	bool swapped; /* the file is of the other byte order */
	struct tm_crc32c crc;
	uint64_t payload;
	uint32_t sections;
	size_t pending; /* bytes of the section that was handed out */
	uint64_t damages;
	struct tm_capture_error first;
};

/* tm_frame_is_head() - whether a capture, of whatever version, begins here */
bool tm_frame_is_head(const uint8_t *data, size_t len);

/*
 * tm_frame_reader_open() - checks the head
 *
 * Return: 0; -EBADMSG if it is no capture or its head is damaged; -ENOTSUP if
 * it is of a later major version; -errno of read(2). @error says where and
 * what.
 */
int tm_frame_reader_open(struct tm_input *input, bool salvage,
			 struct tm_frame_reader *reader,
			 struct tm_capture_error *error);

/*
 * tm_frame_next() - the next whole section
 *
 * Return: 1 and the section, valid until the next call; 0 after the end;
 * -EBADMSG for what is cut or corrupt; -errno of read(2).
 */
int tm_frame_next(struct tm_frame_reader *reader, struct tm_section *section,
		  struct tm_capture_error *error);

/*
 * tm_frame_damaged() - what to do about damage that @error tells of
 *
 * Return: 0 if it was counted and the reader goes on; @code if not.
 */
int tm_frame_damaged(struct tm_frame_reader *reader, int code,
		     const struct tm_capture_error *error);

/* ---- the bytes of a capture's frame, as they are in the file ---- */

/*
 * The first byte is no text, the ends of lines show a file that was converted
 * as text, and no length of a netlink message looks like it.
 */
#define TM_CAPTURE_MAGIC                                    \
	{                                                   \
		0x89, 'T', 'C', 'M', '\r', '\n', 0x1a, '\n' \
	}
#define TM_CAPTURE_ORDER UINT32_C(0x01020304)

struct tm_capture_head {
	uint8_t magic[8];
	uint32_t order;
	uint16_t major;
	uint16_t minor;
	uint32_t zero;
	uint32_t crc; /* of all before it */
};
_Static_assert(sizeof(struct tm_capture_head) == 24, "no holes");

#define TM_SECTION_MARK	 UINT32_C(0x63655354)
#define TM_SECTION_ALIGN 8
#define TM_SECTION_FRAME sizeof(struct tm_section_head)
#define TM_SECTION_PADDED(len) \
	(((len) + TM_SECTION_ALIGN - 1) & ~(size_t)(TM_SECTION_ALIGN - 1))

struct tm_section_head {
	uint32_t mark;
	uint16_t type;
	uint16_t flags;
	uint32_t number;
	uint32_t length;      /* of the payload, without the zeroes behind it */
	uint64_t offset;      /* of this head in the file */
	uint32_t payload_crc; /* of the payload and the zeroes */
	uint32_t crc;	      /* of all before it */
};
_Static_assert(sizeof(struct tm_section_head) == 32, "no holes");

/* Records begin here, as netlink messages do: at the next multiple of 4. */
#define TM_RECORD_ALIGN 4
#define TM_RECORD_PADDED(len) \
	(((len) + TM_RECORD_ALIGN - 1) & ~(size_t)(TM_RECORD_ALIGN - 1))

/* What stands once at the head of a section of messages. */
struct tm_capture_prefix {
	uint32_t netns;
	uint32_t protocol;
	uint64_t netns_inode;
	uint32_t role;
	uint32_t zero;
};
_Static_assert(sizeof(struct tm_capture_prefix) == 24, "no holes");

#define TM_CAPTURE_TCP	 6   /* IPPROTO_TCP */
#define TM_CAPTURE_MPTCP 262 /* IPPROTO_MPTCP */

#endif
