/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * input.h - a window on a file or a pipe that is read once, front to back
 *
 * What lies in the window may be looked at again, so that a reader can search
 * for the place where a damaged file makes sense again without seeking.
 */
#ifndef TM_READ_INPUT_H
#define TM_READ_INPUT_H

#include <stddef.h>
#include <stdint.h>

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

#endif
