/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* frame.h - a capture as rows, which are stored by what changed in them */
#ifndef CLI_STORE_FRAME_H
#define CLI_STORE_FRAME_H

#include "store/bytes.h"

/* The largest capture that a store takes, and its reader makes. */
#define FRAME_MAX (UINT32_C(256) << 20)

/* What a section of messages begins with, see tcpmem-capture(5) */
#define FRAME_PREFIX 24

/*
 * struct frame_group - rows of one type of section, and one prefix
 * @keyed: its rows are looked for in the frame before
 */
struct frame_group {
	uint16_t type;
	uint16_t flags;
	uint8_t prefix[FRAME_PREFIX];
	uint32_t prefix_len;
	uint32_t rows;
	bool keyed;
};

struct frame_row {
	uint32_t at; /* in the frame's bytes */
	uint32_t len;
	uint32_t group;
};

/*
 * struct frame - what a capture says, in the order in which it says it
 *
 * Rows of groups that are not keyed are whole payloads of sections. Numbers
 * that only belong to the dialogue with the kernel are 0, and the holders are
 * sorted by inode: a capture made of the frame tells the same as the capture
 * that the frame was made of.
 */
struct frame {
	struct frame_group *group;
	struct frame_row *row;
	size_t groups;
	size_t rows;
	struct bytes bytes;
};

void frame_free(struct frame *frame);

/* frame_copy() - the same, with its rows one behind the other. 0 or -ENOMEM */
int frame_copy(const struct frame *frame, struct frame *copy);

/* frame_split() - the frame of a capture. 0, -EBADMSG or -ENOMEM */
int frame_split(const uint8_t *capture, size_t len, struct frame *frame);

/* frame_join() - a capture of the frame. 0 or -ENOMEM */
int frame_join(const struct frame *frame, struct bytes *capture);

/*
 * frame_encode() - the frame, compressed
 * @base: only what differs from it is stored; NULL: all is
 * @elapsed_ms: since @base, by which timers have come nearer
 *
 * Return: 0 or -ENOMEM.
 */
int frame_encode(const struct frame *frame, const struct frame *base,
		 uint32_t elapsed_ms, struct bytes *out);

/*
 * struct frame_decoder - memory that one frame after the other is decoded in,
 * zeroes before the first
 * @gone: rows of the base that are none of the frame
 */
struct frame_decoder {
	struct ZSTD_DCtx_s *zstd;
	struct bytes before;
	struct bytes plain;
	struct frame_row *reused;
	struct frame_row **fresh;
	struct frame_row **changed;
	struct frame_row **gone;
};

void frame_decoder_free(struct frame_decoder *decoder);

/*
 * frame_decode() - the frame that was encoded with a base
 * @frame: the base, empty if there is none; it becomes the frame, or empty
 *
 * Return: 0; -EBADMSG if @data is no such thing; -ENOMEM.
 */
int frame_decode(struct frame_decoder *decoder, const uint8_t *data, size_t len,
		 struct frame *frame);

/* frame_unpack() - the same of what zstd has unpacked */
int frame_unpack(struct frame_decoder *decoder, const uint8_t *data, size_t len,
		 struct frame *frame);

#endif
