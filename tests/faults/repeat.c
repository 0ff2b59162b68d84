// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * repeat.c - the command runs as often as it is asked to, without a new exec
 *
 * FAULTS_REPEAT names four fds: questions, answers, and the files that become
 * standard output and error. Before main() each question, the number of an
 * allocation, is answered by a copy of the process that goes on to main() and
 * is refused that one. Question 0 refuses none, and tells which allocations
 * are made in different places: those whose callers differ.
 *
 * An answer is a struct answer, and behind it so many struct place.
 */
#include "alloc.h"

#include <execinfo.h>
#include <link.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_PLACES  4096
#define MAX_OBJECTS 4
#define MAX_FRAMES  96

struct place {
	uint64_t callers; /* a hash of them */
	uint64_t number;
};

struct answer {
	int32_t status; /* as of waitpid(); a hang ends by SIGALRM */
	uint32_t places;
	char where[256]; /* the allocation that was refused is made */
};

/* Where the code of the command and of the library is; the rest is others'. */
struct object {
	uintptr_t base, size;
};

static struct object objects[MAX_OBJECTS];
static size_t object_count;

struct shared {
	char where[256];
	uint32_t count;
	struct place place[MAX_PLACES];
};

static struct shared *shared; /* by all copies */

static int on_object(struct dl_phdr_info *info, size_t size, void *user)
{
	const char *name = strrchr(info->dlpi_name, '/');
	struct object *object = &objects[object_count];

	(void)size;
	(void)user;
	/* the command itself has no name there */
	if (*info->dlpi_name && (!name || strncmp(name, "/libtcpmem", 10) != 0))
		return 0;
	object->base = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_LOAD)
			object->size = info->dlpi_phdr[i].p_vaddr +
				       info->dlpi_phdr[i].p_memsz;
	return ++object_count == MAX_OBJECTS;
}

/* FNV-1a of where the callers are in our objects, wherever those were mapped */
static uint64_t hash_callers(void)
{
	void *frame[MAX_FRAMES];
	int count = backtrace(frame, MAX_FRAMES);
	uint64_t hash = 0xcbf29ce484222325;

	/* 0 and 1 are functions of this engine */
	for (int i = 2; i < count; i++)
		for (size_t o = 0; o < object_count; o++) {
			uintptr_t at = (uintptr_t)frame[i] - objects[o].base;

			if (at < objects[o].size)
				hash = (hash ^ (at * MAX_OBJECTS + o)) *
				       0x100000001b3;
		}
	return hash;
}

static void note_place(unsigned long number)
{
	uint64_t callers = hash_callers();

	for (uint32_t i = 0; i < shared->count; i++)
		if (shared->place[i].callers == callers)
			return;
	if (shared->count < MAX_PLACES)
		shared->place[shared->count++] =
			(struct place){ callers, number };
}

static void note_refused(const char *where)
{
	snprintf(shared->where, sizeof(shared->where), "%s", where);
}

/* Goes on to main(), which knows of none of this. */
static void become_command(const int fd[4], unsigned long number)
{
	if (dup2(fd[2], STDOUT_FILENO) < 0 || dup2(fd[3], STDERR_FILENO) < 0)
		_exit(77);
	for (int i = 0; i < 4; i++)
		close(fd[i]);
	/* it hangs if it has not ended by then */
	alarm(30);
	faults_alloc.refused = number;
	faults_alloc.on_refused = note_refused;
	if (!number)
		faults_alloc.on_counted = note_place;
	atexit(faults_stop);
	faults_begin();
}

static void answer(int fd, int status, bool with_places)
{
	struct answer answer = {
		.status = status,
		.places = with_places ? shared->count : 0,
	};
	size_t size = answer.places * sizeof(*shared->place);

	memcpy(answer.where, shared->where, sizeof(answer.where));

	if (write(fd, &answer, sizeof(answer)) != sizeof(answer) ||
	    write(fd, shared->place, size) != (ssize_t)size)
		_exit(77);
}

static void serve(const int fd[4])
{
	uint64_t number;

	while (read(fd[0], &number, sizeof(number)) == sizeof(number)) {
		int status = 0;
		pid_t pid;

		*shared->where = '\0';
		if (ftruncate(fd[2], 0) < 0 || ftruncate(fd[3], 0) < 0)
			_exit(77);
		pid = fork();
		if (pid == 0) {
			become_command(fd, number);
			return;
		}
		if (pid < 0 || waitpid(pid, &status, 0) < 0)
			_exit(77);
		answer(fd[1], status, number == 0);
	}
	_exit(0);
}

static void __attribute__((constructor)) begin(void)
{
	const char *repeat = getenv("FAULTS_REPEAT");
	void *frame[2];
	int fd[4];

	if (!repeat)
		return;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED ||
	    sscanf(repeat, "%d,%d,%d,%d", &fd[0], &fd[1], &fd[2], &fd[3]) != 4)
		_exit(77);
	unsetenv("FAULTS_REPEAT");
	dl_iterate_phdr(on_object, NULL);
	backtrace(frame, 2); /* the first one allocates */
	faults_alloc.looks_for_callers = true;
	serve(fd);
}
