// SPDX-License-Identifier: LGPL-2.1-or-later
/* test_objects.c - each size from the best source that has it */
#include "base/util.h"
#include "blob.h"
#include "host/internal.h"
#include "tree.h"
#include "unit.h"

#define DEFAULT	 TCPMEM_OBJECT_SOURCE_DEFAULT
#define BTF	 TCPMEM_OBJECT_SOURCE_BTF
#define SLABINFO TCPMEM_OBJECT_SOURCE_SLABINFO
#define SYSFS	 TCPMEM_OBJECT_SOURCE_SYSFS

#define TAIL " : tunables 0 0 0 : slabdata 1 1 0\n"

/* Slabs of one page, objects so small that they fit whatever a page is. */
#define SLABINFO_TEXT                                                        \
	"slabinfo - version: 2.1\n"                                          \
	"# name <active_objs> <num_objs> <objsize> ...\n"                    \
	"MPTCPv6 9 9 100 9 1" TAIL "tw_sock_TCPv6 9 9 100 1 1" TAIL          \
	"tw_sock_TCP 9 9 100 10 1" TAIL "request_sock_TCP 9 9 100 11 1" TAIL \
	"TCPv6 9 9 100 12 1" TAIL "MPTCP 9 9 100 13 1" TAIL                  \
	"TCP 9 9 100 14 1" TAIL "sock_inode_cache 9 9 100 15 1" TAIL         \
	"filp 9 9 100 16 1" TAIL "dentry 9 9 100 17 1" TAIL

#define PROTOCOLS                                \
	"protocol  size sockets  memory press\n" \
	"MPTCPv6   2064      0       0   no\n"   \
	"TCPv6     2432      0       0   no\n"   \
	"MPTCP     1936      0       0   no\n"   \
	"TCP       2304      0       0   no\n"

static struct tree proc, sys;
static struct tcpmem_ctx *ctx;
static struct tm_objects objects;

static void setup(void)
{
	tree_make(&proc);
	tree_make(&sys);
	ck_assert_int_eq(tcpmem_ctx_new(&ctx), 0);
	ck_assert_int_eq(tm_ctx_set_roots(ctx, proc.root, sys.root), 0);
	memset(&objects, 0xee, sizeof(objects));
}

static void teardown(void)
{
	tcpmem_ctx_free(ctx);
	tree_remove(&sys);
	tree_remove(&proc);
}

static void put_links(void)
{
	tree_link(&sys, "kernel/slab/tcp_bind_bucket", ":A-0000128");
	tree_link(&sys, "kernel/slab/tcp_bind2_bucket", ":A-0000256");
	tree_dir(&sys, "kernel/slab/TCP");
}

static void put_btf_and(const char *name, uint32_t bytes)
{
	const struct {
		const char *name;
		uint32_t bytes;
	} structs[] = {
		{ "file", 184 },
		{ "dentry", 192 },
		{ "socket_alloc", 768 },
		{ "inet_bind_bucket", 88 },
		{ "inet_bind2_bucket", 80 },
		{ "tcp_request_sock", 312 },
		{ "tcp_timewait_sock", 248 },
		{ "mptcp_subflow_context", 272 },
		{ name, bytes },
	};
	struct btf_header header;
	struct blob blob;

	blob_init(&blob);
	for (size_t i = 0; i < TM_ARRAY_SIZE(structs); i++)
		blob_struct(&blob, structs[i].name, 2, structs[i].bytes);
	header = blob_header(&blob);
	blob_finish(&blob, &header);
	tree_bytes(&sys, "kernel/btf/vmlinux", blob.bytes, blob.len);
}

static void put_btf(void)
{
	put_btf_and("kmem_cache", 256);
}

static void check(enum tcpmem_object object, enum tcpmem_object_source source,
		  uint32_t bytes)
{
	const char *name = tcpmem_object_describe(object)->name;

	ck_assert_msg(objects.source[object] == source, "%s: source %d", name,
		      objects.source[object]);
	ck_assert_msg(objects.bytes[object] == bytes, "%s: %u bytes", name,
		      objects.bytes[object]);
}

/* On this machine's pages and the tree's two CPUs. */
static uint32_t share(uint64_t padded)
{
	return (uint32_t)tm_slab_share(padded, (uint64_t)sysconf(_SC_PAGESIZE),
				       2);
}

static void check_all(enum tcpmem_object_source source)
{
	for (int i = 0; i < TCPMEM_OBJECT_COUNT; i++)
		ck_assert_msg(
			objects.source[i] == source, "%s: source %d",
			tcpmem_object_describe((enum tcpmem_object)i)->name,
			objects.source[i]);
}

/* Linux 6.18, x86-64 */
static void check_defaults(void)
{
	check(TCPMEM_OBJECT_TCP, DEFAULT, 2521);
	check(TCPMEM_OBJECT_TCPV6, DEFAULT, 2521);
	check(TCPMEM_OBJECT_MPTCP, DEFAULT, 2048);
	check(TCPMEM_OBJECT_MPTCPV6, DEFAULT, 2185);
	check(TCPMEM_OBJECT_SOCK_INODE, DEFAULT, 862);
	check(TCPMEM_OBJECT_FILE, DEFAULT, 195);
	check(TCPMEM_OBJECT_DENTRY, DEFAULT, 195);
	check(TCPMEM_OBJECT_TIME_WAIT, DEFAULT, 256);
	check(TCPMEM_OBJECT_REQUEST, DEFAULT, 341);
	check(TCPMEM_OBJECT_BIND_BUCKET, DEFAULT, 128);
	check(TCPMEM_OBJECT_BIND2_BUCKET, DEFAULT, 128);
	check(TCPMEM_OBJECT_SUBFLOW, DEFAULT, 512);
}

static uint32_t page_over(uint32_t count)
{
	return ((uint32_t)sysconf(_SC_PAGESIZE) + count / 2) / count;
}

/*
 * "sizes from slabinfo": what else there is, is worse; "the kmalloc cache that
 * its size leads to", whatever the others are
 */
START_TEST(test_slabinfo)
{
	tree_file(&proc, "slabinfo", SLABINFO_TEXT);
	tree_file(&proc, "net/protocols", PROTOCOLS);
	put_links();
	tree_link(&sys, "kernel/slab/filp", ":A-0000128");
	put_btf();
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_MPTCPV6, SLABINFO, page_over(9));
	check(TCPMEM_OBJECT_TIME_WAIT, SLABINFO, page_over(10));
	check(TCPMEM_OBJECT_REQUEST, SLABINFO, page_over(11));
	check(TCPMEM_OBJECT_TCPV6, SLABINFO, page_over(12));
	check(TCPMEM_OBJECT_MPTCP, SLABINFO, page_over(13));
	check(TCPMEM_OBJECT_TCP, SLABINFO, page_over(14));
	check(TCPMEM_OBJECT_SOCK_INODE, SLABINFO, page_over(15));
	check(TCPMEM_OBJECT_FILE, SLABINFO, page_over(16));
	check(TCPMEM_OBJECT_DENTRY, SLABINFO, page_over(17));
	check(TCPMEM_OBJECT_SUBFLOW, BTF, share(512));
	check(TCPMEM_OBJECT_BIND_BUCKET, SYSFS, 128);
	check(TCPMEM_OBJECT_BIND2_BUCKET, SYSFS, 256);
}
END_TEST

/* A kernel that merges no caches has a row for the buckets, and no link. */
START_TEST(test_buckets_not_merged)
{
	tree_file(&proc, "slabinfo",
		  SLABINFO_TEXT "tcp_bind_bucket 1 1 88 32 1" TAIL
				"tcp_bind2_bucket 1 1 80 32 1" TAIL);
	tree_dir(&sys, "kernel/slab/tcp_bind_bucket");
	tree_dir(&sys, "kernel/slab/tcp_bind2_bucket");
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_BIND_BUCKET, SLABINFO, page_over(32));
	check(TCPMEM_OBJECT_BIND2_BUCKET, SLABINFO, page_over(32));
}
END_TEST

/* "sizes from slabinfo, else protocols + BTF": what users without rights see */
START_TEST(test_without_slabinfo)
{
	put_links();
	put_btf();
	tree_file(&proc, "net/protocols", PROTOCOLS);
	tree_file(&sys, "devices/system/cpu/present", "0-1\n");
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_TCP, BTF, share(2368));
	check(TCPMEM_OBJECT_TCPV6, BTF, share(2496));
	check(TCPMEM_OBJECT_MPTCP, BTF, share(1984));
	check(TCPMEM_OBJECT_MPTCPV6, BTF, share(2112));
	check(TCPMEM_OBJECT_SOCK_INODE, BTF, share(832));
	check(TCPMEM_OBJECT_FILE, BTF, share(192));
	check(TCPMEM_OBJECT_DENTRY, BTF, share(192));
	check(TCPMEM_OBJECT_TIME_WAIT, BTF, share(256));
	check(TCPMEM_OBJECT_REQUEST, BTF, share(320));
	check(TCPMEM_OBJECT_SUBFLOW, BTF, share(512));
	check(TCPMEM_OBJECT_BIND_BUCKET, SYSFS, 128);
	check(TCPMEM_OBJECT_BIND2_BUCKET, SYSFS, 256);
}
END_TEST

/* "else its subflows get the default": the rest is read as ever */
START_TEST(test_without_mptcp)
{
	put_links();
	put_btf();
	tree_file(&sys, "devices/system/cpu/present", "0-1\n");
	tm_objects_read(ctx, false, &objects);
	check(TCPMEM_OBJECT_FILE, BTF, share(192));
	check(TCPMEM_OBJECT_SUBFLOW, DEFAULT, 512);
}
END_TEST

/* "the socket's inode is wrapped once more" */
START_TEST(test_wrapped_inode)
{
	put_btf_and("sockfs_inode", 832);
	tree_file(&sys, "devices/system/cpu/present", "0-1\n");
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_SOCK_INODE, BTF, share(896));
}
END_TEST

/* Neither CPUs nor links: still from BTF. */
START_TEST(test_btf_alone)
{
	put_btf();
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_BIND_BUCKET, BTF, 128);
	check(TCPMEM_OBJECT_BIND2_BUCKET, BTF, 128);
	ck_assert_int_eq(objects.source[TCPMEM_OBJECT_FILE], BTF);
	check(TCPMEM_OBJECT_TCP, DEFAULT, 2521);
}
END_TEST

/* SLUB counts CPUs that may come: those present, or, of one alone, possible. */
START_TEST(test_cpus)
{
	static const struct {
		const char *present, *possible;
		uint32_t cpus;
	} lists[] = {
		{ NULL, NULL, 1 },	   { NULL, "0-255\n", 256 },
		{ "0\n", "0-255\n", 256 }, { "0-1\n", "0-255\n", 2 },
		{ "0\n", "0\n", 1 },
	};
	const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	tree_file(&sys, "devices/system/cpu/possible",
		  lists[_i].possible ? lists[_i].possible : "");
	tree_file(&sys, "devices/system/cpu/present",
		  lists[_i].present ? lists[_i].present : "");
	put_btf_and("sockfs_inode", 824);
	tree_link(&sys, "kernel/slab/dentry", ":0000480");
	ck_assert_int_eq(tm_objects_read(ctx, true, &objects), 0);
	check(TCPMEM_OBJECT_SOCK_INODE, BTF,
	      (uint32_t)tm_slab_share(832, page, lists[_i].cpus));
	check(TCPMEM_OBJECT_DENTRY, SYSFS,
	      (uint32_t)tm_slab_share(480, page, lists[_i].cpus));
}
END_TEST

/* The largest that is believed, and a byte more */
START_TEST(test_largest)
{
	static const char row[] = "slabinfo - version: 2.1\n"
				  "TCP 9 9 1 %u %u" TAIL;
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char text[256];

	/* objects whose share of the slab is @TM_OBJECT_MAX bytes */
	for (uint32_t i = 0; i < 2; i++) {
		snprintf(text, sizeof(text), row, (unsigned int)page,
			 TM_OBJECT_MAX + i);
		tree_file(&proc, "slabinfo", text);
		tm_objects_read(ctx, true, &objects);
		if (i)
			check(TCPMEM_OBJECT_TCP, DEFAULT, 2521);
		else
			check(TCPMEM_OBJECT_TCP, SLABINFO, TM_OBJECT_MAX);
	}
}
END_TEST

/* "else defaults"; "Never fails" */
START_TEST(test_nothing)
{
	tm_objects_read(ctx, true, &objects);
	check_all(DEFAULT);
	check_defaults();
}
END_TEST

/* "each object says where its size was read": one source is not all */
START_TEST(test_each_its_own)
{
	tree_file(&proc, "slabinfo",
		  "slabinfo - version: 2.1\nfilp 9 9 192 16 1" TAIL);
	tree_file(&proc, "net/protocols", "TCP 2304 0 0\n");
	tm_objects_read(ctx, true, &objects);
	check(TCPMEM_OBJECT_FILE, SLABINFO, page_over(16));
	ck_assert_int_eq(objects.source[TCPMEM_OBJECT_TCP], BTF);
	check(TCPMEM_OBJECT_TCPV6, DEFAULT, 2521);
	check(TCPMEM_OBJECT_MPTCP, DEFAULT, 2048);
	check(TCPMEM_OBJECT_DENTRY, DEFAULT, 195);
}
END_TEST

/* Sizes that no object can have are not believed, whoever says them. */
START_TEST(test_absurd)
{
	tree_file(&proc, "slabinfo",
		  "slabinfo - version: 2.1\n"
		  "TCP 9 9 1048576 1 1024" TAIL "filp 0 0 0 0 0" TAIL
		  "dentry 1 1 18446744073709551615 1 1" TAIL);
	tree_file(&proc, "net/protocols",
		  "TCP 4294967296 0 0\nTCPv6 0 0 0\nMPTCP 60000 0 0\n");
	tree_link(&sys, "kernel/slab/tcp_bind_bucket", ":A-9999999");
	tree_link(&sys, "kernel/slab/tcp_bind2_bucket", ":A-0000000");
	tm_objects_read(ctx, true, &objects);
	check_all(DEFAULT);
	check_defaults();
}
END_TEST

/* Files that are something else altogether. */
START_TEST(test_broken_files)
{
	char *huge = malloc(9 << 20);

	memset(huge, 'x', (9 << 20) - 1);
	huge[(9 << 20) - 1] = '\n';
	tree_bytes(&proc, "slabinfo", huge, 9 << 20);
	tree_bytes(&proc, "net/protocols", huge, 9 << 20);
	tree_bytes(&sys, "kernel/btf/vmlinux", huge, 9 << 20);
	tree_bytes(&sys, "devices/system/cpu/present", huge, 9 << 20);
	free(huge);
	tm_objects_read(ctx, true, &objects);
	check_all(DEFAULT);
	tree_file(&proc, "slabinfo", "");
	tree_file(&proc, "net/protocols", "");
	tree_file(&sys, "kernel/btf/vmlinux", "");
	tree_file(&sys, "devices/system/cpu/present", "");
	tm_objects_read(ctx, true, &objects);
	check_all(DEFAULT);
	check_defaults();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("objects");
	TCase *tcase = tcase_create("objects");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_slabinfo);
	tcase_add_test(tcase, test_buckets_not_merged);
	tcase_add_test(tcase, test_without_slabinfo);
	tcase_add_test(tcase, test_without_mptcp);
	tcase_add_test(tcase, test_wrapped_inode);
	tcase_add_test(tcase, test_btf_alone);
	tcase_add_loop_test(tcase, test_cpus, 0, 5);
	tcase_add_test(tcase, test_largest);
	tcase_add_test(tcase, test_nothing);
	tcase_add_test(tcase, test_each_its_own);
	tcase_add_test(tcase, test_absurd);
	tcase_add_test(tcase, test_broken_files);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
