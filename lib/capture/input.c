// SPDX-License-Identifier: LGPL-2.1-or-later
/* input.c - a window on a file or a pipe that is read once */
#include "capture/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
