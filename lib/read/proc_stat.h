/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* proc_stat.h - /proc/PID/stat */
#ifndef TM_READ_PROC_STAT_H
#define TM_READ_PROC_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tm_proc_stat {
	char comm[16];	     /* cut to TASK_COMM_LEN; raw bytes */
	bool kernel;	     /* a kernel thread */
	bool exiting;	     /* or ended, a zombie */
	uint32_t parent;     /* pid; 0 if it has none here */
	uint64_t start_time; /* clock ticks since boot */
};

/*
 * tm_proc_stat_parse() - decodes the text of a stat file
 * @text: NUL-terminated
 *
 * Return: 0, or -EBADMSG if it is not one.
 */
int tm_proc_stat_parse(const char *text, struct tm_proc_stat *stat);

/*
 * tm_proc_stat_read() - reads a stat file
 * @dir: the directory that @path begins in
 *
 * Return: 0, -EBADMSG, or -errno of opening and reading.
 */
int tm_proc_stat_read(int dir, const char *path, struct tm_proc_stat *stat);

#endif
