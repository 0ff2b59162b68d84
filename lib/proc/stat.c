// SPDX-License-Identifier: LGPL-2.1-or-later
/* stat.c - what /proc/PID says: its state, memory and files */
#include "proc/internal.h"

#include "base/util.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* numbers of fields in proc(5), from 1 */
#define FIELD_STATE   3
#define FIELD_PARENT  4
#define FIELD_FLAGS   9
#define FIELD_THREADS 20
#define FIELD_START   22
#define FIELD_RSS     24

/* the kernel's PF_EXITING and PF_KTHREAD */
#define FLAG_EXITING UINT64_C(0x00000004)
#define FLAG_KTHREAD UINT64_C(0x00200000)

/* A process chooses its name: any byte but NUL, parentheses and all. */
static int parse_comm(const char *text, const char **end, char comm[16])
{
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	size_t len;

	if (!open || !close || close < open)
		return -EBADMSG;
	len = (size_t)(close - open) - 1;
	if (len > 15)
		len = 15;
	memcpy(comm, open + 1, len);
	comm[len] = '\0';
	*end = close + 1;
	return 0;
}

static int parse_number(const char *text, uint64_t *value)
{
	const char *end;

	if (tm_parse_u64(text, &end, value) < 0)
		return -EBADMSG;
	return *end == ' ' || *end == '\n' || !*end ? 0 : -EBADMSG;
}

/* @text is behind the space that ends the field before. */
static int parse_field(const char *text, int field, struct tm_proc_stat *stat)
{
	uint64_t flags, parent, rss, threads;
	int ret;

	switch (field) {
	case FIELD_STATE:
		return *text && text[1] == ' ' ? 0 : -EBADMSG;
	case FIELD_PARENT:
		ret = parse_number(text, &parent);
		if (ret < 0 || parent > UINT32_MAX)
			return -EBADMSG;
		stat->parent = (uint32_t)parent;
		return 0;
	case FIELD_FLAGS:
		ret = parse_number(text, &flags);
		if (ret < 0)
			return ret;
		stat->kernel = flags & FLAG_KTHREAD;
		stat->exiting = flags & FLAG_EXITING;
		return 0;
	case FIELD_THREADS:
		ret = parse_number(text, &threads);
		stat->leaderless = ret == 0 && stat->exiting && threads > 1;
		return ret;
	case FIELD_START:
		return parse_number(text, &stat->start_time);
	case FIELD_RSS:
		if (parse_number(text, &rss) == 0 && rss <= INT32_MAX)
			stat->rss = (int64_t)rss;
		return 0;
	default:
		return 0;
	}
}

int tm_proc_stat_parse(const char *text, struct tm_proc_stat *stat)
{
	struct tm_proc_stat parsed = { .rss = TCPMEM_UNKNOWN };
	int ret = parse_comm(text, &text, parsed.comm);

	for (int field = FIELD_STATE; ret == 0 && field <= FIELD_RSS; field++) {
		text = strchr(text, ' ');
		if (!text && field > FIELD_START)
			break;
		if (!text)
			return -EBADMSG;
		ret = parse_field(++text, field, &parsed);
	}
	/* its memory and files are those of threads that live on */
	if (parsed.leaderless) {
		parsed.exiting = false;
		parsed.rss = TCPMEM_UNKNOWN;
	}
	if (ret == 0)
		*stat = parsed;
	return ret;
}

int tm_proc_stat_read(int dir, const char *path, struct tm_proc_stat *stat)
{
	char text[2048]; /* 52 numbers and a name are shorter */
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t len;
	int ret;

	if (fd < 0)
		return -errno;
	len = read(fd, text, sizeof(text) - 1);
	ret = len < 0 ? -errno : 0;
	close(fd);
	if (ret < 0)
		return ret;
	text[len] = '\0';
	return tm_proc_stat_parse(text, stat);
}

int tm_proc_stat_read_pid(const struct tcpmem_ctx *ctx, uint32_t pid,
			  struct tm_proc_stat *stat)
{
	char path[PATH_MAX];
	int ret;

	snprintf(path, sizeof(path), "%s/%" PRIu32 "/stat", ctx->proc, pid);
	ret = tm_proc_stat_read(AT_FDCWD, path, stat);
	return ret == -ESRCH ? -ENOENT : ret;
}

/* ---- what /proc/PID says of a process's memory and files ---- */

#define FILE_LIMIT 65536

static void set(struct tm_process_counters *counters,
		enum tcpmem_process_metric entry, uint64_t value, uint64_t unit)
{
	counters->known[entry] =
		!__builtin_mul_overflow(value, unit, &counters->value[entry]);
}

static int read_text(const struct tcpmem_ctx *ctx, uint32_t pid,
		     const char *name, char **text)
{
	char path[64];
	size_t len;

	snprintf(path, sizeof(path), "%" PRIu32 "/%s", pid, name);
	return tm_read_file(ctx->proc, path, FILE_LIMIT, text, &len);
}

/* "WORD  123 kB", or without a unit */
static int parse_line(const char *text, const char *word, uint64_t *value,
		      uint64_t *unit)
{
	size_t len = strlen(word);
	const char *end;

	while (text && strncmp(text, word, len) != 0) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	if (!text)
		return -ENODATA;
	text += len;
	if (tm_parse_u64(text + strspn(text, " \t"), &end, value) < 0)
		return -EBADMSG;
	*unit = strncmp(end, " kB\n", 4) == 0 ? 1024 : 1;
	return *unit == 1024 || *end == '\n' ? 0 : -EBADMSG;
}

uint32_t tm_proc_leader(const struct tcpmem_ctx *ctx, uint32_t pid)
{
	uint64_t leader = 0, unit;
	char *text;

	if (read_text(ctx, pid, "status", &text) < 0)
		return pid;
	if (parse_line(text, "Tgid:", &leader, &unit) < 0 || leader > INT32_MAX)
		leader = 0;
	free(text);
	return leader ? (uint32_t)leader : pid;
}

/* Huge pages of hugetlbfs are left out, as RSS leaves them out. */
static void set_uss(const char *text, struct tm_process_counters *counters)
{
	static const char *const words[] = { "Private_Clean:",
					     "Private_Dirty:" };
	uint64_t sum = 0, value, unit;

	for (size_t i = 0; i < TM_ARRAY_SIZE(words); i++)
		if (parse_line(text, words[i], &value, &unit) < 0 ||
		    unit != 1024 || __builtin_add_overflow(sum, value, &sum))
			return;
	set(counters, TCPMEM_PROCESS_METRIC_USS, sum, 1024);
}

static void read_lines(const struct tcpmem_ctx *ctx, uint32_t pid,
		       const char *source, struct tm_process_counters *counters)
{
	uint64_t value, unit;
	char *text;

	if (read_text(ctx, pid, source, &text) < 0)
		return;
	for (int i = 0; i < TCPMEM_PROCESS_METRIC_COUNT; i++) {
		const struct tm_process_metric_def *def =
			&tm_process_metric_defs[i];

		if (strcmp(def->source, source) != 0)
			continue;
		if (i == TCPMEM_PROCESS_METRIC_USS)
			set_uss(text, counters);
		else if (parse_line(text, def->word, &value, &unit) == 0)
			set(counters, (enum tcpmem_process_metric)i, value,
			    unit);
	}
	free(text);
}

static void read_statm(const struct tcpmem_ctx *ctx, uint32_t pid,
		       struct tm_process_counters *counters)
{
	const char *at;
	uint64_t pages;
	char *text;

	if (read_text(ctx, pid, "statm", &text) < 0)
		return;
	if (tm_parse_u64(text, &at, &pages) == 0 && *at == ' ' &&
	    tm_parse_u64(at + 1, &at, &pages) == 0 && *at == ' ')
		set(counters, TCPMEM_PROCESS_METRIC_STATM_RSS, pages,
		    (uint64_t)sysconf(_SC_PAGESIZE));
	free(text);
}

static void read_limits(const struct tcpmem_ctx *ctx, uint32_t pid,
			struct tm_process_counters *counters)
{
	uint64_t soft, hard;
	const char *at;
	char *text;

	if (read_text(ctx, pid, "limits", &text) < 0)
		return;
	at = tm_find_line(text, "Max open files");
	if (at && tm_parse_u64(at + strspn(at, " "), &at, &soft) == 0) {
		set(counters, TCPMEM_PROCESS_METRIC_FDS_SOFT, soft, 1);
		if (tm_parse_u64(at + strspn(at, " "), &at, &hard) == 0)
			set(counters, TCPMEM_PROCESS_METRIC_FDS_HARD, hard, 1);
	}
	free(text);
}

/* Return: 0; -errno of a link that may be a socket's. */
static int read_socket(int dir, const char *name, uint64_t *inode)
{
	char link[64];
	ssize_t len = readlinkat(dir, name, link, sizeof(link) - 1);

	*inode = 0;
	if (len < 0)
		return errno == ENOENT || errno == ENAMETOOLONG ? 0 : -errno;
	link[len] = '\0';
	*inode = tm_parse_link(link, "socket");
	return 0;
}

/*
 * struct fd_counts - of the fullest table of a process
 * @told: what each fd is could be read, of all tables
 */
struct fd_counts {
	int64_t fds, sockets;
	bool told;
};

/* Whoever may list the fds may not always read what they are. */
static int count_fds(struct tm_dir *dir, bool sockets, struct fd_counts *table)
{
	const struct dirent *entry;
	uint64_t inode;
	int ret;

	while ((ret = tm_dir_next(dir, &entry)) > 0) {
		if (*entry->d_name == '.')
			continue;
		++table->fds;
		if (!sockets)
			continue;
		table->told &= read_socket(dir->fd, entry->d_name, &inode) == 0;
		table->sockets += inode != 0;
	}
	return ret;
}

/* Linux 6.2 tells the number by the size of the directory. */
static int count_table(int process, const char *path, bool sockets,
		       struct fd_counts *fullest)
{
	struct fd_counts table = { .told = fullest->told };
	struct tm_dir dir;
	struct stat st;
	int ret = 0;

	if (!sockets && fstatat(process, path, &st, 0) == 0 && st.st_size) {
		table.fds = st.st_size;
	} else {
		ret = tm_dir_open(&dir, process, path);
		if (ret < 0)
			return ret;
		ret = count_fds(&dir, sockets, &table);
		tm_dir_close(&dir);
	}
	if (table.fds > fullest->fds)
		*fullest = table;
	fullest->told = table.told;
	return ret;
}

static int count_thread(int process, const char *name, bool sockets,
			struct tm_fd_tables *met, struct fd_counts *fullest)
{
	uint32_t tid = tm_parse_pid(name);
	char path[sizeof("task//fd") + 10];
	int ret = 1;

	if (!tid)
		return 0;
	if (met->count)
		ret = tm_fd_tables_meet(met, tid);
	if (ret <= 0)
		return ret;
	snprintf(path, sizeof(path), "task/%" PRIu32 "/fd", tid);
	ret = count_table(process, path, sockets, fullest);
	return ret == -ENOENT || ret == -ESRCH ? 0 : ret;
}

static bool is_in_own_pids(int process)
{
	int proc = openat(process, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	bool own = tm_proc_has_own_pids(proc);

	if (proc >= 0)
		close(proc);
	return own;
}

/* Each table once, where kcmp(2) tells them apart. */
static int count_threads(int process, uint32_t pid, bool sockets,
			 struct fd_counts *fullest)
{
	struct tm_fd_tables met = { 0 };
	const struct dirent *entry;
	struct tm_dir tasks;
	int ret = tm_dir_open(&tasks, process, "task");

	if (ret < 0)
		return ret;
	if (is_in_own_pids(process))
		ret = tm_fd_tables_meet(&met, pid);
	while (ret >= 0 && (ret = tm_dir_next(&tasks, &entry)) > 0)
		ret = count_thread(process, entry->d_name, sockets, &met,
				   fullest);
	tm_dir_close(&tasks);
	tm_fd_tables_deinit(&met);
	return ret;
}

int tm_proc_count_fds(int process, uint32_t pid, int64_t *fds, int64_t *sockets)
{
	struct fd_counts fullest = { .told = true };
	int ret = count_table(process, "fd", sockets, &fullest);

	if (ret == 0 && !tm_proc_is_single(process, "task"))
		ret = count_threads(process, pid, sockets, &fullest);
	if (ret < 0)
		return ret;
	*fds = fullest.fds;
	if (sockets)
		*sockets = fullest.told ? fullest.sockets : TCPMEM_UNKNOWN;
	return 0;
}

static void read_fds(const struct tcpmem_ctx *ctx, uint32_t pid,
		     struct tm_process_counters *counters)
{
	int64_t fds, sockets;
	char path[PATH_MAX];
	int dir;

	snprintf(path, sizeof(path), "%s/%" PRIu32, ctx->proc, pid);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return;
	if (tm_proc_count_fds(dir, pid, &fds, &sockets) == 0) {
		set(counters, TCPMEM_PROCESS_METRIC_FDS, (uint64_t)fds, 1);
		if (sockets != TCPMEM_UNKNOWN)
			set(counters, TCPMEM_PROCESS_METRIC_FDS_SOCKETS,
			    (uint64_t)sockets, 1);
	}
	close(dir);
}

/* Of who has ended these files say 0. */
static bool is_leaderless(const struct tcpmem_ctx *ctx, uint32_t pid)
{
	struct tm_proc_stat stat;

	return tm_proc_stat_read_pid(ctx, pid, &stat) == 0 && stat.leaderless;
}

void tm_proc_memory_read(const struct tcpmem_ctx *ctx, uint32_t pid,
			 struct tm_process_counters *counters)
{
	memset(counters, 0, sizeof(*counters));
	read_lines(ctx, pid, "status", counters);
	read_lines(ctx, pid, "smaps_rollup", counters);
	read_limits(ctx, pid, counters);
	read_fds(ctx, pid, counters);
	if (!is_leaderless(ctx, pid))
		read_statm(ctx, pid, counters);
}

static bool is_called(int proc, const char *entry, const char *name)
{
	struct tm_proc_stat stat;
	char path[64];

	snprintf(path, sizeof(path), "%.20s/stat", entry);
	return tm_proc_stat_read(proc, path, &stat) == 0 && !stat.exiting &&
	       strcmp(stat.comm, name) == 0;
}

static int find(struct tm_dir *dir, const char *name, uint32_t **pids,
		size_t *count)
{
	const struct dirent *entry;
	size_t capacity = 0;
	int ret;

	while ((ret = tm_dir_next(dir, &entry)) > 0) {
		const uint32_t pid = tm_parse_pid(entry->d_name);

		if (!pid || !is_called(dir->fd, entry->d_name, name))
			continue;
		if (tm_append(*pids, *count, capacity, &pid) < 0)
			return -ENOMEM;
	}
	return ret == 0 && !*count ? -ENOENT : ret;
}

int tm_proc_find(const struct tcpmem_ctx *ctx, const char *name,
		 uint32_t **pids, size_t *count)
{
	uint32_t *found = NULL;
	struct tm_dir dir;
	size_t n = 0;
	int ret;

	ret = tm_dir_open(&dir, AT_FDCWD, ctx->proc);
	if (ret < 0)
		return ret;
	ret = find(&dir, name, &found, &n);
	tm_dir_close(&dir);
	if (ret < 0) {
		free(found);
		return ret;
	}
	*pids = found;
	*count = n;
	return 0;
}
