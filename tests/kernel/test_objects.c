// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * test_objects.c - what this kernel's slab objects cost, against its accounting
 *
 * slabinfo counts the slabs of the whole host: run it alone.
 */
#include "fail.h"
#include "look.h"
#include "need.h"
#include "sock.h"
#include "suite.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The first connections fill slabs that were begun before. */
#define WARM	    1000
#define CONNECTIONS 5000
#define NOBODY	    65534

#define MAX_CACHES 1024

static const enum fx_flavour_id flavours[] = { FX_IPV4, FX_IPV6, FX_MPTCP4,
					       FX_MPTCP6 };

struct cache {
	char name[64];
	int64_t objects;
	int64_t size;  /* of one */
	int64_t bytes; /* of all its slabs */
};

struct slabs {
	struct cache cache[MAX_CACHES];
	size_t count;
};

/* An own reader: the library's is what is tested. */
static void read_slabs(struct slabs *slabs)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[512];

	ck_assert_ptr_nonnull(file);
	slabs->count = 0;
	while (fgets(line, sizeof(line), file)) {
		struct cache *cache = &slabs->cache[slabs->count];
		int64_t pages, count;

		if (sscanf(line,
			   "%63s %" SCNd64 " %*d %" SCNd64 " %*d %" SCNd64
			   " : tunables %*d %*d %*d : slabdata %*d %" SCNd64,
			   cache->name, &cache->objects, &cache->size, &pages,
			   &count) != 5)
			continue;
		cache->bytes = pages * count * sysconf(_SC_PAGESIZE);
		ck_assert_uint_lt(++slabs->count, MAX_CACHES);
	}
	fclose(file);
}

static const struct cache *find_cache(const struct slabs *slabs,
				      const char *name)
{
	for (size_t i = 0; i < slabs->count; i++) {
		if (strcmp(slabs->cache[i].name, name) == 0)
			return &slabs->cache[i];
	}
	return NULL;
}

/* Inodes of files: whoever looks at a file or at /proc makes them grow. */
static bool is_of_files(const struct cache *cache)
{
	return strstr(cache->name, "inode_cache") &&
	       strcmp(cache->name, "sock_inode_cache") != 0 &&
	       strcmp(cache->name, "lsm_inode_cache") != 0;
}

/*
 * Bytes by which a cache grew for the connections. One that gave a connection
 * less than an object served somebody else, whatever it holds. None gives it
 * more than two; what went beyond, somebody else took from the same slabs.
 * Objects that filled warnings in older slabs cost their size all the same.
 */
static int64_t cache_growth(const struct cache *then, const struct cache *now)
{
	int64_t objects = now->objects - then->objects;
	int64_t bytes = now->bytes - then->bytes;

	if (objects < CONNECTIONS * 9 / 10 || is_of_files(now))
		return 0;
	if (bytes < objects * now->size)
		bytes = objects * now->size;
	if (objects > CONNECTIONS * 2)
		return bytes * CONNECTIONS * 2 / objects;
	return bytes;
}

static int64_t growth_of(const char *name, const struct slabs *before,
			 const struct slabs *after)
{
	const struct cache *then = find_cache(before, name);
	const struct cache *now = find_cache(after, name);

	return then && now ? now->objects - then->objects : 0;
}

/*
 * "No interface tells which subflow that is": what held lacks for the accepted
 * subflows of a kernel that takes them from kmalloc-4k.
 */
static int64_t untold(const struct fx_flavour *flavour,
		      const struct slabs *before, const struct slabs *after)
{
	const struct cache *tcp = find_cache(after, "TCPv6");

	if (flavour != &fx_flavours[FX_MPTCP6] || !tcp ||
	    growth_of("TCPv6", before, after) >= CONNECTIONS * 3 / 2 ||
	    growth_of("kmalloc-4k", before, after) < CONNECTIONS * 9 / 10)
		return 0;
	return CONNECTIONS * (4096 - tcp->size);
}

static int64_t growth(const struct slabs *before, const struct slabs *after)
{
	int64_t sum = 0;

	for (size_t i = 0; i < after->count; i++) {
		const struct cache *now = &after->cache[i];
		const struct cache *then = find_cache(before, now->name);

		if (then)
			sum += cache_growth(then, now);
	}
	return sum;
}

static int64_t held(struct look *look)
{
	int64_t sum = 0;

	look_take(look);
	for (size_t i = 0; i < look_count(look); i++)
		sum += look_number(look_at(look, i), TCPMEM_METRIC_HELD);
	return sum;
}

static void connect_many(const struct fx_flavour *flavour, int listener,
			 size_t count)
{
	for (size_t i = 0; i < count; i++)
		fx_pair_or_fail(flavour, listener);
}

/* "held = buffer + object: what it costs", within 5 % of what it did cost */
START_TEST(test_held_is_growth)
{
	const struct fx_flavour *flavour = &fx_flavours[flavours[_i]];
	static struct slabs before, after;
	int64_t grown, told;
	struct look look;
	int listener;

	look_open(&look);
	listener = fx_listener_or_fail(flavour, 16);
	connect_many(flavour, listener, WARM);
	told = held(&look);
	read_slabs(&before);
	connect_many(flavour, listener, CONNECTIONS);
	read_slabs(&after);
	told = held(&look) - told + untold(flavour, &before, &after);
	grown = growth(&before, &after);
	ck_assert_int_gt(grown, 0);
	ck_assert_msg(llabs(told - grown) * 20 <= grown,
		      "%s: held %" PRId64 ", slabs grew by %" PRId64,
		      flavour->name, told, grown);
	look_close(&look);
}
END_TEST

/* Who changes its user may not be looked at, not even by its own checks. */
static void become_or_fail(uid_t uid)
{
	ck_assert_int_eq(seteuid(uid), 0);
	ck_assert_int_eq(prctl(PR_SET_DUMPABLE, 1), 0);
}

static void look_as_nobody(struct look *look)
{
	become_or_fail(NOBODY);
	look_open(look);
	look_take(look);
	become_or_fail(0);
}

/* Linux 5.10 has no buckets for addresses, and may have no MPTCP. */
static bool is_of_this_kernel(enum tcpmem_object object)
{
	char path[100];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s",
		 tcpmem_object_describe(object)->name);
	return object == TCPMEM_OBJECT_SUBFLOW || access(path, F_OK) == 0;
}

static void check_sources(const struct look *look,
			  enum tcpmem_object_source expected,
			  enum tcpmem_object_source subflow)
{
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		enum tcpmem_object object = (enum tcpmem_object)i;
		enum tcpmem_object_source source;

		tcpmem_snapshot_get_object(look->snapshot, object, &source);
		/*
		 * The size of a merged cache is in sysfs for everybody; a
		 * subflow's context is in a kmalloc cache, whose size only BTF
		 * tells, and only if MPTCP is in use.
		 */
		ck_assert_msg(
			source == (is_of_this_kernel(object)
					   ? expected
					   : TCPMEM_OBJECT_SOURCE_DEFAULT) ||
				(source == subflow &&
				 object == TCPMEM_OBJECT_SUBFLOW) ||
				source == TCPMEM_OBJECT_SOURCE_SYSFS,
			"%s: %s", tcpmem_object_describe(object)->name,
			tcpmem_object_source_describe(source)->name);
	}
}

/*
 * "/proc/slabinfo", else "/proc/net/protocols and /sys/kernel/btf/vmlinux":
 * they agree within 2 %
 */
START_TEST(test_sources_agree)
{
	enum tcpmem_object_source subflow = TCPMEM_OBJECT_SOURCE_DEFAULT;
	int msk = socket(AF_INET, SOCK_STREAM, IPPROTO_MPTCP);
	struct look root, nobody;

	if (msk >= 0) {
		ck_assert_int_eq(listen(msk, 1), 0);
		subflow = TCPMEM_OBJECT_SOURCE_BTF;
	}
	look_open(&root);
	look_take(&root);
	check_sources(&root, TCPMEM_OBJECT_SOURCE_SLABINFO, subflow);
	look_as_nobody(&nobody);
	check_sources(&nobody, TCPMEM_OBJECT_SOURCE_BTF, subflow);
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++) {
		enum tcpmem_object object = (enum tcpmem_object)i;
		int64_t a =
			tcpmem_snapshot_get_object(root.snapshot, object, NULL);
		int64_t b = tcpmem_snapshot_get_object(nobody.snapshot, object,
						       NULL);

		ck_assert_msg(llabs(a - b) * 50 <= a,
			      "%s: %" PRId64 " and %" PRId64,
			      tcpmem_object_describe(object)->name, a, b);
	}
	look_close(&nobody);
	look_close(&root);
	if (msk >= 0)
		close(msk);
}
END_TEST

static Suite *make_suite(void)
{
	Suite *suite = suite_create("objects");
	TCase *tcase = fx_suite_case(suite, "objects");

	tcase_add_test(tcase, test_sources_agree);
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++)
		if (fx_has_flavour(flavours[i]))
			tcase_add_loop_test(tcase, test_held_is_growth, (int)i,
					    (int)i + 1);
	return suite;
}

static void need_file(const char *path)
{
	if (access(path, R_OK) < 0)
		fx_skip("%s cannot be read: %s", path, strerror(errno));
}

int main(void)
{
	fx_need_host_root();
	need_file("/proc/slabinfo");
	need_file("/sys/kernel/btf/vmlinux");
	fx_skip_flavours();
	fx_need_fds(2 * (WARM + CONNECTIONS) + 64);
	return fx_suite_run(make_suite);
}
