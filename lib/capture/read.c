// SPDX-License-Identifier: LGPL-2.1-or-later
/* read.c - reads a capture, or what "ss -D" made, from a window to its end */
#include "capture/format.h"

#include "capture/internal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int add_damage(struct tm_capture *capture, uint64_t places,
		      const struct tm_capture_error *first)
{
	capture->complete = false;
	return tm_warnings_add(&capture->warnings,
			       TCPMEM_WARNING_CAPTURE_DAMAGED,
			       "%" PRIu64 " places of the file are damaged and "
			       "what stood there is missing; the first, at "
			       "offset %" PRIu64 ": %s",
			       places, first->offset, first->text);
}

static int read_sections(struct tm_frame_reader *reader,
			 struct tm_capture_load *load,
			 struct tm_capture_error *error)
{
	struct tm_section section;
	int ret;

	while ((ret = tm_frame_next(reader, &section, error)) > 0) {
		ret = tm_capture_load_section(load, &section, error);
		if (ret == -EBADMSG)
			ret = tm_frame_damaged(reader, ret, error);
		if (ret)
			return ret;
	}
	return ret;
}

static int read_capture(struct tm_input *input, bool salvage,
			const struct tm_capture_sink *sink,
			struct tm_capture *capture,
			struct tm_capture_error *error)
{
	struct tm_capture_load load = { .sink = sink, .capture = capture };
	struct tm_frame_reader reader;
	int ret = tm_frame_reader_open(input, salvage, &reader, error);

	if (ret == 0)
		ret = read_sections(&reader, &load, error);
	if (ret == 0)
		ret = tm_capture_load_finish(&load);
	tm_capture_load_clear(&load);
	if (ret == 0 && reader.damages)
		ret = add_damage(capture, reader.damages, &reader.first);
	return ret;
}

static int add_unknown_netns(struct tm_capture *capture)
{
	struct tm_netns *netns = calloc(1, sizeof(*netns));

	if (!netns)
		return -ENOMEM;
	capture->netns = netns;
	capture->netns_count = 1;
	netns->time_wait = TCPMEM_UNKNOWN;
	netns->time_wait_max = TCPMEM_UNKNOWN;
	netns->fin_wait_2 = TCPMEM_UNKNOWN;
	netns->name = strdup("unknown");
	return netns->name ? 0 : -ENOMEM;
}

/* A dump by ss does not name its host or namespace. */
static int read_foreign(struct tm_input *input, bool salvage,
			const struct tm_capture_sink *sink,
			struct tm_capture *capture,
			struct tm_capture_error *error)
{
	int ret = add_unknown_netns(capture);

	if (ret < 0)
		return ret;
	capture->foreign = true;
	ret = tm_capture_read_ss(input, sink, capture, error);
	if (ret == -EBADMSG && salvage)
		ret = add_damage(capture, 1, error);
	return ret;
}

int tm_capture_read(int fd, bool salvage, const struct tm_capture_sink *sink,
		    struct tm_capture *capture, struct tm_capture_error *error)
{
	struct tm_input input;
	const uint8_t *data;
	int64_t got;
	int ret;

	*capture = (struct tm_capture){ .complete = false };
	*error = (struct tm_capture_error){ .offset = 0 };
	ret = tm_input_open(fd, &input);
	if (ret)
		return ret;
	ret = tm_holders_new(false, &capture->holders);
	got = tm_input_peek(&input, sizeof(struct tm_capture_head), &data);
	if (ret == 0 && got > 0 && tm_capture_is_ss(data, (size_t)got))
		ret = read_foreign(&input, salvage, sink, capture, error);
	else if (ret == 0)
		ret = read_capture(&input, salvage, sink, capture, error);
	tm_input_close(&input);
	return ret;
}

void tm_capture_clear(struct tm_capture *capture)
{
	for (size_t i = 0; i < capture->netns_count; i++)
		tm_netns_deinit(&capture->netns[i]);
	free(capture->netns);
	free(capture->limits);
	free(capture->dark);
	free(capture->closed);
	tm_holders_free(capture->holders);
	tm_metadata_deinit(&capture->metadata);
	tm_warnings_clear(&capture->warnings);
}

int tm_input_open(int fd, struct tm_input *input)
{
	*input = (struct tm_input){ .fd = fd };
	input->buf = malloc(TM_INPUT_MAX);
	return input->buf ? 0 : -ENOMEM;
}

void tm_input_close(struct tm_input *input)
{
	free(input->buf);
	input->buf = NULL;
}

/* Reads as much as the window takes, but waits for @want bytes only. */
static void fill(struct tm_input *input, size_t want)
{
	while (input->used - input->at < want && !input->error) {
		ssize_t got = read(input->fd, input->buf + input->used,
				   TM_INPUT_MAX - input->used);

		if (got < 0 && errno == EINTR)
			continue;
		if (got == 0)
			return;
		if (got < 0)
			input->error = -errno;
		else
			input->used += (size_t)got;
	}
}

int64_t tm_input_peek(struct tm_input *input, size_t want, const uint8_t **data)
{
	size_t have = input->used - input->at;

	if (input->at + want > TM_INPUT_MAX) {
		memmove(input->buf, input->buf + input->at, have);
		input->at = 0;
		input->used = have;
	}
	fill(input, want);
	have = input->used - input->at;
	if (have < want && input->error)
		return input->error;
	*data = input->buf + input->at;
	return (int64_t)(have < want ? have : want);
}

void tm_input_skip(struct tm_input *input, size_t bytes)
{
	input->at += bytes;
	input->offset += bytes;
}
