// SPDX-License-Identifier: LGPL-2.1-or-later
/* stat.c - /proc/PID/stat */
#include "proc/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

/* numbers of fields in proc(5), from 1 */
#define FIELD_STATE  3
#define FIELD_PARENT 4
#define FIELD_FLAGS  9
#define FIELD_START  22
#define FIELD_RSS    24

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
	uint64_t flags, parent, rss;
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
