// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loader.c - who holds which socket, from the kernel's own iterator
 *
 * The program is loaded by a light skeleton: no libbpf at run time, and
 * nothing that could print.
 */
#include "bpf/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Open files below which /proc is read faster than the program loads. */
#define FILES_WORTH_IT 2000

/* What the kernel fills in one read, where pages are small. */
#define READ_SIZE 32768

/* Reader threads; they share one lock. */
#define READERS_MAX 4

/* fds below which starting a reader thread does not pay. */
#define ROOM_WORTH_A_THREAD 1024

/* Rounds over the task list, for processes that appear meanwhile. */
#define LISTS_MAX 3

/* Inodes of the initial namespaces (linux/proc_ns.h), the same everywhere. */
#define INIT_PID_NS  0xEFFFFFFC
#define INIT_TIME_NS 0xEFFFFFFA

bool tm_holders_bpf_pays(const struct tcpmem_ctx *ctx)
{
	uint64_t files = 0;
	const char *end;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "sys/fs/file-nr", 256, &text, &len) < 0)
		return false;
	if (tm_parse_u64(text, &end, &files) < 0)
		files = 0;
	free(text);
	return files >= FILES_WORTH_IT;
}

/* @may_lack: there are kernels without such namespaces, and with BPF */
static bool is_init_ns(const struct tcpmem_ctx *ctx, const char *name,
		       ino_t inode, bool may_lack)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "%s/self/ns/%s", ctx->proc, name);
	if (stat(path, &st) < 0)
		return may_lack && errno == ENOENT;
	return st.st_ino == inode;
}

bool tm_bpf_sees_same_pids(const struct tcpmem_ctx *ctx)
{
	return strcmp(ctx->proc, "/proc") == 0 &&
	       is_init_ns(ctx, "pid", INIT_PID_NS, false) &&
	       is_init_ns(ctx, "time", INIT_TIME_NS, true);
}

#ifdef TM_HAVE_BPF

/* Generated code: exempt from our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "holders.lskel.h"
#include "tasks.lskel.h"
#pragma GCC diagnostic pop

/* What the program finds the kernel's types by; there if the kernel has any. */
#define BTF "/sys/kernel/btf/vmlinux"

/*
 * struct tm_holders_bpf - a program that is loaded
 * @tasks_skel: NULL until namespaces of tasks are asked for
 * @sums: NULL until sums are asked for; @sums_fail: they cannot be had here
 * @adds_up: in the look that is being taken
 * @processes, @files, @tasks: links to the iterators over all tasks, or -1
 *	until they are needed
 * @one_reader: as in the look that is being taken
 * @lock: of what follows
 */
struct tm_holders_bpf {
	struct holders_bpf *skel;
	struct tasks_bpf *tasks_skel;
	struct tm_bpf_sums *sums;
	bool sums_fail;
	bool adds_up;
	int processes, files, tasks;
	bool iter_sockets;
	bool one_reader;
	pthread_mutex_t lock;
	struct tm_bpf_records bpf_records;
};

/*
 * struct reader - a thread
 * @process: whose files it reads; NULL: of all
 * @task: what it tells of tasks
 */
struct reader {
	struct tm_holders_bpf *bpf;
	void (*task)(uint32_t pid, uint64_t netns, void *user);
	void *user;
	const struct tm_bpf_records_process *process;
	pthread_t thread;
	int ret;
};

/* What takes records from a buffer, see tm_bpf_records_list(). */
typedef ssize_t take_fn(struct reader *reader, const uint8_t *from, size_t len);

static ssize_t take_processes(struct reader *reader, const uint8_t *from,
			      size_t len)
{
	return tm_bpf_records_list(&reader->bpf->bpf_records, from, len);
}

static ssize_t take_tasks(struct reader *reader, const uint8_t *from,
			  size_t len)
{
	struct tm_bpf_task record;
	size_t at = 0;

	for (; len - at >= sizeof(record); at += sizeof(record)) {
		memcpy(&record, from + at, sizeof(record));
		reader->task(record.tgid, record.netns, reader->user);
	}
	return (ssize_t)at;
}

static ssize_t take_files(struct reader *reader, const uint8_t *from,
			  size_t len)
{
	ssize_t used;

	pthread_mutex_lock(&reader->bpf->lock);
	used = tm_bpf_records_files(&reader->bpf->bpf_records, reader->process,
				    from, len);
	pthread_mutex_unlock(&reader->bpf->lock);
	return used;
}

static int read_records(struct reader *reader, int fd, take_fn *take)
{
	uint8_t buf[READ_SIZE];
	size_t len = 0;

	for (;;) {
		ssize_t got = read(fd, buf + len, sizeof(buf) - len);

		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : len ? -EBADMSG : 0;
		len += (size_t)got;
		got = take(reader, buf, len);
		if (got < 0)
			return (int)got;
		len -= (size_t)got;
		memmove(buf, buf + got, len);
	}
}

/* E2BIG is about an attribute that the kernel does not know. */
static int explain_error(int err)
{
	return err == E2BIG || err == ENOSYS ? -ENOSYS : -err;
}

/* @tgid: only the tasks of this process; 0: all of the host */
static int open_link(int program, uint32_t tgid)
{
	union bpf_iter_link_info info = { .task.pid = tgid };
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = (__u32)program,
			.attach_type = BPF_TRACE_ITER,
			.iter_info = (uintptr_t)&info,
			.iter_info_len = sizeof(info),
		},
	};
	int link = tm_bpf_call(BPF_LINK_CREATE, &attr);

	return link < 0 ? explain_error(-link) : link;
}

static int iterate(struct reader *reader, int link, take_fn *take)
{
	union bpf_attr attr = { .iter_create.link_fd = (__u32)link };
	int fd = tm_bpf_call(BPF_ITER_CREATE, &attr);
	int ret;

	if (fd < 0)
		return fd;
	ret = read_records(reader, fd, take);
	close(fd);
	return ret;
}

/* @link: stays open for the next look */
static int iterate_all(struct reader *reader, int program, int *link,
		       take_fn *take)
{
	if (*link < 0)
		*link = open_link(program, 0);
	return *link < 0 ? *link : iterate(reader, *link, take);
}

static int iterate_process(struct reader *reader)
{
	int program = reader->bpf->skel->progs.files.prog_fd;
	int link = open_link(program, reader->process->tgid), ret;

	if (link < 0)
		return link;
	ret = iterate(reader, link, take_files);
	close(link);
	return ret;
}

static bool take_process(struct reader *reader)
{
	struct tm_bpf_records *bpf_records = &reader->bpf->bpf_records;
	bool taken;

	pthread_mutex_lock(&reader->bpf->lock);
	taken = bpf_records->next < bpf_records->count;
	if (taken)
		reader->process = &bpf_records->process[bpf_records->next++];
	pthread_mutex_unlock(&reader->bpf->lock);
	return taken;
}

static void *run_reader(void *arg)
{
	struct reader *reader = arg;

	while (reader->ret == 0 && take_process(reader))
		reader->ret = iterate_process(reader);
	return NULL;
}

static size_t count_readers(const struct tm_holders_bpf *bpf)
{
	const struct tm_bpf_records *bpf_records = &bpf->bpf_records;
	size_t cpus = tm_thread_cpus(), worth = 1;
	uint64_t room = 0;

	if (bpf->one_reader)
		return 1;
	for (size_t i = bpf_records->next; i < bpf_records->count; i++)
		room += bpf_records->process[i].room;
	worth += room / ROOM_WORTH_A_THREAD;
	if (worth > READERS_MAX)
		worth = READERS_MAX;
	return cpus < worth ? cpus : worth;
}

/* The caller's thread reads too, alone if no other can be started. */
static int run_readers(struct tm_holders_bpf *bpf)
{
	size_t count = count_readers(bpf), started = 1;
	struct reader reader[READERS_MAX] = { 0 };
	int ret;

	for (size_t i = 0; i < count; i++)
		reader[i].bpf = bpf;
	while (started < count &&
	       tm_thread_start(&reader[started].thread, run_reader,
			       &reader[started]) == 0)
		started++;
	run_reader(&reader[0]);
	ret = reader[0].ret;
	for (size_t i = 1; i < started; i++) {
		pthread_join(reader[i].thread, NULL);
		if (ret == 0)
			ret = reader[i].ret;
	}
	return ret;
}

/* An iterator for each process costs more than most processes' files do. */
static int read_files_of_all(struct tm_holders_bpf *bpf)
{
	struct reader reader = { .bpf = bpf };
	int program = bpf->skel->progs.files.prog_fd, *link = &bpf->files;

	if (bpf->adds_up)
		program = tm_bpf_sums_program(bpf->sums, &link);
	bpf->bpf_records.next = bpf->bpf_records.count;
	return iterate_all(&reader, program, link, take_files);
}

static int list_processes(struct tm_holders_bpf *bpf)
{
	struct reader reader = { .bpf = bpf };
	int ret = iterate_all(&reader, bpf->skel->progs.processes.prog_fd,
			      &bpf->processes, take_processes);

	tm_bpf_records_sort(&bpf->bpf_records);
	return ret;
}

static bool are_listed(const struct tm_bpf_records *bpf_records,
		       const struct tm_iter_sums *sums)
{
	uint32_t index;

	for (size_t i = 0; i < sums->count; i++)
		if (sums->sum[i].look == sums->look &&
		    !tm_bpf_records_find(bpf_records, sums->sum[i].key.tgid,
					 sums->sum[i].key.start_ns, &index))
			return false;
	return true;
}

/* A file is added up once; processes that start meanwhile are named. */
static int add_all_up(struct tm_holders_bpf *bpf, struct tm_iter_sums *sums)
{
	int ret = list_processes(bpf);

	if (ret == 0)
		ret = read_files_of_all(bpf);
	tm_bpf_sums_end(bpf->sums, sums);
	return ret || are_listed(&bpf->bpf_records, sums) ? ret
							  : list_processes(bpf);
}

static int read_all(struct tm_holders_bpf *bpf)
{
	const struct tm_bpf_records *bpf_records = &bpf->bpf_records;
	int ret = 0;

	for (int i = 0; ret == 0 && i < LISTS_MAX; i++) {
		ret = list_processes(bpf);
		if (ret == 0 && bpf_records->next == bpf_records->count)
			break;
		if (ret == 0 && i == 0 && count_readers(bpf) == 1)
			ret = read_files_of_all(bpf);
		else if (ret == 0)
			ret = run_readers(bpf);
	}
	return ret;
}

/* A kernel that refuses the program hands all sockets out. */
static void begin_sums(struct tm_holders_bpf *bpf, struct tm_iter_sums *sums)
{
	bpf->adds_up = false;
	if (!sums || bpf->sums_fail)
		return;
	if (bpf->sums && tm_bpf_sums_is_crowded(bpf->sums)) {
		tm_bpf_sums_close(bpf->sums);
		bpf->sums = NULL;
	}
	if (!bpf->sums)
		bpf->sums_fail = tm_bpf_sums_open(&bpf->sums) < 0;
	if (!bpf->sums_fail)
		bpf->adds_up = tm_bpf_sums_begin(bpf->sums, sums) == 0;
}

int tm_holders_bpf_read(struct tm_holders_bpf *bpf,
			const struct tm_holders_look *look,
			struct tm_fd_refs *fd_refs)
{
	struct tm_u64range only = { 0 };
	int ret;

	if (look->only)
		only = tm_u64set_range(look->only);
	bpf->skel->bss->only_first = (__u32)only.first;
	bpf->skel->bss->only_last = (__u32)only.last;
	bpf->one_reader = look->one_reader;
	bpf->bpf_records = (struct tm_bpf_records){
		.fd_refs = fd_refs,
		.iter_sockets = bpf->iter_sockets ? look->iter_sockets : NULL,
		.with_iter_sockets = bpf->iter_sockets && !only.last,
		.tick_ns =
			UINT64_C(1000000000) / (uint64_t)sysconf(_SC_CLK_TCK),
	};
	begin_sums(bpf, look->sums);
	if (look->iter_sockets)
		look->iter_sockets->with_unhashed = bpf->adds_up;
	ret = bpf->adds_up ? add_all_up(bpf, look->sums) : read_all(bpf);
	tm_bpf_records_deinit(&bpf->bpf_records);
	return ret;
}

bool tm_holders_bpf_has_iter_sockets(const struct tm_holders_bpf *bpf)
{
	return bpf->iter_sockets;
}

static int load(struct tm_holders_bpf *bpf, bool iter_sockets)
{
	int ret;

	errno = 0;
	bpf->skel = holders_bpf__open();
	if (!bpf->skel)
		return errno ? -errno : -EIO;
	bpf->skel->rodata->with_iter_sockets = iter_sockets;
	ret = holders_bpf__load(bpf->skel);
	if (ret < 0)
		ret = explain_error(-ret);
	if (ret < 0 && ret != -EPERM && ret != -ENOSYS && access(BTF, F_OK) < 0)
		ret = -ENODATA;
	return ret;
}

static int load_tasks(struct tm_holders_bpf *bpf)
{
	int ret;

	errno = 0;
	bpf->tasks_skel = tasks_bpf__open();
	if (!bpf->tasks_skel)
		return errno ? -errno : -EIO;
	ret = tasks_bpf__load(bpf->tasks_skel);
	if (ret == 0)
		return 0;
	tasks_bpf__destroy(bpf->tasks_skel);
	bpf->tasks_skel = NULL;
	return explain_error(-ret);
}

int tm_holders_bpf_tasks(struct tm_holders_bpf *bpf,
			 void (*task)(uint32_t pid, uint64_t netns, void *user),
			 void *user)
{
	struct reader reader = { .bpf = bpf, .task = task, .user = user };
	int ret = bpf->tasks_skel ? 0 : load_tasks(bpf);

	return ret < 0 ? ret
		       : iterate_all(&reader,
				     bpf->tasks_skel->progs.tasks.prog_fd,
				     &bpf->tasks, take_tasks);
}

int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool iter_sockets,
			struct tm_holders_bpf **bpf)
{
	struct tm_holders_bpf *b;
	int ret;

	if (!tm_bpf_sees_same_pids(ctx))
		return -EOPNOTSUPP;
	b = calloc(1, sizeof(*b));
	if (!b)
		return -ENOMEM;
	pthread_mutex_init(&b->lock, NULL);
	b->iter_sockets = iter_sockets;
	b->processes = -1;
	b->files = -1;
	b->tasks = -1;
	ret = load(b, iter_sockets);
	if (ret < 0)
		tm_holders_bpf_close(b);
	else
		*bpf = b;
	return ret;
}

void tm_holders_bpf_close(struct tm_holders_bpf *bpf)
{
	if (!bpf)
		return;
	if (bpf->processes >= 0)
		close(bpf->processes);
	if (bpf->files >= 0)
		close(bpf->files);
	if (bpf->tasks >= 0)
		close(bpf->tasks);
	if (bpf->tasks_skel)
		tasks_bpf__destroy(bpf->tasks_skel);
	tm_bpf_sums_close(bpf->sums);
	if (bpf->skel)
		holders_bpf__destroy(bpf->skel);
	pthread_mutex_destroy(&bpf->lock);
	free(bpf);
}

#else

int tm_holders_bpf_open(const struct tcpmem_ctx *ctx, bool iter_sockets,
			struct tm_holders_bpf **bpf)
{
	(void)ctx;
	(void)iter_sockets;
	(void)bpf;
	return -EOPNOTSUPP;
}

int tm_holders_bpf_read(struct tm_holders_bpf *bpf,
			const struct tm_holders_look *look,
			struct tm_fd_refs *fd_refs)
{
	(void)bpf;
	(void)look;
	(void)fd_refs;
	return -EOPNOTSUPP;
}

int tm_holders_bpf_tasks(struct tm_holders_bpf *bpf,
			 void (*task)(uint32_t pid, uint64_t netns, void *user),
			 void *user)
{
	(void)bpf;
	(void)task;
	(void)user;
	return -EOPNOTSUPP;
}

bool tm_holders_bpf_has_iter_sockets(const struct tm_holders_bpf *bpf)
{
	(void)bpf;
	return false;
}

void tm_holders_bpf_close(struct tm_holders_bpf *bpf)
{
	(void)bpf;
}

#endif
