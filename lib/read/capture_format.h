/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * capture_format.h - the frame of a capture: head, sections, end
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
#ifndef TM_READ_CAPTURE_FORMAT_H
#define TM_READ_CAPTURE_FORMAT_H

#include "read/crc32c.h"
#include "read/input.h"

#include <stdbool.h>

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
	TM_SECTION_END = 0xffff,
};

/* tm_section_name() - "messages" ...; "unknown" for a later minor's */
const char *tm_section_name(unsigned int type);

/* Where a file stopped making sense, and what was found there. */
struct tm_capture_error {
	uint64_t offset;
	char text[160];
};

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
	const uint8_t *data;
	size_t len;
};

/*
 * struct tm_frame_reader - takes sections out of a window
 * @salvage: skips what is damaged instead of failing, and counts it
 * @damages: how many metadata were skipped
 * @first: what was wrong at the first of them
 */
struct tm_frame_reader {
	struct tm_input *input;
	bool salvage;
	bool ended;
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
 * it is of the other byte order or of a later major version; -errno of
 * read(2). @error says where and what.
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

#endif
