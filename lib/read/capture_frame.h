/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* capture_frame.h - the bytes of a capture's frame, as they are in the file */
#ifndef TM_READ_CAPTURE_FRAME_H
#define TM_READ_CAPTURE_FRAME_H

#include <stdint.h>

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
