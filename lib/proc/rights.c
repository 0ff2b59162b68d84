// SPDX-License-Identifier: LGPL-2.1-or-later
/* rights.c - what the caller may do, and what would let it do more */
#include "proc/internal.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/util.h"

#define STATUS_MAX (64 * 1024)

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
	else if (nested)
		snprintf(text, TM_RIGHTS_SIZE,
			 "this user namespace has no rights over it: run "
			 "outside");
	else
		snprintf(text, TM_RIGHTS_SIZE,
			 "no capability is missing: a security module or a "
			 "seccomp filter refuses it");
	return text;
}
