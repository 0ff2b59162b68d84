// SPDX-License-Identifier: LGPL-2.1-or-later
/* sums.c - sockets that the kernel's iterator adds up */
#include "bpf/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

bool tm_iter_sums_pay_port(const struct tm_iter_sums *sums, uint32_t netns,
			   uint16_t local)
{
	uint32_t place = tm_bpf_port_place(netns, local);

	for (int i = 0; i < TM_BPF_PROBES; i++, place++) {
		const struct tm_bpf_port *port =
			&sums->port[place & (TM_BPF_PORTS_MAX - 1)];

		if (port->look != (uint16_t)sums->look)
			return false;
		if (port->netns == netns && port->port == local)
			return port->sum != TM_BPF_NO_SUM;
	}
	return false;
}

#ifdef TM_HAVE_BPF

/* Generated code: exempt from our warnings. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
#pragma GCC diagnostic ignored "-Wpointer-arith"
#pragma GCC diagnostic ignored "-Woverlength-strings"
#include "sums.lskel.h"
#pragma GCC diagnostic pop

#define SUMS_SIZE  (TM_BPF_SUMS_MAX * sizeof(struct tm_bpf_sum))
#define PORTS_SIZE (TM_BPF_PORTS_MAX * sizeof(struct tm_bpf_port))

/*
 * struct tm_bpf_sums - the program, and its maps
 * @link: to the iterator over the files of all tasks, or -1
 */
struct tm_bpf_sums {
	struct sums_bpf *skel;
	struct tm_bpf_sum *sum;
	struct tm_bpf_port *port;
	int link;
};

static int load(struct tm_bpf_sums *sums)
{
	int ret;

	errno = 0;
	sums->skel = sums_bpf__open();
	if (!sums->skel)
		return errno ? -errno : -EIO;
	ret = sums_bpf__load(sums->skel);
	if (ret < 0)
		return ret;
	sums->sum = mmap(NULL, SUMS_SIZE, PROT_READ, MAP_SHARED,
			 sums->skel->maps.sums.map_fd, 0);
	sums->port = mmap(NULL, PORTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED,
			  sums->skel->maps.ports.map_fd, 0);
	return sums->sum == MAP_FAILED || sums->port == MAP_FAILED ? -errno : 0;
}

int tm_bpf_sums_open(struct tm_bpf_sums **sums)
{
	struct tm_bpf_sums *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return -ENOMEM;
	s->sum = MAP_FAILED;
	s->port = MAP_FAILED;
	s->link = -1;
	ret = load(s);
	if (ret < 0)
		tm_bpf_sums_close(s);
	else
		*sums = s;
	return ret;
}

void tm_bpf_sums_close(struct tm_bpf_sums *sums)
{
	if (!sums)
		return;
	if (sums->link >= 0)
		close(sums->link);
	if (sums->sum != MAP_FAILED)
		munmap(sums->sum, SUMS_SIZE);
	if (sums->port != MAP_FAILED)
		munmap(sums->port, PORTS_SIZE);
	if (sums->skel)
		sums_bpf__destroy(sums->skel);
	free(sums);
}

int tm_bpf_sums_program(struct tm_bpf_sums *sums, int **link)
{
	*link = &sums->link;
	return sums->skel->progs.sums_of_files.prog_fd;
}

static int exclude(const struct tm_bpf_sums *sums, uint32_t netns)
{
	uint32_t look = sums->skel->bss->look;
	union bpf_attr attr = {
		.map_fd = (__u32)sums->skel->maps.excluded.map_fd,
		.key = (uintptr_t)&netns,
		.value = (uintptr_t)&look,
	};

	return tm_bpf_call(BPF_MAP_UPDATE_ELEM, &attr);
}

/* A number of 16 bits tells looks apart, until it is used again. */
int tm_bpf_sums_begin(struct tm_bpf_sums *sums, const struct tm_iter_sums *to)
{
	int ret = 0;

	if (!(uint16_t)++sums->skel->bss->look) {
		memset(sums->port, 0, PORTS_SIZE);
		sums->skel->bss->look++;
	}
	sums->skel->bss->ties = 0;
	sums->skel->bss->full = 0;
	sums->skel->bss->has_last = 0;
	sums->skel->bss->excludes = to->excluded_count > 0;
	for (size_t i = 0; ret == 0 && i < to->excluded_count; i++)
		ret = exclude(sums, to->excluded[i]);
	return ret;
}

void tm_bpf_sums_end(const struct tm_bpf_sums *sums, struct tm_iter_sums *to)
{
	to->sum = sums->sum;
	to->port = sums->port;
	to->count = sums->skel->bss->count;
	to->look = sums->skel->bss->look;
	to->tried = true;
	to->valid = !sums->skel->bss->full && !sums->skel->bss->ties;
}

bool tm_bpf_sums_is_crowded(const struct tm_bpf_sums *sums)
{
	return sums->skel->bss->full ||
	       sums->skel->bss->count > TM_BPF_SUMS_MAX / 2;
}

#endif
