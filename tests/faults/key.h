/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* key.h - the tasks of the command, and names for what they call */
#ifndef TM_FAULTS_KEY_H
#define TM_FAULTS_KEY_H

#include "calls.h"

#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define KEY_SIZE 600

/*
 * struct task - a thread of the command
 * @inner: its id in the scene
 * @strange: it runs another program, or has ended as far as we care
 */
struct task {
	pid_t tid;
	pid_t process;
	long inner;
	bool strange;
};

/* What lies below it is named WORK; NULL: there is none. */
extern const char *work_dir;

struct task *task_find(pid_t tid);

/* task_is_strange() - whether any thread of @process is */
bool task_is_strange(pid_t process);

/* task_read_text() - a string in the memory of @tid, as far as it fits */
void task_read_text(pid_t tid, uint64_t address, char *text, size_t size);

/* key_describe() - what is called, and on what: the same in each run */
void key_describe(const struct call *call, const struct seccomp_notif *ask,
		  char key[KEY_SIZE]);

#endif
