// SPDX-License-Identifier: LGPL-2.1-or-later
/* owners.c - hooks of a cgroup: who makes and who closes sockets, which connect
 */
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
#include "connections.lskel.h"
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

/* struct tm_connections_bpf - @link: of the hook, which goes with it */
struct tm_connections_bpf {
	struct connections_bpf *skel;
	int link;
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

static int open_cgroup(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int load(struct tm_owners_bpf *owners, const char *dir)
{
	int cgroup = open_cgroup(dir);
	int ret = 0;

	if (cgroup < 0)
		return cgroup;
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

static int look_up(int map, const void *key, void *value)
{
	union bpf_attr attr = {
		.map_fd = (__u32)map,
		.key = (uintptr_t)key,
		.value = (uintptr_t)value,
	};

	return tm_bpf_call(BPF_MAP_LOOKUP_ELEM, &attr);
}

int tm_owners_bpf_find(const struct tm_owners_bpf *owners, uint64_t cookie,
		       struct tm_bpf_released *released)
{
	return look_up(owners->skel->maps.released.map_fd, &cookie, released);
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

static int load_connections(struct tm_connections_bpf *connections,
			    const char *dir)
{
	int cgroup = open_cgroup(dir);
	int ret = 0;

	if (cgroup < 0)
		return cgroup;
	errno = 0;
	connections->skel = connections_bpf__open();
	if (!connections->skel)
		ret = errno ? -errno : -EIO;
	if (ret == 0)
		ret = connections_bpf__load(connections->skel);
	if (ret == 0)
		ret = connections->link =
			attach(connections->skel->progs.established.prog_fd,
			       cgroup, BPF_CGROUP_SOCK_OPS);
	close(cgroup);
	return ret;
}

int tm_connections_bpf_open(const char *cgroup,
			    struct tm_connections_bpf **connections)
{
	struct tm_connections_bpf *c = calloc(1, sizeof(*c));
	int ret;

	if (!c)
		return -ENOMEM;
	c->link = -1;
	ret = load_connections(c, cgroup);
	if (ret < 0) {
		tm_connections_bpf_close(c);
		return ret;
	}
	*connections = c;
	return 0;
}

bool tm_connections_bpf_has(const struct tm_connections_bpf *connections,
			    uint64_t cookie)
{
	uint8_t made;

	return look_up(connections->skel->maps.cookies.map_fd, &cookie,
		       &made) == 0;
}

uint64_t tm_connections_bpf_count(const struct tm_connections_bpf *connections)
{
	const uint32_t first = 0;
	uint64_t count = 0;

	(void)look_up(connections->skel->maps.opened.map_fd, &first, &count);
	return count;
}

void tm_connections_bpf_close(struct tm_connections_bpf *connections)
{
	if (!connections)
		return;
	if (connections->link >= 0)
		close(connections->link);
	connections_bpf__destroy(connections->skel);
	free(connections);
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

int tm_connections_bpf_open(const char *cgroup,
			    struct tm_connections_bpf **connections)
{
	(void)cgroup;
	(void)connections;
	return -EOPNOTSUPP;
}

bool tm_connections_bpf_has(const struct tm_connections_bpf *connections,
			    uint64_t cookie)
{
	(void)connections;
	(void)cookie;
	return false;
}

uint64_t tm_connections_bpf_count(const struct tm_connections_bpf *connections)
{
	(void)connections;
	return 0;
}

void tm_connections_bpf_close(struct tm_connections_bpf *connections)
{
	(void)connections;
}

#endif
