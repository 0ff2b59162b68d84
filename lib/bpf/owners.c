// SPDX-License-Identifier: LGPL-2.1-or-later
/* owners.c - who makes and who closes sockets, from hooks of a cgroup */
#include "bpf/internal.h"

#include "base/util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef TM_HAVE_BPF

/* Generated code: exempt from our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "owners.lskel.h"
#pragma GCC diagnostic pop

#ifndef BPF_CGROUP_INET_SOCK_RELEASE
#define BPF_CGROUP_INET_SOCK_RELEASE 34
#endif

#define HOOKS 3

/* struct tm_owners_bpf - @link: of each hook, which goes when it is closed */
struct tm_owners_bpf {
	struct owners_bpf *skel;
	int link[HOOKS];
};

static int attach(int program, int cgroup, uint32_t type)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = (__u32)program,
			.target_fd = (__u32)cgroup,
			.attach_type = type,
		},
	};

	return tm_bpf_call(BPF_LINK_CREATE, &attr);
}

/* What is inherited first: no socket is closed before its maker can be known */
static int attach_all(struct tm_owners_bpf *owners, int cgroup)
{
	const struct {
		int program;
		uint32_t type;
	} hook[HOOKS] = {
		{ owners->skel->progs.create.prog_fd,
		  BPF_CGROUP_INET_SOCK_CREATE },
		{ owners->skel->progs.accepted.prog_fd, BPF_CGROUP_SOCK_OPS },
		{ owners->skel->progs.release.prog_fd,
		  BPF_CGROUP_INET_SOCK_RELEASE },
	};

	for (size_t i = 0; i < HOOKS; i++) {
		int link = attach(hook[i].program, cgroup, hook[i].type);

		if (link < 0)
			return link;
		owners->link[i] = link;
	}
	return 0;
}

static int load(struct tm_owners_bpf *owners, const char *dir)
{
	int cgroup = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = 0;

	if (cgroup < 0)
		return -errno;
	errno = 0;
	owners->skel = owners_bpf__open();
	if (!owners->skel)
		ret = errno ? -errno : -EIO;
	if (ret == 0)
		ret = owners_bpf__load(owners->skel);
	if (ret == 0)
		ret = attach_all(owners, cgroup);
	close(cgroup);
	return ret;
}

int tm_owners_bpf_open(const struct tcpmem_ctx *ctx, const char *cgroup,
		       struct tm_owners_bpf **owners)
{
	struct tm_owners_bpf *o;
	int ret;

	if (!tm_bpf_sees_same_pids(ctx))
		return -EOPNOTSUPP;
	o = calloc(1, sizeof(*o));
	if (!o)
		return -ENOMEM;
	for (size_t i = 0; i < HOOKS; i++)
		o->link[i] = -1;
	ret = load(o, cgroup);
	if (ret < 0)
		tm_owners_bpf_close(o);
	else
		*owners = o;
	return ret;
}

int tm_owners_bpf_find(const struct tm_owners_bpf *owners, uint64_t cookie,
		       struct tm_bpf_released *released)
{
	union bpf_attr attr = {
		.map_fd = (__u32)owners->skel->maps.released.map_fd,
		.key = (uintptr_t)&cookie,
		.value = (uintptr_t)released,
	};

	return tm_bpf_call(BPF_MAP_LOOKUP_ELEM, &attr);
}

void tm_owners_bpf_close(struct tm_owners_bpf *owners)
{
	if (!owners)
		return;
	for (size_t i = 0; i < HOOKS; i++)
		if (owners->link[i] >= 0)
			close(owners->link[i]);
	owners_bpf__destroy(owners->skel);
	free(owners);
}

#else

int tm_owners_bpf_open(const struct tcpmem_ctx *ctx, const char *cgroup,
		       struct tm_owners_bpf **owners)
{
	(void)ctx;
	(void)cgroup;
	(void)owners;
	return -EOPNOTSUPP;
}

int tm_owners_bpf_find(const struct tm_owners_bpf *owners, uint64_t cookie,
		       struct tm_bpf_released *released)
{
	(void)owners;
	(void)cookie;
	(void)released;
	return -ENOENT;
}

void tm_owners_bpf_close(struct tm_owners_bpf *owners)
{
	(void)owners;
}

#endif
