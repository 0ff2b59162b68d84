// SPDX-License-Identifier: LGPL-2.1-or-later
/* view.c - whether /proc shows every process, and what the caller may do */
#include "proc/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define STATUS_MAX    (64 * 1024)
#define MOUNTINFO_MAX (64 * 1024 * 1024) /* hosts with 100,000 mounts exist */

/* Every PID namespace has a process 1. */
static bool misses_init(int proc)
{
	struct stat st;

	return fstatat(proc, "1", &st, 0) < 0 && errno == ENOENT;
}

/* kthreadd is process 2 of the initial PID namespace and in no other. */
static bool misses_kthreadd(int proc)
{
	struct tm_proc_stat stat;
	int ret = tm_proc_stat_read(proc, "2/stat", &stat);

	return ret == 0 ? !stat.kernel : ret == -ENOENT;
}

static bool has_self(int proc)
{
	struct stat st;

	return fstatat(proc, "self", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

/* "NSpid: 77 1": the last pid is the one that a process knows itself by. */
static bool status_is_own(const struct tcpmem_ctx *ctx)
{
	bool own = false;
	char *text, *at;
	size_t len;

	if (tm_read_file(ctx->proc, "self/status", STATUS_MAX, &text, &len) < 0)
		return false;
	at = strstr(text, "\nNSpid:");
	if (at) {
		at++;
		at[strcspn(at, "\n")] = '\0';
		at = strrchr(at, '\t');
		own = at && strtol(at, NULL, 10) == getpid();
	}
	free(text);
	return own;
}

uint32_t tm_proc_self(int proc)
{
	char link[16];
	ssize_t got = readlinkat(proc, "self", link, sizeof(link) - 1);

	if (got < 0)
		return 0;
	link[got] = '\0';
	return tm_parse_pid(link);
}

bool tm_proc_has_own_pids(int proc)
{
	return tm_proc_self(proc) == (uint32_t)getpid();
}

/* A process finds itself in the /proc of a PID namespace that it is in. */
static bool misses_self(const struct tcpmem_ctx *ctx, int proc)
{
	uint32_t pid = tm_proc_self(proc);

	if (!pid)
		return errno == ENOENT && has_self(proc);
	return pid != (uint32_t)getpid() && !status_is_own(ctx);
}

/* With noaccess (1) the processes are there, they only cannot be read. */
static bool hides(const char *options)
{
	static const char *const values[] = { "invisible", "2", "ptraceable",
					      "4" };
	const char *value = strstr(options, "hidepid=");

	if (!value)
		return false;
	value += strlen("hidepid=");
	for (size_t i = 0; i < TM_ARRAY_SIZE(values); i++) {
		size_t len = strlen(values[i]);

		if (!strncmp(value, values[i], len) &&
		    (!value[len] || value[len] == ','))
			return true;
	}
	return false;
}

/* The start of field number @n, from 0, or NULL. */
static char *field(char *line, int n)
{
	while (line && n-- > 0) {
		line = strchr(line, ' ');
		line = line ? line + 1 : NULL;
	}
	return line;
}

/*
 * ID PARENT DEV ROOT MOUNTPOINT OPTIONS [TAG...] - TYPE SOURCE SUPER-OPTIONS
 */
static bool line_is_mount(char *line, const char *path, char **super)
{
	const size_t len = strlen(path);
	char *point = field(line, 4);
	char *rest = strstr(line, " - proc ");

	if (!point || !rest || strncmp(point, path, len) || point[len] != ' ')
		return false;
	*super = field(rest + 1, 3);
	return *super;
}

/* Of mounts over each other the last one is what is seen. */
static bool mounted_hidden(const struct tcpmem_ctx *ctx)
{
	char *text, *line, *save, *super;
	bool hidden = false;
	size_t len;

	if (tm_read_file(ctx->proc, "self/mountinfo", MOUNTINFO_MAX, &text,
			 &len) < 0)
		return false;
	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		if (line_is_mount(line, ctx->proc, &super))
			hidden = hides(super);
	free(text);
	return hidden;
}

void tm_proc_view_read(const struct tcpmem_ctx *ctx, int proc,
		       struct tm_proc_view *view)
{
	view->empty = misses_init(proc) && !has_self(proc);
	view->foreign = !view->empty && misses_self(ctx, proc);
	view->hidden =
		view->empty || view->foreign || misses_init(proc) ||
		(!tm_rights_have(ctx, CAP_SYS_PTRACE) && mounted_hidden(ctx));
	view->nested = !view->hidden && misses_kthreadd(proc);
}

struct tm_proc_view tm_proc_view_get(const struct tcpmem_ctx *ctx)
{
	struct tm_proc_view view = { 0 };
	int proc = open(ctx->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (proc >= 0) {
		tm_proc_view_read(ctx, proc, &view);
		close(proc);
	}
	return view;
}

const char *tm_proc_lacks_self(const struct tm_proc_view *view)
{
	if (view->empty)
		return "is empty; mount proc there";
	if (view->foreign)
		return "is of another PID namespace, in which this process is "
		       "not; mount proc there anew";
	return "cannot be read";
}

/* ---- what the caller may do, and what would let it do more ---- */

static const struct {
	int cap;
	const char *name;
} names[] = {
	{ CAP_SYS_ADMIN, "CAP_SYS_ADMIN" },
	{ CAP_SYS_PTRACE, "CAP_SYS_PTRACE" },
	{ CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH" },
};

/* Where /proc does not show the caller, the kernel still tells. */
static uint64_t ask_kernel(void)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = { 0 };

	if (syscall(SYS_capget, &header, data) < 0)
		return 0;
	return (uint64_t)data[1].effective << 32 | data[0].effective;
}

static uint64_t effective(const struct tcpmem_ctx *ctx)
{
	static const char key[] = "\nCapEff:\t";
	uint64_t caps = 0;
	const char *at;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "self/status", STATUS_MAX, &text, &len) < 0)
		return ask_kernel();
	at = strstr(text, key);
	if (at)
		caps = strtoull(at + sizeof(key) - 1, NULL, 16);
	free(text);
	return caps;
}

bool tm_rights_have(const struct tcpmem_ctx *ctx, int cap)
{
	return effective(ctx) >> cap & 1;
}

/* The initial user namespace maps each id to itself. */
static bool in_user_namespace(const struct tcpmem_ctx *ctx)
{
	unsigned long first = 0, outside = 0, count = UINT32_MAX;
	char *text;
	size_t len;

	if (tm_read_file(ctx->proc, "self/uid_map", STATUS_MAX, &text, &len) <
	    0)
		return false;
	if (sscanf(text, "%lu %lu %lu", &first, &outside, &count) != 3)
		count = 0;
	free(text);
	return first || outside || count != UINT32_MAX;
}

/* "CAP_SYS_ADMIN and CAP_SYS_PTRACE" */
static void list(uint64_t caps, char *text, size_t size)
{
	size_t len = 0;

	*text = '\0';
	for (size_t i = 0; i < TM_ARRAY_SIZE(names); i++) {
		if (!(caps >> names[i].cap & 1))
			continue;
		snprintf(text + len, size - len, "%s%s", len ? " and " : "",
			 names[i].name);
		len = strlen(text);
	}
}

const char *tm_rights_advise(const struct tcpmem_ctx *ctx, uint64_t caps,
			     char text[TM_RIGHTS_SIZE])
{
	uint64_t missing = caps & ~effective(ctx);
	bool nested = in_user_namespace(ctx);
	char names_missing[TM_RIGHTS_SIZE / 2];

	list(missing, names_missing, sizeof(names_missing));
	if (missing && geteuid() == 0)
		snprintf(text, TM_RIGHTS_SIZE, "root has no %s here%s",
			 names_missing, nested ? ", in a user namespace" : "");
	else if (missing)
		snprintf(text, TM_RIGHTS_SIZE, "run as root, or with %s%s",
			 names_missing,
			 nested ? "; this is a user namespace" : "");
	else
		snprintf(text, TM_RIGHTS_SIZE, "%s",
			 nested ? "this user namespace has no rights over it: "
				  "run outside"
				: "no capability is missing: a security module "
				  "or a seccomp filter refuses it");
	return text;
}

/* ---- what a scan of /proc did not see ---- */

/* "pid 1, 7, 9, ..." */
static void name_denied(const struct tm_proc_scan *scan, char *text,
			size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < scan->denied && i < TM_DENIED_NAMED; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%u",
					i ? ", " : "pid ", scan->denied_pid[i]);
	if (scan->denied > TM_DENIED_NAMED)
		snprintf(text + len, size - len, ", ...");
}

static int explain_denied(const struct tcpmem_ctx *ctx,
			  const struct tm_proc_scan *scan,
			  struct tm_warnings *warnings)
{
	char pids[TM_DENIED_NAMED * 12 + 12], advice[TM_RIGHTS_SIZE];

	name_denied(scan, pids, sizeof(pids));
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_FDS_UNREADABLE,
		"the file descriptors of %zu process%s (%s) are not readable; "
		"%s",
		scan->denied, scan->denied == 1 ? "" : "es", pids,
		tm_rights_advise(ctx,
				 TM_CAP_MASK(CAP_SYS_PTRACE) |
					 TM_CAP_MASK(CAP_DAC_READ_SEARCH),
				 advice));
}

static int explain_hidden(const struct tcpmem_ctx *ctx,
			  const struct tm_proc_view *view,
			  struct tm_warnings *warnings)
{
	char advice[TM_RIGHTS_SIZE];

	if (view->empty || view->foreign)
		return tm_warnings_add(warnings, TCPMEM_WARNING_PROC_FOREIGN,
				       "no other process can be seen: %s %s",
				       ctx->proc, tm_proc_lacks_self(view));
	return tm_warnings_add(
		warnings, TCPMEM_WARNING_PROC_HIDDEN,
		"%s is mounted with hidepid and hides other users' processes; "
		"%s",
		ctx->proc,
		tm_rights_advise(ctx, TM_CAP_MASK(CAP_SYS_PTRACE), advice));
}

int tm_proc_scan_explain(const struct tcpmem_ctx *ctx,
			 const struct tm_proc_scan *scan,
			 struct tm_warnings *warnings)
{
	int ret = 0;

	if (scan->denied)
		ret = explain_denied(ctx, scan, warnings);
	if (ret == 0 && scan->view.hidden)
		ret = explain_hidden(ctx, &scan->view, warnings);
	return ret;
}
