/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* child.h - another tcpmem command, whose output the screen waits for */
#ifndef CLI_TOP_CHILD_H
#define CLI_TOP_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * struct top_child - a tcpmem command that runs beside the screen
 * @pid: 0: none runs
 * @fd: its output; negative: none
 * @text: what it has printed, with a NUL
 */
struct top_child {
	pid_t pid;
	int fd;
	char *text;
	size_t size;
	int status;
};

/*
 * top_child_start() - runs this program with other arguments
 * @args: without the program's name; ends with NULL
 *
 * A child that still runs is ended. Return: 0 or -errno.
 */
int top_child_start(struct top_child *child, const char *const *args);

/* top_child_read() - what it has printed. Return: whether it has ended. */
bool top_child_read(struct top_child *child);

void top_child_end(struct top_child *child);

#endif
